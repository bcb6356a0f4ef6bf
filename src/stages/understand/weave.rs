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
    token::{Shape, Token},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Lexicon, Playbook, Playbooks},
};

/// Tokens between two separators.
struct Segment {
    tokens: Vec<Token>,
    /// Joined by "and" or a comma, and not by "then" or a full stop.
    weak: bool,
    /// Joined by "and", a comma or "then" to what came before, in one sentence.
    linked: bool,
    alternative: bool,
    manner: Manner,
    condition: Option<(usize, usize)>,
}

/// All clauses of a request, in order.
pub(super) fn clauses(tokens: Vec<Token>, playbooks: &Playbooks) -> Vec<Clause> {
    let weaver = Weaver {
        playbooks,
        lexicon: &playbooks.lexicon,
    };
    let mut clauses: Vec<Clause> = Vec::new();
    let tokens = dealt_out(tokens, &playbooks.lexicon);
    for segment in segments(tokens, &playbooks.lexicon) {
        if Clause::is_padding(&segment.tokens, &playbooks.lexicon) && segment.condition.is_none() {
            continue;
        }
        weaver.add(segment, &mut clauses);
    }
    weaver.share_places(&mut clauses);
    weaver.share_names(&mut clauses);
    clauses
}

/// Sentences at full stops, question marks and "then"; segments of them at commas, "and" and "or".
fn segments(tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Segment> {
    let ends = |token: &Token| matches!(token.shape, Shape::Stop | Shape::QuestionMark) || token.is(lexicon, Class::Then);
    let mut segments = Vec::new();
    let mut linked = false;
    for sentence in tokens.split_inclusive(ends) {
        let manner = mood::manner(sentence, lexicon);
        let mut segment = Segment::new(false, false, manner);
        segment.linked = linked;
        linked = sentence
            .last()
            .is_some_and(|token| token.shape == Shape::Word && token.is(lexicon, Class::Then));
        for token in sentence.iter().filter(|token| !ends(token)) {
            let alternative = token.is(lexicon, Class::Or);
            if token.shape != Shape::Comma && !alternative && !token.is(lexicon, Class::And) {
                segment.tokens.push(token.clone());
            } else if segment.tokens.is_empty() {
                segment.alternative |= alternative;
            } else {
                segments.push(std::mem::replace(&mut segment, Segment::new(true, alternative, manner)));
            }
        }
        segments.push(segment);
    }
    for segment in &mut segments {
        drop_reason(&mut segment.tokens, lexicon);
        segment.condition = take_condition(&mut segment.tokens, lexicon);
    }
    segments
}

impl Segment {
    const fn new(weak: bool, alternative: bool, manner: Manner) -> Self {
        Self {
            tokens: Vec::new(),
            weak,
            linked: weak,
            alternative,
            manner,
            condition: None,
        }
    }
}

/// "because it hangs": a reason is no order. One that holds a condition, a negation or a number is not dropped, and so
/// remains unexplained.
fn drop_reason(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let Some(start) = tokens.iter().position(|token| token.is(lexicon, Class::Reason)) else {
        return;
    };
    let harmless = tokens.get(start..).unwrap_or_default().iter().all(|token| {
        !token.is(lexicon, Class::Negation)
            && !token.is(lexicon, Class::Hypothesis)
            && !matches!(
                token.lower.as_str(),
                "if" | "when" | "until" | "unless" | "after" | "before" | "whenever" | "tomorrow" | "later"
            )
            && !matches!(token.shape, Shape::Number(_) | Shape::Flag(..) | Shape::Path { .. })
    });
    if harmless {
        tokens.truncate(start);
    }
}

/// Cuts "if it is slow" off, to be told as what nothing explains.
fn take_condition(tokens: &mut Vec<Token>, lexicon: &Lexicon) -> Option<(usize, usize)> {
    let asked = |n: usize| {
        n.checked_sub(1)
            .and_then(|n| tokens.get(n))
            .is_none_or(|token| token.is(lexicon, Class::Asking) || token.is(lexicon, Class::Me))
    };
    let at = (0..tokens.len()).find(|&n| !asked(n) && tokens.get(n).is_some_and(|token| token.is(lexicon, Class::Condition)))?;
    let range = (tokens.get(at)?.start, tokens.last()?.end);
    tokens.truncate(at);
    Some(range)
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
        let mut alone = self.parse(segment.tokens.clone(), segment.manner);
        alone.alternative = segment.alternative;
        alone.condition = segment.condition;
        alone.linked = segment.linked;
        let Some(before) = clauses.last_mut() else {
            clauses.push(alone);
            return;
        };
        if segment.weak && !segment.alternative && alone.condition.is_none() {
            if self.is_remark(before, &alone) {
                return;
            }
            if self.qualify(clauses, &alone, &segment.tokens) {
                return;
            }
        }
        let Some(before) = clauses.last_mut() else { return };
        let anew = Clause::begins_anew(&alone.tokens, self.lexicon);
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
        let speaks_for_itself = alone.is_complete() && (!segment.weak || alone.best.as_ref().is_some_and(|best| !best.light));
        if speaks_for_itself || (anew && (alone.is_clean() || segment.tokens.is_empty())) {
            clauses.push(alone);
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
            if !alone.is_clean() && segment.weak && !segment.alternative {
                let joined = self.parse([before.tokens.clone(), segment.tokens].concat(), before.manner);
                if joined.is_clean() {
                    before.replace(joined);
                    return;
                }
            }
        }
        clauses.push(alone);
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
            let prefix = before.tokens.get(..first)?.to_vec();
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
            let mut shared = self.parse([prefix, more.to_vec(), tail].concat(), before.manner);
            shared.elliptic = true;
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

    /// "show logs and events of backend", "restart backend and show the logs": a clause that only reads takes the name of its
    /// neighbour. A change must be told what it changes.
    fn share_names(&self, clauses: &mut [Clause]) {
        let names: Vec<_> = clauses.iter().map(|clause| self.name_of(clause)).collect();
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
            let Some(playbook) = self.playbooks.at(best.playbook).filter(|playbook| !playbook.changes()) else {
                continue;
            };
            let Some(slot) = playbook
                .slots
                .iter()
                .find(|slot| slot.of.names_object() && best.missing.contains(&slot.name))
            else {
                continue;
            };
            let near = n.checked_sub(1).and_then(|before| names.get(before)).cloned().flatten();
            if let Some(mention) = near.or_else(|| names.get(n + 1).cloned().flatten()) {
                best.missing.retain(|name| *name != slot.name);
                best.slots.insert(slot.name.clone(), mention);
            }
        }
    }

    fn name_of(&self, clause: &Clause) -> Option<SlotMention> {
        let best = clause.best.as_ref()?;
        let playbook: &Playbook = self.playbooks.at(best.playbook)?;
        let slot = playbook.slots.iter().find(|slot| slot.of.names_object() && slot.preset.is_none())?;
        best.slots.get(&slot.name).cloned()
    }
}
