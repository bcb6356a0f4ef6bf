//! What takes back what a program does.

use serde_json::Value;

use crate::domain::{
    field::{FieldChange, FieldPath, Segment},
    object::ObjectRef,
    step::Delete,
    undo::{Lasting, Reversal, ReversedField, Way, made_again, made_as_it_was},
};

/// Of fields that were set.
pub(super) fn of_fields(object: &ObjectRef, subresource: &str, diff: &[FieldChange]) -> Reversal {
    Reversal {
        object: object.clone(),
        subresource: subresource.to_owned(),
        fields: diff.iter().flat_map(fields).collect(),
        way: Way::Fields,
    }
}

/// A whole that is new is taken back part by part: others add parts of theirs. But an element of a list is nothing without the member
/// that it is known by.
fn fields(change: &FieldChange) -> Vec<ReversedField> {
    let FieldChange { field, before, after } = change;
    match after {
        Some(whole @ Value::Object(_)) if before.is_none() && !matches!(field.0.last(), Some(Segment::Item { .. })) => {
            let part = |leaf: FieldPath| ReversedField {
                ours: leaf.find(whole).cloned(),
                before: None,
                field: FieldPath(field.0.iter().cloned().chain(leaf.0).collect()),
            };
            FieldPath::leaves(whole).into_iter().map(part).collect()
        }
        _ => vec![change.clone().into()],
    }
}

/// Of an object that was made: what was sent must still be so when it is taken away. What the server had written of another one, as in what
/// `kubectl get -o yaml` tells, is its own to say.
pub(super) fn of_made(object: &ObjectRef, sent: Option<&Value>, after: &Value) -> Reversal {
    let leaves = sent.map(|sent| FieldPath::leaves(&made_again(sent))).unwrap_or_default();
    let kept = |field: &FieldPath| !field.within(&FieldPath::keys(&["status"]));
    Reversal::of_made(object, leaves.into_iter().filter(kept), after)
}

/// Of an object that goes: it is made again, unless something of it is not kept.
pub(super) fn of_gone(object: &ObjectRef, before: &Value) -> Result<Reversal, Lasting> {
    let delete = Delete { object: object.clone() };
    if let Some(why) = delete.lasts() {
        return Err(Lasting {
            object: Some(Box::new(object.clone())),
            ..lasting(&format!("delete {object}"), why)
        });
    }
    Ok(Reversal {
        object: object.clone(),
        subresource: String::new(),
        fields: Vec::new(),
        way: Way::Create(made_as_it_was(before)),
    })
}

pub(super) fn lasting(what: &str, why: &str) -> Lasting {
    Lasting {
        what: what.to_owned(),
        why: why.to_owned(),
        object: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        field::{FieldEdit, difference, json_patch},
        kind::Kind,
    };

    /// What a change is after it was made and taken back.
    fn back(before: &Value, after: &Value) -> Vec<Value> {
        let object = ObjectRef::of(&Kind::deployment(), before);
        let fields = of_fields(&object, "", &difference(before, after)).fields;
        let edit = |field: ReversedField| FieldEdit {
            field: field.field,
            to: field.before,
        };
        json_patch(&fields.into_iter().map(edit).collect::<Vec<_>>(), after).unwrap()
    }

    #[test]
    fn what_is_made_of_what_was_read_is_not_known_by_the_identity_of_that() {
        let read = json!({"kind": "ConfigMap", "metadata": {"name": "a", "uid": "old", "creationTimestamp": "2026-01-01T00:00:00Z"}, "data": {"a": "1"}});
        let mut made = read.clone();
        made["metadata"]["uid"] = json!("new");
        let object = ObjectRef::of(&Kind::deployment(), &made);
        let fields = of_made(&object, Some(&read), &made).fields;
        let names: Vec<String> = fields.iter().map(|field| field.field.to_string()).collect();
        assert_eq!(names, ["kind", "metadata.name", "data.a"]);
    }

    #[test]
    fn an_element_of_a_list_is_taken_away_or_brought_back_whole() {
        let web = json!({"name": "web", "image": "a:1", "env": [{"name": "A", "value": "1"}]});
        let side = json!({"name": "side", "image": "b:1"});
        let one = json!({"spec": {"containers": [web]}});
        let two = json!({"spec": {"containers": [web, side]}});
        assert_eq!(back(&one, &two), [json!({"op": "remove", "path": "/spec/containers/1"})]);
        assert_eq!(
            back(&two, &one),
            [json!({"op": "add", "path": "/spec/containers/-", "value": side})]
        );
        let other = json!({"spec": {"containers": [{"name": "web", "image": "a:2", "env": [{"name": "B", "value": "2"}]}]}});
        assert_eq!(
            back(&one, &other),
            [
                json!({"op": "replace", "path": "/spec/containers/0/image", "value": "a:1"}),
                json!({"op": "remove", "path": "/spec/containers/0/env/0"}),
                json!({"op": "add", "path": "/spec/containers/0/env/-", "value": {"name": "A", "value": "1"}}),
            ]
        );
    }
}
