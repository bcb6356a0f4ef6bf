use serde_json::Value;

use crate::{
    diagnostics::{
        fields::{condition_holds, list, number, terminating, text, time},
        words::clean,
    },
    domain::{answer::PodState, kind::Kind, object::ObjectRef},
};

/// A pod as kubectl's table shows it.
#[must_use]
pub fn pod_state(pod: &Value) -> PodState {
    let (status, restarts) = status_and_restarts(pod);
    PodState {
        object: ObjectRef::of(&Kind::pod(), pod),
        status,
        ready: condition_holds(pod, "Ready") && !terminating(pod),
        restarts,
        created: time(pod, "/metadata/creationTimestamp"),
        node: text(pod, "/spec/nodeName").map(str::to_owned),
    }
}

/// The columns STATUS and RESTARTS by the rules of the API server's printer
/// (`printPod` in k8s.io/kubernetes `pkg/printers/internalversion/printers.go`, 1.34).
fn status_and_restarts(pod: &Value) -> (String, u32) {
    let phase = text(pod, "/status/phase").unwrap_or("Unknown");
    let mut status = text(pod, "/status/reason").filter(|r| !r.is_empty()).unwrap_or(phase).to_owned();
    let gated = |c: &&Value| text(c, "/type") == Some("PodScheduled") && text(c, "/reason") == Some("SchedulingGated");
    if list(pod, "/status/conditions").iter().any(|c| gated(&c)) {
        "SchedulingGated".clone_into(&mut status);
    }

    let init = list(pod, "/status/initContainerStatuses");
    let sidecar = |container: &Value| is_sidecar(pod, container);
    let mut restarts: u32 = init.iter().map(|c| number(c, "/restartCount")).sum();
    let mut initializing = false;
    if let Some((position, container)) = init.iter().enumerate().find(|(_, c)| !is_past(c, sidecar(c))) {
        initializing = true;
        // The printer stops counting at the container it stops at.
        restarts = init.iter().take(position + 1).map(|c| number(c, "/restartCount")).sum();
        status = init_status(pod, container, position);
    }
    if !initializing || condition_holds(pod, "Initialized") {
        let containers = list(pod, "/status/containerStatuses");
        restarts = init
            .iter()
            .filter(|c| sidecar(c))
            .chain(containers)
            .map(|c| number(c, "/restartCount"))
            .sum();
        for container in containers.iter().rev() {
            if let Some(reason) = own_status(container) {
                status = reason;
            }
        }
        let running = |c: &Value| c.pointer("/state/running").is_some() && c.get("ready").and_then(Value::as_bool) == Some(true);
        if status == "Completed" && containers.iter().any(running) {
            let ready = condition_holds(pod, "Ready");
            (if ready { "Running" } else { "NotReady" }).clone_into(&mut status);
        }
    }
    if terminating(pod) {
        if text(pod, "/status/reason") == Some("NodeLost") {
            "Unknown".clone_into(&mut status);
        } else if !matches!(phase, "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut status);
        }
    }
    (clean(&status), restarts)
}

/// An init container that keeps running beside the others (`restartPolicy: Always`).
fn is_sidecar(pod: &Value, status: &Value) -> bool {
    let spec = list(pod, "/spec/initContainers")
        .iter()
        .find(|c| c.get("name") == status.get("name"));
    spec.and_then(|c| text(c, "/restartPolicy")) == Some("Always")
}

/// Initialization went past this container.
fn is_past(container: &Value, sidecar: bool) -> bool {
    let ended_well = container.pointer("/state/terminated/exitCode").and_then(Value::as_i64) == Some(0);
    ended_well || sidecar && container.get("started").and_then(Value::as_bool) == Some(true)
}

fn init_status(pod: &Value, container: &Value, position: usize) -> String {
    if let Some(ended) = container.pointer("/state/terminated") {
        return format!("Init:{}", end_status(ended));
    }
    match text(container, "/state/waiting/reason") {
        Some(reason) if !reason.is_empty() && reason != "PodInitializing" => format!("Init:{reason}"),
        _ => format!("Init:{position}/{}", list(pod, "/spec/initContainers").len()),
    }
}

fn own_status(container: &Value) -> Option<String> {
    match text(container, "/state/waiting/reason") {
        Some(reason) if !reason.is_empty() => Some(reason.to_owned()),
        _ => container.pointer("/state/terminated").map(end_status),
    }
}

fn end_status(ended: &Value) -> String {
    match (text(ended, "/reason"), number(ended, "/signal")) {
        (Some(reason), _) if !reason.is_empty() => reason.to_owned(),
        (_, 0) => format!("ExitCode:{}", ended.get("exitCode").and_then(Value::as_i64).unwrap_or_default()),
        (_, signal) => format!("Signal:{signal}"),
    }
}

