//! Parts of a request that are no clause of their own: what only qualifies the clause before it, remarks, and lists of
//! values that are dealt out to a list of names.

use super::{
    attempt::Attempt,
    clause::Clause,
    frame::Frame,
    mask::Mask,
    token::{Shape, Token},
    weave::Weaver,
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Lexicon, Playbook, SlotType},
};

/// A place as it was named.
struct Said {
    namespace: Option<String>,
    context: Option<String>,
    scope: Option<SlotMention>,
}

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

    /// As [`Self::qualifies`], for all clauses that share their verb with the last one: "logs of backend and frontend, last 5 lines".
    pub(super) fn qualify(&self, clauses: &mut [Clause], alone: &Clause, more: &[Token]) -> bool {
        let mut any = false;
        for before in clauses.iter_mut().rev() {
            let Some(joined) = self.qualifies(before, alone, more) else { break };
            any = true;
            before.replace(joined);
            if !before.elliptic {
                break;
            }
        }
        any
    }

    /// "scale backend, frontend and payments to 3": all that still wait for a value take that of the last. "scale backend to 3,
    /// frontend and payments to 4": what was taken from the left belongs to the right, where a value follows there.
    pub(super) fn lend_back(&self, clauses: &mut [Clause]) {
        let Some((last, others)) = clauses.split_last_mut() else { return };
        let of_kind = last.best.as_ref().is_some_and(|best| best.head.is_empty() && !best.kind.is_empty());
        let mut elliptic = last.elliptic && last.is_complete();
        for before in others.iter_mut().rev() {
            if !elliptic {
                return;
            }
            elliptic = before.elliptic;
            if !before.is_complete() {
                self.lend_tail(before, last, of_kind, true);
            } else if last.borrowed.is_none()
                && let Some(bare) = before.borrowed.take()
            {
                let words = bare.len();
                let mut longer = Clause {
                    tokens: bare,
                    ..before.clone()
                };
                self.lend_tail(&mut longer, last, of_kind, true);
                if longer.tokens.len() > words {
                    before.replace(longer);
                }
            }
        }
    }

    /// Where a request takes place: what it begins with is said of all of it, and of clauses that share a verb, the place of one is
    /// that of the others. A change takes it only from what follows it without a word between.
    pub(super) fn share_places(&self, clauses: &mut [Clause]) {
        let put = |clause: &mut Clause, said: &Said| {
            if self.said_place(clause).is_some() {
                return;
            }
            let Some(best) = clause.best.as_mut() else { return };
            let scope = self.scope_slot(best);
            match (&said.scope, scope) {
                (Some(mention), Some(slot)) => drop(best.slots.insert(slot, mention.clone())),
                (Some(SlotMention::Name { said, .. }), None) => best.namespace = Some(said.clone()),
                _ => {}
            }
            if said.namespace.is_some() {
                best.namespace.clone_from(&said.namespace);
            }
            best.context.clone_from(&said.context);
        };
        if let Some((first, rest)) = clauses.split_first_mut()
            && let Some(said) = self.said_place(first)
            && self.leads_with_place(first, &said)
        {
            rest.iter_mut().for_each(|clause| put(clause, &said));
        }
        let reads = |clause: &Clause| {
            let playbook = clause.best.as_ref().and_then(|best| self.playbooks.at(best.playbook));
            playbook.is_some_and(|playbook| !playbook.changes())
        };
        let ends = |clause: &Clause| clause.best.as_ref().and_then(|best| best.unit().last()) == clause.tokens.len().checked_sub(1);
        for n in (1..clauses.len()).rev() {
            let (before, after) = clauses.split_at_mut(n);
            if let (Some(before), Some(after)) = (before.last_mut(), after.first())
                && let Some(said) = self.said_place(after).filter(|_| after.elliptic && ends(before))
            {
                put(before, &said);
            }
        }
        for n in 1..clauses.len() {
            let (before, after) = clauses.split_at_mut(n);
            if let (Some(before), Some(after)) = (before.last(), after.first_mut())
                && after.elliptic
                && let Some(said) = self.said_place(before)
                && self.said_place(after).is_none()
            {
                put(after, &said);
                // "restart payments in shop and worker": that one too, or the one that is here?
                if let (false, Some(best), Some(namespace)) = (reads(after), after.best.as_mut(), &said.namespace) {
                    best.guess = Some(format!("all of it taken to be in {namespace}"));
                }
            }
        }
    }

    fn scope_slot(&self, best: &Attempt) -> Option<String> {
        let slots = &self.playbooks.at(best.playbook)?.slots;
        slots.iter().find(|slot| slot.of == SlotType::Scope).map(|slot| slot.name.clone())
    }

    /// The place that a clause names.
    fn said_place(&self, clause: &Clause) -> Option<Said> {
        let best = clause.best.as_ref()?;
        let scope = self.scope_slot(best).and_then(|slot| best.slots.get(&slot)).cloned();
        let said = Said {
            namespace: best.namespace.clone(),
            context: best.context.clone(),
            scope,
        };
        (said.namespace.is_some() || said.context.is_some() || said.scope.is_some()).then_some(said)
    }

    /// "in namespace shop, …", "-n shop …".
    fn leads_with_place(&self, clause: &Clause, said: &Said) -> bool {
        let named = match &said.scope {
            Some(SlotMention::Name { said, .. }) => Some(said),
            _ => said.namespace.as_ref().or(said.context.as_ref()),
        };
        let place = clause.tokens.iter().position(|token| named == Some(&token.lower));
        let acts = |token: &Token| {
            token
                .word(self.lexicon)
                .is_some_and(|word| !word.concepts.is_empty() && word.kind.is_none())
        };
        place
            .zip(clause.tokens.iter().position(acts))
            .is_some_and(|(place, act)| place < act)
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

/// "set A=1 on backend and B=2 on frontend": a value in `more` takes the place of its like in `prefix`.
pub(super) fn exchanged(prefix: &[Token], more: &[Token], lexicon: &Lexicon) -> (Vec<Token>, Vec<Token>) {
    let mut prefix = prefix.to_vec();
    let mut more = more.to_vec();
    for which in [0, 1, 2] {
        let (old, new) = (value(&prefix, which, lexicon), value_after(&prefix, &more, which, lexicon));
        let Some(at) = old.first().filter(|_| !new.is_empty()) else {
            continue;
        };
        let taken: Vec<Token> = (0..more.len())
            .filter(|n| new.has(*n))
            .filter_map(|n| more.get(n).cloned())
            .collect();
        let mut n = 0;
        more.retain(|_| {
            n += 1;
            !new.has(n - 1)
        });
        let kept = |range: std::ops::Range<usize>| {
            range
                .filter(|n| !old.has(*n))
                .filter_map(|n| prefix.get(n).cloned())
                .collect::<Vec<_>>()
        };
        prefix = [kept(0..at), taken, kept(at..prefix.len())].concat();
    }
    (prefix, more)
}

/// The same of `more`, where the verb is said before it: only after "remove" a variable needs no value.
fn value_after(prefix: &[Token], more: &[Token], which: usize, lexicon: &Lexicon) -> Mask {
    let removes = |token: &&Token| {
        ["remove", "delete", "unset"]
            .into_iter()
            .any(|verb| token.has(lexicon, lexicon.concept(verb)))
    };
    let verb: Vec<Token> = prefix.iter().find(removes).into_iter().cloned().collect();
    let found = value(&[verb.as_slice(), more].concat(), which, lexicon);
    (0..more.len())
        .filter(|n| found.has(n + verb.len()))
        .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
}

/// The tokens of the variables, the image or the number in `tokens`, without the words that lead to them.
fn value(tokens: &[Token], which: usize, lexicon: &Lexicon) -> Mask {
    let frame = Frame::new(tokens.to_vec(), lexicon);
    let number = |n: &usize| {
        matches!(
            frame.get(*n).map(|token| &token.shape),
            Some(Shape::Number(_) | Shape::Times { .. })
        )
    };
    match which {
        0 => frame.env.as_ref().map(|found| found.mask).unwrap_or_default(),
        1 => frame
            .images
            .first()
            .and_then(|found| found.mask.last())
            .map(Mask::one)
            .unwrap_or_default(),
        _ => {
            let counted = frame.counts.first().map(|found| found.mask).unwrap_or_default();
            (0..tokens.len())
                .filter(|n| counted.has(*n))
                .filter(number)
                .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
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
