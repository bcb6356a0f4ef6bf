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
            let suspended = old.pointer("/spec/suspend") == Some(&Value::Bool(true));
            if values::text(new, "/spec/completionMode") != "Indexed" {
                same(new, old, "completions", found);
            }
            same(new, old, "selector", found);
            if !(suspended && planned(new) == planned(old)) {
                same(new, old, "template", found);
            }
            same(new, old, "completionMode", found);
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
            let bound = values::text(old, "/status/phase") == "Bound";
            let free = ["volumeName", "volumeAttributesClassName", "resources"];
            let free = if bound { &free[..] } else { &free[..1] };
            if without(new, free) != without(old, free) {
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
        "EndpointSlice" => {
            let kind = |object: &Value| object.get("addressType").cloned();
            if let Some(value) = kind(new).filter(|_| kind(new) != kind(old)) {
                found.invalid("addressType", &value, "field is immutable");
            }
        }
        "Node" => {
            let ranges = |object: &Value| values::list(object, "/spec/podCIDRs").to_vec();
            if !ranges(old).is_empty() && ranges(new) != ranges(old) {
                found.forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
            }
        }
        "ConfigMap" | "Secret" => data(kind, new, old, found),
        _ => {}
    }
}

/// What of a job's template stays as it is while the job is suspended: all but where its pods may run.
fn planned(job: &Value) -> Value {
    let mut template = job.pointer("/spec/template").cloned().unwrap_or_default();
    for field in ["nodeSelector", "affinity", "tolerations", "schedulingGates"] {
        values::unset(&mut template, "/spec", field);
    }
    for field in ["labels", "annotations"] {
        values::unset(&mut template, "/metadata", field);
    }
    template
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

/// Being deleted is nothing to be written.
pub fn marks(new: &Value, old: &Value, found: &mut Found) {
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        let pointer = format!("/metadata/{field}");
        if let Some(value) = new.pointer(&pointer)
            && old.pointer(&pointer).is_none()
        {
            found.invalid(format!("metadata.{field}"), value, "field is immutable");
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
