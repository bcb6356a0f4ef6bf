//! Objects as stored and as served: one object may be served in several versions.

use serde_json::{Map, Value, json};

use crate::adapters::cluster::embedded::facts::Kind;

/// The stored object in the version of this kind.
#[must_use]
pub fn served(kind: &Kind, mut object: Value) -> Value {
    match (kind.group.as_str(), kind.version.as_str(), kind.kind.as_str()) {
        ("events.k8s.io", "v1", "Event") => rename(&mut object, &EVENTS, false),
        ("autoscaling", "v1", "HorizontalPodAutoscaler") => autoscaler_v1(&mut object),
        _ => {}
    }
    let mut ordered = Map::new();
    ordered.insert("kind".into(), kind.kind.as_str().into());
    ordered.insert("apiVersion".into(), kind.api_version().into());
    if let Value::Object(fields) = object {
        ordered.extend(fields.into_iter().filter(|(key, _)| key != "kind" && key != "apiVersion"));
    }
    Value::Object(ordered)
}

/// An object of this kind as it is stored.
#[must_use]
pub fn stored(kind: &Kind, mut object: Value) -> Value {
    let (group, version) = kind.stored();
    match (kind.group.as_str(), kind.version.as_str(), kind.kind.as_str()) {
        ("events.k8s.io", "v1", "Event") => rename(&mut object, &EVENTS, true),
        ("autoscaling", "v1", "HorizontalPodAutoscaler") => autoscaler_v2(&mut object),
        _ => {}
    }
    let api_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    let mut ordered = Map::new();
    ordered.insert("kind".into(), kind.kind.as_str().into());
    ordered.insert("apiVersion".into(), api_version.into());
    if let Value::Object(fields) = object {
        ordered.extend(fields.into_iter().filter(|(key, _)| key != "kind" && key != "apiVersion"));
    }
    Value::Object(ordered)
}

/// Names of an event's fields: in the core group, in `events.k8s.io`.
const EVENTS: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn rename(object: &mut Value, names: &[(&str, &str)], backwards: bool) {
    let Some(fields) = object.as_object_mut() else { return };
    for (core, other) in names {
        let (from, to) = if backwards { (other, core) } else { (core, other) };
        if let Some(value) = fields.shift_remove(*from) {
            fields.insert((*to).to_owned(), value);
        }
    }
}

/// `metrics` with one CPU utilization become `targetCPUUtilizationPercentage`.
fn autoscaler_v1(object: &mut Value) {
    let cpu = |list: Option<&Value>, field: &str| {
        list.and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find_map(|metric| metric.pointer("/resource").filter(|r| r["name"] == "cpu")?.pointer(field)?.as_i64())
    };
    let target = cpu(object.pointer("/spec/metrics"), "/target/averageUtilization");
    let current = cpu(object.pointer("/status/currentMetrics"), "/current/averageUtilization");
    for (part, field, value) in [
        ("spec", "targetCPUUtilizationPercentage", target),
        ("status", "currentCPUUtilizationPercentage", current),
    ] {
        if let Some(fields) = object.get_mut(part).and_then(Value::as_object_mut) {
            for v2 in ["metrics", "behavior", "currentMetrics", "conditions"] {
                fields.shift_remove(v2);
            }
            if let Some(value) = value {
                fields.insert(field.to_owned(), value.into());
            }
        }
    }
}

fn autoscaler_v2(object: &mut Value) {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
        && let Some(target) = spec.shift_remove("targetCPUUtilizationPercentage")
    {
        let metric =
            json!({ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": target } } });
        spec.insert("metrics".to_owned(), json!([metric]));
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.shift_remove("currentCPUUtilizationPercentage");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::facts::facts;

    #[test]
    fn an_autoscaler_is_the_same_in_both_versions() {
        let (v1, v2) = (
            facts().find("autoscaling", "v1", "horizontalpodautoscalers").unwrap(),
            facts().find("autoscaling", "v2", "horizontalpodautoscalers").unwrap(),
        );
        let object = json!({
            "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v1", "metadata": { "name": "a" },
            "spec": { "maxReplicas": 5, "targetCPUUtilizationPercentage": 70 },
        });
        let kept = stored(v1, object.clone());
        assert_eq!(
            served(v2, kept.clone())["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"],
            70
        );
        assert_eq!(served(v1, kept), object);
    }
}
