//! What may not change once an object is there.

use serde_json::{Value, json};

use super::{Found, values};

const POD: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const STATEFUL_SET: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const CLAIM: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

pub fn update(kind: &str, new: &Value, old: &Value, found: &mut Found) {
    match kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" => same(new, old, "selector", found),
        "Job" => {
            for field in ["selector", "completionMode", "template"] {
                let suspended = old.pointer("/spec/suspend") == Some(&Value::Bool(true));
                if field != "template" || !suspended {
                    same(new, old, field, found);
                }
            }
        }
        "StatefulSet" => {
            let free = [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ];
            if without(new, &free) != without(old, &free) {
                found.forbidden("spec", STATEFUL_SET);
            }
        }
        "Pod" if fixed_part(new) != fixed_part(old) => found.forbidden("spec", POD),
        "PersistentVolumeClaim" => {
            let free = ["resources", "volumeName", "volumeAttributesClassName"];
            if without(new, &free) != without(old, &free) {
                found.forbidden("spec", CLAIM);
            }
        }
        "Service" => {
            let (before, after) = (values::text(old, "/spec/clusterIP"), values::text(new, "/spec/clusterIP"));
            let kept = values::text(new, "/spec/type") != "ExternalName" && !before.is_empty() && !after.is_empty();
            if kept && before != after {
                found.invalid("spec.clusterIPs[0]", &json!([after]), "may not change once set");
            }
        }
        "ConfigMap" | "Secret" => data(kind, new, old, found),
        _ => {}
    }
}

fn same(new: &Value, old: &Value, field: &str, found: &mut Found) {
    let pointer = format!("/spec/{field}");
    if let Some(value) = new.pointer(&pointer)
        && old.pointer(&pointer).is_some_and(|old| old != value)
    {
        found.invalid(format!("spec.{field}"), value, "field is immutable");
    }
}

fn without(object: &Value, free: &[&str]) -> Value {
    let mut spec = object.get("spec").cloned().unwrap_or_default();
    for field in free {
        values::unset(&mut spec, "", field);
    }
    for claim in spec
        .get_mut("volumeClaimTemplates")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        values::unset(claim, "", "status");
    }
    spec
}

/// What of a pod may not change.
fn fixed_part(pod: &Value) -> Value {
    let mut spec = without(
        pod,
        &[
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "nodeName",
            "schedulingGates",
        ],
    );
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            values::unset(container, "", "image");
        }
    }
    values::unset(&mut spec, "", "ephemeralContainers");
    spec
}

fn data(kind: &str, new: &Value, old: &Value, found: &mut Found) {
    if kind == "Secret" && new.get("type") != old.get("type") {
        found.invalid("type", new.get("type").unwrap_or(&Value::Null), "field is immutable");
    }
    if old.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    if new.get("immutable") != Some(&Value::Bool(true)) {
        found.forbidden("immutable", "field is immutable when `immutable` is set");
    }
    for field in ["data", "binaryData"] {
        if new.get(field) != old.get(field) {
            found.forbidden(field, "field is immutable when `immutable` is set");
        }
    }
}

/// Nobody may begin to hold what is already going away.
pub fn finalizers(new: &Value, old: &Value, found: &mut Found) {
    let before = values::list(old, "/metadata/finalizers");
    let added: Vec<String> = values::list(new, "/metadata/finalizers")
        .iter()
        .filter(|finalizer| !before.contains(finalizer))
        .map(Value::to_string)
        .collect();
    if values::deleting(old) && !added.is_empty() {
        found.forbidden(
            "metadata.finalizers",
            format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            ),
        );
    }
}
