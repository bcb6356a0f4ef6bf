//! What a name, a pronoun or "everything" stands for.

use std::collections::BTreeMap;

use super::super::{refuse::declined, say};
use super::{Found, Named, Resolver, Stop, look, scope};
use crate::{
    domain::{
        intent::{Amount, Declined, DeclinedReason, NameReading, Resolution},
        inventory::Item,
        kind::Kind,
        object::ObjectRef,
        reading::SlotMention,
        risk::Risk,
    },
    fallbacks::{Slot, SlotType},
};

/// Few enough to be told.
const FEW: usize = 5;

/// What runs there, where that can be told in a line.
fn there_are<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => String::new(),
        names if names.len() > FEW => String::new(),
        names => format!("; there: {}", names.join(", ")),
    }
}

impl Resolver<'_> {
    pub(super) fn named(&self, slot: &Slot, mention: &SlotMention) -> Result<Named, Stop> {
        match mention {
            SlotMention::Name { said, kind } => self.by_name(slot, said, kind.as_deref()),
            SlotMention::Text(said) => self.by_name(slot, said, None),
            SlotMention::All => self.everything(slot),
            SlotMention::Pronoun(word) => self.pronoun(slot, word),
            _ => Ok(Named::default()),
        }
    }

    fn by_name(&self, slot: &Slot, said: &str, kind: Option<&str>) -> Result<Named, Stop> {
        let wanted = match kind {
            Some(word) => Some(self.kind_word(word)?),
            None => None,
        };
        let workload = slot.of == SlotType::Workload;
        let by_pod = wanted.as_ref().is_none_or(|kind| kind.kind == "Pod");
        let loosely = workload
            && wanted
                .as_ref()
                .is_none_or(|kind| matches!(kind.kind.as_str(), "Pod" | "Service" | "ReplicaSet"));
        let (said, namespace) = self.split_namespace(said);
        // A pod's own name is never anything else.
        if by_pod && let Some(pod) = self.pod(said, namespace) {
            return self.one_pod(slot, said, pod);
        }
        let accept = |item: &Item| match &wanted {
            _ if loosely => item.object.kind.is_workload(),
            Some(kind) => item.object.kind.kind == kind.kind && item.object.kind.group == kind.group,
            None => item.object.kind.is_workload(),
        };
        // "cart cart-db": two names with nothing between them.
        let called = |word: &str| self.inventory.items.iter().find(|item| accept(item) && item.object.name == word);
        let several: Vec<&Item> = said.split(' ').filter_map(called).collect();
        let found = self.look().find(said, namespace, &accept);
        if self.made.contains(&said) && !matches!(&found, Found::One(item) if item.object.name == said) {
            let why = format!("{said} is only made by this request: ask for the rest once it is there");
            return Err(self.unknown(said, Vec::new(), &why));
        }
        if workload
            && !matches!(found, Found::One(_))
            && let Some(objects) = self.side_by_side(said, namespace, &accept)
        {
            // "backend ui", "the cart redis": perhaps the one that belongs to the other. A name with a hyphen is no adjective.
            let called = said
                .split(' ')
                .zip(&objects)
                .all(|(word, object)| word == object.name && word.contains('-'));
            if self.playbook.changes() && !(called && self.reading.clause.to_lowercase().contains(said)) {
                return Err(self.ask_each(slot, &objects));
            }
            let means = objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let said = said.to_owned();
            return Ok(Named {
                objects,
                said: Some(NameReading {
                    said,
                    means,
                    ..NameReading::default()
                }),
                scope: None,
            });
        }
        if self.playbook.changes() && several.len() > 1 {
            return Err(self.which(slot, &several));
        }
        if let Some(kind) = wanted
            .as_ref()
            .filter(|kind| !workload && !kind.is_workload() && kind.kind != "Pod")
            && !self.inventory.items.iter().any(accept)
        {
            // Nothing of this kind was looked up: the name is taken letter by letter, and the cluster will say.
            return Ok(self.letter_by_letter(kind, said));
        }
        if let Some(kind) = wanted.as_ref().filter(|_| self.waits_for_what_is_not() && !said.contains(' ')) {
            // It may be gone already, or not made yet: as `kubectl wait --for=delete` and `--for=create` have it.
            let gone = match &found {
                Found::Nothing => true,
                Found::Similar(_) | Found::Elsewhere(_) => self.reading.typed,
                Found::One(item) => self.reading.typed && item.object.name != said,
                Found::Several(_) => false,
            };
            if gone {
                return Ok(self.letter_by_letter(kind, said));
            }
        }
        if self.reading.may_be_gone() && !matches!(&found, Found::One(item) if item.object.name == said) {
            match wanted.as_ref().filter(|_| !self.inventory.blind_spots.is_empty()) {
                // It may be there and not to be listed.
                Some(kind) => return Ok(self.letter_by_letter(kind, said)),
                None => return Ok(Named::default()),
            }
        }
        if let Found::One(item) = &found
            && let Some(gone) = self.gone(said, item)
        {
            let why = format!(
                "{gone} was spoken of before and is not there any more; {} has another name",
                item.object
            );
            return Err(self.unknown(said, Vec::new(), &why));
        }
        match found {
            // What is taken away bears the very name that was said.
            Found::One(item) if self.playbook.risk >= Risk::Destroy && said.replace(' ', "-") != item.object.name => {
                Err(self.which(slot, &[item]))
            }
            Found::One(item) => Ok(self.one(said, item)),
            Found::Several(_) | Found::Nothing | Found::Similar(_) if !slot.required || slot.of == SlotType::Object => {
                self.otherwise(slot, said, namespace, wanted.is_some(), found)
            }
            Found::Several(items) | Found::Elsewhere(items) => Err(self.which(slot, &items)),
            Found::Similar(items) => Err(self.which(slot, &items)),
            Found::Nothing => Err(self.nothing(slot, said, namespace)),
        }
    }

    /// What bore the very name of what `item` is only called by.
    fn gone(&self, said: &str, item: &Item) -> Option<&ObjectRef> {
        let name = said.replace(' ', "-");
        let spoken = self.inventory.recent.iter().flatten();
        let is_there = |object: &ObjectRef| self.inventory.items.iter().any(|item| item.object.same_name(object));
        (item.object.name != name)
            .then(|| {
                spoken
                    .into_iter()
                    .find(|object| object.name == name && object.kind.is_workload() && !is_there(object))
            })
            .flatten()
    }

    fn letter_by_letter(&self, kind: &Kind, said: &str) -> Named {
        let object = ObjectRef {
            kind: kind.clone(),
            namespace: kind.namespaced.then(|| self.here().to_owned()),
            name: said.replace(' ', "-"),
            uid: None,
        };
        Named {
            objects: vec![object],
            ..Named::default()
        }
    }

    /// It is asked to wait until something is not there any more, or is there.
    fn waits_for_what_is_not(&self) -> bool {
        let slot = |name: &str| self.reading.slots.get(name);
        let typed = |said: &SlotMention| matches!(said, SlotMention::Text(until) if ["delete", "create"].iter().any(|way| until.eq_ignore_ascii_case(way)));
        let is_wait = self.playbook.slot("gone").is_some();
        is_wait && (slot("gone") == Some(&SlotMention::Flag(true)) || slot("for").is_some_and(typed))
    }

    /// The request, once for each of them.
    fn ask_each(&self, slot: &Slot, objects: &[ObjectRef]) -> Stop {
        let request = |object: &ObjectRef| {
            let mut slots = self.reading.slots.clone();
            let name = SlotMention::Name {
                said: object.name.clone(),
                kind: Some(object.kind.singular()),
            };
            slots.insert(slot.name.clone(), name);
            say::request(self.playbook, &slots, self.place())
        };
        let requests: Option<Vec<String>> = objects.iter().map(request).collect();
        let names = objects.iter().map(|object| object.name.as_str()).collect::<Vec<_>>().join(" and ");
        self.confirm(
            format!("Is that {names}?"),
            requests.map(|requests| requests.join("; ")),
            &slot.name,
        )
    }

    /// "backend frontend": each of the words names one that no other names.
    fn side_by_side(&self, said: &str, namespace: Option<&str>, accept: &dyn Fn(&Item) -> bool) -> Option<Vec<ObjectRef>> {
        let mut objects: Vec<ObjectRef> = Vec::new();
        for word in said.split(' ') {
            let Found::One(item) = self.look().find(word, namespace, accept) else {
                return None;
            };
            if objects.iter().any(|object| object.same_name(&item.object)) {
                return None;
            }
            objects.push(item.object.clone());
        }
        (objects.len() > 1).then_some(objects)
    }

    /// `todo/backend`: namespace and name.
    fn split_namespace<'s>(&'s self, said: &'s str) -> (&'s str, Option<&'s str>) {
        match said.split_once('/') {
            Some((namespace, name)) if self.inventory.namespaces.iter().any(|known| known == namespace) => (name, Some(namespace)),
            _ => (said, self.namespace()),
        }
    }

    fn one(&self, said: &str, item: &Item) -> Named {
        let means = item.object.to_string();
        let literal = said == item.object.name;
        Named {
            objects: vec![item.object.clone()],
            said: (!literal).then(|| NameReading {
                said: said.to_owned(),
                means,
                supposed: self.look().is_supposed(said, item),
            }),
            scope: None,
        }
    }

    fn pod(&self, said: &str, namespace: Option<&str>) -> Option<&Item> {
        let here = namespace.unwrap_or(&self.inventory.place.namespace);
        self.inventory
            .items
            .iter()
            .find(|item| item.object.kind.kind == "Pod" && item.object.name == said && item.object.namespace.as_deref() == Some(here))
    }

    /// A single pod can be read. What is changed is the workload that owns it, and that must be said.
    fn one_pod(&self, slot: &Slot, said: &str, pod: &Item) -> Result<Named, Stop> {
        if !self.playbook.changes() || slot.of == SlotType::Object {
            return Ok(self.one(said, pod));
        }
        let owner = |item: &&Item| {
            item.object.kind.is_workload()
                && item.object.namespace == pod.object.namespace
                && said.starts_with(&format!("{}-", item.object.name))
        };
        let items: Vec<&Item> = self.inventory.items.iter().filter(owner).collect();
        Err(self.which(slot, &items))
    }

    /// No single object: an app, a namespace, an object of another kind – or it is asked.
    fn otherwise(&self, slot: &Slot, said: &str, namespace: Option<&str>, kind_said: bool, found: Found<'_>) -> Result<Named, Stop> {
        if !kind_said
            && self.scope_slot().is_some()
            && let Some(scope) = self.scope_named(said, &found)
        {
            let means = scope::words(&scope);
            let said = said.to_owned();
            return Ok(Named {
                objects: Vec::new(),
                said: Some(NameReading {
                    said,
                    means,
                    ..NameReading::default()
                }),
                scope: Some(scope),
            });
        }
        if !kind_said && slot.of == SlotType::Object {
            if let Found::One(item) = self
                .look()
                .find(said, namespace, &|item| item.object.name == said.replace(' ', "-"))
            {
                return Ok(self.one(said, item));
            }
            if let Some(named) = self.kind_and_name(slot, said)? {
                return Ok(named);
            }
        }
        match found {
            Found::Several(items) | Found::Similar(items) | Found::Elsewhere(items) => Err(self.which(slot, &items)),
            Found::One(item) => Ok(self.one(said, item)),
            Found::Nothing => Err(self.nothing(slot, said, namespace)),
        }
    }

    /// "certificate web": the kind is one of the words.
    fn kind_and_name(&self, slot: &Slot, said: &str) -> Result<Option<Named>, Stop> {
        let Some((first, rest)) = said.split_once(' ') else {
            return Ok(None);
        };
        if look::kind(first, &self.inventory.kinds).is_some() {
            return self.by_name(slot, rest, Some(first)).map(Some);
        }
        let Some((rest, last)) = said.rsplit_once(' ') else {
            return Ok(None);
        };
        if look::kind(last, &self.inventory.kinds).is_some() {
            return self.by_name(slot, rest, Some(last)).map(Some);
        }
        Ok(None)
    }

    /// Nothing is called so. When a part of the words is a name, the others are what was not understood.
    fn nothing(&self, slot: &Slot, said: &str, namespace: Option<&str>) -> Stop {
        let workload = |item: &Item| item.object.kind.is_workload();
        let words: Vec<&str> = said.split(' ').collect();
        let named = |word: &&&str| matches!(self.look().find(word, namespace, &workload), Found::One(_));
        if words.len() > 1
            && let Some(name) = words.iter().find(named)
        {
            let mut slots = self.reading.slots.clone();
            slots.insert(
                slot.name.clone(),
                SlotMention::Name {
                    said: (*name).to_owned(),
                    kind: None,
                },
            );
            let rest: Vec<&str> = words.iter().filter(|word| *word != name).copied().collect();
            return Box::new(Resolution::Declined(Declined {
                understood: say::request(self.playbook, &slots, self.place()).map(Into::into),
                unexplained: vec![rest.join(" ")],
                suggestions: say::request(self.playbook, &slots, self.place())
                    .filter(|_| !self.playbook.changes())
                    .into_iter()
                    .collect(),
                ..declined(DeclinedReason::NotUnderstood)
            }));
        }
        let here = self.here();
        let inside = self
            .inventory
            .items
            .iter()
            .filter(|item| workload(item) && item.object.namespace.as_deref() == Some(here))
            .map(|item| item.object.name.as_str());
        let near = look::nearly(said, inside.clone());
        let request = |name: &str, kind: Option<&str>| {
            let mut slots = self.reading.slots.clone();
            let mention = SlotMention::Name {
                said: name.to_owned(),
                kind: kind.map(str::to_owned),
            };
            slots.insert(slot.name.clone(), mention);
            say::request(self.playbook, &slots, self.place())
        };
        // Another name is no advice to somebody who wants to take something away.
        let destroys = self.playbook.risk >= Risk::Destroy;
        let suggestions = match self.to_make(said) {
            Some(new) => vec![new],
            // Secrets are not listed for the sake of a name.
            None if said.contains("secret") && slot.of == SlotType::Object => request(said, Some("secret")).into_iter().collect(),
            None => near.iter().filter(|_| !destroys).filter_map(|name| request(name, None)).collect(),
        };
        let there = match slot.of {
            SlotType::Workload => there_are(inside),
            _ => String::new(),
        };
        self.unknown(said, suggestions, &format!("Nothing in namespace {here} is called {said}{there}"))
    }

    /// "deploy nginx with 2 replicas" where nothing is called so: the request that makes it, the name taken for that of an image.
    fn to_make(&self, said: &str) -> Option<String> {
        let lexicon = self.playbooks.lexicon();
        let makes = ["deploy", "run", "create"].map(|name| lexicon.concept(name));
        let is_verb = |word: &str| {
            let entry = lexicon.find(&word.to_lowercase()).map(|entry| lexicon.word(entry));
            entry.is_some_and(|word| word.concepts.iter().any(|(concept, _)| makes.contains(&Some(*concept))))
        };
        let is_new = self.reading.clause.split_whitespace().any(is_verb);
        let playbook = self.playbooks.get("create-deployment")?;
        if !is_new || !self.playbook.changes() || said.contains(' ') {
            return None;
        }
        let mut slots = BTreeMap::from(["name", "image"].map(|slot| (slot.to_owned(), SlotMention::Text(said.to_owned()))));
        let count = self.reading.slots.values().find_map(|mention| match mention {
            SlotMention::Count(Amount::Exactly(count)) => Some(u64::from(*count)),
            _ => None,
        });
        slots.extend(count.map(|count| ("replicas".to_owned(), SlotMention::Number(count))));
        say::request(playbook, &slots, self.place())
    }
}
