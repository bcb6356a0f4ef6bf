//! What must be true of what the plan itself worked out: objects that it makes, fields that it sets.

use serde_json::Value;

use super::release;
use crate::domain::{
    chosen,
    field::{FieldPath, Segment},
    plan::{Change, How},
    verification::{FieldsAre, IsAvailable, IsThere, PostCondition},
};

/// Adds the conditions in front of those that the playbook states.
pub(super) fn state(changes: &[Change], verify: &mut Vec<PostCondition>) {
    let stated = changes.iter().flat_map(of_change).collect::<Vec<_>>();
    verify.splice(0..0, stated);
}

/// What must be true after one change.
pub(super) fn of_change(change: &Change) -> Vec<PostCondition> {
    let object = &change.draft.object;
    match change.draft.how {
        How::Create(_) | How::Apply(_) | How::Replace(_) => {
            // What the files say of an object that was there: as the server keeps it.
            let set = match &change.draft.how {
                _ if change.draft.before.get("kind").is_none() => Vec::new(),
                How::Apply(sent) => chosen::told(&object.kind, &change.diff, sent),
                _ => change.diff.clone(),
            };
            let fields = set.into_iter().map(|change| (change.field, change.after)).collect();
            let there = PostCondition::Exists(IsThere {
                object: object.clone(),
                fields,
            });
            let available = object
                .kind
                .is_workload()
                .then(|| PostCondition::Available(IsAvailable { workload: object.clone() }));
            [there].into_iter().chain(available).collect()
        }
        How::Rollback(like) => match change.diff.is_empty() {
            true => Vec::new(),
            false => vec![release::record_of(change, like)],
        },
        How::Follows if !change.takes_away() => followed(change),
        How::Delete | How::Follows => vec![PostCondition::Gone(IsThere {
            object: object.clone(),
            fields: Vec::new(),
        })],
        How::Patch if change.draft.edits.is_empty() => vec![PostCondition::Exists(IsThere {
            object: object.clone(),
            fields: Vec::new(),
        })],
        How::Patch => {
            // As the server keeps them: it fills in what is left out.
            let fields = change
                .draft
                .edits
                .iter()
                .map(|edit| (edit.field.clone(), edit.field.find(&change.after).cloned()));
            vec![PostCondition::Fields(FieldsAre {
                object: object.clone(),
                fields: fields.collect(),
            })]
        }
    }
}

/// An object as its manifest has it, as far as the server keeps that to the letter: of amounts it has a spelling of its own, and
/// what is secret is not looked at.
fn followed(change: &Change) -> Vec<PostCondition> {
    let object = change.draft.object.clone();
    let is_amount = |field: &FieldPath| {
        field
            .0
            .iter()
            .any(|segment| matches!(segment, Segment::Key(key) if AMOUNTS.contains(&key.as_str())))
    };
    let is_plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let set = change.diff.iter().filter(|change| !is_amount(&change.field));
    let fields: Vec<_> = set
        .filter(|change| change.before.is_some() && change.after.as_ref().is_some_and(is_plain))
        .map(|change| (change.field.clone(), change.after.clone()))
        .collect();
    if fields.is_empty() || object.kind.kind == "Secret" {
        return vec![PostCondition::Exists(IsThere {
            object,
            fields: Vec::new(),
        })];
    }
    vec![PostCondition::Fields(FieldsAre { object, fields })]
}

const AMOUNTS: [&str; 5] = ["resources", "requests", "limits", "capacity", "hard"];
