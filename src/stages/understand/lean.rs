//! How words lean on the request before: "and … too", "no, …", "the same for …", and what they leave.

use super::number::{Quantity, quantity};
use crate::{
    domain::{conversation::Turn, intent::Amount},
    fallbacks::Lexicon,
};

/// How the words lean on the request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaning {
    /// The same for another.
    Also,
    /// Another was meant.
    Instead,
    /// A name alone: the answer to a question.
    Bare,
}

pub(super) const AGAIN: [&str; 12] = [
    "again",
    "do it again",
    "do that again",
    "do the same again",
    "the same again",
    "same again",
    "once more",
    "one more time",
    "repeat that",
    "repeat it",
    "repeat",
    "try again",
];

const ALSO: [&str; 5] = ["and", "also", "then", "now", "next"];
const SAME: [&str; 9] = [
    "the same thing",
    "do the same",
    "the same",
    "same thing",
    "same",
    "do that",
    "do this",
    "likewise",
    "ditto",
];
const BEFORE_NAME: [&str; 5] = ["for", "to", "with", "on", "of"];
const TOO: [&str; 4] = ["too", "as well", "also", "likewise"];
const NO: [&str; 25] = [
    "no",
    "nope",
    "nah",
    "sorry",
    "wait",
    "oops",
    "actually",
    "rather",
    "not that one",
    "not that",
    "i meant",
    "i mean",
    "wrong one",
    "the wrong one",
    "that was wrong",
    "oh no",
    "oh wait",
    "oh sorry",
    "oh",
    "too many",
    "too few",
    "too much",
    "too little",
    "that is too many",
    "that's too many",
];
pub(super) const ANSWERS: [&str; 7] = ["yes", "yep", "yeah", "sure", "stop", "cancel", "none"];
/// With another value than before.
const ANEW: [&str; 4] = ["again with", "again to", "this time with", "once more with"];
const INSTEAD: [&str; 2] = ["instead", "rather"];
const WHAT_ABOUT: [&str; 3] = ["what about", "how about", "and what about"];
pub(super) const ARTICLES: [&str; 5] = ["the", "my", "our", "a", "this"];
pub(super) const OTHER: [&str; 5] = ["other one", "other", "the other one", "the other", "another one"];

/// How the words lean, whether they ask, and what is left of them.
pub(super) fn leaning(words: &[String]) -> (Leaning, bool, Vec<String>) {
    let mut rest = words.to_vec();
    let mut leaning = Leaning::Bare;
    let mut asks = false;
    loop {
        if take_first(&mut rest, &WHAT_ABOUT) {
            asks = true;
            leaning = Leaning::Also;
        } else if take_first(&mut rest, &NO) || (rest.len() > 2 && take_first(&mut rest, &ANEW)) {
            leaning = Leaning::Instead;
        } else if take_first(&mut rest, &SAME) {
            take_first(&mut rest, &BEFORE_NAME);
            leaning = Leaning::Also;
        } else if rest.len() > 1 && take_first(&mut rest, &ALSO) {
            if leaning == Leaning::Bare {
                leaning = Leaning::Also;
            }
            take_first(&mut rest, &["for", "with", "on"]);
        } else {
            break;
        }
    }
    loop {
        if take_last(&mut rest, &TOO) {
            leaning = Leaning::Also;
        } else if take_last(&mut rest, &INSTEAD) {
            leaning = Leaning::Instead;
        } else {
            break;
        }
    }
    (leaning, asks, rest)
}

fn take_first(words: &mut Vec<String>, phrases: &[&str]) -> bool {
    let length = phrases.iter().find_map(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words
            .iter()
            .map(String::as_str)
            .take(phrase.len())
            .eq(phrase.iter().copied())
            .then_some(phrase.len())
    });
    words.drain(..length.unwrap_or(0));
    length.is_some()
}

fn take_last(words: &mut Vec<String>, phrases: &[&str]) -> bool {
    let length = phrases.iter().find_map(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let from = words.len().checked_sub(phrase.len())?;
        words
            .iter()
            .skip(from)
            .map(String::as_str)
            .eq(phrase.iter().copied())
            .then_some(phrase.len())
    });
    words.truncate(words.len() - length.unwrap_or(0));
    length.is_some()
}

/// "by one" after "scale it up", "two more".
pub(super) fn relative(rest: &[String], last: &Turn, lexicon: &Lexicon) -> Option<Amount> {
    let said = |ways: &[&str]| {
        let mut words = last.readings.iter().flat_map(|reading| reading.clause.split_whitespace());
        words.any(|word| ways.contains(&word.to_lowercase().as_str()))
    };
    let (number, more) = match rest {
        [number, more, of, it] if of == "of" && matches!(it.as_str(), "it" | "them" | "those") => {
            return relative(&[number.clone(), more.clone()], last, lexicon);
        }
        [by, number] if by == "by" && said(&["up", "increase", "raise", "grow"]) => (number, true),
        [by, number] if by == "by" && said(&["down", "decrease", "reduce", "lower", "shrink"]) => (number, false),
        [number, more] if more == "more" => (number, true),
        [number, less] if less == "less" || less == "fewer" => (number, false),
        _ => return None,
    };
    let in_words = || {
        lexicon
            .word(lexicon.find(number)?)
            .number
            .and_then(|number| u32::try_from(number).ok())
    };
    let by = i32::try_from(count(std::slice::from_ref(number)).or_else(in_words)?).ok()?;
    Some(Amount::By(if more { by } else { -by }))
}

/// "5", "to 5", "make it 5".
pub(super) fn count(rest: &[String]) -> Option<u32> {
    let number = match rest {
        [number] => number,
        // "4, not 3"
        [rest @ .., not, before] if not == "not" && quantity(before).is_some() => return count(rest),
        [to, number] if to == "to" => number,
        [make, it, number] if make == "make" && matches!(it.as_str(), "it" | "that") => number,
        _ => return None,
    };
    match quantity(number)? {
        Quantity::Is(number) if number.to_string().len() <= 6 => u32::try_from(number).ok(),
        _ => None,
    }
}
