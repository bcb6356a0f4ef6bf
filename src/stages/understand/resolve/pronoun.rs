//! What "it", "them" and "the other one" stand for: what was spoken of in this request, or before it.

use super::{Named, Resolver, Stop};
use crate::{
    domain::{
        intent::{NameReading, Resolution},
        inventory::Item,
        object::ObjectRef,
        reading::SlotMention,
        risk::Risk,
    },
    fallbacks::{Class, Slot, SlotType},
};

impl Resolver<'_> {
    /// "it" is what was spoken of last, in this request or before it.
    pub(super) fn pronoun(&self, slot: &Slot, word: &str) -> Result<Named, Stop> {
        let lexicon = self.playbooks.lexicon();
        let plural = lexicon.find(word).is_some_and(|entry| lexicon.word(entry).is(Class::Them))
            || word.contains("them")
            || word.contains(' ') && word.contains("two");
        let two = word.contains("both") || word.contains("two");
        let so_many = if two { Some(2) } else { word.contains("three").then_some(3) };
        let meant: Vec<ObjectRef> = match self.earlier.as_slice() {
            [] if word.contains("other") => vec![self.other_one(slot)?],
            [] if plural && !self.inventory.listed.is_empty() => self.of_list(slot, so_many)?,
            [] => self.meant_before(slot, word, plural, so_many)?,
            objects if plural => {
                // "scale backend to 3 and restart both": one was spoken of, and more are meant.
                if objects.len() < 2 && (two || self.playbook.changes()) {
                    return Err(self.ask_workload(slot));
                }
                if so_many.is_some_and(|count| count != objects.len()) {
                    return Err(self.ask_of(slot, objects));
                }
                objects.to_vec()
            }
            [former, _] if word.contains("former") => vec![former.clone()],
            [_, latter] if word.contains("latter") => vec![latter.clone()],
            // "restart backend and frontend and scale it to 3": which of them?
            objects if objects.len() > 1 && self.playbook.changes() => return Err(self.ask_of(slot, objects)),
            objects => objects.last().cloned().into_iter().collect(),
        };
        // Nothing was spoken of: "both" are the two that there are, and "them all" is every one.
        if meant.is_empty() && plural && self.earlier.is_empty() && self.inventory.recent.is_empty() {
            let every = self.everything(slot)?;
            if (two && every.objects.len() == 2) || word.contains("all") {
                return Ok(every);
            }
        }
        // "Restart it in staging" is not what was spoken of elsewhere.
        let elsewhere = |object: &ObjectRef| {
            object
                .namespace
                .as_deref()
                .zip(self.namespace())
                .is_some_and(|(of, said)| of != said)
        };
        if meant.is_empty() || (self.playbook.changes() && meant.iter().any(elsewhere)) {
            return Err(self.ask_of(slot, &[]));
        }
        self.check_kind(slot, &meant)?;
        let said = meant.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Ok(Named {
            objects: meant,
            said: Some(NameReading {
                said: word.to_owned(),
                means: said,
                ..NameReading::default()
            }),
            scope: None,
        })
    }

    /// "Delete deployment it" is no service that was spoken of.
    fn check_kind(&self, slot: &Slot, meant: &[ObjectRef]) -> Result<(), Stop> {
        let Some(SlotMention::Text(word)) = self.reading.slots.get(&format!("{}.kind", slot.name)) else {
            return Ok(());
        };
        let kind = self.kind_word(word)?;
        if meant.iter().all(|object| object.kind == kind) {
            return Ok(());
        }
        Err(self.ask_object(slot))
    }

    /// All of a list that was shown last. What is taken away is named, each by its name; and where not so many were shown, which
    /// of them are meant is not known.
    fn of_list(&self, slot: &Slot, so_many: Option<usize>) -> Result<Vec<ObjectRef>, Stop> {
        let listed: Vec<ObjectRef> = self.inventory.listed.iter().map(|object| self.as_it_is(object)).collect();
        let fits = slot.of != SlotType::Workload || listed.iter().all(|object| object.kind.is_workload());
        if !fits && self.playbook.changes() {
            let owners: Vec<&Item> = self.inventory.items.iter().filter(|item| self.owns_any(item, &listed)).collect();
            return Err(if owners.is_empty() {
                self.ask_workload(slot)
            } else {
                self.which(slot, &owners)
            });
        }
        let counted = so_many.is_none_or(|count| count == listed.len());
        let named = self.playbook.risk >= Risk::Destroy && listed.len() > 1;
        if counted && !named {
            return Ok(listed);
        }
        let items: Vec<Item> = listed.into_iter().map(Item::bare).collect();
        Err(self.which(slot, &items.iter().collect::<Vec<_>>()))
    }

    /// A workload whose pods are among `listed`, as its name and that of its replica set stand in theirs.
    fn owns_any(&self, item: &Item, listed: &[ObjectRef]) -> bool {
        let owns = |pod: &ObjectRef| {
            let rest = pod.name.strip_prefix(&item.object.name).and_then(|rest| rest.strip_prefix('-'));
            pod.namespace == item.object.namespace && rest.is_some_and(|rest| rest.matches('-').count() <= 1)
        };
        item.object.kind.is_workload() && listed.iter().any(owns)
    }

    /// What earlier requests of the conversation spoke of. One is "it" where the last of them spoke of one; what could be either
    /// is asked.
    fn meant_before(&self, slot: &Slot, word: &str, plural: bool, so_many: Option<usize>) -> Result<Vec<ObjectRef>, Stop> {
        let recent = &self.inventory.recent;
        let Some(last) = recent.first() else { return Ok(Vec::new()) };
        if let Some(only) = self.only_workload(slot, last).filter(|_| so_many.is_none()) {
            return Ok(vec![self.as_it_is(only)]);
        }
        let several: Vec<ObjectRef> = if last.len() > 1 {
            last.clone()
        } else {
            let known = recent.iter().take_while(|turn| !turn.is_empty()).flatten();
            known.fold(Vec::new(), |mut all, object| {
                if !all.iter().any(|one: &ObjectRef| one.same_name(object)) {
                    all.push(object.clone());
                }
                all
            })
        };
        let clear = match (plural, last.len()) {
            (_, 0) => None,
            (false, 1) => Some(last.clone()),
            (false, _) => None,
            // Of what was spoken of one after the other, "both" can only be two.
            (true, 1) => Some(several.clone()).filter(|all| all.len() == so_many.unwrap_or(2)),
            (true, count) => Some(last.clone()).filter(|_| so_many.is_none_or(|many| many == count)),
        };
        match clear {
            // What is taken away is none of what nobody spoke of.
            None if plural && last.is_empty() && self.playbook.risk >= Risk::Destroy => {
                let why = format!("What “{word}” stands for is not known: name each");
                Err(self.unknown(word, Vec::new(), &why))
            }
            Some(objects) => Ok(objects.iter().map(|object| self.as_it_is(object)).collect()),
            None => Err(self.ask_of(slot, &several)),
        }
    }

    /// After files with one workload among their objects were applied, what runs is that one.
    fn only_workload<'o>(&self, slot: &Slot, objects: &'o [ObjectRef]) -> Option<&'o ObjectRef> {
        let runs = slot.of == SlotType::Workload && self.playbook.risk < Risk::Destroy && objects.len() > 1;
        let mut workloads = objects.iter().filter(|object| object.kind.is_workload());
        workloads.next().filter(|_| runs && workloads.next().is_none())
    }

    /// "the other one": beside the one that was spoken of there is exactly one more of its kind.
    fn other_one(&self, slot: &Slot) -> Result<ObjectRef, Stop> {
        let last = self.inventory.recent.first().map(Vec::as_slice).unwrap_or_default();
        let [one] = last else { return Err(self.ask_workload(slot)) };
        let like = |item: &&Item| item.object.kind == one.kind && item.object.namespace == one.namespace && !item.object.same_name(one);
        let others: Vec<&Item> = self.inventory.items.iter().filter(like).collect();
        match others.as_slice() {
            [other] => Ok(other.object.clone()),
            [] => Err(self.ask_workload(slot)),
            several => Err(self.which(slot, several)),
        }
    }

    /// The object of this name that is there now: between two requests it may have been made anew.
    fn as_it_is(&self, object: &ObjectRef) -> ObjectRef {
        let there = self.inventory.items.iter().find(|item| item.object.same_name(object));
        there.map_or_else(
            || ObjectRef {
                uid: None,
                ..object.clone()
            },
            |item| item.object.clone(),
        )
    }

    /// Which of these. Where something is taken away, nothing is offered that was not spoken of.
    fn ask_of(&self, slot: &Slot, objects: &[ObjectRef]) -> Stop {
        let destroys = self.playbook.risk >= Risk::Destroy;
        let is_one = |item: &&Item| objects.iter().any(|object| object.same_name(&item.object));
        let items: Vec<&Item> = self.inventory.items.iter().filter(is_one).collect();
        match items.len() {
            0 | 1 if destroys => self.ask_spoken(slot),
            0 | 1 => self.ask_workload(slot),
            _ => self.which(slot, &items),
        }
    }

    /// Which of what was spoken of before, as far as it may still be there.
    fn ask_spoken(&self, slot: &Slot) -> Stop {
        let mut spoken: Vec<Item> = Vec::new();
        for object in self.inventory.recent.iter().flatten().map(|object| self.as_it_is(object)) {
            let may_be = !object.kind.is_workload() || object.uid.is_some();
            if may_be && !spoken.iter().any(|known| known.object.same_name(&object)) {
                let item = self.item(&object).cloned();
                spoken.push(item.unwrap_or_else(|| Item::bare(object)));
            }
        }
        let mut stop = self.which(slot, &spoken.iter().collect::<Vec<_>>());
        if let (Resolution::Ask(question), true) = (stop.as_mut(), spoken.is_empty()) {
            question.text.push_str(" Say its name.");
        }
        stop
    }
}
