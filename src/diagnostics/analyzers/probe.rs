//! A probe fails: no traffic reaches the pod, or its container is restarted.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Analyzer,
    crash::{FailedContainer, which},
};
use crate::diagnostics::{
    catalog::PROBE,
    fields::{list, number, text, time},
    judge::Found,
    snapshot::Snapshot,
    words::{clean, counted},
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// A restart is told for this long, in seconds.
const RECENT: i64 = 600;
/// From this many restarts on, waiting does not help.
const MANY: u32 = 3;
/// Failing answers that do not change by waiting are lasting after this many seconds.
const SETTLED: i64 = 30;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Readiness,
    Liveness,
    Startup,
}

impl Kind {
    const fn field(self) -> &'static str {
        match self {
            Self::Readiness => "readinessProbe",
            Self::Liveness => "livenessProbe",
            Self::Startup => "startupProbe",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
            Self::Startup => "startup",
        }
    }
}

/// What the kubelet said of a probe last.
struct Failure<'a> {
    message: &'a str,
    last: Timestamp,
    count: u32,
}

/// The container's last run was ended by the kubelet because of its liveness or startup probe. The kubelet stops with
/// SIGTERM, then SIGKILL: a program that ended with another code crashed by itself, whatever its probe said. How old the
/// kubelet's words are says nothing: once it has written many events of an object, it writes one in five minutes and fewer
/// (client-go's spam filter), and the server forgets them after an hour.
pub fn was_killed_by_probe(snapshot: &Snapshot, one: &FailedContainer<'_>) -> bool {
    may_be_killed(one.end)
        && [Kind::Liveness, Kind::Startup]
            .into_iter()
            .any(|kind| failure(snapshot, one.pod, one.container, kind).is_some())
}

fn may_be_killed(end: &Value) -> bool {
    matches!(end.pointer("/exitCode").and_then(Value::as_i64), Some(0 | 137 | 143))
}

/// The probe that may have ended a container, though no word of it is left: `liveness probe (GET /health on port 7860)`.
pub fn suspect(one: &FailedContainer<'_>) -> Option<String> {
    let specs = list(one.pod, "/spec/containers")
        .iter()
        .chain(list(one.pod, "/spec/initContainers"));
    let spec = specs
        .into_iter()
        .find(|spec| text(spec, "/name") == Some(one.container))
        .filter(|_| may_be_killed(one.end))?;
    let probes = [Kind::Startup, Kind::Liveness]
        .into_iter()
        .filter_map(|kind| Some((kind, spec.get(kind.field())?)));
    probes
        .map(|(kind, probe)| format!("{} probe ({})", kind.word(), asked(probe)))
        .next()
}

fn failure<'a>(snapshot: &'a Snapshot, pod: &'a Value, container: &str, kind: Kind) -> Option<Failure<'a>> {
    let (failed, errored) = match kind {
        Kind::Readiness => ("Readiness probe failed: ", "Readiness probe errored"),
        Kind::Liveness => ("Liveness probe failed: ", "Liveness probe errored"),
        Kind::Startup => ("Startup probe failed: ", "Startup probe errored"),
    };
    let of_container =
        |event: &&Value| text(event, "/involvedObject/fieldPath").is_none_or(|path| path.contains(&format!("{{{container}}}")));
    let unhealthy = snapshot
        .warnings(pod)
        .filter(|event| text(event, "/reason") == Some("Unhealthy"))
        .filter(of_container);
    let told = unhealthy.filter_map(|event| {
        let message = text(event, "/message")?;
        let rest = message.strip_prefix(failed).or_else(|| message.strip_prefix(errored))?;
        Some(Failure {
            message: rest,
            last: last_seen(event)?,
            count: number(event, "/count").max(number(event, "/series/count")).max(1),
        })
    });
    told.max_by_key(|failure| failure.last)
}

/// When an event was seen last, whichever of the two event APIs wrote it.
pub fn last_seen(event: &Value) -> Option<Timestamp> {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .find_map(|pointer| time(event, pointer))
}

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let mut found = Vec::new();
    for pod in snapshot.live_pods() {
        for status in list(pod, "/status/containerStatuses")
            .iter()
            .chain(list(pod, "/status/initContainerStatuses"))
        {
            let Some(container) = text(status, "/name") else { continue };
            let specs = list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers"));
            let Some(spec) = specs
                .filter(|spec| text(spec, "/name") == Some(container))
                .find(|spec| spec.is_object())
            else {
                continue;
            };
            let restarting = [Kind::Startup, Kind::Liveness]
                .into_iter()
                .find_map(|kind| restarting(snapshot, pod, spec, status, kind));
            found.extend(restarting.or_else(|| not_ready(snapshot, pod, spec, status)));
        }
    }
    found
}

/// Liveness and startup: told when the container was restarted for it.
fn restarting(snapshot: &Snapshot, pod: &Value, spec: &Value, status: &Value, kind: Kind) -> Option<Found> {
    let probe = spec.get(kind.field())?;
    let container = text(spec, "/name")?;
    let failure = failure(snapshot, pod, container, kind)?;
    let restarts = number(status, "/restartCount");
    let end = status
        .pointer("/state/terminated")
        .or_else(|| status.pointer("/lastState/terminated"));
    let ended = end.and_then(|end| time(end, "/finishedAt"));
    let recent = ended.is_none_or(|then| snapshot.now.duration_since(then).as_secs() < RECENT);
    if restarts == 0 || !recent || !end.is_some_and(may_be_killed) {
        return None;
    }
    let mut found = told(snapshot, pod, spec, probe, kind, &failure).lasting(restarts >= MANY);
    found.weight = restarts;
    found.detail = Some(counted(restarts as usize, "restart"));
    Some(found)
}

