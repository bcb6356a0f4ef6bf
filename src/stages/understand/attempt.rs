//! One playbook tried on one clause: which words it explains, which slots they fill, and which words nothing explains.

mod value;

use std::collections::BTreeMap;

use super::{
    cues::{Cues, cues},
    frame::Frame,
    mask::Mask,
    say::Where,
    token::Shape,
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Phrase, Playbook, Playbooks, SlotType},
};

/// The result of trying one phrase.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Index of the playbook.
    pub playbook: usize,
    pub score: i32,
    pub slots: BTreeMap<String, SlotMention>,
    /// Required slots without a value.
    pub missing: Vec<String>,
    /// Words that nothing explained.
    pub unexplained: Mask,
    /// A value that cannot be: the words, and why.
    pub bad: Option<(Mask, &'static str)>,
    pub namespace: Option<String>,
    pub context: Option<String>,
    /// A change whose verb is no order: "restarting backend", "backend was restarted".
    pub statement: bool,
    /// The tokens of the name.
    pub head: Mask,
    /// The tokens of the kind that is listed.
    pub kind: Mask,
    /// The name was taken although a typing error is more likely.
    pub doubtful: bool,
    /// All its words are light ones ("show"), so that another playbook may know more.
    pub light: bool,
    /// What was taken to be meant without being said. A change is asked about.
    pub guess: Option<String>,
}

impl Attempt {
    /// What another clause may put something else in the place of: the kind, else the name.
    pub(super) const fn unit(&self) -> Mask {
        if self.kind.is_empty() { self.head } else { self.kind }
    }

    /// Where, as far as it was said.
    pub(super) fn place(&self) -> Where<'_> {
        Where {
            namespace: self.namespace.as_deref(),
            context: self.context.as_deref(),
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.unexplained.is_empty() && self.bad.is_none()
    }
}

/// What a filled slot is worth; the unit is a tenth of a point.
pub(super) const SLOT: i32 = 20;
const KIND: i32 = 8;
/// A content word that nothing explains costs more than any phrase can gain.
const UNEXPLAINED: i32 = -200;
const MISSING: i32 = -30;
/// A kind that could be listed, and that this reading only lets stand.
const PASSED_OVER: i32 = -12;
const UNFILLED: i32 = -15;
const JUDGEMENT: i32 = 10;
pub(super) const DOUBTFUL: i32 = -15;

/// All playbooks that may explain the clause, each with its best phrase, best first.
pub(super) fn attempts(frame: &Frame<'_>, playbooks: &Playbooks, judging: bool) -> Vec<Attempt> {
    let mut tried: Vec<(usize, usize)> = playbooks.phrases_for(frame.concepts()).collect();
    tried.sort_unstable();
    tried.dedup();
    let mut best: Vec<Attempt> = Vec::new();
    for (index, number) in tried {
        let Some(playbook) = playbooks.at(index) else { continue };
        let Some(phrase) = playbook.phrases.get(number) else { continue };
        let Some(cues) = cues(frame, phrase, playbook) else { continue };
        let attempt = Trial {
            frame,
            playbooks,
            playbook,
            index,
            judging,
        }
        .run(phrase, &cues);
        // A phrase without words of its own lives by its kind.
        if cues.mask.is_empty()
            && !attempt
                .slots
                .keys()
                .any(|name| playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Kind))
        {
            continue;
        }
        match best.iter_mut().find(|known| known.playbook == index) {
            Some(known) if known.score >= attempt.score => {}
            Some(known) => *known = attempt,
            None => best.push(attempt),
        }
    }
    best.sort_by_key(|attempt| -attempt.score);
    best
}

pub(super) struct Trial<'a> {
    pub frame: &'a Frame<'a>,
    pub playbooks: &'a Playbooks,
    pub playbook: &'a Playbook,
    pub index: usize,
    pub judging: bool,
}

