//! What the line editor is told of our lines: what Tab completes, and how the prompt looks.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{Context, Result, completion::Completer, highlight::Highlighter, hint::Hinter, validate::Validator};

use super::command::COMMANDS;
use crate::{app::Names, domain::docker::Noun};

#[derive(Debug)]
pub struct Helper {
    pub names: Arc<Mutex<Names>>,
}

/// Words that requests begin with.
const VERBS: [&str; 13] = [
    "describe", "docker", "events", "follow", "help", "list", "logs", "overview", "restart", "rollout", "scale", "set", "why",
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
        _ => match on_engine(&head, &names.engine) {
            Some((engine, true)) => return completed(engine, start, word),
            // "the image of" speaks of workloads as well.
            Some((engine, false)) => own(&names.objects).into_iter().chain(engine).collect(),
            None => own(&names.objects),
        },
    };
    // `deployment/todo-b`: the kind stays.
    let (kind, name) = word
        .rsplit_once('/')
        .filter(|(kind, _)| !kind.is_empty())
        .map_or(("", word), |(_, name)| ("/", name));
    let start = if kind.is_empty() { start } else { before.len() - name.len() };
    completed(all, start, name)
}

/// What of an engine can stand behind these words, and whether nothing else can; `None` where they do not speak of Docker.
fn on_engine(head: &str, known: &[(Noun, String)]) -> Option<(Vec<String>, bool)> {
    let words: Vec<&str> = head.split_whitespace().collect();
    let noun = |word: &&str| {
        let word = word.strip_suffix('s').unwrap_or(word);
        Noun::ALL.into_iter().find(|noun| noun.singular() == word)
    };
    let command = words.iter().position(|word| matches!(*word, "docker" | "gordon"));
    let spoken = words.iter().rev().find_map(noun);
    if command.is_none() && spoken.is_none() {
        return None;
    }
    // `docker stop` is of containers.
    let of_verb = command.and_then(|at| words.get(at + 1)).and_then(|verb| match *verb {
        "start" | "stop" | "restart" | "kill" | "rm" | "logs" | "stats" => Some(Noun::Container),
        "rmi" | "run" | "pull" | "tag" | "history" | "optimize" => Some(Noun::Image),
        _ => None,
    });
    let only = spoken.or(of_verb);
    let fits = known.iter().filter(|(noun, _)| only.is_none_or(|only| only == *noun));
    Some((fits.map(|(_, name)| name.clone()).collect(), command.is_some()))
}

fn completed(all: Vec<String>, start: usize, name: &str) -> (usize, Vec<String>) {
    let lower = name.to_lowercase();
    let begins: Vec<String> = all.iter().filter(|one| one.to_lowercase().starts_with(&lower)).cloned().collect();
    if !begins.is_empty() || name.is_empty() {
        return (start, begins);
    }
    // "front" is a part of todo-frontend, as it is in a request.
    let within = all.into_iter().filter(|one| {
        one.split(['-', '.', '_', '/', ':'])
            .any(|part| part.to_lowercase().starts_with(&lower))
    });
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
            engine: [
                (Noun::Container, "web"),
                (Noun::Container, "web-db"),
                (Noun::Image, "ghcr.io/acme/web:1"),
                (Noun::Volume, "web-data"),
            ]
            .map(|(noun, name)| (noun, name.to_owned()))
            .to_vec(),
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
            ("docker stop w", (12, list(&["web", "web-db"]))),
            ("stop the container d", (19, list(&["web-db"]))),
            ("docker rmi acm", (11, list(&["ghcr.io/acme/web:1"]))),
            ("docker rmi ghcr.io/ac", (11, list(&["ghcr.io/acme/web:1"]))),
            ("docker volume rm w", (17, list(&["web-data"]))),
            ("docker inspect web-", (15, list(&["web-db", "web-data"]))),
            ("scale w", (6, list(&[]))),
            ("set the image of todo-b", (17, list(&["todo-backend"]))),
            ("remove the image ghcr", (17, list(&["ghcr.io/acme/web:1"]))),
            ("docker image inspect todo-b", (21, list(&[]))),
        ] {
            assert_eq!(candidates(before, &names), expected, "{before}");
        }
    }
}
