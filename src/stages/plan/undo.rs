//! The plan that takes a request back.

use std::collections::BTreeMap;

use super::{
    Planner, delete, docker, draft,
    kept::{Kept, conflict, still_going},
    made, promises, restless,
};
use serde_json::{Value, json};

use crate::domain::{
    added,
    docker::Noun,
    failure::{Failure, FailureKind, Result},
    field::{self, FieldEdit, FieldPath},
    intent::Intent,
    object::ObjectRef,
    place::Place,
    plan::{Change, Draft, How, Plan},
    risk::Risk,
    route::Route,
    step::Undoing,
    undo::{Reversal, UndoEntry, Way},
    verification::{FieldsAre, IsAvailable, IsThere, PostCondition},
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
                format!("\"{}\" was done elsewhere (context {})", entry.request, entry.context),
            )
            .hint(format!("todo-agent undo {}", entry.option())));
        }
        let mut changes = Vec::new();
        let mut settled = Vec::new();
        let mut notes = Vec::new();
        let mut gone: Vec<&Reversal> = Vec::new();
        let mut kept: Vec<Kept<'_>> = Vec::new();
        let mut stands = None;
        let mut route = Route {
            tool: "builtin".to_owned(),
            version: None,
            why: None,
            passed_over: Vec::new(),
        };
        for reversal in entry.reversals.iter().rev() {
            if let Way::Rollback(revision) = reversal.way {
                changes.extend(self.release_put_back(reversal, revision, &place.namespace, &mut settled).await?);
                route = self.by_helm(route).await?;
                continue;
            }
            // It comes back with what was made in its place.
            if entry.is_replaced(reversal) || entry.had_gone(reversal) {
                continue;
            }
            let back = self.reverse(reversal, entry.replaced_by(reversal), &place.namespace, &mut notes);
            match back.await {
                Ok(Back::By(change)) => changes.push(*change),
                Ok(Back::Stands) => stands = Some(&reversal.object),
                Ok(Back::Gone) if entry.brings_back(reversal) => {}
                Ok(Back::Gone) if entry.reversals.len() > 1 && was_never_told(reversal) => {}
                Ok(Back::Gone) => gone.push(reversal),
                Err(why) if why.kind == FailureKind::Conflict => kept.push(Kept { reversal, why }),
                Err(failure) => return Err(failure),
            }
        }
        let kept = self.kept(kept, &changes).await?;
        if let Some(only) = gone.first().filter(|_| changes.is_empty()) {
            let what = format!("{} is not there any more: there is nothing to take back", only.object);
            return Err(Failure::new(FailureKind::NotFound, what));
        }
        if let Some(object) = stands.filter(|_| changes.is_empty()) {
            let what = format!("{object} was not taken away: there is nothing to take back");
            return Err(Failure::new(FailureKind::NotFound, what));
        }
        let undone: Vec<&ObjectRef> = changes.iter().map(|change| &change.draft.object).collect();
        let goes_with = changes
            .iter()
            .filter(|change| change.draft.how == How::Delete && change.draft.object.kind.kind == "Namespace")
            .map(|change| format!("everything in {} goes with it, whoever made it", change.draft.object));
        let replaced = changes
            .iter()
            .filter(|change| matches!(change.draft.how, How::Replace(_)))
            .map(|change| format!("{} is taken away first, and made again as it was", change.draft.object));
        let claims = changes
            .iter()
            .filter(|change| change.draft.goes())
            .filter_map(|change| delete::of_claims(&change.draft));
        let goes_with: Vec<String> = goes_with.chain(replaced).chain(claims).collect();
        Ok(Plan {
            intent: Intent {
                playbook: "undo".to_owned(),
                clause: format!("undo {}", entry.request),
                slots: BTreeMap::new(),
                readings_of_names: Vec::new(),
                keeps: false,
            },
            title: format!("take back \"{}\" on {}", entry.request, names(&undone)),
            place: place.clone(),
            route,
            risk: risk(&changes),
            reads: Vec::new(),
            verify: conditions(&changes, &undone, settled),
            changes,
            undoing: Undoing::Impossible,
            notes: notes
                .into_iter()
                .chain(goes_with)
                .chain(gone.iter().map(|reversal| of_gone(reversal)))
                .chain(kept)
                .chain(entry.lasting.iter().map(|part| format!("stays: {}", part.what)))
                .collect(),
            equivalent: Vec::new(),
            open: false,
            proposed: None,
        })
    }

    /// `was` had its name before we made it.
    async fn reverse(&self, reversal: &Reversal, was: Option<&Value>, home: &str, notes: &mut Vec<String>) -> Result<Back> {
        if Noun::of(&reversal.object).is_some() {
            return self.reverse_on_engine(reversal).await.map(Back::by);
        }
        if let Way::Create(body) = &reversal.way {
            return self.make_again(reversal, body, notes).await;
        }
        for _ in 0..super::PREVIEW_TRIES {
            let object = &reversal.object;
            let read = if reversal.subresource == "scale" {
                self.observe.get_scale(object).await?
            } else {
                self.observe.get(object).await?
            };
            let Some(before) = read else {
                return match was {
                    Some(was) => self.make_again(reversal, was, notes).await,
                    None => Ok(Back::Gone),
                };
            };
            draft::identified(object, &before)?;
            if reversal.way == Way::Delete {
                return self.take_away_again(reversal, before, was, home, notes).await.map(Back::by);
            }
            // A field that has its old value is back already: by hand, by an undo that was interrupted, or because the change was
            // never made.
            let open: Vec<_> = reversal
                .fields
                .iter()
                .filter(|field| !field::is_unchanged(field.field.find(&before), field.before.as_ref()))
                .collect();
            let edits = open
                .iter()
                .map(|field| FieldEdit {
                    field: field.field.clone(),
                    to: field.before.clone(),
                })
                .collect();
            if let Some(other) = open
                .iter()
                .find(|field| !field::is_same(field.field.find(&before), field.ours.as_ref()))
            {
                return Err(conflict(object, other, &before, home));
            }
            let draft = Draft {
                step: None,
                object: object.clone(),
                subresource: reversal.subresource.clone(),
                how: How::Patch,
                edits,
                before,
            };
            match self.preview(draft).await {
                Err(failure) if failure.kind == FailureKind::Conflict => {}
                other => return other.map(Back::by),
            }
        }
        Err(restless(Some(&reversal.object)))
    }
}

