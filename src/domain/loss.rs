//! What a change of an object that is there takes away beside what it names: the garbage collector, a controller or a node does it then.

use serde_json::Value;

use super::{forfeit, owner, risk::Call, taint, untried::may_set};

/// As the server says what the change would do, beside what it forfeits.
#[must_use]
pub fn loses(call: &Call, before: &Value, after: &Value) -> bool {
    owner::is_given_over(Some(before), Some(after))
        || is_of_node(call) && taint::drives_out(Some(before), Some(after))
        || says_how_it_runs(call) && before.get("status") != after.get("status")
}

/// Where nothing is known but its words.
#[must_use]
pub fn may_lose(call: &Call, body: Option<&Value>) -> bool {
    match call.verb.as_str() {
        "create" => is_of_volume(call) && may_set(body, &["claimRef"]),
        "update" | "patch" => {
            owner::may_give_over(body)
                || forfeit::may_forfeit(call, body)
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