/// Readiness: told when the container has run for longer than the probe gives it to become ready.
fn not_ready(snapshot: &Snapshot, pod: &Value, spec: &Value, status: &Value) -> Option<Found> {
    let probe = spec.get(Kind::Readiness.field())?;
    let container = text(spec, "/name")?;
    let started = time(status, "/state/running/startedAt")?;
    if status.get("ready").and_then(Value::as_bool) == Some(true) || status.get("started").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let failure = failure(snapshot, pod, container, Kind::Readiness).filter(|failure| failure.last >= started)?;
    let period = number_or(probe, "/periodSeconds", 10);
    let threshold = number_or(probe, "/failureThreshold", 3);
    let ran = snapshot.now.duration_since(started).as_secs();
    if ran < i64::from(number(probe, "/initialDelaySeconds")) + period * threshold && i64::from(failure.count) < threshold {
        return None;
    }
    // An answer such as 404 does not get better with time; a refused connection may.
    let settled = failure.message.contains("statuscode: 4") && ran >= SETTLED;
    Some(told(snapshot, pod, spec, probe, Kind::Readiness, &failure).lasting(settled))
}

fn number_or(object: &Value, pointer: &str, default: i64) -> i64 {
    match number(object, pointer) {
        0 => default,
        given => i64::from(given),
    }
}

fn told(snapshot: &Snapshot, pod: &Value, spec: &Value, probe: &Value, kind: Kind, failure: &Failure<'_>) -> Found {
    let which = which(pod, text(spec, "/name").unwrap_or_default());
    let what = format!(
        "{which}{} probe fails: {} {}",
        kind.word(),
        asked(probe),
        answer(probe, failure.message)
    );
    let mut found = Found::new(PROBE, snapshot, "Pod", pod, &what).evidence(failure.message);
    for hint in hints(spec, probe, failure.message) {
        found = found.hint(hint);
    }
    found
}

/// `GET /health on port 7860`, `TCP port 5432`, `command pg_isready`.
fn asked(probe: &Value) -> String {
    if let Some(http) = probe.get("httpGet") {
        format!("GET {} on port {}", clean(text(http, "/path").unwrap_or("/")), port(http))
    } else if let Some(tcp) = probe.get("tcpSocket") {
        format!("TCP port {}", port(tcp))
    } else if let Some(grpc) = probe.get("grpc") {
        format!("gRPC health on port {}", port(grpc))
    } else {
        let words: Vec<_> = list(probe, "/exec/command").iter().filter_map(Value::as_str).collect();
        format!("command `{}`", clean(&words.join(" ")))
    }
}

fn port(target: &Value) -> String {
    match target.get("port") {
        Some(Value::String(name)) => clean(name),
        Some(number) => number.to_string(),
        None => "?".to_owned(),
    }
}

/// The kubelet's message without what differs from pod to pod, such as addresses.
fn answer(probe: &Value, message: &str) -> String {
    let has = |part: &str| message.contains(part);
    if let Some((_, code)) = message.rsplit_once("statuscode: ") {
        format!("answers {}", clean(code))
    } else if has("connection refused") {
        "is refused: nothing listens there".to_owned()
    } else if has("context deadline exceeded") || has("Client.Timeout") || has("i/o timeout") || has("timed out") {
        format!("does not answer within {} s", number_or(probe, "/timeoutSeconds", 1))
    } else if probe.get("exec").is_some() {
        let said = clean(message);
        if said.is_empty() {
            "fails".to_owned()
        } else {
            format!("fails: {said}")
        }
    } else {
        format!("fails: {}", clean(message.rsplit(": ").next().unwrap_or(message)))
    }
}

fn hints(spec: &Value, probe: &Value, message: &str) -> Vec<String> {
    let mut hints = Vec::new();
    let target = ["/httpGet/port", "/tcpSocket/port", "/grpc/port"]
        .into_iter()
        .find_map(|pointer| probe.pointer(pointer));
    let declared: Vec<&Value> = list(spec, "/ports").iter().collect();
    let is_declared = |port: &Value| {
        declared
            .iter()
            .any(|d| d.get("containerPort") == Some(port) || d.get("name") == Some(port))
    };
    if let Some(target) = target
        && !declared.is_empty()
        && !is_declared(target)
    {
        let ports: Vec<String> = declared
            .iter()
            .filter_map(|d| d.get("containerPort"))
            .map(Value::to_string)
            .collect();
        hints.push(format!("the container declares port {}", ports.join(", ")));
    } else if message.contains("statuscode: 404") {
        let path = clean(text(probe, "/httpGet/path").unwrap_or("/"));
        hints.push(format!("the program does not serve {path}: correct the probe's path"));
    } else if message.contains("connection refused") {
        hints.push("the program listens on another port or address (it must be 0.0.0.0), or is slow to start".to_owned());
    }
    hints
}
