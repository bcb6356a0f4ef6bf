//! What the comparison found, told once and whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use super::compare::Difference;
use super::known::{Known, like};
use super::run::{Call, Outcome};
use super::unequal::{Entry, Unequal};

/// Whether a family is not what the lists say of it: it differs without a reason, or no longer as much as it should.
pub fn surprises(outcome: &Outcome, known: &Known, unequal: &Unequal) -> bool {
    !is_expected(unexplained(outcome, known).len(), unequal.of(&outcome.family))
}

fn is_expected(differences: usize, listed: Option<&Entry>) -> bool {
    match listed {
        Some(entry) => (1..=entry.differences).contains(&differences),
        None => differences == 0,
    }
}

/// What differs in a family and is not known to.
fn unexplained<'o>(outcome: &'o Outcome, known: &Known) -> Vec<Found<'o>> {
    let all = outcome
        .calls
        .iter()
        .flat_map(|call| call.differences.iter().map(|difference| (call.label.as_str(), difference)));
    all.filter(|(call, difference)| known.about(&outcome.family, call, &difference.path).next().is_none())
        .map(|(call, difference)| (outcome.family.as_str(), call, difference))
        .collect()
}

/// Which reasons a family's differences stand for.
fn explained<'o>(outcome: &'o Outcome, known: &'o Known) -> impl Iterator<Item = usize> + 'o {
    let of_call = move |call: &'o Call| {
        let paths = call.differences.iter().map(|difference| difference.path.as_str());
        paths.flat_map(move |path| known.about(&outcome.family, &call.label, path))
    };
    outcome.calls.iter().flat_map(of_call)
}

/// Prints the count and the differences; panics when there is one that is not known, or a known one that is no more.
pub fn finish(what: &str, outcomes: &[Outcome], known: &Known, unequal: &Unequal, whole: bool) {
    let compared: usize = outcomes.iter().map(|outcome| outcome.calls.len()).sum();
    let met: BTreeSet<usize> = outcomes.iter().flat_map(|outcome| explained(outcome, known)).collect();
    let found: Vec<Found<'_>> = outcomes.iter().flat_map(|outcome| unexplained(outcome, known)).collect();
    keep(&found);
    let families: Vec<&str> = outcomes.iter().map(|outcome| outcome.family.as_str()).collect();
    let mut wrong = String::new();
    let mut expected = 0;
    for family in &families {
        let own: Vec<_> = found.iter().filter(|(of, ..)| of == family).collect();
        let listed = unequal.of(family);
        if is_expected(own.len(), listed) {
            expected += own.len();
            continue;
        }
        match listed {
            Some(_) if own.is_empty() => {
                let _ = write!(wrong, "\nis equal, take it out of unequal.yaml: {family}");
            }
            Some(entry) => {
                let _ = write!(
                    wrong,
                    "\n[{family}] differs in {} places, more than {}:",
                    own.len(),
                    entry.differences
                );
            }
            None => {}
        }
        own.iter()
            .for_each(|(family, call, difference)| wrong.push_str(&told(family, call, difference)));
    }
    for (index, entry) in known.0.iter().enumerate() {
        let ran = families.iter().any(|family| like(&entry.family, family));
        if whole && ran && !met.contains(&index) {
            let _ = write!(
                wrong,
                "\nno longer differs, take it out of known.yaml: {} {} {}",
                entry.family, entry.call, entry.path
            );
        }
    }
    println!(
        "{compared} {what} compared in {} families; {} differences, {expected} of them in families that are not equal yet; {} known",
        families.len(),
        found.len(),
        met.len()
    );
    assert!(wrong.is_empty(), "{}{wrong}\n{} differences", causes(&found), found.len());
}

type Found<'f> = (&'f str, &'f str, &'f Difference);

fn told(family: &str, call: &str, difference: &Difference) -> String {
    let Difference { path, embedded, real } = difference;
    format!("\n[{family}] {call}\n  at {path}\n  embedded {embedded}\n  real     {real}\n")
}

/// The same difference in many families has one cause: the widest first.
fn causes(found: &[Found<'_>]) -> String {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (family, _, Difference { path, embedded, real }) in found {
        let value = |value: &serde_json::Value| value.to_string().chars().take(160).collect::<String>();
        let group = format!("{path}: embedded {}, real {}", value(embedded), value(real));
        groups.entry(group).or_default().push(family);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, families)| std::cmp::Reverse(families.len()));
    groups
        .into_iter()
        .take(20)
        .map(|(group, families)| {
            let count = families.len();
            let names: BTreeSet<&str> = families.into_iter().collect();
            format!("\n{count} times {group}, in {}", names.into_iter().collect::<Vec<_>>().join(", "))
        })
        .collect()
}

fn keep(found: &[Found<'_>]) {
    let Ok(file) = std::env::var("DIFFERENTIAL_REPORT") else { return };
    let lines: String = found
        .iter()
        .map(|(family, call, Difference { path, embedded, real })| {
            let line = json!({ "family": family, "call": call, "path": path, "embedded": embedded, "real": real });
            format!("{line}\n")
        })
        .collect();
    std::fs::write(file, lines).unwrap();
}
