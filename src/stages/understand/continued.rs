//! What says nothing of what it is about, right after the same was asked of something: "show me the last 2 lines" after "logs of
//! the frontend".

use super::{
    docker, first,
    lean::{Leaning, leaning},
};
use crate::{
    domain::{
        conversation::Conversation,
        reading::{FirstReading, Reading},
        risk::Risk,
        said::words,
    },
    fallbacks::{Playbook, Playbooks},
};

/// The same reading, of what was spoken of just before where that is what is missing. A change is continued so where it says that it
/// goes on, and is one of a part: "and the cpu limit to 200m".
pub(super) fn continued(reading: FirstReading, text: &str, earlier: &Conversation, playbooks: &Playbooks) -> FirstReading {
    let goes_on = leaning(&words(text)).0 == Leaning::Also;
    if lacks_a_name(&reading, goes_on, playbooks) {
        of_the_same(text, goes_on, earlier, playbooks).unwrap_or(reading)
    } else {
        reading
    }
}

fn lacks_a_name(reading: &FirstReading, goes_on: bool, playbooks: &Playbooks) -> bool {
    let FirstReading::Understood { readings, .. } = reading else {
        return false;
    };
    let [only] = readings.as_slice() else { return false };
    let named = playbooks.get(&only.playbook).and_then(|playbook| name_slot(playbook, goes_on));
    only.namespace.is_none() && named.is_some_and(|slot| !only.slots.contains_key(slot))
}

fn of_the_same(text: &str, goes_on: bool, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let last = earlier.turns.last().filter(|turn| !turn.intents.is_empty())?;
    let [before] = last.readings.as_slice() else { return None };
    name_slot(playbooks.get(&before.playbook)?, goes_on)?;
    let said = format!("{} of it", text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c)));
    let reading = docker::lean(&said, earlier, playbooks).unwrap_or_else(|| first::first(&said, playbooks));
    let same = |readings: &[Reading]| matches!(readings, [one] if one.playbook == before.playbook);
    match &reading {
        FirstReading::Understood { readings, .. } if same(readings) => Some(reading),
        _ => None,
    }
}

/// The slot of what only tells something of one thing, or goes on to change a part of it.
fn name_slot(playbook: &Playbook, goes_on: bool) -> Option<&str> {
    let is_name = |slot: &&crate::fallbacks::Slot| slot.required && (slot.of.names_object() || slot.of.names_docker());
    let slot = playbook.slots.iter().find(is_name)?;
    let part = goes_on && playbook.partial && playbook.risk == Risk::Change;
    ((!playbook.changes() || part) && slot.preset.is_none()).then_some(slot.name.as_str())
}