/// What a pod that does not serve yet is doing: `starting: pulling image`, `waiting for a node`, `crashing`. `None` when it
/// is ready. `pulling` says that its node is fetching an image.
#[must_use]
pub fn pod_words(pod: &Value, pulling: bool) -> Option<String> {
    let state = pod_state(pod);
    if state.ready {
        return None;
    }
    let words = match state.status.as_str() {
        "Terminating" => "stopping",
        "Pending" if state.node.is_none() => "waiting for a node",
        "ContainerCreating" | "PodInitializing" | "Pending" if pulling => "starting: pulling image",
        "ContainerCreating" | "PodInitializing" | "Pending" => "starting",
        "Running" if condition_holds(pod, "ContainersReady") => "waiting for its readiness gates",
        "Running" => "running, not ready yet",
        "CrashLoopBackOff" | "Error" | "RunContainerError" => "crashing",
        "OOMKilled" => "crashing: out of memory",
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => "failing: image cannot be pulled",
        "CreateContainerConfigError" => "failing: configuration is missing",
        init if init.starts_with("Init:") && init.contains('/') => "initializing",
        other => return Some(other.to_owned()),
    };
    Some(words.to_owned())
}

/// The pods that do not serve yet, grouped: `1 starting: pulling image, 2 waiting for a node`. Empty when all do.
#[must_use]
pub fn pods_words<'a>(pods: impl IntoIterator<Item = (&'a Value, bool)>) -> String {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for (pod, pulling) in pods {
        let Some(words) = pod_words(pod, pulling) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => groups.push((words, 1)),
        }
    }
    groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    groups
        .iter()
        .map(|(words, count)| format!("{count} {words}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(pod: &Value) -> String {
        let (status, restarts) = status_and_restarts(pod);
        format!("{status} {restarts}")
    }

    #[test]
    fn the_status_is_that_of_kubectl() {
        let waiting = |reason: &str| json!({"name": "c", "restartCount": 2, "state": {"waiting": {"reason": reason}}});
        let running = json!({"name": "c", "restartCount": 1, "ready": true, "state": {"running": {}}});
        let ended = |reason: &str, code: i64| json!({"name": "c", "restartCount": 0, "state": {"terminated": {"reason": reason, "exitCode": code}}});
        let containers = |list: Vec<Value>| json!({"status": {"phase": "Running", "containerStatuses": list}});
        let init = |list: Vec<Value>| json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}, "status": {"phase": "Pending", "initContainerStatuses": list}});
        let cases = [
            (json!({"status": {"phase": "Pending"}}), "Pending 0"),
            (json!({"status": {"phase": "Failed", "reason": "Evicted"}}), "Evicted 0"),
            (
                json!({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}}),
                "SchedulingGated 0",
            ),
            (containers(vec![running.clone()]), "Running 1"),
            (containers(vec![running.clone(), waiting("CrashLoopBackOff")]), "CrashLoopBackOff 3"),
            (
                containers(vec![waiting("ImagePullBackOff"), waiting("CrashLoopBackOff")]),
                "ImagePullBackOff 4",
            ),
            (containers(vec![ended("Completed", 0), running.clone()]), "NotReady 1"),
            (containers(vec![ended("", 3)]), "ExitCode:3 0"),
            (containers(vec![ended("OOMKilled", 137)]), "OOMKilled 0"),
            (init(vec![ended("Completed", 0), waiting("PodInitializing")]), "Init:1/2 2"),
            (
                init(vec![waiting("CrashLoopBackOff"), waiting("PodInitializing")]),
                "Init:CrashLoopBackOff 2",
            ),
            (init(vec![ended("Error", 1)]), "Init:Error 0"),
            (
                json!({"spec": {"initContainers": [{"name": "side", "restartPolicy": "Always"}]}, "status": {"phase": "Running",
                    "initContainerStatuses": [{"name": "side", "restartCount": 3, "started": true, "ready": true, "state": {"running": {}}}],
                    "containerStatuses": [running.clone()]}}),
                "Running 4",
            ),
            (
                json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running"}}),
                "Terminating 0",
            ),
            (
                json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running", "reason": "NodeLost"}}),
                "Unknown 0",
            ),
            (
                json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Succeeded", "containerStatuses": [ended("Completed", 0)]}}),
                "Completed 0",
            ),
        ];
        for (pod, wanted) in cases {
            assert_eq!(status(&pod), wanted, "{pod}");
        }
    }

    #[test]
    fn pods_that_do_not_serve_yet_are_told_in_groups() {
        let pending = json!({"status": {"phase": "Pending"}});
        let creating = json!({"spec": {"nodeName": "n"}, "status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}});
        let ready = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        let pods = [
            (&pending, false),
            (&creating, true),
            (&pending, false),
            (&ready, false),
            (&creating, false),
        ];
        assert_eq!(pods_words(pods), "2 waiting for a node, 1 starting, 1 starting: pulling image");
    }
}
