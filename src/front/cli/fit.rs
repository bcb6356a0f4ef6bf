//! Which of the options that stand at every command mean something to which. The others are left out of a command's help; one
//! that would be taken for a promise is refused.

use clap::{ArgMatches, CommandFactory, Error, error::ErrorKind};

use super::{line::Cli, options::Options};
use crate::front::screen::Form;

/// How the answer is given, and where state lives: for all commands.
const ALWAYS: [&str; 6] = ["output", "color", "verbose", "state_dir", "help", "version"];

/// Whether an option means something to a command. `path` are its names, none for a request.
fn fits(path: &[&str], option: &str) -> bool {
    let more: &[&str] = match path {
        [] | ["run" | "chat"] => return true,
        ["undo"] => &[
            "yes",
            "dry_run",
            "context",
            "docker_context",
            "allow_remote",
            "allow_destroy",
            "require_real",
            "timeout",
        ],
        // What is on standard output is the program's own.
        ["gate"] if option == "output" => return false,
        ["gate"] => &["dry_run", "context", "namespace", "allow_remote", "require_real"],
        ["cluster", "break"] => &["namespace"],
        ["cluster", "reset"] => &["yes"],
        ["trust", "cluster"] => &["context", "yes"],
        ["doctor"] => &["context", "namespace"],
        _ => &[],
    };
    ALWAYS.contains(&option) || more.contains(&option)
}

/// The command line as it is told in help and completions.
#[must_use]
pub fn command() -> clap::Command {
    let mut cli = Cli::command();
    // Options of every command reach the subcommands when these are built.
    cli.build();
    let names: Vec<String> = cli.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names
        .iter()
        .fold(cli, |cli, name| cli.mut_subcommand(name, |sub| fitted(sub, &[name])))
}

fn fitted(command: clap::Command, path: &[&str]) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| {
        let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        command.mut_subcommand(name, |sub| fitted(sub, &path))
    });
    command.mut_args(|arg| {
        let unfit = arg.is_global_set() && !fits(path, arg.get_id().as_str());
        if unfit { arg.hide(true) } else { arg }
    })
}

/// Refuses what was asked of a command that cannot keep it: nothing is a trial there.
///
/// # Errors
/// `--dry-run` for a command that previews nothing; a document from one that leaves standard output to a program.
pub fn check(matches: &ArgMatches) -> Result<(), Error> {
    let mut path = Vec::new();
    let mut inner = matches;
    while let Some((name, next)) = inner.subcommand() {
        path.push(name);
        inner = next;
    }
    let command = path.join(" ");
    let is_unfit = |option: &str, asked: bool| asked && !fits(&path, option);
    let why = match () {
        () if is_unfit("dry_run", matches!(inner.try_get_one::<bool>("dry_run"), Ok(Some(true)))) => {
            "has no preview: it takes no --dry-run"
        }
        () if is_unfit(
            "output",
            matches!(inner.try_get_one::<Form>("output"), Ok(Some(form)) if *form != Form::Text),
        ) =>
        {
            "leaves standard output to its program: what the gate saw is told by `todo-agent transcript show --output json`"
        }
        () => return Ok(()),
    };
    Err(Cli::command().error(
        ErrorKind::ArgumentConflict,
        format!("`todo-agent {command}` {why}; nothing was done"),
    ))
}

/// # Errors
/// `--allow-remote` without a name of what it allows.
pub fn check_named(options: &Options) -> Result<(), Error> {
    if !options.allow_remote || options.context.is_some() || options.docker_context.is_some() {
        return Ok(());
    }
    let message = "--allow-remote needs `--context NAME` of the cluster, or `--docker-context NAME` of the engine, that it allows";
    Err(Cli::command().error(ErrorKind::MissingRequiredArgument, message))
}
