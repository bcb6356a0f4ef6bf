//! kubectl commands typed as they are: flags in any order, kinds and names as kubectl takes them.

mod argument;
mod flags;
mod own;
pub(super) mod shell;
mod unknown;

use std::collections::BTreeMap;

use argument::{Values, values};
use flags::flags;
use shell::{arguments, lines};
use unknown::unknown;

use super::{first, needs::needs, refuse::declined, say::Where};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::{Argument, Command, Playbook, Playbooks, SlotType},
};

/// Flags of todo-agent that no program has which is typed as it is, and whether a value follows.
pub(super) const OWN: [(&str, bool); 9] = [
    ("--yes", false),
    ("-y", false),
    ("--no-ai", false),
    ("--allow-remote", false),
    ("--require-real", false),
    ("--allow-destroy", true),
    ("--with", true),
    ("--docker-context", true),
    ("--state-dir", true),
];

/// `kubectl scale … --yes`: behind a program's name every flag is that program's.
pub(super) fn misplaced(text: &str) -> Option<Declined> {
    let [line] = lines(text).try_into().ok()?;
    arguments(&line)?;
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    let mut words = line.split_whitespace();
    while let Some(word) = words.next() {
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        let Some((_, valued)) = OWN.iter().find(|(flag, _)| *flag == name) else {
            rest.push(word);
            continue;
        };
        own.push(word);
        own.extend(if *valued && name == word { words.next() } else { None });
    }
    let first = *own.first()?;
    Some(Declined {
        why: Some(format!(
            "{first} is todo-agent's own flag and stands before the command; behind it {first} would be the command's"
        )),
        unexplained: vec![first.to_owned()],
        suggestions: vec![format!("todo-agent {} {}", own.join(" "), rest.join(" "))],
        ..declined(DeclinedReason::BadValue)
    })
}

/// `kubctl get pods`: a command of kubectl but for the letters of its name.
pub(super) fn mistyped(text: &str) -> Option<Declined> {
    let [line] = lines(text).try_into().ok()?;
    let mut words = line.split_whitespace();
    let (first, verb) = (words.next()?, words.next()?);
    let slips = strsim::osa_distance(&first.to_lowercase(), "kubectl");
    let meant = (1..=2).contains(&slips) && unknown::VERBS.contains(&verb);
    meant.then(|| Declined {
        why: Some(format!("{first} is no program that is known here")),
        unexplained: vec![first.to_owned()],
        suggestions: vec![line.replacen(first, "kubectl", 1)],
        ..declined(DeclinedReason::NotUnderstood)
    })
}

/// `None`: the text is no kubectl command.
pub(super) fn read(text: &str, playbooks: &Playbooks) -> Option<FirstReading> {
    if !lines(text).iter().any(|line| arguments(line).is_some()) {
        return None;
    }
    let mut readings = Vec::new();
    for line in lines(text) {
        let read = match arguments(&line) {
            Some(arguments) => match parse(&line, &arguments, playbooks) {
                Parsed::Readings(found) => {
                    if let Some(unclosed) = shell::unclosed(&line) {
                        return Some(FirstReading::Declined(unclosed));
                    }
                    readings.extend(found);
                    continue;
                }
                Parsed::Declined(declined) => return Some(FirstReading::Declined(declined)),
                Parsed::Words => plain(&line, &arguments, playbooks),
            },
            None => first::words(&line, playbooks),
        };
        match read {
            FirstReading::Understood { readings: found, .. } => readings.extend(found),
            other => return Some(other),
        }
    }
    let needs = needs(&readings, playbooks);
    Some(FirstReading::Understood { readings, needs })
}

enum Parsed {
    Readings(Vec<Reading>),
    Declined(Declined),
    /// No command that kubectl has: perhaps plain words.
    Words,
}