impl Planner {
    /// What we took away, as it was. Its identity is another one.
    async fn make_again(&self, reversal: &Reversal, body: &Value, notes: &mut Vec<String>) -> Result<Back> {
        let object = ObjectRef {
            uid: None,
            ..reversal.object.clone()
        };
        if let Some(there) = self.observe.get(&object).await? {
            if there.pointer("/metadata/deletionTimestamp").is_some() {
                return Err(still_going(&object, &there));
            }
            let uid = there.pointer("/metadata/uid").and_then(Value::as_str);
            if uid.is_some() && uid == reversal.object.uid.as_deref() {
                return Ok(Back::Stands);
            }
            return Err(made::there_already(&object).hint("it was made again since: there is nothing to bring back"));
        }
        self.preview(Draft {
            step: None,
            object,
            subresource: String::new(),
            how: How::Create(self.addressed(&reversal.object, body, notes).await),
            edits: Vec::new(),
            before: json!({}),
        })
        .await
        .map(Back::by)
    }

    /// What we made, if it is still as we made it. What had its name before comes back for it.
    async fn take_away_again(
        &self,
        reversal: &Reversal,
        before: Value,
        was: Option<&Value>,
        home: &str,
        notes: &mut Vec<String>,
    ) -> Result<Change> {
        let object = ObjectRef {
            uid: before.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned),
            ..reversal.object.clone()
        };
        let other = reversal
            .fields
            .iter()
            .find(|field| !field::is_same(field.field.find(&before), field.ours.as_ref()));
        let other = other.map(|other| (other.field.clone(), "changed"));
        let other = other.or_else(|| added::since(reversal, &before).map(|field| (field, "added")));
        if let Some((field, what)) = other {
            let what = format!("{field} of {object} was {what} since we made it: to take it away would lose that");
            return Err(Failure::new(FailureKind::Conflict, what)
                .hint(format!("Look at it: {}", object.request("describe", Some(home))))
                .hint(format!("If it shall go all the same: {}", object.request("delete", Some(home)))));
        }
        let (object, how) = match was {
            // The one that is made has another uid.
            Some(was) => {
                let body = self.addressed(&object, was, notes).await;
                (ObjectRef { uid: None, ..object }, How::Replace(body))
            }
            None => (object, How::Delete),
        };
        self.preview(Draft {
            step: None,
            object,
            subresource: String::new(),
            how,
            edits: Vec::new(),
            before,
        })
        .await
    }
}

