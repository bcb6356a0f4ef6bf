//! Changes of which nothing is known but their words.

use serde_json::Value;

use super::risk::Call;

/// What a change says, where that is all that it does: nothing of what is there goes by not being named. `media` is the type of its body.
#[must_use]
pub fn all_said<'a>(call: &Call, media: &str, body: Option<&'a Value>) -> Option<&'a Value> {
    let only_adds = match call.verb.as_str() {
        "create" => true,
        // What was applied before and is not said any more goes, and in an object that takes the place of another so does the rest.
        "patch" if media != "application/apply-patch+yaml" => body.is_some_and(|body| !takes_away(body)),
        _ => false,
    };
    body.filter(|_| only_adds)
}

/// The body may set what one of `words` names. Where it does not say all that it does, it may set anything.
pub(super) fn may_set(all_said: Option<&Value>, words: &[&str]) -> bool {
    let Some(body) = all_said else { return true };
    let text = body.to_string();
    words.iter().any(|word| text.contains(word))
}

/// A patch takes away what it does not name, or puts there what it does not say.
fn takes_away(patch: &Value) -> bool {
    match patch {
        Value::Array(operations) => !operations.iter().all(sets_a_value),
        _ => has_null_or_directive(patch),
    }
}

/// Whatever stood there goes with all that was in it; where a single value is set, its path says what that was.
fn sets_a_value(operation: &Value) -> bool {
    let named = operation.get("op").and_then(Value::as_str);
    let single = |value: &Value| !value.is_object() && !value.is_array() && !value.is_null();
    match named {
        Some("test") => true,
        Some("add" | "replace") => operation.get("value").is_some_and(single),
        _ => false,
    }
}

/// Words beginning with `$` tell how a list or an object is merged:
/// <https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/>.
fn has_null_or_directive(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.iter().any(|(key, value)| key.starts_with('$') || has_null_or_directive(value)),
        Value::Array(list) => list.iter().any(has_null_or_directive),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_by_not_being_named_is_not_said() {
        let merge = "application/merge-patch+json";
        let json_patch = |operation: Value| json!([{"op": "test", "path": "/kind", "value": "A"}, operation]);
        for (method, media, body, said) in [
            ("POST", "application/json", json!({"spec": null}), true),
            ("PUT", "application/json", json!({"spec": {"replicas": 1}}), false),
            ("PATCH", "application/apply-patch+yaml", json!({"spec": {"replicas": 1}}), false),
            ("PATCH", merge, json!({"spec": {"replicas": 1}}), true),
            ("PATCH", merge, json!({"spec": null}), false),
            ("PATCH", merge, json!({"spec": [{"a": null}]}), false),
            ("PATCH", merge, json!({"spec": {"$patch": "replace"}}), false),
            (
                "PATCH",
                merge,
                json_patch(json!({"op": "replace", "path": "/spec/replicas", "value": 1})),
                true,
            ),
            (
                "PATCH",
                merge,
                json_patch(json!({"op": "replace", "path": "/spec", "value": {}})),
                false,
            ),
            ("PATCH", merge, json_patch(json!({"op": "remove", "path": "/metadata"})), false),
            (
                "PATCH",
                merge,
                json_patch(json!({"op": "copy", "from": "/metadata/name", "path": "/spec"})),
                false,
            ),
        ] {
            let call = Call::parse(method, "/apis/a.example/v1/things/x", "");
            assert_eq!(all_said(&call, media, Some(&body)).is_some(), said, "{method} {media} {body}");
        }
    }
}
