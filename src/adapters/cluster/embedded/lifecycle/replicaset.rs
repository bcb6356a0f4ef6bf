//! The replica set controller: as many pods as wanted, the least valuable removed first.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::turn::{Turn, finished, key};
use super::{pods, selector, values};

/// Pods that are made at one look, as with the real controller (`BurstReplicas`).
const BURST: i64 = 500;

const CONTROLLER: Source = Source::Controller("replicaset-controller");

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let set = turn.get_key(at)?.clone();
    if !values::deleting(&set) {
        adopt_and_release(turn, &set);
    }
    let active = active(turn, &set);
    let wanted = values::int(&set, "/spec/replicas").unwrap_or(1);
    let missing = wanted - active.len() as i64;
    let mut failure = None;
    let mut retry = None;
    if !values::deleting(&set) {
        if missing > 0 {
            (failure, retry) = grow(turn, &set, missing);
        } else if missing < 0 {
            shrink(turn, &set, active, usize::try_from(-missing).unwrap_or_default());
        }
    }
    values::sooner(write_status(turn, &set, failure.as_deref()), retry)
}

/// The pods that count: not finished, not going away.
fn active(turn: &Turn, set: &Value) -> Vec<Value> {
    let live = |pod: &&Value| !finished(pod) && !values::deleting(pod);
    turn.controlled("Pod", values::uid(set)).into_iter().filter(live).cloned().collect()
}

/// Orphans that the selector matches become ours; ours that it no longer matches are let go.
fn adopt_and_release(turn: &mut Turn, set: &Value) {
    let Some(wanted) = set.pointer("/spec/selector") else { return };
    let live = |pod: &&Value| !values::deleting(pod) && !finished(pod);
    let (ours, orphans) = (
        turn.controlled("Pod", values::uid(set)),
        turn.orphans("Pod", values::namespace(set)),
    );
    let released = ours.into_iter().filter(|pod| !selector::matches(wanted, pod));
    let adopted = orphans.into_iter().filter(|pod| selector::matches(wanted, pod));
    let strangers: Vec<Value> = released.chain(adopted).filter(live).cloned().collect();
    for mut pod in strangers {
        if values::controller_uid(&pod).is_empty() {
            values::set(&mut pod, &["metadata", "ownerReferences"], json!([values::owner_reference(set)]));
        } else {
            values::unset(&mut pod, "/metadata", "ownerReferences");
        }
        turn.put(pod);
    }
}

/// Makes pods until one is refused; returns the refusal, and when to try again.
fn grow(turn: &mut Turn, set: &Value, missing: i64) -> (Option<String>, Option<Timestamp>) {
    for _ in 0..missing.min(BURST) {
        match pods::create_from_template(turn, set, "/spec/template") {
            Ok(name) => report(
                turn,
                set,
                &Report::normal(CONTROLLER, "SuccessfulCreate", format!("Created pod: {name}")),
                1,
            ),
            Err(refusal) => {
                let retry = note_refusal(turn, set, &refusal);
                return (Some(refusal), Some(retry));
            }
        }
    }
    let rest = missing > BURST;
    (None, rest.then(|| values::after(turn.at, values::seconds(1))))
}

/// Reports a refusal, but not at every look: after 5, 10, 20 … seconds, at most every 15 minutes.
fn note_refusal(turn: &mut Turn, set: &Value, refusal: &str) -> Timestamp {
    let at = key(set);
    let noted = turn.note(&at).cloned().unwrap_or_default();
    if let Some(next) = values::time(&noted, "/retry").filter(|next| *next > turn.at) {
        return next;
    }
    report(
        turn,
        set,
        &Report::warning(CONTROLLER, "FailedCreate", format!("Error creating: {refusal}")),
        1,
    );
    let wait = (values::count(&noted, "/wait") * 2).clamp(5, 900);
    let next = values::after(turn.at, values::seconds(wait));
    turn.set_note(&at, json!({ "retry": next.to_string(), "wait": wait }));
    next
}

fn shrink(turn: &mut Turn, set: &Value, mut active: Vec<Value>, surplus: usize) {
    active.sort_by_key(value_of);
    for pod in active.iter().take(surplus) {
        turn.delete(&key(pod));
        let message = format!("Deleted pod: {}", values::name(pod));
        report(turn, set, &Report::normal(CONTROLLER, "SuccessfulDelete", message), 1);
    }
}

/// The order in which pods are given up (`ActivePodsWithRanks`): unassigned, not running, not ready, cheap to delete, ready for
/// the shortest time, most restarts, youngest.
type Worth = (bool, u8, bool, i64, Reverse<String>, Reverse<i64>, Reverse<Timestamp>, String);

fn value_of(pod: &Value) -> Worth {
    let phase = match values::text(pod, "/status/phase") {
        "Pending" | "" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost = values::annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let since = values::condition(pod, "Ready")
        .map(|ready| values::text(ready, "/lastTransitionTime").to_owned())
        .unwrap_or_default();
    let restarts: i64 = values::list(pod, "/status/containerStatuses")
        .iter()
        .map(|status| values::count(status, "/restartCount"))
        .sum();
    (
        !values::text(pod, "/spec/nodeName").is_empty(),
        phase,
        values::condition_is(pod, "Ready", "True"),
        cost,
        Reverse(since),
        Reverse(restarts),
        Reverse(values::created(pod)),
        values::name(pod).to_owned(),
    )
}

/// Writes the status; returns when a pod becomes available by having been ready long enough.
fn write_status(turn: &mut Turn, set: &Value, failure: Option<&str>) -> Option<Timestamp> {
    let (mut ready, mut available, mut labeled, mut due) = (0_i64, 0_i64, 0_i64, None);
    let least = values::count(set, "/spec/minReadySeconds");
    let template = values::map(set, "/spec/template/metadata/labels").cloned().unwrap_or_default();
    let pods = active(turn, set);
    for pod in &pods {
        labeled += i64::from(selector::contains(&template, values::map(pod, "/metadata/labels")));
        let Some(since) = ready_since(pod) else { continue };
        ready += 1;
        let enough = values::after(since, values::seconds(least));
        if least == 0 || enough <= turn.at {
            available += 1;
        } else {
            due = values::sooner(due, Some(enough));
        }
    }
    let mut status = json!({ "replicas": pods.len() });
    for (field, count) in [
        ("fullyLabeledReplicas", labeled),
        ("readyReplicas", ready),
        ("availableReplicas", available),
    ] {
        if count > 0 {
            values::set(&mut status, &[field], json!(count));
        }
    }
    values::set(
        &mut status,
        &["observedGeneration"],
        json!(values::count(set, "/metadata/generation")),
    );
    if let Some(failure) = failure {
        let since = values::condition(set, "ReplicaFailure").map(|condition| values::text(condition, "/lastTransitionTime").to_owned());
        let condition = json!({
            "type": "ReplicaFailure",
            "status": "True",
            "lastTransitionTime": since.unwrap_or_else(|| values::stamp(turn.at)),
            "reason": "FailedCreate",
            "message": values::condition(set, "ReplicaFailure").map_or(failure, |known| values::text(known, "/message")),
        });
        values::set(&mut status, &["conditions"], json!([condition]));
    }
    if let Some(mut set) = turn.get_key(&key(set)).cloned() {
        values::set(&mut set, &["status"], status);
        turn.put(set);
    }
    due
}

/// Since when a pod is ready.
pub fn ready_since(pod: &Value) -> Option<Timestamp> {
    let ready = values::condition(pod, "Ready").filter(|ready| values::text(ready, "/status") == "True")?;
    values::time(ready, "/lastTransitionTime")
}
