//! Defaults, as the real server fills them in: tables of field and value, walked per kind.

mod pod;

use pod::pod_spec;
use serde_json::{Value, json};

use super::values;

/// As [`super::defaults`].
pub fn defaults(kind: &str, object: &mut Value) {
    match kind {
        "Pod" => {
            fill(object, &["spec"], &[("enableServiceLinks", json!(true))]);
            pod_spec(object, "/spec");
        }
        "Deployment" => deployment(object),
        "ReplicaSet" => {
            fill(object, &["spec"], &[("replicas", json!(1))]);
            template(object);
        }
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => {
            fill(object, &["spec"], &[("revisionHistoryLimit", json!(10))]);
            update_strategy(object, &[("maxSurge", json!(0)), ("maxUnavailable", json!(1))]);
            template(object);
        }
        "Job" => {
            job_spec(object, "/spec");
            if values::map(object, "/metadata/labels").is_none_or(serde_json::Map::is_empty)
                && let Some(labels) = object.pointer("/spec/template/metadata/labels").cloned()
            {
                values::set(object, &["metadata", "labels"], labels);
            }
        }
        "CronJob" => cron_job(object),
        "Service" => service(object),
        "PersistentVolumeClaim" => fill(object, &["spec"], &[("volumeMode", json!("Filesystem"))]),
        "Ingress" => fill(object, &["status"], &[("loadBalancer", json!({}))]),
        "HorizontalPodAutoscaler" => fill(object, &["spec"], &[("minReplicas", json!(1))]),
        "NetworkPolicy" => network_policy(object),
        "Secret" => fill(object, &[], &[("type", json!("Opaque"))]),
        "Event" => fill(object, &[], &[("reportingComponent", json!("")), ("reportingInstance", json!(""))]),
        "EndpointSlice" => {
            for port in object.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                fill(port, &[], &[("name", json!("")), ("protocol", json!("TCP"))]);
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let group = [("apiGroup", json!("rbac.authorization.k8s.io"))];
            fill(object, &["roleRef"], &group);
            for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
                if matches!(values::kind(subject), "User" | "Group") {
                    fill(subject, &[], &group);
                }
            }
        }
        "Node" => {
            // The first of several is also told alone, and whoever changes that means the list.
            match (
                object.pointer("/spec/podCIDR").cloned(),
                object.pointer("/spec/podCIDRs/0").cloned(),
            ) {
                (Some(range), first) if first.as_ref() != Some(&range) => values::set(object, &["spec", "podCIDRs"], json!([range])),
                (None, Some(first)) => values::set(object, &["spec", "podCIDR"], first),
                _ => {}
            }
        }
        "Namespace" => {
            let name = values::name(object).to_owned();
            if !name.is_empty() {
                fill(object, &["metadata", "labels"], &[("kubernetes.io/metadata.name", json!(name))]);
            }
            fill(object, &["status"], &[("phase", json!("Active"))]);
        }
        "StorageClass" => fill(
            object,
            &[],
            &[("reclaimPolicy", json!("Delete")), ("volumeBindingMode", json!("Immediate"))],
        ),
        _ => {}
    }
}

/// Sets the fields that are absent (or null) in the object at `path`, which is made when it is not there.
fn fill(object: &mut Value, path: &[&str], fields: &[(&str, Value)]) {
    for (field, value) in fields {
        let mut whole = path.to_vec();
        whole.push(field);
        let pointer = format!(
            "/{}",
            whole
                .iter()
                .map(|step| step.replace('~', "~0").replace('/', "~1"))
                .collect::<Vec<_>>()
                .join("/")
        );
        if object.pointer(&pointer).is_none_or(Value::is_null) {
            values::set(object, &whole, value.clone());
        }
    }
}

fn deployment(object: &mut Value) {
    fill(
        object,
        &["spec"],
        &[
            ("replicas", json!(1)),
            ("revisionHistoryLimit", json!(10)),
            ("progressDeadlineSeconds", json!(600)),
        ],
    );
    fill(object, &["spec", "strategy"], &[("type", json!("RollingUpdate"))]);
    if values::text(object, "/spec/strategy/type") == "RollingUpdate" {
        fill(
            object,
            &["spec", "strategy", "rollingUpdate"],
            &[("maxUnavailable", json!("25%")), ("maxSurge", json!("25%"))],
        );
    }
    template(object);
}

