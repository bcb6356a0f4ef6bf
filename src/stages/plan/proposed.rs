//! What an AI tool proposes, as changes of ours: each previewed by the server, done by the built-in engine, and taken back by undo.

use serde_json::{Value, json};

use super::{PREVIEW_TRIES, Planner, draft, promises, restless, risk};
use crate::domain::{
    errand::Work,
    failure::{FailureKind, Result},
    field::{FieldChange, FieldEdit, FieldPath},
    held::HeldCall,
    object::ObjectRef,
    plan::{Change, Draft, How, Plan},
    proposal::{Proposal, beyond, never, only_looks},
    route::Route,
    staying,
    step::{Delete, Propose, Restart, Step},
    verification::{IsAvailable, PostCondition},
};

/// What one call of a tool comes to.
struct Wanted {
    object: ObjectRef,
    subresource: String,
    way: Way,
    beyond: Option<String>,
}

/// What of the proposals is no change of ours, each with why.
#[derive(Debug, Default)]
pub struct Left {
    pub changes: Vec<String>,
    /// What would only have been looked at.
    pub looks: Vec<String>,
}

enum Way {
    Make(Value),
    Set(Vec<FieldEdit>),
    TakeAway,
}

impl Planner {
    /// The plan of what a tool proposes for `open`, done by `route`; and what is left. A plan without changes is none.
    ///
    /// # Errors
    /// The cluster cannot be reached.
    pub async fn proposed(&self, open: &Plan, work: &Work, route: Route) -> Result<(Plan, Left)> {
        let (wanted, mut left) = wanted(open, &work.proposals);
        let (mut changes, mut notes, mut further) = (Vec::new(), Vec::new(), Vec::new());
        for wanted in wanted {
            match self.tried(&wanted, &mut notes).await {
                Ok(change) if change.diff.is_empty() => {}
                Ok(change) => {
                    further.extend(wanted.beyond.map(|why| (changes.len(), why)));
                    changes.push(change);
                }
                Err(failure) if failure.kind == FailureKind::Unreachable => return Err(failure),
                Err(failure) => left.changes.push(format!("{}: {}", wanted.object, failure.what)),
            }
        }
        for (index, why) in &further {
            notes.push(format!("beyond what you asked: {}, as {why}", changes[*index].draft.object));
        }
        if let Some(why) = &work.failed {
            notes.push(format!("{} did not come to its end ({why}): it may not be all", work.tool));
        }
        let mut verify: Vec<PostCondition> = changes.iter().flat_map(promises::of_change).collect();
        verify.extend(available(&changes));
        self.read_readiness(&mut verify).await;
        let steps: Vec<Step> = changes.iter().filter_map(|change| change.draft.step.clone()).collect();
        let undoing = self.promised(staying::undoing(&changes), &changes, &mut notes).await;
        let by = work.full_name();
        let plan = Plan {
            title: format!("what {by} proposes for “{}”", open.intent.clause),
            route,
            risk: risk(&steps, &[], &changes),
            changes,
            verify,
            undoing,
            notes,
            open: false,
            proposed: Some(Proposal { by, beyond: further }),
            ..open.clone()
        };
        Ok((plan, left))
    }

    async fn tried(&self, wanted: &Wanted, notes: &mut Vec<String>) -> Result<Change> {
        let noted = notes.len();
        for _ in 0..PREVIEW_TRIES {
            match self.preview(self.sketched(wanted, notes).await?).await {
                Err(failure) if failure.kind == FailureKind::Conflict => notes.truncate(noted),
                other => return other,
            }
        }
        Err(restless(Some(&wanted.object)))
    }

