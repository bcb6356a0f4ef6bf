//! The object of a clause: a name, a pronoun, or everything.

use super::{
    attempt::{Attempt, DOUBTFUL, SLOT, Trial},
    mask::Mask,
    names::{self, Group},
};
use crate::{
    domain::{reading::SlotMention, risk::Risk},
    fallbacks::{Class, Phrase, Slot, SlotType},
};

impl Trial<'_> {
    /// The name of the object, a pronoun, or everything.
    pub(super) fn name(&self, explained: Mask, phrase: &Phrase, attempt: &mut Attempt) -> Mask {
        let frame = self.frame;
        let mut explained = explained;
        let slot = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of.names_object() && slot.preset.is_none() && !attempt.slots.contains_key(&slot.name));
        let scope = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of == SlotType::Scope && !attempt.slots.contains_key(&slot.name));
        let custom = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of == SlotType::Kind && !attempt.slots.contains_key(&slot.name));
        // The word that says what has keys says of what kind the named is as well.
        if self.playbook.slots.iter().any(|slot| slot.of == SlotType::Data) {
            explained = (0..frame.tokens.len())
                .filter(|n| names::is_kind(frame, *n))
                .fold(explained, |rest, n| rest.without(Mask::one(n)));
        }
        let mut groups = names::groups(frame, explained, self.playbook);
        if let Some(slot) = custom.filter(|_| phrase.cues.iter().any(|cue| !cue.optional))
            && let Some(at) = groups.iter().position(|group| group.may_be_kind(frame))
        {
            let group = groups.remove(at);
            explained = explained.with(group.mask);
            attempt.slots.insert(slot.name.clone(), SlotMention::Text(group.said.clone()));
            attempt.kind = group.mask;
            // A plural is rather a kind than the name of one object; if it is a name, the second half will know.
            attempt.score += SLOT + 1;
            attempt.doubtful = group.correctable;
        }
        // What stands after "in" is a place, when something else is named or nothing else can be.
        let stands_in = slot
            .filter(|slot| slot.required)
            .is_some_and(|slot| self.stand_in(explained, slot).is_some());
        if attempt.namespace.is_none()
            && let Some(at) = groups.iter().position(|group| group.within)
            && (groups.len() > 1 || stands_in || (slot.is_none() && scope.is_none()))
            && groups
                .get(at)
                .is_some_and(|group| group.kind.is_none() && !group.said.contains(' '))
        {
            let group = groups.remove(at);
            attempt.namespace = Some(group.said.clone());
            explained = explained.with(group.mask);
        }
        let new = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of == SlotType::Name && slot.required && !attempt.slots.contains_key(&slot.name));
        if let Some(slot) = new
            && let Some(at) = groups
                .iter()
                .position(|group| !group.said.contains([' ', '/']) && !group.correctable)
        {
            let group = groups.remove(at);
            attempt.slots.insert(slot.name.clone(), SlotMention::Text(frame.text(group.mask)));
            attempt.head = group.mask;
            attempt.score += SLOT;
            explained = explained.with(group.mask);
        }
        let chosen = match groups.len() {
            0 => None,
            _ => Some(groups.remove(0)),
        };
        match (chosen, slot, scope) {
            (Some(group), Some(slot), scope) => {
                let place = group.within && !slot.required;
                let slot = scope.filter(|_| place).unwrap_or(slot);
                explained = explained.with(self.take(&group, slot, attempt));
            }
            (Some(group), None, Some(scope)) => {
                explained = explained.with(self.take(&group, scope, attempt));
                if !group.within {
                    attempt.score -= SLOT / 2;
                }
            }
            (None, Some(slot), _) => {
                if let Some((mask, mention, kind)) = self.stand_in(explained, slot) {
                    // Pods and services belong to workloads; "all deployments" leaves the stateful sets alone.
                    let destroys = self.playbook.risk >= Risk::Destroy;
                    let counts = |kind: &String| destroys || kind.ends_with("sets") || kind == "deployments";
                    if let Some(kind) = kind.filter(|kind| mention != SlotMention::All || counts(kind)) {
                        attempt.slots.insert(format!("{}.kind", slot.name), SlotMention::Text(kind));
                    }
                    attempt.slots.insert(slot.name.clone(), mention);
                    attempt.head = mask;
                    attempt.score += if matches!(mention_of(attempt, slot), Some(SlotMention::All)) && !self.playbook.changes() {
                        SLOT / 4
                    } else {
                        SLOT / 2
                    };
                    explained = explained.with(mask);
                } else if slot.of == SlotType::Object && slot.required {
                    explained = explained.with(self.kind_alone(explained, slot, attempt));
                }
            }
            _ => {}
        }
        explained
    }

    /// "kill a pod": which one was not said, but what it is.
    fn kind_alone(&self, explained: Mask, slot: &Slot, attempt: &mut Attempt) -> Mask {
        let frame = self.frame;
        let kind = |n: usize| Some((n, frame.get(n)?.word(frame.lexicon)?.kind?));
        let mut free = (0..frame.tokens.len()).filter(|&n| !explained.has(n)).filter_map(kind);
        if let (Some((n, kind)), None) = (free.next(), free.next())
            && let Some(plural) = frame.lexicon.kinds.get(usize::from(kind))
        {
            attempt
                .slots
                .insert(format!("{}.kind", slot.name), SlotMention::Text(plural.clone()));
            // What is to be changed is not meant to be listed.
            if self.playbook.changes() {
                return Mask::one(n);
            }
        }
        Mask::EMPTY
    }

    fn take(&self, group: &Group, slot: &Slot, attempt: &mut Attempt) -> Mask {
        if slot.of.names_object() {
            attempt.head = group.whole;
            // "terminate a backend pod": any of them is none that was named.
            let first = group.whole.first().and_then(|n| n.checked_sub(1));
            // "label the backend pods": several, of which one was found.
            let several = |n: &usize| group.whole.has(*n) && self.frame.lower(*n) == "pods";
            if slot.of == SlotType::Object && self.playbook.changes() && (0..self.frame.tokens.len()).any(|n| several(&n)) {
                attempt.guess = Some("one of them was taken for all".to_owned());
            }
            if self.playbook.risk >= Risk::Destroy && first.is_some_and(|n| matches!(self.frame.lower(n), "a" | "an")) {
                attempt.guess = Some("any was taken for the only one".to_owned());
            }
        }
        attempt.score += SLOT;
        // A word that is nearly one we know: the error may be more likely than the name.
        if group.correctable && (!self.playbook.changes() || group.said.contains(' ')) {
            attempt.doubtful = true;
            attempt.score += DOUBTFUL;
        }
        let mention = SlotMention::Name {
            said: group.said.clone(),
            kind: group.kind.clone(),
        };
        attempt.slots.insert(slot.name.clone(), mention);
        group.whole
    }

    /// "it", "them", "everything".
    fn stand_in(&self, explained: Mask, slot: &Slot) -> Option<(Mask, SlotMention, Option<String>)> {
        let frame = self.frame;
        let free = |class: Class| (0..frame.tokens.len()).find(|&n| frame.is(n, class) && !explained.has(n));
        let with_kind = |n: usize| {
            let mut mask = Mask::one(n);
            let mut kind = None;
            let mut m = n + 1;
            while frame.is_article(m) || frame.is(m, Class::Generic) || names::is_kind_of_workload(frame, m) {
                if let Some(word) = frame.get(m).and_then(|token| token.word(frame.lexicon)) {
                    kind = kind.or_else(|| word.kind.and_then(|kind| frame.lexicon.kinds.get(usize::from(kind)).cloned()));
                }
                mask = mask.with(Mask::one(m));
                m += 1;
            }
            (mask, kind, m - n > 1)
        };
        let reads = !self.playbook.changes();
        if let Some(n) = free(Class::Them).filter(|&n| !reads || !frame.is(n, Class::Grammar)) {
            return Some((with_kind(n).0, SlotMention::Pronoun(frame.lower(n).to_owned()), None));
        }
        if let Some(n) = free(Class::All).filter(|_| slot.of != SlotType::DockerObject) {
            let (mask, kind, kinds) = with_kind(n);
            // In a question about everything, everything is the scope.
            if reads && !slot.required {
                return None;
            }
            if frame.lower(n) != "all" || kinds || !reads {
                return Some((mask, SlotMention::All, kind));
            }
        }
        if let Some(n) = free(Class::Every).filter(|_| slot.of != SlotType::DockerObject) {
            let (mask, kind, kinds) = with_kind(n);
            if kinds && slot.required && !matches!(frame.lower(n), "any" | "any of") {
                return Some((mask, SlotMention::All, kind));
            }
        }
        let n = free(Class::It).filter(|&n| !reads || !frame.is(n, Class::Grammar) || slot.required)?;
        let (mask, kind, _) = with_kind(n);
        let mention = SlotMention::Pronoun(frame.lower(n).to_owned());
        // "delete deployment it"
        let led = n
            .checked_sub(1)
            .filter(|&p| !explained.has(p))
            .and_then(|p| Some((p, names::kind_of_one(frame, p)?)));
        Some(match led {
            Some((p, kind)) => (mask.with(Mask::one(p)), mention, Some(kind)),
            // "delete this service" is no deployment that was spoken of.
            None => (mask, mention, kind.filter(|_| self.playbook.risk >= Risk::Destroy)),
        })
    }
}

fn mention_of<'m>(attempt: &'m Attempt, slot: &Slot) -> Option<&'m SlotMention> {
    attempt.slots.get(&slot.name)
}
