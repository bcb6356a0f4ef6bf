//! Numbers of replicas: absolute ("to three"), relative ("two more", "by 50%"), and what cannot be one.

use super::{
    frame::{Found, Frame},
    mask::Mask,
    number::Quantity,
    token::Shape,
};
use crate::{domain::intent::Amount, fallbacks::Class};

/// What was said for a number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Is(Amount),
    /// "reduce it 2": to 2, or by 2? "3 or 4", "about 3", "several": what it may be, as far as that was said.
    Unclear([Option<Amount>; 2]),
    /// Why it cannot be a number of replicas.
    Bad(&'static str),
}

/// `spec.replicas` is an int32 in the Kubernetes API.
const MOST: u64 = i32::MAX as u64;

const NEGATIVE: &str = "a number of replicas cannot be negative";
const FRACTION: &str = "a number of replicas is a whole number";
const TOO_LARGE: &str = "a number of replicas is at most 2147483647";

pub(super) fn find(frame: &mut Frame<'_>) {
    let direction = direction(frame);
    let way = direction.unwrap_or(0);
    let mut counts = Vec::new();
    for n in 0..frame.tokens.len() {
        if frame.spans.iter().any(|found| found.mask.has(n)) {
            continue;
        }
        // `scale "3" to 2`: in quotes and not announced, it is a name.
        if frame.get(n).is_some_and(|token| token.quoted) && !frame.previous(n).is_some_and(|p| frame.is_preposition(p)) {
            continue;
        }
        if let Some(before) = from(frame, n) {
            frame.count_before = Some(before);
        } else if let Some(found) = count(frame, n, way) {
            counts.push(found);
        }
    }
    // "one more backend and one less frontend", one put in the place of the other: which of both is meant of whom?
    let said = |class: Class| (0..frame.tokens.len()).any(|n| frame.is(n, class));
    if said(Class::More) && said(Class::Fewer) {
        for found in &mut counts {
            if matches!(found.value, Count::Is(_)) {
                found.value = Count::Unclear([None, None]);
            }
        }
    }
    // "double double the backend": once, or two times?
    let times = |found: &Found<Count>| matches!(found.value, Count::Is(Amount::Times(..)));
    let twice = counts.iter().filter(|found| times(found)).count() > 1;
    for found in &mut counts {
        let relative = matches!(found.value, Count::Is(Amount::By(_) | Amount::Times(..)));
        if twice || (direction.is_none() && relative) {
            found.value = Count::Unclear([None, None]);
        }
    }
    frame.counts = counts;
    frame.way = way;
}

/// Upwards, downwards, or not said: 1, -1, 0; `None` where both are said of one thing ("add two fewer").
fn direction(frame: &Frame<'_>) -> Option<i32> {
    let length = frame.tokens.len();
    let any = |concepts: &[&str], class: &[Class]| {
        (0..length).any(|n| concepts.iter().any(|c| frame.has(n, c)) || class.iter().any(|c| frame.is(n, *c)))
    };
    let down = any(&["decrease", "remove", "delete"], &[Class::Down]);
    let up = any(&["increase", "add"], &[Class::Up]);
    let (more, fewer) = (any(&[], &[Class::More]), any(&[], &[Class::Fewer]));
    match (up, down) {
        (true, true) => None,
        (true, false) => (!fewer).then_some(1),
        // "remove two more": two further ones.
        (false, true) => Some(-1),
        (false, false) => Some(i32::from(more) - i32::from(fewer)),
    }
}

/// "from 2" before "to 5".
fn from(frame: &Frame<'_>, n: usize) -> Option<Found<u64>> {
    let Shape::Number(Quantity::Is(number)) = frame.get(n)?.shape else {
        return None;
    };
    let p = frame.previous(n).filter(|&p| frame.lower(p) == "from")?;
    let mut end = n + 1;
    while frame.is_replica(end) || frame.is(end, Class::Up) || frame.is(end, Class::Down) {
        end += 1;
    }
    (frame.lower(end) == "to").then(|| Found {
        mask: Mask::range(p..end),
        value: number,
    })
}

