//! What a change of an object that is there takes away beside what it names: the garbage collector, a controller or a node does it then.

use serde_json::Value;

use super::{
    forfeit::{ENDED, forfeits, may_forfeit},
    owner,
    risk::Call,
    taint,
    untried::may_set,
};

/// Why it is lost, as the server says what the change would do. `whole` is the object where the change is one of its scale.
#[must_use]
pub fn loses(call: &Call, before: &Value, after: &Value, whole: Option<&Value>) -> Option<&'static str> {
    let ends = || {
        is_of_node(call) && taint::drives_out(Some(before), Some(after))
            || says_how_it_runs(call) && before.get("status") != after.get("status")
    };
    forfeits(before, after, whole)
        .or_else(|| owner::is_given_over(Some(before), Some(after)).then_some(COLLECTED))
        .or_else(|| ends().then_some(ENDED))
}

const COLLECTED: &str = "What the garbage collector deletes meanwhile is not brought back.";

/// Where nothing is known but its words.
#[must_use]
pub fn may_lose(call: &Call, body: Option<&Value>) -> bool {
    match call.verb.as_str() {
        "create" => is_of_volume(call) && may_set(body, &["claimRef"]),
        "update" | "patch" => {
            owner::may_give_over(body)
                || may_forfeit(call, body)
                || is_of_node(call) && taint::may_drive_out(body)
                || says_how_it_runs(call)
        }
        _ => false,
    }
}

/// A volume that is made for a claim of a uid that is nobody's is released at once, and what is stored in it may be deleted.
#[must_use]
pub fn is_made_for_nobody(call: &Call, after: &Value) -> bool {
    is_of_volume(call) && after.pointer("/spec/claimRef/uid").is_some()
}

/// A Job whose status says that it failed is ended, a pod that is said to be over is replaced, and from a node that is said to be
/// not ready its pods are evicted, whatever runs there:
/// <https://kubernetes.io/docs/concepts/architecture/nodes/#condition>.
fn says_how_it_runs(call: &Call) -> bool {
    let runs = matches!(
        (call.group.as_str(), call.resource.as_str()),
        ("", "pods" | "nodes") | ("batch", "jobs")
    );
    runs && call.subresource == "status"
}

fn is_of_volume(call: &Call) -> bool {
    (call.group.as_str(), call.resource.as_str()) == ("", "persistentvolumes")
}

fn is_of_node(call: &Call) -> bool {
    (call.group.as_str(), call.resource.as_str()) == ("", "nodes")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_lost_is_told_with_its_reason() {
        let node = |effect: &str| json!({"kind": "Node", "spec": {"taints": [{"key": "a", "effect": effect}]}});
        let said = |phase: &str| json!({"kind": "Pod", "status": {"phase": phase}});
        let owned = |uid: &str| json!({"kind": "Secret", "metadata": {"ownerReferences": [{"kind": "Pod", "name": "p", "uid": uid}]}});
        for (path, before, after, lost) in [
            ("/api/v1/nodes/a", json!({}), node("NoExecute"), Some(ENDED)),
            ("/api/v1/nodes/a", json!({}), node("NoSchedule"), None),
            ("/api/v1/namespaces/a/pods/p/status", said("Running"), said("Failed"), Some(ENDED)),
            ("/api/v1/namespaces/a/pods/p/status", said("Running"), said("Running"), None),
            ("/api/v1/namespaces/a/secrets/s", json!({}), owned("1"), Some(COLLECTED)),
            ("/api/v1/namespaces/a/secrets/s", owned("1"), owned("1"), None),
        ] {
            let call = Call::parse("PATCH", path, "");
            assert_eq!(loses(&call, &before, &after, None), lost, "{path} {before} {after}");
        }
    }
}
