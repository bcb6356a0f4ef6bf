//! "Grep POST in the backend logs": a name behind "in" that is a workload's and no namespace's is that workload.

use super::super::refuse::declined;
use super::{Found, Look, Resolver, Stop, ask, say};
use crate::domain::{
    intent::{Declined, DeclinedReason, Resolution},
    inventory::Item,
    reading::SlotMention,
};

impl Resolver<'_> {
    /// The request with that workload: what was taken for a name before is not understood, and without one it is asked.
    pub(super) fn in_workload(&self, place: &str) -> Option<Stop> {
        if self.reading.typed || self.says_namespace() {
            return None;
        }
        let look = Look {
            strict: false,
            ..self.look()
        };
        let workload = |item: &Item| item.object.kind.is_workload();
        let Found::One(item) = look.find(place, None, &workload) else {
            return None;
        };
        let slot = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of.names_object() && slot.preset.is_none())?;
        let mut slots = self.reading.slots.clone();
        let before = slots.insert(slot.name.clone(), ask::named(item));
        let request = say::request(self.playbook, &slots, say::Where::default());
        let Some(SlotMention::Name { said, .. }) = before else {
            let text = format!("{}?", say::capital(request.as_deref()?));
            return Some(self.confirm(text, request, &slot.name));
        };
        // "Restart cart in the backend": two workloads, and neither is in the other.
        if !matches!(look.find(&said, None, &workload), Found::Nothing) {
            return None;
        }
        Some(Box::new(Resolution::Declined(Declined {
            suggestions: request.iter().filter(|_| !self.playbook.changes()).cloned().collect(),
            understood: request.map(Into::into),
            unexplained: vec![said],
            ..declined(DeclinedReason::NotUnderstood)
        })))
    }

    /// `-n backend`, "in namespace backend": nothing else is meant.
    fn says_namespace(&self) -> bool {
        let said = |word: &str| word.starts_with("-n") || word.starts_with("--n") || word.starts_with("namespace") || word == "ns";
        self.reading.clause.to_lowercase().split_whitespace().any(said)
    }
}
