//! What the comparison found, told once and whole.

use std::collections::BTreeSet;

use super::compare::Difference;
use super::known::{Known, like};
use super::run::Outcome;

/// Prints the count and the differences; panics when there is one that is not known, or a known one that is no more.
pub fn finish(what: &str, outcomes: &[Outcome], known: &Known, whole: bool) {
    let compared: usize = outcomes.iter().map(|outcome| outcome.calls.len()).sum();
    let mut met = BTreeSet::new();
    let mut text = String::new();
    let mut unknown = 0;
    for outcome in outcomes {
        for call in &outcome.calls {
            for difference in &call.differences {
                let about: Vec<usize> = known.about(&outcome.family, &call.label, &difference.path).collect();
                if about.is_empty() {
                    unknown += 1;
                    text.push_str(&told(&outcome.family, &call.label, difference));
                }
                met.extend(about);
            }
        }
    }
    let families: Vec<&str> = outcomes.iter().map(|outcome| outcome.family.as_str()).collect();
    println!(
        "{compared} {what} compared in {} families; {unknown} differences, {} known",
        families.len(),
        met.len()
    );
    let mut stale = Vec::new();
    for (index, entry) in known.0.iter().enumerate() {
        let ran = families.iter().any(|family| like(&entry.family, family));
        if whole && ran && !met.contains(&index) {
            stale.push(format!("{} {} {}", entry.family, entry.call, entry.path));
        }
    }
    assert!(
        text.is_empty() && stale.is_empty(),
        "{text}\n{unknown} differences{}",
        stale
            .iter()
            .map(|entry| format!("\nno longer differs, take it out of known.yaml: {entry}"))
            .collect::<String>()
    );
}

fn told(family: &str, call: &str, difference: &Difference) -> String {
    let Difference { path, embedded, real } = difference;
    format!("\n[{family}] {call}\n  at {path}\n  embedded {embedded}\n  real     {real}\n")
}
