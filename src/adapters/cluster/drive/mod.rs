//! The built-in engine: a change as a JSON patch that holds only for the very object and state it was made for.

mod apply;
mod replace;
mod whole;
mod words;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    Cluster,
    api::{Ask, one},
    fault::Fault,
    gate::{Permit, within},
    observe::whole,
};
use crate::domain::{
    execution::Done,
    failure::{Failure, FailureKind, Result},
    field::{FieldChange, difference, json_patch},
    grant::Grant,
    object::ObjectRef,
    plan::{Approved, Change, Draft, How, Plan},
    ports::{Later, drive::Drive},
};

/// Under this name the server keeps which fields are ours.
const FIELD_MANAGER: &str = "todo-agent";
const JSON_PATCH: &str = "application/json-patch+json";

/// How often a change is sent again after somebody else's came between. Controllers write the status of a workload many
/// times a second while it rolls out.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// Does changes on one cluster.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct BuiltIn {
    pub(super) cluster: Cluster,
}

impl BuiltIn {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }
}

impl Drive for BuiltIn {
    fn preview<'a>(&'a self, draft: &'a Draft) -> Later<'a, Value> {
        Box::pin(async {
            match &draft.how {
                How::Patch => match self.dry_run(draft, &draft.before).await? {
                    Tried::After(after) => Ok(after),
                    Tried::Nothing => Ok(draft.before.clone()),
                    Tried::Overtaken(failure) => Err(failure),
                },
                How::Replace(body) => self.try_replace(draft, body).await,
                _ => self.try_whole(draft).await,
            }
        })
    }

    fn apply<'a>(&'a self, plan: &'a Approved<Plan>, index: usize) -> Later<'a, Done> {
        Box::pin(async move {
            let change = plan.get().changes.get(index).ok_or_else(|| {
                let count = plan.get().changes.len();
                Failure::new(
                    FailureKind::Failed,
                    format!("the plan has {count} changes, and number {} was asked for", index + 1),
                )
            })?;
            match change.draft.how {
                How::Patch => self.carry_out(change).await,
                How::Create(_) => self.create(change).await,
                How::Apply(_) => self.apply_file(change).await,
                How::Delete => self.delete(change).await,
                How::Replace(_) => self.replace(change).await,
                // helm does the one, and the other comes with it.
                How::Rollback(_) | How::Follows => Err(Failure::new(
                    FailureKind::Refused,
                    format!("{} is not changed by a call of ours", change.draft.object),
                )),
            }
        })
    }
}

/// How sending a change ended.
enum Sent {
    Done(Value),
    /// Somebody else changed the object in between, or it is another one now.
    Overtaken,
    /// It may have been made or not.
    Unknown(Fault),
}

/// What a try of a change told.
enum Tried {
    /// The object as it would be.
    After(Value),
    /// Nothing would change.
    Nothing,
    /// Somebody else changed the object since it was looked at.
    Overtaken(Failure),
}

impl BuiltIn {
    async fn dry_run(&self, draft: &Draft, before: &Value) -> Result<Tried> {
        let Some(patch) = guarded_patch(draft, before)? else {
            return Ok(Tried::Nothing);
        };
        let ask = self.patch(draft, &patch)?.with("dryRun", "All");
        match self.cluster.api().json(&ask).await {
            Ok(after) => Ok(Tried::After(whole(after, &draft.subresource))),
            Err(fault) if fault.code() == Some(409) => Ok(Tried::Overtaken(self.explain(draft, fault, &ask).await)),
            Err(fault) => Err(self.explain(draft, fault, &ask).await),
        }
    }

    /// Once an answer was lost, whatever goes wrong afterwards says nothing about what became of the change.
    async fn carry_out(&self, change: &Change) -> Result<Done> {
        let mut answer_lost_at = None;
        let end = self.try_to_carry_out(change, &mut answer_lost_at).await;
        match end {
            Err(failure) if answer_lost_at.is_some() && failure.kind != FailureKind::LostSight => {
                Err(uncertain(&change.draft.object, failure))
            }
            end => end,
        }
    }

