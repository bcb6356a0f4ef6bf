//! Requests of which only a part is meant, or of which a part hangs on another: nothing of them is done, and nothing of them is
//! left out without a word.

use super::{
    clause::Clause,
    first::Telling,
    mood,
    negation::Negated,
    refuse::{always, declined},
    say,
    token::{Shape, Token},
};
use crate::{
    domain::intent::{Declined, DeclinedReason},
    fallbacks::Class,
};

/// The clauses that are meant, and the bytes of what is not.
type Halves = (Vec<usize>, Vec<(usize, usize)>);

impl Telling<'_> {
    /// A part of the request is meant and another is not: nothing of it is done, and what was not meant is told.
    pub(super) fn half_meant(&self, clauses: &[Clause], negated: &Negated) -> Option<Declined> {
        let (meant, not) = match negated {
            Negated::Part { meant, not } => (meant.clone(), not.clone()),
            _ => self.half_asked(clauses)?,
        };
        let said = |n: &usize| {
            let best = clauses.get(*n)?.best.as_ref()?;
            say::request(self.playbooks.at(best.playbook)?, &best.slots, best.place())
        };
        let understood = meant.iter().filter_map(said).collect::<Vec<_>>().join(", then ");
        let words = |(start, end): &(usize, usize)| self.text.get(*start..*end).unwrap_or_default().trim().to_owned();
        Some(Declined {
            understood: (!understood.is_empty()).then(|| understood.into()),
            unexplained: not.iter().map(words).collect(),
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        })
    }

    /// "scale backend to 3, is that safe?": an order, and a question that does not go with it.
    fn half_asked(&self, clauses: &[Clause]) -> Option<Halves> {
        let lexicon = self.playbooks.lexicon();
        if let Some(span) = self.hangs(clauses).or_else(|| self.misread(clauses)) {
            return Some((Vec::new(), vec![span]));
        }
        let imagined = |clause: &Clause| {
            let marked = |token: &Token| token.is(lexicon, Class::Hypothesis) || token.is(lexicon, Class::Wondering);
            clause.tokens.iter().any(marked) || (clause.manner.asks && self.is_change(clause))
        };
        let first = clauses.iter().position(imagined)?;
        let orders = |n: &usize| {
            clauses
                .get(*n)
                .is_some_and(|clause| !imagined(clause) && (*n < first || !clause.linked) && self.is_change(clause))
        };
        let meant: Vec<usize> = (0..clauses.len()).filter(orders).collect();
        let asked = clauses.get(first)?;
        let span = (asked.tokens.first()?.start, asked.tokens.last()?.end);
        (!meant.is_empty()).then(|| (meant, vec![span]))
    }

    /// What a change seems to depend on, or goes on with: a state that is told or asked about beside it ("frontend down?
    /// restart it"), or a word that leads to nothing ("scale backend to 3 or").
    fn hangs(&self, clauses: &[Clause]) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        // "! restart backend" is "not" to a shell, and the others go on with what is not here.
        let begins = self.text.len() - self.text.trim_start().len();
        if self
            .text
            .get(begins..)
            .is_some_and(|text| text.starts_with(['!', '|', '&', '=']) || text.starts_with(">>"))
        {
            return Some((begins, begins + 1));
        }
        let last = self
            .tokens
            .iter()
            .rev()
            .find(|token| token.shape == Shape::Word || !mood::is_padding(token, lexicon))?;
        let goes_on = [Class::Or, Class::And, Class::Then, Class::Reason];
        // What is to be left alone may come behind it.
        let ends = !self.text.get(last.end..).is_some_and(|rest| rest.contains(char::is_alphanumeric));
        // "scale backend to 3 and frontend to": the number of another is not its own.
        let wants_more = !last.quoted && clauses.len() > 1 && matches!(last.lower.as_str(), "to" | "by" | "with" | "from" | "at");
        if ends && (wants_more || goes_on.iter().any(|class| last.is(lexicon, *class))) {
            return Some((last.start, last.end));
        }
        // "restart backend or the like"
        let idle =
            |token: &Token| mood::is_padding(token, lexicon) || token.is(lexicon, Class::Grammar) || token.is(lexicon, Class::Generic);
        if let Some(at) = self.tokens.iter().rposition(|token| token.is(lexicon, Class::Or) && !token.quoted)
            && let Some(rest) = self.tokens.get(at..)
            && rest.iter().skip(1).all(idle)
            && let (Some(or), Some(end)) = (rest.first(), rest.last())
        {
            return Some((or.start, end.end));
        }
        let (broken, healthy) = (lexicon.concept("broken"), lexicon.concept("healthy"));
        let state = |n: &usize| {
            let Some(clause) = clauses.get(*n) else { return false };
            let judges = clause.best.as_ref().and_then(|best| self.playbooks.at(best.playbook));
            let orders = |token: &Token| {
                token.is(lexicon, Class::Asking)
                    || token.is(lexicon, Class::Order)
                    || matches!(token.lower.as_str(), "health" | "status")
                    || token
                        .word(lexicon)
                        .is_some_and(|word| !token.has(lexicon, broken) && !token.has(lexicon, healthy) && word.orders())
            };
            let told = !clause.manner.asks && !clause.tokens.iter().any(orders);
            let before = clauses.get(*n + 1).is_some_and(|next| self.is_change(next));
            let fault = clause.tokens.iter().any(|token| token.has(lexicon, broken));
            let one_sentence = clauses.get(*n + 1).is_some_and(|next| next.manner.judging);
            let asked = clause.manner.judging && before && (clause.manner.doubts || fault || one_sentence);
            judges.is_some_and(|playbook| playbook.domain == "analysis") && (told || asked)
        };
        let at = (0..clauses.len())
            .filter(|_| clauses.iter().any(|clause| self.is_change(clause)))
            .find(state)?;
        let clause = clauses.get(at)?;
        Some((clause.tokens.first()?.start, clause.tokens.last()?.end))
    }
}
