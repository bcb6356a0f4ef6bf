//! No node takes a pod.

use serde_json::Value;

use super::Analyzer;
use crate::diagnostics::{
    catalog::SCHEDULE,
    fields::{condition, list, text, time},
    judge::Found,
    snapshot::Snapshot,
    words::clean,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// Seconds after which a pod without a node is not just waiting for another to leave.
const SETTLED: i64 = 30;

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    snapshot.live_pods().filter_map(|pod| judge_pod(snapshot, pod)).collect()
}

fn judge_pod(snapshot: &Snapshot, pod: &Value) -> Option<Found> {
    let scheduled = condition(pod, "PodScheduled").filter(|c| text(c, "/status") == Some("False"))?;
    let message = clean(text(scheduled, "/message").unwrap_or_default());
    if text(scheduled, "/reason") != Some("Unschedulable") || speaks_of_volumes(&message) {
        return None;
    }
    let since = time(scheduled, "/lastTransitionTime").or_else(|| time(pod, "/metadata/creationTimestamp"));
    let settled = since.is_some_and(|since| snapshot.now.duration_since(since).as_secs() >= SETTLED);
    let what = format!("no node takes it: {}", reason(&message));
    let mut found = Found::new(SCHEDULE, snapshot, "Pod", pod, &what)
        .evidence(&message)
        .lasting(settled);
    for hint in hints(pod, &message) {
        found = found.hint(hint);
    }
    Some(found)
}

/// The volume claim is the cause, and is told as such.
pub fn speaks_of_volumes(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("persistentvolumeclaim") || message.contains("persistent volumes to bind") || message.contains("volumebinding")
}

/// `0/1 nodes are available: 1 Insufficient cpu`: the first sentence; the rest speaks of preemption.
fn reason(message: &str) -> &str {
    let first = message.split(". ").next().unwrap_or(message);
    let first = first.trim_end_matches('.');
    if first.is_empty() { "the scheduler gives no reason" } else { first }
}

fn hints(pod: &Value, message: &str) -> Vec<String> {
    let mut hints = Vec::new();
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        if message.contains(&format!("Insufficient {resource}")) {
            hints.push(format!(
                "it asks for {resource} {}: ask for less, run fewer replicas, or add a node",
                asked(pod, resource)
            ));
        }
    }
    if message.contains("node affinity/selector") {
        let labels = pod.pointer("/spec/nodeSelector").and_then(Value::as_object);
        let wanted: Vec<_> = labels
            .into_iter()
            .flatten()
            .map(|(key, value)| clean(&format!("{key}={}", value.as_str().unwrap_or_default())))
            .collect();
        let wanted = if wanted.is_empty() {
            "the labels of its node affinity".to_owned()
        } else {
            wanted.join(", ")
        };
        hints.push(format!("it asks for a node with {wanted}"));
    }
    if message.contains("taint") {
        hints.push("a node is tainted: see `kubectl describe nodes`; the pod needs a toleration, or the taint must go".to_owned());
    }
    if message.contains("Too many pods") {
        hints.push("the nodes run as many pods as they may: run fewer replicas, or add a node".to_owned());
    }
    hints
}

/// The requests of all its containers, as they are written.
fn asked(pod: &Value, resource: &str) -> String {
    let pointer = format!("/resources/requests/{resource}");
    let asked: Vec<_> = list(pod, "/spec/containers")
        .iter()
        .filter_map(|c| text(c, &pointer))
        .map(clean)
        .collect();
    asked.join(" + ")
}
