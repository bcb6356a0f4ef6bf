//! "Stop it": a no to what was asked, and otherwise an order about what was spoken of.

use super::{
    mood, text,
    token::{self, Shape, Token},
};
use crate::{
    domain::{conversation::Conversation, docker::Noun},
    fallbacks::{Class, Lexicon, Playbooks},
};

/// As the words of negations have it.
const STOP: &str = "stop it";

/// How "stop it" is meant.
pub(super) enum Halt {
    Unsaid,
    No,
    /// The request with what shall be stopped in its words.
    Order(String),
}

pub(super) fn meant(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Halt {
    let Some((start, end)) = said_alone(text, playbooks.lexicon()) else {
        return Halt::Unsaid;
    };
    let Some(last) = earlier.turns.last() else { return Halt::No };
    if last.asked.is_some() || last.taught.is_some() {
        return Halt::No;
    }
    let objects = earlier.spoken_last();
    if objects.is_empty() {
        return Halt::Unsaid;
    }
    let what = match objects.as_slice() {
        // What is spoken of on an engine is put in its place with everything else that stands for it.
        [one] if Noun::of(one).is_none() => one.to_string(),
        _ => "that one".to_owned(),
    };
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    Halt::Order(format!("{before}stop {what}{after}"))
}

/// Where it stands in the words, if nothing else is said than courtesy.
fn said_alone(text: &str, lexicon: &Lexicon) -> Option<(usize, usize)> {
    let tokens = token::tokens(&text::words(text), lexicon);
    let (stop, others): (Vec<&Token>, Vec<&Token>) = tokens.iter().partition(|token| token.lower == STOP);
    let courtesy = |token: &&Token| {
        let says_no = token.shape == Shape::QuestionMark || mood::is_negation(token, lexicon);
        !says_no && (mood::is_padding(token, lexicon) || token.is(lexicon, Class::Order))
    };
    match stop.as_slice() {
        [one] if others.iter().all(courtesy) => Some((one.start, one.end)),
        _ => None,
    }
}
