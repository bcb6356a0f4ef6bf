//! Names that are words of every day, where a name must stand.

use super::token::{Shape, Token, looks_like_name};
use crate::fallbacks::{Class, Lexicon};

/// "delete configmap extra", "wait for slow": where a name must stand, a word of every day is one, as if it stood in quotes.
/// Courtesy and the small words stay what they are.
pub(super) fn named_plainly(tokens: &mut [Token], lexicon: &Lexicon) {
    let (delete, create, wait) = (lexicon.concept("delete"), lexicon.concept("create"), lexicon.concept("wait"));
    let [describe, label, annotate] = ["describe", "label", "annotate"].map(|name| lexicon.concept(name));
    let names = |token: &Token| {
        [delete, create, wait, describe, label, annotate]
            .iter()
            .any(|concept| token.has(lexicon, *concept))
    };
    let small = [
        Class::Filler,
        Class::Grammar,
        Class::And,
        Class::Then,
        Class::Or,
        Class::Negation,
        Class::It,
        Class::Them,
        Class::All,
        Class::Every,
        Class::Order,
        Class::Everywhere,
        Class::Question,
        Class::Condition,
        Class::Me,
    ];
    let mut verb: Option<&Token> = None;
    let mut found = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let ends = |token: &Token| {
            !matches!(token.shape, Shape::Word)
                && !matches!(
                    token.shape,
                    Shape::Number(_) | Shape::Times { .. } | Shape::Path { .. } | Shape::Symbol
                )
        };
        if ends(token) || token.is(lexicon, Class::Then) || token.is(lexicon, Class::And) {
            verb = None;
            continue;
        }
        if (names(token) || token.is(lexicon, Class::Asking)) && verb.is_none() {
            verb = Some(token);
            continue;
        }
        let (Some(verb), Some(before)) = (verb, n.checked_sub(1).and_then(|before| tokens.get(before))) else {
            continue;
        };
        let Some(word) = token.word(lexicon).filter(|word| word.role.is_none() && word.kind.is_none()) else {
            continue;
        };
        let waited = verb.has(lexicon, wait);
        let stands = if waited {
            // The state that is waited for is no name: only what means nothing there.
            word.wish.is_some() && word.concepts.is_empty() && std::ptr::eq(before, verb)
        } else {
            // "show pod logs" asks for logs, and "show configmap settings" for nothing that a config map has beside its name.
            is_one_kind(before, lexicon) && (names(verb) || (is_stored(before, lexicon) && !PARTS.contains(&token.lower.as_str())))
        };
        let behind = tokens.get(n + 1);
        let closed = behind.is_none_or(|next| {
            ends(next)
                || next.is(lexicon, Class::Filler)
                || next.is(lexicon, Class::Order)
                || next.is(lexicon, Class::Then)
                || next.lower.contains('=')
                || PREPOSITIONS.contains(&next.lower.as_str())
        });
        let plain = token.shape == Shape::Word && looks_like_name(&token.lower) && !token.lower.contains(' ');
        let called = NAMES.contains(&token.lower.as_str());
        if stands && plain && (closed || waited) && (called || !small.iter().any(|class| word.is(*class))) {
            // What is waited for may stand in quotes, and is no name then.
            found.push((n, !waited));
        }
    }
    for (n, quoted) in found {
        if let Some(token) = tokens.get_mut(n) {
            token.entry = None;
            token.meant = None;
            token.quoted = quoted;
        }
    }
}

/// Whom one speaks to, and what namespaces are called after as well.
const NAMES: [&str; 5] = ["team", "bot", "robot", "assistant", "computer"];

/// What may stand behind a name.
const PREPOSITIONS: [&str; 9] = ["in", "from", "with", "on", "for", "of", "using", "inside", "at"];

/// "configmap", "ns": of "pods" several are meant.
fn is_one_kind(token: &Token, lexicon: &Lexicon) -> bool {
    let Some(plural) = token.word(lexicon).and_then(|word| lexicon.kinds.get(usize::from(word.kind?))) else {
        return false;
    };
    token.lower != *plural
}

/// What is kept and does not run.
fn is_stored(token: &Token, lexicon: &Lexicon) -> bool {
    let plural = token.word(lexicon).and_then(|word| lexicon.kinds.get(usize::from(word.kind?)));
    plural.is_some_and(|plural| matches!(plural.as_str(), "configmaps" | "secrets"))
}

/// What is asked for of what is kept.
const PARTS: [&str; 12] = [
    "key", "keys", "value", "values", "data", "content", "contents", "name", "names", "events", "details", "yaml",
];
