//! An object in the place of another one of its name: the name is free only when that one has gone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    BuiltIn, named, replaced, uid,
    whole::{as_made, creation},
    words,
};
use crate::domain::{
    execution::Done,
    failure::{Failure, FailureKind, Result},
    field::difference,
    object::ObjectRef,
    plan::{Change, Draft, How},
    undo::made_again,
};

/// How long it may take to go: pods are given half a minute to end, and what holds an object may hold it for ever.
const LONGEST: Duration = Duration::from_secs(90);
const AGAIN: &str = "`todo-agent undo` makes it again";
const PAUSE: Duration = Duration::from_millis(100);

impl BuiltIn {
    /// Whether the one may go and the other may be made: that its name is taken is the last thing that a server says of an object.
    pub(super) async fn try_replace(&self, draft: &Draft, body: &Value) -> Result<Value> {
        self.try_whole(&going(draft)).await?;
        let ask = creation(&draft.object, &without_ports(body))?.with("dryRun", "All");
        match self.cluster.api().json(&ask).await {
            Err(fault) if fault.code() != Some(409) => Err(self.explained(&coming(draft, body), fault, &ask)),
            _ => Ok(as_made(body.clone())),
        }
    }

    pub(super) async fn replace(&self, change: &Change) -> Result<Done> {
        let start = Instant::now();
        let How::Replace(body) = &change.draft.how else {
            return Err(Failure::new(FailureKind::Failed, "there is nothing to make"));
        };
        let goes = Change {
            draft: going(&change.draft),
            ..change.clone()
        };
        let comes = Change {
            draft: coming(&change.draft, body),
            ..change.clone()
        };
        self.delete(&goes).await?;
        let object = &change.draft.object;
        self.until_gone(&goes.draft)
            .await
            .map_err(|failure| half_done(object, failure).hint(format!("{AGAIN} once it has gone.")))?;
        let made = self.create(&comes).await.map_err(|failure| {
            half_done(object, failure)
                .hint(format!("{} is gone: nothing has its name now.", named(object)))
                .hint(format!("Take out of its way what stands there, as said above; {AGAIN} then."))
        })?;
        Ok(Done {
            what: words::done(change),
            changed: difference(&made_again(&change.draft.before), &made_again(&made.after)),
            millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            ..made
        })
    }

    async fn until_gone(&self, draft: &Draft) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.cluster.read(&draft.object, "").await? {
                None => return Ok(()),
                Some(now) if uid(&now) != uid(&draft.before) => return Err(replaced(&draft.object)),
                Some(_) if start.elapsed() > LONGEST => {
                    let what = format!("it has not gone after {} s", LONGEST.as_secs());
                    return Err(Failure::new(FailureKind::Failed, what));
                }
                Some(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// This very object and no later one of its name.
fn going(draft: &Draft) -> Draft {
    Draft {
        object: ObjectRef {
            uid: uid(&draft.before).map(str::to_owned),
            ..draft.object.clone()
        },
        how: How::Delete,
        ..draft.clone()
    }
}

fn coming(draft: &Draft, body: &Value) -> Draft {
    Draft {
        how: How::Create(body.clone()),
        before: json!({}),
        ..draft.clone()
    }
}

/// The ports of nodes that it wishes for are taken for as long as the other one has them.
fn without_ports(body: &Value) -> Value {
    let mut body = body.clone();
    if body.get("kind").and_then(Value::as_str) == Some("Service")
        && let Some(spec) = body.get_mut("spec").and_then(Value::as_object_mut)
    {
        spec.shift_remove("healthCheckNodePort");
        let ports = spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten();
        ports.filter_map(Value::as_object_mut).for_each(|port| {
            port.shift_remove("nodePort");
        });
    }
    body
}

fn half_done(object: &ObjectRef, then: Failure) -> Failure {
    let what = format!("{} was taken away and is not made again yet: {}", named(object), then.what);
    Failure { what, ..then }
}
