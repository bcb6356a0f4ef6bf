//! Faults of the objects around a workload: what it uses, and what limits and leads to it.

use serde_json::{Value, json};

use super::super::node::FAULT;
use super::super::turn::key;
use super::super::{selector, values};
use super::{Break, QUOTA, TEMPLATE};
use crate::domain::failure::Failure;

pub(super) fn quota(broken: &mut Break) -> Result<String, Failure> {
    let namespace = broken.at.1.clone();
    let pods = broken
        .turn
        .world
        .list("Pod", Some(&namespace))
        .filter(|pod| !super::super::turn::finished(pod))
        .count();
    let quota = json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": QUOTA, "namespace": namespace, "annotations": { FAULT: "quota" } },
        "spec": { "hard": { "pods": pods.to_string() } },
        "status": {},
    });
    broken.turn.create(quota, &["fault"]);
    let restart = values::stamp(broken.turn.at);
    values::set(
        &mut broken.object,
        &["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        json!(restart),
    );
    broken.done(format!("resourcequota/{QUOTA} allows {pods} pods, and a restart needs one more"))
}

pub(super) fn missing_config(broken: &mut Break) -> Result<String, Failure> {
    let name = format!("{}-flags", broken.name());
    broken.push(TEMPLATE, "envFrom", json!({ "configMapRef": { "name": name } }));
    broken.done(format!("takes variables from ConfigMap {name}, which does not exist"))
}

pub(super) fn missing_secret(broken: &mut Break) -> Result<String, Failure> {
    let name = format!("{}-credentials", broken.name());
    broken.push(TEMPLATE, "envFrom", json!({ "secretRef": { "name": name } }));
    broken.done(format!("takes variables from Secret {name}, which does not exist"))
}

pub(super) fn missing_key(broken: &mut Break) -> Result<String, Failure> {
    let namespace = broken.at.1.clone();
    let used = |kind: &str, field: &str, from: &str| {
        let container = broken.container();
        let direct = values::list(container, "/envFrom")
            .iter()
            .map(|source| values::text(source, &format!("/{from}/name")));
        let single = values::list(container, "/env")
            .iter()
            .map(|entry| values::text(entry, &format!("/valueFrom/{field}/name")));
        direct
            .chain(single)
            .find(|name| broken.turn.get(kind, &namespace, name).is_some())
            .map(str::to_owned)
    };
    let (field, name) = match used("Secret", "secretKeyRef", "secretRef") {
        Some(name) => ("secretKeyRef", name),
        None => match used("ConfigMap", "configMapKeyRef", "configMapRef") {
            Some(name) => ("configMapKeyRef", name),
            None => return Err(broken.cannot("uses no Secret and no ConfigMap")),
        },
    };
    broken.push(
        TEMPLATE,
        "env",
        json!({ "name": "FEATURE_TOKEN", "valueFrom": { field: { "name": name, "key": "FEATURE_TOKEN" } } }),
    );
    let kind = if field == "secretKeyRef" { "Secret" } else { "ConfigMap" };
    broken.done(format!("takes FEATURE_TOKEN from {kind} {name}, which has no such key"))
}

pub(super) fn wrong_selector(broken: &mut Break) -> Result<String, Failure> {
    let labels = values::map(&broken.object, "/spec/template/metadata/labels")
        .cloned()
        .unwrap_or_default();
    let serves = |service: &&Value| {
        values::map(service, "/spec/selector").is_some_and(|wanted| !wanted.is_empty() && selector::contains(wanted, Some(&labels)))
    };
    let Some(mut service) = broken.turn.world.list("Service", Some(&broken.at.1)).find(serves).cloned() else {
        return Err(broken.cannot("has no service that selects its pods"));
    };
    broken.remember(key(&service));
    let keys: Vec<String> = values::map(&service, "/spec/selector")
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect();
    let label = keys
        .iter()
        .find(|key| key.ends_with("component") || key.as_str() == "app")
        .or(keys.last())
        .cloned()
        .unwrap_or_default();
    let old = service
        .pointer("/spec/selector")
        .and_then(|selector| selector.get(&label))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    values::set(&mut service, &["spec", "selector", &label], json!(format!("{old}-v2")));
    let title = format!("service/{}", values::name(&service));
    broken.turn.put(service);
    Ok(format!("{title}: selector {label} {old} → {old}-v2"))
}

pub(super) fn claim_name(workload: &str) -> String {
    format!("{workload}-data")
}

pub(super) fn unbound_volume(broken: &mut Break) -> Result<String, Failure> {
    let (name, namespace) = (claim_name(broken.name()), broken.at.1.clone());
    if broken.turn.get("PersistentVolumeClaim", &namespace, &name).is_none() {
        let claim = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": name, "namespace": namespace, "annotations": { FAULT: "unbound-volume" },
                "finalizers": ["kubernetes.io/pvc-protection"],
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "1Gi" } },
                "storageClassName": "fast-ssd",
                "volumeMode": "Filesystem",
            },
            "status": { "phase": "Pending" },
        });
        broken.turn.create(claim, &["fault"]);
    }
    broken.push(
        "/spec/template/spec",
        "volumes",
        json!({ "name": "data", "persistentVolumeClaim": { "claimName": name } }),
    );
    broken.push(TEMPLATE, "volumeMounts", json!({ "name": "data", "mountPath": "/data" }));
    broken.done(format!("mounts claim {name} of storage class fast-ssd, which does not exist"))
}

pub(super) fn missing_folder(broken: &mut Break) -> Result<String, Failure> {
    let path = format!("/srv/{}", broken.name());
    let folder = json!({ "path": path, "type": "Directory" });
    broken.push("/spec/template/spec", "volumes", json!({ "name": "data", "hostPath": folder }));
    broken.push(TEMPLATE, "volumeMounts", json!({ "name": "data", "mountPath": "/data" }));
    broken.done(format!("mounts {path} of the node, where it does not exist"))
}
