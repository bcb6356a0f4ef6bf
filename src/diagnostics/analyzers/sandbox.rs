//! The runtime cannot make what a pod's containers would run in: its network, its runtime class, the pause image.

use serde_json::Value;

use super::{Analyzer, probe::last_seen};
use crate::diagnostics::{
    catalog::SANDBOX,
    fields::{condition_holds, list, text},
    judge::Found,
    snapshot::Snapshot,
    words::clean,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// Words count for this long, in seconds, while the pod is still being created: as long as events are kept, because the kubelet
/// repeats itself ever more rarely.
const RECENT: i64 = 3600;

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    snapshot.live_pods().filter_map(|pod| of_pod(snapshot, pod)).collect()
}

/// What warnings of these reasons said of a pod that is still being created, newest first.
pub(super) fn said_while_it_waits<'a>(snapshot: &'a Snapshot, pod: &'a Value, reasons: &[&str]) -> Vec<&'a str> {
    let mut statuses = list(pod, "/status/initContainerStatuses")
        .iter()
        .chain(list(pod, "/status/containerStatuses"));
    let waits = statuses.any(|status| {
        let reason = text(status, "/state/waiting/reason").unwrap_or_default();
        matches!(reason, "ContainerCreating" | "PodInitializing")
    });
    // What it once lacked it has by now.
    if !waits || condition_holds(pod, "PodReadyToStartContainers") {
        return Vec::new();
    }
    let of_reason = |event: &&Value| text(event, "/reason").is_some_and(|reason| reasons.contains(&reason));
    let mut events: Vec<_> = snapshot
        .warnings(pod)
        .filter(of_reason)
        .filter_map(|event| Some((last_seen(event)?, text(event, "/message")?)))
        .filter(|(then, _)| snapshot.now.duration_since(*then).as_secs() < RECENT)
        .collect();
    events.sort_by(|a, b| b.cmp(a));
    events.into_iter().map(|(_, message)| message).collect()
}

fn of_pod(snapshot: &Snapshot, pod: &Value) -> Option<Found> {
    let message = said_while_it_waits(snapshot, pod, &["FailedCreatePodSandBox"]).into_iter().next()?;
    let why = bare(message);
    let class = text(pod, "/spec/runtimeClassName");
    let no_runtime = why.split_once("no runtime for ").and_then(|(_, rest)| rest.split('"').nth(1));
    let found = |what: &str| Found::new(SANDBOX, snapshot, "Pod", pod, what).evidence(message);
    if let (Some(handler), Some(class)) = (no_runtime, class) {
        let what = format!(
            "the node has no container runtime {}, which RuntimeClass {} asks for",
            clean(handler),
            clean(class)
        );
        return Some(
            found(&what)
                .lasting(true)
                .hint("leave `runtimeClassName` away, or set the runtime up on the node"),
        );
    }
    if is_too_small(why) {
        let limit = match list(pod, "/spec/containers") {
            [only] => text(only, "/resources/limits/memory").map(|limit| format!(" of {}", clean(limit))),
            _ => None,
        };
        let limit = limit.unwrap_or_default();
        let told = format!("its memory limit{limit} is too small: not even a container without a program starts within it");
        return Some(found(&told).lasting(true).hint(RAISE));
    }
    let found = found(&format!("its sandbox cannot be made: {why}"));
    Some(if why.contains("network") || why.contains("cni") {
        found.hint("look at the pods of the network plugin: `kubectl get pods -A -o wide`")
    } else if why.contains("sandbox image") {
        found.hint("the node cannot pull the pause image: load it, or let the node reach its registry")
    } else {
        found.hint("look at the runtime on the node (`journalctl -u containerd`)")
    })
}

/// What helps where a memory limit is too small to begin with.
pub(super) const RAISE: &str = "raise `resources.limits.memory`: some megabytes are needed before a program runs";

/// The runtime itself was killed at the memory limit, in its own words.
pub(super) fn is_too_small(why: &str) -> bool {
    why.contains("memory limit too low") || why.contains("container init was OOM-killed")
}

/// Without what stands before every such message.
fn bare(message: &str) -> &str {
    let rest = message.strip_prefix("Failed to create pod sandbox: ").unwrap_or(message);
    let rest = rest.strip_prefix("rpc error: ").unwrap_or(rest);
    let rest = rest
        .split_once("desc = ")
        .filter(|(code, _)| code.starts_with("code = "))
        .map_or(rest, |(_, rest)| rest);
    rest.lines().next().unwrap_or(rest)
}
