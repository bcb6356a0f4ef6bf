//! A pod's status, as the kubelet writes it from what the node saw.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::images::Image;
use super::super::turn::Turn;
use super::super::{HOST_IP, ident, values};
use super::conditions;
use super::seen::{Container, Run, Seen, State};

/// The kubelet takes the pod: start time and addresses.
pub fn accept(turn: &Turn, pod: &mut Value) {
    let address = if pod.pointer("/spec/hostNetwork") == Some(&Value::Bool(true)) {
        HOST_IP.to_owned()
    } else {
        free_address(turn)
    };
    for (field, value) in [
        ("startTime", json!(values::stamp(turn.at))),
        ("hostIP", json!(HOST_IP)),
        ("hostIPs", json!([{ "ip": HOST_IP }])),
        ("podIP", json!(address)),
        ("podIPs", json!([{ "ip": address }])),
    ] {
        values::set(pod, &["status", field], value);
    }
}

/// One above the highest address in use; the lowest free one when the range is used up.
fn free_address(turn: &Turn) -> String {
    let used: std::collections::BTreeSet<u32> = turn
        .placed()
        .filter_map(|pod| {
            let mut parts = values::text(pod, "/status/podIP").strip_prefix("10.244.")?.split('.');
            Some(parts.next()?.parse::<u32>().ok()? * 256 + parts.next()?.parse::<u32>().ok()?)
        })
        .collect();
    let highest = used.last().copied().unwrap_or(1);
    let next = if highest < 250 {
        highest + 1
    } else {
        (2..65_000).find(|number| !used.contains(number)).unwrap_or(2)
    };
    format!("10.244.{}.{}", next / 256, next % 256)
}

/// The whole status.
pub fn write(seen: &Seen, mut pod: Value, at: Timestamp) -> Value {
    let specs = |field: &str| values::list(&pod, &format!("/spec/{field}")).to_vec();
    let (inits, mains) = (specs("initContainers"), specs("containers"));
    let waits = if inits.is_empty() { "ContainerCreating" } else { "PodInitializing" };
    let unknown = Container::default();
    let of = |spec: &Value| seen.containers.get(values::name_of(spec)).unwrap_or(&unknown).clone();
    let init_statuses: Vec<Value> = inits
        .iter()
        .map(|spec| container_status(&pod, spec, &of(spec), "PodInitializing", true))
        .collect();
    let main_statuses: Vec<Value> = mains
        .iter()
        .map(|spec| container_status(&pod, spec, &of(spec), waits, false))
        .collect();
    let unready = names(&mains, |spec| !is_ready(&of(spec)));
    let unfinished = names(&inits, |spec| !init_passed(spec, &of(spec)));
    let phase = phase(&pod, &inits, &mains, &of);
    let done = matches!(phase, "Succeeded" | "Failed");

    values::set(&mut pod, &["status", "phase"], json!(phase));
    if !inits.is_empty() {
        values::set(&mut pod, &["status", "initContainerStatuses"], json!(init_statuses));
    }
    values::set(&mut pod, &["status", "containerStatuses"], json!(main_statuses));
    let generation = values::int(&pod, "/metadata/generation").unwrap_or(1);
    values::set(&mut pod, &["status", "observedGeneration"], json!(generation));
    conditions::set(&mut pod, at, "PodReadyToStartContainers", seen.sandbox && !done, None);
    let ended = if phase == "Succeeded" { "PodCompleted" } else { "PodFailed" };
    let incomplete = format!("containers with incomplete status: [{}]", unfinished.join(" "));
    let initialized = match (unfinished.is_empty(), done) {
        (true, true) if phase == "Succeeded" => Some(("PodCompleted", "")),
        (false, _) => Some(("ContainersNotInitialized", incomplete.as_str())),
        _ => None,
    };
    conditions::set(&mut pod, at, "Initialized", unfinished.is_empty(), initialized);
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    let why = if done {
        Some((ended, ""))
    } else if unready.is_empty() && unfinished.is_empty() {
        None
    } else {
        Some(("ContainersNotReady", message.as_str()))
    };
    let gate = gate(&pod);
    let gated = why.or(gate.as_ref().map(|message| ("ReadinessGatesNotReady", message.as_str())));
    conditions::set(&mut pod, at, "Ready", gated.is_none(), gated);
    conditions::set(&mut pod, at, "ContainersReady", why.is_none(), why);
    pod
}

/// A readiness gate that nobody has opened.
fn gate(pod: &Value) -> Option<String> {
    values::list(pod, "/spec/readinessGates")
        .iter()
        .map(|gate| values::text(gate, "/conditionType"))
        .find_map(|of| match values::condition(pod, of) {
            Some(condition) if values::text(condition, "/status") == "True" => None,
            Some(_) => Some(format!("the status of pod readiness gate \"{of}\" is not \"True\", but False")),
            None => Some(format!("corresponding condition of pod readiness gate \"{of}\" does not exist.")),
        })
}

