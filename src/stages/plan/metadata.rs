//! Labels and annotations.

use serde_json::{Value, json};

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath},
    intent::EnvChange,
    step::Marks,
};

/// What must change so that the object has them as asked.
///
/// # Errors
/// A key or value that Kubernetes does not take.
pub(super) fn edits(step: &Marks, part: &str, object: &Value) -> Result<Vec<FieldEdit>> {
    if let Some(wrong) = step.set.iter().find(|change| !is_key(&change.name)) {
        let what = format!("\"{}\" cannot be a key of {part}", wrong.name);
        return Err(Failure::new(FailureKind::Usage, what)
            .hint("a key is at most 63 letters, digits, - _ and ., with a domain and a slash before it where one is wanted"));
    }
    let wrong = |change: &&EnvChange| part == "labels" && change.value.as_ref().is_some_and(|value| !is_label(value));
    if let Some(wrong) = step.set.iter().find(wrong) {
        let what = format!("\"{}\" cannot be the value of a label", wrong.value.as_deref().unwrap_or_default());
        return Err(Failure::new(FailureKind::Usage, what)
            .hint("a value is at most 63 letters, digits, - _ and .; anything longer is an annotation"));
    }
    let edits = step.set.iter().filter_map(|change| {
        let field = FieldPath::keys(&["metadata", part]).key(&change.name);
        let now = field.find(object).and_then(Value::as_str);
        (now != change.value.as_deref()).then(|| FieldEdit {
            field,
            to: change.value.as_ref().map(|value| json!(value)),
        })
    });
    Ok(edits.collect())
}

/// `IsQualifiedName` of apimachinery.
fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_domain = |prefix: &str| {
        !prefix.is_empty()
            && prefix.len() <= 253
            && prefix
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
    };
    prefix.is_none_or(is_domain) && !name.is_empty() && is_label(name)
}

/// `IsValidLabelValue` of apimachinery.
fn is_label(value: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() <= 63
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && ends(value.chars().next())
        && ends(value.chars().next_back())
}
