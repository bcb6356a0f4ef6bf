//! "Remove it again" after a variable was set: the variable is meant, and never what it was set on.

use crate::{
    domain::{
        conversation::{Conversation, Turn},
        intent::{Intent, SlotValue},
        said,
    },
    fallbacks::Playbooks,
};

const SET: &str = "set-env";
const REMOVES: [&str; 5] = ["remove", "delete", "unset", "drop", "clear"];
const IT: [&str; 5] = ["it", "that", "this", "them", "both"];

/// The command that takes the variables of the request before away again.
pub(super) fn removed(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<String> {
    let words = said::words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ([verb, it] | [verb, it, "again"]) = words.as_slice() else {
        return None;
    };
    if !REMOVES.contains(verb) || !IT.contains(it) {
        return None;
    }
    let playbook = playbooks.get(SET)?;
    let sets = |turn: &'_ Turn| match turn.intents.as_slice() {
        [intent] if intent.playbook == SET => Some((intent.clone(), turn.changed)),
        _ => None,
    };
    let mut latest = earlier.turns.iter().rev().map_while(sets);
    let (mut all, _) = latest.next()?;
    if matches!(*it, "them" | "both") && count(&all) == 1 {
        // "and BAZ=qux" was set right behind it.
        let of = |intent: &Intent| intent.slots.get("workload").cloned();
        let workload = of(&all);
        let most = if *it == "both" { 1 } else { usize::MAX };
        for (other, _) in latest
            .take_while(|(other, changed)| *changed && of(other) == workload && count(other) == 1)
            .take(most)
        {
            add(&mut all, &other);
        }
    }
    playbook.equivalent(&without(&all), None).pop()
}

/// How many variables it sets.
fn count(intent: &Intent) -> usize {
    let changes = intent.slots.values().map(|value| match value {
        SlotValue::Env(changes) => changes.len(),
        _ => 0,
    });
    changes.sum()
}

/// The variables of `other` as well, each once.
fn add(all: &mut Intent, other: &Intent) {
    for (slot, value) in &mut all.slots {
        if let (SlotValue::Env(changes), Some(SlotValue::Env(others))) = (value, other.slots.get(slot)) {
            let new = others.iter().filter(|other| changes.iter().all(|known| known.name != other.name));
            let new: Vec<_> = new.cloned().collect();
            changes.extend(new);
        }
    }
}

fn without(intent: &Intent) -> Intent {
    let mut intent = intent.clone();
    for value in intent.slots.values_mut() {
        if let SlotValue::Env(changes) = value {
            changes.iter_mut().for_each(|change| change.value = None);
        }
    }
    intent
}