/// A line taken apart.
#[derive(Default)]
struct Line {
    words: Vec<String>,
    flags: Vec<(String, Option<String>)>,
    namespace: Option<String>,
    context: Option<String>,
    everywhere: bool,
    /// `--all`: every object of the kind that was given.
    all: bool,
    selector: Option<String>,
    /// `--dry-run=client`, `--dry-run=server`: our preview is both.
    preview: bool,
}

impl Line {
    /// Objects are taken together by what they are, and not each by its name.
    const fn selects(&self) -> bool {
        self.all || self.selector.is_some()
    }

    fn place(&self) -> Where<'_> {
        Where {
            namespace: self.namespace.as_deref(),
            context: self.context.as_deref(),
        }
    }
}

fn parse(text: &str, arguments: &[String], playbooks: &Playbooks) -> Parsed {
    let line = match take_apart(arguments, playbooks) {
        Ok(line) => line,
        Err(declined) => return Parsed::Declined(declined),
    };
    let mut fits: Vec<(usize, &Playbook, Values)> = Vec::new();
    for playbook in playbooks.iter() {
        for command in &playbook.commands {
            fits.extend(fit(&line, command, playbook).map(|(literal, slots)| (literal, playbook, slots)));
        }
    }
    let Some((_, playbook, found)) = fits.into_iter().max_by_key(|(literal, _, _)| *literal) else {
        return unknown(text, &line, playbooks);
    };
    let mut readings = Vec::new();
    for mut slots in found {
        if let Some(refused) = flags(&line, playbook, &mut slots) {
            return Parsed::Declined(refused);
        }
        readings.push(Reading {
            playbook: playbook.name.clone(),
            clause: text.to_owned(),
            slots,
            namespace: line.namespace.clone(),
            context: line.context.clone(),
            typed: true,
            preview: line.preview,
            keeps: flags::keeps(&line, playbook),
        });
    }
    Parsed::Readings(readings)
}

/// Flags that every command has, and words. A flag takes a value when a slot of any playbook says so.
fn take_apart(arguments: &[String], playbooks: &Playbooks) -> Result<Line, Declined> {
    let mut line = Line::default();
    let mut rest = arguments.iter().peekable();
    let gets = arguments.first().is_some_and(|verb| verb.eq_ignore_ascii_case("get"));
    while let Some(word) = rest.next() {
        if matches!(word.as_str(), "|" | ">" | ">>" | "<" | "||" | "&") || word.starts_with('|') {
            let tail: Vec<&str> = std::iter::once(word).chain(rest).map(String::as_str).collect();
            return Err(Declined {
                why: Some("A pipe or redirection is the shell's".to_owned()),
                unexplained: vec![tail.join(" ")],
                ..declined(DeclinedReason::NotUnderstood)
            });
        }
        if !word.starts_with('-') || word == "-" || word.parse::<f64>().is_ok() {
            line.words.push(word.clone());
            continue;
        }
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.clone(), None),
        };
        let needs = matches!(name.as_str(), "-n" | "--namespace" | "--context" | "-l" | "--selector");
        if needs && value.is_none() && rest.peek().is_none() {
            return Err(Declined {
                why: Some(format!("The flag {name} needs a value")),
                unexplained: vec![name],
                ..declined(DeclinedReason::NotUnderstood)
            });
        }
        let tried = value.clone();
        let mut take = || value.take().or_else(|| rest.next().cloned());
        match name.as_str() {
            "-n" | "--namespace" => line.namespace = take(),
            "--context" => line.context = take(),
            "-l" | "--selector" => line.selector = take(),
            "-A" | "--all-namespaces" => line.everywhere = value.as_deref() != Some("false"),
            "--all" => line.all = value.as_deref() != Some("false"),
            "--dry-run" if matches!(tried.as_deref(), None | Some("client" | "server")) => line.preview = true,
            "--dry-run" if tried.as_deref() == Some("none") => {}
            "--output" if gets => {
                let value = take();
                line.flags.push(("-o".to_owned(), value));
            }
            glued if gets && glued.starts_with("-o") && glued.len() > 2 => {
                let rest = glued.get(2..).unwrap_or_default().to_owned();
                line.flags.push(("-o".to_owned(), Some(rest)));
            }
            glued if glued.starts_with("-n") && !glued.starts_with("--") => line.namespace = glued.get(2..).map(str::to_owned),
            _ => {
                // `-f` follows a log, and names a file: what it is, its command says.
                let verb = arguments.iter().find(|word| !word.starts_with('-')).map(|word| word.to_lowercase());
                let is_own = |playbook: &&Playbook| {
                    let begins =
                        |command: &Command| matches!(command.0.first(), Some(Argument::Word(first)) if Some(first) == verb.as_ref());
                    playbook.commands.iter().any(begins)
                };
                let known = playbooks.iter().any(|playbook| is_own(&playbook));
                let meant = || playbooks.iter().filter(|playbook| !known || is_own(playbook));
                let valued = meant()
                    .flat_map(|playbook| &playbook.slots)
                    .any(|slot| slot.flags.contains(&name) && slot.of != SlotType::Flag)
                    || meant().any(|playbook| {
                        playbook
                            .accepts
                            .iter()
                            .any(|accepted| accepted.split_once(' ').is_some_and(|(flag, _)| flag == name))
                    });
                let value = if value.is_none() && valued { rest.next().cloned() } else { value };
                line.flags.push((name, value));
            }
        }
    }
    Ok(line)
}

