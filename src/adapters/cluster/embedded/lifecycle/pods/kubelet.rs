//! The kubelet: walks a pod through volumes, init containers, containers and its end.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::events::{Report, Source, report};
use super::super::turn::{Turn, finished};
use super::super::{node, values};
use super::seen::{Container, Seen, State};
use super::{config, containers, status, volumes};
use crate::adapters::cluster::embedded::world::Key;

/// Brings a pod on the node up to this moment, and says when it is next due.
pub fn sync(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let mut pod = turn.get_key(at)?.clone();
    let before = Seen::load(turn, at);
    let mut seen = before.clone();
    if values::deleting(&pod) {
        return end(turn, at, &pod, seen);
    }
    if finished(&pod) {
        return None;
    }
    if values::text(&pod, "/status/podIP").is_empty() {
        status::accept(turn, &mut pod);
    }
    let due = if seen.sandbox || mount(turn, &pod, &mut seen) {
        run(turn, &pod, &mut seen)
    } else {
        seen.retry
    };
    if seen != before {
        seen.save(turn, at);
    }
    let pod = status::write(&seen, pod, turn.at);
    turn.put(pod);
    due
}

/// Mounts the volumes; false while one is missing.
fn mount(turn: &mut Turn, pod: &Value, seen: &mut Seen) -> bool {
    let troubles = volumes::troubles(turn, pod);
    if troubles.is_empty() {
        seen.sandbox = true;
        seen.retry = None;
        return true;
    }
    if seen.retry.is_none_or(|retry| retry <= turn.at) || seen.tries == 0 {
        for trouble in troubles {
            report(turn, pod, &Report::warning(Source::Kubelet, "FailedMount", trouble), 1);
        }
        // 0.5 s, doubled each time, at most 2 min 2 s.
        let wait = SignedDuration::from_millis((500_i64 << seen.tries.min(8)).min(122_000));
        seen.tries += 1;
        seen.retry = Some(values::after(turn.at, wait));
    }
    false
}

/// Runs init containers one after the other, then the containers together.
fn run(turn: &mut Turn, pod: &Value, seen: &mut Seen) -> Option<Timestamp> {
    let mut due = None;
    for container in values::list(pod, "/spec/initContainers") {
        let sidecar = values::text(container, "/restartPolicy") == "Always";
        let part = Part {
            pod,
            container,
            init: true,
        };
        due = values::sooner(due, step(turn, &part, seen));
        let state = seen.containers.get(values::name_of(container)).map(|container| &container.state);
        let passed = match state {
            Some(State::Ended { run, until: None }) => run.code == 0,
            Some(State::Running { started, .. }) => sidecar && *started,
            _ => false,
        };
        if !passed {
            return due;
        }
    }
    for container in values::list(pod, "/spec/containers") {
        let part = Part {
            pod,
            container,
            init: false,
        };
        due = values::sooner(due, step(turn, &part, seen));
    }
    due
}

fn step(turn: &mut Turn, part: &Part, seen: &mut Seen) -> Option<Timestamp> {
    let name = values::name_of(part.container).to_owned();
    let mut container = seen.containers.remove(&name).unwrap_or_default();
    let due = containers::step(turn, part, &mut container);
    seen.containers.insert(name, container);
    due
}

/// A container within its pod.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub pod: &'a Value,
    pub container: &'a Value,
    pub init: bool,
}

impl Part<'_> {
    pub fn field(&self) -> String {
        let list = if self.init { "initContainers" } else { "containers" };
        format!("spec.{list}{{{}}}", values::name_of(self.container))
    }

    pub fn name(&self) -> &str {
        values::name_of(self.container)
    }

    /// Whether the container is started again when it has ended with this code.
    pub fn restarts(&self, code: i64) -> bool {
        if self.init && values::text(self.container, "/restartPolicy") == "Always" {
            return true;
        }
        match values::text(self.pod, "/spec/restartPolicy") {
            "Never" => false,
            "OnFailure" => code != 0,
            _ => !(self.init && code == 0),
        }
    }

    /// Whether it is meant to end.
    pub fn to_end(self) -> bool {
        let policy = values::text(self.pod, "/spec/restartPolicy");
        self.init && values::text(self.container, "/restartPolicy") != "Always" || matches!(policy, "Never" | "OnFailure")
    }
}

/// Stops the containers of a pod that was told to go, and removes it when the last has stopped.
fn end(turn: &mut Turn, at: &Key, pod: &Value, mut seen: Seen) -> Option<Timestamp> {
    let gone = match seen.gone {
        Some(gone) => gone,
        None => {
            let gone = values::after(turn.at, stop_all(turn, pod, &seen));
            seen.gone = Some(gone);
            seen.save(turn, at);
            gone
        }
    };
    if gone <= turn.at {
        release(turn, at);
        return None;
    }
    Some(gone)
}

/// A pod with finalizers stays as an object until they are gone.
fn release(turn: &mut Turn, at: &Key) {
    if turn.get_key(at).is_some_and(|pod| !values::has_finalizers(pod)) {
        turn.remove(at);
    }
}

fn stop_all(turn: &mut Turn, pod: &Value, seen: &Seen) -> SignedDuration {
    let grace = SignedDuration::from_secs(values::int(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or(30));
    let mut longest = SignedDuration::ZERO;
    for container in values::list(pod, "/spec/containers") {
        let part = Part {
            pod,
            container,
            init: false,
        };
        let running = matches!(
            seen.containers.get(part.name()),
            Some(Container {
                state: State::Running { .. },
                ..
            })
        );
        if !running {
            continue;
        }
        let message = format!("Stopping container {}", part.name());
        report(turn, pod, &Report::normal(Source::Kubelet, "Killing", message).on(part.field()), 1);
        let env = config::environment(turn.world, pod, container).unwrap_or_default();
        let start = node::Start {
            pod,
            container,
            env: &env,
            to_end: part.to_end(),
        };
        let (takes, _) = node::stop(&start, grace);
        longest = longest.max(pre_stop(container).saturating_add(takes).min(grace));
    }
    longest
}

/// A `preStop` hook that sleeps takes its time before the container is told.
fn pre_stop(container: &Value) -> SignedDuration {
    let hook = "/lifecycle/preStop";
    if let Some(seconds) = values::int(container, &format!("{hook}/sleep/seconds")) {
        return SignedDuration::from_secs(seconds);
    }
    let line: Vec<String> = values::list(container, &format!("{hook}/exec/command"))
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    SignedDuration::from_millis(super::super::script::read(&line, &std::collections::BTreeMap::new()).millis)
}
