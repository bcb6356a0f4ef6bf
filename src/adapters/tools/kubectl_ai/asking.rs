//! A call of the tool that waits, as somebody is asked about it.

use serde_json::{Value, json};

use super::NAME;
use crate::domain::{
    errand::Asks,
    field::{FieldChange, FieldEdit, Segment, json_patch},
    held::{AsSent, HeldCall, is_usual},
    mask::HIDDEN,
    plan::{Change, Draft, How},
};

const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The call as somebody is asked about it. What is in a Secret is told as being there.
pub(super) fn asks(held: &HeldCall) -> Asks {
    let change = change(held).map(Box::new);
    let request = match &change {
        Some(_) if is_all_there_is(held) => None,
        _ => Some(AsSent {
            body: held.request.body.as_ref().map(|body| of_request(held, body)),
            ..held.request.clone()
        }),
    };
    Asks {
        tool: NAME.to_owned(),
        what: visible(&held.call.summary()),
        namespace: held.call.namespace.as_deref().map(visible),
        risk: held.risk,
        change,
        request,
        command: held.command.iter().map(|word| visible(word)).collect(),
        why: visible(&held.why),
    }
}

/// What it does is the difference, and it is done in the usual way.
fn is_all_there_is(held: &HeldCall) -> bool {
    if !matches!(held.call.verb.as_str(), "delete" | "deletecollection") {
        return true;
    }
    !held.request.path.contains('?') && is_usual(held.request.body.as_ref())
}

/// A body as it can be looked at.
fn of_request(held: &HeldCall, body: &Value) -> Value {
    let mut body = body.clone();
    let call = &held.call;
    let is_secret = call.group.is_empty() && call.resource == "secrets" || body.get("kind").and_then(Value::as_str) == Some("Secret");
    if is_secret {
        veil(&mut body);
    }
    show_controls(&mut body);
    body
}

/// Keys of a Secret stay, and what a JSON patch puts anywhere but to its metadata goes.
fn veil(body: &mut Value) {
    let hide = |value: &mut Value| match value {
        Value::Object(map) => map.values_mut().for_each(|value| *value = Value::from(HIDDEN)),
        other => *other = Value::from(HIDDEN),
    };
    for member in ["data", "stringData"] {
        if let Some(values) = body.get_mut(member) {
            hide(values);
        }
    }
    if let Some(Value::Object(annotations)) = body.pointer_mut("/metadata/annotations") {
        annotations.shift_remove(APPLIED);
    }
    for operation in body.as_array_mut().into_iter().flatten() {
        let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
        let plain = path.starts_with("/metadata/labels/") || (path.starts_with("/metadata/annotations/") && !path.contains("last-applied"));
        if let Some(value) = operation.get_mut("value").filter(|_| !plain) {
            hide(value);
        }
    }
}

