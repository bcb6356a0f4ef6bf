//! The daemon set controller: one pod on the one node, if it may run there.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::statefulset::keep_revision;
use super::turn::{Turn, finished, key};
use super::{NODE, ident, pods, selector, values};

const CONTROLLER: Source = Source::Controller("daemonset-controller");
const REVISION: &str = "controller-revision-hash";

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let set = turn.get_key(at)?.clone();
    let hash = set
        .pointer("/spec/template")
        .map(|template| ident::template_hash(template, 0))
        .unwrap_or_default();
    let wanted = wanted(turn, &set);
    if !values::deleting(&set) {
        keep_revision(turn, &set, &format!("{}-{hash}", values::name(&set)));
        act(turn, &set, &hash, wanted);
        write_status(turn, &set, &hash, wanted);
    }
    None
}

/// Whether the node's labels let the pod run there.
fn wanted(turn: &Turn, set: &Value) -> bool {
    let Some(node) = turn.get("Node", "", NODE) else { return false };
    values::map(set, "/spec/template/spec/nodeSelector")
        .is_none_or(|wanted| selector::contains(wanted, values::map(node, "/metadata/labels")))
}

fn label(pod: &Value) -> &str {
    pod.pointer("/metadata/labels")
        .and_then(|labels| labels.get(REVISION))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn act(turn: &mut Turn, set: &Value, hash: &str, wanted: bool) {
    let owned: Vec<Value> = turn.controlled("Pod", values::uid(set)).into_iter().cloned().collect();
    let mut live: Vec<&Value> = owned.iter().filter(|pod| !values::deleting(pod)).collect();
    for pod in live.iter().filter(|pod| finished(pod)) {
        remove(turn, set, pod);
    }
    live.retain(|pod| !finished(pod));
    if !wanted {
        for pod in live {
            remove(turn, set, pod);
        }
        return;
    }
    if let Some(pod) = live.first() {
        if label(pod) != hash && values::text(set, "/spec/updateStrategy/type") != "OnDelete" {
            remove(turn, set, pod);
        }
        return;
    }
    // The old pod must be gone before the new one comes, as with `maxUnavailable: 1`.
    if owned.is_empty() {
        make(turn, set, hash);
    }
}

fn remove(turn: &mut Turn, set: &Value, pod: &Value) {
    turn.delete(&key(pod));
    report(
        turn,
        set,
        &Report::normal(CONTROLLER, "SuccessfulDelete", format!("Deleted pod: {}", values::name(pod))),
        1,
    );
}

fn make(turn: &mut Turn, set: &Value, hash: &str) {
    let letters = ident::letters(5, &[values::uid(set), &turn.at.to_string()]);
    let mut pod = pods::from_template(set, "/spec/template", &format!("{}-{letters}", values::name(set)));
    values::set(&mut pod, &["metadata", "generateName"], json!(format!("{}-", values::name(set))));
    values::set(&mut pod, &["metadata", "labels", REVISION], json!(hash));
    let mut tolerations = values::list(&pod, "/spec/tolerations").to_vec();
    for (name, effect) in [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ] {
        tolerations.push(json!({ "key": format!("node.kubernetes.io/{name}"), "operator": "Exists", "effect": effect }));
    }
    values::set(&mut pod, &["spec", "tolerations"], Value::Array(tolerations));
    match pods::create(turn, set, pod) {
        Ok(name) => report(
            turn,
            set,
            &Report::normal(CONTROLLER, "SuccessfulCreate", format!("Created pod: {name}")),
            1,
        ),
        Err(refusal) => {
            let at = key(set);
            if turn.note(&at).is_none() {
                report(
                    turn,
                    set,
                    &Report::warning(CONTROLLER, "FailedCreate", format!("Error creating: {refusal}")),
                    1,
                );
                turn.set_note(&at, json!({ "refusal": refusal }));
            }
        }
    }
}

fn write_status(turn: &mut Turn, set: &Value, hash: &str, wanted: bool) {
    let live: Vec<&Value> = turn
        .controlled("Pod", values::uid(set))
        .into_iter()
        .filter(|pod| !finished(pod) && !values::deleting(pod))
        .collect();
    let desired = i64::from(wanted);
    let ready = live.iter().filter(|pod| values::condition_is(pod, "Ready", "True")).count() as i64;
    let updated = live.iter().filter(|pod| label(pod) == hash).count();
    let mut status = json!({
        "currentNumberScheduled": live.len(),
        "desiredNumberScheduled": desired,
        "numberMisscheduled": 0,
        "numberReady": ready,
        "observedGeneration": values::count(set, "/metadata/generation"),
    });
    for (field, count) in [
        ("numberAvailable", ready),
        ("numberUnavailable", desired - ready),
        ("updatedNumberScheduled", updated as i64),
    ] {
        if count > 0 {
            values::set(&mut status, &[field], json!(count));
        }
    }
    if let Some(mut set) = turn.get_key(&key(set)).cloned() {
        values::set(&mut set, &["status"], status);
        turn.put(set);
    }
}
