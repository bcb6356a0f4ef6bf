//! The controllers of nodes: taints that follow from conditions and from being cordoned, and how long secrets may be kept.

use serde_json::{Value, json};

use super::super::world::Key;
use super::turn::Turn;
use super::values;

/// The taint of being cordoned.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The status of a condition that taints, and the taint.
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("Ready", "False", "node.kubernetes.io/not-ready"),
    ("Ready", "Unknown", "node.kubernetes.io/unreachable"),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// A new node is kept free of pods until it is known to be ready.
pub fn admit(node: &mut Value) {
    let (_, _, key) = CONDITIONS[0];
    let mut taints = values::list(node, "/spec/taints").to_vec();
    if !taints.iter().any(|taint| values::text(taint, "/key") == key && prevents(taint)) {
        taints.push(json!({ "key": key, "effect": "NoSchedule" }));
        values::set(node, &["spec", "taints"], Value::Array(taints));
    }
}

pub fn reconcile(turn: &mut Turn, at: &Key) {
    let Some(mut node) = turn.get_key(at).cloned() else { return };
    let wanted = wanted(&node);
    let ours = |taint: &Value| {
        let key = values::text(taint, "/key");
        prevents(taint) && (key == UNSCHEDULABLE || CONDITIONS.iter().any(|(_, _, known)| *known == key))
    };
    let mut taints = values::list(&node, "/spec/taints").to_vec();
    taints.retain(|taint| !ours(taint) || wanted.contains(&values::text(taint, "/key")));
    for key in wanted {
        if !taints.iter().any(|taint| ours(taint) && values::text(taint, "/key") == key) {
            taints.push(json!({ "key": key, "effect": "NoSchedule", "timeAdded": values::stamp(turn.at) }));
        }
    }
    if taints.is_empty() {
        values::unset(&mut node, "/spec", "taints");
    } else {
        values::set(&mut node, &["spec", "taints"], Value::Array(taints));
    }
    // As long as there are fewer than a hundred nodes.
    values::set_annotation(&mut node, "node.alpha.kubernetes.io/ttl", "0");
    turn.put(node);
}

fn prevents(taint: &Value) -> bool {
    values::text(taint, "/effect") == "NoSchedule"
}

fn wanted(node: &Value) -> Vec<&'static str> {
    let conditions = CONDITIONS
        .iter()
        .filter(|(of, status, _)| values::condition_is(node, of, status))
        .map(|(_, _, key)| *key);
    let cordoned = node.pointer("/spec/unschedulable") == Some(&Value::Bool(true));
    conditions.chain(cordoned.then_some(UNSCHEDULABLE)).collect()
}
