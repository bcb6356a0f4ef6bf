//! What a negation says of a request: of all of it, of a part of it, or only of what is to be left as it is anyway.

use super::{
    clause::Clause,
    mood,
    token::{Shape, Token},
};
use crate::fallbacks::{Class, Form, Lexicon};

/// How much of a request is negated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Negated {
    Nothing,
    /// "don't restart backend"; "restart backend … no, forget it".
    Whole,
    /// These clauses are meant, the bytes are what is not. Nothing of such a request is done.
    Part {
        meant: Vec<usize>,
        not: Vec<(usize, usize)>,
    },
}

/// Of a request without what it spares.
pub(super) fn of(tokens: &[Token], clauses: &[Clause], lexicon: &Lexicon) -> Negated {
    let says_no: Vec<&Token> = tokens.iter().filter(|token| mood::is_negation(token, lexicon)).collect();
    if says_no.is_empty() {
        return Negated::Nothing;
    }
    let within = |token: &Token, clause: &Clause| clause.tokens.iter().any(|own| own.start == token.start);
    let loose: Vec<&Token> = says_no
        .iter()
        .filter(|token| !clauses.iter().any(|clause| within(token, clause)))
        .copied()
        .collect();
    let mut how: Vec<Option<bool>> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        // "don't restart backend or scale frontend": "or" carries it on, and "and" may not.
        let carried = clause.alternative && how.last() == Some(&Some(true));
        how.push(negates_whole(&clause.tokens, lexicon).or(carried.then_some(true)));
    }
    let taken_back = || loose.iter().all(|token| clauses.iter().all(|clause| end(clause) <= token.start));
    match how.iter().all(|one| *one == Some(true)) {
        true => return Negated::Whole,
        false if how.iter().all(Option::is_none) && taken_back() => return Negated::Whole,
        false => {}
    }
    let mut not: Vec<(usize, usize)> = loose.iter().map(|token| (token.start, token.end)).collect();
    for (clause, _) in clauses.iter().zip(&how).filter(|(_, how)| how.is_some()) {
        let first = clause.tokens.iter().find(|token| mood::is_negation(token, lexicon));
        not.extend(first.map(|token| (token.start, end(clause))));
    }
    not.sort_unstable();
    let meant = (0..clauses.len()).filter(|n| how.get(*n).is_some_and(Option::is_none)).collect();
    Negated::Part { meant, not }
}

/// `None`: no negation is in it. A negation that stands before the verb, or last, is one of the whole clause; "except" never is.
fn negates_whole(tokens: &[Token], lexicon: &Lexicon) -> Option<bool> {
    let at = tokens.iter().position(|token| mood::is_negation(token, lexicon))?;
    if tokens.iter().any(|token| token.is(lexicon, Class::Except)) {
        return Some(false);
    }
    let acts = |token: &Token| {
        token.shape == Shape::Word
            && !mood::is_negation(token, lexicon)
            && token
                .word(lexicon)
                .is_some_and(|word| word.concepts.iter().any(|(_, form)| *form != Form::Plain))
    };
    let says = |token: &Token| !mood::is_padding(token, lexicon) || mood::is_negation(token, lexicon);
    let before_verb = tokens.iter().position(acts).is_none_or(|act| at < act);
    let last = tokens.iter().rposition(says) == tokens.iter().rposition(|token| mood::is_negation(token, lexicon));
    Some(before_verb || last)
}

fn end(clause: &Clause) -> usize {
    clause.tokens.iter().map(|token| token.end).max().unwrap_or_default()
}
