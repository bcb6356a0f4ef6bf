//! The command line as typed: a command, or a request in plain words.

use std::{ffi::OsString, path::Path};

use clap::{
    CommandFactory, FromArgMatches, Parser, ValueEnum,
    error::{ContextKind, ErrorKind},
};

use clap_complete::Shell;

use crate::{app::session::EVERYTHING, domain::path};

use super::{
    Command, fit,
    joined::{joined, quoted},
    options::Options,
};

/// Everything after one of these belongs to the request, flags included.
const TOOLS: [&str; 9] = ["kubectl", "k", "oc", "docker", "helm", "minikube", "kubectl-ai", "kagent", "gordon"];

/// Words that mean "the last one" after `undo`.
const LAST: [&str; 19] = [
    "the", "last", "latest", "that", "this", "it", "my", "our", "change", "changes", "request", "one", "thing", "previous", "again",
    "please", "just", "command", "action",
];

/// Of every request: one is taken back at a time, which `undo` tells.
const ALL: [&str; 2] = [EVERYTHING, "all"];

const EXAMPLES: &str = "\
Examples:
  todo-agent \"is my app healthy?\"
  todo-agent \"scale backend to 3\"
  todo-agent \"logs of the frontend\"";

/// Container and Kubernetes work asked in plain words, and proof of what was done
#[derive(Debug, Parser)]
#[command(name = "todo-agent", version, about, after_help = EXAMPLES, override_usage = "todo-agent [OPTIONS] [REQUEST]...\n       todo-agent [OPTIONS] <COMMAND>", disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,

    #[command(subcommand)]
    pub command: Option<Command>,

    /// What you want, in plain words; `-` reads it from standard input
    #[arg(value_name = "REQUEST", help_heading = "Arguments")]
    pub request: Vec<String>,
}

/// The same without commands: all words are the request.
#[derive(Debug, Parser)]
#[command(
    name = "todo-agent",
    disable_help_flag = true,
    override_usage = "todo-agent [OPTIONS] [REQUEST]..."
)]
struct Asked {
    #[command(flatten)]
    options: Options,

    #[arg(value_name = "REQUEST", allow_negative_numbers = true)]
    request: Vec<String>,
}

/// What was typed.
#[derive(Debug)]
pub enum Line {
    Request {
        options: Options,
        words: String,
    },
    Command {
        options: Options,
        command: Command,
    },
    /// Neither: the user is looking for a way in.
    Nothing {
        options: Options,
    },
}

impl Line {
    #[must_use]
    pub const fn options(&self) -> &Options {
        match self {
            Self::Request { options, .. } | Self::Command { options, .. } | Self::Nothing { options } => options,
        }
    }

    /// Reads the arguments, the program's name first.
    ///
    /// # Errors
    /// What clap says: an error of usage, or help and version, which it prints as well.
    pub fn read(args: &[OsString]) -> Result<Self, clap::Error> {
        let line = Self::parsed(args)?;
        fit::check_named(line.options())?;
        Ok(line)
    }

    fn parsed(args: &[OsString]) -> Result<Self, clap::Error> {
        let words = Words::find(args);
        let Some(&first) = words.at.first() else {
            let cli = Cli::try_parse_from(args)?;
            return Ok(Self::Nothing { options: cli.options });
        };
        let texts: Vec<String> = words.at.iter().filter_map(|&at| args.get(at)).map(text).collect();
        let head = texts.first().map(String::as_str).unwrap_or_default();
        if TOOLS.contains(&head) && !words.separated {
            let (before, after) = args.split_at(first);
            let asked = Asked::try_parse_from(before)?;
            return Ok(Self::Request {
                options: asked.options,
                words: after.iter().map(text).map(|word| quoted(&word)).collect::<Vec<_>>().join(" "),
            });
        }
        if !words.separated
            && let Some(rewritten) = as_command(&texts, args, first)
        {
            let matches = fit::command()
                .try_get_matches_from(rewritten)
                .map_err(|error| with_commands(error, &texts))?;
            fit::check(&matches)?;
            let cli = Cli::from_arg_matches(&matches)?;
            return Ok(match cli.command {
                Some(command) => Self::Command {
                    options: cli.options,
                    command,
                },
                None => Self::Nothing { options: cli.options },
            });
        }
        if !words.separated
            && let Some(meant) = misspelt(&texts)
        {
            let said = texts.join(" ");
            let message = format!("there is no command '{said}'; did you mean `todo-agent {meant}`?");
            return Err(Cli::command().error(ErrorKind::InvalidSubcommand, message));
        }
        Self::asked(args)
    }

