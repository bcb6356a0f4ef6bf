//! The image of a container cannot be pulled.

use serde_json::Value;

use super::Analyzer;
use crate::{
    diagnostics::{
        catalog::IMAGE,
        fields::{list, text},
        judge::Found,
        snapshot::Snapshot,
        words::{clean, is_pasteable, plain},
    },
    domain::place::Locality,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// Reasons by which a kubelet says that there is no image (`pkg/kubelet/images/types.go`).
const REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let mut found = Vec::new();
    for pod in snapshot.live_pods() {
        let statuses = list(pod, "/status/initContainerStatuses")
            .iter()
            .chain(list(pod, "/status/containerStatuses"));
        let failed = statuses.filter(|status| text(status, "/state/waiting/reason").is_some_and(|reason| REASONS.contains(&reason)));
        // A second container with the same image has the same cause.
        let mut told: Vec<String> = Vec::new();
        for status in failed {
            let one = judge_container(snapshot, pod, status);
            if !told.contains(&one.finding.what) {
                told.push(one.finding.what.clone());
                found.push(one);
            }
        }
    }
    found
}

fn judge_container(snapshot: &Snapshot, pod: &Value, status: &Value) -> Found {
    let reason = text(status, "/state/waiting/reason").unwrap_or_default();
    let image = clean(image_of(pod, status));
    let message = message(snapshot, pod, status, &image);
    let (why, kind) = cause(reason, &message);
    let mut found = Found::new(IMAGE, snapshot, "Pod", pod, &format!("cannot pull {image}: {why}"))
        .evidence(&message)
        .lasting(kind != Cause::Network);
    for hint in hints(snapshot, &image, kind) {
        found = found.hint(hint);
    }
    found
}

/// The image as the pod asks for it; the status may name it in the runtime's own form.
fn image_of<'a>(pod: &'a Value, status: &'a Value) -> &'a str {
    let asked = list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers"));
    let own = asked
        .filter(|container| container.get("name") == status.get("name"))
        .find_map(|container| text(container, "/image"));
    own.or_else(|| text(status, "/image")).unwrap_or_default()
}

/// The kubelet's words. A kubelet before 1.31 gives no cause while it backs off; then its last event does.
fn message(snapshot: &Snapshot, pod: &Value, status: &Value, image: &str) -> String {
    let own = text(status, "/state/waiting/message").unwrap_or_default();
    let says_cause = !own.starts_with("Back-off") || own.contains(": ErrImagePull: ");
    if says_cause && !own.is_empty() {
        return plain(own);
    }
    let mut events: Vec<_> = snapshot
        .warnings(pod)
        .filter(|event| text(event, "/message").is_some_and(|m| m.starts_with("Failed to pull image") && plain(m).contains(image)))
        .collect();
    events.sort_by_key(|event| text(event, "/lastTimestamp"));
    plain(events.last().and_then(|event| text(event, "/message")).unwrap_or(own))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Absent,
    Denied,
    Name,
    NeverPulled,
    Network,
    Other,
}

/// What container runtimes and registries answer, in few words. The texts are those of containerd, CRI-O and Docker.
fn cause(reason: &str, message: &str) -> (String, Cause) {
    let has = |part: &str| message.to_lowercase().contains(part);
    let last = message.trim_end_matches(": unknown").rsplit(": ").next().unwrap_or(message);
    let host = host_of(message);
    match reason {
        "ErrImageNeverPull" => return ("not on the node, and its pull policy is Never".to_owned(), Cause::NeverPulled),
        "InvalidImageName" => {
            let rule = message.rsplit("invalid reference format: ").next().filter(|rule| *rule != message);
            return (
                rule.map_or_else(
                    || "the name is not valid".to_owned(),
                    |rule| format!("the name is not valid: {rule}"),
                ),
                Cause::Name,
            );
        }
        _ => {}
    }
    let at = host.map_or_else(String::new, |host| format!(" at {host}"));
    if has("repository does not exist or may require") || has("pull access denied") {
        (format!("not found{at}, or it needs a login"), Cause::Denied)
    } else if has("no match for platform") || has("no matching manifest") {
        ("not made for this node's platform".to_owned(), Cause::Other)
    } else if has("toomanyrequests") || has("rate limit") {
        (format!("the registry{at} refuses for now: too many pulls"), Cause::Network)
    } else if has("403 forbidden") || has("401 unauthorized") || has("authorization failed") || has("denied:") || has("unauthorized:") {
        (format!("the registry{at} refuses access ({last})"), Cause::Denied)
    } else if has("no such host") || has("i/o timeout") || has("connection refused") || has("unreachable") || has("deadline exceeded") {
        (format!("the registry{at} does not answer ({last})"), Cause::Network)
    } else if has("x509:") || has("tls:") || has("http response to https client") {
        (format!("no trusted connection to the registry{at} ({last})"), Cause::Other)
    } else if has("not found") || has("manifest unknown") || has("notfound") {
        (format!("not found{at}"), Cause::Absent)
    } else if last.is_empty() {
        ("the node gives no reason".to_owned(), Cause::Network)
    } else {
        (last.to_owned(), Cause::Other)
    }
}

