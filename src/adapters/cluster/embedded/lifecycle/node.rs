//! What the simulated node answers when the rules ask it: whether an image comes, how a container runs, what a probe sees.
//!
//! The rules (back-off, thresholds, phases) stand in `pods`; here is only what a real node would observe. All answers are
//! functions of their arguments.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::super::world::World;
use super::images::{self, Image};
use super::program::{Ends, Program};
use super::{quantity, values};

/// Annotation on a pod (or its template) that makes its containers misbehave.
pub const FAULT: &str = "todo-agent.dev/fault";

/// What a container was started with.
#[derive(Debug)]
pub struct Start<'a> {
    pub pod: &'a Value,
    pub container: &'a Value,
    pub env: &'a BTreeMap<String, String>,
    /// Whether it is meant to end (an init container, a job).
    pub to_end: bool,
}

/// How a container ended, or will end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// After its start.
    pub after: SignedDuration,
    pub code: i64,
    /// `Completed`, `Error`, `OOMKilled`
    pub reason: &'static str,
}

impl Exit {
    fn new(millis: i64, code: i64) -> Self {
        Self {
            after: SignedDuration::from_millis(millis),
            code,
            reason: if code == 0 { "Completed" } else { "Error" },
        }
    }

    fn out_of_memory(millis: i64) -> Self {
        Self {
            reason: "OOMKilled",
            ..Self::new(millis, 137)
        }
    }
}

/// The fault that a pod was given.
pub fn fault(pod: &Value) -> &str {
    values::annotation(pod, FAULT).unwrap_or_default()
}

/// Whether the image is on the node already.
pub fn present(world: &World, image: &Image) -> bool {
    let node = world.get("Node", "", super::NODE);
    let mut on_node = node
        .into_iter()
        .flat_map(|node| values::list(node, "/status/images"))
        .flat_map(|entry| values::list(entry, "/names"));
    world.images.known.iter().any(|known| image.same(known)) || on_node.any(|name| name.as_str().is_some_and(|name| image.same(name)))
}

/// Pulls an image: the time it takes and its size in bytes.
///
/// # Errors
/// The runtime's words.
pub fn pull(world: &World, image: &Image) -> Result<(SignedDuration, u64), String> {
    if !present(world, image) {
        images::pull(image)?;
    }
    let spread = super::ident::number(&[&image.full()]);
    let took = SignedDuration::from_millis(180 + i64::try_from(spread % 60).unwrap_or_default());
    Ok((took, 24_000_000 + spread % 180_000_000))
}

/// How long a pull takes before its result is known.
pub const PULL: SignedDuration = SignedDuration::from_millis(240);

/// How long the runtime takes to make and start a container.
pub const START: SignedDuration = SignedDuration::from_millis(150);

/// How a container that starts now will end by itself; `None` when it runs on.
pub fn run(start: &Start) -> Option<Exit> {
    match fault(start.pod) {
        "crash-loop" => return Some(Exit::new(1200, 1)),
        "oom" => return Some(Exit::out_of_memory(2500)),
        _ => {}
    }
    let program = Program::of(start);
    let limit = values::text(start.container, "/resources/limits/memory");
    if quantity::milli(limit).is_some_and(|limit| limit > 0 && limit / 1000 < program.memory()) {
        return Some(Exit::out_of_memory(900));
    }
    match program.ends(start) {
        Ends::Never => None,
        Ends::After { millis, code } => Some(Exit::new(millis, code)),
    }
}

/// How a container reacts to being told to stop: how long it takes and its exit code, within the grace period.
pub fn stop(start: &Start, grace: SignedDuration) -> (SignedDuration, i64) {
    let (takes, code) = Program::of(start).stops();
    match takes {
        Some(takes) if takes <= grace => (takes, code),
        _ => (grace, 137),
    }
}

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    Startup,
    Readiness,
    Liveness,
}

/// What a probe of a container sees that runs for `running`, at the pod's address.
///
/// # Errors
/// What the kubelet says of the failure.
pub fn probe(start: &Start, which: Probe, spec: &Value, running: SignedDuration) -> Result<(), String> {
    let program = Program::of(start);
    let slow = if fault(start.pod) == "slow-start" {
        SignedDuration::from_secs(45)
    } else {
        program.warm_up()
    };
    let address = values::text(start.pod, "/status/podIP");
    if let Some(exec) = spec.get("exec") {
        return program.exec(exec, which != Probe::Startup || fault(start.pod) != "bad-probe");
    }
    let (target, http) = match (spec.get("httpGet"), spec.get("tcpSocket"), spec.get("grpc")) {
        (Some(http), _, _) => (http, true),
        (_, Some(tcp), _) | (_, _, Some(tcp)) => (tcp, false),
        _ => return Ok(()),
    };
    let Some(port) = port(start.container, target.get("port")) else {
        return Err(format!("couldn't find port: {}", target.get("port").unwrap_or(&Value::Null)));
    };
    let host = match values::text(target, "/host") {
        "" => address,
        host => host,
    };
    let path = values::text(target, "/path");
    let scheme = if values::text(target, "/scheme") == "HTTPS" {
        "https"
    } else {
        "http"
    };
    // A program that is about to end with an error has not come as far as to listen.
    let failing = run(start).is_some_and(|exit| exit.code != 0);
    if failing || !program.serves(start, port) || running < slow {
        let refused = format!("dial tcp {host}:{port}: connect: connection refused");
        return Err(if http {
            format!("Get \"{scheme}://{host}:{port}{path}\": {refused}")
        } else {
            refused
        });
    }
    if fault(start.pod) == "bad-probe" {
        let timeout = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        return Err(if http {
            "HTTP probe failed with statuscode: 503".to_owned()
        } else {
            timeout.to_owned()
        });
    }
    match program.status(path) {
        200..400 => Ok(()),
        status if http => Err(format!("HTTP probe failed with statuscode: {status}")),
        _ => Ok(()),
    }
}

/// A port by number or by the name that the container gives it.
fn port(container: &Value, port: Option<&Value>) -> Option<i64> {
    match port? {
        Value::Number(number) => number.as_i64(),
        Value::String(name) => {
            let named = values::list(container, "/ports")
                .iter()
                .find(|port| values::text(port, "/name") == name);
            named
                .and_then(|port| values::int(port, "/containerPort"))
                .or_else(|| name.parse().ok())
        }
        _ => None,
    }
}
