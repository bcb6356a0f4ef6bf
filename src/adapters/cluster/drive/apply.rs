//! Server-side apply: the fields of a file are ours from then on.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    BuiltIn, FIELD_MANAGER, PAUSE, TRIES, as_approved, deleted, named, replaced, uid,
    whole::{as_made, is_lost, made, restless, without_chosen, written},
    words,
};
use crate::{
    adapters::cluster::{
        api::{Ask, one},
        gate::Permit,
    },
    domain::{
        execution::Done,
        failure::{Failure, FailureKind, Result},
        field::difference,
        plan::{Change, Draft, How},
    },
};

const APPLY: &str = "application/apply-patch+yaml";

impl BuiltIn {
    /// As the server would keep it.
    pub(super) async fn try_apply(&self, draft: &Draft, body: &Value) -> Result<Value> {
        let ask = application(draft, body)?.with("dryRun", "All");
        match self.cluster.api().json(&ask).await {
            Ok(after) if is_new(&draft.before) => Ok(without_chosen(as_made(after), &draft.how)),
            Ok(after) => Ok(after),
            Err(fault) => Err(self.explained(draft, fault, &ask)),
        }
    }

    /// Sent for the very state of the object that it was previewed against; when somebody else's change came between, it is
    /// previewed again and must do no more than what was approved.
    pub(super) async fn apply_file(&self, change: &Change) -> Result<Done> {
        let start = Instant::now();
        let draft = &change.draft;
        let How::Apply(body) = &draft.how else {
            return Err(Failure::new(FailureKind::Failed, "there is nothing to apply"));
        };
        let mut before = draft.before.clone();
        let mut lost = false;
        for attempt in 0..TRIES {
            // What is new is named by nothing that the server could compare: whether it still is, is looked at just before.
            if attempt == 0 && is_new(&draft.before) {
                before = self.seen_again(draft, false).await?;
            }
            if attempt > 0 {
                tokio::time::sleep(PAUSE * attempt).await;
                before = self.seen_again(draft, lost).await?;
                if !is_new(&draft.before) {
                    self.still_within(change, &before, body).await?;
                }
            }
            let ask = application(draft, &guarded(body, &before))?;
            let mut grant = change.grant();
            grant.object.uid = uid(&before).map(str::to_owned);
            let _open = self.cluster.gate().permits().open(Permit {
                grant,
                before: before.clone(),
            });
            match self.cluster.api().json(&ask).await {
                Ok(after) if is_new(&draft.before) => return Ok(made(change, after, start)),
                Ok(after) => {
                    return Ok(Done {
                        object: draft.object.clone(),
                        what: words::done(change),
                        changed: difference(&draft.before, &after),
                        millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
                        after,
                    });
                }
                Err(fault) if fault.code() == Some(409) => {}
                Err(fault) if is_lost(&fault) => {
                    self.find_again(draft, fault).await?;
                    lost = true;
                }
                Err(fault) => return Err(self.explained(draft, fault, &ask)),
            }
        }
        Err(restless(&draft.object, "applied"))
    }

    async fn seen_again(&self, draft: &Draft, lost: bool) -> Result<Value> {
        let now = self.cluster.read(&draft.object, "").await?;
        match (now, is_new(&draft.before)) {
            (Some(now), false) if uid(&now) == uid(&draft.before) => Ok(now),
            (Some(_), false) => Err(replaced(&draft.object)),
            (None, false) => Err(deleted(&draft.object)),
            // By our own hand, where an answer was lost before.
            (Some(now), true) if lost && super::whole::is_ours(&now) => Ok(now),
            (Some(_), true) => Err(Failure::new(
                FailureKind::Conflict,
                format!("{} was made by somebody else after you approved: not changed", named(&draft.object)),
            )
            .hint("Ask again to see the change as it would be now.")),
            (None, true) => Ok(json!({})),
        }
    }

    async fn still_within(&self, change: &Change, before: &Value, body: &Value) -> Result<()> {
        let draft = Draft {
            before: before.clone(),
            ..change.draft.clone()
        };
        let after = self.try_apply(&draft, body).await?;
        let grant = change.grant();
        let changes = difference(before, &after);
        let beyond: Vec<String> = changes
            .iter()
            .filter(|change| !as_approved(change, &grant))
            .map(words::change)
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        let what = format!(
            "{} was changed by somebody else after you approved: now it would be {}",
            named(&draft.object),
            beyond.join("; ")
        );
        Err(Failure::new(FailureKind::Conflict, what).hint("Ask again to see the change as it would be now."))
    }
}

fn is_new(before: &Value) -> bool {
    before.get("kind").is_none()
}

/// A field that somebody else manages becomes ours: that is what was shown and approved.
fn application(draft: &Draft, body: &Value) -> Result<Ask> {
    let ask = Ask::patch(one(&draft.object, ""), APPLY, written(body)?).with("fieldManager", FIELD_MANAGER);
    Ok(ask.with("force", "true").with("fieldValidation", "Strict"))
}

fn guarded(body: &Value, before: &Value) -> Value {
    let mut guarded = body.clone();
    if let Some(metadata) = guarded.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["uid", "resourceVersion"] {
            if let Some(value) = before.pointer(&format!("/metadata/{key}")) {
                metadata.insert(key.to_owned(), value.clone());
            }
        }
    }
    guarded
}
