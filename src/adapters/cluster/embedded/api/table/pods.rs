//! The cells of a pod: its state in kubectl's words.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::text::{age, items, none, number, since, string};

pub fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let state = State::of(pod);
    let restarts = match &state.restarted {
        Some(last) => format!("{} ({} ago)", state.restarts, since(last, now)),
        None => state.restarts.to_string(),
    };
    let gates = items(pod, "/spec/readinessGates");
    let passed = gates
        .iter()
        .filter(|gate| condition(pod, &string(gate, "/conditionType")) == Some("True"))
        .count();
    vec![
        format!("{}/{}", state.ready, state.total).into(),
        state.word.into(),
        restarts.into(),
        age(pod, now),
        none(string(pod, "/status/podIP")).into(),
        none(string(pod, "/spec/nodeName")).into(),
        none(string(pod, "/status/nominatedNodeName")).into(),
        if gates.is_empty() {
            json!("<none>")
        } else {
            format!("{passed}/{}", gates.len()).into()
        },
    ]
}

#[derive(Debug, Default)]
struct State {
    word: String,
    ready: usize,
    total: usize,
    restarts: i64,
    restarted: Option<String>,
}

impl State {
    fn of(pod: &Value) -> Self {
        let phase = string(pod, "/status/phase");
        let reason = string(pod, "/status/reason");
        let mut state = Self {
            word: if reason.is_empty() { phase.clone() } else { reason.clone() },
            total: items(pod, "/spec/containers").len() + items(pod, "/spec/initContainers").iter().filter(|c| sidecar(c)).count(),
            ..Self::default()
        };
        let gated = items(pod, "/status/conditions")
            .iter()
            .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated");
        if gated {
            state.word = "SchedulingGated".to_owned();
        }
        let (initializing, sidecars) = state.initialization(pod);
        if !initializing || condition(pod, "Initialized") == Some("True") {
            (state.restarts, state.restarted) = sidecars;
            state.containers(pod);
        }
        if pod.pointer("/metadata/deletionTimestamp").is_some() {
            if reason == "NodeLost" {
                state.word = "Unknown".to_owned();
            } else if !matches!(phase.as_str(), "Succeeded" | "Failed") {
                state.word = "Terminating".to_owned();
            }
        }
        state
    }

    /// Goes through the init containers; whether they are still at work, and what the sidecars' restarts are.
    fn initialization(&mut self, pod: &Value) -> (bool, (i64, Option<String>)) {
        let specs = items(pod, "/spec/initContainers");
        let mut sidecars = (0, None);
        for (index, status) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
            let restartable = specs.iter().find(|spec| spec["name"] == status["name"]).is_some_and(sidecar);
            self.restarts += number(status, "/restartCount");
            latest(&mut self.restarted, status);
            if restartable {
                sidecars.0 += number(status, "/restartCount");
                latest(&mut sidecars.1, status);
            }
            let terminated = status.pointer("/state/terminated");
            let waiting = string(status, "/state/waiting/reason");
            if terminated.is_some_and(|terminated| number(terminated, "/exitCode") == 0) {
                continue;
            }
            if restartable && status["started"] == true {
                self.ready += usize::from(status["ready"] == true);
                continue;
            }
            self.word = match terminated {
                Some(terminated) => format!("Init:{}", ended(terminated)),
                None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
                None => format!("Init:{index}/{}", specs.len()),
            };
            return (true, sidecars);
        }
        (false, sidecars)
    }

    fn containers(&mut self, pod: &Value) {
        let mut running = false;
        for status in items(pod, "/status/containerStatuses").iter().rev() {
            self.restarts += number(status, "/restartCount");
            latest(&mut self.restarted, status);
            let waiting = string(status, "/state/waiting/reason");
            if !waiting.is_empty() {
                self.word = waiting;
            } else if let Some(terminated) = status.pointer("/state/terminated") {
                self.word = ended(terminated);
            } else if status["ready"] == true && status.pointer("/state/running").is_some() {
                running = true;
                self.ready += 1;
            }
        }
        if self.word == "Completed" && running {
            self.word = if condition(pod, "Ready") == Some("True") {
                "Running"
            } else {
                "NotReady"
            }
            .to_owned();
        }
    }
}

fn sidecar(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

fn ended(terminated: &Value) -> String {
    let reason = string(terminated, "/reason");
    match (reason.is_empty(), number(terminated, "/signal")) {
        (false, _) => reason,
        (true, 0) => format!("ExitCode:{}", number(terminated, "/exitCode")),
        (true, signal) => format!("Signal:{signal}"),
    }
}

fn latest(last: &mut Option<String>, status: &Value) {
    let ended = string(status, "/lastState/terminated/finishedAt");
    if !ended.is_empty() && last.as_ref().is_none_or(|last| *last < ended) {
        *last = Some(ended);
    }
}

fn condition<'p>(pod: &'p Value, kind: &str) -> Option<&'p str> {
    items(pod, "/status/conditions")
        .iter()
        .find(|condition| condition["type"] == kind)?
        .get("status")?
        .as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pod: Value) -> String {
        let now: Timestamp = "2026-01-01T00:10:00Z".parse().unwrap();
        let cells = cells(&pod, now);
        cells.iter().take(3).filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn a_crash_loop_an_init_failure_and_an_end_have_their_words() {
        let metadata = json!({ "creationTimestamp": "2026-01-01T00:00:00Z" });
        let spec = json!({ "containers": [{ "name": "a" }], "initContainers": [{ "name": "i" }, { "name": "j" }] });
        assert_eq!(
            shown(
                json!({ "metadata": metadata, "spec": { "containers": [{ "name": "a" }] }, "status": { "phase": "Running", "containerStatuses": [{
                "name": "a", "restartCount": 3, "state": { "waiting": { "reason": "CrashLoopBackOff" } },
                "lastState": { "terminated": { "exitCode": 1, "finishedAt": "2026-01-01T00:09:00Z" } },
            }] } })
            ),
            "0/1 | CrashLoopBackOff | 3 (60s ago)"
        );
        assert_eq!(
            shown(
                json!({ "metadata": metadata, "spec": spec, "status": { "phase": "Pending", "initContainerStatuses": [
                { "name": "i", "state": { "terminated": { "exitCode": 0 } } }, { "name": "j", "state": { "running": {} } },
            ] } })
            ),
            "0/1 | Init:1/2 | 0"
        );
        assert_eq!(
            shown(
                json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:10:30Z" }, "spec": spec, "status": { "phase": "Running", "containerStatuses": [
                { "name": "a", "ready": true, "state": { "running": {} } },
            ] } })
            ),
            "1/1 | Terminating | 0"
        );
    }
}
