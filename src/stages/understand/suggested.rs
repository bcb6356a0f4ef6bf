//! What is offered works wherever it is typed: "it" is told by its name, and what cannot be is not offered.

use super::{ordinal, refuse::always};
use crate::domain::{
    conversation::Conversation,
    intent::Declined,
    reading::{FirstReading, Reading, SlotMention},
};

pub(super) fn named(reading: FirstReading, earlier: &Conversation) -> FirstReading {
    match reading {
        FirstReading::Declined(declined) if declined.suggestions.iter().any(|said| leans(said)) => {
            let all = declined.suggestions.iter();
            let mut suggestions: Vec<String> = all.filter_map(|said| with_name(said, earlier)).collect();
            if suggestions.is_empty() {
                suggestions = always();
            }
            FirstReading::Declined(Declined { suggestions, ..declined })
        }
        reading => reading,
    }
}

/// "Restart the backend or scale it to 4": either stands alone, and is told by the name that was said before it.
pub(super) fn with_names(readings: &[Reading]) -> Vec<Reading> {
    let mut name: Option<SlotMention> = None;
    let mut told = readings.to_vec();
    for mention in told.iter_mut().flat_map(|reading| reading.slots.values_mut()) {
        match (&*mention, &name) {
            (SlotMention::Pronoun(word), Some(said)) if word == "it" => mention.clone_from(said),
            (SlotMention::Name { .. }, _) => name = Some(mention.clone()),
            _ => {}
        }
    }
    told
}

fn leans(said: &str) -> bool {
    said.split(' ').any(|word| matches!(word, "it" | "them" | "its"))
}

fn with_name(said: &str, earlier: &Conversation) -> Option<String> {
    if !leans(said) {
        return Some(said.to_owned());
    }
    let objects = earlier.spoken_last();
    let [one] = objects.as_slice() else { return None };
    let name = ordinal::name(one);
    let word = |word| if word == "it" { name.as_str() } else { word };
    let named = said.split(' ').map(word).collect::<Vec<_>>().join(" ");
    (!leans(&named)).then_some(named)
}
