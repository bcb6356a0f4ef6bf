//! The embedded cluster answers as the real API server does: the same calls go to both, and the answers are compared.
//!
//! A family is a list of steps in a namespace of its own: HTTP calls, kubectl and helm. `shown/*.yaml` holds
//! commands, `table` makes the calls of every kind out of `kinds.yaml`. What differs in each run (uids, versions,
//! times, addresses) is replaced by `normal`; what may differ for a reason stands in `known.yaml`, and may not stand there
//! when it differs no longer. Families that are not equal yet stand in `unequal.yaml` with how much they differ and why: that
//! list only shrinks, because a family in it that is equal fails the test, as one that differs more than it says does.
//!
//! A family that surprises is compared once more, alone: the controllers of a real cluster that ten families keep busy write
//! late, which is no difference between the two.
//!
//! `DIFFERENTIAL=word` runs only the families whose name contains the word; `DIFFERENTIAL_REPORT=file` writes what differs to
//! a file, a JSON object a line.

mod command;
mod compare;
mod family;
mod http;
mod known;
mod normal;
mod report;
mod run;
mod side;
mod step;
mod table;
mod unequal;

use family::Family;

/// How many families run at a time, on both sides at once.
const AT_ONCE: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_api_answers_as_the_real_one_does() {
    compared("calls", table::families(), known::Known::calls()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kubectl_shows_the_same() {
    let families = Family::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/differential/shown"));
    let families = families.iter().flat_map(Family::with_each_program).collect();
    compared("commands", families, known::Known::commands()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nothing_runs_for_is_refused_in_words() {
    let families = Family::of_text(include_str!("refused.yaml"));
    let sides = side::Sides::start().await;
    for family in families.iter().flat_map(Family::with_each_program) {
        assert_eq!(run::alone(&sides, &family).await, [""; 0], "{}", family.name);
    }
}

async fn compared(what: &str, families: Vec<Family>, known: known::Known) {
    let only = std::env::var("DIFFERENTIAL").unwrap_or_default();
    let families: Vec<Family> = families.into_iter().filter(|family| family.name.contains(&only)).collect();
    let sides = side::Sides::start().await;
    let unequal = unequal::Unequal::read();
    let mut outcomes = run::all(&sides, &families, AT_ONCE).await;
    for (outcome, family) in outcomes.iter_mut().zip(&families) {
        if report::surprises(outcome, &known, &unequal) {
            println!("{}: is not as it should be, and is compared once more, alone", family.name);
            let again = run::all(&sides, std::slice::from_ref(family), 1).await;
            *outcome = again.into_iter().next().unwrap();
        }
    }
    report::finish(what, &outcomes, &known, &unequal, only.is_empty());
}
