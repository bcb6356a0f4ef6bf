//! A no that comes when it is done: "actually no", "cancel that".

use super::{
    mood, text,
    token::{self, Token},
};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        intent::{Declined, DeclinedReason},
        reading::FirstReading,
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
        Some(done) => Declined {
            reason: DeclinedReason::TooLate,
            understood: Some(format!("“{}” was done and stays so{}", done.said, way_back(done))),
            unexplained: Vec::new(),
            ..declined
        },
        None => declined,
    })
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
