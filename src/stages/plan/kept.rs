//! What a request changed and somebody else changed since: it stays as it is, and does not stop the rest from being taken back.

use serde_json::Value;

use super::Planner;
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::FieldPath,
    object::ObjectRef,
    plan::Change,
    undo::{Reversal, ReversedField},
};

pub(super) struct Kept<'a> {
    pub reversal: &'a Reversal,
    /// Of its own: nothing of the plan was done yet.
    pub why: Failure,
}

impl Planner {
    /// What stays, as it is told.
    ///
    /// # Errors
    /// Nothing else is taken back, or what is taken back would take away with it what stays.
    pub(super) async fn kept(&self, all: Vec<Kept<'_>>, changes: &[Change]) -> Result<Vec<String>> {
        let mut told = Vec::new();
        for Kept { reversal, why } in all {
            let object = &reversal.object;
            if changes.is_empty() || self.goes_with(object, changes).await? {
                return Err(why);
            }
            told.push(format!("{object} stays as it is: {}", why.what));
        }
        Ok(told)
    }

    /// One of `changes` takes away what it lies in, what defines it, or what owns it.
    async fn goes_with(&self, object: &ObjectRef, changes: &[Change]) -> Result<bool> {
        let taken = changes.iter().filter(|change| change.takes_away() || change.draft.goes());
        let taken: Vec<&Change> = taken.collect();
        if taken.is_empty() {
            return Ok(false);
        }
        let object_now = self.observe.get(object).await?.unwrap_or_default();
        let owners = object_now.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let owners: Vec<&Value> = owners.into_iter().flatten().filter_map(|owner| owner.get("uid")).collect();
        Ok(taken.into_iter().any(|change| {
            let gone = &change.draft.object;
            let uid = change.draft.before.pointer("/metadata/uid");
            match gone.kind.kind.as_str() {
                "Namespace" => object.namespace.as_ref() == Some(&gone.name),
                "CustomResourceDefinition" => gone.name == format!("{}.{}", object.kind.plural, object.kind.group),
                _ => uid.is_some_and(|uid| owners.contains(&uid)),
            }
        }))
    }
}

/// The same object as before: it is made again once it has gone.
pub(super) fn still_going(object: &ObjectRef, now: &Value) -> Failure {
    let finalizers = now.pointer("/metadata/finalizers").and_then(Value::as_array).into_iter().flatten();
    let held: Vec<&str> = finalizers.filter_map(Value::as_str).collect();
    let failure = Failure::new(FailureKind::Conflict, format!("{object} is still being taken away"));
    let failure = if held.is_empty() {
        failure
    } else {
        failure.hint(format!("what holds it: {}", held.join(", ")))
    };
    failure.hint("Nothing was changed. When it has gone, ask again: it is made anew then.")
}

/// What we set, what it is now, and how to look. Another's value is never overwritten.
pub(super) fn conflict(object: &ObjectRef, field: &ReversedField, now: &Value, home: &str) -> Failure {
    let look = format!("Look at it: {}", object.request("describe", Some(home)));
    // A whole template has no short name.
    let is_whole = |value: &Value| (value.is_object() || value.is_array()) && field.field.variable().is_none();
    let sides = [field.ours.as_ref(), field.field.find(now)];
    if object.keeps_secret(&field.field) || sides.into_iter().flatten().any(is_whole) {
        let what = format!(
            "{} of {object} was changed since: taking it back would undo that change",
            field.field
        );
        return Failure::new(FailureKind::Conflict, what)
            .hint(look)
            .hint("Or ask for the state that you want.");
    }
    let said = |value: Option<&Value>| said(&field.field, value);
    let (ours, now) = (said(field.ours.as_ref()), said(field.field.find(now)));
    let name = field
        .field
        .variable()
        .map_or_else(|| field.field.to_string(), |name| format!("the variable {name}"));
    let what =
        format!("{name} of {object} was changed since: we set it to {ours}, it is {now} now; taking {ours} back would undo that change");
    Failure::new(FailureKind::Conflict, what).hint(look).hint(format!(
        "Or ask for the state that you want; before our change it was {}.",
        said(field.before.as_ref())
    ))
}

/// A value in one word. A variable's stands behind its name, by which it is known to be secret wherever it is told.
fn said(field: &FieldPath, value: Option<&Value>) -> String {
    let Some(value) = value else { return "not set".to_owned() };
    let plain = match value {
        Value::Object(map) => map.get("value").cloned().unwrap_or(Value::Null),
        other => other.clone(),
    };
    let word = match plain {
        Value::String(text) => text,
        Value::Number(_) | Value::Bool(_) => plain.to_string(),
        _ => return "another value".to_owned(),
    };
    field.variable().map_or_else(|| word.clone(), |name| format!("{name}={word}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::kind::Kind;

    #[test]
    fn what_stands_in_a_secret_is_not_told_where_it_was_changed_since() {
        let now = json!({"kind": "Secret", "metadata": {"name": "s1"}, "data": {"password": "dGhyZWU="}});
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Secret").unwrap();
        let field = ReversedField {
            field: FieldPath::keys(&["data", "password"]),
            before: Some(json!("b25l")),
            ours: Some(json!("dHdv")),
        };
        let told = Failure::new(
            FailureKind::Conflict,
            "data.password of secret/s1 was changed since: taking it back would undo that change",
        )
        .hint("Look at it: `todo-agent \"describe secret/s1\"`")
        .hint("Or ask for the state that you want.");
        assert_eq!(conflict(&ObjectRef::of(&kind, &now), &field, &now, "todo"), told);
    }
}
