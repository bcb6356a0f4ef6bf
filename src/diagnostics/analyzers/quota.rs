//! The API server refuses to create pods of a workload: a quota, or something else.

use jiff::Timestamp;
use serde_json::Value;

use super::{Analyzer, probe::last_seen};
use crate::{
    diagnostics::{
        catalog::{QUOTA, REFUSED},
        fields::{condition, number, terminating, text, time},
        judge::Found,
        snapshot::{Snapshot, reference},
        states::desired_replicas,
        words::{clean, counted},
    },
    domain::object::ObjectRef,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Deployment", "Event"],
    logs: false,
    judge,
};

/// Seconds after which a refusal is not just old pods that have yet to leave.
const SETTLED: i64 = 20;
/// Refusals that are known from events alone count for this long, in seconds.
const RECENT: i64 = 3600;

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    ["ReplicaSet", "StatefulSet", "DaemonSet", "Job"]
        .into_iter()
        .flat_map(|kind| {
            snapshot
                .all(kind)
                .iter()
                .filter(|o| !terminating(o))
                .map(move |object| (kind, object))
        })
        .filter_map(|(kind, object)| judge_object(snapshot, kind, object))
        .collect()
}

fn judge_object(snapshot: &Snapshot, kind: &str, object: &Value) -> Option<Found> {
    let lacking = lacking(kind, object);
    if lacking == 0 {
        return None;
    }
    let refusal = by_condition(object).or_else(|| by_events(snapshot, object))?;
    let message = clean(refusal.message);
    let settled = refusal
        .since
        .is_some_and(|since| snapshot.now.duration_since(since).as_secs() >= SETTLED);
    let own: ObjectRef = reference(kind, object);
    let (code, what, hint) = told(&message);
    let mut found = Found::new(code, snapshot, kind, object, &format!("cannot create pods: {what}"))
        .evidence(&message)
        .lasting(settled)
        .hint(hint);
    found.detail = Some(format!("{} missing", counted(lacking as usize, "pod")));
    let workload = found.finding.workload.clone().or(Some(own));
    Some(found.workload(workload))
}

/// Pods that should be there and are not.
fn lacking(kind: &str, object: &Value) -> u32 {
    match kind {
        "DaemonSet" => number(object, "/status/desiredNumberScheduled").saturating_sub(number(object, "/status/currentNumberScheduled")),
        "Job" => {
            let started = number(object, "/status/active") + number(object, "/status/succeeded") + number(object, "/status/failed");
            u32::from(started == 0)
        }
        _ => desired_replicas(object).saturating_sub(number(object, "/status/replicas")),
    }
}

struct Refusal<'a> {
    message: &'a str,
    since: Option<Timestamp>,
}

/// Replica sets say it themselves.
fn by_condition(object: &Value) -> Option<Refusal<'_>> {
    let failure = condition(object, "ReplicaFailure").filter(|c| text(c, "/status") == Some("True"))?;
    Some(Refusal {
        message: text(failure, "/message")?,
        since: time(failure, "/lastTransitionTime"),
    })
}

fn by_events<'a>(snapshot: &'a Snapshot, object: &'a Value) -> Option<Refusal<'a>> {
    let refused = snapshot
        .warnings(object)
        .filter(|event| text(event, "/reason") == Some("FailedCreate"));
    let recent = refused.filter(|event| last_seen(event).is_some_and(|then| snapshot.now.duration_since(then).as_secs() < RECENT));
    let event = recent.max_by_key(|event| last_seen(event))?;
    Some(Refusal {
        message: text(event, "/message")?,
        since: time(event, "/firstTimestamp").or_else(|| last_seen(event)),
    })
}

fn told(message: &str) -> (&'static str, String, &'static str) {
    if let Some((_, rest)) = message.split_once("exceeded quota: ") {
        let (quota, numbers) = rest.split_once(", requested: ").unwrap_or((rest, ""));
        let numbers = if numbers.is_empty() {
            String::new()
        } else {
            format!(": requested {numbers}")
                .replace("used: ", "used ")
                .replace("limited: ", "limit ")
        };
        return (
            QUOTA,
            format!("quota {quota} is exceeded{numbers}"),
            "run fewer replicas, ask for less, or have the quota raised",
        );
    }
    if let Some((_, rest)) = message.split_once("failed quota: ") {
        let (quota, demand) = rest.split_once(": must specify ").unwrap_or((rest, "requests and limits"));
        return (
            QUOTA,
            format!("quota {quota} demands {demand}"),
            "state these in the pod template's `resources`",
        );
    }
    // `Error creating: pods "api-656cb65c76-2472d" is forbidden: …`: the name differs from try to try.
    let reason = message
        .split_once(" is forbidden: ")
        .or_else(|| message.split_once("Error creating: "))
        .map_or(message, |(_, rest)| rest);
    (REFUSED, reason.to_owned(), "correct the pod template, or what refuses it")
}