    fn asked(args: &[OsString]) -> Result<Self, clap::Error> {
        let help = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--help" || arg == "-h");
        if help {
            Cli::try_parse_from(["todo-agent", "--help"])?;
        }
        let (args, taken) = of_request(args);
        let asked = Asked::try_parse_from(args)?;
        let restored: Vec<String> = asked.request.into_iter().map(|word| restored(word, &taken)).collect();
        Ok(Self::Request {
            options: asked.options,
            words: joined(&restored),
        })
    }
}

/// Flags of kubectl that are none of ours, as people put them behind plain words.
const OF_KUBECTL: [&str; 38] = [
    "-A",
    "--all-namespaces",
    "-o",
    "-w",
    "--watch",
    "-l",
    "--selector",
    "-f",
    "--filename",
    "--follow",
    "-R",
    "--recursive",
    "-p",
    "--previous",
    "-c",
    "--container",
    "--containers",
    "--tail",
    "--since",
    "--sort-by",
    "--show-labels",
    "--field-selector",
    "--no-headers",
    "--replicas",
    "--image",
    "--port",
    "--target-port",
    "--name",
    "--type",
    "--min",
    "--max",
    "--cpu-percent",
    "--limits",
    "--requests",
    "--to-revision",
    "--overwrite",
    "--for",
    "--force",
];

/// Stands for such a flag while the options are read: no word of a request has this character.
const TAKEN: char = '\u{e000}';

/// `get nodes -o wide`: the flag is a word of the request. Behind `--` all are.
fn of_request(args: &[OsString]) -> (Vec<OsString>, Vec<String>) {
    let mut taken = Vec::new();
    let separated = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let one = |(at, arg): (usize, &OsString)| {
        let typed = text(arg);
        let name = typed.split_once('=').map_or(typed.as_str(), |(name, _)| name);
        let glued = typed.starts_with("-o") && typed.len() > 2;
        if at > separated || !(OF_KUBECTL.contains(&name) || glued) {
            return arg.clone();
        }
        taken.push(typed);
        format!("{TAKEN}{}", taken.len()).into()
    };
    let args = args.iter().enumerate().map(one).collect();
    (args, taken)
}

fn restored(word: String, taken: &[String]) -> String {
    let number = word.strip_prefix(TAKEN).and_then(|number| number.parse::<usize>().ok());
    number.and_then(|number| taken.get(number.checked_sub(1)?).cloned()).unwrap_or(word)
}

/// Where the words stand that are neither options nor their values.
struct Words {
    at: Vec<usize>,
    /// The first word stands behind `--`: it is certainly no command.
    separated: bool,
}

impl Words {
    fn find(args: &[OsString]) -> Self {
        let command = Cli::command();
        let takes_value = |matches: &dyn Fn(&clap::Arg) -> bool| {
            command
                .get_arguments()
                .find(|arg| !arg.is_positional() && matches(arg))
                .is_some_and(|arg| arg.get_action().takes_values())
        };
        let (mut at, mut separated) = (Vec::new(), false);
        let mut position = 1;
        while let Some(arg) = args.get(position) {
            let arg = text(arg);
            if arg == "--" {
                separated = at.is_empty();
                at.extend(position + 1..args.len());
                break;
            } else if let Some(long) = arg.strip_prefix("--") {
                if !long.contains('=') && takes_value(&|known| known.get_long() == Some(long)) {
                    position += 1;
                }
            } else if arg.len() > 1 && arg.starts_with('-') {
                // `-yn todo`: only the last letter can take the next argument.
                let valued = arg
                    .char_indices()
                    .skip(1)
                    .find(|(_, short)| takes_value(&|known| known.get_short() == Some(*short)));
                if valued.is_some_and(|(index, short)| index + short.len_utf8() == arg.len()) {
                    position += 1;
                }
            } else {
                at.push(position);
            }
            position += 1;
        }
        Self { at, separated }
    }
}

/// A subcommand that is like none: clap would not say which there are.
fn with_commands(error: clap::Error, words: &[String]) -> clap::Error {
    let unlike = error.kind() == ErrorKind::InvalidSubcommand && error.get(ContextKind::SuggestedSubcommand).is_none();
    let [head, wrong, ..] = words else { return error };
    let mut cli = Cli::command();
    let Some(command) = cli.find_subcommand_mut(head).filter(|_| unlike) else {
        return error;
    };
    let known: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| *name != "help")
        .collect();
    let message = format!("`todo-agent {head}` has no command '{wrong}'; it has: {}", known.join(", "));
    command.error(ErrorKind::InvalidSubcommand, message)
}

