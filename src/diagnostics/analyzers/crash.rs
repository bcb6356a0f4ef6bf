//! A container ends again and again, could not be started at all, or a job failed.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Analyzer,
    memory::is_out_of_memory,
    probe::{suspect, was_killed_by_probe},
    sandbox::{RAISE, is_too_small},
};
use crate::diagnostics::{
    catalog::{CRASH, START},
    fields::{condition_holds, controller, list, number, text, time, uid},
    judge::Found,
    snapshot::Snapshot,
    words::{ago, clean, counted, plain},
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Job", "Event"],
    logs: true,
    judge,
};

/// A container that runs again is still told for this long, in seconds.
const RECENT: i64 = 600;
/// A container that has crashed more than once must run for this long to count as running, in seconds.
const STEADY: i64 = 60;
/// From this many restarts on, waiting does not help: the back-off has grown to 40 seconds and more.
const MANY: u32 = 3;
/// Lines of the log that are quoted.
const QUOTED: usize = 5;

/// A container whose last run ended when it should not have.
#[derive(Clone, Copy, Debug)]
pub struct FailedContainer<'a> {
    pub pod: &'a Value,
    pub container: &'a str,
    pub restarts: u32,
    /// The end of its last run, or why it could not be started.
    pub end: &'a Value,
    /// It runs again, and not just for the moments between two crashes.
    pub running: bool,
    /// It ran at all: it may have a log.
    pub has_run: bool,
    /// The log is that of the run before the present one.
    pub log_is_previous: bool,
}

/// The containers of a pod that ended when they should not have: now, or in the last ten minutes.
pub fn failed_containers(pod: &Value, now: Timestamp) -> Vec<FailedContainer<'_>> {
    let init = list(pod, "/status/initContainerStatuses").iter().map(|status| (status, true));
    let own = list(pod, "/status/containerStatuses").iter().map(|status| (status, false));
    init.chain(own)
        .filter_map(|(status, init)| failed(pod, status, init, now))
        .collect()
}

fn failed<'a>(pod: &'a Value, status: &'a Value, init: bool, now: Timestamp) -> Option<FailedContainer<'a>> {
    let ended = status.pointer("/state/terminated");
    let running = status.pointer("/state/running").is_some();
    let end = ended.or_else(|| status.pointer("/lastState/terminated"))?;
    let since = time(status, "/state/running/startedAt").map_or(i64::MAX, |then| now.duration_since(then).as_secs());
    let between_crashes = number(status, "/restartCount") > 1 && since < STEADY;
    let well = number(end, "/exitCode") == 0 && end.pointer("/exitCode").and_then(Value::as_i64) == Some(0);
    let once = init || text(pod, "/spec/restartPolicy").is_some_and(|policy| policy != "Always");
    let recent = time(end, "/finishedAt").is_none_or(|then| now.duration_since(then).as_secs() < RECENT);
    // After a restart of the node every container counts one restart, with no reason of its own.
    let node_restarted = text(end, "/reason") == Some("Unknown") || text(end, "/reason") == Some("ContainerStatusUnknown");
    if well && once || running && !recent || node_restarted && running {
        return None;
    }
    Some(FailedContainer {
        pod,
        container: text(status, "/name")?,
        restarts: number(status, "/restartCount"),
        end,
        running: running && !between_crashes,
        has_run: !matches!(text(end, "/reason"), Some("StartError" | "ContainerCannotRun")),
        log_is_previous: ended.is_none(),
    })
}

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let mut found = Vec::new();
    for pod in snapshot.live_pods() {
        found.extend(
            list(pod, "/status/containerStatuses")
                .iter()
                .filter_map(|status| cannot_be_created(snapshot, pod, status)),
        );
        if is_past_job(snapshot, pod) || text(pod, "/status/reason").is_some() {
            continue;
        }
        let failed = failed_containers(pod, snapshot.now).into_iter();
        let crashed = failed.filter(|one| !is_out_of_memory(one.end) && !was_killed_by_probe(snapshot, one));
        found.extend(crashed.map(|one| {
            if one.has_run {
                crash(snapshot, &one)
            } else {
                cannot_start(snapshot, &one)
            }
        }));
    }
    found
}

