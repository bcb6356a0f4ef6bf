//! Labels and annotations.

use serde_json::{Value, json};

use crate::{
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldEdit, FieldPath},
        intent::EnvChange,
        step::Marks,
    },
    fallbacks::quoted,
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
    if step.overwrite == Some(false)
        && let Some((change, now)) = step.set.iter().find_map(|change| Some((change, taken(change, part, object)?)))
    {
        let verb = if part == "labels" { "label" } else { "annotate" };
        let what = format!(
            "{} has {}={now} already, and --overwrite was not said: nothing was changed",
            step.object, change.name
        );
        return Err(Failure::new(FailureKind::Usage, what).hint(format!("todo-agent {}", typed(verb, step))));
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

/// The value that a key has already, where it would get another.
fn taken<'o>(change: &EnvChange, part: &str, object: &'o Value) -> Option<&'o str> {
    let now = FieldPath::keys(&["metadata", part]).key(&change.name).find(object)?.as_str()?;
    change.value.as_deref().is_some_and(|wanted| wanted != now).then_some(now)
}

/// The command that overwrites.
fn typed(verb: &str, step: &Marks) -> String {
    let mut words = vec!["kubectl".to_owned(), verb.to_owned(), step.object.to_string()];
    words.extend(step.set.iter().map(|change| match &change.value {
        Some(value) => format!("{}={value}", change.name),
        None => format!("{}-", change.name),
    }));
    words.push("--overwrite".to_owned());
    if let Some(namespace) = &step.object.namespace {
        words.extend(["-n".to_owned(), namespace.clone()]);
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    #[test]
    fn a_value_that_is_there_is_replaced_only_where_that_was_said() {
        let object = json!({ "metadata": { "labels": { "app": "web" } } });
        let step = |name: &str, value: &str, overwrite| Marks {
            object: ObjectRef {
                kind: Kind::deployment(),
                namespace: Some("shop".to_owned()),
                name: "web".to_owned(),
                uid: None,
            },
            set: vec![EnvChange::set(name, value)],
            overwrite,
        };
        let told = |step: &Marks| match edits(step, "labels", &object) {
            Ok(edits) => format!("{} edits", edits.len()),
            Err(failure) => format!("{} | {}", failure.what, failure.hints.join(" | ")),
        };
        assert_eq!(
            told(&step("app", "api", Some(false))),
            "deployment/web has app=web already, and --overwrite was not said: nothing was changed | todo-agent kubectl label deployment/web app=api --overwrite -n shop"
        );
        assert_eq!(told(&step("app", "web", Some(false))), "0 edits");
        assert_eq!(told(&step("tier", "api", Some(false))), "1 edits");
        assert_eq!(told(&step("app", "api", None)), "1 edits");
    }
}
