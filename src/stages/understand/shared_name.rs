//! A name that is said once for several clauses.

use super::{
    clause::Clause,
    mood,
    token::{Shape, Token},
    weave::Weaver,
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Playbook, SlotType},
};

impl Weaver<'_> {
    /// "show logs and events of backend", "restart backend and show the logs": a clause that only reads takes the name of its
    /// neighbour. A change must be told what it changes; only of several that set or remove variables one may say it for all.
    pub(super) fn share_names(&self, clauses: &mut [Clause]) {
        let names: Vec<_> = clauses.iter().map(|clause| self.name_of(clause)).collect();
        let one_name = names.iter().flatten().count() == 1 && clauses.iter().all(|clause| clause.has_slot(SlotType::Env, self.playbooks));
        for (n, clause) in clauses.iter_mut().enumerate() {
            if clause.linked {
                self.lend_object(
                    clause,
                    n.checked_sub(1).and_then(|before| names.get(before)).and_then(Option::as_ref),
                );
            }
            let Some(best) = clause.best.as_mut().filter(|best| best.is_clean()) else {
                continue;
            };
            let Some(playbook) = self.playbooks.at(best.playbook).filter(|playbook| one_name || !playbook.changes()) else {
                continue;
            };
            let Some(slot) = playbook
                .slots
                .iter()
                .find(|slot| slot.of.names_object() && best.missing.contains(&slot.name))
            else {
                continue;
            };
            // "wait five minutes and restart the backend": a time passes, nothing is waited for.
            if playbook
                .slots
                .iter()
                .any(|slot| slot.of == SlotType::Duration && best.slots.contains_key(&slot.name))
                && clause.tokens.iter().filter(|token| self.tells(token)).count() < 2
            {
                continue;
            }
            let near = n.checked_sub(1).and_then(|before| names.get(before)).cloned().flatten();
            if let Some(mention) = near.or_else(|| names.get(n + 1).cloned().flatten()) {
                best.missing.retain(|name| *name != slot.name);
                best.slots.insert(slot.name.clone(), mention);
            }
        }
    }

    /// A word that says what is done, or with what: no padding, number or unit of time.
    fn tells(&self, token: &Token) -> bool {
        token.shape == Shape::Word
            && !mood::is_padding(token, self.lexicon)
            && !token.is(self.lexicon, Class::Grammar)
            && token
                .word(self.lexicon)
                .is_none_or(|word| word.seconds.is_none() && word.number.is_none())
    }

    pub(super) fn name_of(&self, clause: &Clause) -> Option<SlotMention> {
        let best = clause.best.as_ref()?;
        let playbook: &Playbook = self.playbooks.at(best.playbook)?;
        let slot = playbook.slots.iter().find(|slot| slot.of.names_object() && slot.preset.is_none())?;
        best.slots.get(&slot.name).cloned()
    }
}
