//! What leans on the request before: "and the frontend too", "the same for the worker", "no, the other one", "again".
//!
//! The words around a name say how it leans; what they leave must be a name, or a number, and nothing else. The request before is
//! then said again with it. Where it is not clear what would be said again, nothing is: the words are read as they are.

use super::{
    amended::amended,
    answer, docker,
    first::{self, GUESS_SLOT},
    lean::{AGAIN, ANSWERS, ARTICLES, Leaning, OTHER, count, leaning, relative},
    needs, text,
    token::{self, Shape, Token},
};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        intent::Amount,
        kind::Kind,
        object::ObjectRef,
        reading::{FirstReading, Reading, SlotMention},
        said::words,
    },
    fallbacks::{Class, Lexicon, Playbook, Playbooks, SlotType},
};

/// `None` when the words stand on their own, or lean on nothing that is known.
pub(super) fn follow(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let last = earlier.turns.last()?;
    let words = words(text);
    let again = || last.readings.iter().map(|reading| named(reading, last, playbooks));
    if AGAIN.contains(&words.join(" ").as_str()) {
        return readings(again().collect(), playbooks);
    }
    if last.offered && answer::is_do_it(&words) {
        let done = again().map(|reading| Reading { preview: false, ..reading });
        return readings(done.collect(), playbooks);
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
    if let Some(whole) = answered(text, last, leaning, playbooks) {
        return Some(whole);
    }
    if let Some((slot, mention)) = amended(text, last, leaning, &rest, playbooks) {
        return with(last, slot, mention, playbooks);
    }
    // "And 3" may be the number of another; "and one more" goes on from what is there.
    let exactly = count(&rest).map(Amount::Exactly).filter(|_| leaning != Leaning::Also);
    if let Some(amount) = exactly.or_else(|| relative(&rest, last, playbooks.lexicon())) {
        return other_count(last, amount, leaning, playbooks);
    }
    if let Some(namespace) = place(&rest).filter(|_| leaning != Leaning::Bare || !is_clear(last)) {
        return elsewhere(last, namespace, playbooks);
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
    let named = |name: &[String]| mention(name, playbooks, spoken.lexicon());
    let parts = parts(text, &rest);
    if leaning == Leaning::Also && parts.len() > 1 {
        let each: Vec<FirstReading> = parts
            .iter()
            .map(|part| for_another(text, last, &named(part)?, leaning, playbooks))
            .collect::<Option<_>>()?;
        let said = each.into_iter().flat_map(|reading| match reading {
            FirstReading::Understood { readings, .. } => readings,
            _ => Vec::new(),
        });
        return readings(said.collect(), playbooks);
    }
    let mention = named(&rest).or_else(|| of_another_kind(&rest, last, playbooks).filter(|_| leaning == Leaning::Instead))?;
    if leaning == Leaning::Bare && mention != other_one() && is_clear(last) {
        return None;
    }
    for_another(text, last, &mention, leaning, playbooks)
}

/// What was asked for and could not be chosen from a list: "which image?", "v2". It is the request before with that at its end.
fn answered(text: &str, last: &Turn, leaning: Leaning, playbooks: &Playbooks) -> Option<FirstReading> {
    const MOST_WORDS: usize = 3;
    let question = last.asked.as_ref().filter(|question| question.choices.is_empty())?;
    let [reading] = last.readings.as_slice() else { return None };
    let answer = text.trim();
    let short = leaning == Leaning::Bare && answer.split_whitespace().count() <= MOST_WORDS;
    if !short || question.slots.is_empty() || matches!(first::first(answer, playbooks), FirstReading::Understood { .. }) {
        return None;
    }
    ["to", "with", "between", ""].into_iter().find_map(|joint| {
        let whole = first::first(&format!("{} {joint} {answer}", last.said.trim()), playbooks);
        let FirstReading::Understood { readings, .. } = &whole else {
            return None;
        };
        let fits = matches!(readings.as_slice(), [one] if one.playbook == reading.playbook && is_whole(one, playbooks));
        fits.then_some(whole)
    })
}

/// "worker, cache and db": what stands between commas and "and".
fn parts(text: &str, rest: &[String]) -> Vec<Vec<String>> {
    let lower = text.to_lowercase();
    let ends: Vec<&str> = lower.split_whitespace().filter_map(|word| word.strip_suffix(',')).collect();
    let mut parts: Vec<Vec<String>> = vec![Vec::new()];
    for word in rest {
        if word == "and" {
            parts.push(Vec::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push(word.clone());
        }
        if ends.contains(&word.as_str()) {
            parts.push(Vec::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// "in prod", "in namespace prod", "in the prod namespace".
fn place(rest: &[String]) -> Option<&str> {
    let rest = match rest {
        [r#in, rest @ ..] if matches!(r#in.as_str(), "in" | "inside" | "-n") => rest,
        _ => return None,
    };
    let rest = match rest {
        [the, rest @ ..] if the == "the" => rest,
        rest => rest,
    };
    let name = match rest {
        [name] => name,
        [kind, name] | [name, kind] if matches!(kind.as_str(), "namespace" | "ns") => name,
        _ => return None,
    };
    token::looks_like_name(name).then_some(name)
}

/// The request before, in another namespace.
fn elsewhere(last: &Turn, namespace: &str, playbooks: &Playbooks) -> Option<FirstReading> {
    let mut said: Vec<Reading> = Vec::new();
    for reading in &last.readings {
        let playbook = playbooks.get(&reading.playbook).filter(|playbook| !playbook.asks_no_cluster())?;
        let placed = |slot: &crate::fallbacks::Slot| {
            (slot.of == SlotType::Namespace && slot.required) || (slot.of == SlotType::Scope && reading.slots.contains_key(&slot.name))
        };
        if playbooks.position(&reading.playbook).is_none() || playbook.slots.iter().any(placed) {
            return None;
        }
        let mut next = named(reading, last, playbooks);
        if next.stands_for_another() {
            // "them" are where they were.
            return None;
        }
        next.slots.retain(|name, _| name != GUESS_SLOT);
        next.namespace = Some(namespace.to_owned());
        next.typed = false;
        said.push(next);
    }
    readings(said, playbooks)
}

/// "no, the service": what has the same name.
fn of_another_kind(rest: &[String], last: &Turn, playbooks: &Playbooks) -> Option<SlotMention> {
    let [.., word] = rest else { return None };
    let articles = rest.iter().rev().skip(1).all(|word| ARTICLES.contains(&word.as_str()));
    let kind = Kind::well_known()
        .into_iter()
        .find(|kind| kind.is_called(word))
        .filter(|_| articles)?;
    let [reading] = last.readings.as_slice() else { return None };
    let [slot] = name_slots(reading, playbooks)[..] else { return None };
    let of = playbooks.get(&reading.playbook)?.slot(slot)?.of;
    match reading.slots.get(slot) {
        Some(SlotMention::Name { said, .. }) if of == SlotType::Object => Some(SlotMention::Name {
            said: said.clone(),
            kind: Some(kind.singular()),
        }),
        _ => None,
    }
}

/// Another object was meant than was said before. Another number, or version, takes the place of the one before.
pub(super) fn corrects(text: &str, last: &Turn, playbooks: &Playbooks) -> bool {
    let (leaning, _, rest) = leaning(&words(text));
    let of_cluster = last.readings.iter().all(|reading| playbooks.position(&reading.playbook).is_some());
    let said = |slot: &str| last.readings.first().and_then(|reading| reading.slots.get(slot));
    let anew = || match amended(text, last, leaning, &rest, playbooks) {
        Some((_, SlotMention::Text(_))) => of_cluster,
        Some((slot, SlotMention::Env(set))) => {
            matches!(said(&slot), Some(SlotMention::Env(before)) if before.iter().all(|old| set.iter().any(|new| new.name == old.name)))
        }
        _ => false,
    };
    leaning == Leaning::Instead && count(&rest).is_none() && !anew()
}

fn is_clear(turn: &Turn) -> bool {
    !turn.intents.is_empty()
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

/// The request before, for another object. What belongs to the one before, such as an image, is not taken along, unless it was said of
/// that one by mistake.
fn for_another(text: &str, last: &Turn, mention: &SlotMention, leaning: Leaning, playbooks: &Playbooks) -> Option<FirstReading> {
    let mut said: Vec<Reading> = Vec::new();
    let mut before: Vec<Option<&SlotMention>> = Vec::new();
    for reading in &last.readings {
        let [slot] = name_slots(reading, playbooks)[..] else { return None };
        before.push(reading.slots.get(slot));
        let playbook = playbooks.get(&reading.playbook)?;
        let own = |name: &str| match playbook.slot(name).map(|slot| slot.of) {
            Some(SlotType::Image | SlotType::Ports | SlotType::PodPorts) => leaning != Leaning::Instead,
            Some(SlotType::Container | SlotType::DockerRef | SlotType::DockerName) => true,
            _ => false,
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
    // A number alone is the answer to a question, and no correction; "one more" is none of both.
    if leaning == Leaning::Bare && !missing && matches!(amount, Amount::Exactly(_)) {
        return None;
    }
    with(last, slot.name.clone(), SlotMention::Count(amount), playbooks)
}

/// The request before, with another value in this slot.
fn with(last: &Turn, slot: String, mention: SlotMention, playbooks: &Playbooks) -> Option<FirstReading> {
    let [reading] = last.readings.as_slice() else { return None };
    let mut next = named(reading, last, playbooks);
    next.slots.retain(|name, _| name != GUESS_SLOT && !name.contains('.'));
    next.slots.insert(slot, mention);
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
        (true, _) => needs::needs(&said, playbooks),
        (_, true) => docker::needs(&said, playbooks.docker()?),
        _ => return None,
    };
    Some(FirstReading::Understood { readings: said, needs })
}
