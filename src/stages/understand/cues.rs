//! The words of a phrase, found in a clause; and whether they stand there as an order does.

use super::{frame::Frame, mask::Mask, mood::AUXILIARIES};
use crate::fallbacks::{Class, Concept, Form, Phrase, Playbook};

/// The words of a phrase found in the clause.
pub(super) struct Cues {
    pub mask: Mask,
    pub score: i32,
    /// No necessary word of it stands as an order does.
    pub statement: bool,
    pub light: bool,
}

/// `None` when a necessary word is missing.
pub(super) fn cues(frame: &Frame<'_>, phrase: &Phrase, playbook: &Playbook) -> Option<Cues> {
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
                found.mask = found.mask.with(spoken(frame, fresh));
                found.score += cue.weight;
                found.light &= cue.weight < 20;
            }
        }
    }
    found.statement = formed && !acted;
    Some(found)
}

/// "restart deployment restart": of two equal words, the one after a kind is a name.
fn spoken(frame: &Frame<'_>, mask: Mask) -> Mask {
    let named = |n: &usize| mask.has(*n) && n.checked_sub(1).is_some_and(|p| super::names::is_kind_of_workload(frame, p));
    let rest = (0..frame.tokens.len())
        .filter(named)
        .fold(mask, |rest, n| rest.without(Mask::one(n)));
    if rest.is_empty() { mask } else { rest }
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

/// "The backend did restart", "there are 3 replicas", "it dropped to 1", "at 0 replicas": told, and not asked for.
pub(super) fn tells(frame: &Frame<'_>) -> bool {
    const TOLD: [&str; 12] = [
        "been",
        "got",
        "made",
        "gave",
        "took",
        "brought",
        "who",
        "there is",
        "there are",
        "runs",
        "ran",
        "being",
    ];
    let tokens = || 0..frame.tokens.len();
    if tokens().any(|n| frame.is(n, Class::Order)) {
        return false;
    }
    let verb = |n: usize, wanted: fn(Form) -> bool| {
        frame
            .get(n)
            .and_then(|token| token.word(frame.lexicon))
            .is_some_and(|word| word.kind.is_none() && word.concepts.iter().any(|(_, form)| wanted(*form)))
    };
    let orders = tokens().any(|n| verb(n, |form| form == Form::Base));
    let told = tokens().any(|n| AUXILIARIES.contains(&frame.lower(n)) || TOLD.contains(&frame.lower(n)));
    let past = tokens().any(|n| verb(n, |form| matches!(form, Form::Past | Form::Third)));
    let stands_at = tokens().any(|n| frame.lower(n) == "at");
    told || (!orders && (past || stands_at))
}
