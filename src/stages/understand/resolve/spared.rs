//! Whether what is to be done would change what the request says is to be left alone.

use std::collections::BTreeMap;

use super::{
    super::{
        refuse::{always, declined},
        spare,
    },
    look::{Found, Look},
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason, Intent, Resolution, SlotValue},
        inventory::{Inventory, Item},
        object::ObjectRef,
        reading::{Reading, SlotMention},
    },
    fallbacks::{Lexicon, Playbooks},
};

/// Why nothing is done although all of it is clear; `None` when every promise holds.
pub(super) fn broken(readings: &[Reading], intents: &[Intent], playbooks: &Playbooks, inventory: &Inventory) -> Option<Resolution> {
    let promises = readings.first().map(|reading| &reading.slots)?;
    let changed: Vec<&ObjectRef> = intents
        .iter()
        .filter(|intent| changes(intent, playbooks))
        .flat_map(|intent| intent.slots.values())
        .filter_map(|value| match value {
            SlotValue::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    let everything = || readings.iter().any(speaks_of_whole);
    if spare::leaves_out(promises) {
        let others = intents_objects(intents);
        let look = Look {
            inventory,
            lexicon: playbooks.lexicon(),
            strict: true,
        };
        let shown_whole = others.is_empty() && !intents.is_empty() && !intents.iter().any(|intent| changes(intent, playbooks));
        let done = shown_whole || is_whole_without(readings, &others, &look);
        return (!done).then(|| left_out(promises, &others));
    }
    if promises.contains_key(&format!("{}rest", spare::SPARED_SLOT)) && everything() {
        return Some(refused(
            "Everything, and nothing else, leaves open what is meant".to_owned(),
            String::new(),
        ));
    }
    spare::names(promises).into_iter().find_map(|said| {
        let look = Look {
            inventory,
            lexicon: playbooks.lexicon(),
            strict: false,
        };
        let kept = match kept(said, &look) {
            Kept::Items(items) => items,
            Kept::Namespace => {
                let within = changed.iter().find(|object| object.namespace.as_deref() == Some(said))?;
                return Some(refused(
                    format!("{within} is in {said}, which is to be left alone"),
                    said.to_owned(),
                ));
            }
            Kept::Absent => return None,
            Kept::Unknown => return Some(refused(format!("Nothing here is called {said}"), said.to_owned())),
        };
        let both = changed
            .iter()
            .find(|object| kept.iter().any(|item| item.object.same_name(object)))?;
        Some(refused(format!("{both} is to be changed, and to be left alone"), said.to_owned()))
    })
}

fn intents_objects(intents: &[Intent]) -> Vec<&ObjectRef> {
    let values = intents.iter().flat_map(|intent| intent.slots.values());
    values
        .filter_map(|value| match value {
            SlotValue::Object(object) => Some(object),
            _ => None,
        })
        .collect()
}

/// One whole of this namespace and nothing else is spoken of, every exception is found for certain, and none is among `others`.
fn is_whole_without(readings: &[Reading], others: &[&ObjectRef], look: &Look) -> bool {
    let [reading] = readings else { return false };
    let excepted = |said: &str| match look.find(said, None, &|item| item.object.kind.is_workload()) {
        Found::One(item) => vec![item],
        Found::Several(items) => items,
        Found::Elsewhere(_) | Found::Similar(_) | Found::Nothing => Vec::new(),
    };
    let stays = |item: &&Item| {
        let here = item.object.namespace.as_deref() == Some(look.inventory.place.namespace.as_str());
        here && !others.iter().any(|other| other.same_name(&item.object))
    };
    speaks_of_whole(reading)
        && !others.is_empty()
        && reading.namespace.is_none()
        && spare::names(&reading.slots).into_iter().all(|said| {
            let items = excepted(said);
            !items.is_empty() && items.iter().all(stays)
        })
}

fn speaks_of_whole(reading: &Reading) -> bool {
    reading.slots.values().any(|mention| *mention == SlotMention::All)
}

fn changes(intent: &Intent, playbooks: &Playbooks) -> bool {
    playbooks.get(&intent.playbook).is_some_and(crate::fallbacks::Playbook::changes)
}

/// "Everything except api", where it is not certain what that is: each is to be named. The others are told.
fn left_out(promises: &BTreeMap<String, SlotMention>, others: &[&ObjectRef]) -> Resolution {
    let mut names: Vec<&str> = others.iter().map(|object| object.name.as_str()).collect();
    names.dedup();
    let except = spare::names(promises).join(", ");
    let why = match names.as_slice() {
        [] => spare::NAME_EACH.to_owned(),
        few if few.len() <= 12 => format!(
            "A whole without {except} is not done at once: name those that are meant, of {}",
            few.join(", ")
        ),
        many => format!(
            "A whole without {except} is not done at once ({} others): name each that is meant",
            many.len()
        ),
    };
    refused(why, format!("except {except}"))
}

/// What a promise is about.
enum Kept<'a> {
    Items(Vec<&'a Item>),
    Namespace,
    /// A role that nothing here has, such as a database elsewhere.
    Absent,
    Unknown,
}

fn kept<'a>(said: &str, look: &Look<'a>) -> Kept<'a> {
    match look.find(said, None, &|item| item.object.kind.is_workload()) {
        Found::One(item) => Kept::Items(vec![item]),
        Found::Several(items) | Found::Elsewhere(items) | Found::Similar(items) => Kept::Items(items),
        // Of another kind, by its very name.
        Found::Nothing if look.inventory.items.iter().any(|item| item.object.name == said) => {
            Kept::Items(look.inventory.items.iter().filter(|item| item.object.name == said).collect())
        }
        Found::Nothing if look.inventory.namespaces.iter().any(|known| known == said) => Kept::Namespace,
        Found::Nothing if is_role(said, look.lexicon) => Kept::Absent,
        Found::Nothing => Kept::Unknown,
    }
}

fn is_role(said: &str, lexicon: &Lexicon) -> bool {
    lexicon.find(said).is_some_and(|entry| lexicon.word(entry).role.is_some())
}

fn refused(why: String, said: String) -> Resolution {
    Resolution::Declined(Declined {
        why: Some(why),
        unexplained: Some(said).filter(|said| !said.is_empty()).into_iter().collect(),
        suggestions: always(),
        ..declined(DeclinedReason::NotUnderstood)
    })
}
