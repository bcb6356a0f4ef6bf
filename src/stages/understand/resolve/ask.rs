//! Questions about a reading, each answer a whole request.

use std::collections::BTreeMap;

use super::super::{first::GUESS_SLOT, say, spare};
use crate::{
    domain::{
        intent::{Amount, Intent, Resolution, SlotValue},
        inventory::{Inventory, Item},
        question::{Choice, Question},
        reading::{Reading, SlotMention},
        risk::Risk,
    },
    fallbacks::{Playbook, Playbooks, SlotType},
};

/// Which of `items` is meant by the slot `slot`?
pub(super) fn which(playbook: &Playbook, reading: &Reading, slot: &str, items: &[&Item], here: &str) -> Resolution {
    let mut open = vec![slot.to_owned()];
    open.extend(missing(playbook, &reading.slots).into_iter().filter(|name| name != slot));
    let text = say::question(playbook, &reading.slots, &open);
    let choices: Vec<Choice> = items
        .iter()
        .take(Question::SHOWN)
        .map(|item| choice(playbook, reading, slot, item, here))
        .collect();
    Resolution::Ask(Question {
        text,
        together: together(playbook, &open, &choices),
        slots: open,
        choices,
    })
}

/// All of `choices` at once, where only the object is asked for. What is taken away is named, each by its name.
pub(in super::super) fn together(playbook: &Playbook, open: &[String], choices: &[Choice]) -> Option<String> {
    let [slot] = open else { return None };
    let names = playbook
        .slot(slot)
        .is_some_and(|slot| slot.of.names_object() || slot.of.names_docker());
    let requests = || choices.iter().map(|choice| choice.request.as_str()).collect::<Vec<_>>().join("; ");
    // Of more than are shown, "all" would be some.
    let several = (2..Question::SHOWN).contains(&choices.len());
    (names && several && playbook.risk < Risk::Destroy).then(requests)
}

/// Required slots that nobody filled.
pub(super) fn missing(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>) -> Vec<String> {
    playbook
        .slots
        .iter()
        .filter(|slot| slot.required && !slots.contains_key(&slot.name))
        .map(|slot| slot.name.clone())
        .collect()
}

fn choice(playbook: &Playbook, reading: &Reading, slot: &str, item: &Item, here: &str) -> Choice {
    let mut slots = reading.slots.clone();
    slots.insert(slot.to_owned(), named(item));
    let namespace = item.object.namespace.as_deref().filter(|ns| *ns != here);
    Choice {
        label: match namespace {
            Some(namespace) => format!("{} in {namespace}", item.object.name),
            None => item.object.name.clone(),
        },
        detail: detail(item),
        request: say::incomplete(playbook, &slots, say::Where::of(reading).within(namespace)),
    }
}

pub(super) fn named(item: &Item) -> SlotMention {
    SlotMention::Name {
        said: item.object.name.clone(),
        kind: Some(item.object.kind.singular()),
    }
}

pub(super) fn detail(item: &Item) -> String {
    match item.replicas {
        Some((desired, ready)) if desired == ready => format!("{desired} {}", if desired == 1 { "replica" } else { "replicas" }),
        Some((desired, ready)) => format!("{ready} of {desired} replicas ready"),
        None => item.object.kind.singular(),
    }
}

/// Everything is named, but a value is missing.
pub(super) fn values(playbook: &Playbook, reading: &Reading, items: &[&Item]) -> Resolution {
    let open = missing(playbook, &reading.slots);
    let mut choices: Vec<Choice> = Vec::new();
    if let [only] = open.as_slice()
        && playbook.slot(only).is_some_and(|slot| slot.of == SlotType::Count)
    {
        let mut running: Vec<u32> = items.iter().filter_map(|item| item.replicas).map(|(desired, _)| desired).collect();
        running.sort_unstable();
        running.dedup();
        let now = running.last().copied().unwrap_or(1);
        let detail = match running.as_slice() {
            [] => String::new(),
            several => {
                let several: Vec<String> = several.iter().map(u32::to_string).collect();
                format!("now {}", several.join(" and "))
            }
        };
        for amount in counts(reading, only, now) {
            let mut slots = reading.slots.clone();
            slots.insert(only.clone(), SlotMention::Count(amount));
            let Some(request) = say::request(playbook, &slots, say::Where::of(reading)) else {
                continue;
            };
            if choices.iter().all(|known| known.request != request) {
                choices.push(Choice {
                    label: amount.against(now).map_or_else(|| request.clone(), |count| count.to_string()),
                    detail: detail.clone(),
                    request,
                });
            }
        }
    }
    if let [only] = open.as_slice()
        && playbook.slot(only).is_some_and(|slot| slot.of == SlotType::Kind)
    {
        choices = kinds(playbook, reading, only);
    }
    Resolution::Ask(Question {
        text: say::question(playbook, &reading.slots, &open),
        slots: open,
        choices,
        together: None,
    })
}

/// What people list most, of something where they named it.
fn kinds(playbook: &Playbook, reading: &Reading, slot: &str) -> Vec<Choice> {
    let choice = |kind: &str| {
        let mut slots = reading.slots.clone();
        slots.insert(slot.to_owned(), SlotMention::Text(kind.to_owned()));
        Some(Choice {
            label: kind.to_owned(),
            detail: String::new(),
            request: say::request(playbook, &slots, say::Where::of(reading))?,
        })
    };
    let named = reading.names_something() || reading.stands_for_another();
    let kinds: &[&str] = if named {
        &["pods", "services"]
    } else {
        &["pods", "services", "deployments"]
    };
    kinds.iter().filter_map(|kind| choice(kind)).collect()
}

