//! Questions about a reading, each answer a whole request.

use std::collections::BTreeMap;

use super::super::say;
use crate::{
    domain::{
        intent::{Amount, Choice, Question, Resolution},
        inventory::Item,
        reading::{Reading, SlotMention},
    },
    fallbacks::{Playbook, SlotType},
};

/// Which of `items` is meant by the slot `slot`?
pub(super) fn which(playbook: &Playbook, reading: &Reading, slot: &str, items: &[&Item], here: &str) -> Resolution {
    let mut open = vec![slot.to_owned()];
    open.extend(missing(playbook, &reading.slots).into_iter().filter(|name| name != slot));
    let text = say::question(playbook, &reading.slots, &open);
    let choices = items
        .iter()
        .take(12)
        .map(|item| choice(playbook, reading, slot, item, here))
        .collect();
    Resolution::Ask(Question {
        text,
        slots: open,
        choices,
    })
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
        request: say::incomplete(playbook, &slots, namespace.or(reading.namespace.as_deref())),
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
pub(super) fn values(playbook: &Playbook, reading: &Reading, item: Option<&Item>) -> Resolution {
    let open = missing(playbook, &reading.slots);
    let mut choices = Vec::new();
    if let [only] = open.as_slice()
        && playbook.slot(only).is_some_and(|slot| slot.of == SlotType::Count)
    {
        let now = item.and_then(|item| item.replicas).map_or(1, |(desired, _)| desired);
        for count in [now.saturating_sub(1), now + 1, now + 2, 0]
            .into_iter()
            .filter(|count| *count != now)
        {
            let mut slots = reading.slots.clone();
            slots.insert(only.clone(), SlotMention::Count(Amount::Exactly(count)));
            let Some(request) = say::request(playbook, &slots, reading.namespace.as_deref()) else {
                continue;
            };
            if choices.iter().all(|known: &Choice| known.request != request) {
                choices.push(Choice {
                    label: count.to_string(),
                    detail: format!("now {now}"),
                    request,
                });
            }
        }
    }
    Resolution::Ask(Question {
        text: say::question(playbook, &reading.slots, &open),
        slots: open,
        choices,
    })
}
