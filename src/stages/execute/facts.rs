//! What is worth saying of an object, for any kind: the main kinds by what people ask of them, all others by the plain
//! values of their spec and status.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{reads::text, variables};
use crate::{diagnostics::exposed, domain::mask::HIDDEN};

pub(super) type Facts = Vec<(String, String)>;

pub(super) const LABELS: &str = "Labels";
pub(super) const CONTAINERS: &str = "Containers";
pub(super) const INIT_CONTAINERS: &str = "Init containers";
pub(super) const ENVIRONMENT: &str = "Environment";

/// Longest value shown of a ConfigMap key or an unknown field, in characters.
const MAX_VALUE: usize = 120;

/// How many plain values of an unknown kind are shown for spec and status each.
const MAX_PLAIN: usize = 24;

pub(super) fn of(object: &Value) -> Facts {
    let mut facts = match text(object, "/kind").as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => workload(object),
        "Pod" => pod(object),
        "Service" => service(object),
        "ConfigMap" => config_map(object),
        "Secret" => secret(object),
        _ => plain(object),
    };
    facts.push(("Created".to_owned(), text(object, "/metadata/creationTimestamp")));
    if let Some(owner) = object.pointer("/metadata/ownerReferences/0") {
        facts.push((
            "Owned by".to_owned(),
            format!("{}/{}", text(owner, "/kind").to_lowercase(), text(owner, "/name")),
        ));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

pub(super) fn sections(object: &Value) -> BTreeMap<String, Facts> {
    let mut sections = BTreeMap::new();
    sections.insert(LABELS.to_owned(), map(object.pointer("/metadata/labels")));
    for (part, title) in [(INIT, INIT_CONTAINERS), (MAIN, CONTAINERS)] {
        sections.insert(title.to_owned(), containers_of(object, part).map(container).collect());
    }
    let variables = containers(object).flat_map(variables::of);
    sections.insert(
        ENVIRONMENT.to_owned(),
        variables.map(|variable| (variable.container.clone(), variable.line())).collect(),
    );
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    sections.insert("Conditions".to_owned(), conditions.into_iter().flatten().map(condition).collect());
    sections.retain(|_, facts| !facts.is_empty());
    sections
}

const INIT: &str = "initContainers";
const MAIN: &str = "containers";

/// All containers of its pods, those that run first before the others.
pub(super) fn containers(object: &Value) -> impl Iterator<Item = &Value> {
    [INIT, MAIN].into_iter().flat_map(|part| containers_of(object, part))
}

fn containers_of<'o>(object: &'o Value, part: &str) -> impl Iterator<Item = &'o Value> {
    let spec = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"]
        .into_iter()
        .find_map(|pointer| object.pointer(pointer));
    let list = spec.and_then(|spec| spec.get(part)).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn workload(object: &Value) -> Facts {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
    let desired = number("/spec/replicas")
        .or_else(|| number("/status/desiredNumberScheduled"))
        .unwrap_or(0);
    let ready = number("/status/readyReplicas")
        .or_else(|| number("/status/numberReady"))
        .unwrap_or(0);
    vec![
        fact("Replicas", format!("{desired} desired, {ready} ready")),
        fact("Selector", joined(object.pointer("/spec/selector/matchLabels"))),
        fact(
            "Strategy",
            text(object, "/spec/strategy/type") + &text(object, "/spec/updateStrategy/type"),
        ),
        fact("Revision", text(object, "/metadata/annotations/deployment.kubernetes.io~1revision")),
    ]
}

fn pod(object: &Value) -> Facts {
    let statuses = object.pointer("/status/containerStatuses").and_then(Value::as_array);
    let restarts: u64 = statuses
        .into_iter()
        .flatten()
        .filter_map(|status| status.get("restartCount").and_then(Value::as_u64))
        .sum();
    vec![
        fact("Status", crate::diagnostics::states::pod_state(object).status),
        fact("Node", text(object, "/spec/nodeName")),
        fact("Address", text(object, "/status/podIP")),
        fact("Restarts", restarts.to_string()),
    ]
}

fn service(object: &Value) -> Facts {
    let ports = object.pointer("/spec/ports").and_then(Value::as_array);
    let port = |port: &Value| {
        let value = |key: &str| port.get(key).map(bare).unwrap_or_default();
        let node = value("nodePort");
        let node = if node.is_empty() { node } else { format!(", on the node {node}") };
        format!("{} → {}{node}", value("port"), value("targetPort"))
    };
    vec![
        fact("Type", text(object, "/spec/type")),
        fact("Address", text(object, "/spec/clusterIP")),
        fact("Ports", ports.into_iter().flatten().map(port).collect::<Vec<_>>().join("; ")),
        fact("Selector", joined(object.pointer("/spec/selector"))),
    ]
}

fn secret(object: &Value) -> Facts {
    let mut facts = vec![fact("Type", text(object, "/type"))];
    // The value is never shown.
    facts.extend(keys(object, "data", size));
    facts
}

/// Its values, but for what looks secret.
pub(super) fn config_map(object: &Value) -> Facts {
    let secret = exposed(object);
    let mut facts = keys(object, "data", |value| match value.as_str().unwrap_or_default() {
        "" => "(empty)".to_owned(),
        text => shortened(text),
    });
    for (name, value) in &mut facts {
        if secret.contains(&name.as_str()) {
            HIDDEN.clone_into(value);
        }
    }
    facts.extend(keys(object, "binaryData", size));
    facts
}

