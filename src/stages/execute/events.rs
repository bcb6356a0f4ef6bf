//! Events by time, of a scope or of one object and everything below it.

use jiff::Timestamp;
use serde_json::Value;

use super::{Execute, reads};
use crate::domain::{
    answer::EventLine, failure::Result, intent::Scope, kind::Kind, object::ObjectRef, ports::observe::Query, step::Events,
};

impl Execute {
    /// The events that a step asks for.
    pub(super) async fn happened(&self, asked: &Events) -> Result<Vec<EventLine>> {
        let mut lines = self.events(&asked.scope, asked.of.as_ref(), asked.warnings).await?;
        if let Some(since) = asked.since.and_then(|seconds| i64::try_from(seconds).ok()) {
            let now = Timestamp::now();
            // An event without a time may be as new as any.
            lines.retain(|line| line.at.is_none_or(|at| now.duration_since(at).as_secs() <= since));
        }
        Ok(lines)
    }

    /// Newest last. With `of`, only events of that object and of what it owns.
    pub(super) async fn events(&self, scope: &Scope, of: Option<&ObjectRef>, warnings: bool) -> Result<Vec<EventLine>> {
        let namespace = match of {
            Some(object) => object.namespace.clone(),
            None => self.namespace(scope).await?,
        };
        let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == "Event") else {
            return Ok(Vec::new());
        };
        let query = Query {
            fields: warnings.then(|| "type=Warning".to_owned()),
            ..Query::all(kind, namespace)
        };
        let objects = self.observe.list(&query).await?;
        Ok(by_time(
            objects.iter().filter(|event| of.is_none_or(|object| concerns(object, event))),
        ))
    }
}

/// Newest last. Times are whole seconds; within one, the API server's versions tell what was written first.
fn by_time<'a>(events: impl Iterator<Item = &'a Value>) -> Vec<EventLine> {
    let mut lines: Vec<(u64, EventLine)> = events
        .map(|event| {
            let version = reads::text(event, "/metadata/resourceVersion").parse().unwrap_or_default();
            (version, line(event))
        })
        .collect();
    lines.sort_by(|(u, a), (v, b)| (a.at, u, &a.object, &a.message).cmp(&(b.at, v, &b.object, &b.message)));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Whether an event is about the object or about a replica set or pod of it, also one that is gone by now: the controllers
/// name what they make `<owner>-<suffix>`, and a Deployment's pods `<deployment>-<template hash>-<suffix>`.
fn concerns(object: &ObjectRef, event: &Value) -> bool {
    let (kind, name) = involved(event);
    let owner = |levels: usize| name.rsplitn(levels + 1, '-').nth(levels).unwrap_or_default();
    match (object.kind.kind.as_str(), kind.as_str()) {
        (same, kind) if same == kind => name == object.name,
        ("Deployment", "ReplicaSet") | ("ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job", "Pod") => owner(1) == object.name,
        ("Deployment", "Pod") => owner(2) == object.name,
        _ => false,
    }
}

fn involved(event: &Value) -> (String, String) {
    // `events.k8s.io` calls it `regarding`; the core group `involvedObject`.
    let of = if event.get("regarding").is_some() {
        "regarding"
    } else {
        "involvedObject"
    };
    (
        reads::text(event, &format!("/{of}/kind")),
        reads::text(event, &format!("/{of}/name")),
    )
}

fn line(event: &Value) -> EventLine {
    let time = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Timestamp>().ok())
    };
    let count = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let (kind, name) = involved(event);
    EventLine {
        at: [
            "/series/lastObservedTime",
            "/lastTimestamp",
            "/eventTime",
            "/firstTimestamp",
            "/metadata/creationTimestamp",
        ]
        .into_iter()
        .find_map(time),
        kind: reads::text(event, "/type"),
        reason: reads::text(event, "/reason"),
        object: format!("{}/{name}", kind.to_lowercase()),
        namespace: event.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned),
        message: reads::text(event, "/message"),
        count: count("/series/count").or_else(|| count("/count")).unwrap_or(1).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_newest_time_that_an_event_tells_counts() {
        let event = json!({"type": "Warning", "reason": "BackOff", "message": "m", "count": 4, "metadata": {"namespace": "n"},
            "involvedObject": {"kind": "Pod", "name": "a"}, "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:05:00Z"});
        let expected = EventLine {
            at: "2026-01-01T00:05:00Z".parse().ok(),
            kind: "Warning".into(),
            reason: "BackOff".into(),
            object: "pod/a".into(),
            namespace: Some("n".into()),
            message: "m".into(),
            count: 4,
        };
        assert_eq!(line(&event), expected);
    }

    #[test]
    fn events_of_one_second_stand_as_they_were_written() {
        let event = |reason: &str, version: &str| {
            json!({"reason": reason, "lastTimestamp": "2026-01-01T00:00:00Z", "involvedObject": {"kind": "Pod", "name": "a"},
                "message": reason, "metadata": {"resourceVersion": version}})
        };
        let events = [event("Created", "11"), event("Scheduled", "9"), event("Pulled", "10")];
        let reasons: Vec<String> = by_time(events.iter()).into_iter().map(|line| line.reason).collect();
        assert_eq!(reasons, ["Scheduled", "Pulled", "Created"]);
    }

    #[test]
    fn events_of_a_workload_are_those_of_what_it_made_even_when_that_is_gone() {
        let deployment = ObjectRef {
            kind: Kind::deployment(),
            namespace: None,
            name: "todo-backend".into(),
            uid: None,
        };
        let about = |kind: &str, name: &str| concerns(&deployment, &json!({"involvedObject": {"kind": kind, "name": name}}));
        assert!(about("Deployment", "todo-backend"));
        assert!(about("ReplicaSet", "todo-backend-5f5b4669b7"));
        assert!(about("Pod", "todo-backend-5f5b4669b7-wxn8d"));
        assert!(!about("Deployment", "todo-backend-worker"));
        assert!(!about("Pod", "todo-backend-worker-5f5b4669b7-wxn8d"));
        assert!(!about("Pod", "todo-backend"));
    }
}