/// A text from somewhere else moves no cursor, has no colour and begins no line.
fn visible(text: &str) -> String {
    let one = |c: char| match c {
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

/// The same for all that is in a body. Its lines stay: they are moved in.
fn show_controls(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.split('\n').map(visible).collect::<Vec<_>>().join("\n"),
        Value::Array(list) => list.iter_mut().for_each(show_controls),
        Value::Object(map) => {
            let shown = std::mem::take(map).into_iter().map(|(key, mut value)| {
                show_controls(&mut value);
                (visible(&key), value)
            });
            *map = shown.collect();
        }
        _ => {}
    }
}

fn change(held: &HeldCall) -> Option<Change> {
    let object = held.object.clone().filter(|_| !held.diff.is_empty())?;
    let secret = object.kind.kind == "Secret" && object.kind.group.is_empty();
    let diff: Vec<FieldChange> = held
        .diff
        .iter()
        .cloned()
        .map(|field| if secret { hidden(field) } else { field })
        .map(|mut field| {
            for side in [&mut field.before, &mut field.after] {
                side.iter_mut().for_each(show_controls);
            }
            field
        })
        .collect();
    let (how, before, after) = match held.call.verb.as_str() {
        "delete" | "deletecollection" => (How::Delete, json!({"kind": object.kind.kind}), Value::Null),
        "create" => {
            let mut made = json!({});
            for field in &diff {
                if let ([Segment::Key(key)], Some(value)) = (field.field.0.as_slice(), &field.after) {
                    made[key] = value.clone();
                }
            }
            (How::Create(made.clone()), json!({}), made)
        }
        _ => {
            let side = |of: fn(&FieldChange) -> &Option<Value>| sparse(&object.kind.kind, &diff, of);
            (How::Patch, side(|field| &field.before), side(|field| &field.after))
        }
    };
    Some(Change {
        draft: Draft {
            step: None,
            object,
            subresource: held.call.subresource.clone(),
            how,
            edits: Vec::new(),
            before,
        },
        after,
        diff,
        reversal: None,
    })
}

/// An object with nothing in it but one side of these fields.
fn sparse(kind: &str, diff: &[FieldChange], side: fn(&FieldChange) -> &Option<Value>) -> Value {
    let mut object = json!({"kind": kind});
    for field in diff.iter().filter(|field| side(field).is_some()) {
        let edit = FieldEdit {
            field: field.field.clone(),
            to: side(field).clone(),
        };
        let patch = json_patch(&[edit], &object).unwrap_or_default();
        if let Ok(patch) = serde_json::from_value::<json_patch::Patch>(Value::Array(patch)) {
            let _ = json_patch::patch(&mut object, &patch);
        }
    }
    object
}

fn hidden(field: FieldChange) -> FieldChange {
    let data = matches!(field.field.0.first(), Some(Segment::Key(key)) if key == "data" || key == "stringData");
    if !data {
        return field;
    }
    let mark = |value: Option<Value>| {
        value.map(|value| match value {
            Value::Object(map) => Value::Object(map.into_iter().map(|(key, _)| (key, Value::from(HIDDEN))).collect()),
            _ => Value::from(HIDDEN),
        })
    };
    FieldChange {
        before: mark(field.before),
        after: mark(field.after),
        field: field.field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{object::ObjectRef, risk::Call};

    fn held(method: &str, path: &str, body: Value) -> HeldCall {
        let (plain, query) = path.split_once('?').unwrap_or((path, ""));
        let call = Call::parse(method, plain, query);
        HeldCall {
            risk: call.risk(),
            call,
            object: None,
            diff: Vec::new(),
            request: AsSent {
                method: method.to_owned(),
                path: path.to_owned(),
                body: Some(body).filter(|body| !body.is_null()),
            },
            command: vec!["a\u{1b}[8m\nb".to_owned()],
            why: String::new(),
        }
    }

    #[test]
    fn values_of_secrets_are_not_shown_and_no_text_steers_the_screen() {
        let secret = "/api/v1/namespaces/a/secrets/s";
        let whole = json!({"kind": "Secret", "metadata": {"annotations": {APPLIED: "x", "note": "\u{1b}[2Ky\nz"}}, "data": {"k": "djE="}, "stringData": {"l": "v"}});
        let asked = asks(&held("PUT", secret, whole));
        assert_eq!(asked.command, ["a\\u{1b}[8m\\nb"]);
        assert_eq!(
            asked.request.unwrap().body.unwrap(),
            json!({"kind": "Secret", "metadata": {"annotations": {"note": "\\u{1b}[2Ky\nz"}}, "data": {"k": "•••"}, "stringData": {"l": "•••"}})
        );
        let patch = json!([{"op": "add", "path": "/data/k", "value": "djE="}, {"op": "add", "path": "", "value": {"data": {}}}, {"op": "add", "path": "/metadata/labels/a", "value": "b"}]);
        let shown = asks(&held("PATCH", secret, patch)).request.unwrap().body.unwrap();
        assert_eq!(
            shown,
            json!([{"op": "add", "path": "/data/k", "value": "•••"}, {"op": "add", "path": "", "value": {"data": "•••"}}, {"op": "add", "path": "/metadata/labels/a", "value": "b"}])
        );
    }

    /// What is more than to take it away stands beside it.
    #[test]
    fn a_deletion_is_shown_with_what_is_unusual_about_it() {
        let pod = "/api/v1/namespaces/a/pods/p";
        let request = |path: &str, options: Value| {
            let mut held = held("DELETE", path, options);
            let kind = crate::domain::kind::Kind::pod();
            held.object = Some(ObjectRef {
                kind,
                namespace: Some("a".to_owned()),
                name: "p".to_owned(),
                uid: None,
            });
            held.diff = vec![FieldChange {
                field: crate::domain::field::FieldPath::keys(&["metadata", "name"]),
                before: Some("p".into()),
                after: None,
            }];
            asks(&held).request.is_some()
        };
        assert!(!request(pod, Value::Null));
        assert!(!request(
            pod,
            json!({"kind": "DeleteOptions", "propagationPolicy": "Background", "preconditions": {"uid": "1"}})
        ));
        assert!(request(pod, json!({"gracePeriodSeconds": 0})));
        assert!(request(&format!("{pod}?gracePeriodSeconds=0"), Value::Null));
        assert!(request(pod, json!({"propagationPolicy": "Orphan"})));
    }
}
