use std::process::ExitCode;

fn main() -> ExitCode {
    todo_agent::front::run(std::env::args_os())
}
