//! What answers a question with choices: "2", "the last one", "both", "yes".

use crate::{
    domain::{
        conversation::{Conversation, Turn},
        question::Picked,
        said,
    },
    fallbacks::{Playbooks, SlotType},
};

/// Said after an answer that only told how it would be done, or after a preview, these mean the deed.
const DO_IT: [&str; 13] = [
    "do it",
    "do it now",
    "do it anyway",
    "just do it",
    "now do it",
    "do that",
    "yes do it",
    "yes do that",
    "go ahead",
    "yes go ahead",
    "go for it",
    "do",
    "yes please do",
];

/// The request that was chosen from those that were offered last, or what must be asked again.
pub(super) fn picked(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Picked {
    let Some(before) = earlier.turns.last().filter(|_| !text.trim_end().ends_with('?')) else {
        return Picked::Nothing;
    };
    let words = said::words(text);
    let does_it = is_do_it(&words);
    if let Some(taught) = before.taught.as_ref().filter(|_| does_it) {
        return Picked::Request(taught.clone());
    }
    let Some(question) = &before.asked else {
        // Without the courtesy, which is a word of health as well: "ok, do it".
        return if does_it {
            Picked::Request(words.join(" "))
        } else {
            Picked::Nothing
        };
    };
    if let ([only], true) = (question.choices.as_slice(), does_it) {
        return Picked::Request(only.request.clone());
    }
    match words.as_slice() {
        [number] if said::number(number).is_some() && !question.asks_number() => match how_many(before, playbooks) {
            HowMany::Unsaid => Picked::Nothing,
            HowMany::Said if question.choices.len() > 1 => {
                Picked::Unclear(format!("{number} could be a number of replicas: say the name."))
            }
            HowMany::Said => Picked::Nothing,
            HowMany::Never => question.picked(text),
        },
        _ => question.picked(text),
    }
}

/// "Ok, do it": what was told or shown shall be done.
pub(super) fn is_do_it(words: &[String]) -> bool {
    DO_IT.contains(&words.join(" ").as_str())
}

/// Whether what was asked about has a number of its own: then a number alone may be that one.
enum HowMany {
    Never,
    /// "scale it to 3", "which?", "2".
    Said,
    /// It is asked for.
    Unsaid,
}

fn how_many(before: &Turn, playbooks: &Playbooks) -> HowMany {
    let asked = |name: &String| before.asked.as_ref().is_some_and(|question| question.slots.contains(name));
    let mut how_many = HowMany::Never;
    for reading in &before.readings {
        let of_engine = || playbooks.docker().and_then(|docker| docker.get(&reading.playbook));
        let slots = playbooks.get(&reading.playbook).or_else(of_engine).map(|playbook| &playbook.slots);
        let numbers = slots.into_iter().flatten();
        for slot in numbers.filter(|slot| matches!(slot.of, SlotType::Count | SlotType::Number)) {
            if asked(&slot.name) {
                return HowMany::Unsaid;
            }
            if reading.slots.contains_key(&slot.name) {
                how_many = HowMany::Said;
            }
        }
    }
    how_many
}
