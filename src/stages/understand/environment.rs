//! Environment variables: `LOG_LEVEL=debug`, `DEBUG-`, "set LOG_LEVEL to debug", "remove the variable DEBUG".

use super::{
    frame::{Found, Frame},
    mask::Mask,
    number::Quantity,
    token::{Shape, Token, are_shouted},
};
use crate::{
    domain::{intent::EnvChange, reading::SlotMention},
    fallbacks::{Class, Slot},
};

pub(super) fn find(frame: &mut Frame<'_>) {
    let removes = (0..frame.tokens.len()).any(|n| frame.has(n, "remove") || frame.has(n, "delete") || frame.has(n, "unset"));
    let shouting = are_shouted(&frame.tokens);
    let mut changes = Vec::new();
    let mut mask = Mask::EMPTY;
    for n in 0..frame.tokens.len() {
        if mask.has(n) {
            continue;
        }
        if let Some((change, found)) = assignment(frame, n).or_else(|| spoken(frame, n, removes, shouting)) {
            changes.push(change);
            mask = mask.with(found);
        }
    }
    // "delete A=1", "A=1 and A=2": what is meant cannot be told.
    let twice = changes.iter().enumerate().any(|(n, change)| {
        let others = changes.get(n + 1..).unwrap_or_default();
        others.iter().any(|other| other.name == change.name && other.value != change.value)
    });
    let contradicts = removes && changes.iter().any(|change| change.value.is_some()) || twice;
    frame.env = (!changes.is_empty() && !contradicts).then_some(Found { mask, value: changes });
}

/// "from environment API_KEY", "with API_KEY and DB_URL from my environment": names, where the environment is spoken of.
pub(super) fn named(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, SlotMention)> {
    let free = |n: &usize| !used.has(*n);
    let speaks = |n: &usize| slot.beside.iter().any(|word| frame.lower(*n) == word);
    let spoken: Vec<usize> = (0..frame.tokens.len()).filter(free).filter(speaks).collect();
    let last = *spoken.last()?;
    let shouting = are_shouted(&frame.tokens);
    let is_one = |n: &usize| {
        let token = frame.get(*n);
        token.is_some_and(|token| token.entry.is_none() && looks_like_variable(token, shouting) && is_name(&token.text))
    };
    let mut names: Vec<usize> = (0..frame.tokens.len()).filter(free).filter(is_one).collect();
    if names.is_empty() {
        let next = frame.get(last + 1)?;
        let fits = next.shape == Shape::Word && next.entry.is_none() && is_name(&next.text);
        names.push(Some(last + 1).filter(|_| fits)?);
    }
    let mask = names.iter().chain(&spoken).fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(*n)));
    let names: Vec<&str> = names
        .iter()
        .filter_map(|n| frame.get(*n))
        .map(|token| token.text.as_str())
        .collect();
    Some((mask, SlotMention::Text(names.join(","))))
}

/// Behind "to" these are no values, or may be none.
const NO_VALUES: [&str; 22] = [
    "default",
    "empty",
    "blank",
    "nothing",
    "null",
    "undefined",
    "something",
    "anything",
    "whatever",
    "it",
    "that",
    "this",
    "the",
    "a",
    "an",
    "mine",
    "yours",
    "ours",
    "the same",
    "same",
    "another",
    "be",
];

/// `KEY=value`, and `KEY-` as kubectl removes it.
fn assignment(frame: &Frame<'_>, n: usize) -> Option<(EnvChange, Mask)> {
    let token = frame.get(n)?;
    if token.shape != Shape::Word || token.entry.is_some() {
        return None;
    }
    let mask = Mask::range(lead(frame, n)..n + 1);
    if let Some((name, value)) = token.text.split_once('=') {
        return is_name(name).then(|| (EnvChange::set(name, unquoted(value)), mask));
    }
    let name = token.text.strip_suffix('-')?;
    (is_name(name) && is_upper(name)).then(|| (EnvChange::unset(name), mask))
}

