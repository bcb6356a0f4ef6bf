//! JSON patch, RFC 6902.

use serde_json::Value;

/// Applies a patch; a failing test or a path that is not there leaves the value as it was.
///
/// # Errors
/// What the patch is not, or why it does not apply.
pub fn apply(target: &mut Value, patch: &Value) -> Result<(), Problem> {
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(|error| Problem::Unreadable(error.to_string()))?;
    json_patch::patch(target, &patch).map_err(|error| Problem::DoesNotApply(error.to_string()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Unreadable(String),
    DoesNotApply(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failing_test_changes_nothing() {
        let mut target = json!({ "a": 1 });
        let patch = json!([{ "op": "replace", "path": "/a", "value": 2 }, { "op": "test", "path": "/a", "value": 3 }]);
        assert!(matches!(apply(&mut target, &patch), Err(Problem::DoesNotApply(_))));
        assert_eq!(target, json!({ "a": 1 }));
    }
}
