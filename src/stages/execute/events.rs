//! Events by time, of a scope or of one object and everything below it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{Execute, reads};
use crate::domain::{answer::EventLine, failure::Result, intent::Scope, kind::Kind, object::ObjectRef, ports::observe::Query};

impl Execute {
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
        let wanted = match of {
            Some(object) => Some(self.family(object).await?),
            None => None,
        };
        let mut lines: Vec<EventLine> = objects
            .iter()
            .filter(|event| wanted.as_ref().is_none_or(|family| family.contains(&involved(event))))
            .map(line)
            .collect();
        lines.sort_by(|a, b| (a.at, &a.object, &a.message).cmp(&(b.at, &b.object, &b.message)));
        Ok(lines)
    }

    /// Kind and name of an object and of the replica sets and pods below it, as far as they still exist.
    async fn family(&self, object: &ObjectRef) -> Result<BTreeSet<(String, String)>> {
        let mut family = BTreeSet::from([(object.kind.kind.clone(), object.name.clone())]);
        if object.kind.is_workload() {
            let (sets, pods) = self.below(object).await?;
            for (kind, children) in [("ReplicaSet", sets), ("Pod", pods)] {
                family.extend(children.iter().map(|child| (kind.to_owned(), reads::text(child, "/metadata/name"))));
            }
        }
        Ok(family)
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
}
