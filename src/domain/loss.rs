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
        "create" => {
            is_of_volume(call) && may_set(body, &["claimRef", "Delete", "Recycle"])
                || is_of_claim(call) && may_set(body, &["ownerReferences"])
                || is_of_snapshot(call) && may_set(body, &["Delete"])
        }
        "update" | "patch" => {
            owner::may_give_over(body)
                || may_forfeit(call, body)
                || is_of_node(call) && taint::may_drive_out(body)
                || says_how_it_runs(call)
        }
        _ => false,
    }
}

/// Why something is lost by an object that is made: it takes over what is stored already, and that goes with it.
#[must_use]
pub fn loses_when_made(call: &Call, after: &Value) -> Option<&'static str> {
    let says = |pointer: &str| after.pointer(pointer).is_some();
    let is = |pointer: &str, word: &str| after.pointer(pointer).and_then(Value::as_str) == Some(word);
    let policy = "/spec/persistentVolumeReclaimPolicy";
    let goes = match () {
        // One whose claim has a uid that is nobody's is released at once. What is provisioned is made by who provisions it:
        // <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaim-policy>.
        () if is_of_volume(call) => says("/spec/claimRef/uid") || is(policy, "Delete") || is(policy, "Recycle"),
        // Its owner need not be there.
        () if is_of_claim(call) => owner::is_given_over(None, Some(after)),
        () if is_of_snapshot(call) => says("/spec/source/snapshotHandle") && is("/spec/deletionPolicy", "Delete"),
        () => false,
    };
    goes.then_some(STORED)
}

const STORED: &str = "What is stored in it goes with its claim.";

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

fn is_of_claim(call: &Call) -> bool {
    (call.group.as_str(), call.resource.as_str()) == ("", "persistentvolumeclaims")
}

fn is_of_snapshot(call: &Call) -> bool {
    (call.group.as_str(), call.resource.as_str()) == ("snapshot.storage.k8s.io", "volumesnapshotcontents")
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

    #[test]
    fn what_is_made_to_go_with_what_is_stored_already_loses_it() {
        let volumes = "/api/v1/persistentvolumes";
        let claims = "/api/v1/namespaces/a/persistentvolumeclaims";
        let snapshots = "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents";
        let volume = |policy: &str, claim: Value| json!({"spec": {"persistentVolumeReclaimPolicy": policy, "csi": {"volumeHandle": "production"}, "claimRef": claim}});
        let claim = |owners: Value| json!({"metadata": {"name": "c", "ownerReferences": owners}, "spec": {"volumeName": "v"}});
        let snapshot = |policy: &str, source: &str| json!({"spec": {"deletionPolicy": policy, "source": {source: "production"}}});
        let named = || json!({"namespace": "a", "name": "c"});
        for (path, made, lost) in [
            (volumes, volume("Delete", Value::Null), true),
            (volumes, volume("Recycle", Value::Null), true),
            (volumes, volume("Delete", named()), true),
            (volumes, volume("Retain", named()), false),
            (volumes, volume("Retain", json!({"namespace": "a", "name": "c", "uid": "1"})), true),
            (
                claims,
                claim(json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "1"}])),
                true,
            ),
            (claims, claim(json!([])), false),
            (snapshots, snapshot("Delete", "snapshotHandle"), true),
            (snapshots, snapshot("Retain", "snapshotHandle"), false),
            // Of a volume of the cluster, it is made with its object.
            (snapshots, snapshot("Delete", "volumeHandle"), false),
            ("/api/v1/namespaces/a/configmaps", volume("Delete", Value::Null), false),
        ] {
            let call = Call::parse("POST", path, "");
            assert_eq!(loses_when_made(&call, &made), lost.then_some(STORED), "{path} {made}");
            // Of what could not be tried the words count.
            assert!(may_lose(&call, Some(&made)) || !lost, "{path} {made}");
        }
    }
}
