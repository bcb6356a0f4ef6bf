//! "There", "in it": the namespace that was spoken of last. Where none was, or another may have been meant, nothing is done.

use std::collections::BTreeSet;

use super::{
    command, first,
    refuse::{always, declined},
};
use crate::{
    domain::{
        conversation::{Conversation, NEAR, Turn},
        intent::{Declined, DeclinedReason, SlotValue},
        reading::{FirstReading, Reading, SlotMention},
        said,
    },
    fallbacks::{Playbooks, SlotType},
};

/// What the words say of a place that was spoken of.
pub(super) enum There {
    Unsaid,
    /// The request with the name of the place in it.
    Named(String),
    Unknown(Declined),
}

const INTO: [&str; 8] = ["in", "inside", "within", "into", "over", "out", "from", "on"];
const BEING: [&str; 12] = [
    "is", "are", "was", "were", "be", "been", "has", "have", "will", "would", "should", "must",
];
/// "Hey there", "no longer there", and a name that is just being given.
const NO_PLACE: [&str; 12] = [
    "hi",
    "hey",
    "hello",
    "longer",
    "not",
    "still",
    "yet",
    "get",
    "called",
    "named",
    "namespace",
    "name",
];

pub(super) fn placed(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> There {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain: Vec<String> = words.iter().map(|word| said::bare(word)).collect();
    let Some(said) = Said::find(&words, &plain) else {
        return There::Unsaid;
    };
    if command::read(text, playbooks).is_some() {
        return There::Unsaid;
    }
    let before = words.get(..said.start).unwrap_or_default();
    let place = match named_before(before, playbooks) {
        // "Set A=1 on backend, unset DEBUG there": what is there is something else.
        None if before
            .iter()
            .any(|word| word.ends_with([',', ';']) || matches!(*word, "and" | "then")) =>
        {
            return There::Unsaid;
        }
        None => last_place(earlier, said.by_it, playbooks),
        within => within,
    };
    match place {
        Some(Place::One(name)) => {
            let after = words.get(said.end..).unwrap_or_default();
            let mark = words.get(said.end - 1).filter(|word| word.ends_with('?')).map_or("", |_| "?");
            let place = format!("in namespace {name}{mark}");
            There::Named([before, &[place.as_str()], after].concat().join(" "))
        }
        None if said.by_it || said.of_what_is => There::Unsaid,
        unknown => There::Unknown(unclear(&words[said.start..said.end].join(" "), unknown.as_ref())),
    }
}

fn unclear(said: &str, place: Option<&Place>) -> Declined {
    let why = match place {
        None => "is where? No namespace was spoken of: name it",
        Some(Place::NotFound) => "is where? What was named last was not found: name the namespace",
        Some(_) => "could be several namespaces: name the one that is meant",
    };
    Declined {
        why: Some(format!("“{}” {why}", said::bare(said))),
        unexplained: vec![said::bare(said)],
        suggestions: std::iter::once("list namespaces".to_owned()).chain(always()).take(3).collect(),
        ..declined(DeclinedReason::UnknownName)
    }
}

/// Where it stands in the words.
struct Said {
    start: usize,
    end: usize,
    by_it: bool,
    /// "Is the backend there?" asks whether it is, and not where.
    of_what_is: bool,
}

impl Said {
    fn find(words: &[&str], plain: &[String]) -> Option<Self> {
        let word = |n: usize| plain.get(n).map_or("", String::as_str);
        let before = |n: usize| n.checked_sub(1).map_or("", word);
        let at = |n: &usize| match word(*n) {
            "there" => {
                let what_is = before(*n) == "is" && n.checked_sub(2).is_some_and(|what| word(what) == "what") && *n + 1 == plain.len();
                let led = before(*n).is_empty() && *n + 1 < plain.len() && BEING.contains(&word(n + 1));
                let is_one = !BEING.contains(&before(*n)) && !BEING.contains(&word(n + 1));
                (is_one || what_is) && !led && !NO_PLACE.contains(&before(*n))
            }
            "it" => matches!(before(*n), "in" | "inside" | "within"),
            _ => false,
        };
        let n = (0..plain.len()).find(at)?;
        let quotes = |mark: char| words.iter().take(n).flat_map(|word| word.chars()).filter(|c| *c == mark).count();
        if quotes('"') % 2 == 1 || quotes('\'') % 2 == 1 {
            return None;
        }
        let start = (0..n).rev().take_while(|m| INTO.contains(&word(*m))).last().unwrap_or(n);
        Some(Self {
            start,
            end: n + 1,
            by_it: word(n) == "it",
            of_what_is: start == n && BEING.contains(&word(0)),
        })
    }
}

enum Place {
    One(String),
    Several,
    /// It was named, and nothing was found there.
    NotFound,
}

/// In the same request.
fn named_before(words: &[&str], playbooks: &Playbooks) -> Option<Place> {
    let text = words.join(" ");
    let reading = first::first(&text, playbooks);
    let FirstReading::Understood { readings, .. } = reading else {
        let speaks = words
            .iter()
            .any(|word| matches!(said::bare(word).as_str(), "namespace" | "ns" | "-n"));
        return speaks.then_some(Place::Several);
    };
    one_of(readings.iter().flat_map(|reading| namespaces(reading, playbooks)).collect())
}

/// By the last request that named one.
fn last_place(earlier: &Conversation, by_it: bool, playbooks: &Playbooks) -> Option<Place> {
    for turn in earlier.turns.iter().rev().take(NEAR) {
        let mut named: BTreeSet<String> = turn.readings.iter().flat_map(|reading| namespaces(reading, playbooks)).collect();
        let values = turn.intents.iter().flat_map(|intent| intent.slots.values());
        named.extend(values.filter_map(|value| match value {
            SlotValue::Object(object) if object.kind.kind == "Namespace" => Some(object.name.clone()),
            SlotValue::Scope(scope) => scope.namespace.clone(),
            _ => None,
        }));
        let of_namespace = turn.objects().iter().all(|object| object.kind.kind == "Namespace");
        if by_it && !of_namespace {
            return None;
        }
        let found = !turn.intents.is_empty() || turn.asked.is_some();
        if let Some(place) = one_of(named) {
            return Some(if found { place } else { Place::NotFound });
        }
        if may_name_one(turn, playbooks) {
            return Some(if turn.readings.is_empty() {
                Place::Several
            } else {
                Place::NotFound
            });
        }
    }
    None
}

fn one_of(named: BTreeSet<String>) -> Option<Place> {
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(name), None) => Some(Place::One(name)),
        (Some(_), Some(_)) => Some(Place::Several),
        _ => None,
    }
}

