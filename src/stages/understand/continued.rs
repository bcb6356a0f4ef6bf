//! What says nothing of what it is about, right after the same was asked of something: "show me the last 2 lines" after "logs of
//! the frontend".

use super::{docker, first};
use crate::{
    domain::{
        conversation::Conversation,
        reading::{FirstReading, Reading},
    },
    fallbacks::{Playbook, Playbooks},
};

/// The same reading, of what was spoken of just before where that is what is missing. A change is never continued so.
pub(super) fn continued(reading: FirstReading, text: &str, earlier: &Conversation, playbooks: &Playbooks) -> FirstReading {
    if lacks_a_name(&reading, playbooks) {
        of_the_same(text, earlier, playbooks).unwrap_or(reading)
    } else {
        reading
    }
}

fn lacks_a_name(reading: &FirstReading, playbooks: &Playbooks) -> bool {
    let FirstReading::Understood { readings, .. } = reading else {
        return false;
    };
    let [only] = readings.as_slice() else { return false };
    let named = playbooks.get(&only.playbook).and_then(name_slot);
    only.namespace.is_none() && named.is_some_and(|slot| !only.slots.contains_key(slot))
}

fn of_the_same(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let last = earlier.turns.last().filter(|turn| !turn.intents.is_empty())?;
    let [before] = last.readings.as_slice() else { return None };
    name_slot(playbooks.get(&before.playbook)?)?;
    let said = format!("{} of it", text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c)));
    let reading = docker::lean(&said, earlier, playbooks).unwrap_or_else(|| first::first(&said, playbooks));
    let same = |readings: &[Reading]| matches!(readings, [one] if one.playbook == before.playbook);
    match &reading {
        FirstReading::Understood { readings, .. } if same(readings) => Some(reading),
        _ => None,
    }
}

/// The slot of what only tells something of one thing.
fn name_slot(playbook: &Playbook) -> Option<&str> {
    let is_name = |slot: &&crate::fallbacks::Slot| slot.required && (slot.of.names_object() || slot.of.names_docker());
    let slot = playbook.slots.iter().find(is_name)?;
    (!playbook.changes() && slot.preset.is_none()).then_some(slot.name.as_str())
}
