//! The pod template of an earlier revision.

use serde_json::Value;

use super::{Planner, draft};
use crate::{
    diagnostics::{Revision, revisions},
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldEdit, FieldPath},
        object::ObjectRef,
        plan::{Draft, How},
        step::{RolloutUndo, Step},
    },
};

impl Planner {
    pub(super) async fn rolled_back(&self, step: &Step, undo: &RolloutUndo, notes: &mut Vec<String>) -> Result<Draft> {
        let before = self.read(step).await?;
        let object = draft::identified(&undo.workload, &before)?;
        if before.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
            let what = format!("{object} is paused: an earlier revision would not reach its pods");
            return Err(
                Failure::new(FailureKind::Failed, what).hint(format!("Resume it first: {}", object.request("resume the rollout of", None)))
            );
        }
        if undo.latest {
            let what = format!("the latest revision of {object} is the one that is there: there is nothing to go back to");
            return Err(Failure::new(FailureKind::Usage, what)
                .hint(format!("Which there are: {}", object.request("rollout history of", None)))
                .hint(format!("To the one before: {}", object.request("roll back", None))));
        }
        notes.extend(draft::hand_replaced(step, &before));
        let kept = revisions(self.observe.as_ref(), &object, &before).await?;
        let chosen = choose(&kept, undo.revision, &object)?;
        notes.push(format!("revision {}: {}", chosen.number, chosen.images().join(", ")));
        let field = FieldPath::keys(&["spec", "template"]);
        let same = field.find(&before) == Some(&chosen.template);
        let edits = (!same).then(|| FieldEdit {
            field,
            to: Some(chosen.template.clone()),
        });
        Ok(Draft {
            step: Some(step.clone()),
            object,
            subresource: String::new(),
            how: How::Patch,
            edits: edits.into_iter().collect(),
            before,
        })
    }
}

fn choose<'a>(kept: &'a [Revision], wanted: Option<u64>, workload: &ObjectRef) -> Result<&'a Revision> {
    let history = format!("todo-agent \"rollout history of {}\"", workload.name);
    match wanted {
        Some(number) => kept.iter().find(|revision| revision.number == number).ok_or_else(|| {
            let numbers: Vec<String> = kept.iter().map(|revision| revision.number.to_string()).collect();
            Failure::new(FailureKind::NotFound, format!("{workload} has no revision {number}"))
                .hint(format!("kept are: {}", numbers.join(", ")))
                .hint(history)
        }),
        None => kept.iter().rev().nth(1).ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("{workload} has no earlier revision: there is nothing to go back to"),
            )
            .hint(history)
        }),
    }
}