fn names(specs: &[Value], wanted: impl Fn(&Value) -> bool) -> Vec<String> {
    specs
        .iter()
        .filter(|spec| wanted(spec))
        .map(|spec| values::name_of(spec).to_owned())
        .collect()
}

fn is_ready(container: &Container) -> bool {
    matches!(container.state, State::Running { ready: true, .. })
}

fn init_passed(spec: &Value, container: &Container) -> bool {
    match &container.state {
        State::Ended { run, until: None } => run.code == 0,
        State::Running { started, .. } => *started && values::text(spec, "/restartPolicy") == "Always",
        _ => false,
    }
}

/// The phase, by the kubelet's rules.
fn phase(pod: &Value, inits: &[Value], mains: &[Value], of: &impl Fn(&Value) -> Container) -> &'static str {
    let failed_init = inits
        .iter()
        .any(|spec| matches!(of(spec).state, State::Ended { run, until: None } if run.code != 0));
    if failed_init && values::text(pod, "/spec/restartPolicy") == "Never" {
        return "Failed";
    }
    if !inits.iter().all(|spec| init_passed(spec, &of(spec))) {
        return "Pending";
    }
    let states: Vec<Container> = mains.iter().map(of).collect();
    let never_ran = |container: &Container| {
        let waits = matches!(
            container.state,
            State::New | State::Pulling { .. } | State::Trouble { .. } | State::Making { .. }
        );
        waits && container.last.is_none()
    };
    if states.iter().any(never_ran) {
        return "Pending";
    }
    let codes: Option<Vec<i64>> = states
        .iter()
        .map(|container| match &container.state {
            State::Ended { run, until: None } => Some(run.code),
            _ => None,
        })
        .collect();
    match codes {
        None => "Running",
        Some(codes) if codes.iter().all(|code| *code == 0) => "Succeeded",
        Some(_) => "Failed",
    }
}

fn container_id(pod: &Value, name: &str, since: Timestamp) -> String {
    format!("containerd://{}", ident::hex(&[values::uid(pod), name, &since.to_string()]))
}

fn terminated(pod: &Value, name: &str, run: &Run) -> Value {
    json!({ "terminated": {
        "exitCode": run.code,
        "reason": run.reason,
        "startedAt": values::stamp(run.since),
        "finishedAt": values::stamp(run.until),
        "containerID": container_id(pod, name, run.since),
    } })
}

fn waiting(reason: &str, message: Option<String>) -> Value {
    let mut waiting = json!({ "reason": reason });
    if let Some(message) = message {
        values::set(&mut waiting, &["message"], json!(message));
    }
    json!({ "waiting": waiting })
}

fn container_status(pod: &Value, spec: &Value, container: &Container, waits: &str, init: bool) -> Value {
    let name = values::name_of(spec);
    let mut last = container.last.as_ref();
    let mut id = last.map(|run| container_id(pod, name, run.since));
    let (mut ready, mut started) = (false, false);
    let state = match &container.state {
        State::New | State::Pulling { .. } | State::Making { .. } => waiting(waits, None),
        State::Trouble { reason, message, .. } => waiting(reason, Some(message.clone())),
        State::Running {
            since,
            ready: is_ready,
            started: is_started,
            ..
        } => {
            (ready, started) = (*is_ready, *is_started);
            id = Some(container_id(pod, name, *since));
            json!({ "running": { "startedAt": values::stamp(*since) } })
        }
        State::Stopping { run } => {
            id = Some(container_id(pod, name, run.since));
            json!({ "running": { "startedAt": values::stamp(run.since) } })
        }
        State::Ended { run, .. } => {
            ready = init && run.code == 0;
            id = Some(container_id(pod, name, run.since));
            terminated(pod, name, run)
        }
        State::BackOff { run, seconds, .. } => {
            last = Some(run);
            id = Some(container_id(pod, name, run.since));
            let whole = format!("{}_{}({})", values::name(pod), values::namespace(pod), values::uid(pod));
            let message = format!("back-off {} restarting failed container={name} pod={whole}", go_duration(*seconds));
            waiting("CrashLoopBackOff", Some(message))
        }
    };
    let text = values::text(spec, "/image");
    let ran = id.is_some();
    let full = Image::parse(text).map(|image| image.full()).unwrap_or_else(|_| text.to_owned());
    let mut status = json!({
        "name": name,
        "state": state,
        "lastState": last.map_or_else(|| json!({}), |run| terminated(pod, name, run)),
        "ready": ready,
        "restartCount": container.restarts,
        "image": if ran { full.clone() } else { text.to_owned() },
        "imageID": if ran { format!("sha256:{}", ident::hex(&["image", &full])) } else { String::new() },
        "started": started,
    });
    if let Some(id) = id {
        values::set(&mut status, &["containerID"], json!(id));
    }
    if let Some(resources) = spec.get("resources") {
        values::set(&mut status, &["resources"], resources.clone());
    }
    status
}

/// Seconds as Go prints them: `10s`, `2m40s`, `5m0s`.
fn go_duration(seconds: i64) -> String {
    if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m{}s", seconds / 60, seconds % 60)
    }
}