    async fn try_to_carry_out(&self, change: &Change, answer_lost_at: &mut Option<Value>) -> Result<Done> {
        let start = Instant::now();
        let draft = &change.draft;
        let grant = change.grant();
        let mut before = draft.before.clone();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(PAUSE * attempt).await;
                before = self.look_again(draft).await?;
                match self.dry_run(draft, &before).await? {
                    Tried::After(after) => is_within(draft, &before, &after, &grant)?,
                    // Everything asked for is there: by our own hand, when an answer was lost before.
                    Tried::Nothing => return Ok(done(change, answer_lost_at.as_ref().unwrap_or(&before), before.clone(), start)),
                    Tried::Overtaken(_) => continue,
                }
            }
            match self.send(draft, &before, &grant).await? {
                Sent::Done(after) => return Ok(done(change, answer_lost_at.as_ref().unwrap_or(&before), after, start)),
                Sent::Overtaken => {}
                Sent::Unknown(fault) => {
                    self.find_again(draft, fault).await?;
                    answer_lost_at.get_or_insert_with(|| before.clone());
                }
            }
        }
        Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "{} is changed by somebody else again and again: not changed after {TRIES} tries",
                named(&draft.object)
            ),
        )
        .hint("Try again when it has come to rest."))
    }

    /// Sends it with its permit open.
    async fn send(&self, draft: &Draft, before: &Value, grant: &Grant) -> Result<Sent> {
        let Some(patch) = guarded_patch(draft, before)? else {
            return Ok(Sent::Done(before.clone()));
        };
        let ask = self.patch(draft, &patch)?;
        let mut grant = grant.clone();
        if grant.object.uid.is_none() {
            grant.object.uid = uid(before).map(str::to_owned);
        }
        let permit = Permit {
            grant,
            before: before.clone(),
        };
        let _open = self.cluster.gate().permits().open(permit);
        match self.cluster.api().json(&ask).await {
            Ok(after) => Ok(Sent::Done(whole(after, &draft.subresource))),
            Err(fault) if fault.code() == Some(409) => Ok(Sent::Overtaken),
            // The connection broke, or what came was cut short.
            Err(Fault::Lost(lost)) if lost.sent => Ok(Sent::Unknown(Fault::Lost(lost))),
            Err(Fault::Garbled(how)) => Ok(Sent::Unknown(Fault::Garbled(how))),
            Err(fault) if matches!(fault.code(), Some(500 | 502 | 504)) => Ok(Sent::Unknown(fault)),
            Err(fault) => Err(self.explain(draft, fault, &ask).await),
        }
    }

    /// The object as it is now, if it is still the one that was approved.
    async fn look_again(&self, draft: &Draft) -> Result<Value> {
        let object = &draft.object;
        let now = self.cluster.read(object, &draft.subresource).await?;
        let now = now.ok_or_else(|| deleted(object))?;
        if uid(&now) == uid(&draft.before) {
            Ok(now)
        } else {
            Err(replaced(object))
        }
    }

    /// After a lost answer: waits until the cluster can be seen again.
    async fn find_again(&self, draft: &Draft, lost: Fault) -> Result<()> {
        let deadline = Instant::now() + self.cluster.inner.limits.gone;
        let mut pause = PAUSE * 5;
        loop {
            let ask = Ask::get(one(&draft.object, &draft.subresource));
            match self.cluster.api().json(&ask).await {
                Ok(_) => return Ok(()),
                Err(fault) if fault.is_absent() => return Ok(()),
                Err(fault) if fault.is_passing() && Instant::now() + pause < deadline => {}
                Err(_) => break,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
        let cause = self.cluster.failure(lost, &Ask::get(one(&draft.object, &draft.subresource)).call());
        Err(Failure::new(
            FailureKind::LostSight,
            format!(
                "the connection was lost after the change of {} was sent: whether it was made cannot be told",
                named(&draft.object)
            ),
        )
        .hint(format!(
            "Look when the cluster answers again: `kubectl get {}{} -o yaml`.",
            draft.object,
            at(&draft.object)
        ))
        .cause(cause))
    }

    fn patch(&self, draft: &Draft, patch: &[Value]) -> Result<Ask> {
        let body = serde_json::to_vec(patch)
            .map_err(|error| Failure::new(FailureKind::Failed, "the change cannot be written down").cause(error))?;
        let ask = Ask::patch(one(&draft.object, &draft.subresource), JSON_PATCH, body).with("fieldManager", FIELD_MANAGER);
        // A field that the server does not know is an error, as with kubectl, and not silently dropped.
        Ok(ask.with("fieldValidation", "Strict"))
    }

    /// Why a patch was refused. A failed test of the uid comes back as a 422 that says nothing.
    async fn explain(&self, draft: &Draft, fault: Fault, ask: &Ask) -> Failure {
        if fault.is_absent() {
            return deleted(&draft.object);
        }
        if fault.code() == Some(422)
            && let Err(failure) = self.look_again(draft).await
            && matches!(failure.kind, FailureKind::NotFound | FailureKind::Conflict)
        {
            return failure;
        }
        self.cluster.failure(fault, &ask.call())
    }
}

/// What is left to do is no more than what was approved.
fn is_within(draft: &Draft, before: &Value, after: &Value, grant: &Grant) -> Result<()> {
    let changes = difference(before, after);
    let beyond: Vec<&FieldChange> = changes.iter().filter(|change| !as_approved(change, grant)).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    let fields = beyond.iter().map(|change| words::change(change)).collect::<Vec<_>>().join("; ");
    Err(Failure::new(
        FailureKind::Conflict,
        format!(
            "{} was changed by somebody else after you approved: now it would be {fields}",
            named(&draft.object)
        ),
    )
    .hint("Nothing was changed. Ask again to see the change as it would be now."))
}

/// The field gets the approved value, and had the value that was shown.
fn as_approved(change: &FieldChange, grant: &Grant) -> bool {
    let shown = grant.fields.iter().find(|field| field.field == change.field);
    within(&grant.fields, change) && shown.is_none_or(|field| field.before == change.before)
}

/// The patch for this state of the object; `None` when there is nothing to do. The server answers a stale
/// resourceVersion with 409 and another uid with 422, on the object and on its subresources.
fn guarded_patch(draft: &Draft, before: &Value) -> Result<Option<Vec<Value>>> {
    let object = &draft.object;
    let mut edits = json_patch(&draft.edits, before)
        .map_err(|path| Failure::new(FailureKind::Failed, format!("{} has no place for the field {path}", named(object))))?;
    if edits.is_empty() {
        return Ok(None);
    }
    if draft.subresource == "scale" {
        // The server leaves a 0 out, and what is not there cannot be replaced. To add to an object is to replace, too.
        edits.iter_mut().for_each(|edit| edit["op"] = "add".into());
    }
    let text = |pointer: &str| before.pointer(pointer).and_then(Value::as_str);
    let (Some(uid), Some(version)) = (uid(before), text("/metadata/resourceVersion")) else {
        let what = format!(
            "{} cannot be changed safely: the server told neither its uid nor its version",
            named(object)
        );
        return Err(Failure::new(FailureKind::Failed, what));
    };
    if object.uid.as_deref().is_some_and(|wanted| wanted != uid) {
        return Err(replaced(object));
    }
    let mut patch = vec![
        json!({"op": "test", "path": "/metadata/uid", "value": uid}),
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}),
    ];
    patch.extend(edits);
    Ok(Some(patch))
}

