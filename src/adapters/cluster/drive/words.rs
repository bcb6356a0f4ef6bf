//! What was done, in words.

use serde_json::Value;

use crate::domain::{
    field::{FieldChange, FieldEdit, FieldPath, Segment},
    object::ObjectRef,
    plan::{Change, Draft, How},
    step::Step,
};

/// `replicas set to 3`.
pub(super) fn done(change: &Change) -> String {
    let Draft {
        step, edits, how, object, ..
    } = &change.draft;
    match how {
        How::Create(_) => return "made".to_owned(),
        How::Apply(_) => return "applied".to_owned(),
        How::Delete => return "taken away".to_owned(),
        How::Replace(_) => return "made again".to_owned(),
        How::Rollback(revision) => return format!("rolled back to revision {revision}"),
        How::Patch | How::Follows => {}
    }
    match step {
        Some(Step::RolloutUndo(_)) => "an earlier revision set".to_owned(),
        Some(Step::SetPaused(step)) => if step.paused { "paused" } else { "resumed" }.to_owned(),
        Some(Step::Restart(_)) => "restart requested".to_owned(),
        Some(Step::SetImage(step)) => format!("image set to {}", step.image),
        Some(Step::SetEnv(step)) => {
            let names = |set: bool| {
                let names = step.env.iter().filter(|env| env.value.is_some() == set);
                names.map(|env| env.name.as_str()).collect::<Vec<_>>().join(", ")
            };
            match (names(true), names(false)) {
                (set, removed) if removed.is_empty() => format!("{set} set"),
                (set, removed) if set.is_empty() => format!("{removed} removed"),
                (set, removed) => format!("{set} set, {removed} removed"),
            }
        }
        Some(_) => {
            let fields: Vec<String> = edits.iter().map(|edit| of_edit(object, edit, "set to")).collect();
            fields.join(", ")
        }
        None => {
            let fields: Vec<String> = edits.iter().map(|edit| of_edit(object, edit, "back to")).collect();
            fields.join(", ")
        }
    }
}

/// What is in a Secret is never told.
fn of_edit(object: &ObjectRef, edit: &FieldEdit, how: &str) -> String {
    let in_secret =
        object.kind.kind == "Secret" && matches!(edit.field.0.first(), Some(Segment::Key(key)) if key == "data" || key == "stringData");
    let name = match edit.field.0.get(1) {
        Some(Segment::Key(key)) => key.clone(),
        _ => edit.field.to_string(),
    };
    match (&edit.to, how) {
        _ if !in_secret => told(&edit.field, edit.to.as_ref(), how),
        (None, _) => format!("{name} removed"),
        (Some(_), "back to") => format!("{name} has its old value again"),
        (Some(_), _) => format!("{name} set"),
    }
}

fn told(field: &FieldPath, to: Option<&Value>, how: &str) -> String {
    match field.variable() {
        Some(name) if to.is_none() => format!("{name} removed"),
        Some(name) if how == "back to" => format!("{name} has its old value again"),
        Some(name) => format!("{name} set"),
        None => set(&with_parent(field).unwrap_or_else(|| last(&field.to_string())), to, how),
    }
}

/// `spec.replicas: 5 → 3`, for a message.
pub(super) fn change(change: &FieldChange) -> String {
    if change.field.variable().is_some() {
        return format!("{} (another value)", change.field);
    }
    format!(
        "{}: {} → {}",
        change.field,
        value(change.before.as_ref()),
        value(change.after.as_ref())
    )
}

/// `labels tier`, `limits.memory`: keys of these say little without what they are keys of.
fn with_parent(path: &FieldPath) -> Option<String> {
    let keys: Vec<&str> = path
        .0
        .iter()
        .rev()
        .take(2)
        .filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    match keys.as_slice() {
        [key, "labels"] => Some(format!("label {key}")),
        [key, "data" | "binaryData"] => Some((*key).to_owned()),
        [key, "annotations"] => Some(format!("annotation {key}")),
        [key, part @ ("limits" | "requests")] => Some(format!("{} of {key}", part.trim_end_matches('s'))),
        _ => None,
    }
}

fn set(field: &str, to: Option<&Value>, how: &str) -> String {
    match to {
        Some(Value::Object(_) | Value::Array(_)) => format!("{field} {}", how.trim_end_matches(" to")),
        Some(to) => format!("{field} {how} {}", value(Some(to))),
        None => format!("{field} removed"),
    }
}

/// The last part of a path: what people call the field.
fn last(path: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    match name.split_once('[') {
        Some((_, item)) => item.trim_end_matches(']').to_owned(),
        None => name.to_owned(),
    }
}

/// At most this many characters of a value in a sentence.
const LONGEST: usize = 60;

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn taking_a_variable_back_does_not_tell_its_value() {
        let field = FieldPath::keys(&["spec", "template", "spec", "containers"])
            .item("name", "app")
            .key("env")
            .item("name", "DB_PASSWORD");
        let value = field.clone().key("value");
        assert_eq!(
            told(&value, Some(&json!("hunter2")), "back to"),
            "DB_PASSWORD has its old value again"
        );
        assert_eq!(told(&field, None, "back to"), "DB_PASSWORD removed");
        let changed = FieldChange {
            field: value,
            before: Some(json!("hunter2")),
            after: Some(json!("hunter3")),
        };
        assert_eq!(
            change(&changed),
            "spec.template.spec.containers[app].env[DB_PASSWORD].value (another value)"
        );
    }
}
