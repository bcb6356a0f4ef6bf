//! What was done, in words.

use serde_json::Value;

use crate::domain::{
    field::FieldChange,
    plan::{Change, Draft},
    step::Step,
};

/// `replicas set to 3`.
pub(super) fn done(change: &Change) -> String {
    let Draft { step, edits, .. } = &change.draft;
    match step {
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
            let fields: Vec<String> = edits
                .iter()
                .map(|edit| set(&last(&edit.field.to_string()), edit.to.as_ref(), "set to"))
                .collect();
            fields.join(", ")
        }
        None => {
            let fields: Vec<String> = edits
                .iter()
                .map(|edit| set(&last(&edit.field.to_string()), edit.to.as_ref(), "back to"))
                .collect();
            fields.join(", ")
        }
    }
}

/// `spec.replicas: 5 → 3`, for a message.
pub(super) fn change(change: &FieldChange) -> String {
    format!(
        "{}: {} → {}",
        change.field,
        value(change.before.as_ref()),
        value(change.after.as_ref())
    )
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
