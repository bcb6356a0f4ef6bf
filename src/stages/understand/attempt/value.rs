//! What in a clause fills a slot that names nothing.

use super::{
    super::{amount::Count, frame::Found, mask::Mask, names, number::Quantity},
    Attempt, Trial,
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Slot, SlotType},
};

impl Trial<'_> {
    /// What fills a slot that names nothing: the words, and the mention unless the value is bad.
    pub(super) fn value(&self, slot: &Slot, used: Mask, attempt: &mut Attempt) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        if !slot.beside.is_empty() {
            let found = super::super::beside::find(frame, slot, used).map(|(mask, mention)| (mask, Some(mention)));
            if found.is_some() || !matches!(slot.of, SlotType::Image | SlotType::Namespace) {
                return found;
            }
        }
        let free = |mask: Mask| !mask.meets(used);
        match slot.of {
            SlotType::Count => self.count(slot, used, attempt),
            SlotType::Number => self.number(used, attempt),
            SlotType::Duration => {
                let found = frame.spans.iter().find(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Seconds(found.value))))
            }
            SlotType::Image => self.image(slot, used, attempt),
            SlotType::Env | SlotType::Data => {
                let found = frame.env.as_ref().filter(|found| free(found.mask))?;
                // "add A=1 to configmap x", and not "add a configmap x with A=1".
                let fits = match slot.of {
                    // What is removed is known by the form of the request alone.
                    SlotType::Data => found.value.iter().all(|change| change.value.is_some()) && !names::is_made_with(frame, found.mask),
                    _ => !names::is_put_into(frame, found.mask) || !self.makes_one(),
                };
                fits.then(|| (found.mask, Some(SlotMention::Env(found.value.clone()))))
            }
            SlotType::Container => {
                let found = frame.container.as_ref().filter(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Text(found.value.clone()))))
            }
            SlotType::Selector => {
                let found = frame.selector.as_ref().filter(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Text(found.value.clone()))))
            }
            SlotType::Kind => self.kind(used),
            SlotType::Flag => {
                let mask = frame
                    .concepts()
                    .flat_map(|concept| self.playbooks.flags_set_by(concept, self.index).map(move |slot| (concept, slot)))
                    .filter(|(_, index)| self.playbook.slots.get(*index).is_some_and(|s| s.name == slot.name))
                    .flat_map(|(concept, _)| frame.positions(concept))
                    .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)));
                (!mask.is_empty()).then_some((mask, Some(SlotMention::Flag(true))))
            }
            SlotType::Text | SlotType::Name => {
                let n = (0..frame.tokens.len()).find(|&n| !used.has(n) && frame.get(n).is_some_and(|token| token.quoted))?;
                Some((Mask::one(n), frame.get(n).map(|token| SlotMention::Text(token.text.clone()))))
            }
            SlotType::Namespace => {
                let found = frame.namespace.as_ref().filter(|found| slot.required && free(found.mask))?;
                Some((found.mask, Some(SlotMention::Text(found.value.clone()))))
            }
            SlotType::Workload
            | SlotType::Object
            | SlotType::Scope
            | SlotType::Quantity
            | SlotType::Path
            | SlotType::Order
            | SlotType::Variables
            | SlotType::DockerContainer
            | SlotType::Words => None,
            SlotType::DockerImage | SlotType::DockerObject => {
                let found = frame.images.iter().find(|found| free(found.mask) && !found.value.is_empty())?;
                let (said, kind) = (found.value.clone(), Some("image".to_owned()));
                Some((found.mask, Some(SlotMention::Name { said, kind })))
            }
            SlotType::DockerRef => {
                let found = frame.images.iter().rfind(|found| free(found.mask) && !found.value.is_empty())?;
                let said = found.value.clone();
                Some((found.mask, Some(SlotMention::Name { said, kind: None })))
            }
            SlotType::Field => super::super::beside::field(frame, used),
            SlotType::Ports => super::super::docker::ports(frame, used),
            SlotType::PodPorts => super::super::pod_ports::find(frame, used),
            SlotType::Folder => super::super::docker::path(frame, slot, used),
            SlotType::DockerName => super::super::docker::name_given(frame, used),
        }
    }

    /// The playbook makes something new, with a name of its own.
    fn makes_one(&self) -> bool {
        let is_name = |slot: &Slot| slot.of == SlotType::Name && slot.required;
        self.playbook.slots.iter().any(is_name)
    }

    /// A word for a kind; the last one, when one is used of another ("pods of the deployment" – the first).
    fn kind(&self, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let n = (0..frame.tokens.len()).find(|&n| {
            !used.has(n)
                && frame.get(n).is_some_and(|token| token.word(frame.lexicon).is_some_and(|word| word.kind.is_some()))
                // "deploy my app" is a verb, "get deploy" is a kind.
                && (frame.lower(n) != "deploy" || (n > 0 && frame.is(n - 1, Class::Asking)))
                && !names::is_of_one(frame, n)
        })?;
        let kind = frame.get(n)?.word(frame.lexicon)?.kind?;
        let plural = frame.lexicon.kinds.get(usize::from(kind))?;
        Some((Mask::one(n), Some(SlotMention::Text(plural.clone()))))
    }

    /// A number of replicas, and what was said beside it: how many there are now, and which way.
    fn count(&self, slot: &Slot, used: Mask, attempt: &mut Attempt) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let free = |mask: Mask| !mask.meets(used);
        let found = frame.counts.iter().find(|found| free(found.mask))?;
        let mut mask = found.mask;
        if let Some(before) = frame.count_before.as_ref().filter(|_| matches!(found.value, Count::Is(_))) {
            mask = mask.with(before.mask);
            attempt
                .slots
                .insert(format!("{}.before", slot.name), SlotMention::Number(before.value));
        }
        let mut also = |key: &str, mention| attempt.slots.insert(format!("{}.{key}", slot.name), mention);
        if frame.tokens.iter().any(|token| token.lower == "keep") {
            also("way", SlotMention::Text("keep".to_owned()));
        } else if frame.way != 0 {
            also("way", SlotMention::Text(if frame.way > 0 { "up" } else { "down" }.to_owned()));
        }
        match found.value {
            Count::Is(amount) => Some((mask, Some(SlotMention::Count(amount)))),
            Count::Unclear(candidates) => {
                for (key, amount) in ["maybe", "or"].into_iter().zip(candidates) {
                    if let Some(amount) = amount {
                        also(key, SlotMention::Count(amount));
                    }
                }
                Some((mask, None))
            }
            Count::Bad(why) => {
                attempt.bad = Some((mask, why));
                Some((mask, None))
            }
        }
    }

    /// A number of lines.
    fn number(&self, used: Mask, attempt: &mut Attempt) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let free = |mask: Mask| !mask.meets(used);
        let found = frame.lines.iter().find(|found| free(found.mask))?;
        match found.value {
            Quantity::Between(number, same) if number == same => Some((found.mask, Some(SlotMention::Number(number)))),
            Quantity::Is(number) | Quantity::Plus(number) => Some((found.mask, Some(SlotMention::Number(number)))),
            _ => {
                let first = found.mask.first().is_some_and(|n| frame.lower(n) == "first");
                let why = if first {
                    "only the last lines of a log can be shown"
                } else {
                    "a number of lines is a whole number"
                };
                attempt.bad = Some((found.mask, why));
                Some((found.mask, None))
            }
        }
    }

    /// The image that is to be, and the one that is there.
    fn image(&self, slot: &Slot, used: Mask, attempt: &mut Attempt) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let free = |mask: Mask| !mask.meets(used);
        let said = |found: &Found<String>| Some(SlotMention::Text(found.value.clone())).filter(|_| !found.value.is_empty());
        let there = self
            .playbook
            .slots
            .iter()
            .any(|slot| slot.of == SlotType::Workload && slot.required);
        let mut images = frame.images.iter().filter(|found| free(found.mask));
        let before = images.clone().find(|found| there && super::super::image::is_left(frame, found));
        let Some(before) = before else {
            let found = images.next()?;
            return Some((found.mask, said(found)));
        };
        // "from v1 to v2"; "from v1" alone does not say to which.
        let key = format!("{}.before", slot.name);
        attempt.slots.insert(key, SlotMention::Text(before.value.clone()));
        let next = images.find(|found| !super::super::image::is_left(frame, found));
        let mask = next.map_or(before.mask, |next| before.mask.with(next.mask));
        Some((mask, next.and_then(said)))
    }
}
