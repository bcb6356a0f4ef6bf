//! `docker` commands typed as they are, and the words that are put before Gordon (`gordon optimize IMAGE`).

mod clean;
mod container;
mod image;
mod run;

use std::collections::BTreeMap;

use clean::{prune, remove};
use container::{containers, logs, named, stats};
use image::{build, optimize, pull, tag};
use run::run;

use super::{
    super::{
        command::{OWN, shell},
        first, image as references,
        refuse::declined,
        say,
    },
    always,
    line::Line,
    unbuilt::unknown,
};
use crate::{
    domain::{
        docker::Noun,
        intent::{Declined, DeclinedReason, EnvChange},
        reading::{FirstReading, Needs, Reading, SlotMention},
    },
    fallbacks::{Playbooks, quoted},
};

pub(super) use image::is_dockerfile;

type Slots = BTreeMap<String, SlotMention>;

/// What a line comes to.
pub(super) enum Parsed {
    /// Each is a reading of this playbook.
    Each(&'static str, Vec<Slots>),
    Declined(Declined),
    /// Plain words about Docker.
    Words(String),
}

/// `None`: no line is a docker command.
pub(super) fn read(text: &str, docker: &Playbooks) -> Option<FirstReading> {
    let lines = shell::lines(text);
    if !lines.iter().any(|line| arguments(line).is_some()) {
        return None;
    }
    let mut readings = Vec::new();
    for line in &lines {
        let Some(arguments) = arguments(line) else {
            return Some(FirstReading::Declined(Declined {
                why: Some("Docker commands and other requests are not done together".to_owned()),
                unexplained: vec![line.clone()],
                suggestions: vec![
                    lines
                        .iter()
                        .find(|line| self::arguments(line).is_some())
                        .cloned()
                        .unwrap_or_default(),
                ],
                ..declined(DeclinedReason::NotUnderstood)
            }));
        };
        match parse(line, &arguments, docker) {
            Parsed::Each(playbook, each) => {
                if let Some(unclosed) = shell::unclosed(line) {
                    return Some(FirstReading::Declined(unclosed));
                }
                readings.extend(each.into_iter().map(|slots| Reading {
                    playbook: playbook.to_owned(),
                    clause: line.clone(),
                    slots,
                    namespace: None,
                    context: None,
                    typed: true,
                    preview: false,
                    keeps: false,
                }));
            }
            Parsed::Declined(declined) => return Some(FirstReading::Declined(declined)),
            Parsed::Words(words) => match first::words(&words, docker) {
                FirstReading::Understood { readings: found, .. } => readings.extend(found),
                other => return Some(other),
            },
        }
    }
    Some(FirstReading::Understood {
        readings,
        needs: Needs::default(),
    })
}

/// The words after `docker`, quotes removed.
fn arguments(line: &str) -> Option<Vec<String>> {
    let mut words = shell::program(line);
    let program = words.next()?.to_lowercase();
    let program = program.trim_end_matches(':').trim_end_matches(".exe");
    if !matches!(program, "docker" | "gordon") {
        return None;
    }
    let mut arguments: Vec<String> = words.collect();
    // "run docker image nginx": what is run is the image.
    let noun = arguments.first().is_some_and(|first| super::noun(first).is_some());
    let runs = line.to_lowercase().contains("run docker");
    if noun && runs && !arguments.get(1).is_some_and(|second| OF_NOUNS.contains(&second.as_str())) {
        return None;
    }
    // What politeness puts behind a command is no part of it.
    while arguments.len() > 1
        && arguments
            .last()
            .is_some_and(|last| shell::THANKS.contains(&last.to_lowercase().as_str()))
    {
        arguments.pop();
    }
    Some(arguments)
}

/// What can follow `docker container`, `docker image`, ….
const OF_NOUNS: [&str; 15] = [
    "ls", "list", "ps", "inspect", "rm", "remove", "prune", "history", "tag", "build", "run", "logs", "start", "stop", "stats",
];

/// Words that no command has: they stand in sentences.
const OF_SENTENCES: [&str; 17] = [
    "the",
    "a",
    "an",
    "my",
    "our",
    "all",
    "of",
    "this",
    "that",
    "container",
    "containers",
    "image",
    "images",
    "network",
    "networks",
    "volume",
    "volumes",
];

/// `docker stop the container web`: words, though they begin as a command does.
fn is_sentence(words: &[&str]) -> bool {
    let noun_first = matches!(words.first(), Some(&("container" | "image" | "network" | "volume" | "system")));
    let behind = words.get(if noun_first { 2 } else { 1 }..).unwrap_or_default();
    // Behind the image of `run` stands what shall run in it.
    let until = if words.contains(&"run") { 1 } else { behind.len() };
    behind.iter().take(until).any(|word| OF_SENTENCES.contains(word))
}

fn parse(text: &str, arguments: &[String], docker: &Playbooks) -> Parsed {
    let words: Vec<String> = arguments.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let after = |n: usize| arguments.get(n..).unwrap_or_default();
    if is_sentence(&words) {
        return Parsed::Words(arguments.join(" "));
    }
    match words.as_slice() {
        [] => Parsed::Declined(Declined {
            why: Some("docker alone does nothing".to_owned()),
            unexplained: vec![text.to_owned()],
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        }),
        ["ai" | "gordon", rest @ ..] if !rest.is_empty() => {
            let rest = after(1);
            // `docker ai "list my containers"` is words; `gordon ps` is a command.
            if rest.len() == 1 {
                Parsed::Words(rest.join(" "))
            } else {
                parse(text, rest, docker)
            }
        }
        [_, ..]
            if arguments
                .first()
                .and_then(|flag| flag.split('=').next())
                .is_some_and(|flag| OF_DOCKER.contains(&flag)) =>
        {
            Parsed::Declined(elsewhere(arguments))
        }
        ["pull", ..] => pull(after(1)),
        ["image", "pull", ..] => pull(after(2)),
        ["optimize" | "optimise" | "analyze" | "analyse", ..] => optimize(after(1)),
        ["ps", ..] => containers(after(1)),
        ["container", "ls" | "ps" | "list", ..] => containers(after(2)),
        ["images", ..] => images(after(1)),
        ["image", "ls" | "list", ..] => images(after(2)),
        ["network", "ls" | "list", ..] => simple("docker-networks", after(2), &[]),
        ["volume", "ls" | "list", ..] => simple("docker-volumes", after(2), &[]),
        ["system", "df", ..] => simple("docker-disk-usage", after(2), &["-v", "--verbose"]),
        ["system", "info"] | ["info" | "version"] => Parsed::Each("docker-engine", vec![Slots::new()]),
        ["logs", ..] => logs(after(1)),
        ["container", "logs", ..] => logs(after(2)),
        ["stats", ..] => stats(after(1)),
        ["container", "stats", ..] => stats(after(2)),
        ["inspect", ..] => named("docker-inspect", "object", after(1), None, &[]),
        [noun @ ("container" | "image" | "network" | "volume"), "inspect", ..] => {
            named("docker-inspect", "object", after(2), super::noun(noun), &[])
        }
        ["history", ..] => named("docker-history", "image", after(1), None, &["--no-trunc"]),
        ["image", "history", ..] => named("docker-history", "image", after(2), None, &["--no-trunc"]),
        ["start", ..] => named("docker-start", "container", after(1), None, &[]),
        ["stop", ..] => named("docker-stop", "container", after(1), None, &[]),
        ["restart", ..] => named("docker-restart", "container", after(1), None, &[]),
        ["kill", ..] => named("docker-kill", "container", after(1), None, &[]),
        ["container", "start", ..] => named("docker-start", "container", after(2), None, &[]),
        ["container", "stop", ..] => named("docker-stop", "container", after(2), None, &[]),
        ["container", "restart", ..] => named("docker-restart", "container", after(2), None, &[]),
        ["container", "kill", ..] => named("docker-kill", "container", after(2), None, &[]),
        ["rm", ..] => remove(after(1), Noun::Container),
        ["rmi", ..] => remove(after(1), Noun::Image),
        [noun @ ("container" | "image" | "network" | "volume"), "rm" | "remove", ..] => {
            remove(after(2), super::noun(noun).unwrap_or(Noun::Container))
        }
        ["tag", ..] => tag(after(1)),
        ["image", "tag", ..] => tag(after(2)),
        ["run", ..] => run(after(1)),
        ["container", "run", ..] => run(after(2)),
        ["build", ..] => build(after(1)),
        ["image", "build", ..] => build(after(2)),
        [what @ ("system" | "container" | "image" | "network" | "volume"), "prune", ..] => prune(what, after(2)),
        _ => unknown(text, arguments, docker),
    }
}

/// A name as it was typed: no other is meant.
fn literal(name: &str) -> SlotMention {
    SlotMention::Text(name.to_owned())
}

pub(super) fn of_noun(name: &str, noun: Option<Noun>) -> SlotMention {
    noun.map_or_else(
        || literal(name),
        |noun| SlotMention::Name {
            said: format!("={name}"),
            kind: Some(noun.singular().to_owned()),
        },
    )
}

pub(super) fn flag_unknown(name: &str, value: Option<&String>) -> Declined {
    let whole = value.map_or_else(|| name.to_owned(), |value| format!("{name} {value}"));
    // Behind `docker` everything is docker's.
    if is_ours(name) {
        return Declined {
            why: Some(format!(
                "{whole} is an option of todo-agent and stands before the command: todo-agent {whole} docker …"
            )),
            unexplained: vec![whole],
            ..declined(DeclinedReason::NotUnderstood)
        };
    }
    Declined {
        why: Some(format!("The flag {whole} is not known for this command")),
        unexplained: vec![whole],
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    }
}

/// Options of docker itself that name another engine.
const OF_DOCKER: [&str; 4] = ["--context", "-c", "--host", "-H"];

/// `docker --context far ps`: the engine is named for the whole request.
fn elsewhere(arguments: &[String]) -> Declined {
    let mut words = arguments.iter().map(String::as_str);
    let first = words.next().unwrap_or_default();
    let (flag, value) = first.split_once('=').unwrap_or_else(|| (first, words.next().unwrap_or("NAME")));
    let rest: Vec<&str> = words.collect();
    let (rest, value) = (rest.join(" "), quoted(value));
    let said = match flag {
        "--context" | "-c" => format!("todo-agent --docker-context {value} docker {rest}"),
        _ if cfg!(windows) => format!("$env:DOCKER_HOST={value}; todo-agent docker {rest}"),
        _ => format!("DOCKER_HOST={value} todo-agent docker {rest}"),
    };
    Declined {
        why: Some(format!("Another engine is named before the request: `{}`", said.trim_end())),
        unexplained: vec![first.to_owned()],
        ..declined(DeclinedReason::NotUnderstood)
    }
}

/// What docker does in a shell and nobody here, with the command as it is typed there.
pub(super) fn for_a_shell(why: &str, arguments: &[String]) -> Declined {
    let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
    Declined {
        why: Some(format!("{why}; in a shell: `docker {}`", words.join(" "))),
        suggestions: always(),
        ..declined(DeclinedReason::NotBuilt)
    }
}

/// An option of the program itself. kubectl has some of the same name, docker has none of them.
fn is_ours(name: &str) -> bool {
    OWN.iter().any(|(flag, _)| *flag == name) || matches!(name, "--dry-run" | "--output" | "--timeout")
}

/// All flags were taken out; else the first that is left.
fn done(line: &Line) -> Result<(), Parsed> {
    match line.flags.first() {
        Some((name, value)) => Err(Parsed::Declined(flag_unknown(name, value.as_ref()))),
        None => Ok(()),
    }
}

/// The words of a line that may have none, or these many.
fn line(arguments: &[String], plain: &[&str], stop: bool) -> Result<Line, Parsed> {
    Line::of(arguments, plain, stop).map_err(Parsed::Declined)
}

fn missing(what: &str) -> Parsed {
    Parsed::Declined(Declined {
        why: Some(format!("The command needs {what}")),
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    })
}

fn too_many(words: &[String]) -> Parsed {
    Parsed::Declined(Declined {
        why: Some("The command takes fewer words".to_owned()),
        unexplained: vec![words.join(" ")],
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    })
}

fn whole(parsed: Result<Parsed, Parsed>) -> Parsed {
    parsed.unwrap_or_else(|stop| stop)
}

fn simple(playbook: &'static str, arguments: &[String], accepted: &[&str]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &["-v", "-f"], false)?;
        line.switch(accepted);
        done(&line)?;
        if !line.words.is_empty() {
            return Err(too_many(&line.words));
        }
        Ok(Parsed::Each(playbook, vec![Slots::new()]))
    };
    whole(read())
}

