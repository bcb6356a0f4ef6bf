//! The command line and the screen: the only place that prints.

pub mod chat;
pub mod cli;
pub mod screen;
pub mod stop;
mod streams;

use std::{
    ffi::OsString,
    io::{ErrorKind, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use tokio::runtime::{Builder, Runtime};

use self::{
    cli::{Bench, line::Line, options::Options},
    screen::{
        Form, Screen, UNWRITTEN,
        look::{Colour, Look, Tone},
        pen::Pen,
        text::Manner,
        unwritten,
    },
    stop::Stop,
};
use crate::{
    app::{
        App, KEEP_COMMAND,
        embedded::{self, SERVE_COMMAND},
        keep,
        veil::Veil,
    },
    domain::failure::{Failure, FailureKind, Result},
};

/// The whole program: arguments (the program's name first) in, exit code out.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let [_, command, dir, port] = args.as_slice()
        && command == SERVE_COMMAND
    {
        return ExitCode::from(serve(Path::new(dir), &port.to_string_lossy()));
    }
    if let [_, command] = args.as_slice()
        && command == KEEP_COMMAND
    {
        return ExitCode::from(keep().unwrap_or_else(|(code, why)| {
            // For the one who started us, to the letter.
            let _ = std::io::stderr().write_all(why.as_bytes());
            code
        }));
    }
    let code = match Line::read(&args) {
        Ok(Line::Nothing { options }) if !chat::can_be_had() => teach(options.color.unwrap_or_default()),
        Ok(line) => walk(&line).unwrap_or_else(|failure| tell(&failure, line.options())),
        Err(error) => {
            // clap writes help to standard output and errors to the other; a reader that went away is no failure.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            match error.print() {
                Err(error) if error.kind() != ErrorKind::BrokenPipe && code == 0 => {
                    Pen::stderr(Look::of_stderr(Colour::Auto)).lines(&[format!("error: {}", unwritten(&error.to_string()))]);
                    UNWRITTEN
                }
                _ => code,
            }
        }
    };
    ExitCode::from(code)
}

/// The server of the embedded cluster, as `cluster start` runs it in the background. Its output is a log.
fn serve(dir: &Path, port: &str) -> u8 {
    let served =
        started(&mut Builder::new_multi_thread()).and_then(|runtime| runtime.block_on(embedded::serve(dir, port.parse().unwrap_or(0))));
    match served {
        Ok(()) => 0,
        Err(failure) => tell(&failure, &Options::default()),
    }
}

/// The gate and a single request have one thread: what they do waits for the server and the network, and each hand-over from one
/// thread to another takes longer than all that is done with a call.
fn runtime(line: &Line) -> Result<Runtime> {
    match line {
        Line::Request { .. }
        | Line::Command {
            command: cli::Command::Gate(_),
            ..
        } => started(&mut Builder::new_current_thread()),
        _ => started(&mut Builder::new_multi_thread()),
    }
}

fn started(builder: &mut Builder) -> Result<Runtime> {
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(FailureKind::Failed, "the program's threads cannot be started").cause(error))
}

/// No request, and no terminal to ask for one: something was forgotten.
fn teach(colour: Colour) -> u8 {
    let mut pen = Pen::stderr(Look::of_stderr(colour));
    let look = pen.look;
    let lines = [
        look.paint(Tone::Strong, "Say what you want, in plain words:"),
        String::new(),
        "  todo-agent \"is my app healthy?\"".to_owned(),
        "  todo-agent \"scale backend to 3\"".to_owned(),
        "  todo-agent \"logs of the frontend\"".to_owned(),
        String::new(),
        "It shows what would change and asks before it does it.".to_owned(),
        "`todo-agent chat` takes one request after the other, `todo-agent playbooks`".to_owned(),
        "lists what can be asked for, `todo-agent --help` the options.".to_owned(),
    ];
    let lines: Vec<String> = lines.iter().flat_map(|line| look.wrapped(line, 0)).collect();
    pen.lines(&lines);
    2
}

/// A failure before there was a screen.
fn tell(failure: &Failure, options: &Options) -> u8 {
    let manner = Manner {
        given: options.given(),
        ..Manner::default()
    };
    let screen = Screen::new(
        options.output.unwrap_or_default(),
        options.color.unwrap_or_default(),
        Veil::default(),
        manner,
    );
    screen.failure(failure);
    failure.kind.exit_code()
}

fn walk(line: &Line) -> Result<u8> {
    match line {
        Line::Request { words, .. } => App::expect(words),
        Line::Nothing { .. } => App::expect(""),
        Line::Command { .. } => {}
    }
    let options = line.options();
    let app = App::open(options.flags(), options.state_dir.as_deref())?;
    app.keep_log(options.verbose);
    let options = &options.settled(app.settings());
    let manner = Manner {
        verbose: options.verbose,
        quiet: options.output.unwrap_or_default() != Form::Text,
        preview_is_answer: options.yes || options.dry_run,
        given: line.options().given(),
    };
    let form = options.output.unwrap_or_default();
    let screen = Arc::new(Screen::new(form, options.color.unwrap_or_default(), app.veil(), manner));
    screen.remark(app.notes());
    let bench = Bench {
        app: &app,
        screen: &screen,
        options,
        stop: Stop::default(),
        talk: None,
    };
    let runtime = runtime(line)?;
    let code = runtime.block_on(async {
        match line {
            Line::Request { words, .. } => cli::request(words, &bench).await,
            Line::Command { command, .. } => command.act(&bench).await,
            Line::Nothing { .. } => chat::hold(&bench).await,
        }
    });
    screen.settle();
    // A thread that reads the terminal, or a call that hangs, must not keep the program.
    runtime.shutdown_background();
    let code = code.unwrap_or_else(|failure| {
        screen.failure(&failure);
        failure.kind.exit_code()
    });
    Ok(screen.delivered(code))
}