/// The runtime refused before there was a container. Missing configuration is another finding.
fn cannot_be_created(snapshot: &Snapshot, pod: &Value, status: &Value) -> Option<Found> {
    let reason = text(status, "/state/waiting/reason")?;
    let message = text(status, "/state/waiting/message").unwrap_or_default();
    let missing = message.contains("not found") || message.contains("couldn't find key");
    match reason {
        "CreateContainerError" | "RunContainerError" | "PostStartHookError" | "PreCreateHookError" => {}
        "CreateContainerConfigError" if !missing => {}
        _ => return None,
    }
    // The same told by the end of the last try is told there.
    if status.pointer("/lastState/terminated").is_some() {
        return None;
    }
    let what = format!("cannot be started: {}", start_reason(message));
    let found = Found::new(START, snapshot, "Pod", pod, &what).evidence(message).lasting(true);
    Some(if is_too_small(message) { found.hint(RAISE) } else { found })
}

fn cannot_start(snapshot: &Snapshot, one: &FailedContainer<'_>) -> Found {
    let message = text(one.end, "/message").unwrap_or_default();
    let what = format!("{}cannot be started: {}", which(one.pod, one.container), start_reason(message));
    let mut found = Found::new(START, snapshot, "Pod", one.pod, &what).evidence(message).lasting(true);
    found.weight = one.restarts;
    found.hint(match is_too_small(message) {
        true => RAISE,
        false => "correct `command`, `args` or the image's entrypoint",
    })
}

/// The end of the runtime's chain of errors, which is the only part that tells something.
fn start_reason(message: &str) -> String {
    let message = plain(message);
    let message = message.trim_end_matches(": unknown");
    let last = message.rsplit("unable to start container process: ").next().unwrap_or(message);
    let last = last.rsplit("failed to create shim task: ").next().unwrap_or(last);
    if last.is_empty() {
        "the runtime gives no reason".to_owned()
    } else {
        last.to_owned()
    }
}

fn crash(snapshot: &Snapshot, one: &FailedContainer<'_>) -> Found {
    let code = one.end.pointer("/exitCode").and_then(Value::as_i64).unwrap_or_default();
    let which = which(one.pod, one.container);
    let never = text(one.pod, "/spec/restartPolicy") == Some("Never");
    let what = match (code, one.running) {
        (_, true) => format!("{which}crashed and runs again: {}", exit_words(code)),
        (0, _) => format!("{which}ends by itself and is started again: {}", exit_words(code)),
        _ if never => format!("{which}failed: {}", exit_words(code)),
        _ => format!("{which}crashes: {}", exit_words(code)),
    };
    let mut found = Found::new(CRASH, snapshot, "Pod", one.pod, &what);
    found.weight = one.restarts;
    found.detail = (one.restarts > 0).then(|| restarts(one, snapshot.now));
    found.finding.lasting = !one.running && (one.restarts >= MANY || never);
    if one.running {
        found = found.warning();
    }
    let lines = snapshot.last_lines(one);
    let lines = if code == 0 { &lines[..] } else { up_to_the_error(&lines) };
    for line in lines.iter().skip(lines.len().saturating_sub(QUOTED)) {
        found = found.evidence(line);
    }
    let termination = text(one.end, "/message").unwrap_or_default();
    if lines.is_empty() {
        found = found.evidence(termination);
    }
    for hint in hints(snapshot, one, code) {
        found = found.hint(hint);
    }
    found
}

/// The lines up to the last one that speaks of an error: what follows is a stack trace, or another stream's. All of them when
/// none does.
fn up_to_the_error<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    const WORDS: [&str; 14] = [
        "error",
        "exception",
        "fatal",
        "panic",
        "cannot",
        "can't",
        "could not",
        "failed",
        "not set",
        "refused",
        "denied",
        "no such",
        "missing",
        "invalid",
    ];
    let speaks = |line: &&str| {
        let line = line.to_lowercase();
        WORDS.iter().any(|word| line.contains(word))
    };
    let end = lines.iter().rposition(speaks).map_or(lines.len(), |at| at + 1);
    lines.get(..end).unwrap_or(lines)
}

fn restarts(one: &FailedContainer<'_>, now: Timestamp) -> String {
    let count = counted(one.restarts as usize, "restart");
    match time(one.end, "/finishedAt") {
        Some(then) if one.running => format!("{count}, the last {} ago", ago(now, then)),
        _ => count,
    }
}