/// The arguments for clap when the words are a command, and nothing when they are a request.
fn as_command(words: &[String], args: &[OsString], first: usize) -> Option<Vec<OsString>> {
    let given = || Some(args.to_vec());
    // A request in quotes may be a command as well: `todo-agent "undo the last change"`.
    let spoken: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (words.as_slice(), spoken.as_slice()) {
        (["run", file], _) if is_file(file) => given(),
        (["run"], _) => given(),
        (_, ["undo", rest @ ..]) if !rest.is_empty() && rest.iter().all(|word| LAST.contains(&word.to_lowercase().as_str())) => {
            let mut rewritten: Vec<OsString> = args.iter().take(first).cloned().collect();
            rewritten.push("undo".into());
            rewritten.extend(args.iter().skip(first).filter(|arg| text(arg).starts_with('-')).cloned());
            Some(rewritten)
        }
        (_, ["undo" | "revert", rest @ ..] | ["take", "back", rest @ ..] | ["take" | "put", rest @ .., "back"]) if is_everything(rest) => {
            let mut rewritten: Vec<OsString> = args.iter().take(first).cloned().collect();
            rewritten.extend(["undo", EVERYTHING].map(OsString::from));
            rewritten.extend(args.iter().skip(first).filter(|arg| text(arg).starts_with('-')).cloned());
            Some(rewritten)
        }
        (["undo"], _) | (["undo", _], _) => given(),
        (["transcript" | "trust" | "completions", ..], _) => given(),
        (["playbooks"] | ["playbooks", _] | ["doctor"] | ["chat"], _) => given(),
        (["gate"], _) => given(),
        // "gate the traffic" is a request; a program stands behind `--`.
        (["gate", second, ..], _) if args.iter().any(|arg| arg == "--") || TOOLS.contains(second) => given(),
        (["cluster"], _) => given(),
        (["cluster", second, ..], _) if is_near_subcommand("cluster", second) => given(),
        _ => None,
    }
}

/// "everything", "all my changes".
fn is_everything(words: &[&str]) -> bool {
    let word = |word: &&str| word.to_lowercase();
    let known = |word: String| ALL.contains(&word.as_str()) || LAST.contains(&word.as_str()) || matches!(word.as_str(), "changes" | "of");
    words.iter().map(word).all(known) && words.iter().map(word).any(|word| ALL.contains(&word.as_str()))
}

/// `run nginx` is a request; a file, or what can only be meant as one, is a script.
fn is_file(word: &str) -> bool {
    let file = Path::new(word);
    let like_text = file.extension().is_some_and(|extension| extension == "txt" || extension == "todo");
    word == "-" || path::is_rooted(word) || like_text || file.is_file()
}

/// A subcommand, or a typo of one: then clap says which was meant. "cluster health" is a request.
fn is_near_subcommand(command: &str, word: &str) -> bool {
    let cli = Cli::command();
    let Some(command) = cli.find_subcommand(command) else {
        return false;
    };
    command
        .get_subcommands()
        .any(|known| strsim::damerau_levenshtein(known.get_name(), word) <= 1 + known.get_name().len() / 6)
}

/// The command that was meant where its name has a typo and the rest can only be that command's.
fn misspelt(words: &[String]) -> Option<String> {
    let (head, rest) = words.split_first()?;
    let cli = Cli::command();
    let near = |known: &str, word: &str| strsim::damerau_levenshtein(known, word) <= 1 + known.len() / 6;
    let command = cli
        .get_subcommands()
        .find(|command| command.get_name().len() > 3 && command.get_name() != head && near(command.get_name(), head))?;
    let name = command.get_name();
    let fits = match (name, rest) {
        ("undo" | "playbooks" | "doctor" | "chat", []) => true,
        ("undo", [record]) => record.starts_with(|c: char| c.is_ascii_digit()),
        ("completions", [shell]) => Shell::from_str(shell, true).is_ok(),
        (_, [second, ..]) => {
            let known = command.get_subcommands().find(|known| near(known.get_name(), second));
            return known.map(|known| {
                [name, known.get_name()]
                    .into_iter()
                    .chain(rest[1..].iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
        }
        _ => false,
    };
    fits.then(|| {
        std::iter::once(name)
            .chain(rest.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    })
}

fn text(arg: &OsString) -> String {
    arg.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
