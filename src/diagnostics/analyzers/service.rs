//! A service selects nothing, or sends to a port that no container declares.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Analyzer;
use crate::diagnostics::{
    catalog::{PORT, SELECTOR},
    fields::{list, namespace, number, selects, terminating, text},
    judge::Found,
    snapshot::Snapshot,
    words::clean,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Service", "Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet"],
    logs: false,
    judge,
};

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    // Without a look at pods and workloads nothing can be said of what a service selects.
    if !["Pod", "Deployment", "StatefulSet", "DaemonSet"]
        .into_iter()
        .all(|kind| snapshot.saw(kind))
    {
        return Vec::new();
    }
    let services = snapshot
        .all("Service")
        .iter()
        .filter(|service| !terminating(service) && has_selector(service));
    services.flat_map(|service| judge_service(snapshot, service)).collect()
}

fn has_selector(service: &Value) -> bool {
    text(service, "/spec/type") != Some("ExternalName")
        && service
            .pointer("/spec/selector")
            .and_then(Value::as_object)
            .is_some_and(|map| !map.is_empty())
}

fn judge_service(snapshot: &Snapshot, service: &Value) -> Vec<Found> {
    let selector = service.pointer("/spec/selector");
    let pods: Vec<&Value> = snapshot
        .live_pods()
        .filter(|pod| namespace(pod) == namespace(service) && selects(selector, pod.pointer("/metadata/labels")))
        .collect();
    match pods.first() {
        Some(first) => ports_nobody_declares(snapshot, service, &pods, first),
        None if selects_a_workload(snapshot, service) => Vec::new(),
        None => vec![selects_nothing(snapshot, service)],
    }
}

/// A workload without pods just now (scaled to zero, or another finding) is still what the service is for.
fn selects_a_workload(snapshot: &Snapshot, service: &Value) -> bool {
    workloads(snapshot, service).any(|w| selects(service.pointer("/spec/selector"), w.pointer("/spec/template/metadata/labels")))
}

fn workloads<'a>(snapshot: &'a Snapshot, service: &'a Value) -> impl Iterator<Item = &'a Value> {
    let all = ["Deployment", "StatefulSet", "DaemonSet"]
        .into_iter()
        .flat_map(|kind| snapshot.all(kind));
    all.filter(|workload| namespace(workload) == namespace(service))
}

fn selects_nothing(snapshot: &Snapshot, service: &Value) -> Found {
    let labels = service.pointer("/spec/selector").and_then(Value::as_object);
    let pairs: Vec<_> = labels.into_iter().flatten().map(|(key, value)| pair(key, value)).collect();
    let what = format!("selects {}: no pod bears these labels", pairs.join(", "));
    let mut found = Found::new(SELECTOR, snapshot, "Service", service, &what).lasting(true);
    for (key, value) in labels.into_iter().flatten() {
        let known: BTreeSet<_> = workloads(snapshot, service)
            .filter_map(|workload| workload.pointer("/spec/template/metadata/labels")?.get(key))
            .filter(|known| *known != value)
            .map(|known| pair(key, known))
            .collect();
        let same =
            workloads(snapshot, service).any(|w| w.pointer("/spec/template/metadata/labels").and_then(|l| l.get(key)) == Some(value));
        if !known.is_empty() && !same {
            found = found.hint(format!(
                "workloads here bear {}",
                known.into_iter().take(5).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    found.hint("make the service's selector equal to labels of the pods")
}

fn pair(key: &str, value: &Value) -> String {
    clean(&format!("{key}={}", value.as_str().unwrap_or_default()))
}

/// Ports by name must be declared. A number needs no declaration, so that it is doubted only when others are declared.
fn ports_nobody_declares(snapshot: &Snapshot, service: &Value, pods: &[&Value], first: &Value) -> Vec<Found> {
    let containers = || {
        pods.iter()
            .flat_map(|pod| list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers")))
    };
    let declared: Vec<&Value> = containers().flat_map(|container| list(container, "/ports")).collect();
    let known: BTreeSet<String> = declared.iter().map(|port| declared_words(port)).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    for port in list(service, "/spec/ports") {
        let target = port.get("targetPort").or_else(|| port.get("port"));
        let what = match target {
            Some(Value::String(name)) if !declared.iter().any(|d| text(d, "/name") == Some(name)) => {
                format!(
                    "port {} leads to the port named {name}, which no container declares",
                    number(port, "/port")
                )
            }
            Some(target @ Value::Number(_)) if !declared.is_empty() && !declared.iter().any(|d| d.get("containerPort") == Some(target)) => {
                format!("port {} leads to port {target}, which no container declares", number(port, "/port"))
            }
            _ => continue,
        };
        let hint = if known.is_empty() {
            "the containers declare no ports".to_owned()
        } else {
            format!("the containers declare {known}")
        };
        let workload = snapshot.workload_of(first);
        found.push(
            Found::new(PORT, snapshot, "Service", service, &what)
                .workload(workload)
                .warning()
                .lasting(true)
                .hint(hint),
        );
    }
    found
}

fn declared_words(port: &Value) -> String {
    let number = number(port, "/containerPort");
    text(port, "/name").map_or_else(|| number.to_string(), |name| format!("{number} ({})", clean(name)))
}
