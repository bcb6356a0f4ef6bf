//! What is asked of containers: which there are, their logs and figures, and that they start, stop or go.

use super::{Parsed, Slots, bad, done, line, literal, missing, of_noun, too_many, whole};
use crate::{
    domain::{docker::Noun, reading::SlotMention},
    stages::understand::span,
};

pub(super) fn containers(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        let all = line.switch(&["-a", "--all"]);
        line.switch(&["--no-trunc"]);
        // The ids are a column of the list.
        line.switch(&["-q", "--quiet"]);
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

pub(super) fn logs(arguments: &[String]) -> Parsed {
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

pub(super) fn stats(arguments: &[String]) -> Parsed {
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

pub(super) fn named(playbook: &'static str, slot: &str, arguments: &[String], noun: Option<Noun>, accepted: &[&str]) -> Parsed {
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
