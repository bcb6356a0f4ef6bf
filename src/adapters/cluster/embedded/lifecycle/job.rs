//! The job controller: pods that end, until enough have succeeded or too many have failed.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::turn::{Turn, finished, key};
use super::{pods, values};

const CONTROLLER: Source = Source::Controller("job-controller");

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let job = turn.get_key(at)?.clone();
    if values::deleting(&job) {
        return None;
    }
    if let Some(over) = over_since(&job) {
        return outlive(turn, &job, over);
    }
    if values::text(&job, "/status/startTime").is_empty() && !suspended(&job) {
        let mut job = job.clone();
        values::set(&mut job, &["status", "startTime"], json!(values::stamp(turn.at)));
        turn.put(job);
        return Some(turn.at);
    }
    let count = Count::of(turn, &job);
    if let Some((reason, message)) = failure(turn, &job, &count) {
        return finish(turn, &job, &count, "Failed", reason, message);
    }
    if count.enough(&job) {
        return finish(
            turn,
            &job,
            &count,
            "Complete",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        );
    }
    let retry = if suspended(&job) {
        stop(turn, &job)
    } else {
        start(turn, &job, &count)
    };
    let count = Count::of(turn, &job);
    write(turn, &job, &count, None);
    values::sooner(retry, deadline(&job))
}

fn suspended(job: &Value) -> bool {
    job.pointer("/spec/suspend") == Some(&Value::Bool(true))
}

/// How the pods of a job stand.
struct Count {
    active: Vec<Value>,
    succeeded: i64,
    failed: i64,
    ready: i64,
    last_failure: Option<Timestamp>,
}

impl Count {
    fn of(turn: &Turn, job: &Value) -> Self {
        let owned = turn.controlled("Pod", values::uid(job));
        let of = |phase: &str| owned.iter().filter(|pod| values::text(pod, "/status/phase") == phase).count() as i64;
        let live: Vec<Value> = owned
            .iter()
            .filter(|pod| !finished(pod) && !values::deleting(pod))
            .map(|pod| (*pod).clone())
            .collect();
        let ends = owned
            .iter()
            .filter(|pod| values::text(pod, "/status/phase") == "Failed")
            .filter_map(|pod| end_of(pod));
        Self {
            ready: live.iter().filter(|pod| values::condition_is(pod, "Ready", "True")).count() as i64,
            active: live,
            succeeded: of("Succeeded"),
            failed: of("Failed"),
            last_failure: ends.max(),
        }
    }

    fn enough(&self, job: &Value) -> bool {
        match values::int(job, "/spec/completions") {
            Some(completions) => self.succeeded >= completions,
            None => self.succeeded > 0 && self.active.is_empty(),
        }
    }

    /// Failures that count against the limit: failed pods and restarts within pods.
    fn failures(&self) -> i64 {
        let restarts = |pod: &Value| -> i64 {
            values::list(pod, "/status/containerStatuses")
                .iter()
                .map(|status| values::count(status, "/restartCount"))
                .sum()
        };
        self.failed + self.active.iter().map(restarts).sum::<i64>()
    }
}

fn end_of(pod: &Value) -> Option<Timestamp> {
    let statuses = values::list(pod, "/status/containerStatuses").iter();
    statuses
        .filter_map(|status| values::time(status, "/state/terminated/finishedAt"))
        .max()
}

/// The condition that ended the job, and when.
fn over_since(job: &Value) -> Option<Timestamp> {
    let over = ["Complete", "Failed"].into_iter().find_map(|of| values::condition(job, of))?;
    values::time(over, "/lastTransitionTime")
}

fn deadline(job: &Value) -> Option<Timestamp> {
    let limit = values::int(job, "/spec/activeDeadlineSeconds")?;
    Some(values::after(values::time(job, "/status/startTime")?, values::seconds(limit)))
}

fn failure(turn: &Turn, job: &Value, count: &Count) -> Option<(&'static str, &'static str)> {
    if deadline(job).is_some_and(|end| end <= turn.at) {
        return Some(("DeadlineExceeded", "Job was active longer than specified deadline"));
    }
    let limit = values::int(job, "/spec/backoffLimit").unwrap_or(6);
    (count.failures() > limit).then_some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
}