/// `init container migrate `, `container proxy ` where there are several, nothing where there is one.
pub fn which(pod: &Value, container: &str) -> String {
    let name = |c: &Value| text(c, "/name") == Some(container);
    if list(pod, "/spec/initContainers").iter().any(name) {
        format!("init container {} ", clean(container))
    } else if list(pod, "/spec/containers").len() > 1 {
        format!("container {} ", clean(container))
    } else {
        String::new()
    }
}

/// Exit codes as shells and container runtimes give them: 128 + n is the end by signal n.
pub fn exit_words(code: i64) -> String {
    let meaning = match code {
        126 => "its command is not executable",
        127 => "its command was not found",
        130 => "interrupted, SIGINT",
        132 => "illegal instruction: built for another processor?",
        134 => "aborted, SIGABRT",
        135 => "bus error, SIGBUS",
        137 => "killed, SIGKILL",
        139 => "segmentation fault, SIGSEGV",
        143 => "told to stop, SIGTERM",
        255 => "error",
        _ => return format!("exit code {code}"),
    };
    format!("exit code {code}, {meaning}")
}

fn hints(snapshot: &Snapshot, one: &FailedContainer<'_>, code: i64) -> Vec<String> {
    let owner = snapshot
        .workload_of(one.pod)
        .unwrap_or_else(|| crate::diagnostics::snapshot::reference("Pod", one.pod));
    let mut hints: Vec<String> = Vec::new();
    if let Some(probe) = suspect(one) {
        hints.push(format!("its {probe} may have ended it: see whether the program answers there"));
    }
    match code {
        0 => hints.push("a server must keep running: does its command start it in the background?".to_owned()),
        137 => hints.push("SIGKILL comes from the node: out of memory there, or it did not stop in time when told to".to_owned()),
        _ => {}
    }
    hints.extend(snapshot.request("show the logs of", &owner));
    hints
}

/// The pod of a job that was completed by another try, or that a later run of the same cron job has made good.
fn is_past_job(snapshot: &Snapshot, pod: &Value) -> bool {
    let Some(job) = controller(pod)
        .and_then(|owner| text(owner, "/uid"))
        .and_then(|job| snapshot.by_uid("Job", job))
    else {
        return false;
    };
    let schedule = |job: &Value| controller(job).and_then(|owner| text(owner, "/uid")).map(str::to_owned);
    let started = |job: &Value| time(job, "/status/startTime");
    let later = |other: &&Value| {
        uid(other) != uid(job) && schedule(job).is_some() && schedule(other) == schedule(job) && started(other) > started(job)
    };
    condition_holds(job, "Complete")
        || snapshot
            .all("Job")
            .iter()
            .filter(later)
            .any(|other| condition_holds(other, "Complete"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_runtimes_chain_is_cut_to_its_reason() {
        let chain = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/nope\": stat /nope: no such file or directory: unknown";
        assert_eq!(start_reason(chain), "exec: \"/nope\": stat /nope: no such file or directory");
        assert_eq!(start_reason(""), "the runtime gives no reason");
    }

    #[test]
    fn the_line_with_the_error_is_quoted_last() {
        let node = [
            "> start",
            "Error: BETTER_AUTH_SECRET is not set",
            "    at main (server.js:3:9)",
            "Node.js v22.11.0",
        ];
        assert_eq!(up_to_the_error(&node), &node[..2]);
        let plain = ["one", "two"];
        assert_eq!(up_to_the_error(&plain), plain);
    }

    #[test]
    fn an_end_long_ago_or_by_a_restart_of_the_node_is_no_crash() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let pod = |finished: &str, reason: &str| {
            json!({"status": {"containerStatuses": [{"name": "c", "restartCount": 1, "state": {"running": {}},
                "lastState": {"terminated": {"exitCode": 255, "reason": reason, "finishedAt": finished}}}]}})
        };
        let count = |pod: &Value| failed_containers(pod, now).len();
        assert_eq!(count(&pod("2026-01-01T11:55:00Z", "Error")), 1);
        assert_eq!(count(&pod("2026-01-01T11:40:00Z", "Error")), 0);
        assert_eq!(count(&pod("2026-01-01T11:59:00Z", "Unknown")), 0);
    }
}
