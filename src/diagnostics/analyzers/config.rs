//! A ConfigMap, a Secret or a key of one that a pod refers to is missing. Known from the kubelet's words: Secrets are not read.

use serde_json::Value;

use super::{Analyzer, probe::last_seen};
use crate::diagnostics::{
    catalog::CONFIG,
    fields::{list, namespace, text},
    judge::Found,
    snapshot::Snapshot,
    words::{clean, is_pasteable},
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// Words about mounts count for this long, in seconds, while the pod is still being created: as long as events are kept, because the
/// kubelet repeats itself ever more rarely.
const RECENT: i64 = 3600;

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Missing {
    /// `ConfigMap` or `Secret`.
    kind: &'static str,
    name: String,
    key: Option<String>,
}

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let mut found = Vec::new();
    for pod in snapshot.live_pods() {
        let mut told: Vec<Missing> = Vec::new();
        for message in messages(snapshot, pod) {
            let Some(missing) = missing(message, pod).filter(|missing| !told.contains(missing)) else {
                continue;
            };
            found.push(tell(snapshot, pod, &missing, message));
            told.push(missing);
        }
    }
    found
}

/// What the kubelet says of containers that lack configuration, and of volumes that it cannot mount for a pod it is creating.
fn messages<'a>(snapshot: &'a Snapshot, pod: &'a Value) -> Vec<&'a str> {
    let statuses = || {
        list(pod, "/status/initContainerStatuses")
            .iter()
            .chain(list(pod, "/status/containerStatuses"))
    };
    let reason = |status: &Value| text(status, "/state/waiting/reason").unwrap_or_default().to_owned();
    let lacking = statuses().filter(|status| reason(status) == "CreateContainerConfigError");
    let mut messages: Vec<&str> = lacking.filter_map(|status| text(status, "/state/waiting/message")).collect();
    if statuses().any(|status| matches!(reason(status).as_str(), "ContainerCreating" | "PodInitializing")) {
        let mounts = snapshot.warnings(pod).filter(|event| text(event, "/reason") == Some("FailedMount"));
        let recent = mounts.filter(|event| last_seen(event).is_some_and(|then| snapshot.now.duration_since(then).as_secs() < RECENT));
        let mut said: Vec<&str> = recent.filter_map(|event| text(event, "/message")).collect();
        said.sort_unstable();
        messages.extend(said);
    }
    messages
}

/// These words are about a ConfigMap, a Secret or a key.
pub(super) fn is_missing(message: &str, pod: &Value) -> bool {
    missing(message, pod).is_some()
}

/// Reads the kubelet's words (`pkg/kubelet/kubelet_pods.go`, `pkg/volume/{configmap,secret}`).
fn missing(message: &str, pod: &Value) -> Option<Missing> {
    let kinds = [("ConfigMap", "configmap"), ("Secret", "secret")];
    for (kind, lower) in kinds {
        if let Some((_, rest)) = message.split_once(&format!("{lower} \""))
            && let Some((name, rest)) = rest.split_once('"')
            && rest.starts_with(" not found")
        {
            return Some(Missing {
                kind,
                name: clean(name),
                key: None,
            });
        }
        if let Some((_, rest)) = message.split_once("couldn't find key ")
            && let Some((key, rest)) = rest.split_once(&format!(" in {kind} "))
        {
            let name = rest.rsplit('/').next().unwrap_or(rest);
            return Some(Missing {
                kind,
                name: clean(name),
                key: Some(clean(key)),
            });
        }
    }
    let (_, key) = message
        .split_once("references non-existent ")
        .and_then(|(_, rest)| rest.split_once("key: "))?;
    let volume = message.split_once("for volume \"").and_then(|(_, rest)| rest.split('"').next())?;
    let spec = list(pod, "/spec/volumes").iter().find(|v| text(v, "/name") == Some(volume))?;
    let (kind, name) = text(spec, "/configMap/name")
        .map(|name| ("ConfigMap", name))
        .or_else(|| text(spec, "/secret/secretName").map(|name| ("Secret", name)))?;
    Some(Missing {
        kind,
        name: clean(name),
        key: Some(clean(key)),
    })
}

fn tell(snapshot: &Snapshot, pod: &Value, missing: &Missing, message: &str) -> Found {
    let Missing { kind, name, key } = missing;
    let what = match key {
        Some(key) => format!("{kind} {name} has no key {key}"),
        None => format!("{kind} {name} is missing"),
    };
    let mut found = Found::new(CONFIG, snapshot, "Pod", pod, &what).evidence(message).lasting(true);
    let places = places(pod, missing);
    if !places.is_empty() {
        found = found.hint(format!("it is needed by {}", places.join(", ")));
    }
    let here = namespace(pod);
    let create = match (kind, key) {
        (_, Some(key)) => format!("add {key} to it, or correct the reference"),
        _ if !is_pasteable(name) || !is_pasteable(here) => "create it, or correct the reference".to_owned(),
        (&"Secret", _) => format!("create it: `todo-agent -n {here} \"create secret {name} from .env\"`"),
        _ => format!("create it: `todo-agent -n {here} \"create configmap {name} with NAME=value\"`"),
    };
    found.hint(create)
}

/// Where the pod refers to it: `env DATABASE_URL of container web`, `envFrom of container web`, `volume conf`.
fn places(pod: &Value, missing: &Missing) -> Vec<String> {
    let (from_key, from_all, volume) = match missing.kind {
        "Secret" => ("/valueFrom/secretKeyRef", "/secretRef/name", "/secret/secretName"),
        _ => ("/valueFrom/configMapKeyRef", "/configMapRef/name", "/configMap/name"),
    };
    let is_it = |name: Option<&str>| name.is_some_and(|name| clean(name) == missing.name);
    let mut places = Vec::new();
    for container in list(pod, "/spec/initContainers").iter().chain(list(pod, "/spec/containers")) {
        let of = format!("of container {}", clean(text(container, "/name").unwrap_or_default()));
        for env in list(container, "/env") {
            let Some(reference) = env.pointer(from_key) else { continue };
            let key = text(reference, "/key").map(clean);
            if is_it(text(reference, "/name")) && (missing.key.is_none() || key == missing.key) {
                places.push(format!("env {} {of}", clean(text(env, "/name").unwrap_or_default())));
            }
        }
        if missing.key.is_none() && list(container, "/envFrom").iter().any(|from| is_it(text(from, from_all))) {
            places.push(format!("envFrom {of}"));
        }
    }
    let volumes = list(pod, "/spec/volumes").iter().filter(|v| is_it(text(v, volume)));
    places.extend(
        volumes
            .filter_map(|v| text(v, "/name"))
            .map(|name| format!("volume {}", clean(name))),
    );
    places
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_key_of_a_volume_is_traced_to_its_object() {
        let pod = json!({"spec": {"volumes": [{"name": "tls", "secret": {"secretName": "cert"}}]}});
        let words = "MountVolume.SetUp failed for volume \"tls\" : references non-existent secret key: tls.key";
        let wanted = Missing {
            kind: "Secret",
            name: "cert".to_owned(),
            key: Some("tls.key".to_owned()),
        };
        assert_eq!(missing(words, &pod), Some(wanted));
        assert_eq!(missing("timed out waiting for the condition", &pod), None);
    }
}
