//! A pod's conditions.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::values;

/// The order in which the kubelet lists them.
const ORDER: [&str; 5] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
];

/// Sets a condition of a pod; its transition time stands while its status stands.
pub fn set(pod: &mut Value, at: Timestamp, of: &str, good: bool, why: Option<(&str, &str)>) {
    let status = if good { "True" } else { "False" };
    let old = values::condition(pod, of).filter(|old| values::text(old, "/status") == status);
    let since = old.map_or_else(|| values::stamp(at), |old| values::text(old, "/lastTransitionTime").to_owned());
    let mut new = json!({
        "type": of,
        "status": status,
        "observedGeneration": values::int(pod, "/metadata/generation").unwrap_or(1),
        "lastProbeTime": null,
        "lastTransitionTime": since,
    });
    if let Some((reason, message)) = why {
        values::set(&mut new, &["reason"], json!(reason));
        if !message.is_empty() {
            values::set(&mut new, &["message"], json!(message));
        }
    }
    let mut conditions = values::list(pod, "/status/conditions").to_vec();
    conditions.retain(|condition| values::text(condition, "/type") != of);
    conditions.push(new);
    conditions.sort_by_key(|condition| {
        ORDER
            .iter()
            .position(|known| *known == values::text(condition, "/type"))
            .unwrap_or(ORDER.len())
    });
    values::set(pod, &["status", "conditions"], Value::Array(conditions));
}
