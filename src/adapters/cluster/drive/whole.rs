//! Objects that are made anew, and objects that are taken away.

use std::time::Instant;

use serde_json::{Value, json};

use super::{BuiltIn, FIELD_MANAGER, at, deleted, named, replaced, uid, words};
use crate::{
    adapters::cluster::{
        api::{Ask, collection, one},
        fault::Fault,
        gate::Permit,
    },
    domain::{
        execution::Done,
        failure::{Failure, FailureKind, Result},
        field::{FieldChange, FieldPath, difference},
        object::ObjectRef,
        plan::{Change, Draft, How},
    },
};

/// How often it is sent again when an answer was lost.
const TRIES: u32 = 3;

impl BuiltIn {
    /// What the server would make of it; of an object that goes, nothing.
    pub(super) async fn try_whole(&self, draft: &Draft) -> Result<Value> {
        let ask = match &draft.how {
            How::Create(body) => creation(&draft.object, body)?.with("dryRun", "All"),
            How::Apply(body) => return self.try_apply(draft, body).await,
            _ => deletion(draft, true)?.with("dryRun", "All"),
        };
        match self.cluster.api().json(&ask).await {
            Ok(_) if draft.how == How::Delete => Ok(Value::Null),
            Ok(after) => Ok(without_chosen(as_made(after), &draft.how)),
            Err(fault) => Err(self.explained(draft, fault, &ask)),
        }
    }

    pub(super) async fn create(&self, change: &Change) -> Result<Done> {
        let start = Instant::now();
        let draft = &change.draft;
        let How::Create(body) = &draft.how else {
            return Err(Failure::new(FailureKind::Failed, "there is nothing to make"));
        };
        let ask = creation(&draft.object, body)?;
        for _ in 0..TRIES {
            let _open = self.cluster.gate().permits().open(Permit {
                grant: change.grant(),
                before: Value::Null,
            });
            match self.cluster.api().json(&ask).await {
                Ok(after) => return Ok(made(change, after, start)),
                Err(fault) if is_lost(&fault) => {
                    self.find_again(draft, fault).await?;
                    // By our own hand, when it was made before the answer was lost.
                    if let Some(after) = self.cluster.read(&draft.object, "").await?.filter(is_ours) {
                        return Ok(made(change, after, start));
                    }
                }
                Err(fault) => return Err(self.explained(draft, fault, &ask)),
            }
        }
        Err(restless(&draft.object, "made"))
    }

    pub(super) async fn delete(&self, change: &Change) -> Result<Done> {
        let start = Instant::now();
        let draft = &change.draft;
        let ask = deletion(draft, false)?;
        for _ in 0..TRIES {
            let _open = self.cluster.gate().permits().open(Permit {
                grant: change.grant(),
                before: draft.before.clone(),
            });
            match self.cluster.api().json(&ask).await {
                Ok(answer) => return Ok(gone(change, &answer, start)),
                Err(fault) if is_lost(&fault) => {
                    self.find_again(draft, fault).await?;
                    let now = self.cluster.read(&draft.object, "").await?;
                    match now {
                        Some(now) if uid(&now) == uid(&draft.before) && !is_going(&now) => {}
                        now => return Ok(gone(change, &now.unwrap_or_default(), start)),
                    }
                }
                Err(fault) => return Err(self.explained(draft, fault, &ask)),
            }
        }
        Err(restless(&draft.object, "taken away"))
    }

    pub(super) fn explained(&self, draft: &Draft, fault: Fault, ask: &Ask) -> Failure {
        let object = &draft.object;
        match (&draft.how, fault.code()) {
            (How::Create(_), Some(409)) => Failure::new(
                FailureKind::Conflict,
                format!("{} is there already: nothing was changed", named(object)),
            )
            .hint(format!("What it is: `kubectl get {object}{} -o yaml`.", at(object))),
            (How::Create(_) | How::Apply(_), Some(404)) if object.namespace.is_some() => {
                let namespace = object.namespace.as_deref().unwrap_or_default();
                Failure::new(
                    FailureKind::NotFound,
                    format!("there is no namespace \"{namespace}\" to put {object} in"),
                )
                .hint(format!("Make it first: `todo-agent \"create namespace {namespace}\"`."))
            }
            (How::Apply(_), Some(400..=500)) if schema_fault(&fault).is_some() => {
                let why = schema_fault(&fault).unwrap_or_default();
                Failure::new(FailureKind::Failed, format!("{object} is not what the cluster takes: {why}"))
            }
            (How::Delete, Some(409)) => replaced(object),
            (How::Delete, _) if fault.is_absent() => deleted(object),
            _ => self.cluster.failure(fault, &ask.call()),
        }
    }
}

