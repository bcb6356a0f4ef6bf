//! A request to clauses: where one ends, and what a clause takes over from its neighbour.
//!
//! "scale backend and frontend to 3" are two clauses that share a verb and a tail; "restart backend and show its logs" are
//! two of their own; "set A=1 and B=2 on backend" is one.

use super::{
    clause::Clause,
    environment::begins_with_variable,
    frame::Frame,
    token::{Shape, Token},
};
use crate::fallbacks::{Class, Lexicon, Playbook, Playbooks};

/// Tokens between two separators.
struct Segment {
    tokens: Vec<Token>,
    /// Joined by "and" or a comma, and not by "then" or a full stop.
    weak: bool,
    alternative: bool,
    condition: Option<(usize, usize)>,
}

/// All clauses of a request, in order.
pub(super) fn clauses(tokens: Vec<Token>, playbooks: &Playbooks, judging: bool) -> Vec<Clause> {
    let weaver = Weaver {
        playbooks,
        lexicon: &playbooks.lexicon,
        judging,
    };
    let mut clauses: Vec<Clause> = Vec::new();
    for segment in segments(tokens, &playbooks.lexicon) {
        if Clause::is_padding(&segment.tokens, &playbooks.lexicon) {
            continue;
        }
        weaver.add(segment, &mut clauses);
    }
    weaver.share_names(&mut clauses);
    clauses
}

fn segments(tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Segment> {
    let mut segments = vec![Segment {
        tokens: Vec::new(),
        weak: false,
        alternative: false,
        condition: None,
    }];
    for token in tokens {
        let is = |class: Class| token.is(lexicon, class);
        let strong = matches!(token.shape, Shape::Stop | Shape::QuestionMark) || is(Class::Then);
        let weak = token.shape == Shape::Comma || is(Class::And);
        let alternative = is(Class::Or);
        if !(strong || weak || alternative) {
            if let Some(last) = segments.last_mut() {
                last.tokens.push(token);
            }
            continue;
        }
        match segments.last_mut() {
            Some(last) if last.tokens.is_empty() => {
                last.weak &= weak;
                last.alternative |= alternative;
            }
            _ => segments.push(Segment {
                tokens: Vec::new(),
                weak: weak || alternative,
                alternative,
                condition: None,
            }),
        }
    }
    for segment in &mut segments {
        drop_reason(&mut segment.tokens, lexicon);
        segment.condition = take_condition(&mut segment.tokens, lexicon);
    }
    segments
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

struct Weaver<'a> {
    playbooks: &'a Playbooks,
    lexicon: &'a Lexicon,
    judging: bool,
}

impl Weaver<'_> {
    fn parse(&self, tokens: Vec<Token>) -> Clause {
        Clause::parse(tokens, self.playbooks, self.judging)
    }

    fn add(&self, segment: Segment, clauses: &mut Vec<Clause>) {
        let mut alone = self.parse(segment.tokens.clone());
        alone.alternative = segment.alternative;
        alone.condition = segment.condition;
        let Some(before) = clauses.last_mut() else {
            clauses.push(alone);
            return;
        };
        let anew = Clause::begins_anew(&segment.tokens, self.lexicon);
        // "in namespace todo, restart backend": what came before was only the beginning.
        if !before.is_clean() {
            let joined = self.parse([before.tokens.clone(), segment.tokens.clone()].concat());
            if joined.is_complete() && (!Clause::begins_anew(&before.tokens, self.lexicon) || !anew) {
                *before = joined;
                return;
            }
        }
        if anew && (alone.is_clean() || segment.tokens.is_empty()) {
            clauses.push(alone);
            return;
        }
        if !anew {
            let continues = self.continues_values(before, &segment.tokens);
            if let Some(joined) = continues {
                *before = joined;
                return;
            }
            if let Some(mut shared) = self.substitute(before, &segment.tokens) {
                shared.alternative = segment.alternative;
                clauses.push(shared);
                return;
            }
            if !alone.is_clean() && segment.weak && !segment.alternative {
                let joined = self.parse([before.tokens.clone(), segment.tokens].concat());
                if joined.is_clean() {
                    *before = joined;
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
        let joined = self.parse([before.tokens.clone(), more.to_vec()].concat());
        (joined.is_clean() && joined.score() >= before.score()).then_some(joined)
    }

    /// The clause before with another name in it: "scale backend to 3 and frontend to 2", "restart backend and frontend".
    /// A tail that only one of both has is shared.
    fn substitute(&self, before: &mut Clause, more: &[Token]) -> Option<Clause> {
        let best = before.best.clone()?;
        let (first, last) = (best.head.first()?, best.head.last()?);
        let prefix = before.tokens.get(..first)?.to_vec();
        let tail = before.tokens.get(last + 1..)?.to_vec();
        let same = |clause: &Clause| {
            clause
                .best
                .as_ref()
                .is_some_and(|other| other.playbook == best.playbook && other.head != super::mask::Mask::EMPTY)
        };
        let own = self.parse([prefix.clone(), more.to_vec()].concat());
        if own.is_complete() && same(&own) {
            self.lend_tail(before, &own);
            return Some(own);
        }
        let shared = self.parse([prefix, more.to_vec(), tail].concat());
        (shared.is_complete() && same(&shared)).then_some(shared)
    }

    /// "scale backend and frontend to 3": the first takes the tail of the second.
    fn lend_tail(&self, before: &mut Clause, own: &Clause) {
        if before.is_complete() {
            return;
        }
        let Some(last) = own.best.as_ref().and_then(|best| best.head.last()) else {
            return;
        };
        let tail = own.tokens.get(last + 1..).unwrap_or_default().to_vec();
        let lent = self.parse([before.tokens.clone(), tail].concat());
        if lent.is_complete() && lent.best.as_ref().map(|best| best.playbook) == before.best.as_ref().map(|best| best.playbook) {
            *before = lent;
        }
    }

    /// "show logs and events of backend", "restart backend and show the logs": a clause that only reads takes the name of its
    /// neighbour. A change must be told what it changes.
    fn share_names(&self, clauses: &mut [Clause]) {
        let names: Vec<_> = clauses.iter().map(|clause| self.name_of(clause)).collect();
        for (n, clause) in clauses.iter_mut().enumerate() {
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

    fn name_of(&self, clause: &Clause) -> Option<crate::domain::reading::SlotMention> {
        let best = clause.best.as_ref()?;
        let playbook: &Playbook = self.playbooks.at(best.playbook)?;
        let slot = playbook.slots.iter().find(|slot| slot.of.names_object() && slot.preset.is_none())?;
        best.slots.get(&slot.name).cloned()
    }
}
