//! Order, question, negation or hypothesis: what a request wants to be, before anybody asks what it says.

use super::token::{Shape, Token};
use crate::fallbacks::{Class, Lexicon};

/// The mood of a whole request. One clause that is negated or only imagined takes the others with it: nothing is half done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mood {
    /// "don't", "never", "without".
    pub negated: bool,
    /// A negation stands before everything: "don't show me the logs".
    pub forbids: bool,
    /// "how would I", "what if".
    pub hypothetical: bool,
    /// "can I", "how about": an order to show something, no order to change something.
    pub wondering: bool,
}

/// How one sentence of it is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// Begins as a question: "is", "why", "which".
    pub asks: bool,
    /// A question that is answered by yes or no: it wants a judgement.
    pub judging: bool,
    /// Ends with a question mark and is no polite order ("can you …?").
    pub doubts: bool,
}

/// They open a question when they stand first, and elsewhere tell what is so.
pub(super) const AUXILIARIES: [&str; 15] = [
    "is", "are", "am", "was", "were", "does", "did", "has", "had", "will", "would", "can", "could", "may", "might",
];

/// They open a question, too, and tell nothing.
const OPENERS: [&str; 5] = ["shall", "should", "must", "is there", "are there"];

pub(super) fn mood(tokens: &[Token], lexicon: &Lexicon) -> Mood {
    let any = |class: Class| tokens.iter().any(|token| token.is(lexicon, class));
    let first = tokens
        .iter()
        .find(|token| !is_padding(token, lexicon) || is_negation(token, lexicon));
    Mood {
        negated: any(Class::Negation),
        forbids: first.is_some_and(|token| is_negation(token, lexicon)),
        hypothetical: any(Class::Hypothesis),
        wondering: any(Class::Wondering),
    }
}

/// Of one sentence, with the mark that ends it.
pub(super) fn manner(tokens: &[Token], lexicon: &Lexicon) -> Manner {
    let significant: Vec<&Token> = tokens.iter().filter(|token| !is_padding(token, lexicon)).collect();
    let first = significant.first().copied();
    let opener = first.is_some_and(|token| {
        [&AUXILIARIES[..], &OPENERS]
            .iter()
            .any(|words| words.contains(&token.lower.as_str()))
    });
    let asked = |token: &Token| token.is(lexicon, Class::Asking);
    let polite = tokens.iter().any(|token| token.is(lexicon, Class::Order)) && !opener;
    let marked = tokens.iter().any(|token| token.shape == Shape::QuestionMark);
    Manner {
        asks: opener
            || opens_question(first, lexicon)
            || (first.is_some_and(asked) && opens_question(significant.get(1).copied(), lexicon)),
        judging: opener,
        doubts: marked && !polite && !tagged(tokens, lexicon),
    }
}

pub(super) fn is_negation(token: &Token, lexicon: &Lexicon) -> bool {
    token.is(lexicon, Class::Negation) && !token.negated
}

fn opens_question(token: Option<&Token>, lexicon: &Lexicon) -> bool {
    token.is_some_and(|token| {
        token.is(lexicon, Class::Question)
            && !token.is(lexicon, Class::Doing)
            && !matches!(token.lower.as_str(), "any" | "anything" | "something" | "anyone")
    })
}

/// Says nothing: padding, emoji, punctuation.
pub(super) fn is_padding(token: &Token, lexicon: &Lexicon) -> bool {
    match token.shape {
        Shape::Symbol | Shape::Comma | Shape::Stop | Shape::QuestionMark => true,
        Shape::Word => {
            [Class::Filler, Class::And, Class::Then]
                .iter()
                .any(|class| token.is(lexicon, *class))
                || is_negation(token, lexicon)
        }
        _ => false,
    }
}

/// The question mark belongs to "…, ok?" or "…, thanks?".
fn tagged(tokens: &[Token], lexicon: &Lexicon) -> bool {
    let Some(mark) = tokens.iter().position(|token| token.shape == Shape::QuestionMark) else {
        return false;
    };
    let Some(start) = tokens
        .get(..mark)
        .and_then(|before| before.iter().rposition(|token| token.shape == Shape::Comma))
    else {
        return false;
    };
    tokens
        .get(start + 1..mark)
        .is_some_and(|tail| !tail.is_empty() && tail.iter().all(|token| is_padding(token, lexicon)))
}