fn count(frame: &Frame<'_>, n: usize, way: i32) -> Option<Found<Count>> {
    let token = frame.get(n)?;
    let (at, vaguely) = vague_before(frame, n);
    let before = frame.previous(at);
    let lead = before.map_or("", |p| frame.lower(p));
    if before.is_some_and(|p| frame.has(p, "version") || matches!(frame.lower(p), "port" | "revision")) {
        return None;
    }
    let mut mask = Mask::range(at..n + 1).with(lead_in(frame, before, at));
    let (after, tail) = trail(frame, n);
    mask = mask.with(tail);
    let value = match token.shape {
        Shape::Number(Quantity::Fraction) => Count::Bad(FRACTION),
        Shape::Number(Quantity::TooLarge) => Count::Bad(TOO_LARGE),
        Shape::Number(Quantity::Between(low, high)) => Count::Unclear([exact(low), exact(high).filter(|_| high != low)]),
        Shape::Number(Quantity::Minus(number)) => match (lead, i32::try_from(number)) {
            ("by", Ok(number)) if way <= 0 => Count::Is(Amount::By(-number)),
            _ => Count::Bad(NEGATIVE),
        },
        Shape::Number(Quantity::Plus(number)) if number <= MOST => by(number, 1),
        Shape::Number(Quantity::Is(0)) if matches!(token.text.to_lowercase().as_str(), "none" | "nothing" | "nil") && lead != "to" => {
            return None;
        }
        Shape::Number(Quantity::Plus(_)) => Count::Bad(TOO_LARGE),
        Shape::Number(Quantity::Is(number)) if number > MOST => Count::Bad(TOO_LARGE),
        Shape::Number(Quantity::Is(number)) if vaguely || after.vague => Count::Unclear([exact(number), None]),
        Shape::Number(Quantity::Is(number)) => plain(frame, n, number, lead, &after, way),
        // "to 3x": to three, or three times as many?
        Shape::Times { num, percent: false, .. } if lead == "to" => {
            Count::Unclear([Some(Amount::Exactly(num)), Some(Amount::Times(num, 1))])
        }
        Shape::Times { num, percent: false, .. } => Count::Is(Amount::Times(num, 1)),
        Shape::Times { num, percent: true, .. } => percent(num, lead, way),
        Shape::Word => {
            // "scale it twice" may be the same done two times.
            let adverb = matches!(token.lower.as_str(), "twice" | "thrice") && as_many(frame, n) == Mask::one(n);
            if let Some((num, den)) = token.word(frame.lexicon).and_then(|word| word.times).filter(|_| !adverb) {
                mask = mask.with(as_many(frame, n));
                let adds = (0..frame.tokens.len()).any(|m| frame.has(m, "add"));
                match (lead, way) {
                    ("by", 1) => Count::Is(Amount::Times(den + num, den)),
                    // "add twice as many": to twice as many, or so many more?
                    _ if adds => Count::Unclear([Some(Amount::Times(num, den)), Some(Amount::Times(den + num, den))]),
                    _ => Count::Is(Amount::Times(num, den)),
                }
            } else if frame.is(n, Class::Several) && (lead == "to" || frame.is_replica(n + 1)) {
                Count::Unclear([None, None])
            } else {
                one_more(frame, n, way)?
            }
        }
        _ => return None,
    };
    if matches!(value, Count::Is(Amount::Times(..))) {
        mask = mask.with(as_many(frame, n)).with(factor(frame, n));
    }
    if matches!(value, Count::Bad(_)) {
        mask = Mask::range(at..n + 1).with(lead_in(frame, before, at));
    }
    Some(Found { mask, value })
}

fn by(number: u64, sign: i32) -> Count {
    i32::try_from(number).map_or(Count::Bad(TOO_LARGE), |number| Count::Is(Amount::By(number * sign)))
}

/// A plain number with the words around it.
fn plain(frame: &Frame<'_>, n: usize, number: u64, lead: &str, after: &After, way: i32) -> Count {
    let sign = if way < 0 { -1 } else { 1 };
    let length = frame.tokens.len();
    let verb = |concept: &str| (0..length).any(|m| frame.has(m, concept));
    if after.times || factor(frame, n) != Mask::EMPTY {
        return match u32::try_from(number) {
            Ok(number) if after.more => Count::Unclear([Some(Amount::Times(number, 1)), Some(Amount::Times(number.saturating_add(1), 1))]),
            Ok(number) => Count::Is(Amount::Times(number, 1)),
            Err(_) => Count::Bad(TOO_LARGE),
        };
    }
    match lead {
        "by" => by(number, sign),
        "to" | "at" => exactly(number),
        _ if after.more => by(number, sign),
        _ if after.fewer => by(number, -1),
        // "another two replicas", "extra 2"
        _ if frame.previous(n).is_some_and(|p| frame.is(p, Class::More)) => by(number, sign),
        // "remove frontend 2": two of it, or the one with that number?
        _ if (verb("add") || verb("remove")) && !counts_something(frame, n) => Count::Unclear([None, None]),
        // "add a backend with three replicas" is a new one.
        "with" if verb("add") => Count::Unclear([None, None]),
        _ if verb("add") && !verb("scale") => by(number, 1),
        _ if (verb("remove") || verb("delete")) && !verb("scale") => by(number, -1),
        "with" | "of" | "in" | "from" => exactly(number),
        // "scale it up two", "reduce it 2": to two, or by two?
        _ if way != 0 || verb("increase") || verb("decrease") => Count::Unclear([exact(number), relative(number, sign)]),
        _ => exactly(number),
    }
}

/// What is counted follows: "one backend", "2 replicas", "1 from backend".
fn counts_something(frame: &Frame<'_>, n: usize) -> bool {
    frame.is_replica(n + 1)
        || frame.is_preposition(n + 1)
        || frame.has(n + 1, "amount")
        || frame.is(n + 1, Class::More)
        || frame.is(n + 1, Class::Fewer)
        || frame.get(n + 1).is_some_and(|token| token.may_name(frame.lexicon))
}

