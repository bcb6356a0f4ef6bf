//! Values of Secrets, taken out of what a program reads that has no business with them.

use serde_json::Value;

/// base64 of `[redacted]`: `data` must stay base64 for clients that decode it.
const HIDDEN: &str = "W3JlZGFjdGVkXQ==";
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Of an answer about Secrets: an object, a list, a table. Names of keys stay.
pub(super) fn hide(answer: &mut Value) {
    for member in ["items", "rows"] {
        if let Some(Value::Array(parts)) = answer.get_mut(member) {
            parts.iter_mut().for_each(hide);
        }
    }
    if let Some(object) = answer.get_mut("object") {
        hide(object);
    }
    if let Some(Value::Object(annotations)) = answer.pointer_mut("/metadata/annotations") {
        annotations.shift_remove(APPLIED);
    }
    for (member, hidden) in [("data", HIDDEN), ("stringData", "[redacted]")] {
        if let Some(Value::Object(values)) = answer.get_mut(member) {
            values.iter_mut().for_each(|(_, value)| *value = Value::from(hidden));
        }
    }
}
