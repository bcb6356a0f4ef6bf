//! What the line editor is told of our lines: what Tab completes, and how the prompt looks.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{Context, Result, completion::Completer, highlight::Highlighter, hint::Hinter, validate::Validator};

use super::command::COMMANDS;
use crate::app::Names;

#[derive(Debug)]
pub struct Helper {
    pub names: Arc<Mutex<Names>>,
}

/// Words that requests begin with.
const VERBS: [&str; 12] = [
    "describe", "events", "follow", "help", "list", "logs", "overview", "restart", "rollout", "scale", "set", "why",
];

impl Completer for Helper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or(line);
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(candidates(before, &names))
    }
}

/// Where the word before the cursor begins, and what it may become.
fn candidates(before: &str, names: &Names) -> (usize, Vec<String>) {
    let start = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let (head, word) = before.split_at(start);
    let head = head.trim().to_lowercase();
    let last = head.split_whitespace().next_back().unwrap_or_default();
    let own = |list: &[String]| list.to_vec();
    let all: Vec<String> = match (head.as_str(), last) {
        ("", _) if word.starts_with('/') => COMMANDS
            .iter()
            .filter_map(|(command, _)| command.split(' ').next())
            .map(str::to_owned)
            .collect(),
        ("", _) => VERBS.iter().map(|verb| (*verb).to_owned()).chain(own(&names.objects)).collect(),
        ("/context" | "/ctx", _) => own(&names.contexts),
        ("/namespace" | "/ns", _) | (_, "-n" | "--namespace" | "namespace" | "in") => own(&names.namespaces),
        _ => own(&names.objects),
    };
    // `deployment/todo-b`: the kind stays.
    let (kind, name) = word
        .rsplit_once('/')
        .filter(|(kind, _)| !kind.is_empty())
        .map_or(("", word), |(_, name)| ("/", name));
    let start = if kind.is_empty() { start } else { before.len() - name.len() };
    let lower = name.to_lowercase();
    let begins: Vec<String> = all.iter().filter(|one| one.to_lowercase().starts_with(&lower)).cloned().collect();
    if !begins.is_empty() || name.is_empty() {
        return (start, begins);
    }
    // "front" is a part of todo-frontend, as it is in a request.
    let within = all
        .into_iter()
        .filter(|one| one.split(['-', '.', '_']).any(|part| part.to_lowercase().starts_with(&lower)));
    (start, within.collect())
}

impl Hinter for Helper {
    type Hint = String;
}

impl Highlighter for Helper {}

impl Validator for Helper {}

impl rustyline::Helper for Helper {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_names_that_are_there_are_completed() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let names = Names {
            contexts: list(&["kind-a", "minikube"]),
            namespaces: list(&["default", "todo"]),
            objects: list(&["todo-backend", "todo-frontend"]),
        };
        for (before, expected) in [
            ("/un", (0, list(&["/undo"]))),
            ("sc", (0, list(&["scale"]))),
            ("scale todo-b", (6, list(&["todo-backend"]))),
            ("scale front", (6, list(&["todo-frontend"]))),
            ("describe deployment/todo-f", (20, list(&["todo-frontend"]))),
            ("/context ki", (9, list(&["kind-a"]))),
            ("list pods in t", (13, list(&["todo"]))),
            ("list pods -n ", (13, list(&["default", "todo"]))),
            ("scale x", (6, list(&[]))),
        ] {
            assert_eq!(candidates(before, &names), expected, "{before}");
        }
    }
}
