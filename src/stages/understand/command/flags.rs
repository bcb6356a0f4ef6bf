//! Flags of a command against the slots of the playbook that takes it.

use std::collections::BTreeMap;

use super::{
    super::{flag, image, refuse::declined, say},
    Line, own,
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        reading::SlotMention,
        selector::Labels,
    },
    fallbacks::{Argument, Command, Playbook, SlotType},
};

/// The command replaces no value unless it is told to, and it was not. Words say what they mean.
pub(super) fn keeps(line: &Line, playbook: &Playbook) -> bool {
    const OVERWRITE: &str = "--overwrite";
    playbook.accepts.iter().any(|flag| flag == OVERWRITE) && !line.flags.iter().any(|(name, _)| name == OVERWRITE)
}

/// Flags of the playbook's slots, those that it accepts because they change nothing, and places.
pub(super) fn flags(line: &Line, playbook: &Playbook, slots: &mut BTreeMap<String, SlotMention>) -> Option<Declined> {
    let scope = playbook.slots.iter().find(|slot| slot.of == SlotType::Scope);
    let verb = line.words.first().map_or("", String::as_str);
    // Without its flag it would be another command: a change is never offered so, and neither is a read of more than was asked for.
    let unknown = |flag: String| Declined {
        why: Some(own::why(verb, &flag, playbook.changes()).unwrap_or_else(|| format!("The flag {flag} is not known for this command"))),
        suggestions: say::request(playbook, slots, line.place())
            .filter(|_| !playbook.changes() && !own::narrows(&flag))
            .into_iter()
            .collect(),
        unexplained: vec![flag],
        ..declined(DeclinedReason::NotUnderstood)
    };
    if line.preview && !playbook.changes() {
        return Some(unknown("--dry-run".to_owned()));
    }
    let set = playbook
        .slots
        .iter()
        .find(|slot| slot.of.names_object() && slots.get(&slot.name) == Some(&SlotMention::All));
    if line.all && (set.is_none() || verb == "delete") {
        return Some(unknown("--all".to_owned()));
    }
    match (scope, line.everywhere, &line.selector, set) {
        (None, true, _, _) => return Some(unknown("--all-namespaces".to_owned())),
        // A variable that is not set, as it mostly is: everything would be selected.
        (_, _, Some(selector), Some(_)) if selector.trim().is_empty() => {
            return Some(Declined {
                why: Some("An empty selector would select everything".to_owned()),
                unexplained: vec!["-l ''".to_owned()],
                ..declined(DeclinedReason::BadValue)
            });
        }
        (_, _, Some(selector), Some(_)) => {
            if let Err(why) = Labels::read(selector) {
                return Some(Declined {
                    why: Some(say::capital(&why)),
                    unexplained: vec![format!("-l {selector}")],
                    ..declined(DeclinedReason::BadValue)
                });
            }
        }
        (None, _, Some(selector), None) => return Some(unknown(format!("-l {selector}"))),
        _ => {}
    }
    let set = set.map(|slot| format!("{}.labels", slot.name));
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
                    why: Some(say::capital(why)),
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
                    why: Some("A flag is given twice, with two values".to_owned()),
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
    if let (Some(labels), Some(selector)) = (&set, &line.selector) {
        slots.insert(labels.clone(), SlotMention::Text(selector.clone()));
    }
    if let Some(scope) = scope.filter(|_| set.is_none()) {
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
            why: Some(say::capital(why)),
            unexplained: vec![text.clone()],
            ..declined(DeclinedReason::BadValue)
        })
}

fn is_list(playbook: &Playbook, slot: &str) -> bool {
    playbook.slot(slot).is_some_and(|slot| slot.of == SlotType::Path)
}