impl Trial<'_> {
    pub(super) fn run(&self, phrase: &Phrase, cues: &Cues) -> Attempt {
        let mut attempt = Attempt {
            playbook: self.index,
            score: cues.score,
            slots: BTreeMap::new(),
            missing: Vec::new(),
            unexplained: Mask::EMPTY,
            bad: None,
            namespace: None,
            context: None,
            statement: cues.statement || (self.playbook.changes() && super::cues::tells(self.frame)),
            head: Mask::EMPTY,
            kind: Mask::EMPTY,
            doubtful: false,
            light: cues.light,
            guess: None,
        };
        let mut explained = cues.mask;
        explained = explained.with(self.places(&mut attempt));
        explained = explained.with(self.flags(&mut attempt));
        let mut used = explained.without(cues.mask);
        for slot in self
            .playbook
            .slots
            .iter()
            .filter(|slot| slot.preset.is_none() && !attempt.slots.contains_key(&slot.name))
            .collect::<Vec<_>>()
        {
            if let Some((mask, mention)) = self.value(slot, used, &mut attempt) {
                used = used.with(mask);
                explained = explained.with(mask);
                attempt.score += match slot.of {
                    // "which image …": the word counts as one of the phrase already.
                    SlotType::Flag if mask.without(cues.mask).is_empty() => 0,
                    SlotType::Kind => KIND,
                    // Nothing else is written like one.
                    SlotType::Field => SLOT * 2,
                    _ => SLOT,
                };
                if slot.of == SlotType::Kind {
                    attempt.kind = mask;
                }
                if let Some(mention) = mention {
                    attempt.slots.insert(slot.name.clone(), mention);
                }
            }
        }
        explained = explained.with(self.directions(&attempt));
        explained = self.name(explained, phrase, &mut attempt);
        for slot in &self.playbook.slots {
            if let Some(preset) = &slot.preset {
                attempt.slots.insert(slot.name.clone(), preset.clone());
            } else if slot.required && !attempt.slots.contains_key(&slot.name) && attempt.bad.is_none() {
                attempt.missing.push(slot.name.clone());
                attempt.score += MISSING;
            }
        }
        for slot in phrase.slots.iter().filter_map(|slot| self.playbook.slots.get(*slot)) {
            if !attempt.slots.contains_key(&slot.name) {
                attempt.score += UNFILLED;
            }
        }
        if self.judging && self.playbook.domain == "analysis" {
            attempt.score += JUDGEMENT;
        }
        attempt.unexplained = self.whole_mentions(self.left_over(explained, attempt.head, &attempt), explained);
        let passed_over = (0..self.frame.tokens.len()).filter(|&n| {
            let kind = self
                .frame
                .get(n)
                .and_then(|token| token.word(self.frame.lexicon))
                .is_some_and(|word| word.kind.is_some());
            kind && !explained.has(n) && self.playbook.domain != "analysis"
        });
        attempt.score += PASSED_OVER * i32::try_from(passed_over.count()).unwrap_or_default();
        attempt.score += UNEXPLAINED * i32::try_from(attempt.unexplained.count()).unwrap_or_default();
        attempt
    }

    /// Namespace and context belong to every playbook of a cluster; all namespaces only to one that has a scope.
    fn places(&self, attempt: &mut Attempt) -> Mask {
        let frame = self.frame;
        let mut mask = Mask::EMPTY;
        // The name of a namespace that is to be made is no place.
        let makes_one = self
            .playbook
            .slots
            .iter()
            .any(|slot| slot.of == SlotType::Namespace && slot.required);
        if let Some(found) = frame.namespace.as_ref().filter(|_| !makes_one) {
            attempt.namespace = Some(found.value.to_lowercase());
            mask = mask.with(found.mask);
        }
        mask = frame.here.map_or(mask, |here| mask.with(here));
        if let Some(found) = &frame.context {
            attempt.context = Some(found.value.clone());
            mask = mask.with(found.mask);
        }
        let scope = self.playbook.slots.iter().find(|slot| slot.of == SlotType::Scope);
        match (&frame.everywhere, scope) {
            (Some(found), Some(scope)) if !found.mask.meets(mask) => {
                attempt.slots.insert(scope.name.clone(), SlotMention::All);
                mask = mask.with(found.mask);
            }
            // "restart backend in the cluster" says nothing; "restart backend in all namespaces" does.
            (Some(found), None) if found.mask.last().is_some_and(|n| frame.is(n, Class::Cluster)) => mask = mask.with(found.mask),
            _ => {}
        }
        if let (Some(found), Some(scope)) = (&frame.selector, scope) {
            attempt.slots.insert(scope.name.clone(), SlotMention::Text(found.value.clone()));
            mask = mask.with(found.mask);
        }
        mask
    }

    /// Flags that the playbook's slots declare.
    fn flags(&self, attempt: &mut Attempt) -> Mask {
        let frame = self.frame;
        let mut mask = Mask::EMPTY;
        for n in 0..frame.tokens.len() {
            let Some(Shape::Flag(name, value)) = frame.get(n).map(|token| &token.shape) else {
                continue;
            };
            let Some(slot) = self.playbook.slots.iter().find(|slot| slot.flags.iter().any(|flag| flag == name)) else {
                continue;
            };
            if slot.of == SlotType::Flag {
                attempt
                    .slots
                    .insert(slot.name.clone(), SlotMention::Flag(value.as_deref() != Some("false")));
                mask = mask.with(Mask::one(n));
                continue;
            }
            let next = frame.get(n + 1).map(|token| token.text.clone());
            let (text, taken) = match value {
                Some(value) => (Some(value.clone()), Mask::one(n)),
                None => (next, Mask::range(n..n + 2)),
            };
            let Some(text) = text else { continue };
            match super::flag::mention(slot.of, &text) {
                Ok(Some(mention)) => {
                    attempt.slots.insert(slot.name.clone(), mention);
                    attempt.score += SLOT;
                    mask = mask.with(taken);
                }
                Ok(None) => {}
                Err(why) => {
                    attempt.bad = Some((taken, why));
                    mask = mask.with(taken);
                }
            }
        }
        mask
    }

    /// "up", "down", "more" where a number of replicas is spoken of.
    fn directions(&self, attempt: &Attempt) -> Mask {
        let counts = self.playbook.slots.iter().any(|slot| slot.of == SlotType::Count);
        let reads = !self.playbook.changes();
        let more_alone = attempt.slots.values().any(|mention| matches!(mention, SlotMention::Count(_)));
        (0..self.frame.tokens.len())
            .filter(|&n| {
                let way = self.frame.is(n, Class::Up) || self.frame.is(n, Class::Down);
                let more = self.frame.is(n, Class::More);
                let fewer = self.frame.is(n, Class::Fewer);
                // "more about it" asks for more to be told; "more pods" for more pods.
                let told = reads && more && !self.frame.is_replica(n + 1);
                (way && (counts || reads)) || told || ((more || fewer) && counts && more_alone)
            })
            .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
    }
}
