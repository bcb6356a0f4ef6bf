//! "Not ready", "does not start": one state, no negation of an act.

use super::token::Token;
use crate::fallbacks::{Class, Lexicon};

pub(super) fn negated_states(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let (healthy, begin, broken) = (lexicon.concept("healthy"), lexicon.concept("begin"), lexicon.concept("broken"));
    let state = |token: &Token| token.has(lexicon, healthy) || token.has(lexicon, begin);
    let soft = |token: &Token| {
        matches!(
            token.lower.as_str(),
            "is" | "are"
                | "seems"
                | "fully"
                | "yet"
                | "all"
                | "be"
                | "really"
                | "properly"
                | "even"
                | "being"
                | "come"
                | "coming"
                | "quite"
        )
    };
    let Some(stand_in) = lexicon.find("broken").filter(|_| broken.is_some()) else {
        return;
    };
    let mut n = 0;
    while n < tokens.len() {
        let negation = tokens
            .get(n)
            .is_some_and(|token| says_none(token) || (token.is(lexicon, Class::Negation) && !token.has(lexicon, broken)));
        if !negation {
            n += 1;
            continue;
        }
        let mut next = n + 1;
        while tokens.get(next).is_some_and(soft) && next < n + 3 {
            next += 1;
        }
        // "Do not start it" is an order; "it does not start" is a state.
        let none = tokens.get(n).is_some_and(says_none);
        let orders = n == 0 && !none && tokens.get(next).is_some_and(|token| token.has(lexicon, begin));
        if let Some(token) = tokens.get(next).filter(|token| state(token) && !orders).cloned() {
            let start = tokens.get(n).map_or(token.start, |first| first.start);
            let text = tokens
                .get(n..=next)
                .unwrap_or_default()
                .iter()
                .map(|t| t.text.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            tokens.drain(n..next);
            if let Some(slot) = tokens.get_mut(n) {
                *slot = Token {
                    start,
                    text,
                    entry: Some(stand_in),
                    negated: true,
                    ..token
                };
            }
        }
        n += 1;
    }
}

/// "nothing", "none".
fn says_none(token: &Token) -> bool {
    matches!(token.text.to_lowercase().as_str(), "nothing" | "none")
}