/// Which field the server does not know, out of the sentence of its typed merge.
fn schema_fault(fault: &Fault) -> Option<String> {
    let Fault::Status(status) = fault else { return None };
    let (_, why) = status
        .message
        .split_once("failed to create typed patch object (")?
        .1
        .split_once("): ")?;
    // What was got instead is a value, and may be a secret's.
    Some(why.split(", got ").next().unwrap_or_default().to_owned())
}

/// Sent, and what became of it is not known.
pub(super) fn is_lost(fault: &Fault) -> bool {
    match fault {
        Fault::Lost(lost) => lost.sent,
        Fault::Garbled(_) => true,
        fault => matches!(fault.code(), Some(500 | 502 | 504)),
    }
}

pub(super) fn is_ours(object: &Value) -> bool {
    let managers = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let manager = |entry: &Value| entry.get("manager").and_then(Value::as_str) == Some(FIELD_MANAGER);
    managers.is_some_and(|managers| managers.iter().any(manager))
}

pub(super) fn creation(object: &ObjectRef, body: &Value) -> Result<Ask> {
    let path = collection(&object.kind, object.namespace.as_deref());
    let ask = Ask::post(path, written(body)?).with("fieldManager", FIELD_MANAGER);
    // A field that the server does not know is an error, as with kubectl, and not silently dropped.
    Ok(ask.with("fieldValidation", "Strict"))
}

/// Of this very object and no later one of the same name. A server that reads options from the body does not look at
/// those of the request line, so that a trial must be called so in both.
fn deletion(draft: &Draft, only_try: bool) -> Result<Ask> {
    let mut options = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": draft.object.uid},
        "propagationPolicy": "Background",
    });
    if only_try {
        options["dryRun"] = json!(["All"]);
    }
    Ok(Ask::delete(one(&draft.object, ""), written(&options)?))
}

pub(super) fn written(body: &Value) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| Failure::new(FailureKind::Failed, "the change cannot be written down").cause(error))
}

/// Without what only this answer has: identity and times are given when it is really made.
pub(super) fn as_made(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
            metadata.shift_remove(key);
        }
    }
    object
}

/// A Service as it is tried, without the addresses and ports that the server chose for the trial alone: it chooses anew.
pub(super) fn without_chosen(mut object: Value, how: &How) -> Value {
    let (How::Create(sent) | How::Apply(sent)) = how else {
        return object;
    };
    if object.get("kind").and_then(Value::as_str) != Some("Service") {
        return object;
    }
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return object;
    };
    for key in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
        // "None" is a wish, also where it was not said.
        let is_none = |value: &Value| value.as_str() == Some("None") || value == &json!(["None"]);
        if sent.pointer(&format!("/spec/{key}")).is_none() && !spec.get(key).is_some_and(is_none) {
            spec.shift_remove(key);
        }
    }
    let wished = |port: usize| sent.pointer(&format!("/spec/ports/{port}/nodePort")).is_some();
    for (n, port) in spec
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .enumerate()
    {
        if let Some(port) = port.as_object_mut().filter(|_| !wished(n)) {
            port.shift_remove("nodePort");
        }
    }
    object
}

pub(super) fn made(change: &Change, after: Value, start: Instant) -> Done {
    Done {
        object: ObjectRef {
            uid: uid(&after).map(str::to_owned),
            ..change.draft.object.clone()
        },
        what: words::done(change),
        changed: difference(&json!({}), &as_made(after.clone())),
        millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        after,
    }
}

/// The server took it on, and something may have to be done before it has gone.
fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// `answer` is the object while it goes, and no object once it has gone.
fn gone(change: &Change, answer: &Value, start: Instant) -> Done {
    let waits = is_going(answer)
        && answer
            .pointer("/metadata/finalizers")
            .and_then(Value::as_array)
            .is_some_and(|held| !held.is_empty());
    Done {
        object: change.draft.object.clone(),
        what: if waits { "told to go".to_owned() } else { words::done(change) },
        changed: vec![FieldChange {
            field: FieldPath::keys(&["metadata", "name"]),
            before: Some(json!(change.draft.object.name)),
            after: None,
        }],
        millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        after: Value::Null,
    }
}

pub(super) fn restless(object: &ObjectRef, what: &str) -> Failure {
    Failure::new(
        FailureKind::LostSight,
        format!(
            "the answers were lost {TRIES} times: whether {} was {what} cannot be told",
            named(object)
        ),
    )
    .hint(format!("See what it is now: `kubectl get {object}{} -o yaml`.", at(object)))
}
