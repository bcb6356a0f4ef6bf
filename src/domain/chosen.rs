//! What a server chooses by itself where a request leaves it open: a try of the request says another value than the request gets.

use serde_json::Value;

use super::{
    field::{FieldChange, FieldPath, Segment},
    kind::Kind,
    undo::Reversal,
};

/// Of a Service.
const CHOSEN: [&str; 4] = ["nodePort", "clusterIP", "clusterIPs", "healthCheckNodePort"];

/// Takes over what the server has chosen, as it answered the request itself.
pub fn settle(reversal: &mut Reversal, answer: &Value) {
    if !has_any(&reversal.object.kind) {
        return;
    }
    for field in &mut reversal.fields {
        let is_chosen = is_chosen(&field.field);
        if let (Some(ours), Some(real)) = (&mut field.ours, field.field.find(answer)) {
            adopt(ours, real, is_chosen);
        }
    }
}

/// The changes that can be looked for: without what the server chose, which `sent` does not say.
#[must_use]
pub fn told(kind: &Kind, diff: &[FieldChange], sent: &Value) -> Vec<FieldChange> {
    if !has_any(kind) {
        return diff.to_vec();
    }
    let is_open = |change: &FieldChange| is_chosen(&change.field) && change.after.as_ref().is_some_and(|after| !says(sent, after));
    let mut told: Vec<FieldChange> = diff.iter().flat_map(FieldChange::leaves).collect();
    told.retain(|change| !is_open(change));
    told
}

/// The changes as they can be promised: without what the server chose at the try, which neither `sent` says nor stood there before.
#[must_use]
pub fn promised(kind: &Kind, diff: &[FieldChange], sent: &Value) -> Vec<FieldChange> {
    if !has_any(kind) {
        return diff.to_vec();
    }
    let mut diff = diff.to_vec();
    diff.retain(|change| !is_chosen(&change.field) || change.after.as_ref().is_none_or(|after| says(sent, after)));
    for change in &mut diff {
        let before = change.before.clone().unwrap_or_default();
        if let Some(after) = &mut change.after {
            forget(after, &[sent, &before]);
        }
    }
    diff
}

/// The object without what the server chose at the try.
#[must_use]
pub fn promised_object(kind: &Kind, before: &Value, after: &Value, sent: &Value) -> Value {
    let mut after = after.clone();
    if has_any(kind) {
        forget(&mut after, &[sent, before]);
    }
    after
}

fn forget(value: &mut Value, known: &[&Value]) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| !CHOSEN.contains(&key.as_str()) || known.iter().any(|known| says(known, value)));
            map.values_mut().for_each(|inner| forget(inner, known));
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| forget(inner, known)),
        _ => {}
    }
}

fn has_any(kind: &Kind) -> bool {
    kind.group.is_empty() && kind.kind == "Service"
}

fn is_chosen(field: &FieldPath) -> bool {
    matches!(field.0.last(), Some(Segment::Key(key)) if CHOSEN.contains(&key.as_str()))
}

fn adopt(ours: &mut Value, real: &Value, chosen: bool) {
    match (ours, real) {
        (ours, real) if chosen => ours.clone_from(real),
        (Value::Object(ours), Value::Object(real)) => {
            for (key, ours) in ours.iter_mut() {
                if let Some(real) = real.get(key) {
                    adopt(ours, real, CHOSEN.contains(&key.as_str()));
                }
            }
        }
        (Value::Array(ours), Value::Array(real)) if ours.len() == real.len() => {
            ours.iter_mut().zip(real).for_each(|(ours, real)| adopt(ours, real, false));
        }
        _ => {}
    }
}

/// It stands somewhere in it.
fn says(sent: &Value, value: &Value) -> bool {
    sent == value
        || match sent {
            Value::Object(map) => map.values().any(|inner| says(inner, value)),
            Value::Array(list) => list.iter().any(|inner| says(inner, value)),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{field::difference, object::ObjectRef};

    #[test]
    fn what_a_server_chose_is_taken_from_its_answer_and_nothing_else_is() {
        let service = |port: u16, weight: u16| json!({"spec": {"clusterIP": "10.96.0.1", "selector": {"a": weight}, "ports": [{"name": "h", "port": 80, "nodePort": port}]}});
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Service").unwrap();
        let object = ObjectRef::of(&kind, &service(30000, 1));
        let fields = [
            FieldPath::keys(&["spec", "ports"]).item("name", "h").key("nodePort"),
            FieldPath::keys(&["spec", "ports"]),
            FieldPath::keys(&["spec", "selector", "a"]),
        ];
        let mut tried = Reversal::of_made(&object, fields.clone(), &service(30000, 1));
        settle(&mut tried, &service(31865, 2));
        assert_eq!(tried.fields, {
            let mut expected = Reversal::of_made(&object, fields, &service(31865, 2)).fields;
            expected[2].ours = Some(json!(1));
            expected
        });
    }

    #[test]
    fn what_the_request_says_itself_is_looked_for_and_what_it_leaves_open_is_not() {
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Service").unwrap();
        let before = json!({"spec": {"type": "ClusterIP", "ports": [{"name": "h", "port": 80}]}});
        let after = json!({"spec": {"type": "NodePort", "ports": [{"name": "h", "port": 80, "nodePort": 30000}]}});
        let told = |sent: Value| {
            let told = told(&kind, &difference(&before, &after), &sent);
            told.into_iter().map(|change| change.field.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told(json!({"spec": {"type": "NodePort"}})), ["spec.type"]);
        let named = json!({"spec": {"ports": [{"nodePort": 30000}]}});
        assert_eq!(told(named.clone()), ["spec.type", "spec.ports[h].nodePort"]);
        let shown = |sent: &Value| {
            let shown = promised(&kind, &difference(&before, &after), sent);
            let of_whole = promised_object(&kind, &before, &after, sent);
            let fields = shown.into_iter().map(|change| change.field.to_string());
            (fields.collect::<Vec<_>>(), of_whole["spec"]["ports"][0]["nodePort"].clone())
        };
        let both = ["spec.type", "spec.ports[h].nodePort"].map(str::to_owned).to_vec();
        assert_eq!(shown(&named), (both, json!(30000)));
        assert_eq!(
            shown(&json!({"spec": {"type": "NodePort"}})),
            (vec!["spec.type".to_owned()], Value::Null)
        );
        let new = promised(
            &kind,
            &difference(&json!({}), &json!({"spec": {"ports": [{"port": 80, "nodePort": 30000}]}})),
            &json!({}),
        );
        assert_eq!(new[0].after, Some(json!({"ports": [{"port": 80}]})));
    }
}