/// Makes the pods that are missing; after failures only when the back-off of 10, 20, 40 … seconds (at most 10 minutes) is over.
fn start(turn: &mut Turn, job: &Value, count: &Count) -> Option<Timestamp> {
    let parallelism = values::int(job, "/spec/parallelism").unwrap_or(1);
    let left = values::int(job, "/spec/completions").map_or(parallelism, |completions| completions - count.succeeded);
    let missing = parallelism.min(left) - count.active.len() as i64;
    if missing <= 0 {
        for pod in count.active.iter().rev().take(usize::try_from(-missing).unwrap_or_default()) {
            turn.delete(&key(pod));
        }
        return None;
    }
    if let Some(last) = count.last_failure {
        let wait = (10_i64 << (count.failed - 1).clamp(0, 10)).min(600);
        let next = values::after(last, values::seconds(wait));
        if next > turn.at {
            return Some(next);
        }
    }
    for _ in 0..missing {
        match pods::create_from_template(turn, job, "/spec/template") {
            Ok(name) => report(
                turn,
                job,
                &Report::normal(CONTROLLER, "SuccessfulCreate", format!("Created pod: {name}")),
                1,
            ),
            Err(refusal) => {
                report(
                    turn,
                    job,
                    &Report::warning(CONTROLLER, "FailedCreate", format!("Error creating: {refusal}")),
                    1,
                );
                return Some(values::after(turn.at, values::seconds(60)));
            }
        }
    }
    None
}

/// A suspended job has no pods.
fn stop(turn: &mut Turn, job: &Value) -> Option<Timestamp> {
    for pod in Count::of(turn, job).active {
        turn.delete(&key(&pod));
    }
    None
}

fn finish(turn: &mut Turn, job: &Value, count: &Count, how: &str, reason: &str, message: &str) -> Option<Timestamp> {
    for pod in &count.active {
        turn.delete(&key(pod));
    }
    let now = values::stamp(turn.at);
    let first = if how == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
    let conditions: Vec<Value> = [first, how]
        .into_iter()
        .map(|of| json!({ "type": of, "status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": reason, "message": message }))
        .collect();
    let count = Count::of(turn, job);
    write(turn, job, &count, Some(conditions));
    if how == "Complete" {
        report(turn, job, &Report::normal(CONTROLLER, "Completed", "Job completed"), 1);
    } else {
        report(turn, job, &Report::warning(CONTROLLER, reason, message), 1);
    }
    let job = turn.get_key(&key(job))?.clone();
    over_since(&job).and_then(|over| outlive(turn, &job, over))
}

/// A job with a time to live goes away by itself.
fn outlive(turn: &mut Turn, job: &Value, over: Timestamp) -> Option<Timestamp> {
    let end = values::after(over, values::seconds(values::int(job, "/spec/ttlSecondsAfterFinished")?));
    if end > turn.at {
        return Some(end);
    }
    turn.delete(&key(job));
    None
}

fn write(turn: &mut Turn, job: &Value, count: &Count, conditions: Option<Vec<Value>>) {
    let Some(mut new) = turn.get_key(&key(job)).cloned() else { return };
    let mut status = json!({ "ready": count.ready, "terminating": 0, "uncountedTerminatedPods": {} });
    for (field, number) in [
        ("active", count.active.len() as i64),
        ("succeeded", count.succeeded),
        ("failed", count.failed),
    ] {
        if number > 0 {
            values::set(&mut status, &[field], json!(number));
        }
    }
    if let Some(start) = new.pointer("/status/startTime").cloned() {
        values::set(&mut status, &["startTime"], start);
    }
    if suspended(job) {
        let known = values::condition(job, "Suspended").cloned();
        let begins = known.is_none();
        let now = values::stamp(turn.at);
        let condition = known.unwrap_or_else(|| {
            json!({ "type": "Suspended", "status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": "JobSuspended", "message": "Job suspended" })
        });
        values::set(&mut status, &["conditions"], json!([condition]));
        if begins {
            report(turn, job, &Report::normal(CONTROLLER, "Suspended", "Job suspended"), 1);
        }
    }
    if let Some(conditions) = conditions {
        if conditions.iter().any(|condition| values::text(condition, "/type") == "Complete") {
            values::set(&mut status, &["completionTime"], json!(values::stamp(turn.at)));
        }
        values::set(&mut status, &["conditions"], Value::Array(conditions));
    }
    values::set(&mut new, &["status"], status);
    turn.put(new);
}
