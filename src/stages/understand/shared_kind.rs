//! "Delete services a and b": the kind that is said once is that of all the names that share its verb.

use super::{attempt::Attempt, clause::Clause, token::Token, weave::Weaver};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Playbook, SlotType},
};

/// What bears these names is found without its kind.
const PLAIN: [&str; 5] = ["pods", "deployments", "statefulsets", "daemonsets", "replicasets"];

impl Weaver<'_> {
    /// Only a plural says it of several; where one was spoken of, a change of the next is asked about.
    pub(super) fn share_kinds(&self, clauses: &mut [Clause]) {
        let mut several = false;
        for n in 1..clauses.len() {
            let (before, after) = clauses.split_at_mut(n);
            let (Some(before), Some(after)) = (before.last(), after.first_mut()) else {
                return;
            };
            let Some(kind) = self
                .kind_said(before)
                .filter(|kind| after.elliptic && !PLAIN.contains(&kind.as_str()))
            else {
                continue;
            };
            if before.tokens.iter().any(|token| self.is_of(token, &kind)) {
                several = before.tokens.iter().any(|token| token.lower == kind);
            }
            let Some(best) = after.best.as_mut() else { continue };
            let changes = self.playbooks.at(best.playbook).is_some_and(Playbook::changes);
            let Some(SlotMention::Name { kind: none @ None, .. }) = self.object(best).and_then(|slot| best.slots.get_mut(&slot)) else {
                continue;
            };
            *none = Some(kind.clone());
            if changes && !several {
                best.guess = Some(format!("both taken to be {kind}"));
            }
        }
        self.share_kinds_behind(clauses);
    }

    /// "Delete the a and b services": a plural behind the last of the names.
    fn share_kinds_behind(&self, clauses: &mut [Clause]) {
        for n in (1..clauses.len()).rev() {
            let (before, after) = clauses.split_at_mut(n);
            let (Some(before), Some(after)) = (before.last_mut(), after.first()) else {
                return;
            };
            let several = |kind: &String| after.elliptic && after.tokens.last().is_some_and(|token| token.lower == *kind);
            let Some(kind) = self.kind_said(after).filter(several).filter(|kind| !PLAIN.contains(&kind.as_str())) else {
                continue;
            };
            let Some(best) = before.best.as_mut() else { continue };
            if let Some(SlotMention::Name { kind: none @ None, .. }) = self.object(best).and_then(|slot| best.slots.get_mut(&slot)) {
                *none = Some(kind);
            }
        }
    }

    fn object(&self, best: &Attempt) -> Option<String> {
        let slots = &self.playbooks.at(best.playbook)?.slots;
        slots.iter().find(|slot| slot.of == SlotType::Object).map(|slot| slot.name.clone())
    }

    fn kind_said(&self, clause: &Clause) -> Option<String> {
        let best = clause.best.as_ref()?;
        match best.slots.get(&self.object(best)?)? {
            SlotMention::Name { kind, .. } => kind.clone(),
            _ => None,
        }
    }

    fn is_of(&self, token: &Token, kind: &str) -> bool {
        let said = token
            .word(self.lexicon)
            .and_then(|word| self.lexicon.kinds.get(usize::from(word.kind?)));
        said.is_some_and(|plural| plural == kind)
    }
}
