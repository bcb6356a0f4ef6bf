//! Ports to forward: `8080:7860`, `:7860`, "port 8080", "local port 9000 to port 7860 of the backend".

use super::{
    frame::Frame,
    mask::Mask,
    token::{Shape, Token},
};
use crate::domain::reading::SlotMention;

/// Words that may stand between a number and what it belongs to.
const LEADS: [&str; 14] = [
    "port", "ports", "the", "a", "my", "its", "number", "on", "at", "to", "from", "via", "using", "through",
];
const HERE: [&str; 7] = ["local", "localhost", "laptop", "machine", "locally", "here", "computer"];
const THERE: [&str; 6] = ["remote", "target", "container", "pod", "service", "targetport"];

/// Of which side a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Here,
    There,
    Either,
}

struct Said {
    at: usize,
    number: String,
    side: Side,
}

/// What was said of ports, as a forward takes it. Two numbers whose sides cannot be told are left unexplained.
pub(super) fn find(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let mut ports = Vec::new();
    let mut mask = Mask::EMPTY;
    let mut said = Vec::new();
    for n in (0..frame.tokens.len()).filter(|n| !used.has(*n)) {
        let Some(token) = frame.get(n) else { continue };
        if is_pair(&token.text) {
            ports.push(token.text.clone());
            mask = mask.with(Mask::one(n)).with(lead(frame, n, used).0);
        } else if let Some((number, side)) = number(token) {
            let (led, before) = lead(frame, n, used);
            let (trail, after) = trail(frame, n, used);
            mask = mask.with(Mask::one(n)).with(led).with(trail);
            let side = [side, before, after]
                .into_iter()
                .find(|side| *side != Side::Either)
                .unwrap_or(Side::Either);
            said.push(Said { at: n, number, side });
        }
    }
    ports.extend(sides(frame, &said)?);
    (!ports.is_empty()).then_some((mask, Some(SlotMention::Words(ports))))
}

fn sides(frame: &Frame<'_>, said: &[Said]) -> Option<Vec<String>> {
    Some(match said {
        [] => Vec::new(),
        [one] if one.side == Side::There => vec![format!("{0}:{0}", one.number)],
        [one] => vec![one.number.clone()],
        [one, two] => match (one.side, two.side) {
            (Side::Here, Side::There | Side::Either) | (Side::Either, Side::There) => vec![format!("{}:{}", one.number, two.number)],
            (Side::There, Side::Here | Side::Either) | (Side::Either, Side::Here) => vec![format!("{}:{}", two.number, one.number)],
            (Side::Either, Side::Either) if !(one.at..two.at).any(|n| matches!(frame.lower(n), "to" | "into" | "as" | "->" | "→")) => {
                vec![one.number.clone(), two.number.clone()]
            }
            // "8080 to 7860 of it"; what comes behind its owner may be either way round.
            (Side::Either, Side::Either) if !(0..one.at).any(|n| names(frame, n)) => vec![format!("{}:{}", one.number, two.number)],
            _ => return None,
        },
        _ => return None,
    })
}

fn names(frame: &Frame<'_>, n: usize) -> bool {
    let token = frame.get(n);
    token.is_some_and(|token| token.may_name(frame.lexicon) || matches!(token.shape, Shape::Path { .. }))
}

/// The words before a number that belong to it.
fn lead(frame: &Frame<'_>, n: usize, used: Mask) -> (Mask, Side) {
    let (mut mask, mut side) = (Mask::EMPTY, Side::Either);
    for p in (0..n).rev().filter(|p| !used.has(*p)) {
        let word = frame.lower(p);
        if HERE.contains(&word) {
            side = Side::Here;
        } else if THERE.contains(&word) {
            side = Side::There;
        } else if !LEADS.contains(&word) {
            break;
        }
        mask = mask.with(Mask::one(p));
    }
    (mask, side)
}

/// "7860 of the backend", "8080 on my machine", "3000 locally".
fn trail(frame: &Frame<'_>, n: usize, used: Mask) -> (Mask, Side) {
    if frame.lower(n + 1) == "of" {
        return (Mask::EMPTY, Side::There);
    }
    let mut mask = Mask::EMPTY;
    for p in n + 1..frame.tokens.len().min(n + 4) {
        let word = frame.lower(p);
        if used.has(p) {
            break;
        }
        mask = mask.with(Mask::one(p));
        if HERE.contains(&word) {
            return (mask, Side::Here);
        }
        if !matches!(word, "on" | "of" | "at" | "my" | "the" | "this") {
            break;
        }
    }
    (Mask::EMPTY, Side::Either)
}

fn number(token: &Token) -> Option<(String, Side)> {
    if let Some(port) = token
        .lower
        .strip_prefix("localhost:")
        .or_else(|| token.lower.strip_prefix("127.0.0.1:"))
    {
        return digits(port).then(|| (port.to_owned(), Side::Here));
    }
    digits(&token.text).then(|| (token.text.clone(), Side::Either))
}

fn digits(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `8080:7860`, `:7860`, `8080:http`.
pub(super) fn is_pair(text: &str) -> bool {
    text.split_once(':').is_some_and(|(local, remote)| {
        let named = remote
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (local.is_empty() || digits(local)) && !remote.is_empty() && remote.len() < 16 && named
    })
}

/// Ports as kubectl takes them; a number alone is that of both sides.
pub(super) fn typed(words: &[String]) -> Option<Vec<String>> {
    let one = |word: &String| match word {
        word if digits(word) => Some(format!("{word}:{word}")),
        word if is_pair(word) => Some(word.clone()),
        _ => None,
    };
    words.iter().map(one).collect()
}
