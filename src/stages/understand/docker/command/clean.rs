//! What is taken away: objects by their names, and what nothing uses.

use super::{Parsed, Slots, done, flag_unknown, line, missing, of_noun, too_many, whole};
use crate::domain::{docker::Noun, reading::SlotMention};

pub(super) fn remove(arguments: &[String], noun: Noun) -> Parsed {
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

pub(super) fn prune(what: &str, arguments: &[String]) -> Parsed {
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
