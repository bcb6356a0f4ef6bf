//! A request to clauses: where one ends, and what a clause takes over from its neighbour.
//!
//! "scale backend and frontend to 3" are two clauses that share a verb and a tail; "restart backend and show its logs" are
//! two of their own; "set A=1 and B=2 on backend" is one.

use super::{
    attempt::Attempt,
    clause::Clause,
    environment::begins_with_variable,
    fragment::{dealt_out, exchanged},
    frame::Frame,
    mask::Mask,
    mood::{self, Manner},
    segment::{Segment, segments, set_apart},
    spare::Spared,
    suppose,
    token::{Shape, Token},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Lexicon, Playbook, Playbooks},
};

/// A request as clauses, and what it says is to be left alone.
pub(super) struct Woven {
    pub clauses: Vec<Clause>,
    pub spared: Vec<Spared>,
}

/// All clauses of a request, in order.
pub(super) fn clauses(tokens: Vec<Token>, playbooks: &Playbooks) -> Woven {
    let weaver = Weaver {
        playbooks,
        lexicon: playbooks.lexicon(),
    };
    let mut clauses: Vec<Clause> = Vec::new();
    let tokens = dealt_out(tokens, playbooks.lexicon());
    let (segments, spared) = set_apart(segments(tokens, playbooks.lexicon()), playbooks);
    for segment in segments {
        if Clause::is_padding(&segment.tokens, playbooks.lexicon()) && segment.condition.is_none() {
            continue;
        }
        weaver.add(segment, &mut clauses);
    }
    clauses.iter_mut().for_each(|clause| suppose::again(clause, playbooks));
    weaver.share_places(&mut clauses);
    weaver.share_names(&mut clauses);
    weaver.share_kinds(&mut clauses);
    Woven { clauses, spared }
}

pub(super) struct Weaver<'a> {
    pub playbooks: &'a Playbooks,
    pub lexicon: &'a Lexicon,
}

