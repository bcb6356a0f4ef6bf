//! Plans of one request that cannot all be done as they were made, each without the others.

use crate::domain::{
    failure::{Failure, FailureKind},
    field::FieldPath,
    plan::Plan,
    step::Step,
};

/// Two clauses of one request that cannot both be done as they were planned, each without the other.
#[must_use]
pub fn quarrel(plans: &[Plan]) -> Option<Failure> {
    let what = same_field(plans).or_else(|| contradiction(plans))?;
    let failure = Failure::new(
        FailureKind::Unclear,
        format!("two parts of the request {what}; nothing was changed"),
    );
    Some(failure.hint("say them as two requests, one after the other"))
}

/// What follows a forward, or what is watched, would never be done.
#[must_use]
pub fn endless(plans: &[Plan]) -> Option<Failure> {
    let (_, before) = plans.split_last()?;
    let lasts = |plan: &&Plan| plan.opens_a_way() || plan.reads.iter().any(|step| matches!(step, Step::Watch(_)));
    let forward = before.iter().find(lasts)?;
    let what = format!("\"{}\" lasts until Ctrl-C: what comes after it would not be done", forward.title);
    Some(Failure::new(FailureKind::Unclear, what).hint("say them as requests of their own, each in its own terminal"))
}

/// Two that set the same field of the same object.
fn same_field(plans: &[Plan]) -> Option<String> {
    let changes: Vec<_> = plans.iter().flat_map(|plan| &plan.changes).collect();
    pairs(&changes).find_map(|(first, second)| {
        let (first, second) = (&first.draft, &second.draft);
        let same = first.object.same_name(&second.object) && first.subresource == second.subresource;
        let sets = |field: &FieldPath| second.edits.iter().any(|edit| edit.field == *field);
        let edit = first.edits.iter().find(|edit| same && sets(&edit.field))?;
        Some(format!("change {} of {}", edit.field, first.object))
    })
}

/// "scale backend to 0, then to 2": one that is true already changes nothing, and would be lost behind the other.
fn contradiction(plans: &[Plan]) -> Option<String> {
    let conditions: Vec<_> = plans.iter().flat_map(|plan| &plan.verify).collect();
    let (first, _) = pairs(&conditions).find(|(first, second)| first.contradicts(second))?;
    Some(format!("want something else of {}", first.object()))
}

/// Each with each that comes after it.
fn pairs<'a, T>(all: &'a [&'a T]) -> impl Iterator<Item = (&'a T, &'a T)> {
    let later = |n: usize| all.get(n + 1..).unwrap_or_default();
    all.iter()
        .enumerate()
        .flat_map(move |(n, first)| later(n).iter().map(move |second| (*first, *second)))
}
