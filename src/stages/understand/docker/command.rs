//! `docker` commands typed as they are, and the words that are put before Gordon (`gordon optimize IMAGE`).

use std::collections::BTreeMap;

use super::{
    super::{command::shell, first, image, refuse::declined, say, span},
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
    fallbacks::Playbooks,
};

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
                understood: Some("Docker commands and other requests are not done together".to_owned()),
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
            Parsed::Each(playbook, each) => readings.extend(each.into_iter().map(|slots| Reading {
                playbook: playbook.to_owned(),
                clause: line.clone(),
                slots,
                namespace: None,
                context: None,
                typed: true,
            })),
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
    let line = line.trim_start_matches(['`', '"', '\'']).trim_end_matches('`');
    let mut words = shell::split(line).into_iter().peekable();
    while words.peek().is_some_and(|word| {
        matches!(
            word.to_lowercase().as_str(),
            "$" | ">" | "#" | "%" | "sudo" | "run" | "execute" | "please" | "run:"
        )
    }) {
        words.next();
    }
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
    while arguments.len() > 1 && arguments.last().is_some_and(|last| THANKS.contains(&last.to_lowercase().as_str())) {
        arguments.pop();
    }
    Some(arguments)
}

/// What can follow `docker container`, `docker image`, ….
const OF_NOUNS: [&str; 15] = [
    "ls", "list", "ps", "inspect", "rm", "remove", "prune", "history", "tag", "build", "run", "logs", "start", "stop", "stats",
];

const THANKS: [&str; 8] = ["please", "pls", "plz", "thanks", "thx", "now", "please.", "thanks!"];

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
            understood: Some("docker alone does nothing".to_owned()),
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
        ["optimize" | "optimise" | "analyze" | "analyse", ..] => optimize(after(1)),
        ["ps", ..] => containers(after(1)),
        ["container", "ls" | "ps" | "list", ..] => containers(after(2)),
        ["images", ..] => simple("docker-images", after(1), &["-a", "--all"]),
        ["image", "ls" | "list", ..] => simple("docker-images", after(2), &["-a", "--all"]),
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
    if OURS.contains(&name) {
        return Declined {
            understood: Some(format!(
                "{whole} is an option of todo-agent and stands before the command: todo-agent {whole} docker …"
            )),
            unexplained: vec![whole],
            ..declined(DeclinedReason::NotUnderstood)
        };
    }
    Declined {
        understood: Some(format!("The flag {whole} is not known for this command")),
        unexplained: vec![whole],
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    }
}

/// Options of the program itself.
const OURS: [&str; 8] = [
    "--yes",
    "-y",
    "--dry-run",
    "--output",
    "--timeout",
    "--allow-destroy",
    "--allow-remote",
    "--no-ai",
];

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
        understood: Some(format!("The command needs {what}")),
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    })
}

fn too_many(words: &[String]) -> Parsed {
    Parsed::Declined(Declined {
        understood: Some("The command takes fewer words".to_owned()),
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

fn containers(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        let all = line.switch(&["-a", "--all"]);
        line.switch(&["--no-trunc"]);
        done(&line)?;
        if !line.words.is_empty() {
            return Err(too_many(&line.words));
        }
        let slots = if all {
            Slots::from([("all".to_owned(), SlotMention::Flag(true))])
        } else {
            Slots::new()
        };
        Ok(Parsed::Each("docker-containers", vec![slots]))
    };
    whole(read())
}

fn logs(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &["-f", "-t"], false)?;
        let mut slots = Slots::new();
        if line.switch(&["-f", "--follow"]) {
            slots.insert("follow".to_owned(), SlotMention::Flag(true));
        }
        if let Some(tail) = line.value(&["-n", "--tail"]).filter(|tail| tail != "all") {
            let number = tail.parse().map_err(|_| bad("A number of lines is a whole number", &tail))?;
            slots.insert("tail".to_owned(), SlotMention::Number(number));
        }
        if let Some(since) = line.value(&["--since"]) {
            let seconds = span::compact(&since).ok_or_else(|| bad("A span of time looks like 10m, 2h or 1h30m", &since))?;
            slots.insert("since".to_owned(), SlotMention::Seconds(seconds));
        }
        done(&line)?;
        match line.words.as_slice() {
            [] => Err(missing("the name of a container")),
            [one] => {
                slots.insert("container".to_owned(), literal(one));
                Ok(Parsed::Each("docker-logs", vec![slots]))
            }
            more => Err(too_many(more)),
        }
    };
    whole(read())
}

