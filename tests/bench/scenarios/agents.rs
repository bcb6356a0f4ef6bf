//! Two at once on the same object, and nobody knows who comes first: what either claims must be so.

use serde_json::Value;

use super::{
    session::{Place, Session},
    stage::Stage,
};

/// Pods of `sleeper` take eight seconds, so neither can be done before both have changed it.
const RACE: &str = "
for n in 2 3; do
    { todo-agent \"scale sleeper to $n\" --yes --timeout 15s --output json > $n.json; } &
done
wait";

fn race(place: Place) {
    let session = Session {
        title: String::new(),
        words: Vec::new(),
        steps: Vec::new(),
    };
    let stage = Stage::set(place, &session);
    stage.prepare("given sleeper");
    stage.prepare(RACE);
    let told = [2, 3].map(|n| serde_json::from_str::<Value>(&stage.prepare(&format!("cat {n}.json"))).unwrap());
    let replicas = |what: &str| {
        stage
            .prepare(&format!("field deployment/sleeper {what}"))
            .trim()
            .parse::<i64>()
            .unwrap()
    };
    let (wanted, ready) = (replicas(".spec.replicas"), replicas(".status.readyReplicas"));
    assert_eq!(wanted, ready);
    for (n, told) in [2, 3].into_iter().zip(told) {
        let claims = (&told["verified"], &told["exit_code"], &told["changed"]);
        let expected = if n == wanted { (true, 0) } else { (false, 1) };
        let fits = told["verified"] == expected.0 && told["exit_code"] == expected.1;
        assert!(fits, "scaled to {n}, and {wanted} it is: {claims:?}\n{told:#}");
    }
}

#[test]
fn of_two_that_scale_at_once_only_who_was_last_says_that_it_is_so_on_the_embedded_cluster() {
    race(Place::Embedded);
}

#[test]
fn of_two_that_scale_at_once_only_who_was_last_says_that_it_is_so_on_the_real_cluster() {
    race(Place::Real);
}
