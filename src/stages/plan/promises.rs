//! What must be true of what the plan itself worked out: objects that it makes, fields that it sets.

use crate::domain::{
    plan::{Change, How},
    verification::{FieldsAre, IsAvailable, IsThere, PostCondition},
};

/// Adds the conditions in front of those that the playbook states.
pub(super) fn state(changes: &[Change], verify: &mut Vec<PostCondition>) {
    let stated = changes.iter().flat_map(of_change).collect::<Vec<_>>();
    verify.splice(0..0, stated);
}

fn of_change(change: &Change) -> Vec<PostCondition> {
    let object = &change.draft.object;
    match change.draft.how {
        How::Create(_) | How::Apply(_) => {
            // What the files say of an object that was there: as the server keeps it.
            let set = change.diff.iter().filter(|_| change.draft.before.get("kind").is_some());
            let fields = set.map(|change| (change.field.clone(), change.after.clone())).collect();
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
        How::Delete => vec![PostCondition::Gone(IsThere {
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