fn bad(why: &str, value: &str) -> Parsed {
    Parsed::Declined(Declined {
        understood: Some(why.to_owned()),
        unexplained: vec![value.to_owned()],
        ..declined(DeclinedReason::BadValue)
    })
}

fn stats(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        line.switch(&["--no-stream", "--no-trunc"]);
        done(&line)?;
        if line.words.is_empty() {
            return Ok(Parsed::Each("docker-stats", vec![Slots::new()]));
        }
        let each = line.words.iter().map(|name| Slots::from([("container".to_owned(), literal(name))]));
        Ok(Parsed::Each("docker-stats", each.collect()))
    };
    whole(read())
}

fn named(playbook: &'static str, slot: &str, arguments: &[String], noun: Option<Noun>, accepted: &[&str]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        line.switch(accepted);
        done(&line)?;
        if line.words.is_empty() {
            return Err(missing("a name"));
        }
        let each = line.words.iter().map(|name| Slots::from([(slot.to_owned(), of_noun(name, noun))]));
        Ok(Parsed::Each(playbook, each.collect()))
    };
    whole(read())
}

fn remove(arguments: &[String], noun: Noun) -> Parsed {
    let read = || {
        let mut line = line(arguments, &["-f", "-v"], false)?;
        let force = line.switch(&["-f", "--force"]);
        done(&line)?;
        if line.words.is_empty() {
            return Err(missing("a name"));
        }
        let each = line.words.iter().map(|name| {
            let mut slots = Slots::from([("object".to_owned(), of_noun(name, Some(noun)))]);
            if force {
                slots.insert("force".to_owned(), SlotMention::Flag(true));
            }
            slots
        });
        Ok(Parsed::Each("docker-remove", each.collect()))
    };
    whole(read())
}

fn tag(arguments: &[String]) -> Parsed {
    let read = || {
        let line = line(arguments, &[], false)?;
        done(&line)?;
        match line.words.as_slice() {
            [image, new] => {
                reference(new)?;
                let slots = [
                    ("image".to_owned(), literal(image)),
                    ("as".to_owned(), SlotMention::Text(new.clone())),
                ];
                Ok(Parsed::Each("docker-tag", vec![Slots::from(slots)]))
            }
            [] | [_] => Err(missing("an image and its new name")),
            more => Err(too_many(more)),
        }
    };
    whole(read())
}

fn reference(image: &str) -> Result<(), Parsed> {
    image::fault(image).map_or(Ok(()), |why| Err(bad(&say::capital(why), image)))
}

fn run(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], true)?;
        let mut slots = Slots::new();
        if !line.switch(&["-d", "--detach"]) {
            slots.insert("attached".to_owned(), SlotMention::Flag(true));
        }
        if let Some(name) = line.value(&["--name"]) {
            slots.insert("name".to_owned(), SlotMention::Text(name));
        }
        let ports = line.values(&["-p", "--publish"]);
        if !ports.is_empty() {
            slots.insert("ports".to_owned(), SlotMention::Words(ports));
        }
        let env = line.values(&["-e", "--env"]);
        if !env.is_empty() {
            slots.insert("env".to_owned(), SlotMention::Env(variables(&env)?));
        }
        done(&line)?;
        let Some(image) = line.words.first() else {
            return Err(missing("the name of an image"));
        };
        reference(image)?;
        slots.insert("image".to_owned(), SlotMention::Text(image.clone()));
        if !line.rest.is_empty() {
            slots.insert("command".to_owned(), SlotMention::Words(line.rest.clone()));
        }
        Ok(Parsed::Each("docker-run", vec![slots]))
    };
    whole(read())
}