fn images(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &["-v", "-f"], false)?;
        line.switch(&["-a", "--all"]);
        done(&line)?;
        let slots = match line.words.as_slice() {
            [] => Slots::new(),
            // A pattern is told apart by docker itself.
            [name] if !name.contains(['*', '?', '[']) => Slots::from([("of".to_owned(), literal(name))]),
            words => return Err(too_many(words)),
        };
        Ok(Parsed::Each("docker-images", vec![slots]))
    };
    whole(read())
}

fn bad(why: &str, value: &str) -> Parsed {
    Parsed::Declined(Declined {
        why: Some(why.to_owned()),
        unexplained: vec![value.to_owned()],
        ..declined(DeclinedReason::BadValue)
    })
}

fn reference(image: &str) -> Result<(), Parsed> {
    references::fault(image).map_or(Ok(()), |why| Err(bad(&say::capital(why), image)))
}

fn variables(assignments: &[String]) -> Result<Vec<EnvChange>, Parsed> {
    // A name alone has its value from the environment.
    let one = |text: &String| {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text.as_str(), None),
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(bad("A variable looks like NAME=value", text));
        }
        Ok(value.map_or_else(|| EnvChange::unset(name), |value| EnvChange::set(name, value)))
    };
    assignments.iter().map(one).collect()
}
