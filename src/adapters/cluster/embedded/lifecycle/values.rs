//! Reading and writing the fields of objects that every rule needs.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The text at a JSON pointer, empty when absent.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn int(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// The whole number at a JSON pointer, 0 when absent.
pub fn count(value: &Value, pointer: &str) -> i64 {
    int(value, pointer).unwrap_or_default()
}

/// The list at a JSON pointer, empty when absent.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub fn map<'a>(value: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    value.pointer(pointer).and_then(Value::as_object)
}

pub fn kind(value: &Value) -> &str {
    value.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn meta<'a>(value: &'a Value, field: &str) -> &'a str {
    value
        .get("metadata")
        .and_then(|meta| meta.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub fn name(value: &Value) -> &str {
    meta(value, "name")
}

/// The `name` of a container, port or volume.
pub fn name_of(value: &Value) -> &str {
    value.get("name").and_then(Value::as_str).unwrap_or_default()
}

pub fn namespace(value: &Value) -> &str {
    meta(value, "namespace")
}

pub fn uid(value: &Value) -> &str {
    meta(value, "uid")
}

pub fn annotation<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

pub fn set_annotation(value: &mut Value, key: &str, text: impl Into<String>) {
    set(value, &["metadata", "annotations", key], Value::String(text.into()));
}

/// Whether somebody asked for the object to go.
pub fn deleting(value: &Value) -> bool {
    !meta(value, "deletionTimestamp").is_empty()
}

pub fn has_finalizers(value: &Value) -> bool {
    !list(value, "/metadata/finalizers").is_empty()
}

/// The owner reference of the controlling owner.
pub fn controller(value: &Value) -> Option<&Value> {
    value
        .get("metadata")?
        .get("ownerReferences")?
        .as_array()?
        .iter()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

/// The uid of the controlling owner, empty when there is none.
pub fn controller_uid(value: &Value) -> &str {
    controller(value)
        .and_then(|owner| owner.get("uid"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A controlling owner reference to `owner`.
pub fn owner_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": text(owner, "/apiVersion"),
        "kind": kind(owner),
        "name": name(owner),
        "uid": uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Sets a field, making the objects on the way.
pub fn set(value: &mut Value, path: &[&str], new: Value) {
    let Some((last, way)) = path.split_last() else { return };
    let mut at = value;
    for step in way {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(fields) = at.as_object_mut() else { return };
        at = fields.entry((*step).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Some(fields) = at.as_object_mut() {
        fields.insert((*last).to_owned(), new);
    }
}

/// Removes a field if it is there.
pub fn unset(value: &mut Value, parent: &str, field: &str) {
    if let Some(fields) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        fields.shift_remove(field);
    }
}

/// A time as the API writes it: UTC, whole seconds.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time at a pointer.
pub fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    value.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse().ok())
}

/// When the object was made; the epoch when it does not say.
pub fn created(value: &Value) -> Timestamp {
    time(value, "/metadata/creationTimestamp").unwrap_or(Timestamp::UNIX_EPOCH)
}

pub fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// A condition of `status.conditions` by its type.
pub fn condition<'a>(object: &'a Value, of: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == of)
}

pub fn condition_is(object: &Value, of: &str, status: &str) -> bool {
    condition(object, of).is_some_and(|condition| text(condition, "/status") == status)
}

/// The earlier of two moments that may not come.
pub fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
