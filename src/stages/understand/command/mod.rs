//! kubectl commands typed as they are: flags in any order, kinds and names as kubectl takes them.

mod argument;
pub(super) mod shell;

use std::collections::BTreeMap;

use argument::{Values, values};
use shell::{arguments, lines};

use super::{
    first::{self, needs},
    flag, image,
    refuse::{always, declined},
    say::Where,
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::{Argument, Command, Playbook, Playbooks, SlotType},
};

/// Flags of todo-agent that no program has which is typed as it is, and whether a value follows.
const OWN: [(&str, bool); 9] = [
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
        understood: Some(format!(
            "{first} is todo-agent's own flag and stands before the command; behind it {first} would be the command's"
        )),
        unexplained: vec![first.to_owned()],
        suggestions: vec![format!("todo-agent {} {}", own.join(" "), rest.join(" "))],
        ..declined(DeclinedReason::BadValue)
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
}

impl Line {
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
            match fit(&line, command, playbook) {
                Some(Ok((literal, slots))) => fits.push((literal, playbook, slots)),
                Some(Err(declined)) => return Parsed::Declined(declined),
                None => {}
            }
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
                understood: Some("A pipe or redirection is the shell's".to_owned()),
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
                understood: Some(format!("The flag {name} needs a value")),
                unexplained: vec![name],
                ..declined(DeclinedReason::NotUnderstood)
            });
        }
        let mut take = || value.take().or_else(|| rest.next().cloned());
        match name.as_str() {
            "-n" | "--namespace" => line.namespace = take(),
            "--context" => line.context = take(),
            "-l" | "--selector" => line.selector = take(),
            "-A" | "--all-namespaces" => line.everywhere = value.as_deref() != Some("false"),
            "--all" => line.all = value.as_deref() != Some("false"),
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
fn fit(line: &Line, command: &Command, playbook: &Playbook) -> Option<Result<Fit, Declined>> {
    let mut words: &[String] = &line.words;
    let mut literal = 0;
    let bare = line.all || line.words.first().is_some_and(|word| word == "rollout");
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
    words.is_empty().then_some(Ok((literal, each)))
}

/// Flags of the playbook's slots, those that it accepts because they change nothing, and places.
fn flags(line: &Line, playbook: &Playbook, slots: &mut BTreeMap<String, SlotMention>) -> Option<Declined> {
    let scope = playbook.slots.iter().find(|slot| slot.of == SlotType::Scope);
    let unknown = |flag: String| Declined {
        understood: Some(format!("The flag {flag} is not known for this command")),
        unexplained: vec![flag],
        suggestions: super::say::request(playbook, slots, line.place()).into_iter().collect(),
        ..declined(DeclinedReason::NotUnderstood)
    };
    if line.all && !slots.values().any(|mention| *mention == SlotMention::All) {
        return Some(unknown("--all".to_owned()));
    }
    match (scope, line.everywhere, &line.selector) {
        (None, true, _) => return Some(unknown("--all-namespaces".to_owned())),
        (None, _, Some(selector)) => return Some(unknown(format!("-l {selector}"))),
        _ => {}
    }
    let mut given = Vec::new();
    for (name, value) in &line.flags {
        let whole = value.as_ref().map_or_else(|| name.clone(), |value| format!("{name} {value}"));
        if playbook
            .accepts
            .iter()
            .any(|accepted| *accepted == whole || *accepted == whole.replace(' ', "="))
        {
            continue;
        }
        let spelled = |command: &Command| command.0.contains(&Argument::Word(name.clone()));
        if name != "-o" && value.is_none() && playbook.commands.iter().any(spelled) {
            continue;
        }
        let Some(slot) = playbook.slots.iter().find(|slot| slot.flags.contains(name)) else {
            return Some(unknown(whole));
        };
        // `get -o jsonpath=…` and the like are kubectl's own.
        let written = matches!(value.as_deref(), Some("yaml" | "json" | "name" | "wide"));
        if name == "-o" && slot.of == SlotType::Text && !written {
            return Some(unknown(whole));
        }
        let value = value.clone().unwrap_or_else(|| {
            if slot.of == SlotType::Flag {
                "true".to_owned()
            } else {
                String::new()
            }
        });
        match flag::mention(slot.of, &value) {
            Ok(Some(mention)) => given.push((slot.name.clone(), mention)),
            Ok(None) => return Some(unknown(whole)),
            Err(why) => {
                return Some(Declined {
                    understood: Some(super::say::capital(why)),
                    unexplained: vec![whole],
                    ..declined(DeclinedReason::BadValue)
                });
            }
        }
    }
    let mut flagged: Vec<String> = Vec::new();
    for (name, mention) in given {
        match (slots.get_mut(&name), mention) {
            // A flag that is given twice: `--from-literal=a=b --from-literal=c=d`.
            (Some(SlotMention::Env(known)), SlotMention::Env(more)) => known.extend(more),
            (Some(SlotMention::Text(known)), SlotMention::Text(more)) if is_list(playbook, &name) => *known = format!("{known},{more}"),
            // kubectl takes the last one, a person who types both has not decided.
            (Some(known), mention) if flagged.contains(&name) && *known != mention => {
                return Some(Declined {
                    understood: Some("A flag is given twice, with two values".to_owned()),
                    unexplained: playbook
                        .slot(&name)
                        .into_iter()
                        .flat_map(|slot| slot.flags.iter().take(1).cloned())
                        .collect(),
                    ..declined(DeclinedReason::BadValue)
                });
            }
            (_, mention) => {
                slots.insert(name.clone(), mention);
            }
        }
        flagged.push(name);
    }
    if let Some(scope) = scope {
        if line.everywhere {
            slots.insert(scope.name.clone(), SlotMention::All);
        }
        if let Some(selector) = &line.selector {
            if line.everywhere {
                slots.insert(format!("{}.everywhere", scope.name), SlotMention::All);
            }
            slots.insert(scope.name.clone(), SlotMention::Text(selector.clone()));
        }
    }
    let image = slots.iter().find_map(|(name, mention)| match mention {
        SlotMention::Text(text) if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Image) => Some(text),
        _ => None,
    });
    image
        .and_then(|text| Some((text, image::fault(text)?)))
        .map(|(text, why)| Declined {
            understood: Some(super::say::capital(why)),
            unexplained: vec![text.clone()],
            ..declined(DeclinedReason::BadValue)
        })
}

