//! What a request changed and somebody else changed since: it stays as it is, and does not stop the rest from being taken back.

use serde_json::Value;

use super::Planner;
use crate::domain::{
    failure::{Failure, Result},
    object::ObjectRef,
    plan::{Change, How},
    undo::Reversal,
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
        let taken = changes
            .iter()
            .filter(|change| change.takes_away() || matches!(change.draft.how, How::Replace(_)));
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