fn done(change: &Change, before: &Value, after: Value, start: Instant) -> Done {
    Done {
        object: change.draft.object.clone(),
        what: words::done(change),
        changed: difference(before, &after),
        millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        after,
    }
}

fn uid(object: &Value) -> Option<&str> {
    object.pointer("/metadata/uid").and_then(Value::as_str)
}

fn named(object: &ObjectRef) -> String {
    match &object.namespace {
        Some(namespace) => format!("{object} in namespace {namespace}"),
        None => object.to_string(),
    }
}

fn at(object: &ObjectRef) -> String {
    object
        .namespace
        .as_deref()
        .map(|namespace| format!(" -n {namespace}"))
        .unwrap_or_default()
}

fn uncertain(object: &ObjectRef, then: Failure) -> Failure {
    Failure::new(
        FailureKind::LostSight,
        format!(
            "the answer to the change of {} was lost: whether it was made cannot be told, for now {}",
            named(object),
            then.what
        ),
    )
    .hint(format!("See what it is now: `kubectl get {object}{} -o yaml`.", at(object)))
    .hint("If it was made, `todo-agent undo` takes it back.")
}

fn deleted(object: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{} is not there any more: it was deleted", named(object)),
    )
    .hint(format!("What is there: `kubectl get {}{}`.", object.kind.plural, at(object)))
}

fn replaced(object: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        format!("{} is not the one that you were shown: it was deleted and made anew", named(object)),
    )
    .hint("Nothing was changed. Ask again to see the change for the new one.")
}
