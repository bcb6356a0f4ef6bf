//! "And now back up again" after a workload was scaled down: as many replicas as there were before.

use serde_json::Value;

use crate::{
    domain::{
        conversation::{Conversation, Turn},
        plan::{Change, Plan},
        said,
    },
    fallbacks::Playbooks,
};

const SCALE: &str = "scale";

/// All that may be said besides the way.
const WORDS: [&str; 22] = [
    "and", "now", "then", "ok", "bring", "turn", "switch", "scale", "start", "spin", "put", "get", "take", "it", "that", "them", "both",
    "to", "where", "was", "were", "before",
];
const AGAIN: [&str; 2] = ["back", "again"];
const WAY: [&str; 5] = ["up", "on", "start", "before", "was"];

/// The request that scales what was scaled down just before to what it was.
pub(super) fn scaled(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<String> {
    let last = earlier.turns.last().filter(|turn| turn.changed && is_of_scale(turn))?;
    playbooks.get(SCALE).filter(|_| is_meant(text))?;
    let changes = last
        .plans
        .iter()
        .flat_map(|plan| plan.changes.iter().map(move |change| (plan, change)));
    let requests: Option<Vec<String>> = changes.map(|(plan, change)| back(plan, change)).collect();
    requests.filter(|requests| !requests.is_empty()).map(|requests| requests.join("; "))
}

fn is_of_scale(turn: &Turn) -> bool {
    !turn.readings.is_empty() && turn.readings.iter().all(|reading| reading.playbook == SCALE)
}

fn is_meant(text: &str) -> bool {
    let words = said::words(text);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let known = |word: &String| WORDS.iter().chain(&AGAIN).chain(&WAY).any(|known| word == known);
    words.iter().all(known) && has(&AGAIN) && has(&WAY) && !text.trim_end().ends_with('?')
}

fn back(plan: &Plan, change: &Change) -> Option<String> {
    let replicas = change.diff.iter().find(|field| field.field.to_string().ends_with("replicas"))?;
    let count = |side: &Option<Value>| side.as_ref().and_then(Value::as_u64);
    let (before, after) = (count(&replicas.before)?, count(&replicas.after)?);
    let object = &change.draft.object;
    let namespace = object.namespace.as_ref().filter(|namespace| **namespace != plan.place.namespace);
    let place = namespace.map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    (after < before).then(|| format!("scale {object} to {before}{place}"))
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn back_up_says_nothing_but_the_way_back() {
        for (text, expected) in [
            ("and now back up again", true),
            ("turn it back on", true),
            ("bring it back up please", true),
            ("start it again", true),
            ("scale it back to where it was before", true),
            ("scale it up", false),
            ("back up the database", false),
            ("turn it off again", false),
            ("put it back", false),
            ("is it back up?", false),
        ] {
            assert_eq!(is_meant(text), expected, "{text}");
        }
    }
}