impl Weaver<'_> {
    pub(super) fn parse(&self, tokens: Vec<Token>, manner: Manner) -> Clause {
        Clause::parse(tokens, self.playbooks, manner)
    }

    fn add(&self, segment: Segment, clauses: &mut Vec<Clause>) {
        if let Some((one, two)) = self.side_by_side(&segment) {
            self.add(one, clauses);
            return self.add(two, clauses);
        }
        if self.only_waits(&segment) && clauses.last().is_some_and(|before| self.changes(before)) {
            return;
        }
        let before = clauses.len();
        let (condition, doubts) = (segment.condition, segment.manner.doubts);
        self.put(segment, clauses);
        // Wherever its words went, what the segment depends on goes with them, and so does its question mark.
        let from = before.min(clauses.len().saturating_sub(1));
        for clause in clauses.iter_mut().skip(from) {
            clause.condition = clause.condition.or(condition);
            clause.manner.doubts |= doubts;
        }
    }

    fn put(&self, segment: Segment, clauses: &mut Vec<Clause>) {
        let mut alone = self.parse(segment.tokens.clone(), segment.manner);
        alone.alternative = segment.alternative;
        alone.condition = segment.condition;
        alone.linked = segment.linked;
        let Some(before) = clauses.last_mut() else {
            clauses.push(alone);
            return;
        };
        let beside = self.stands_beside(before, &segment);
        if segment.weak && !segment.alternative && !beside && alone.condition.is_none() {
            if self.is_remark(before, &alone) {
                return;
            }
            if self.qualify(clauses, &alone, &segment.tokens) {
                return;
            }
        }
        let Some(before) = clauses.last_mut() else { return };
        let anew = Clause::begins_anew(&alone.tokens, self.lexicon);
        // "are backend and frontend healthy": the first waits for what is asked of the second.
        if segment.weak
            && !before.is_clean()
            && let Some(longer) = self.lent_forward(before, &alone)
        {
            before.replace(longer);
            clauses.push(alone);
            return;
        }
        // "in namespace todo, restart backend": what came before was only the beginning.
        if !before.is_clean() {
            let joined = self.parse([before.tokens.clone(), segment.tokens.clone()].concat(), before.manner);
            if joined.is_complete() && (!Clause::begins_anew(&before.tokens, self.lexicon) || !anew) {
                before.replace(joined);
                return;
            }
        }
        // "scale backend and frontend to 3 replicas": the first still waits for what the second says.
        if !anew
            && segment.weak
            && !segment.alternative
            && before.is_clean()
            && !before.is_complete()
            && let Some(shared) = self.substitute(before, &segment.tokens)
            && before.is_complete() == shared.is_complete()
        {
            clauses.push(shared);
            self.lend_back(clauses);
            return;
        }
        // "set cpu limit 500m and memory limit 512Mi on backend": the object is named in the second.
        if segment.weak
            && !segment.alternative
            && let Some(joined) = self.one_change(before, &alone, &segment.tokens)
        {
            before.replace(joined);
            return;
        }
        // "unset FOO, DEBUG on backend": a variable may be called as a verb is.
        if !anew
            && segment.weak
            && !segment.alternative
            && let Some(joined) = self.more_to_remove(before, &segment.tokens)
        {
            before.replace(joined);
            return;
        }
        let speaks_for_itself = alone.is_complete() && (!segment.weak || alone.best.as_ref().is_some_and(|best| !best.light));
        if speaks_for_itself || (anew && (alone.is_clean() || segment.tokens.is_empty())) {
            // "… and web to 4 replicas": no verb of its own, although it needs none.
            let same = alone.best.as_ref().map(|best| best.playbook) == before.best.as_ref().map(|best| best.playbook);
            alone.elliptic = !anew && segment.weak && same;
            clauses.push(alone);
            self.lend_back(clauses);
            return;
        }
        if !anew {
            if let Some(joined) = self.continues_values(before, &segment.tokens) {
                before.replace(joined);
                return;
            }
            if let Some(mut shared) = self.substitute(before, &segment.tokens) {
                shared.alternative = segment.alternative;
                clauses.push(shared);
                self.lend_back(clauses);
                return;
            }
            if !alone.is_clean() && segment.weak && !segment.alternative && !beside {
                let joined = self.parse([before.tokens.clone(), segment.tokens].concat(), before.manner);
                if joined.is_clean() {
                    before.replace(joined);
                    return;
                }
            }
        }
        clauses.push(alone);
    }

    /// "remove DEBUG and backend": a name beside a value is not what the value is for.
    fn stands_beside(&self, before: &Clause, segment: &Segment) -> bool {
        let playbook = before.best.as_ref().and_then(|best| self.playbooks.at(best.playbook));
        let small =
            |token: &Token| ["the", "a", "an", "my", "our"].contains(&token.lower.as_str()) || mood::is_padding(token, self.lexicon);
        !segment.comma
            && playbook.is_some_and(Playbook::changes)
            && segment.tokens.iter().all(|token| small(token) || token.may_name(self.lexicon))
            && !segment
                .tokens
                .iter()
                .any(|token| token.text.contains('=') || token.text.chars().all(|c| !c.is_ascii_lowercase()))
    }

    /// More variables to remove, where the first part waits for what they are removed from.
    fn more_to_remove(&self, before: &Clause, more: &[Token]) -> Option<Clause> {
        let known = before.best.as_ref().filter(|best| best.is_clean() && best.head.is_empty())?;
        let count = |best: &Attempt| {
            let env = best.slots.values().find_map(|mention| match mention {
                SlotMention::Env(env) => Some(env),
                _ => None,
            });
            env.filter(|env| env.iter().all(|change| change.value.is_none())).map(Vec::len)
        };
        let removed = count(known)?;
        let joined = self.parse([before.tokens.as_slice(), more].concat(), before.manner);
        let best = joined.best.as_ref().filter(|_| joined.is_complete())?;
        (best.playbook == known.playbook && count(best)? > removed).then_some(joined)
    }

    /// Two parts that say more of one change, where the first does not name what it is about.
    fn one_change(&self, before: &Clause, alone: &Clause, more: &[Token]) -> Option<Clause> {
        let known = before.best.as_ref().filter(|best| best.is_clean() && best.head.is_empty())?;
        let other = alone.best.as_ref().filter(|_| alone.is_complete())?;
        let playbook = self.playbooks.at(known.playbook).filter(|playbook| playbook.changes())?;
        let unnamed = playbook
            .slots
            .iter()
            .any(|slot| slot.of.names_object() && known.missing.contains(&slot.name));
        if !unnamed || other.playbook != known.playbook || Clause::begins_anew(more, self.lexicon) {
            return None;
        }
        let joined = self.parse([before.tokens.clone(), more.to_vec()].concat(), before.manner);
        let best = joined.best.as_ref().filter(|_| joined.is_complete())?;
        let kept = known
            .slots
            .iter()
            .chain(&other.slots)
            .all(|(name, mention)| best.slots.get(name) == Some(mention));
        (best.playbook == known.playbook && kept).then_some(joined)
    }

    /// "scale backend to 3 frontend to 1": two that nothing separates, each with its own number.
    fn side_by_side(&self, segment: &Segment) -> Option<(Segment, Segment)> {
        let numbered = |n: usize| {
            let led = n.checked_sub(1).and_then(|p| segment.tokens.get(p));
            matches!(segment.tokens.get(n).map(|token| &token.shape), Some(Shape::Number(_)))
                && led.is_some_and(|token| matches!(token.lower.as_str(), "to" | "by" | "at"))
        };
        let first = (0..segment.tokens.len()).find(|n| numbered(*n))?;
        let at = first + 1;
        segment
            .tokens
            .get(at)
            .filter(|token| token.may_name(self.lexicon) || token.lower == "the")?;
        (at..segment.tokens.len()).find(|n| numbered(*n))?;
        let (mut one, mut two) = (segment.clone(), segment.clone());
        one.tokens.truncate(at);
        two.tokens.drain(..at);
        (two.weak, two.linked, two.alternative) = (true, true, false);
        self.parse(one.tokens.clone(), one.manner).is_complete().then_some((one, two))
    }

    /// "… and wait until it is ready": what was changed is watched anyway.
    fn only_waits(&self, segment: &Segment) -> bool {
        let concept = |name: &str| self.lexicon.concept(name);
        let states = ["rollout", "done", "finish", "healthy", "status", "update", "deployed"].map(concept);
        let waits = |token: &Token| token.lower == "await" || token.lower.split(' ').next() == Some("wait");
        let light = |token: &Token| {
            let is = |class: Class| token.is(self.lexicon, class);
            states.iter().any(|state| token.has(self.lexicon, *state))
                || [Class::Filler, Class::Grammar, Class::It, Class::Them, Class::Order, Class::Generic]
                    .into_iter()
                    .any(is)
                || token.word(self.lexicon).is_some_and(|word| word.kind.is_some())
                || token.lower == "until"
        };
        let joined = segment.linked && !segment.comma && !segment.alternative && segment.condition.is_none();
        let first = segment.tokens.iter().find(|token| !mood::is_padding(token, self.lexicon));
        joined && first.is_some_and(waits) && segment.tokens.iter().all(|token| waits(token) || light(token))
    }

    fn changes(&self, clause: &Clause) -> bool {
        let best = clause.best.as_ref().filter(|_| clause.is_complete());
        best.and_then(|best| self.playbooks.at(best.playbook))
            .is_some_and(Playbook::changes)
    }

    /// A read of the clause before, with what follows the name in `after`.
    fn lent_forward(&self, before: &Clause, after: &Clause) -> Option<Clause> {
        let best = after.best.as_ref().filter(|_| after.is_complete())?;
        self.playbooks.at(best.playbook).filter(|playbook| !playbook.changes())?;
        let tail = after.tokens.get(best.head.last()? + 1..)?;
        let longer = self.parse([before.tokens.as_slice(), tail].concat(), before.manner);
        let same = longer
            .best
            .as_ref()
            .is_some_and(|other| other.playbook == best.playbook && !other.head.is_empty());
        (same && longer.is_complete()).then_some(longer)
    }

    /// "… and B=2", "…, in namespace todo": more of the same clause.
    fn continues_values(&self, before: &Clause, more: &[Token]) -> Option<Clause> {
        let frame = Frame::new(more.to_vec(), self.lexicon);
        let variable = begins_with_variable(&frame);
        let place = frame
            .namespace
            .iter()
            .chain(&frame.context)
            .any(|found| found.mask.first() == Some(0));
        if !(variable || place) {
            return None;
        }
        let joined = self.parse([before.tokens.clone(), more.to_vec()].concat(), before.manner);
        (joined.is_clean() && joined.score() >= before.score()).then_some(joined)
    }

    /// The clause before with another name or kind in it: "scale backend to 3 and frontend to 2", "list pods and services". A
    /// tail that only one of both has is shared.
    fn substitute(&self, before: &mut Clause, more: &[Token]) -> Option<Clause> {
        let best = before.best.clone()?;
        // A name is put in the place of a name; only where there is none, a kind in the place of a kind.
        let units = [best.head, best.unit()];
        units.into_iter().find_map(|unit| {
            let (first, last) = (unit.first()?, unit.last()?);
            // The article before the name was that of the name.
            let articles = ["the", "a", "an", "my", "our", "your", "their"];
            let lead = before.tokens.get(..first)?;
            let words = lead
                .iter()
                .rposition(|token| !articles.contains(&token.lower.as_str()))
                .map_or(0, |last| last + 1);
            let prefix = lead.get(..words)?.to_vec();
            let tail = before.tokens.get(last + 1..)?.to_vec();
            let (dealt, rest) = exchanged(&prefix, more, self.lexicon);
            let mut own = self.parse([dealt, rest].concat(), before.manner);
            own.elliptic = true;
            if own.is_complete() && self.is_same(&best, &own, unit) {
                self.lend_tail(before, &own, unit == best.kind, tail.is_empty());
                return Some(own);
            }
            let waits = !best.missing.is_empty() && own.best.as_ref().is_some_and(|other| other.missing == best.missing);
            if waits && own.is_clean() && self.is_same(&best, &own, unit) {
                return Some(own);
            }
            let bare = [prefix.as_slice(), more].concat();
            let (tail, rest) = exchanged(&tail, more, self.lexicon);
            // A value of its own took the place of the one before.
            let borrowed = (rest.len() == more.len()).then_some(bare);
            let mut shared = self.parse([prefix, rest, tail].concat(), before.manner);
            shared.elliptic = true;
            shared.borrowed = borrowed;
            (shared.is_complete() && self.is_same(&best, &shared, unit)).then_some(shared)
        })
    }

    /// The same playbook with another value in the place of `unit`. A pronoun is none: "scale backend to 5, it is slow" is not
    /// said twice.
    fn is_same(&self, best: &Attempt, clause: &Clause, unit: Mask) -> bool {
        let Some(other) = clause.best.as_ref() else { return false };
        let placed = if unit == best.kind {
            !other.kind.is_empty()
        } else {
            !other.head.is_empty()
        };
        let pronoun = unit == best.head && matches!(self.name_of(clause), Some(SlotMention::Pronoun(_) | SlotMention::All));
        other.playbook == best.playbook && placed && !pronoun
    }

    /// "scale backend and frontend to 3", "list pods and services in shop": the first takes the tail of the second, when it has
    /// none of its own; else only the place, when it has none.
    pub(super) fn lend_tail(&self, before: &mut Clause, own: &Clause, of_kind: bool, bare: bool) {
        let Some(best) = own.best.as_ref() else { return };
        let Some(last) = (if of_kind { best.kind } else { best.head }).last() else {
            return;
        };
        let tail = own.tokens.get(last + 1..).unwrap_or_default();
        let placed = |clause: &Clause| {
            clause
                .best
                .as_ref()
                .is_some_and(|best| best.namespace.is_some() || best.context.is_some())
        };
        let lent: Vec<Token> = if bare || !before.is_complete() {
            tail.to_vec()
        } else if !placed(before) && placed(own) {
            let frame = Frame::new(own.tokens.clone(), self.lexicon);
            let places = frame
                .namespace
                .iter()
                .chain(&frame.context)
                .map(|found| found.mask)
                .fold(Mask::EMPTY, Mask::with);
            own.tokens
                .iter()
                .enumerate()
                .filter(|(n, _)| places.has(*n))
                .map(|(_, token)| token.clone())
                .collect()
        } else {
            return;
        };
        if lent.is_empty() {
            return;
        }
        let longer = self.parse([before.tokens.clone(), lent].concat(), before.manner);
        if longer.is_complete() && longer.best.as_ref().map(|best| best.playbook) == before.best.as_ref().map(|best| best.playbook) {
            before.replace(longer);
        }
    }
}
