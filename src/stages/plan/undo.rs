//! The plan that takes a request back.

use std::collections::BTreeMap;

use super::{Planner, draft, restless};
use serde_json::Value;

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath},
    intent::Intent,
    object::ObjectRef,
    place::Place,
    plan::{Change, Draft, Plan},
    risk::Risk,
    route::Route,
    step::Undoing,
    undo::{Reversal, ReversedField, UndoEntry},
    verification::{FieldsAre, IsAvailable, PostCondition},
};

impl Planner {
    /// The plan that gives every field of `entry` its old value again, last change first.
    ///
    /// # Errors
    /// Another cluster than the one that was changed; an object that is gone or was created anew; a field that no longer
    /// has the value we gave it.
    pub async fn plan_undo(&self, entry: &UndoEntry, place: &Place) -> Result<Plan> {
        if let (Some(then), Some(now)) = (&entry.cluster, &place.uid)
            && then != now
        {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("\"{}\" was done on another cluster (context {})", entry.request, entry.context),
            )
            .hint(format!("todo-agent undo --context {}", entry.context)));
        }
        let mut changes = Vec::new();
        for reversal in entry.reversals.iter().rev() {
            changes.push(self.reverse(reversal, &place.namespace).await?);
        }
        let undone: Vec<&ObjectRef> = changes.iter().map(|change| &change.draft.object).collect();
        Ok(Plan {
            intent: Intent {
                playbook: "undo".to_owned(),
                clause: format!("undo {}", entry.request),
                slots: BTreeMap::new(),
                readings_of_names: Vec::new(),
            },
            title: format!("take back \"{}\" on {}", entry.request, names(&undone)),
            place: place.clone(),
            route: Route {
                tool: "builtin".to_owned(),
                version: None,
                passed_over: Vec::new(),
            },
            risk: Risk::Change,
            reads: Vec::new(),
            verify: conditions(&changes, &undone),
            changes,
            undoing: Undoing::Impossible,
            notes: entry.lasting.iter().map(|part| format!("stays: {}", part.what)).collect(),
            equivalent: Vec::new(),
        })
    }

    async fn reverse(&self, reversal: &Reversal, home: &str) -> Result<Change> {
        for _ in 0..super::PREVIEW_TRIES {
            let object = &reversal.object;
            let read = if reversal.subresource == "scale" {
                self.observe.get_scale(object).await?
            } else {
                self.observe.get(object).await?
            };
            let before = read.ok_or_else(|| {
                Failure::new(
                    FailureKind::NotFound,
                    format!("{object} is not there any more: there is nothing to take back"),
                )
            })?;
            draft::identified(object, &before)?;
            // A field that has its old value is back already: by hand, by an undo that was interrupted, or because the change was
            // never made.
            let open: Vec<_> = reversal
                .fields
                .iter()
                .filter(|field| field.field.find(&before) != field.before.as_ref())
                .collect();
            let edits = open
                .iter()
                .map(|field| FieldEdit {
                    field: field.field.clone(),
                    to: field.before.clone(),
                })
                .collect();
            if let Some(other) = open.iter().find(|field| field.field.find(&before) != field.ours.as_ref()) {
                return Err(conflict(object, other, &before, home));
            }
            let draft = Draft {
                step: None,
                object: object.clone(),
                subresource: reversal.subresource.clone(),
                edits,
                before,
            };
            match self.preview(draft).await {
                Err(failure) if failure.kind == FailureKind::Conflict => {}
                other => return other,
            }
        }
        Err(restless(Some(&reversal.object)))
    }
}

/// What we set, what it is now, and how to look. Another's value is never overwritten.
fn conflict(object: &ObjectRef, field: &ReversedField, now: &Value, home: &str) -> Failure {
    let said = |value: Option<&Value>| said(&field.field, value);
    let (ours, now) = (said(field.ours.as_ref()), said(field.field.find(now)));
    let name = field
        .field
        .variable()
        .map_or_else(|| field.field.to_string(), |name| format!("the variable {name}"));
    let what =
        format!("{name} of {object} was changed since: we set it to {ours}, it is {now} now; taking {ours} back would undo that change");
    Failure::new(FailureKind::Conflict, what)
        .hint(format!("Look at it: {}", object.request("describe", Some(home))))
        .hint(format!(
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

fn names(objects: &[&ObjectRef]) -> String {
    let mut names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.dedup();
    names.join(", ")
}

fn conditions(changes: &[Change], objects: &[&ObjectRef]) -> Vec<PostCondition> {
    let fields = changes.iter().map(|change| {
        let fields = change
            .draft
            .edits
            .iter()
            .map(|edit| (edit.field.clone(), edit.to.clone()))
            .collect();
        PostCondition::Fields(FieldsAre {
            object: change.draft.object.clone(),
            fields,
        })
    });
    let mut workloads: Vec<&ObjectRef> = objects.iter().copied().filter(|object| object.kind.is_workload()).collect();
    workloads.dedup();
    fields
        .chain(workloads.into_iter().map(|workload| {
            PostCondition::Available(IsAvailable {
                workload: workload.clone(),
            })
        }))
        .collect()
}