/// How one change is taken back.
enum Back {
    By(Box<Change>),
    /// Its object is not there.
    Gone,
    /// It was to take its object away, which is still there.
    Stands,
}

impl Back {
    fn by(change: Change) -> Self {
        Self::By(Box::new(change))
    }
}

/// It was told beforehand that it would be made, and nobody ever told that it was.
fn was_never_told(reversal: &Reversal) -> bool {
    reversal.way == Way::Delete && reversal.object.uid.is_none()
}

/// What we made and is gone is taken back already; what we changed of something that is gone cannot be.
fn of_gone(reversal: &Reversal) -> String {
    let object = &reversal.object;
    match reversal.way {
        Way::Delete => format!("{object} is gone already"),
        _ => format!("stays: what was changed of {object}, which is not there any more"),
    }
}

/// To take away what we made is as grave as to take it away at any time.
fn risk(changes: &[Change]) -> Risk {
    let deletes = changes.iter().any(|change| change.takes_away() || change.draft.goes());
    if deletes { Risk::Destroy } else { Risk::Change }
}

fn names(objects: &[&ObjectRef]) -> String {
    let mut names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.dedup();
    names.join(", ")
}

fn conditions(changes: &[Change], objects: &[&ObjectRef], settled: Vec<PostCondition>) -> Vec<PostCondition> {
    let fields = changes.iter().flat_map(|change| {
        if Noun::of(&change.draft.object).is_some() {
            return vec![docker::undo::condition(change)];
        }
        if matches!(change.draft.how, How::Rollback(_) | How::Follows) {
            return promises::of_change(change);
        }
        let fields = change
            .draft
            .edits
            .iter()
            .map(|edit| (edit.field.clone(), edit.to.clone()))
            .collect();
        let object = change.draft.object.clone();
        vec![match change.draft.how {
            How::Patch | How::Apply(_) => PostCondition::Fields(FieldsAre { object, fields }),
            How::Create(_) | How::Replace(_) => PostCondition::Exists(IsThere {
                object,
                fields: Vec::new(),
            }),
            How::Delete | How::Rollback(_) | How::Follows => PostCondition::Gone(IsThere {
                object,
                fields: Vec::new(),
            }),
        }]
    });
    // A label of the workload itself says nothing of its pods.
    let reaches_pods = |object: &ObjectRef| {
        let of_spec = |change: &Change| change.draft.edits.iter().any(|edit| edit.field.within(&FieldPath::keys(&["spec"])));
        let mut own = changes.iter().filter(|change| change.draft.object == *object);
        own.any(|change| match change.draft.how {
            How::Patch => of_spec(change) || change.draft.edits.is_empty(),
            How::Create(_) | How::Replace(_) | How::Apply(_) => true,
            // What follows a release brings its own conditions.
            How::Delete | How::Rollback(_) | How::Follows => false,
        })
    };
    let mut workloads: Vec<&ObjectRef> = objects
        .iter()
        .copied()
        .filter(|object| object.kind.is_workload() && reaches_pods(object))
        .collect();
    workloads.dedup();
    fields
        .chain(settled)
        .chain(workloads.into_iter().map(|workload| {
            PostCondition::Available(IsAvailable {
                workload: workload.clone(),
            })
        }))
        .collect()
}
