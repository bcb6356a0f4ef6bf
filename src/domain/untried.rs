//! Changes of which nothing is known but their words.

use serde_json::Value;

/// The body may set what one of `words` names. What cannot be read may set anything, and a JSON patch can move it there from anywhere.
pub(super) fn may_set(body: Option<&Value>, words: &[&str]) -> bool {
    let Some(body) = body else { return true };
    let text = body.to_string();
    let moves = |operation: &Value| operation.get("from").is_some();
    words.iter().any(|word| text.contains(word)) || body.as_array().is_some_and(|operations| operations.iter().any(moves))
}
