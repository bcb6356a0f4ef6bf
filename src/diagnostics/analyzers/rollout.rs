//! A rollout does not get on. Told only when no other finding explains it (`judge` sees to that).

use serde_json::Value;

use super::Analyzer;
use crate::{
    diagnostics::{
        catalog::ROLLOUT,
        fields::{condition, list, terminating, text, time},
        judge::Found,
        snapshot::{Snapshot, reference, well_known},
        states::{current_pods, pod_state, pods_words, rollout},
        words::clean,
    },
    domain::kind::Kind,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"],
    logs: false,
    judge,
};

/// A new pod that is not ready for this long does not get on, in seconds.
const PATIENCE: i64 = 120;

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    ["Deployment", "StatefulSet", "DaemonSet"]
        .into_iter()
        .filter_map(well_known)
        .flat_map(|kind| {
            let own = snapshot.all(&kind.kind).iter().filter(|workload| !terminating(workload));
            own.filter_map(|workload| judge_workload(snapshot, &kind, workload))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn judge_workload(snapshot: &Snapshot, kind: &Kind, workload: &Value) -> Option<Found> {
    let state = rollout(kind, workload);
    let pods = current_pods(kind, workload, snapshot.all("ReplicaSet"), snapshot.all("Pod"));
    let waiting: Vec<&Value> = pods.iter().copied().filter(|pod| !pod_state(pod).ready).collect();
    let long = waiting.iter().any(|pod| {
        let since = condition(pod, "Ready")
            .and_then(|c| time(c, "/lastTransitionTime"))
            .or_else(|| time(pod, "/metadata/creationTimestamp"));
        since.is_some_and(|since| snapshot.now.duration_since(since).as_secs() >= PATIENCE)
    });
    let stuck = state.gave_up || long && state.observed && !state.complete;
    if !stuck {
        return None;
    }
    let words = pods_words(waiting.iter().map(|pod| (*pod, false)));
    let doing = if words.is_empty() {
        String::new()
    } else {
        format!("; new pods: {words}")
    };
    let own = reference(&kind.kind, workload);
    let mut found = Found::new(
        ROLLOUT,
        snapshot,
        &kind.kind,
        workload,
        &format!("rollout is stuck: {}{doing}", state.words),
    )
    .lasting(state.gave_up)
    .workload(Some(own.clone()));
    if let Some(message) = condition(workload, "Progressing")
        .filter(|_| state.gave_up)
        .and_then(|c| text(c, "/message"))
    {
        found = found.evidence(message);
    }
    if workload.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        let resume = own.request("resume the rollout of", None);
        found = found.hint(format!("its rollout is paused: {resume} lets it go on"));
    }
    for gate in closed_gates(&waiting) {
        found = found.hint(format!(
            "readiness gate {gate} is not true: whoever sets it does not, or does not run"
        ));
    }
    match snapshot.request("describe", &own) {
        Some(command) => Some(found.hint(command)),
        None => Some(found),
    }
}

/// Readiness gates that keep pods from being ready.
fn closed_gates(pods: &[&Value]) -> Vec<String> {
    let mut closed: Vec<String> = Vec::new();
    for pod in pods {
        for gate in list(pod, "/spec/readinessGates")
            .iter()
            .filter_map(|gate| text(gate, "/conditionType"))
        {
            let open = condition(pod, gate).and_then(|c| text(c, "/status")) == Some("True");
            let gate = clean(gate);
            if !open && !closed.contains(&gate) {
                closed.push(gate);
            }
        }
    }
    closed
}
