//! "Remove it again" after a variable was set: the variable is meant, and never what it was set on.

use crate::domain::{
    conversation::Conversation,
    intent::{EnvChange, Intent, SlotValue},
    said,
};

const SET: &str = "set-env";
const REMOVES: [&str; 5] = ["remove", "delete", "unset", "drop", "clear"];
const IT: [&str; 4] = ["it", "that", "this", "them"];

/// The command that takes the variables of the request before away again.
pub(super) fn removed(text: &str, earlier: &Conversation) -> Option<String> {
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
    (intent.playbook == SET).then(|| command(intent)).flatten()
}

fn command(intent: &Intent) -> Option<String> {
    let object = intent.slots.values().find_map(|value| match value {
        SlotValue::Object(object) => Some(object),
        _ => None,
    })?;
    let changes: &Vec<EnvChange> = intent.slots.values().find_map(|value| match value {
        SlotValue::Env(changes) => Some(changes),
        _ => None,
    })?;
    let names: Vec<String> = changes.iter().map(|change| format!("{}-", change.name)).collect();
    let namespace = object
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    Some(format!("kubectl set env {object} {}{namespace}", names.join(" ")))
}
