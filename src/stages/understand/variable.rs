//! "Remove it again" after a variable was set: the variable is meant, and never what it was set on.

use crate::{
    domain::{
        conversation::Conversation,
        intent::{Intent, SlotValue},
        said,
    },
    fallbacks::Playbooks,
};

const SET: &str = "set-env";
const REMOVES: [&str; 5] = ["remove", "delete", "unset", "drop", "clear"];
const IT: [&str; 4] = ["it", "that", "this", "them"];

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
    let [intent] = earlier.turns.last()?.intents.as_slice() else {
        return None;
    };
    let playbook = playbooks.get(&intent.playbook).filter(|playbook| playbook.name == SET)?;
    playbook.equivalent(&without(intent), None).pop()
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
