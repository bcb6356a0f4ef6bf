//! Parts of a request that are no clause of their own: what only qualifies the clause before it, remarks, and lists of
//! values that are dealt out to a list of names.

use super::{
    clause::Clause,
    token::{Shape, Token},
    weave::Weaver,
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Lexicon, Playbook, SlotType},
};

impl Weaver<'_> {
    /// "follow the logs of backend, last 3 lines": what names nothing itself and only adds values to the clause before it,
    /// belongs to that clause.
    pub(super) fn qualifies(&self, before: &Clause, alone: &Clause, more: &[Token]) -> Option<Clause> {
        let known = before.best.as_ref().filter(|best| best.is_clean())?;
        let same = alone.best.as_ref().is_some_and(|best| best.playbook == known.playbook);
        let bare = alone.best.as_ref().is_none_or(|best| best.head.is_empty() && best.kind.is_empty());
        if (!bare && alone.is_clean()) || (Clause::begins_anew(more, self.lexicon) && !same) {
            return None;
        }
        let joined = self.parse([before.tokens.clone(), more.to_vec()].concat(), before.manner);
        let best = joined
            .best
            .as_ref()
            .filter(|best| best.is_clean() && best.playbook == known.playbook)?;
        let kept = known.slots.iter().all(|(name, mention)| best.slots.get(name) == Some(mention));
        let adds = best.slots.len() > known.slots.len() || (same && alone.best.as_ref().is_some_and(|best| best.slots.is_empty()));
        (kept && adds).then_some(joined)
    }

    /// "restart the backend, it hangs": why, and no second request.
    pub(super) fn is_remark(&self, before: &Clause, alone: &Clause) -> bool {
        let changes = |clause: &Clause| {
            clause
                .best
                .as_ref()
                .and_then(|best| self.playbooks.at(best.playbook))
                .is_some_and(Playbook::changes)
        };
        let points = |token: &Token| token.is(self.lexicon, Class::It) || token.is(self.lexicon, Class::Them);
        alone.is_clean() && !alone.manner.asks && changes(before) && !changes(alone) && alone.tokens.first().is_some_and(points)
    }

    /// "show the logs of backend, then events": a clause that names nothing speaks of what the one before it named, where it can
    /// speak of one thing at all.
    pub(super) fn lend_object(&self, clause: &mut Clause, name: Option<&SlotMention>) {
        let all = [Class::All, Class::Every, Class::Everywhere, Class::Cluster];
        let Some(best) = clause.best.as_mut().filter(|best| best.is_clean()) else {
            return;
        };
        let Some(playbook) = self.playbooks.at(best.playbook).filter(|playbook| !playbook.changes()) else {
            return;
        };
        let whole = clause.tokens.iter().any(|token| {
            all.iter().any(|class| token.is(self.lexicon, *class)) || token.word(self.lexicon).is_some_and(|word| word.kind.is_some())
        });
        let events = clause
            .tokens
            .iter()
            .any(|token| token.has(self.lexicon, self.lexicon.concept("event")));
        let slot = playbook.slots.iter().find(|slot| slot.of == SlotType::Workload && !slot.required);
        let lists = playbook.slots.iter().any(|slot| slot.of == SlotType::Kind);
        let placed = best.namespace.is_some()
            || best
                .slots
                .keys()
                .any(|name| playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope));
        if let (Some(slot), Some(name)) = (slot, name)
            && !lists
            && !placed
            && (!whole || events)
            && !best.slots.contains_key(&slot.name)
        {
            best.slots.insert(slot.name.clone(), name.clone());
        }
    }
}

/// Lists that belong together, made into clauses: "backend and frontend to 3 and 4 respectively", "both backend and frontend".
pub(super) fn dealt_out(mut tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Token> {
    while let Some(dealt) = respectively(&tokens, lexicon) {
        tokens = dealt;
    }
    let joins = |n: usize| tokens.get(n).is_some_and(|token| is_joint(token, lexicon));
    let names = |n: usize| tokens.get(n).is_some_and(|token| token.may_name(lexicon));
    let idle = (0..tokens.len()).find(|&n| {
        let first = n + 1 + usize::from(tokens.get(n + 1).is_some_and(|token| token.lower == "the"));
        tokens.get(n).is_some_and(|token| token.lower == "both")
            && names(first)
            && (first..tokens.len()).any(|m| joins(m) && m + 1 < tokens.len())
    });
    if let Some(n) = idle {
        tokens.remove(n);
    }
    tokens
}

fn is_joint(token: &Token, lexicon: &Lexicon) -> bool {
    token.shape == Shape::Comma || token.is(lexicon, Class::And)
}

/// `None`: there is no such list, or it has not as many values as names.
fn respectively(tokens: &[Token], lexicon: &Lexicon) -> Option<Vec<Token>> {
    let end = tokens.iter().position(|token| token.lower == "respectively")?;
    let ends = |token: &Token| matches!(token.shape, Shape::Stop | Shape::QuestionMark) || token.is(lexicon, Class::Then);
    let start = tokens.get(..end)?.iter().rposition(ends).map_or(0, |n| n + 1);
    let joint = |n: usize| tokens.get(n).is_some_and(|token| is_joint(token, lexicon));
    let mut values: Vec<&Token> = Vec::new();
    let mut at = end;
    loop {
        while at > start && joint(at - 1) {
            at -= 1;
        }
        at = at.checked_sub(1).filter(|at| *at > start)?;
        values.insert(0, tokens.get(at)?);
        if !joint(at - 1) {
            break;
        }
    }
    let lead = tokens.get(at - 1)?;
    let names: Vec<&[Token]> = tokens
        .get(start..at - 1)?
        .split(|token| is_joint(token, lexicon))
        .filter(|words| !words.is_empty())
        .collect();
    if names.len() != values.len() || names.len() < 2 || lead.entry.is_none() {
        return None;
    }
    let and = (start..end).find(|&n| joint(n)).and_then(|n| tokens.get(n))?;
    let mut dealt = tokens.get(..start)?.to_vec();
    for (n, (name, value)) in names.iter().zip(values).enumerate() {
        if n > 0 {
            dealt.push(and.clone());
        }
        dealt.extend_from_slice(name);
        dealt.push(lead.clone());
        dealt.push(value.clone());
    }
    dealt.extend_from_slice(tokens.get(end + 1..)?);
    Some(dealt)
}