/// What a reading says of namespaces: where it is done, or which one it is about.
fn namespaces(reading: &Reading, playbooks: &Playbooks) -> Vec<String> {
    let named = mentions(reading, playbooks, SlotType::Namespace).filter_map(|mention| match mention {
        SlotMention::Text(name) | SlotMention::Name { said: name, .. } => Some(name.to_lowercase()),
        _ => None,
    });
    named.chain(reading.namespace.clone()).collect()
}

/// What was not understood may have named another, and so may a name that nothing was found for.
fn may_name_one(turn: &Turn, playbooks: &Playbooks) -> bool {
    if !turn.readings.is_empty() {
        return turn.intents.is_empty() && turn.readings.iter().any(|reading| names_in_scope(reading, playbooks));
    }
    let lexicon = playbooks.lexicon();
    turn.said.split_whitespace().map(said::bare).any(|word| {
        let known = lexicon.find(&word).map(|entry| lexicon.word(entry));
        !word.is_empty() && known.is_none_or(|word| word.kind.is_some())
    })
}

/// "… in nowhere": a namespace or an app.
fn names_in_scope(reading: &Reading, playbooks: &Playbooks) -> bool {
    mentions(reading, playbooks, SlotType::Scope).any(|mention| matches!(mention, SlotMention::Name { .. }))
}

/// What was said for the slots of this type.
fn mentions<'a>(reading: &'a Reading, playbooks: &'a Playbooks, of: SlotType) -> impl Iterator<Item = &'a SlotMention> {
    let slots = playbooks.get(&reading.playbook).map(|playbook| playbook.slots.as_slice());
    let of_type = slots.unwrap_or_default().iter().filter(move |slot| slot.of == of);
    of_type.filter_map(|slot| reading.slots.get(&slot.name))
}