/// Three quarters of the base64 text, less its padding: the size says enough.
fn size(encoded: &Value) -> String {
    let encoded = encoded.as_str().unwrap_or_default();
    format!("{} bytes", encoded.trim_end_matches('=').len() * 3 / 4)
}

fn keys(object: &Value, part: &str, show: impl Fn(&Value) -> String) -> Facts {
    let data = object.get(part).and_then(Value::as_object);
    data.into_iter().flatten().map(|(key, value)| (key.clone(), show(value))).collect()
}

/// Scalars of spec and status by their path.
fn plain(object: &Value) -> Facts {
    let mut facts = Facts::new();
    for part in ["spec", "status"] {
        let mut found = Facts::new();
        if let Some(value) = object.get(part) {
            leaves(part, value, &mut found);
        }
        facts.extend(
            found
                .into_iter()
                .filter(|(path, _)| !path.starts_with("status.conditions"))
                .take(MAX_PLAIN),
        );
    }
    facts
}

fn leaves(path: &str, value: &Value, found: &mut Facts) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(&format!("{path}.{key}"), value, found)),
        Value::Array(list) if list.iter().any(|item| item.is_object() || item.is_array()) => {
            list.iter()
                .enumerate()
                .for_each(|(n, item)| leaves(&format!("{path}[{n}]"), item, found));
        }
        Value::Array(list) => found.push((path.to_owned(), list.iter().map(bare).collect::<Vec<_>>().join(", "))),
        scalar => found.push((path.to_owned(), shortened(&bare(scalar)))),
    }
}

fn container(container: &Value) -> (String, String) {
    let ports = container.get("ports").and_then(Value::as_array);
    let ports: Vec<String> = ports
        .into_iter()
        .flatten()
        .filter_map(|port| port.get("containerPort"))
        .map(bare)
        .collect();
    let ports = if ports.is_empty() {
        String::new()
    } else {
        format!(", port {}", ports.join(", "))
    };
    let limit = |resource: &str| container.pointer(&format!("/resources/limits/{resource}")).map(bare);
    let limits: Vec<String> = ["cpu", "memory"]
        .iter()
        .filter_map(|r| limit(r).map(|value| format!("{value} {r}")))
        .collect();
    let limits = if limits.is_empty() {
        String::new()
    } else {
        format!(", at most {}", limits.join(" and "))
    };
    (text(container, "/name"), format!("{}{ports}{limits}", text(container, "/image")))
}

fn condition(condition: &Value) -> (String, String) {
    let reason = text(condition, "/reason");
    let message = text(condition, "/message");
    let why = [reason, message]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(": ");
    let status = text(condition, "/status");
    (
        text(condition, "/type"),
        if why.is_empty() {
            status
        } else {
            format!("{status} ({})", shortened(&why))
        },
    )
}

fn map(value: Option<&Value>) -> Facts {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), bare(value)))
        .collect()
}

fn joined(value: Option<&Value>) -> String {
    map(value)
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn shortened(value: &str) -> String {
    let line = value.lines().next().unwrap_or_default();
    if line.chars().count() > MAX_VALUE || line.len() < value.trim_end().len() {
        return line.chars().take(MAX_VALUE).chain("…".chars()).collect();
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_described_by_its_keys_and_sizes_alone() {
        let secret = json!({"kind": "Secret", "type": "Opaque", "data": {"A": "aGVsbG8="}, "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}});
        assert_eq!(
            of(&secret),
            [
                fact("Type", "Opaque"),
                fact("A", "5 bytes"),
                fact("Created", "2026-01-01T00:00:00Z")
            ]
        );
    }

    #[test]
    fn of_a_config_map_what_looks_secret_is_hidden() {
        let map = json!({"kind": "ConfigMap", "data": {"DB_PASSWORD": "made-up-here", "LOG_LEVEL": "debug"}});
        let shown = [("DB_PASSWORD", "•••"), ("LOG_LEVEL", "debug")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(of(&map), shown);
    }

    #[test]
    fn the_environment_is_told_by_value_or_by_where_it_comes_from() {
        let object = json!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{
            "name": "backend",
            "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}],
            "env": [
                {"name": "LOG_LEVEL", "value": "info"},
                {"name": "EMPTY"},
                {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "url"}}},
                {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            ],
        }]}}}});
        let lines = [
            "all keys of configmap settings",
            "all keys of secret keys",
            "LOG_LEVEL=info",
            "EMPTY=",
            "DATABASE_URL from secret keys, key url",
            "MODE from configmap settings, key mode",
            "NODE from the pod's spec.nodeName",
        ];
        assert_eq!(sections(&object)["Environment"], lines.map(|line| fact("backend", line)));
    }

    #[test]
    fn a_kind_that_nobody_knows_shows_its_plain_values() {
        let object = json!({"kind": "Backup", "spec": {"at": "02:00", "keep": {"days": 7}, "targets": ["a", "b"]}, "status": {"phase": "Done"}, "metadata": {}});
        assert_eq!(
            of(&object),
            [
                fact("spec.at", "02:00"),
                fact("spec.keep.days", "7"),
                fact("spec.targets", "a, b"),
                fact("status.phase", "Done")
            ]
        );
    }
}