/// The registry that was asked: of a URL in the message, else of the reference that could not be resolved.
fn host_of(message: &str) -> Option<&str> {
    let url = message
        .split_once("https://")
        .or_else(|| message.split_once("http://"))
        .map(|(_, rest)| rest);
    let reference = message.split_once("failed to resolve reference \"").map(|(_, rest)| rest);
    let host = url.or(reference)?.split(['/', '"']).next()?;
    (is_pasteable(host) && host.contains(['.', ':'])).then_some(host)
}

/// How a locally built image gets onto the nodes of this kind of cluster. The image becomes part of a command only when it
/// is a plain word.
fn hints(snapshot: &Snapshot, image: &str, cause: Cause) -> Vec<String> {
    let mut hints = Vec::new();
    if cause == Cause::Name || !is_pasteable(image) {
        return vec!["correct the image's name".to_owned()];
    }
    let load = match snapshot.locality {
        Some(Locality::Minikube) => Some(format!("`minikube image load {image}`")),
        Some(Locality::Kind) => Some(format!("`kind load docker-image {image}`")),
        Some(Locality::K3d) => Some(format!("`k3d image import {image}`")),
        _ => None,
    };
    match load {
        Some(command) => hints.push(format!("if the image was built on this machine, load it: {command}")),
        None => hints.push("check the image's name and tag, and that the node can get it".to_owned()),
    }
    if cause == Cause::Denied {
        hints.push("if the registry needs a login, name a Secret with it in `imagePullSecrets`".to_owned());
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrys_own_reason_is_told_in_few_words() {
        let cases = [
            (
                "ErrImagePull",
                "failed to pull and unpack image \"docker.io/library/a:x\": failed to resolve reference \"docker.io/library/a:x\": docker.io/library/a:x: not found",
                "not found at docker.io",
            ),
            (
                "ErrImagePull",
                "Error response from daemon: manifest for nginx:nope not found: manifest unknown: manifest unknown",
                "not found",
            ),
            (
                "ErrImagePull",
                "Error response from daemon: pull access denied for todo-backend, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                "not found, or it needs a login",
            ),
            (
                "ErrImagePull",
                "failed to pull and unpack image \"docker.io/library/todo-backend:v2\": failed to resolve reference \"docker.io/library/todo-backend:v2\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
                "not found at docker.io, or it needs a login",
            ),
            (
                "ErrImagePull",
                "toomanyrequests: You have reached your pull rate limit.",
                "the registry refuses for now: too many pulls",
            ),
            (
                "ErrImagePull",
                "Get \"https://reg.example:5000/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
                "no trusted connection to the registry at reg.example:5000 (certificate signed by unknown authority)",
            ),
            (
                "ErrImagePull",
                "failed to pull and unpack image \"x\": no match for platform in manifest: not found",
                "not made for this node's platform",
            ),
            ("ImagePullBackOff", "", "the node gives no reason"),
        ];
        for (reason, message, wanted) in cases {
            assert_eq!(cause(reason, message).0, wanted, "{message}");
        }
    }

    #[test]
    fn an_image_name_that_is_no_plain_word_never_becomes_part_of_a_command() {
        let mut snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH);
        snapshot.locality = Some(Locality::Minikube);
        assert_eq!(hints(&snapshot, "a;reboot", Cause::Absent), ["correct the image's name"]);
        assert_eq!(
            hints(&snapshot, "a:1", Cause::Absent),
            ["if the image was built on this machine, load it: `minikube image load a:1`"]
        );
    }
}
