//! Taking a change of an engine back: by another operation, and only while things are as we left them.

use serde_json::{Value, json};

use super::{state, text};
use crate::{
    domain::{
        docker::{
            Noun, RUN_LABEL,
            condition::{Check, OnEngine},
            short,
        },
        failure::{Failure, FailureKind, Result},
        field::{FieldPath, difference},
        object::ObjectRef,
        plan::{Change, Draft, How},
        ports::engine::Look,
        undo::Reversal,
        verification::PostCondition,
    },
    stages::plan::Planner,
};

impl Planner {
    /// # Errors
    /// The object is gone, is another one, or is not as we left it.
    pub(in crate::stages::plan) async fn reverse_on_engine(&self, reversal: &Reversal) -> Result<Change> {
        let object = &reversal.object;
        let found = self.engine.look(&Look::Object(object.clone())).await?.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("{object} is not there any more: there is nothing to take back"),
            )
        })?;
        let field = reversal.fields.first().ok_or_else(|| nothing(object))?;
        let now = now(&found, &field.field);
        let ours = field.ours.as_ref().and_then(Value::as_str).map(str::to_owned);
        let then = field.before.as_ref().and_then(Value::as_str).map(str::to_owned);
        // A container of the same name without our label is another one, and not ours that was taken back already.
        let another = reversal.subresource == "remove" && now != ours;
        if another || (now != then && now != ours) {
            return Err(changed_since(object, &field.field, ours.as_deref(), now.as_deref()));
        }
        let (shown, back) = match reversal.subresource.as_str() {
            "remove" => (state(&found).to_owned(), "removed".to_owned()),
            "untag" => (shorten(now.as_deref()), "no name".to_owned()),
            _ => (shorten(now.as_deref()), shorten(then.as_deref())),
        };
        let name = field.field.to_string();
        let name = if name == "label" { "state" } else { &name };
        let before = json!({name: shown, "id": then});
        let after = json!({name: if now == then { &shown } else { &back }, "id": then});
        Ok(Change {
            diff: difference(&before, &after),
            after,
            reversal: None,
            draft: Draft {
                step: None,
                object: ObjectRef {
                    uid: match Noun::of(object) {
                        Some(Noun::Image) => None,
                        _ => text(&found, "/Id"),
                    },
                    ..object.clone()
                },
                subresource: reversal.subresource.clone(),
                how: How::Patch,
                edits: Vec::new(),
                before,
            },
        })
    }
}

/// What must be true after a change was taken back.
pub(in crate::stages::plan) fn condition(change: &Change) -> PostCondition {
    let check = match change.draft.subresource.as_str() {
        "start" => Check::Running,
        "stop" => Check::Stopped,
        "tag" => Check::Tagged,
        _ => Check::Gone,
    };
    PostCondition::Docker(OnEngine {
        check,
        object: change.draft.object.clone(),
        before: text(&change.draft.before, "/id"),
    })
}

fn now(found: &Value, field: &FieldPath) -> Option<String> {
    match field.to_string().as_str() {
        "state" => Some(state(found).to_owned()),
        "image" => text(found, "/Id"),
        // A dot is part of the label's name.
        "label" => found
            .pointer("/Config/Labels")
            .and_then(|labels| labels.get(RUN_LABEL))
            .and_then(Value::as_str)
            .map(str::to_owned),
        _ => None,
    }
}

fn shorten(value: Option<&str>) -> String {
    value.map_or_else(|| "not there".to_owned(), |value| short(value).to_owned())
}

fn nothing(object: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("nothing is kept that would take the change of {object} back"),
    )
}

fn changed_since(object: &ObjectRef, field: &FieldPath, ours: Option<&str>, now: Option<&str>) -> Failure {
    let what = if field.to_string() == "label" {
        format!("{object} is not the one that was run: it was made anew since")
    } else {
        format!(
            "the {field} of {object} was changed since: we left it at {}, it is {} now",
            shorten(ours),
            shorten(now)
        )
    };
    Failure::new(FailureKind::Conflict, what).hint(format!("look at it: `todo-agent \"docker inspect {}\"`", object.name))
}
