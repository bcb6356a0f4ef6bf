//! What one can type besides requests.

use std::ffi::OsString;

use super::courtesy::{self, Courtesy};
use crate::{
    domain::{
        moved::{self, Moved},
        said,
    },
    front::cli::{Command as Known, help, line::Line},
};

/// The commands with what each does, as `/help` tells them and Tab completes them.
pub const COMMANDS: [(&str, &str); 7] = [
    ("/help", "what can be asked for, and these commands"),
    ("/undo", "take back the changes of the last request"),
    ("/context [NAME]", "which cluster requests go to, or another one"),
    ("/namespace [NAME]", "which namespace is meant where none is named, or another one"),
    (
        "/explain",
        "what the last request was taken for, who did it and why, and the command for it",
    ),
    ("/transcript", "what was recorded of this conversation"),
    ("/quit", "leave; Ctrl-D does as well"),
];

/// A line of a conversation.
#[derive(Debug)]
pub enum Typed {
    Nothing,
    Help,
    Undo(Option<String>),
    /// "Undo that": what was said last is meant.
    UndoThat,
    /// "undo the first one", "undo the scale", "undo both": which changes, in words, and the line as it was typed.
    UndoOf(Vec<String>, String),
    Context(Option<String>),
    Namespace(Option<String>),
    /// "switch to prod": the name, and the line as it was typed.
    Somewhere(String, String),
    Explain,
    Transcript,
    Quit,
    /// A command of the program that is none of the conversation.
    Program(Box<Known>),
    /// What asks for nothing, and the line as it was typed: it may be the answer to a question.
    Courtesy(Courtesy, String),
    /// What is no command: what to say instead.
    Wrong(String),
    Request(String),
}

/// Words that take the last change back when nothing else is said.
const TAKE_BACK: [&str; 18] = [
    "revert",
    "take that back",
    "take it back",
    "take this back",
    "revert that",
    "revert it",
    "revert this",
    "revert the last change",
    "no undo that",
    "no undo it",
    "no take that back",
    "no take it back",
    "undo",
    "put it back",
    "put that back",
    "roll that back",
    "please undo that",
    "oops undo that",
];

/// Commands of the program that may be typed here as they are.
const PROGRAM: [&str; 7] = ["doctor", "playbooks", "transcript", "cluster", "trust", "undo", "todo-agent"];

#[must_use]
pub fn read(line: &str) -> Typed {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Typed::Nothing;
    }
    if let Some(command) = line.strip_prefix('/') {
        return slash(command);
    }
    let plain: String = line.chars().filter(|c| !c.is_ascii_punctuation() || *c == '-').collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if matches!(plain.as_str(), "exit" | "quit" | "bye" | "goodbye" | "q") {
        return Typed::Quit;
    }
    if let Some(courtesy) = courtesy::read(&plain) {
        return Typed::Courtesy(courtesy, line.to_owned());
    }
    let meant = without_a_no(&plain);
    let is_pointed_at = meant.split(' ').any(|word| matches!(word, "that" | "it" | "this"));
    let last = || if is_pointed_at { Typed::UndoThat } else { Typed::Undo(None) };
    if TAKE_BACK.contains(&meant) {
        return last();
    }
    match which_change(meant) {
        Some(which) if which.is_empty() => return last(),
        Some(which) => return Typed::UndoOf(which, line.to_owned()),
        None => {}
    }
    if help::is_asked(line) {
        return Typed::Help;
    }
    match moved::read(line) {
        Some(Moved::Namespace(name)) => Typed::Namespace(Some(name)),
        Some(Moved::Context(name)) => Typed::Context(Some(name)),
        None if moved::is_asked(line) => Typed::Namespace(None),
        None => match moved::somewhere(line) {
            Some(name) => Typed::Somewhere(name, line.to_owned()),
            None => plainly(line),
        },
    }
}

/// A command of the program, or a request.
#[must_use]
pub fn plainly(line: &str) -> Typed {
    program(line).unwrap_or_else(|| Typed::Request(line.to_owned()))
}