fn stateful_set(object: &mut Value) {
    fill(
        object,
        &["spec"],
        &[
            ("replicas", json!(1)),
            ("revisionHistoryLimit", json!(10)),
            ("podManagementPolicy", json!("OrderedReady")),
        ],
    );
    fill(
        object,
        &["spec", "persistentVolumeClaimRetentionPolicy"],
        &[("whenDeleted", json!("Retain")), ("whenScaled", json!("Retain"))],
    );
    update_strategy(object, &[("partition", json!(0))]);
    template(object);
    if let Some(claims) = object.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut) {
        for claim in claims {
            fill(claim, &[], &[("apiVersion", json!("v1")), ("kind", json!("PersistentVolumeClaim"))]);
            fill(claim, &["spec"], &[("volumeMode", json!("Filesystem"))]);
            fill(claim, &["status"], &[("phase", json!("Pending"))]);
        }
    }
}

fn update_strategy(object: &mut Value, rolling: &[(&str, Value)]) {
    fill(object, &["spec", "updateStrategy"], &[("type", json!("RollingUpdate"))]);
    if values::text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        fill(object, &["spec", "updateStrategy", "rollingUpdate"], rolling);
    }
}

fn job_spec(object: &mut Value, at: &str) {
    let Some(spec) = object.pointer_mut(at) else { return };
    let empty = spec.get("completions").is_none() && spec.get("parallelism").is_none();
    if empty {
        fill(spec, &[], &[("completions", json!(1))]);
    }
    fill(
        spec,
        &[],
        &[
            ("parallelism", json!(1)),
            ("backoffLimit", json!(6)),
            ("completionMode", json!("NonIndexed")),
            ("suspend", json!(false)),
            ("manualSelector", json!(false)),
            ("podReplacementPolicy", json!("TerminatingOrFailed")),
        ],
    );
    pod_spec(spec, "/template/spec");
}

/// As [`super::generated`].
pub fn generated(kind: &str, object: &mut Value) {
    // A job finds its pods by its own uid.
    if kind != "Job" {
        return;
    }
    let (uid, name) = (values::uid(object).to_owned(), values::name(object).to_owned());
    let controller = "batch.kubernetes.io/controller-uid";
    if object.pointer("/spec/manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    fill(object, &["spec", "selector", "matchLabels"], &[(controller, json!(uid))]);
    for (label, value) in [
        (controller, &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        fill(object, &["spec", "template", "metadata", "labels"], &[(label, json!(value))]);
    }
}

fn cron_job(object: &mut Value) {
    fill(
        object,
        &["spec"],
        &[
            ("concurrencyPolicy", json!("Allow")),
            ("suspend", json!(false)),
            ("successfulJobsHistoryLimit", json!(3)),
            ("failedJobsHistoryLimit", json!(1)),
        ],
    );
    fill(object, &["spec", "jobTemplate"], &[("metadata", json!({}))]);
    fill(object, &["spec", "jobTemplate", "spec", "template"], &[("metadata", json!({}))]);
    pod_spec(object, "/spec/jobTemplate/spec/template/spec");
}

fn template(object: &mut Value) {
    pod_spec(object, "/spec/template/spec");
}

fn service(object: &mut Value) {
    fill(
        object,
        &["spec"],
        &[("type", json!("ClusterIP")), ("sessionAffinity", json!("None"))],
    );
    if values::text(object, "/spec/sessionAffinity") == "ClientIP" {
        fill(
            object,
            &["spec", "sessionAffinityConfig", "clientIP"],
            &[("timeoutSeconds", json!(10800))],
        );
    }
    if values::text(object, "/spec/sessionAffinity") == "None" {
        values::unset(object, "/spec", "sessionAffinityConfig");
    }
    let kind = values::text(object, "/spec/type").to_owned();
    if kind != "ExternalName" {
        fill(object, &["spec"], &[("internalTrafficPolicy", json!("Cluster"))]);
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        fill(object, &["spec"], &[("externalTrafficPolicy", json!("Cluster"))]);
    }
    if kind == "LoadBalancer" {
        fill(object, &["spec"], &[("allocateLoadBalancerNodePorts", json!(true))]);
    }
    for port in object
        .pointer_mut("/spec/ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let number = port.get("port").cloned().unwrap_or_default();
        fill(port, &[], &[("protocol", json!("TCP")), ("targetPort", number)]);
    }
    fill(object, &["status"], &[("loadBalancer", json!({}))]);
}

fn network_policy(object: &mut Value) {
    let egress = object.pointer("/spec/egress").is_some();
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    fill(object, &["spec"], &[("policyTypes", types)]);
    for direction in ["ingress", "egress"] {
        for rule in object
            .pointer_mut(&format!("/spec/{direction}"))
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for port in rule.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                fill(port, &[], &[("protocol", json!("TCP"))]);
            }
        }
    }
}