/// What may have been meant, as far as it was said ("3 or 4", "about 3"); else numbers around the one that runs.
fn counts(reading: &Reading, slot: &str, now: u32) -> Vec<Amount> {
    let said: Vec<Amount> = ["maybe", "or"]
        .iter()
        .filter_map(|key| match reading.slots.get(&format!("{slot}.{key}")) {
            Some(SlotMention::Count(amount)) => Some(*amount),
            _ => None,
        })
        .collect();
    if !said.is_empty() {
        return said;
    }
    // Where no number was said, the way stands in the words alone.
    let says = |way: &str| reading.clause.split_whitespace().any(|word| word.eq_ignore_ascii_case(way));
    let way = match reading.slots.get(&format!("{slot}.way")) {
        Some(SlotMention::Text(way)) => way.as_str(),
        _ => ["down", "up"].into_iter().find(|way| says(way)).unwrap_or_default(),
    };
    let around = match way {
        "down" => [now.saturating_sub(1), now.saturating_sub(2), 0],
        "up" => [now + 1, now + 2, now + 3],
        _ => [now.saturating_sub(1), now + 1, now + 2],
    };
    let none = (way != "up").then_some(0);
    around
        .into_iter()
        .chain(none)
        .filter(|count| *count != now)
        .map(Amount::Exactly)
        .collect()
}

/// A request said back: for people, and to be typed as it stands.
pub(in super::super) struct Said {
    pub text: String,
    pub request: Option<String>,
}

/// What `reading` means when its object is `item`.
pub(super) fn said(playbook: &Playbook, reading: &Reading, item: &Item, here: &str) -> Said {
    let mut slots = reading.slots.clone();
    let of = playbook
        .slots
        .iter()
        .find(|slot| slot.of.names_object() && slots.contains_key(&slot.name));
    if let Some(slot) = of {
        slots.insert(slot.name.clone(), plainly(&item.object.name));
    }
    let text = say::request(playbook, &slots, say::Where::default()).unwrap_or_default();
    if let Some(slot) = of {
        slots.insert(slot.name.clone(), named(item));
    }
    let namespace = item.object.namespace.as_deref().filter(|namespace| *namespace != here);
    Said {
        text,
        request: say::request(playbook, &slots, say::Where::of(reading).within(namespace)),
    }
}

fn plainly(name: &str) -> SlotMention {
    SlotMention::Name {
        said: name.to_owned(),
        kind: None,
    }
}

/// What one intent of `reading` means.
pub(in super::super) fn of_intent(playbook: &Playbook, reading: &Reading, intent: &Intent, inventory: &Inventory) -> Said {
    let object = intent.slots.values().find_map(|value| match value {
        SlotValue::Object(object) => Some(object),
        _ => None,
    });
    let item = object.and_then(|object| inventory.items.iter().find(|item| item.object.same_name(object)));
    match item {
        Some(item) => said(playbook, reading, item, &inventory.place.namespace),
        None => {
            let request = say::reading(playbook, reading);
            Said {
                text: request.clone().unwrap_or_default(),
                request,
            }
        }
    }
}

/// Everything is clear, but only because words were taken for others: a change is never made on that.
pub(in super::super) fn confirm_guess(told: &[Said], guesses: &[&str], readings: &[Reading]) -> Resolution {
    let texts: Vec<&str> = told.iter().map(|said| said.text.as_str()).collect();
    let requests: Option<Vec<String>> = told.iter().map(|said| said.request.clone()).collect();
    let choices = requests
        .map(|requests| requests.join("; ") + &promises(readings))
        .into_iter()
        .map(|request| Choice {
            label: request.clone(),
            detail: guesses.join(", "),
            request,
        });
    Resolution::Ask(Question {
        text: format!("{}?", say::capital(&texts.join(", then "))),
        slots: vec![GUESS_SLOT.to_owned()],
        choices: choices.collect(),
        together: None,
    })
}

/// What is to be left alone, said again behind a choice.
fn promises(readings: &[Reading]) -> String {
    let names = readings.first().map(|reading| spare::names(&reading.slots)).unwrap_or_default();
    names.iter().map(|said| format!(", but leave {said} alone")).collect()
}

/// Each choice with the clauses around the one that is asked about, which is the first of `from`: a choice is the whole request.
pub(in super::super) fn whole(stop: Resolution, before: &[Said], from: &[Reading], playbooks: &Playbooks, here: &str) -> Resolution {
    let Resolution::Ask(mut question) = stop else { return stop };
    let promises = promises(from);
    let after = from.get(1..).unwrap_or_default();
    let before = before.iter().filter_map(|said| said.request.clone());
    let after = after.iter().filter_map(|reading| {
        let playbook = playbooks.get(&reading.playbook)?;
        Some(say::incomplete(playbook, &reading.slots, say::Where::of(reading)))
    });
    let (before, after): (Vec<String>, Vec<String>) = (before.collect(), after.collect());
    let asked = question.choices.iter_mut().map(|choice| &mut choice.request);
    for request in asked.chain(&mut question.together) {
        let parts = [before.as_slice(), std::slice::from_ref(request), after.as_slice()].concat();
        *request = each_placed(&parts.join("; "), here) + &promises;
    }
    Resolution::Ask(question)
}

/// Where one of several is somewhere else, each says where it is: whether the others are meant there would be asked again.
fn each_placed(requests: &str, here: &str) -> String {
    if here.is_empty() || requests.contains('"') || !requests.contains(" -n ") {
        return requests.to_owned();
    }
    let placed = |request: &str| match request.contains(" -n ") {
        true => request.to_owned(),
        false => format!("{request} -n {here}"),
    };
    requests.split("; ").map(placed).collect::<Vec<_>>().join("; ")
}
