//! What the cluster has of a release's manifest.

use serde_json::{Map, Value};

/// Amounts that the server spells in its own way, and numbers that Helm's YAML reads as octal: what the cluster has is not
/// compared with them.
const SPELLED_ANEW: [&str; 8] = [
    "resources",
    "limits",
    "requests",
    "capacity",
    "hard",
    "status",
    "defaultMode",
    "mode",
];

/// The fields of a manifest with the values that the cluster has now. Of a field that the server leaves out or has in
/// another form, that it is as it was sent.
pub(super) fn seen(manifest: &Value, live: &Value) -> Value {
    match (manifest, live) {
        (Value::Object(fields), Value::Object(now)) => {
            let field = |(key, sent): (&String, &Value)| {
                let value = match now.get(key) {
                    Some(now) if !SPELLED_ANEW.contains(&key.as_str()) => seen(sent, now),
                    _ => sent.clone(),
                };
                (key.clone(), value)
            };
            Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
        }
        (Value::Array(items), Value::Array(now)) => {
            let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
            if items.iter().all(|item| name(item).is_some()) {
                let there = |item: &Value| now.iter().find(|other| name(other) == name(item)).map(|now| seen(item, now));
                return items.iter().filter_map(there).collect();
            }
            match items.len() == now.len() {
                true => items.iter().zip(now).map(|(item, now)| seen(item, now)).collect(),
                false => manifest.clone(),
            }
        }
        // Left to the server, which chose.
        (Value::String(sent), _) if sent.is_empty() => manifest.clone(),
        (Value::String(sent), Value::String(now)) if sent.trim() == now.trim() => manifest.clone(),
        (sent, now) if is_scalar(sent) && is_scalar(now) => live.clone(),
        _ => manifest.clone(),
    }
}

const fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_changed_by_hand_is_seen_and_what_the_server_spells_otherwise_is_not() {
        let manifest = json!({
            "spec": {"replicas": 2, "clusterIP": "", "template": {"spec": {"containers": [
                {"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1000m"}}, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            ], "volumes": [{"name": "v", "configMap": {"defaultMode": 644}}]}}},
        });
        let live = json!({
            "spec": {"replicas": 5, "clusterIP": "10.0.0.7", "paused": true, "template": {"spec": {"containers": [
                {"name": "side", "image": "side:1"},
                {"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1"}}, "env": [{"name": "A", "value": "9"}]},
            ], "volumes": [{"name": "v", "configMap": {"defaultMode": 420}}]}}},
        });
        let expected = json!({
            "spec": {"replicas": 5, "clusterIP": "", "template": {"spec": {"containers": [
                {"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1000m"}}, "env": [{"name": "A", "value": "9"}]},
            ], "volumes": [{"name": "v", "configMap": {"defaultMode": 644}}]}}},
        });
        assert_eq!(seen(&manifest, &live), expected);
    }
}