fn is_list(playbook: &Playbook, slot: &str) -> bool {
    playbook.slot(slot).is_some_and(|slot| slot.of == SlotType::Path)
}

/// A command of kubectl that no playbook takes.
fn unknown(text: &str, line: &Line, playbooks: &Playbooks) -> Parsed {
    const VERBS: [&str; 43] = [
        "apply",
        "create",
        "delete",
        "edit",
        "exec",
        "port-forward",
        "expose",
        "autoscale",
        "cp",
        "top",
        "drain",
        "cordon",
        "uncordon",
        "taint",
        "label",
        "annotate",
        "patch",
        "replace",
        "run",
        "wait",
        "attach",
        "auth",
        "diff",
        "kustomize",
        "api-resources",
        "api-versions",
        "explain",
        "config",
        "cluster-info",
        "version",
        "proxy",
        "debug",
        "certificate",
        "completion",
        "plugin",
        "options",
        "rollout",
        "set",
        "scale",
        "logs",
        "describe",
        "get",
        "events",
    ];
    let Some(verb) = line.words.first().map(|word| word.to_lowercase()) else {
        return Parsed::Declined(Declined {
            understood: Some("kubectl alone does nothing".to_owned()),
            unexplained: vec![text.to_owned()],
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    };
    let kustomize = |(name, _): &(String, Option<String>)| matches!(name.as_str(), "-k" | "--kustomize");
    if let Some((flag, folder)) = line.flags.iter().find(|flag| kustomize(flag)) {
        let folder = folder.as_ref().or_else(|| line.words.get(1)).map_or("DIR", String::as_str);
        return Parsed::Declined(Declined {
            understood: Some(format!(
                "Overlays of kustomize are not put together here; `kubectl kustomize {folder} > all.yaml` does it, then `todo-agent kubectl {verb} -f all.yaml` does the rest"
            )),
            unexplained: vec![format!("{flag} {folder}")],
            ..declined(DeclinedReason::NotBuilt)
        });
    }
    if verb == "helm" {
        return helm(text, line);
    }
    let nearest = VERBS.into_iter().find(|known| strsim::osa_distance(known, &verb) == 1);
    if let Some(meant) = nearest.filter(|_| !VERBS.contains(&verb.as_str()) && playbooks.lexicon.find(&verb).is_none() && verb.len() > 1) {
        return Parsed::Declined(Declined {
            understood: Some(format!("kubectl has no command {verb}")),
            unexplained: vec![verb.clone()],
            suggestions: vec![text.replacen(&verb, meant, 1)],
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    // These are built: what follows them is no command, but may be words.
    if matches!(verb.as_str(), "scale" | "logs" | "describe" | "get" | "events") || !VERBS.contains(&verb.as_str()) {
        return Parsed::Words;
    }
    let shown: Vec<&str> = line.words.iter().take(2).map(String::as_str).collect();
    let name = line
        .words
        .iter()
        .skip(1)
        .find_map(|word| word.split_once('/').map(|(_, name)| name))
        .unwrap_or_default();
    let wish = playbooks
        .lexicon
        .find(&verb)
        .and_then(|entry| playbooks.lexicon.word(entry).wish)
        .and_then(|wish| playbooks.lexicon.wishes.get(usize::from(wish)));
    let close = wish
        .map(|wish| &wish.close)
        .into_iter()
        .flatten()
        .filter(|close| !name.is_empty() || !close.contains("{name}"));
    let mut suggestions: Vec<String> = close.map(|close| close.replace("{name}", name)).collect();
    if suggestions.is_empty() {
        suggestions = always();
    }
    Parsed::Declined(Declined {
        understood: Some(format!("`kubectl {}` is not built yet", shown.join(" "))),
        unexplained: vec![text.to_owned()],
        suggestions,
        ..declined(DeclinedReason::NotBuilt)
    })
}

/// A command of helm that no playbook takes: releases are read here, and changed by helm itself.
fn helm(text: &str, line: &Line) -> Parsed {
    let name = line.words.get(2).filter(|name| !name.contains('/')).map(String::as_str);
    const OWN: [&str; 18] = [
        "install",
        "upgrade",
        "rollback",
        "uninstall",
        "delete",
        "template",
        "lint",
        "repo",
        "pull",
        "push",
        "package",
        "create",
        "dependency",
        "show",
        "search",
        "test",
        "plugin",
        "registry",
    ];
    let verb = line.words.get(1).map_or("", String::as_str);
    // "helm releases in shop": words.
    if !OWN.contains(&verb) {
        return Parsed::Words;
    }
    let mut suggestions = vec!["helm list".to_owned()];
    if let Some(name) = name.filter(|_| matches!(verb, "upgrade" | "install" | "rollback" | "uninstall" | "delete")) {
        suggestions.extend([format!("helm status {name}"), format!("helm history {name}")]);
    }
    Parsed::Declined(Declined {
        understood: Some(format!(
            "Releases are listed and told here; `helm {verb}` is helm's own work (https://helm.sh/docs/intro/install), run it as it is"
        )),
        unexplained: vec![text.to_owned()],
        suggestions,
        ..declined(DeclinedReason::NotBuilt)
    })
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