    async fn sketched(&self, wanted: &Wanted, notes: &mut Vec<String>) -> Result<Draft> {
        let object = wanted.object.clone();
        let step = Step::Propose(Propose { object: object.clone() });
        match &wanted.way {
            Way::Make(body) => Ok(Draft {
                step: Some(step),
                object,
                subresource: String::new(),
                how: How::Create(body.clone()),
                edits: Vec::new(),
                before: json!({}),
            }),
            Way::TakeAway => {
                let delete = Delete { object };
                self.taken_away(&Step::Delete(delete.clone()), &delete, notes).await
            }
            Way::Set(edits) => {
                let read = match wanted.subresource.as_str() {
                    "scale" => self.observe.get_scale(&object).await?,
                    _ => self.observe.get(&object).await?,
                };
                let before = read.ok_or_else(|| draft::missing(&step, &object))?;
                let restarts = edits.iter().all(restarts);
                let step = match restarts {
                    true => Step::Restart(Restart { workload: object.clone() }),
                    false => step,
                };
                Ok(Draft {
                    step: Some(step),
                    object: draft::identified(&object, &before)?,
                    subresource: wanted.subresource.clone(),
                    how: How::Patch,
                    edits: edits.clone(),
                    before,
                })
            }
        }
    }
}

fn wanted(open: &Plan, proposals: &[HeldCall]) -> (Vec<Wanted>, Left) {
    let (mut all, mut left) = (Vec::new(), Left::default());
    for held in proposals {
        match one(open, held) {
            Err(why) => {
                let of_its_kind = if only_looks(held) { &mut left.looks } else { &mut left.changes };
                of_its_kind.push(format!("{}: {why}", held.call.summary()));
            }
            Ok(wanted) => add(&mut all, wanted),
        }
    }
    (all, left)
}

fn one(open: &Plan, held: &HeldCall) -> std::result::Result<Wanted, &'static str> {
    if let Some(why) = never(held) {
        return Err(why);
    }
    let object = held.object.clone().ok_or("it is about no single object")?;
    let way = match held.call.verb.as_str() {
        "delete" => Way::TakeAway,
        _ if object.uid.is_none() => {
            let body = held.request.body.clone().filter(|body| is_whole(body, &object));
            Way::Make(body.ok_or("the server would choose its name, or it does not say all of itself")?)
        }
        _ => Way::Set(edits(held)),
    };
    Ok(Wanted {
        beyond: beyond(&open.intent.clause, &open.place.namespace, held),
        subresource: held.call.subresource.clone(),
        object,
        way,
    })
}

/// One object that could be sent as it stands there.
fn is_whole(body: &Value, object: &ObjectRef) -> bool {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    text("/kind") == Some(&object.kind.kind) && text("/metadata/name") == Some(&object.name)
}

fn edits(held: &HeldCall) -> Vec<FieldEdit> {
    let edit = |change: &FieldChange| FieldEdit {
        field: change.field.clone(),
        to: change.after.clone(),
    };
    held.diff.iter().map(edit).collect()
}

/// What is said of one object one after the other is one change; of a field what was said last.
fn add(all: &mut Vec<Wanted>, wanted: Wanted) {
    let same = |known: &&mut Wanted| known.object.same_name(&wanted.object) && known.subresource == wanted.subresource;
    let Way::Set(edits) = &wanted.way else {
        return all.push(wanted);
    };
    match all.iter_mut().rfind(same).map(|known| &mut known.way) {
        Some(Way::Set(known)) => {
            known.retain(|known| {
                !edits
                    .iter()
                    .any(|edit| known.field.within(&edit.field) || edit.field.within(&known.field))
            });
            known.extend(edits.iter().cloned());
        }
        _ => all.push(wanted),
    }
}

fn restarts(edit: &FieldEdit) -> bool {
    let whole = FieldChange {
        field: edit.field.clone(),
        before: None,
        after: edit.to.clone(),
    };
    whole.leaves().iter().all(FieldChange::is_restart)
}

/// Workloads whose pods are reached.
fn available(changes: &[Change]) -> Vec<PostCondition> {
    let spec = FieldPath::keys(&["spec"]);
    let reaches = |change: &&Change| change.draft.how == How::Patch && change.draft.edits.iter().any(|edit| edit.field.within(&spec));
    let gone = |object: &ObjectRef| {
        changes
            .iter()
            .any(|change| change.takes_away() && change.draft.object.same_name(object))
    };
    let mut conditions = Vec::new();
    for change in changes.iter().filter(reaches) {
        let workload = change.draft.object.clone();
        let condition = PostCondition::Available(IsAvailable {
            workload: workload.clone(),
        });
        if workload.kind.is_workload() && !gone(&workload) && !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    conditions
}