/// "nope, undo": the words behind the no and the courtesy.
fn without_a_no(plain: &str) -> &str {
    const NO: [&str; 7] = ["no", "nope", "oh", "oops", "wait", "sorry", "and"];
    let mut rest = plain;
    while let Some((first, behind)) = rest.split_once(' ')
        && (NO.contains(&first) || said::is_courtesy(first))
    {
        rest = behind;
    }
    rest
}

/// "undo the first one": `first`. `None` where the words say more than which change is meant.
fn which_change(plain: &str) -> Option<Vec<String>> {
    const SMALL: [&str; 14] = [
        "the", "that", "this", "my", "of", "for", "on", "to", "change", "changes", "one", "ones", "it", "please",
    ];
    let rest = ["undo ", "revert ", "take back "]
        .iter()
        .find_map(|verb| plain.strip_prefix(verb))
        .or_else(|| {
            let all = plain
                .strip_prefix("put ")
                .or_else(|| plain.strip_prefix("take "))?
                .strip_suffix(" back")?;
            match all {
                "it all" | "all of it" => Some("everything"),
                // Taken back once, or put where they were again?
                other if other.split(' ').any(|word| matches!(word, "change" | "changes")) => None,
                other => Some(other),
            }
        })?;
    let which: Vec<String> = rest.split(' ').filter(|word| !SMALL.contains(word)).map(str::to_owned).collect();
    let is_id = which.iter().any(|word| {
        word.split('-')
            .next()
            .is_some_and(|day| day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()))
    });
    (which.len() <= 2).then_some(which).filter(|_| !is_id)
}

/// A request that is only to be shown: `scale backend to 3 --dry-run`. A command of another tool has flags of its own.
#[must_use]
pub fn tried(request: &str) -> (&str, bool) {
    let of_tool = ["kubectl ", "docker ", "helm "].iter().any(|tool| request.starts_with(tool));
    match request.strip_suffix("--dry-run").filter(|rest| !of_tool && rest.ends_with(' ')) {
        Some(rest) => (rest.trim_end(), true),
        None => (request, false),
    }
}

fn slash(command: &str) -> Typed {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or_default().to_lowercase();
    let value = words.next().map(str::to_owned);
    let typed = match (name.as_str(), &value) {
        ("help" | "h" | "?", _) => Typed::Help,
        ("undo", _) => Typed::Undo(value),
        ("context" | "ctx", _) => Typed::Context(value),
        ("namespace" | "ns", _) => Typed::Namespace(value),
        ("explain", None) => Typed::Explain,
        ("transcript", None) => Typed::Transcript,
        ("quit" | "exit" | "q", None) => Typed::Quit,
        ("explain" | "transcript" | "quit" | "exit" | "q", Some(_)) => return Typed::Wrong(format!("/{name} takes nothing behind it")),
        _ => return Typed::Wrong(unknown(&name)),
    };
    if words.next().is_some() {
        return Typed::Wrong(format!("/{name} takes one name"));
    }
    typed
}

fn unknown(name: &str) -> String {
    let names = COMMANDS.map(|(command, _)| command.split(' ').next().unwrap_or(command));
    let near = names
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known.trim_start_matches('/'), name), known))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    match near {
        Some((_, known)) => format!("there is no command /{name}; did you mean {known}?"),
        None => format!("there is no command /{name}; there are {}", names.join(", ")),
    }
}