fn exact(number: u64) -> Option<Amount> {
    u32::try_from(number)
        .ok()
        .filter(|number| u64::from(*number) <= MOST)
        .map(Amount::Exactly)
}

fn relative(number: u64, sign: i32) -> Option<Amount> {
    i32::try_from(number).ok().map(|number| Amount::By(number * sign))
}

/// "about", "at least": where the number begins with them, and whether they are there.
fn vague_before(frame: &Frame<'_>, n: usize) -> (usize, bool) {
    let mut at = n;
    while let Some(p) = frame.previous(at).filter(|&p| frame.is(p, Class::Vague)) {
        at = p;
    }
    (at, at != n)
}

fn exactly(number: u64) -> Count {
    u32::try_from(number).map_or(Count::Bad(TOO_LARGE), |number| Count::Is(Amount::Exactly(number)))
}

fn percent(num: u32, lead: &str, way: i32) -> Count {
    match (lead, way) {
        ("to", _) => Count::Is(Amount::Times(num, 100)),
        (_, 1) => Count::Is(Amount::Times(num.saturating_add(100), 100)),
        (_, -1) if num <= 100 => Count::Is(Amount::Times(100 - num, 100)),
        (_, -1) => Count::Bad(NEGATIVE),
        _ => Count::Unclear([Some(Amount::Times(num, 100)), None]),
    }
}

/// "another replica", "one more" is a number; "a replica" with "add" is one.
fn one_more(frame: &Frame<'_>, n: usize, way: i32) -> Option<Count> {
    let counted = (n + 1..frame.tokens.len()).any(|m| frame.is_replica(m));
    let follows = frame.is_replica(n + 1) || (frame.lower(n + 1) == "one") || (counted && frame.lower(n) == "another");
    let article = matches!(frame.lower(n), "a" | "an")
        && (0..frame.tokens.len())
            .any(|m| frame.has(m, "add") || frame.has(m, "remove") || frame.has(m, "delete") || frame.is(m, Class::More) && m > 0);
    let another = matches!(frame.lower(n), "another" | "additional" | "extra")
        && !matches!(frame.get(n + 1).map(|t| &t.shape), Some(Shape::Number(_)));
    let numbered = frame
        .previous(n)
        .is_some_and(|p| matches!(frame.get(p).map(|t| &t.shape), Some(Shape::Number(_))));
    (follows && !numbered && (article || another)).then(|| by(1, if way < 0 { -1 } else { 1 }))
}

/// What comes after a number.
#[derive(Default)]
struct After {
    more: bool,
    fewer: bool,
    times: bool,
    vague: bool,
}

fn trail(frame: &Frame<'_>, n: usize) -> (After, Mask) {
    let mut after = After::default();
    let mut mask = Mask::EMPTY;
    let mut m = n + 1;
    loop {
        let fits = if frame.is(m, Class::More) {
            after.more = true;
            true
        } else if frame.is(m, Class::Fewer) {
            after.fewer = true;
            true
        } else if matches!(frame.lower(m), "times" | "fold") {
            after.times = true;
            true
        } else if frame.is(m, Class::Vague) && !frame.is_preposition(m) {
            after.vague = true;
            true
        } else {
            frame.is_replica(m) || frame.has(m, "amount") || matches!(frame.lower(m), "each" | "apiece")
        };
        if !fits {
            return (after, mask);
        }
        mask = mask.with(Mask::one(m));
        m += 1;
    }
}

/// The preposition before, and "up" or "down" before that.
fn lead_in(frame: &Frame<'_>, before: Option<usize>, n: usize) -> Mask {
    let Some(p) =
        before.filter(|&p| matches!(frame.lower(p), "to" | "by" | "at" | "with" | "of" | "in" | "from") || frame.is(p, Class::More))
    else {
        // "make A 3": no article of a number.
        return (before.map_or(0, |p| p + 1)..n)
            .filter(|m| !matches!(frame.lower(*m), "a" | "an"))
            .fold(Mask::EMPTY, |mask, m| mask.with(Mask::one(m)));
    };
    let start = if p > 0 && (frame.is(p - 1, Class::Up) || frame.is(p - 1, Class::Down)) {
        p - 1
    } else {
        p
    };
    Mask::range(start..n)
}

/// "as many", "the number of replicas", after "twice" or "three times".
fn as_many(frame: &Frame<'_>, n: usize) -> Mask {
    let mut end = n + 1;
    while matches!(frame.lower(end), "as" | "many" | "as many" | "times" | "the" | "much")
        || frame.has(end, "amount")
        || frame.is_replica(end)
    {
        end += 1;
    }
    Mask::range(n..end)
}

/// "by a factor of 3".
fn factor(frame: &Frame<'_>, n: usize) -> Mask {
    let Some(of) = frame.previous(n).filter(|&p| frame.lower(p) == "of") else {
        return Mask::EMPTY;
    };
    let Some(word) = frame.previous(of).filter(|&p| frame.lower(p) == "factor") else {
        return Mask::EMPTY;
    };
    let start = frame.previous(word).filter(|&p| frame.lower(p) == "by").unwrap_or(word);
    Mask::range(start..n + 1)
}
