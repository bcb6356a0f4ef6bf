//! What remains of a clause when a playbook has taken its words: grammar and padding, or words that nothing explained.

use super::{
    attempt::{Attempt, Trial},
    mask::Mask,
    names,
    number::Quantity,
    token::{Shape, Token},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, SlotType},
};

impl Trial<'_> {
    /// Content words that neither the phrase nor a slot nor grammar accounts for.
    pub(super) fn left_over(&self, explained: Mask, head: Mask, attempt: &Attempt) -> Mask {
        let frame = self.frame;
        let reads = !self.playbook.changes();
        let scoped = self.playbook.slots.iter().any(|slot| slot.of == SlotType::Scope)
            && !self.playbook.slots.iter().any(|slot| slot.of == SlotType::Kind);
        (0..frame.tokens.len())
            .filter(|&n| !explained.has(n) && !self.is_neutral(n, head, reads, scoped, attempt))
            .fold(Mask::EMPTY, |mask, n| mask.with(Mask::one(n)))
    }

    /// Of a value that has no place here, all words: "in the last hour", and not only "hour".
    pub(super) fn whole_mentions(&self, unexplained: Mask, explained: Mask) -> Mask {
        let frame = self.frame;
        let spans = frame.spans.iter().map(|found| found.mask);
        let values = spans
            .chain(frame.lines.iter().map(|found| found.mask))
            .chain(frame.counts.iter().map(|found| found.mask));
        values
            .filter(|mask| mask.meets(unexplained))
            .fold(unexplained, |all, mask| all.with(mask.without(explained)))
    }

    /// A preposition at the end, of something that was not said.
    fn dangles(&self, n: usize, attempt: &Attempt) -> bool {
        let frame = self.frame;
        let ends = (n + 1..frame.tokens.len()).all(|m| {
            frame
                .get(m)
                .is_some_and(|token| super::mood::is_padding(token, frame.lexicon) || token.is(frame.lexicon, Class::Order))
        });
        ends && n > 0
            && matches!(frame.lower(n), "on" | "of" | "for" | "from" | "to" | "with")
            && self
                .playbook
                .slots
                .iter()
                .all(|slot| !slot.required || attempt.slots.contains_key(&slot.name))
    }

    /// "set a on cart to 3", "restart backend the": an article of nothing may be a name, or the beginning of one.
    fn leads_nowhere(&self, n: usize, attempt: &Attempt) -> bool {
        let frame = self.frame;
        let article = matches!(frame.lower(n), "a" | "an" | "the" | "my" | "our" | "your" | "their");
        let number = |token: &Token| matches!(frame.lower(n), "a" | "an") && matches!(token.shape, Shape::Number(Quantity::Is(_)));
        let ends = |token: &Token| matches!(token.shape, Shape::Comma | Shape::Stop | Shape::QuestionMark);
        article
            && frame.get(n + 1).map_or(!attempt.head.is_empty(), |next| {
                number(next) || ends(next) || (frame.is_preposition(n + 1) && !next.quoted)
            })
    }

    /// "list pods not in shop": a read that is said of a part, and not of all of it.
    fn negates_a_part(&self, n: usize, reads: bool) -> bool {
        let frame = self.frame;
        let place = n > 0 && frame.is_preposition(n - 1);
        reads && n > 0 && (place || (frame.lower(n) == "not" && frame.is_preposition(n + 1)))
    }

    fn is_neutral(&self, n: usize, head: Mask, reads: bool, scoped: bool, attempt: &Attempt) -> bool {
        let frame = self.frame;
        let Some(token) = frame.get(n) else { return true };
        if matches!(token.shape, Shape::Symbol | Shape::Comma | Shape::Stop | Shape::QuestionMark) {
            return true;
        }
        let Some(word) = token.word(frame.lexicon) else { return false };
        let is = |class: Class| word.is(class);
        // "set A B=2 on backend", "set A=1 on backend and B=2 on": no article, and a name that never came.
        let sets = attempt.slots.values().any(|mention| matches!(mention, SlotMention::Env(_)));
        if !reads && ((sets && token.text == "A" && n > 0) || self.dangles(n, attempt) || self.leads_nowhere(n, attempt)) {
            return false;
        }
        // "some backend pods": a part, and nobody says which.
        if !reads && matches!(token.lower.as_str(), "some" | "some of" | "any" | "any of") {
            return false;
        }
        let beside_head =
            || head.last().is_some_and(|last| n == last + 1) || head.first().is_some_and(|first| n + 1 == first) || head.is_empty();
        let speaks = is(Class::Filler)
            || is(Class::Grammar)
            || is(Class::Order)
            || (is(Class::Negation) && !is(Class::Except) && !self.negates_a_part(n, reads))
            || is(Class::Hypothesis)
            || is(Class::Wondering)
            || is(Class::Reason)
            || is(Class::And)
            || is(Class::Then)
            || is(Class::Or);
        let asked = is(Class::Me) && frame.previous_verb(n);
        let asked_about = |p: usize| reads && matches!(frame.lower(p), "are" | "am" | "is" | "do" | "did" | "have");
        let person = is(Class::Person)
            && (frame.says_how_meant(n + 1) || n.checked_sub(1).is_some_and(|p| frame.says_how_meant(p) || asked_about(p)));
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
        let taught = is(Class::Asking) && (0..frame.tokens.len()).any(|m| frame.is(m, Class::Hypothesis));
        taught
            || (is(Class::Doing) || is(Class::Setting)) && token.word(frame.lexicon).is_some_and(|word| word.wish.is_none())
            || (is(Class::Generic) && beside_head())
            || (is(Class::Every) && frame_head_follows(n, head))
            // "make it 3 replicas for the web"
            || (is(Class::It) && !head.is_empty() && !head.has(n) && n > 0 && frame.is(n - 1, Class::Doing))
            // "scale the deployment to 3": which one will be asked.
            || (names::is_kind_of_workload(frame, n)
                && beside_head()
                && (head.is_empty() || attempt.slots.values().any(|m| matches!(m, SlotMention::All))))
    }
}

/// "all backend pods": the quantifier belongs to the name.
fn frame_head_follows(n: usize, head: Mask) -> bool {
    head.first().is_some_and(|first| n < first && first - n <= 2)
}
