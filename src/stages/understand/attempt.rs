//! One playbook tried on one clause: which words it explains, which slots they fill, and which words nothing explains.

use std::collections::BTreeMap;

use super::{
    amount::Count,
    frame::Frame,
    mask::Mask,
    names::{self, Group},
    token::{Quantity, Shape},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Concept, Form, Phrase, Playbook, Playbooks, Slot, SlotType},
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
    /// The tokens of the name, for clauses that share a frame.
    pub head: Mask,
    /// The name was taken although a typing error is more likely.
    pub doubtful: bool,
    /// All its words are light ones ("show"), so that another playbook may know more.
    pub light: bool,
}

impl Attempt {
    pub(super) fn is_clean(&self) -> bool {
        self.unexplained.is_empty() && self.bad.is_none()
    }
}

/// What a filled slot is worth; the unit is a tenth of a point.
const SLOT: i32 = 20;
const KIND: i32 = 15;
/// A content word that nothing explains costs more than any phrase can gain.
const UNEXPLAINED: i32 = -200;
const MISSING: i32 = -30;
const UNFILLED: i32 = -10;
const JUDGEMENT: i32 = 10;
const DOUBTFUL: i32 = -15;

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

/// The words of a phrase found in the clause.
struct Cues {
    mask: Mask,
    score: i32,
    /// No necessary word of it stands as an order does.
    statement: bool,
    light: bool,
}

/// `None` when a necessary word is missing.
fn cues(frame: &Frame<'_>, phrase: &Phrase, playbook: &Playbook) -> Option<Cues> {
    let mut found = Cues {
        mask: Mask::EMPTY,
        score: 0,
        statement: false,
        light: true,
    };
    let mut acted = false;
    let mut formed = false;
    for cue in &phrase.cues {
        let mut here = Mask::EMPTY;
        for concept in &cue.any {
            for n in frame.positions(*concept) {
                let Some(form) = form(frame, n, *concept) else { continue };
                if playbook.changes() && !cue.optional {
                    // "It restarts" is no order, and neither is "it was restarted" unless somebody wants it so.
                    if form == Form::Third {
                        continue;
                    }
                    formed = true;
                    acted |= matches!(form, Form::Base) || (form == Form::Plain && !is_act(frame, n)) || wanted(frame, n);
                }
                here = here.with(Mask::one(n));
            }
        }
        // One word cannot be two cues.
        let fresh = here.without(found.mask);
        match (fresh.is_empty(), cue.optional) {
            (true, true) => {}
            (true, false) => return None,
            (false, _) => {
                found.mask = found.mask.with(fresh);
                found.score += cue.weight;
                found.light &= cue.weight < 20;
            }
        }
    }
    found.statement = formed && !acted;
    Some(found)
}

fn form(frame: &Frame<'_>, n: usize, concept: Concept) -> Option<Form> {
    frame.get(n)?.word(frame.lexicon)?.form_of(concept)
}

/// The word is a verb in another meaning of it.
fn is_act(frame: &Frame<'_>, n: usize) -> bool {
    frame.get(n).and_then(|token| token.word(frame.lexicon)).is_some_and(|word| {
        word.concepts
            .iter()
            .any(|(_, form)| matches!(form, Form::Past | Form::Gerund | Form::Third))
    })
}

/// "Needs to be restarted", "I want it restarted", "would you mind restarting".
fn wanted(frame: &Frame<'_>, n: usize) -> bool {
    (0..n).any(|m| frame.is(m, Class::Order) || matches!(frame.lower(m), "get" | "have" | "do" | "perform" | "start" | "trigger"))
}

struct Trial<'a> {
    frame: &'a Frame<'a>,
    playbooks: &'a Playbooks,
    playbook: &'a Playbook,
    index: usize,
    judging: bool,
}

