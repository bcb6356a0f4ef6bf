//! Whether the one who asks may also take it back: what is promised must be theirs to do.

use futures_util::future::{join_all, try_join_all};

use super::Planner;
use crate::domain::{
    failure::Result,
    plan::Change,
    right::Right,
    step::Undoing,
    undo::{Reversal, Way},
};

impl Planner {
    /// Adds what is missing for taking `changes` back, a sentence for each right, and says that nothing takes them back then, or only some.
    pub(super) async fn promised(&self, undoing: Undoing, changes: &[Change], notes: &mut Vec<String>) -> Undoing {
        if !undoing.restores() {
            return undoing;
        }
        let effective = changes.iter().filter(|change| !change.diff.is_empty());
        let mut free = false;
        let mut needed: Vec<(Right, Vec<String>)> = Vec::new();
        for reversal in effective.filter_map(|change| change.reversal.as_ref()) {
            let Some(right) = needs(reversal) else {
                free = true;
                continue;
            };
            let name = reversal.object.name.clone();
            match needed.iter_mut().find(|(known, _)| *known == right) {
                Some((_, names)) => names.push(name),
                None => needed.push((right, vec![name])),
            }
        }
        let missing = join_all(needed.iter().map(|(right, names)| self.is_missing(right, names))).await;
        free |= missing.contains(&false);
        let missing: Vec<&Right> = needed
            .iter()
            .zip(missing)
            .filter_map(|((right, _), missing)| missing.then_some(right))
            .collect();
        notes.extend(
            missing
                .iter()
                .map(|right| format!("you may not {right}, which taking it back needs")),
        );
        match missing.is_empty() {
            true => undoing,
            false if free => Undoing::InPart,
            false => Undoing::Impossible,
        }
    }

    /// A role may name single objects; a right that cannot be asked for is no reason to promise less.
    async fn is_missing(&self, right: &Right, names: &[String]) -> bool {
        if self.is_given(right).await.unwrap_or(true) {
            return false;
        }
        // What is to be made has no name yet, as far as roles go.
        if right.verb == "create" {
            return true;
        }
        let each: Result<Vec<bool>> = try_join_all(names.iter().map(|name| {
            let right = right.clone().of(name);
            async move { self.is_given(&right).await }
        }))
        .await;
        each.is_ok_and(|each| each.contains(&false))
    }

    async fn is_given(&self, right: &Right) -> Result<bool> {
        let answer = self.observe.review(&right.review()).await?;
        Ok(Right::is_given(&answer).unwrap_or(true))
    }
}

/// Beside the right that the change itself has been tried with.
fn needs(reversal: &Reversal) -> Option<Right> {
    let verb = match reversal.way {
        // helm changes a release by the rights that it has just used.
        Way::Fields | Way::Rollback(_) => return None,
        Way::Delete => "delete",
        Way::Create(_) => "create",
    };
    Some(Right::to(verb, &reversal.object.kind, reversal.object.namespace.as_deref()))
}
