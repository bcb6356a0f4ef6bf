//! Reading members of objects that come as JSON.

use jiff::Timestamp;
use serde_json::Value;

/// The string at this RFC 6901 pointer.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

/// The whole number at this pointer; absent, negative or too large is 0, which is what absent means in a status.
#[must_use]
pub fn number(object: &Value, pointer: &str) -> u32 {
    object
        .pointer(pointer)
        .and_then(Value::as_i64)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or_default()
}

/// The elements of the list at this pointer; none when it is absent.
#[must_use]
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The time at this pointer.
#[must_use]
pub fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer)?.parse().ok()
}

/// The condition of this type in `status.conditions`.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, "/status/conditions").iter().find(|c| text(c, "/type") == Some(kind))
}

/// The condition of this type is `True`.
pub fn condition_holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).and_then(|c| text(c, "/status")) == Some("True")
}

pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name").unwrap_or_default()
}

pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace").unwrap_or_default()
}

pub fn uid(object: &Value) -> Option<&str> {
    text(object, "/metadata/uid")
}

/// It is being deleted.
pub fn terminating(object: &Value) -> bool {
    text(object, "/metadata/deletionTimestamp").is_some()
}

/// The controlling owner reference.
pub fn controller(object: &Value) -> Option<&Value> {
    list(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

/// Every pair of the selector map is among the labels; an empty selector selects nothing here.
pub fn selects(selector: Option<&Value>, labels: Option<&Value>) -> bool {
    match selector.and_then(Value::as_object) {
        Some(wanted) if !wanted.is_empty() => wanted.iter().all(|(key, value)| labels.and_then(|l| l.get(key)) == Some(value)),
        _ => false,
    }
}