fn variables(assignments: &[String]) -> Result<Vec<EnvChange>, Parsed> {
    let one = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| bad("A variable needs a value here: NAME=value", text))?;
        Ok(EnvChange::set(name, value))
    };
    assignments.iter().map(one).collect()
}

fn build(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        let mut slots = Slots::new();
        let tags = line.values(&["-t", "--tag"]);
        if let [_, second, ..] = tags.as_slice() {
            return Err(Parsed::Declined(flag_unknown("-t", Some(second))));
        }
        if let Some(tag) = tags.into_iter().next() {
            reference(&tag)?;
            slots.insert("tag".to_owned(), SlotMention::Text(tag));
        }
        if line.switch(&["--no-cache"]) {
            slots.insert("no_cache".to_owned(), SlotMention::Flag(true));
        }
        if let Some(stage) = line.value(&["--target"]) {
            slots.insert("target".to_owned(), SlotMention::Text(stage));
        }
        let args = line.values(&["--build-arg"]);
        if !args.is_empty() {
            slots.insert("args".to_owned(), SlotMention::Env(variables(&args)?));
        }
        let file = line.value(&["-f", "--file"]);
        done(&line)?;
        let (folder, file) = match (line.words.as_slice(), file) {
            ([], None) => return Err(missing("the folder to build")),
            ([], Some(file)) => (None, Some(file)),
            ([one], None) if is_dockerfile(one) => (Some(folder_of(one)), Some(one.clone())),
            ([one], file) => (Some(one.clone()), file),
            (more, _) => return Err(too_many(more)),
        };
        slots.extend(folder.map(|folder| ("folder".to_owned(), SlotMention::Text(folder))));
        slots.extend(file.map(|file| ("file".to_owned(), SlotMention::Text(file))));
        Ok(Parsed::Each("docker-build", vec![slots]))
    };
    whole(read())
}

/// `gordon build backend/Dockerfile -t x` names the file where docker takes the folder.
pub(super) fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.starts_with("Dockerfile") || name.ends_with(".Dockerfile") || name.ends_with(".dockerfile")
}

fn folder_of(path: &str) -> String {
    match path.rsplit_once(['/', '\\']) {
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
        None => ".".to_owned(),
    }
}

fn optimize(arguments: &[String]) -> Parsed {
    let read = || {
        let line = line(arguments, &[], false)?;
        done(&line)?;
        match line.words.as_slice() {
            [image] => Ok(Parsed::Each(
                "docker-optimize",
                vec![Slots::from([("image".to_owned(), literal(image))])],
            )),
            words => Ok(Parsed::Words(format!("optimize {}", words.join(" ")))),
        }
    };
    whole(read())
}

fn prune(what: &str, arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &["-f", "-v"], false)?;
        // Nobody is asked by docker then; here it is still shown and asked.
        line.switch(&["-f", "--force"]);
        let all = line.switch(&["-a", "--all"]);
        let volumes = line.switch(&["--volumes"]);
        done(&line)?;
        if !line.words.is_empty() {
            return Err(too_many(&line.words));
        }
        let on: Vec<&str> = match (what, all, volumes) {
            ("container", false, false) => vec!["containers"],
            ("image", false, false) => vec!["images"],
            ("image", true, false) => vec!["named"],
            ("network", false, false) => vec!["networks"],
            ("volume", false, false) => vec!["volumes"],
            ("system", false, false) => Vec::new(),
            ("system", all, volumes) => {
                let mut on = vec!["containers", "networks", if all { "named" } else { "images" }];
                on.extend(volumes.then_some("volumes"));
                on
            }
            _ => return Err(Parsed::Declined(flag_unknown("-a", None))),
        };
        let slots = on.into_iter().map(|name| (name.to_owned(), SlotMention::Flag(true)));
        Ok(Parsed::Each("docker-prune", vec![slots.collect()]))
    };
    whole(read())
}
