//! Resource quotas: what a namespace uses, and what would be too much.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::world::{Key, World};
use super::turn::{Turn, finished};
use super::{quantity, values};

/// Writes the status of a quota.
pub fn reconcile(turn: &mut Turn, at: &Key) {
    let Some(mut quota) = turn.get_key(at).cloned() else { return };
    let hard = quota.pointer("/spec/hard").cloned().unwrap_or_else(|| json!({}));
    let used: serde_json::Map<String, Value> = names(&quota)
        .map(|name| (name.to_owned(), json!(print(name, used(turn.world, &at.1, name)))))
        .collect();
    values::set(&mut quota, &["status"], json!({ "hard": hard, "used": used }));
    turn.put(quota);
}

fn names(quota: &Value) -> impl Iterator<Item = &str> {
    values::map(quota, "/spec/hard")
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
}

/// Whether an object more in its namespace stays within all quotas.
///
/// # Errors
/// `exceeded quota: …`, or that a pod must say what it asks for.
pub fn check(world: &World, object: &Value, old: Option<&Value>) -> Result<(), String> {
    let namespace = values::namespace(object);
    for quota in world.list("ResourceQuota", Some(namespace)) {
        let name = values::name(quota);
        let missing = unstated(quota, object);
        if !missing.is_empty() {
            return Err(format!("failed quota: {name}: must specify {}", missing.join(" for: ; ")));
        }
        let mut over: BTreeMap<&str, (i128, i128, i128)> = BTreeMap::new();
        for resource in names(quota) {
            let more = usage(object, resource) - old.map_or(0, |old| usage(old, resource));
            let hard = quantity::milli(&plain(quota.pointer("/spec/hard").and_then(|hard| hard.get(resource)))).unwrap_or_default();
            let used = used(world, namespace, resource);
            if more > 0 && used + more > hard {
                over.insert(resource, (more, used, hard));
            }
        }
        if !over.is_empty() {
            let part = |of: fn(&(i128, i128, i128)) -> i128| {
                let parts: Vec<String> = over
                    .iter()
                    .map(|(name, amounts)| format!("{name}={}", print(name, of(amounts))))
                    .collect();
                parts.join(",")
            };
            return Err(format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                part(|a| a.0),
                part(|a| a.1),
                part(|a| a.2)
            ));
        }
    }
    Ok(())
}

fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A quota on compute resources asks every container to state them: `limits.cpu for: a,b; requests.cpu for: a`.
fn unstated(quota: &Value, object: &Value) -> Vec<String> {
    if values::kind(object) != "Pod" {
        return Vec::new();
    }
    let mut missing = Vec::new();
    for resource in names(quota) {
        let (kind, name) = match resource.split_once('.') {
            Some((kind @ ("requests" | "limits"), name @ ("cpu" | "memory"))) => (kind, name),
            None if matches!(resource, "cpu" | "memory") => ("requests", resource),
            _ => continue,
        };
        let silent: Vec<&str> = values::list(object, "/spec/containers")
            .iter()
            .filter(|container| container.pointer(&format!("/resources/{kind}/{name}")).is_none())
            .map(values::name_of)
            .collect();
        if !silent.is_empty() {
            missing.push(format!("{resource} for: {}", silent.join(",")));
        }
    }
    missing.sort();
    if missing.is_empty() { missing } else { vec![missing.join("; ")] }
}

/// How an amount of a resource prints: its unit follows from the resource.
fn print(resource: &str, milli: i128) -> String {
    if resource.ends_with("cpu") {
        quantity::cpu_text(milli)
    } else if resource.ends_with("memory") || resource.ends_with("storage") {
        quantity::memory_text(milli)
    } else {
        (milli / 1000).to_string()
    }
}

/// What the namespace uses of a resource, in thousandths.
fn used(world: &World, namespace: &str, resource: &str) -> i128 {
    let kind = counted(resource).map_or("Pod", |(kind, _)| kind);
    let kind = if resource.ends_with("storage") {
        "PersistentVolumeClaim"
    } else {
        kind
    };
    world.list(kind, Some(namespace)).map(|object| usage(object, resource)).sum()
}

type When = fn(&Value) -> bool;

/// The kind that a resource counts, and a condition on it.
fn counted(resource: &str) -> Option<(&'static str, When)> {
    let any: When = |_| true;
    let name = resource
        .strip_prefix("count/")
        .map_or(resource, |name| name.split('.').next().unwrap_or(name));
    Some(match name {
        "pods" => ("Pod", any),
        "services" => ("Service", any),
        "services.nodeports" => ("Service", |service| {
            matches!(values::text(service, "/spec/type"), "NodePort" | "LoadBalancer")
        }),
        "services.loadbalancers" => ("Service", |service| values::text(service, "/spec/type") == "LoadBalancer"),
        "configmaps" => ("ConfigMap", any),
        "secrets" => ("Secret", any),
        "persistentvolumeclaims" => ("PersistentVolumeClaim", any),
        "deployments" => ("Deployment", any),
        "replicasets" => ("ReplicaSet", any),
        "statefulsets" => ("StatefulSet", any),
        "jobs" => ("Job", any),
        "resourcequotas" => ("ResourceQuota", any),
        _ => return None,
    })
}

/// What one object uses of a resource, in thousandths.
fn usage(object: &Value, resource: &str) -> i128 {
    let kind = values::kind(object);
    if let Some((counts, when)) = counted(resource) {
        let live = kind != "Pod" || !finished(object) || resource.starts_with("count/");
        return if kind == counts && live && when(object) { 1000 } else { 0 };
    }
    if kind == "PersistentVolumeClaim" && resource == "requests.storage" {
        return quantity::milli(values::text(object, "/spec/resources/requests/storage")).unwrap_or_default();
    }
    if kind != "Pod" || finished(object) {
        return 0;
    }
    let (part, name) = resource.split_once('.').unwrap_or(("requests", resource));
    let of = |container: &Value| quantity::milli(&plain(container.pointer(&format!("/resources/{part}/{name}")))).unwrap_or_default();
    values::list(object, "/spec/containers").iter().map(of).sum()
}