/// A line that is a command of the program, our name before it or not. A suggestion that was copied works here too.
fn program(line: &str) -> Option<Typed> {
    let first = line.split_whitespace().next()?;
    if !PROGRAM.contains(&first) {
        return None;
    }
    let mut args: Vec<OsString> = words(line).into_iter().map(OsString::from).collect();
    if first != "todo-agent" {
        args.insert(0, OsString::from("todo-agent"));
    }
    Some(match Line::read(&args) {
        // Of one request they would silently hold for none: a preview that acts.
        Ok(Line::Request { options, .. } | Line::Command { options, .. }) if options.any() => {
            Typed::Wrong("options hold for a whole conversation: leave it to give them, or use /context and /namespace".to_owned())
        }
        Ok(Line::Request { words, .. }) => Typed::Request(words),
        Ok(Line::Command {
            command: Known::Undo(undo),
            ..
        }) => Typed::Undo(undo.transcript),
        Ok(Line::Command {
            command: Known::Run(_) | Known::Chat(_) | Known::Completions(_),
            ..
        }) => Typed::Wrong("that has no place in a conversation: type the request itself".to_owned()),
        Ok(Line::Command { command, .. }) => Typed::Program(Box::new(command)),
        Ok(Line::Nothing { .. }) => Typed::Help,
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Typed::Wrong(first.trim_start_matches("error: ").to_owned())
        }
    })
}

/// The words of a line; what stands in quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                begun = true;
            }
            None if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        match read(line) {
            Typed::Nothing => "nothing".to_owned(),
            Typed::Undo(id) => format!("undo {id:?}"),
            Typed::UndoThat => "undo that".to_owned(),
            Typed::UndoOf(which, _) => format!("undo of {}", which.join(" ")),
            Typed::Context(name) => format!("context {name:?}"),
            Typed::Namespace(name) => format!("namespace {name:?}"),
            Typed::Program(command) => format!("program {command:?}")
                .split(['(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned(),
            Typed::Wrong(what) => format!("wrong: {what}"),
            Typed::Courtesy(courtesy, _) => format!("{courtesy:?}"),
            Typed::Request(words) => format!("request: {words}"),
            Typed::Help => "help".to_owned(),
            Typed::Explain => "explain".to_owned(),
            Typed::Transcript => "transcript".to_owned(),
            Typed::Somewhere(name, _) => format!("somewhere {name}"),
            Typed::Quit => "quit".to_owned(),
        }
    }

    #[test]
    fn a_request_may_be_tried_for_itself() {
        let told = [
            "scale backend to 3 --dry-run",
            "scale backend to 3",
            "kubectl scale deploy/x --replicas=3 --dry-run",
            "--dry-run",
        ]
        .map(tried);
        let expected = [
            ("scale backend to 3", true),
            ("scale backend to 3", false),
            ("kubectl scale deploy/x --replicas=3 --dry-run", false),
            ("--dry-run", false),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_line_is_a_command_or_a_request() {
        for (line, expected) in [
            ("  ", "nothing"),
            ("# a comment", "nothing"),
            ("/help", "help"),
            ("/undo", "undo None"),
            ("undo that", "undo that"),
            ("No, undo that!", "undo that"),
            ("take it back", "undo that"),
            ("nope, undo", "undo None"),
            ("oh no, put it back", "undo that"),
            ("undo the first one", "undo of first"),
            ("please undo the scaling of api", "undo of scaling api"),
            ("undo everything", "undo of everything"),
            ("put everything back", "undo of everything"),
            (
                "undo the rollout of api to revision 3",
                "request: undo the rollout of api to revision 3",
            ),
            ("/context kind-a", "context Some(\"kind-a\")"),
            ("/NS todo", "namespace Some(\"todo\")"),
            ("work in todo from now on", "namespace Some(\"todo\")"),
            ("switch to context kind-a", "context Some(\"kind-a\")"),
            ("/quitt", "wrong: there is no command /quitt; did you mean /quit?"),
            ("/ns a b", "wrong: /ns takes one name"),
            ("Bye.", "quit"),
            ("Thank you!", "Thanks"),
            ("hello", "Greeting"),
            ("ok", "Answer"),
            ("ok, restart the backend", "request: ok, restart the backend"),
            ("what can you do?", "help"),
            ("doctor", "program Doctor"),
            ("cluster health", "request: cluster health"),
            ("todo-agent \"scale backend to 3\"", "request: scale backend to 3"),
            ("todo-agent undo 20260102-030405-x", "undo Some(\"20260102-030405-x\")"),
            (
                "todo-agent run x.txt",
                "wrong: that has no place in a conversation: type the request itself",
            ),
            ("scale backend to 3", "request: scale backend to 3"),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }
}
