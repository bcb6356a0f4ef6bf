//! The second half: readings to intents, every name looked up in the inventory.

pub(super) mod ask;
mod bound;
mod every;
pub(super) mod look;
mod name;
mod pronoun;
mod scope;
mod spared;
mod spread;
mod value;
mod within;

use std::collections::BTreeMap;

use look::{Found, Look};

use super::{first::GUESS_SLOT, refuse::declined};
use super::{say, spare};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason, Intent, NameReading, Resolution, SlotValue},
        inventory::{Inventory, Item},
        object::ObjectRef,
        question::{Choice, Question},
        reading::{Reading, SlotMention},
        risk::Risk,
    },
    fallbacks::{Playbook, Playbooks, Slot, SlotType},
};

pub(super) fn resolve(readings: &[Reading], playbooks: &Playbooks, inventory: &Inventory) -> Resolution {
    if let Some(question) = spread::asked(readings, playbooks, &inventory.place.namespace) {
        return question;
    }
    let mut intents = Vec::new();
    let mut told = Vec::new();
    for (n, reading) in readings.iter().enumerate() {
        let Some(playbook) = playbooks.get(&reading.playbook) else {
            return Resolution::Declined(Declined {
                unexplained: vec![reading.clause.clone()],
                ..declined(DeclinedReason::NotUnderstood)
            });
        };
        let resolver = Resolver {
            playbooks,
            playbook,
            reading,
            inventory,
            earlier: spoken_of(&intents),
            made: made(readings.get(..n).unwrap_or_default(), playbooks),
        };
        match resolver.intents() {
            Ok(found) => {
                told.extend(found.iter().map(|intent| ask::of_intent(playbook, reading, intent, inventory)));
                intents.extend(found);
            }
            // A question would offer what the others are one by one; what is left out could be among what is missing.
            Err(_) if readings.first().is_some_and(|first| spare::leaves_out(&first.slots)) => {
                return spared::broken(readings, &intents, playbooks, inventory)
                    .unwrap_or_else(|| Resolution::Declined(declined(DeclinedReason::NotUnderstood)));
            }
            Err(stop) => {
                let here = &inventory.place.namespace;
                return ask::whole(*stop, &told, readings.get(n..).unwrap_or_default(), playbooks, here);
            }
        }
    }
    if let Some(refused) = spared::broken(readings, &intents, playbooks, inventory) {
        return refused;
    }
    let guesses: Vec<&str> = readings.iter().filter_map(guess).collect();
    if guesses.is_empty() {
        Resolution::Clear(intents)
    } else {
        ask::confirm_guess(&told, &guesses, readings)
    }
}

/// What was guessed in a reading of a change.
pub(super) fn guess(reading: &Reading) -> Option<&str> {
    match reading.slots.get(GUESS_SLOT) {
        Some(SlotMention::Text(told)) => Some(told),
        _ => None,
    }
}

/// Objects of the clauses before, in order, each once.
pub(super) fn spoken_of(intents: &[Intent]) -> Vec<ObjectRef> {
    let mut objects: Vec<ObjectRef> = Vec::new();
    for value in intents.iter().flat_map(|intent| intent.slots.values()) {
        if let SlotValue::Object(object) = value
            && !objects.contains(object)
        {
            objects.push(object.clone());
        }
    }
    objects
}

/// "Create deployment web … and scale web": a word for something else that is there stands for what is made.
fn made<'a>(readings: &'a [Reading], playbooks: &Playbooks) -> Vec<&'a str> {
    let name = |reading: &'a Reading| {
        let slots = &playbooks.get(&reading.playbook)?.slots;
        let name = slots
            .iter()
            .find(|slot| matches!(slot.of, SlotType::Name | SlotType::Namespace) && slot.required)?;
        match reading.slots.get(&name.name)? {
            SlotMention::Text(said) | SlotMention::Name { said, .. } => Some(said.as_str()),
            _ => None,
        }
    };
    readings.iter().filter_map(name).collect()
}

/// A question or a refusal instead of a value.
type Stop = Box<Resolution>;

struct Resolver<'a> {
    playbooks: &'a Playbooks,
    playbook: &'a Playbook,
    reading: &'a Reading,
    inventory: &'a Inventory,
    earlier: Vec<ObjectRef>,
    /// Names that the clauses before give to what they make.
    made: Vec<&'a str>,
}

