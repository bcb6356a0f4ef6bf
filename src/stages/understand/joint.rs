//! What "and" joins in a change: a word that says nothing stands for no workload, and a bare kind for no order.

use super::{
    clause::Clause,
    environment::looks_like_variable,
    first::Telling,
    token::{Shape, Token},
};
use crate::fallbacks::{Class, Lexicon};

/// Nothing ends with these.
const OPEN: [&str; 16] = [
    "only", "a", "an", "the", "my", "our", "your", "his", "her", "their", "of", "at", "for", "from", "onto", "into",
];

/// Politeness that may be joined to an order.
const POLITE: [&str; 5] = ["thanks", "thank", "cheers", "please", "pls"];

impl Telling<'_> {
    /// The bytes of what is joined and is nothing that could be changed.
    pub(super) fn joined_to_nothing(&self, clauses: &[Clause]) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let ends = |token: &Token| {
            matches!(token.shape, Shape::Comma | Shape::Stop | Shape::QuestionMark)
                || [Class::And, Class::Then, Class::Or].iter().any(|class| token.is(lexicon, *class))
        };
        let parts: Vec<&[Token]> = self.tokens.split_inclusive(ends).collect();
        parts.windows(2).find_map(|two| {
            let (joint, left) = two.first()?.split_last()?;
            let right = *two.get(1)?;
            let open = |part: &[Token]| part.iter().all(|token| OPEN.contains(&token.lower.as_str()));
            if !left.is_empty() && (open(left) || left.last().is_some_and(|last| OPEN.contains(&last.lower.as_str()) && !last.quoted)) {
                return Some((left.first()?.start, joint.end));
            }
            if joint.shape != Shape::Word || !joint.is(lexicon, Class::And) {
                return None;
            }
            let right = match right.split_last() {
                Some((last, before)) if ends(last) => before,
                _ => right,
            };
            // "and app to 3": what stands before the value.
            let leads = |token: &Token| ["to", "by", "from"].contains(&token.lower.as_str());
            let right = right.iter().position(leads).and_then(|at| right.get(..at)).unwrap_or(right);
            let changes = || {
                let last = left.last().map(|token| token.start);
                let holds = |clause: &&Clause| clause.tokens.iter().any(|token| Some(token.start) == last);
                clauses.iter().find(holds).is_some_and(|clause| self.is_change(clause))
            };
            let empty = if only_verb(left, right, lexicon) {
                left
            } else if says_nothing(right, lexicon) || (only_kinds(right, lexicon) && changes()) {
                right
            } else {
                return None;
            };
            Some((empty.first()?.start, empty.last()?.end))
        })
    }
}

/// "and team", "and the": neither a name nor a verb nor a number.
fn says_nothing(part: &[Token], lexicon: &Lexicon) -> bool {
    let polite = |token: &Token| POLITE.contains(&token.lower.split(' ').next().unwrap_or_default());
    !part.is_empty() && part.iter().all(|token| is_nothing(token, lexicon)) && !part.iter().any(polite)
}

/// "restart ok and backend": the verb has nothing to go with. "stop and start backend" are two verbs.
fn only_verb(left: &[Token], right: &[Token], lexicon: &Lexicon) -> bool {
    let light = |token: &Token| token.is(lexicon, Class::Doing) || token.is(lexicon, Class::Setting);
    let begins = right.iter().find(|token| !is_nothing(token, lexicon));
    let verb_again = begins.is_none_or(|token| is_verb(token, lexicon) || light(token) || token.is(lexicon, Class::Asking));
    // A verb alone shares its object with the next: "restart and scale backend".
    // "unset DEBUG and FOO"
    let variable = |token: &Token| {
        let capital = |token: &Token| !token.text.chars().any(|c| c.is_ascii_lowercase());
        looks_like_variable(token, left.iter().all(capital))
    };
    left.len() > 1
        && !verb_again
        && !left.iter().any(variable)
        && left.iter().any(|token| is_verb(token, lexicon))
        && left
            .iter()
            .all(|token| is_verb(token, lexicon) || light(token) || is_nothing(token, lexicon))
}

fn only_kinds(part: &[Token], lexicon: &Lexicon) -> bool {
    let kind = |token: &Token| token.word(lexicon).is_some_and(|word| word.kind.is_some());
    part.iter().any(kind) && part.iter().all(|token| kind(token) || is_nothing(token, lexicon))
}

fn is_verb(token: &Token, lexicon: &Lexicon) -> bool {
    token.word(lexicon).is_some_and(|word| word.orders() && word.kind.is_none())
}

fn is_nothing(token: &Token, lexicon: &Lexicon) -> bool {
    let classes = [
        Class::Filler,
        Class::Grammar,
        Class::Generic,
        Class::Cluster,
        Class::Order,
        Class::Doing,
    ];
    let role = || token.word(lexicon).is_some_and(|word| word.role.is_some());
    let word = token.shape == Shape::Word && !token.quoted && !token.text.contains('=');
    word && !is_verb(token, lexicon) && !role() && classes.iter().any(|class| token.is(lexicon, *class))
}