impl Trial<'_> {
    fn run(&self, phrase: &Phrase, cues: &Cues) -> Attempt {
        let mut attempt = Attempt {
            playbook: self.index,
            score: cues.score,
            slots: BTreeMap::new(),
            missing: Vec::new(),
            unexplained: Mask::EMPTY,
            bad: None,
            namespace: None,
            context: None,
            statement: cues.statement,
            head: Mask::EMPTY,
            doubtful: false,
            light: cues.light,
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
                attempt.score += if slot.of == SlotType::Kind { KIND } else { SLOT };
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
        attempt.unexplained = self.left_over(explained, attempt.head, &attempt);
        attempt.score += UNEXPLAINED * i32::try_from(attempt.unexplained.count()).unwrap_or_default();
        attempt
    }

    /// Namespace and context belong to every playbook of a cluster; all namespaces only to one that has a scope.
    fn places(&self, attempt: &mut Attempt) -> Mask {
        let frame = self.frame;
        let mut mask = Mask::EMPTY;
        if let Some(found) = &frame.namespace {
            attempt.namespace = Some(found.value.to_lowercase());
            mask = mask.with(found.mask);
        }
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

    /// What fills a slot that names nothing: the words, and the mention unless the value is bad.
    fn value(&self, slot: &Slot, used: Mask, attempt: &mut Attempt) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let free = |mask: Mask| !mask.meets(used);
        match slot.of {
            SlotType::Count => {
                let found = frame.counts.iter().find(|found| free(found.mask))?;
                let mut mask = found.mask;
                if let Some(before) = frame.count_before.as_ref().filter(|_| matches!(found.value, Count::Is(_))) {
                    mask = mask.with(before.mask);
                    attempt
                        .slots
                        .insert(format!("{}.before", slot.name), SlotMention::Number(before.value));
                }
                match found.value {
                    Count::Is(amount) => Some((mask, Some(SlotMention::Count(amount)))),
                    Count::Unclear(_) => Some((mask, None)),
                    Count::Bad(why) => {
                        attempt.bad = Some((mask, why));
                        Some((mask, None))
                    }
                }
            }
            SlotType::Number => {
                let found = frame.lines.iter().find(|found| free(found.mask))?;
                match found.value {
                    Quantity::Is(number) | Quantity::Plus(number) => Some((found.mask, Some(SlotMention::Number(number)))),
                    _ => {
                        attempt.bad = Some((found.mask, "a number of lines is a whole number"));
                        Some((found.mask, None))
                    }
                }
            }
            SlotType::Duration => {
                let found = frame.spans.iter().find(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Seconds(found.value))))
            }
            SlotType::Image => {
                let found = frame.images.iter().find(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Text(found.value.clone()))))
            }
            SlotType::Env => {
                let found = frame.env.as_ref().filter(|found| free(found.mask))?;
                Some((found.mask, Some(SlotMention::Env(found.value.clone()))))
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
            SlotType::Workload | SlotType::Object | SlotType::Namespace | SlotType::Scope => None,
        }
    }

    /// A word for a kind; the last one, when one is used of another ("pods of the deployment" – the first).
    fn kind(&self, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
        let frame = self.frame;
        let n = (0..frame.tokens.len()).find(|&n| {
            !used.has(n)
                && frame
                    .get(n)
                    .is_some_and(|token| token.word(frame.lexicon).is_some_and(|word| word.kind.is_some()))
        })?;
        let kind = frame.get(n)?.word(frame.lexicon)?.kind?;
        let plural = frame.lexicon.kinds.get(usize::from(kind))?;
        Some((Mask::one(n), Some(SlotMention::Text(plural.clone()))))
    }

    /// "up", "down", "more" where a number of replicas is spoken of.
    fn directions(&self, attempt: &Attempt) -> Mask {
        let counts = self.playbook.slots.iter().any(|slot| slot.of == SlotType::Count);
        let reads = !self.playbook.changes();
        let more_alone = attempt.slots.values().any(|mention| matches!(mention, SlotMention::Count(_)));
        (0..self.frame.tokens.len())
            .filter(|&n| {
                let way = self.frame.is(n, Class::Up) || self.frame.is(n, Class::Down);
                let more = self.frame.is(n, Class::More) || self.frame.is(n, Class::Fewer);
                (way && (counts || reads)) || (more && (reads || (counts && more_alone)))
            })
            .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
    }

    /// The name of the object, a pronoun, or everything.
    fn name(&self, explained: Mask, phrase: &Phrase, attempt: &mut Attempt) -> Mask {
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
        let mut groups = names::groups(frame, explained, self.playbook);
        if let Some(slot) = custom.filter(|_| phrase.cues.iter().any(|cue| !cue.optional))
            && let Some(at) = groups.iter().position(|group| group.may_be_kind(frame))
        {
            let group = groups.remove(at);
            explained = explained.with(group.mask);
            attempt.slots.insert(slot.name.clone(), SlotMention::Text(group.said.clone()));
            attempt.score += KIND;
        }
        // What stands after "in" is a place, when something else is named or nothing else can be.
        if attempt.namespace.is_none()
            && let Some(at) = groups.iter().position(|group| group.within)
            && (groups.len() > 1 || (slot.is_none() && scope.is_none()))
            && groups
                .get(at)
                .is_some_and(|group| group.kind.is_none() && !group.said.contains(' '))
        {
            let group = groups.remove(at);
            attempt.namespace = Some(group.said.clone());
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
                attempt.score -= SLOT / 2;
            }
            (None, Some(slot), _) => {
                if let Some((mask, mention)) = self.stand_in(explained, slot) {
                    attempt.slots.insert(slot.name.clone(), mention);
                    attempt.head = mask;
                    attempt.score += SLOT / 2;
                    explained = explained.with(mask);
                }
            }
            _ => {}
        }
        explained
    }

    fn take(&self, group: &Group, slot: &Slot, attempt: &mut Attempt) -> Mask {
        attempt.head = group.whole;
        attempt.score += SLOT;
        // A single light verb and a word that is nearly one we know: the error is more likely than the name.
        if attempt.light && !self.playbook.changes() && group.correctable {
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
    fn stand_in(&self, explained: Mask, slot: &Slot) -> Option<(Mask, SlotMention)> {
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
            return Some((with_kind(n).0, SlotMention::Pronoun(frame.lower(n).to_owned())));
        }
        if let Some(n) = free(Class::All) {
            let (mask, _, kinds) = with_kind(n);
            // In a question about everything, everything is the scope.
            if reads && !slot.required {
                return None;
            }
            if frame.lower(n) != "all" || kinds {
                return Some((mask, SlotMention::All));
            }
        }
        if let Some(n) = free(Class::Every) {
            let (mask, _, kinds) = with_kind(n);
            if kinds && slot.required && !matches!(frame.lower(n), "any" | "any of") {
                return Some((mask, SlotMention::All));
            }
        }
        let n = free(Class::It).filter(|&n| !reads || !frame.is(n, Class::Grammar) || slot.required)?;
        Some((with_kind(n).0, SlotMention::Pronoun(frame.lower(n).to_owned())))
    }

    /// Content words that neither the phrase nor a slot nor grammar accounts for.
    fn left_over(&self, explained: Mask, head: Mask, attempt: &Attempt) -> Mask {
        let frame = self.frame;
        let reads = !self.playbook.changes();
        let scoped = self.playbook.slots.iter().any(|slot| slot.of == SlotType::Scope)
            && !self.playbook.slots.iter().any(|slot| slot.of == SlotType::Kind);
        (0..frame.tokens.len())
            .filter(|&n| !explained.has(n) && !self.is_neutral(n, head, reads, scoped, attempt))
            .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
    }

    fn is_neutral(&self, n: usize, head: Mask, reads: bool, scoped: bool, attempt: &Attempt) -> bool {
        let frame = self.frame;
        let Some(token) = frame.get(n) else { return true };
        if matches!(token.shape, Shape::Symbol | Shape::Comma | Shape::Stop | Shape::QuestionMark) {
            return true;
        }
        let Some(word) = token.word(frame.lexicon) else { return false };
        let is = |class: Class| word.is(class);
        let beside_head =
            || head.last().is_some_and(|last| n == last + 1) || head.first().is_some_and(|first| n + 1 == first) || head.is_empty();
        let speaks = is(Class::Filler)
            || is(Class::Grammar)
            || is(Class::Order)
            || is(Class::Negation)
            || is(Class::Hypothesis)
            || is(Class::Wondering)
            || is(Class::Reason)
            || is(Class::And)
            || is(Class::Then)
            || is(Class::Or);
        let asked = is(Class::Me) && frame.previous_verb(n);
        let person = is(Class::Person)
            && n > 0
            && [Class::Hypothesis, Class::Wondering, Class::Order, Class::Question, Class::Condition]
                .iter()
                .any(|class| frame.is(n - 1, *class));
        if speaks || asked || person {
            return true;
        }
        if reads {
            return is(Class::Question)
                || (is(Class::Condition) && frame.wants_to_know(n))
                || is(Class::Asking)
                || is(Class::Generic)
                || is(Class::Every)
                || is(Class::It)
                || is(Class::Them)
                || (is(Class::All) && (scoped || attempt.light))
                || is(Class::Doing)
                || (is(Class::Past) && token.lower != "since")
                || (is(Class::Cluster) && scoped)
                || (scoped && names::is_kind_of_workload(frame, n));
        }
        is(Class::Doing) && token.word(frame.lexicon).is_some_and(|word| word.wish.is_none())
            || (is(Class::Generic) && beside_head())
            || (is(Class::Every) && frame_head_follows(n, head))
            || (names::is_kind_of_workload(frame, n) && beside_head() && attempt.slots.values().any(|m| matches!(m, SlotMention::All)))
    }
}

/// "all backend pods": the quantifier belongs to the name.
fn frame_head_follows(n: usize, head: Mask) -> bool {
    head.first().is_some_and(|first| n < first && first - n <= 2)
}
