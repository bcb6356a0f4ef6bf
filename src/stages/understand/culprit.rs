//! "Who deleted the backend?": a question about the past. It is neither an order nor a doubtful one, whatever its verb.

use super::{mood, refuse::declined, token::Token};
use crate::{
    domain::intent::{Declined, DeclinedReason},
    fallbacks::{Class, Form, Lexicon},
};

/// What is told to somebody who asks who did something. API servers write it in an audit log, which they serve to nobody.
pub(super) fn asked(tokens: &[Token], lexicon: &Lexicon) -> Option<Declined> {
    let mut said = tokens
        .iter()
        .filter(|token| !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Asking) && !token.is(lexicon, Class::Me));
    let who = said.next().filter(|token| token.lower == "who")?;
    let vague = |token: &Token| token.is(lexicon, Class::Setting) || token.is(lexicon, Class::Doing);
    let done = |token: &&Token| !token.is(lexicon, Class::Order) && (token.lower == "did" || vague(token) || is_past(token, lexicon));
    said.find(|token| !matches!(token.lower.as_str(), "has" | "have" | "had" | "last"))
        .filter(done)?;
    Some(Declined {
        why: Some(
            "A cluster tells nobody who did something: its events and the history of a rollout tell what happened, and the records \
             what was done from here"
                .to_owned(),
        ),
        unexplained: vec![who.text.clone()],
        suggestions: ["show events", "todo-agent transcript list"].map(str::to_owned).to_vec(),
        ..declined(DeclinedReason::NotBuilt)
    })
}

/// A word that means nothing here may still be one.
fn is_past(token: &Token, lexicon: &Lexicon) -> bool {
    let past = |(_, form): &(_, Form)| *form == Form::Past;
    match token.word(lexicon) {
        Some(word) => word.concepts.iter().any(past),
        None => token.lower.ends_with("ed"),
    }
}