type Fit = (usize, Vec<BTreeMap<String, SlotMention>>);

/// The command's words against a template: how many stood letter by letter, and the values, once for each object.
fn fit(line: &Line, command: &Command, playbook: &Playbook) -> Option<Fit> {
    let mut words: &[String] = &line.words;
    let mut literal = 0;
    let bare = line.selects() || line.words.first().is_some_and(|word| word == "rollout" || word == "describe");
    let mut each: Vec<BTreeMap<String, SlotMention>> = vec![BTreeMap::new()];
    for (n, argument) in command.0.iter().enumerate() {
        let last = n + 1 == command.0.len();
        match argument {
            // A flag that the command is made of: `set env … --list`.
            Argument::Word(flag) if flag.starts_with('-') => {
                if !line.flags.iter().any(|(name, _)| name == flag) {
                    return None;
                }
                literal += 1;
            }
            Argument::Word(word) => {
                let (first, rest) = words.split_first()?;
                if first.to_lowercase() != *word {
                    return None;
                }
                literal += 1;
                words = rest;
            }
            Argument::Slot(slot) | Argument::Optional(slot) => {
                let slot = playbook.slots.get(*slot)?;
                if words.is_empty() && matches!(argument, Argument::Optional(_)) {
                    continue;
                }
                // `get pods -o yaml` is of a kind, `get pod web -o yaml` of one object.
                let output = command.0.iter().any(|argument| *argument == Argument::Word("-o".to_owned()));
                if output && matches!(words, [only] if !only.contains('/')) {
                    return None;
                }
                // `logs -l app=web`: its pods.
                if words.is_empty() && line.selector.is_some() && slot.of == SlotType::Workload {
                    each.iter_mut().for_each(|known| known.extend(argument::every(slot, "pods")));
                    continue;
                }
                let (values, rest) = values(slot, words, last, bare)?;
                words = rest;
                let mut next = Vec::new();
                for known in &each {
                    for value in &values {
                        let mut more = known.clone();
                        more.extend(value.clone());
                        next.push(more);
                    }
                }
                each = next;
            }
        }
    }
    words.is_empty().then_some((literal, each))
}

/// `kubectl scale backend to 3`: no command, but words that say enough.
fn plain(line: &str, arguments: &[String], playbooks: &Playbooks) -> FirstReading {
    let start = line.to_lowercase().find("kubectl").map_or(0, |at| at + "kubectl".len());
    let text = if start == 0 {
        arguments.join(" ")
    } else {
        line.get(start..).unwrap_or_default().to_owned()
    };
    first::words(text.trim(), playbooks)
}
