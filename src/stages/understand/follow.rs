//! What leans on the request before: "and the frontend too", "the same for the worker", "no, the other one", "again".
//!
//! The words around a name say how it leans; what they leave must be a name, or a number, and nothing else. The request before is
//! then said again with it. Where it is not clear what would be said again, nothing is: the words are read as they are.

use super::{
    docker,
    first::{self, GUESS_SLOT},
    number::{Quantity, quantity},
    text,
    token::{self, Shape, Token},
};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        intent::Amount,
        object::ObjectRef,
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::{Class, Lexicon, Playbook, Playbooks, SlotType},
};

/// How the words lean on the request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaning {
    /// The same for another.
    Also,
    /// Another was meant.
    Instead,
    /// A name alone: the answer to a question.
    Bare,
}

const AGAIN: [&str; 12] = [
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

const COURTESY: [&str; 10] = ["please", "pls", "thanks", "ok", "okay", "well", "hmm", "hey", "right", "alright"];
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
const NO: [&str; 12] = [
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
];
const ANSWERS: [&str; 7] = ["yes", "yep", "yeah", "sure", "stop", "cancel", "none"];
const INSTEAD: [&str; 2] = ["instead", "rather"];
const WHAT_ABOUT: [&str; 3] = ["what about", "how about", "and what about"];
const ARTICLES: [&str; 5] = ["the", "my", "our", "a", "this"];
const OTHER: [&str; 5] = ["other one", "other", "the other one", "the other", "another one"];

/// `None` when the words stand on their own, or lean on nothing that is known.
pub(super) fn follow(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let last = earlier.turns.last()?;
    let words = words(text);
    let joined = words.join(" ");
    if AGAIN.contains(&joined.as_str()) {
        return readings(
            last.readings.iter().map(|reading| named(reading, last, playbooks)).collect(),
            playbooks,
        );
    }
    let (leaning, question, rest) = leaning(&words);
    if rest.is_empty() || last.readings.is_empty() {
        return None;
    }
    let changes = |reading: &Reading| playbooks.get(&reading.playbook).is_some_and(Playbook::changes);
    // A question is never a change.
    if (question || text.trim_end().ends_with('?')) && last.readings.iter().any(changes) {
        return None;
    }
    let amount = count(&rest)
        .map(Amount::Exactly)
        .or_else(|| relative(&rest, last, playbooks.lexicon()));
    if let Some(amount) = amount.filter(|_| leaning != Leaning::Also) {
        return other_count(last, amount, leaning, playbooks);
    }
    let of_engine = last.readings.iter().all(|reading| playbooks.position(&reading.playbook).is_none());
    let spoken = playbooks.docker().filter(|_| of_engine).unwrap_or(playbooks);
    // "n", "y": an answer to a question that is over.
    if leaning == Leaning::Bare
        && rest
            .iter()
            .any(|word| word.chars().count() == 1 || ANSWERS.contains(&word.as_str()))
    {
        return None;
    }
    let mention = mention(&rest, playbooks, spoken.lexicon())?;
    if leaning == Leaning::Bare && mention != other_one() && is_clear(last) {
        return None;
    }
    for_another(text, last, &mention, playbooks)
}

/// Another was meant than was said before.
pub(super) fn corrects(text: &str) -> bool {
    leaning(&words(text)).0 == Leaning::Instead
}

fn is_clear(turn: &Turn) -> bool {
    !turn.intents.is_empty()
}

/// Words in small letters, without the marks between them and without courtesy at both ends.
fn words(text: &str) -> Vec<String> {
    let mark = |c: char| matches!(c, ',' | '.' | '!' | '?' | ';' | ':' | '"' | '\'' | '…');
    let mut words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(mark).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    while words.first().is_some_and(|word| COURTESY.contains(&word.as_str())) {
        words.remove(0);
    }
    while words
        .last()
        .is_some_and(|word| matches!(word.as_str(), "please" | "pls" | "thanks"))
    {
        words.pop();
    }
    words
}

/// How the words lean, whether they ask, and what is left of them.
fn leaning(words: &[String]) -> (Leaning, bool, Vec<String>) {
    let mut rest = words.to_vec();
    let mut leaning = Leaning::Bare;
    let mut asks = false;
    loop {
        if take_first(&mut rest, &WHAT_ABOUT) {
            asks = true;
            leaning = Leaning::Also;
        } else if take_first(&mut rest, &NO) {
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
fn relative(rest: &[String], last: &Turn, lexicon: &Lexicon) -> Option<Amount> {
    let said = |ways: &[&str]| {
        let mut words = last.readings.iter().flat_map(|reading| reading.clause.split_whitespace());
        words.any(|word| ways.contains(&word.to_lowercase().as_str()))
    };
    let (number, more) = match rest {
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
fn count(rest: &[String]) -> Option<u32> {
    let number = match rest {
        [number] => number,
        [to, number] if to == "to" => number,
        [make, it, number] if make == "make" && it == "it" => number,
        _ => return None,
    };
    match quantity(number)? {
        Quantity::Is(number) if number.to_string().len() <= 6 => u32::try_from(number).ok(),
        _ => None,
    }
}

fn other_one() -> SlotMention {
    SlotMention::Pronoun("the other one".to_owned())
}

/// A name, with its kind perhaps, and nothing else. The words are those of the request before: an engine has other kinds.
fn mention(rest: &[String], playbooks: &Playbooks, lexicon: &Lexicon) -> Option<SlotMention> {
    if OTHER.contains(&rest.join(" ").as_str()) {
        return Some(other_one());
    }
    let rest = match rest {
        [article, name @ ..] if ARTICLES.contains(&article.as_str()) => name,
        name => name,
    };
    let said = rest.join(" ");
    // What means something by itself is no name.
    if let FirstReading::Understood { readings, .. } = first::first(&said, playbooks)
        && readings.iter().all(|reading| is_whole(reading, playbooks))
    {
        return None;
    }
    let tokens = token::tokens(&text::words(&said), lexicon);
    let kind = |token: &Token| {
        let word = token.word(lexicon)?;
        lexicon.kinds.get(usize::from(word.kind?)).cloned()
    };
    let name = |token: &Token| token.may_name(lexicon) && !token.is(lexicon, Class::It) && !token.is(lexicon, Class::Them);
    let named = |said: &str, kind: Option<String>| {
        Some(SlotMention::Name {
            said: said.to_owned(),
            kind,
        })
    };
    match tokens.as_slice() {
        [one] => match &one.shape {
            Shape::Path { kind, name } => named(name, Some(kind.clone())),
            _ if name(one) => named(&one.lower, None),
            _ => None,
        },
        [first, second] if name(second) && kind(first).is_some() => named(&second.lower, kind(first)),
        [first, second] if name(first) && kind(second).is_some() => named(&first.lower, kind(second)),
        [first, second] if name(first) && second.is(lexicon, Class::Generic) => named(&first.lower, None),
        _ => None,
    }
}

/// Nothing that its playbook needs is missing.
fn is_whole(reading: &Reading, playbooks: &Playbooks) -> bool {
    let slots = playbooks
        .get(&reading.playbook)
        .map(|playbook| playbook.slots.as_slice())
        .unwrap_or_default();
    slots.iter().all(|slot| !slot.required || reading.slots.contains_key(&slot.name))
}

/// The slots of a reading that name what it is about.
fn name_slots<'p>(reading: &Reading, playbooks: &'p Playbooks) -> Vec<&'p str> {
    let Some(playbook) = playbooks.get(&reading.playbook) else {
        return Vec::new();
    };
    let names = |of: SlotType| of.names_object() || of.names_docker();
    let slots = playbook.slots.iter().filter(|slot| names(slot.of) && slot.preset.is_none());
    slots.map(|slot| slot.name.as_str()).collect()
}

/// The request before, for another object. What belongs to the one before, such as an image, is not taken along.
fn for_another(text: &str, last: &Turn, mention: &SlotMention, playbooks: &Playbooks) -> Option<FirstReading> {
    let mut said: Vec<Reading> = Vec::new();
    let mut before: Vec<Option<&SlotMention>> = Vec::new();
    for reading in &last.readings {
        let [slot] = name_slots(reading, playbooks)[..] else { return None };
        before.push(reading.slots.get(slot));
        let playbook = playbooks.get(&reading.playbook)?;
        let own = |name: &str| {
            let of = playbook.slot(name).map(|slot| slot.of);
            matches!(
                of,
                Some(
                    SlotType::Image
                        | SlotType::Container
                        | SlotType::DockerRef
                        | SlotType::DockerName
                        | SlotType::Ports
                        | SlotType::PodPorts
                )
            )
        };
        let mut next = reading.clone();
        next.slots.retain(|name, _| name != GUESS_SLOT && !name.contains('.') && !own(name));
        next.slots.insert(slot.to_owned(), mention.clone());
        // What kind of thing is meant, the words of an engine's request say themselves.
        if playbooks.position(&next.playbook).is_some() {
            next.clause = text.trim().to_owned();
        }
        next.typed = false;
        if !said
            .iter()
            .any(|other| other.playbook == next.playbook && other.slots == next.slots)
        {
            said.push(next);
        }
    }
    // Two things that were done to two objects: which of them is the same?
    let one_object = before.windows(2).all(|pair| pair.first() == pair.last());
    (said.len() == 1 || one_object).then_some(())?;
    readings(said, playbooks)
}

/// The request before, with another number.
fn other_count(last: &Turn, amount: Amount, leaning: Leaning, playbooks: &Playbooks) -> Option<FirstReading> {
    let [reading] = last.readings.as_slice() else { return None };
    let playbook = playbooks.get(&reading.playbook)?;
    let slot = playbook.slots.iter().find(|slot| slot.of == SlotType::Count)?;
    let missing = !reading.slots.contains_key(&slot.name);
    // A number alone is the answer to a question, and no correction.
    if leaning == Leaning::Bare && !missing {
        return None;
    }
    let mut next = named(reading, last, playbooks);
    next.slots.retain(|name, _| name != GUESS_SLOT && !name.contains('.'));
    next.slots.insert(slot.name.clone(), SlotMention::Count(amount));
    readings(vec![next], playbooks)
}

/// The reading with the name of what "it" was in it.
fn named(reading: &Reading, last: &Turn, playbooks: &Playbooks) -> Reading {
    let mut named = reading.clone();
    let objects = last.objects();
    let ([slot], [object]) = (&name_slots(reading, playbooks)[..], objects.as_slice()) else {
        return named;
    };
    if matches!(named.slots.get(*slot), Some(SlotMention::Pronoun(_)) | None) {
        named.slots.insert((*slot).to_owned(), mention_of(object));
        named.namespace = named.namespace.or_else(|| object.namespace.clone());
    }
    named
}

fn mention_of(object: &ObjectRef) -> SlotMention {
    SlotMention::Name {
        said: object.name.clone(),
        kind: Some(object.kind.singular()),
    }
}

fn readings(said: Vec<Reading>, playbooks: &Playbooks) -> Option<FirstReading> {
    if said.is_empty() {
        return None;
    }
    let of_docker = said.iter().all(|reading| playbooks.position(&reading.playbook).is_none());
    let of_cluster = said.iter().all(|reading| playbooks.position(&reading.playbook).is_some());
    let needs = match (of_cluster, of_docker) {
        (true, _) => first::needs(&said, playbooks),
        (_, true) => docker::needs(&said, playbooks.docker()?),
        _ => return None,
    };
    Some(FirstReading::Understood { readings: said, needs })
}
