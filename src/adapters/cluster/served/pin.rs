//! Holds a server to the very object and state that a change was tried on.

use serde_json::{Map, Value, json};

use super::super::embedded::bodies;

/// What a body says, where it can be read.
pub(super) fn read(content_type: &str, bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    match media(content_type) {
        "application/apply-patch+yaml" | "application/yaml" => {
            let text = std::str::from_utf8(bytes).ok()?;
            serde_json::from_str(text).ok().or_else(|| serde_saphyr::from_str(text).ok())
        }
        "application/vnd.kubernetes.protobuf" => bodies::of_protobuf(bytes),
        "application/json"
        | "application/json-patch+json"
        | "application/merge-patch+json"
        | "application/strategic-merge-patch+json"
        | "" => serde_json::from_slice(bytes).ok(),
        _ => None,
    }
}

/// The type of a body that was read and written again.
pub(super) fn media_again(content_type: &str) -> &str {
    match media(content_type) {
        "" | "application/vnd.kubernetes.protobuf" | "application/yaml" => "application/json",
        json => json,
    }
}

/// The type without its parameters.
pub(super) fn media(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The body for this state of the object: with its uid and resourceVersion, and read once, so that what is tried is what is sent.
/// Whose version is in it already is held to that one.
pub(super) fn pinned(verb: &str, body: &Value, before: &Value) -> Option<Value> {
    let uid = before.pointer("/metadata/uid")?;
    let version = before.pointer("/metadata/resourceVersion")?;
    match (verb, body) {
        ("patch", Value::Array(operations)) => {
            let mut patch = vec![
                json!({"op": "test", "path": "/metadata/uid", "value": uid}),
                json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}),
            ];
            patch.extend(operations.iter().cloned());
            Some(Value::Array(patch))
        }
        ("patch" | "update", Value::Object(object)) => {
            let mut object = object.clone();
            let metadata = member(&mut object, "metadata")?;
            hold(metadata, uid, version);
            Some(Value::Object(object))
        }
        ("delete", Value::Object(options)) => {
            let mut options = options.clone();
            let conditions = member(&mut options, "preconditions")?;
            hold(conditions, uid, version);
            Some(Value::Object(options))
        }
        _ => None,
    }
}

/// Whose version is named already is held to that one; an empty one, or none at all, would hold to nothing.
fn hold(conditions: &mut Map<String, Value>, uid: &Value, version: &Value) {
    conditions.insert("uid".to_owned(), uid.clone());
    let named = conditions.get("resourceVersion").and_then(Value::as_str);
    if named.is_none_or(str::is_empty) {
        conditions.insert("resourceVersion".to_owned(), version.clone());
    }
}

/// What a deletion without a body says.
pub(super) fn no_options() -> Value {
    json!({"apiVersion": "v1", "kind": "DeleteOptions"})
}

/// The caller names the state that it means: what becomes of a conflict is its own to decide.
pub(super) fn names_its_state(body: &Value) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let of_object = ["/metadata/resourceVersion", "/preconditions/resourceVersion"];
    let of_patch = |operation: &Value| operation.get("path").and_then(Value::as_str) == Some("/metadata/resourceVersion");
    of_object.iter().any(|pointer| body.pointer(pointer).is_some_and(named))
        || body.as_array().is_some_and(|operations| operations.iter().any(of_patch))
}

fn member<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_cannot_unpin_its_change() {
        let before = json!({"metadata": {"uid": "u", "resourceVersion": "7"}});
        for metadata in [
            json!({"uid": "", "resourceVersion": ""}),
            json!({"uid": null, "resourceVersion": null}),
            json!({"uid": "other"}),
        ] {
            let pinned = pinned("update", &json!({"metadata": metadata}), &before).unwrap();
            assert_eq!(pinned["metadata"], json!({"uid": "u", "resourceVersion": "7"}));
            let pinned = super::pinned("delete", &json!({"preconditions": metadata}), &before).unwrap();
            assert_eq!(pinned["preconditions"], json!({"uid": "u", "resourceVersion": "7"}));
        }
        let own = pinned("update", &json!({"metadata": {"resourceVersion": "5"}}), &before).unwrap();
        assert_eq!(own["metadata"]["resourceVersion"], "5");
    }
}
