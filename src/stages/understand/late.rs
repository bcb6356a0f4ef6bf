//! What comes too late, as a no when it is done ("actually no", "cancel that"), or too early ("did that work?").

use super::{
    mood,
    refuse::declined,
    text,
    token::{self, Token},
};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        intent::{Declined, DeclinedReason},
        reading::FirstReading,
        said::words,
    },
    fallbacks::{Class, Lexicon, Playbooks},
};

/// That nothing was done would be untrue.
pub(super) fn told(reading: FirstReading, said: &str, earlier: &Conversation, playbooks: &Playbooks) -> FirstReading {
    let declined = match reading {
        FirstReading::Declined(declined) if declined.reason == DeclinedReason::Negated => declined,
        reading => return reading,
    };
    let done = earlier.turns.last().filter(|turn| turn.changed);
    FirstReading::Declined(match done.filter(|_| is_only_no(said, playbooks.lexicon())) {
        Some(done) => stays(done),
        None => declined,
    })
}

/// What was done, told to who wants it left alone.
pub(super) fn stays(done: &Turn) -> Declined {
    Declined {
        why: Some(format!("“{}” was done and stays so{}", done.said, way_back(done))),
        ..declined(DeclinedReason::TooLate)
    }
}

/// Whether what was done has worked, where nothing was done.
pub(super) fn too_early(said: &str, earlier: &Conversation) -> Option<Declined> {
    let words = words(said);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let asked = matches!(
        words.as_slice(),
        [
            "did" | "has",
            "that" | "this" | "it",
            "work" | "worked" | "succeed" | "succeeded" | "help" | "helped"
        ] | ["was" | "is", "that" | "this" | "it", "successful"]
    );
    let done = earlier.turns.iter().any(|turn| turn.changed);
    (asked && !done).then(|| declined(DeclinedReason::TooEarly))
}

fn way_back(done: &Turn) -> &'static str {
    match done.plans.iter().any(|plan| plan.undoing.restores()) {
        true => ": “undo that” takes it back",
        false => "",
    }
}

fn is_only_no(said: &str, lexicon: &Lexicon) -> bool {
    let says_no = |token: &Token| {
        let classes = [Class::Correction, Class::Order, Class::It, Class::Grammar];
        mood::is_padding(token, lexicon) || classes.iter().any(|class| token.is(lexicon, *class))
    };
    token::tokens(&text::words(said), lexicon).iter().all(says_no)
}
