//! What "it" stood for before something is taken away by that word alone.

use super::first::GUESS_SLOT;
use crate::{
    domain::{
        conversation::{Conversation, NEAR},
        reading::{FirstReading, SlotMention},
        risk::Risk,
    },
    fallbacks::{Playbook, Playbooks},
};

/// Changes that a rollout back to the revision before takes back.
const OF_A_REVISION: [&str; 5] = ["set-image", "set-env", "set-resources", "restart", "rollout-undo"];

/// After something was done to a part of an object, or to another that goes with it, "delete it" may mean either; and "roll it
/// back" after a change that makes no revision would take back another one. Both are asked.
pub(super) fn doubted(reading: FirstReading, earlier: &Conversation, playbooks: &Playbooks) -> FirstReading {
    let FirstReading::Understood { mut readings, needs } = reading else {
        return reading;
    };
    let mut near = earlier.turns.iter().rev().take(NEAR);
    let spoken = near.find_map(|turn| turn.intents.last());
    let mut before = spoken.and_then(|intent| playbooks.get(&intent.playbook));
    for reading in &mut readings {
        let Some(playbook) = playbooks.get(&reading.playbook) else {
            continue;
        };
        if reading.stands_for_another()
            && before.is_some_and(|before| may_mean_a_part(playbook, before) || takes_back_another(playbook, before))
        {
            let told = "what “it” is could be something else";
            reading.slots.insert(GUESS_SLOT.to_owned(), SlotMention::Text(told.to_owned()));
        }
        before = Some(playbook);
    }
    FirstReading::Understood { readings, needs }
}

fn may_mean_a_part(playbook: &Playbook, before: &Playbook) -> bool {
    playbook.risk == Risk::Destroy && before.partial
}

fn takes_back_another(playbook: &Playbook, before: &Playbook) -> bool {
    playbook.name == "rollout-undo" && before.changes() && !OF_A_REVISION.contains(&before.name.as_str())
}