/// The objects that a mention names, with what was read into it.
#[derive(Default)]
struct Named {
    objects: Vec<ObjectRef>,
    said: Option<NameReading>,
    /// No object but a set of them.
    scope: Option<crate::domain::intent::Scope>,
}

impl Resolver<'_> {
    fn intents(&self) -> Result<Vec<Intent>, Stop> {
        self.check_namespace()?;
        let mut base = Intent {
            playbook: self.playbook.name.clone(),
            clause: self.reading.clause.clone(),
            slots: BTreeMap::new(),
            readings_of_names: Vec::new(),
            keeps: self.reading.keeps,
        };
        let mut intents = Vec::new();
        let mut several: Option<(&Slot, Vec<ObjectRef>)> = None;
        for slot in &self.playbook.slots {
            let Some(mention) = self.reading.slots.get(&slot.name) else {
                continue;
            };
            match slot.of {
                SlotType::Workload | SlotType::Object => {
                    let named = self.named(slot, mention)?;
                    base.readings_of_names.extend(named.said);
                    if let (Some(scope), Some(at)) = (named.scope, self.scope_slot()) {
                        base.slots.insert(at.name.clone(), SlotValue::Scope(scope));
                        continue;
                    }
                    match named.objects.as_slice() {
                        [one] => drop(base.slots.insert(slot.name.clone(), SlotValue::Object(one.clone()))),
                        _ => several = Some((slot, named.objects)),
                    }
                }
                SlotType::Kind => match self.kind(slot, mention)? {
                    value::KindIs::Kind(kind) => drop(base.slots.insert(slot.name.clone(), SlotValue::Kind(kind))),
                    value::KindIs::Name(intents) => return Ok(intents),
                },
                SlotType::Scope => {
                    if let Some((slot, value)) = self.scope(slot, mention)? {
                        base.slots.insert(slot, value);
                    }
                }
                _ => {}
            }
        }
        self.add_scope(&mut base);
        self.ask_missing(&base, several.as_ref().map(|(_, objects)| objects.as_slice()))?;
        let each: Vec<Option<ObjectRef>> = match &several {
            Some((_, objects)) => objects.iter().cloned().map(Some).collect(),
            None => vec![None],
        };
        for object in each {
            let mut intent = base.clone();
            if let (Some((slot, _)), Some(object)) = (&several, object) {
                intent.slots.insert(slot.name.clone(), SlotValue::Object(object));
            }
            self.values(&mut intent)?;
            self.ask_bound(&intent)?;
            intents.push(intent);
        }
        Ok(intents)
    }

    /// A namespace that was named must exist, where namespaces are known.
    fn check_namespace(&self) -> Result<(), Stop> {
        let Some(namespace) = &self.reading.namespace else { return Ok(()) };
        let known = &self.inventory.namespaces;
        if known.is_empty() || known.contains(namespace) || self.is_context(namespace) {
            return Ok(());
        }
        if self.made.contains(&namespace.as_str()) {
            let why = format!("Namespace {namespace} is only made by this request: ask for the rest once it is there");
            return Err(self.unknown(namespace, vec![format!("create namespace {namespace}")], &why));
        }
        if let Some(stop) = self.in_workload(namespace) {
            return Err(stop);
        }
        let near = look::nearly(namespace, known.iter().map(String::as_str));
        let suggest = |near| {
            let place = say::Where {
                namespace: Some(near),
                ..self.place()
            };
            say::request(self.playbook, &self.reading.slots, place)
        };
        let mut suggestions: Vec<String> = near.into_iter().filter_map(suggest).collect();
        if suggestions.is_empty() {
            suggestions.push("list namespaces".to_owned());
        }
        Err(self.unknown(namespace, suggestions, &format!("No namespace is called {namespace}")))
    }

    /// "on minikube" where that is where we are. What is a namespace as well is meant as one.
    fn is_context(&self, name: &str) -> bool {
        name == self.inventory.place.context && !self.inventory.namespaces.iter().any(|known| known == name)
    }

    fn namespace(&self) -> Option<&str> {
        self.reading.namespace.as_deref().filter(|namespace| !self.is_context(namespace))
    }

    /// The place that was named, as it is said again.
    fn place(&self) -> say::Where<'_> {
        say::Where {
            namespace: self.namespace(),
            context: self.reading.context.as_deref(),
        }
    }

    fn here(&self) -> &str {
        self.namespace().unwrap_or(&self.inventory.place.namespace)
    }

    fn look(&self) -> Look<'_> {
        Look {
            inventory: self.inventory,
            lexicon: self.playbooks.lexicon(),
            strict: self.playbook.changes(),
        }
    }

    fn scope_slot(&self) -> Option<&Slot> {
        self.playbook.slots.iter().find(|slot| slot.of == SlotType::Scope)
    }

    fn unknown(&self, said: &str, suggestions: Vec<String>, why: &str) -> Stop {
        Box::new(Resolution::Declined(Declined {
            why: Some(why.to_owned()),
            unexplained: vec![said.to_owned()],
            suggestions,
            ..declined(DeclinedReason::UnknownName)
        }))
    }

    fn which(&self, slot: &Slot, items: &[&Item]) -> Stop {
        Box::new(ask::which(
            self.playbook,
            self.reading,
            &slot.name,
            items,
            &self.inventory.place.namespace,
        ))
    }

    /// Which one, of the kind that was said or of all workloads.
    fn ask_object(&self, slot: &Slot) -> Stop {
        match self.of_kind(slot) {
            Ok(Some(items)) => self.which(slot, &items),
            Ok(None) => self.ask_workload(slot),
            Err(stop) => stop,
        }
    }

    /// What is there of a kind that was said without a name; `None` where none was.
    fn of_kind(&self, slot: &Slot) -> Result<Option<Vec<&Item>>, Stop> {
        let Some(SlotMention::Text(word)) = self.reading.slots.get(&format!("{}.kind", slot.name)) else {
            return Ok(None);
        };
        let kind = self.kind_word(word)?;
        let here = self.here();
        let of_kind = |item: &&Item| {
            item.object.kind == kind && item.object.namespace.as_deref().is_none_or(|of| of == here) && !self.is_left_out(item)
        };
        Ok(Some(self.inventory.items.iter().filter(of_kind).collect()))
    }

    fn ask_workload(&self, slot: &Slot) -> Stop {
        let here = self.here();
        let items: Vec<&Item> = self
            .inventory
            .items
            .iter()
            .filter(|item| item.object.kind.is_workload() && item.object.namespace.as_deref() == Some(here))
            .filter(|item| !self.is_left_out(item))
            .collect();
        let stop = self.which(slot, &items);
        let words = self.reading.clause.to_lowercase();
        let all = words.split_whitespace().any(|word| matches!(word, "everything" | "all"));
        match *stop {
            Resolution::Ask(question) if all && self.playbook.risk >= Risk::Destroy => Box::new(Resolution::Ask(Question {
                text: format!(
                    "{} Not everything at once; these are the workloads. Others are named with their kind, and a namespace takes all in it along.",
                    question.text
                ),
                ..question
            })),
            stop => Box::new(stop),
        }
    }

    /// Required values that nobody gave.
    fn ask_missing(&self, base: &Intent, several: Option<&[ObjectRef]>) -> Result<(), Stop> {
        let missing = ask::missing(self.playbook, &self.reading.slots);
        if missing.is_empty() {
            return Ok(());
        }
        let unnamed = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of.names_object() && missing.contains(&slot.name));
        if let Some(slot) = unnamed.filter(|_| several.is_none()) {
            return Err(self.ask_object(slot));
        }
        let one = base.slots.values().find_map(|value| match value {
            SlotValue::Object(object) => self.item(object),
            _ => None,
        });
        let several = several.unwrap_or_default().iter().filter_map(|object| self.item(object));
        let items: Vec<&Item> = one.into_iter().chain(several).collect();
        Err(Box::new(ask::values(self.playbook, self.reading, &items)))
    }

    fn item(&self, object: &ObjectRef) -> Option<&Item> {
        self.inventory.items.iter().find(|item| item.object.same_name(object))
    }

    fn confirm(&self, text: String, request: Option<String>, slot: &str) -> Stop {
        let choices = request
            .into_iter()
            .map(|request| Choice {
                label: request.clone(),
                detail: String::new(),
                request,
            })
            .collect();
        Box::new(Resolution::Ask(Question {
            text,
            slots: vec![slot.to_owned()],
            choices,
            together: None,
        }))
    }
}