/// "LOG_LEVEL to debug", "the variable debug to true", "DEBUG" where something is removed.
fn spoken(frame: &Frame<'_>, n: usize, removes: bool, shouting: bool) -> Option<(EnvChange, Mask)> {
    let token = frame.get(n)?;
    let announced = frame.previous(n).is_some_and(|p| frame.has(p, "env"));
    // "UNSET DEBUG ON BACKEND": only variables are unset.
    let unset = shouting && frame.previous(n).is_some_and(|p| frame.has(p, "unset")) && frame.is_preposition(n + 1);
    if !(announced && token.entry.is_none() && token.shape == Shape::Word || looks_like_variable(token, shouting && !unset))
        || !is_name(&token.text)
    {
        return None;
    }
    let start = lead(frame, n);
    let mut at = n + 1;
    if frame.has(at, "env") {
        at += 1;
    }
    // "the LOG_LEVEL of backend to debug": the value comes after the name of the workload.
    let joins = |m: usize| {
        matches!(
            frame.lower(m),
            "to" | "as" | "is" | "be" | "equal to" | "equals" | "with the value" | "value"
        )
    };
    let far = (at..frame.tokens.len())
        .find(|&m| joins(m))
        .filter(|_| matches!(frame.lower(at), "of" | "on" | "in" | "for" | "at"));
    // "LOG_LEVEL from info to debug", "LOG_LEVEL of backend from info to debug"
    let from = (at..frame.tokens.len())
        .find(|&m| frame.lower(m) == "from" && joins(m + 2) && !removes)
        .filter(|&m| m == at || matches!(frame.lower(at), "of" | "on" | "in" | "for" | "at"));
    let join = if let Some(from) = from {
        Some(from + 2)
    } else if joins(at) {
        Some(at)
    } else {
        far.or_else(|| (frame.lower(at) == "with" && frame.lower(at + 1) == "value").then_some(at + 1))
    };
    if let Some(join) = join {
        let mut value = join + 1;
        while joins(value) && value + 1 < frame.tokens.len() {
            value += 1;
        }
        let said = frame
            .get(value)
            .filter(|token| !matches!(token.shape, Shape::Comma | Shape::Stop | Shape::QuestionMark | Shape::Flag(..)))
            // "LOG_LEVEL to default", "… to empty": a value, or none at all?
            .filter(|token| token.quoted || !NO_VALUES.contains(&token.text.to_lowercase().as_str()))
            // "LOG_LEVEL to on backend": the value was forgotten.
            .filter(|token| {
                let leads = ["on", "in", "for", "at", "of"].contains(&token.lower.as_str()) && !token.quoted;
                let name = (value + 1..frame.tokens.len()).find(|&n| !frame.is_article(n));
                !(leads && name.and_then(|n| frame.get(n)).is_some_and(|next| next.may_name(frame.lexicon)))
            })
            // "3 or 4" is no value, but two.
            .filter(|token| !(matches!(token.shape, Shape::Number(Quantity::Between(..))) && token.text.contains(' ')))?;
        let mask = Mask::range(start..at.min(join)).with(Mask::range(from.unwrap_or(join)..value + 1));
        let mask = if join == at {
            mask.with(Mask::range(start..value + 1))
        } else {
            mask
        };
        let change = EnvChange {
            from: from
                .and_then(|from| frame.get(from + 1))
                .map(|token| unquoted(&token.text).to_owned()),
            ..EnvChange::set(&token.text, unquoted(&said.text))
        };
        return Some((change, mask));
    }
    removes.then(|| (EnvChange::unset(&token.text), Mask::range(start..at)))
}

/// The word "variable" before, with its articles.
fn lead(frame: &Frame<'_>, n: usize) -> usize {
    let mut start = n;
    while let Some(p) = frame.previous(start).filter(|&p| frame.has(p, "env")) {
        start = p;
    }
    start
}

/// Written as variables are: upper case, where not everything is; or with an underscore.
pub(super) fn looks_like_variable(token: &Token, shouting: bool) -> bool {
    token.shape == Shape::Word && is_upper(&token.text) && token.text.len() > 1 && (token.text.contains('_') || !shouting)
}

pub(super) fn is_upper(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_uppercase()) && !text.chars().any(|c| c.is_ascii_lowercase())
}

/// What Kubernetes takes as the name of a variable (since 1.30 any printable ASCII but `=`); people mean C identifiers.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote));
    let curly = |open: char, close: char| value.strip_prefix(open).and_then(|v| v.strip_suffix(close));
    inner('"')
        .or_else(|| inner('\''))
        .or_else(|| curly('“', '”'))
        .or_else(|| curly('‘', '’'))
        .unwrap_or(value)
}

/// The clause begins with a variable: it goes on with the clause before.
pub(super) fn begins_with_variable(frame: &Frame<'_>) -> bool {
    frame
        .env
        .as_ref()
        .and_then(|found| found.mask.first())
        .is_some_and(|first| (0..first).all(|n| frame.is_article(n) || frame.is(n, Class::Grammar)))
}
