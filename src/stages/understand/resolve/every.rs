//! "Everything", "all deployments", "everything except api", `-l app=web`: objects that are taken together.

use super::super::{refuse::declined, spare};
use super::{Found, Named, Resolver, Stop};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason, Resolution},
        inventory::Item,
        kind::Kind,
        reading::SlotMention,
        risk::Risk,
        selector::Labels,
    },
    fallbacks::{Slot, SlotType},
};

/// More objects than anybody reads through are not changed at once.
const MOST: usize = 100;

/// Of what was done to several things at several times.
const ONE_BY_ONE: &str = "One request is taken back at a time: `todo-agent undo` takes back the last one, `todo-agent undo ID` the one of that \
    record (`todo-agent transcript list`)";

impl Resolver<'_> {
    /// "Undo everything" is what was asked for here, and no rollout of everybody's workloads.
    fn takes_all_back(&self) -> bool {
        let says = |word: &str| self.reading.clause.to_lowercase().split_whitespace().any(|said| said == word);
        let of_kind = self.reading.slots.keys().any(|slot| slot.ends_with(".kind"));
        let of_rollouts = of_kind || ["rollout", "rollouts", "roll", "rollback"].into_iter().any(says);
        self.playbook.name == "rollout-undo" && !of_rollouts && !self.reading.typed
    }

    /// Every workload of the namespace, or every one of the kind that was said.
    pub(super) fn everything(&self, slot: &Slot) -> Result<Named, Stop> {
        if self.takes_all_back() {
            return Err(Box::new(Resolution::Declined(Declined {
                why: Some(ONE_BY_ONE.to_owned()),
                unexplained: vec![self.reading.clause.trim().to_owned()],
                ..declined(DeclinedReason::NotBuilt)
            })));
        }
        let labels = match self.reading.slots.get(&format!("{}.labels", slot.name)) {
            Some(SlotMention::Text(selector)) => Some((selector, Labels::read(selector).unwrap_or_default())),
            _ => None,
        };
        // What is taken away is named, each by its name, or selected as typed.
        if self.playbook.risk >= Risk::Destroy && labels.is_none() {
            return Err(self.ask_object(slot));
        }
        let here = self.here();
        let kind = match self.reading.slots.get(&format!("{}.kind", slot.name)) {
            Some(SlotMention::Text(word)) => Some(self.kind_word(word)?),
            _ => None,
        };
        let of_workloads = kind.is_none() || (slot.of == SlotType::Workload && labels.is_none());
        let items: Vec<&Item> = self
            .inventory
            .items
            .iter()
            .filter(|item| item.object.kind.is_workload() || !of_workloads)
            .filter(|item| item.object.namespace.as_deref().is_none_or(|of| of == here))
            .filter(|item| kind.as_ref().is_none_or(|kind| item.object.kind == *kind))
            .filter(|item| {
                let label = |key: &str| item.labels.get(key).map(String::as_str);
                labels.as_ref().is_none_or(|(_, labels)| labels.matches(label))
            })
            .filter(|item| !self.is_left_out(item))
            .collect();
        if items.is_empty() {
            let what = kind.as_ref().map_or_else(|| "workload".to_owned(), Kind::singular);
            let told = match &labels {
                Some((selector, _)) => format!("No {what} in namespace {here} has the labels {selector}"),
                None => format!("No {what} runs in namespace {here}"),
            };
            return Err(self.unknown(self.reading.clause.trim(), Vec::new(), &told));
        }
        if items.len() > MOST {
            return Err(Box::new(Resolution::Declined(Declined {
                why: Some(format!("That is {} objects; more than {MOST} are not taken together", items.len())),
                ..declined(DeclinedReason::BadValue)
            })));
        }
        if labels.is_some() {
            return Ok(Named {
                objects: items.iter().map(|item| item.object.clone()).collect(),
                ..Named::default()
            });
        }
        // A workload may be called "all".
        let clause = self.reading.clause.to_lowercase();
        let called = |item: &&&Item| clause.split_whitespace().any(|word| word == item.object.name);
        let namesakes: Vec<&Item> = items.iter().filter(called).copied().collect();
        if !namesakes.is_empty() {
            return Err(self.which(slot, &items));
        }
        Ok(Named {
            objects: items.iter().map(|item| item.object.clone()).collect(),
            ..Named::default()
        })
    }

    /// "… except api".
    pub(super) fn is_left_out(&self, item: &Item) -> bool {
        spare::leaves_out(&self.reading.slots)
            && spare::names(&self.reading.slots).into_iter().any(|said| {
                if said == item.object.name {
                    return true;
                }
                let is_one = |known: &Item| known.object.same_name(&item.object);
                match self.look().find(said, None, &|known| known.object.kind == item.object.kind) {
                    Found::One(one) => is_one(one),
                    Found::Several(some) | Found::Similar(some) => some.into_iter().any(is_one),
                    Found::Elsewhere(_) | Found::Nothing => false,
                }
            })
    }
}
