//! What a deployment says of itself: counts, and the conditions Available, Progressing and ReplicaFailure.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Rollout, Turn, available, values, wanted};

/// Whether the deployment gives up after a time (the largest number means never).
pub fn has_deadline(deployment: &Value) -> bool {
    values::int(deployment, "/spec/progressDeadlineSeconds").is_some_and(|seconds| seconds < i64::from(i32::MAX))
}

/// All pods are new, and available.
pub fn complete(rollout: &Rollout) -> bool {
    let replicas = rollout.replicas();
    let status = |field: &str, set: &Value| values::count(set, field);
    let updated = rollout.new.as_ref().map_or(0, |set| status("/status/replicas", set));
    let total: i64 = rollout.all().map(|set| status("/status/replicas", set)).sum();
    let serving: i64 = rollout.all().map(available).sum();
    updated == replicas && total == replicas && serving == replicas
}

/// Writes the status, and says when the deadline of the rollout ends.
pub fn sync(turn: &mut Turn, rollout: &Rollout) -> Option<Timestamp> {
    let old = &rollout.deployment;
    let mut new = old.clone();
    let counts = counts(rollout);
    values::set(&mut new, &["status"], counts);
    let mut conditions = values::list(old, "/status/conditions").to_vec();
    set_condition(&mut conditions, turn.at, available_condition(rollout));
    judge_progress(turn, rollout, &new, &mut conditions);
    match failure(rollout) {
        Some(failure) => set_condition(&mut conditions, turn.at, failure),
        None => conditions.retain(|condition| values::text(condition, "/type") != "ReplicaFailure"),
    }
    values::set(&mut new, &["status", "conditions"], Value::Array(conditions));
    let due = deadline(&new);
    turn.put(new);
    due
}

/// The counts as the API writes them: a zero is left out.
fn counts(rollout: &Rollout) -> Value {
    let sum = |field: &str| rollout.all().map(|set| values::count(set, field)).sum::<i64>();
    let serving = sum("/status/availableReplicas");
    let desired: i64 = rollout.all().map(wanted).sum();
    let updated = rollout.new.as_ref().map_or(0, |set| values::count(set, "/status/replicas"));
    let mut status = json!({ "observedGeneration": values::count(&rollout.deployment, "/metadata/generation") });
    let mut put = |field: &str, count: i64| {
        if count > 0 {
            values::set(&mut status, &[field], json!(count));
        }
    };
    put("replicas", sum("/status/replicas"));
    put("updatedReplicas", updated);
    put("readyReplicas", sum("/status/readyReplicas"));
    put("availableReplicas", serving);
    put("unavailableReplicas", (desired - serving).max(0));
    if let Some(collisions) = values::int(&rollout.deployment, "/status/collisionCount") {
        values::set(&mut status, &["collisionCount"], json!(collisions));
    }
    status
}

fn available_condition(rollout: &Rollout) -> Value {
    let serving: i64 = rollout.all().map(available).sum();
    if serving >= rollout.replicas() - rollout.max_unavailable() {
        draft(
            "Available",
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        draft(
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    }
}

fn draft(of: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({ "type": of, "status": status, "reason": reason, "message": message })
}

/// Puts a condition in unless one with the same status and reason stands (`SetDeploymentCondition`).
fn set_condition(conditions: &mut Vec<Value>, at: Timestamp, draft: Value) {
    let of = values::text(&draft, "/type").to_owned();
    let current = conditions.iter().find(|condition| values::text(condition, "/type") == of).cloned();
    let same = |field: &str| {
        current
            .as_ref()
            .is_some_and(|current| current.pointer(field) == draft.pointer(field))
    };
    if same("/status") && same("/reason") {
        return;
    }
    replace_condition(
        conditions,
        at,
        draft,
        current.filter(|current| !values::text(current, "/status").is_empty()),
    );
}

fn replace_condition(conditions: &mut Vec<Value>, at: Timestamp, draft: Value, current: Option<Value>) {
    let now = values::stamp(at);
    let kept = current.filter(|current| current.pointer("/status") == draft.pointer("/status"));
    let transition = kept.map_or_else(|| now.clone(), |kept| values::text(&kept, "/lastTransitionTime").to_owned());
    let condition = json!({
        "type": draft["type"],
        "status": draft["status"],
        "lastUpdateTime": now,
        "lastTransitionTime": transition,
        "reason": draft["reason"],
        "message": draft["message"],
    });
    conditions.retain(|condition| condition.get("type") != draft.get("type"));
    conditions.push(condition);
}

/// The condition Progressing (`syncRolloutStatus`): done, moving, or out of time.
fn judge_progress(turn: &Turn, rollout: &Rollout, new: &Value, conditions: &mut Vec<Value>) {
    let old = &rollout.deployment;
    if !has_deadline(old) || old.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        if !has_deadline(old) {
            conditions.retain(|condition| values::text(condition, "/type") != "Progressing");
        }
        return;
    }
    let current = conditions
        .iter()
        .find(|condition| values::text(condition, "/type") == "Progressing")
        .cloned();
    let reason = current.as_ref().map_or("", |current| values::text(current, "/reason"));
    let counted = |object: &Value, field: &str| values::count(object, &format!("/status/{field}"));
    if counted(new, "replicas") == counted(new, "updatedReplicas") && reason == "NewReplicaSetAvailable" {
        return;
    }
    let who = rollout.new.as_ref().map_or_else(
        || format!("Deployment \"{}\"", values::name(old)),
        |set| format!("ReplicaSet \"{}\"", values::name(set)),
    );
    if complete(rollout) {
        set_condition(
            conditions,
            turn.at,
            draft(
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                &format!("{who} has successfully progressed."),
            ),
        );
    } else if moved(old, new) {
        let draft = draft("Progressing", "True", "ReplicaSetUpdated", &format!("{who} is progressing."));
        replace_condition(conditions, turn.at, draft, current);
    } else if deadline_of(new, current.as_ref()).is_some_and(|end| end <= turn.at) {
        set_condition(
            conditions,
            turn.at,
            draft(
                "Progressing",
                "False",
                "ProgressDeadlineExceeded",
                &format!("{who} has timed out progressing."),
            ),
        );
    }
}

/// Whether the rollout came further since the last status (`DeploymentProgressing`).
fn moved(old: &Value, new: &Value) -> bool {
    let of = |object: &Value, field: &str| values::count(object, &format!("/status/{field}"));
    let more = |field: &str| of(new, field) > of(old, field);
    let old_left = |object: &Value| of(object, "replicas") - of(object, "updatedReplicas");
    more("updatedReplicas") || old_left(new) < old_left(old) || more("readyReplicas") || more("availableReplicas")
}

/// When the rollout runs out of time; `None` when it is done, gave up, or waits for ever.
fn deadline(deployment: &Value) -> Option<Timestamp> {
    deadline_of(deployment, values::condition(deployment, "Progressing"))
}

fn deadline_of(deployment: &Value, progressing: Option<&Value>) -> Option<Timestamp> {
    let condition = progressing?;
    let ended = matches!(
        values::text(condition, "/reason"),
        "NewReplicaSetAvailable" | "ProgressDeadlineExceeded"
    );
    if ended || !has_deadline(deployment) || deployment.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return None;
    }
    let limit = values::int(deployment, "/spec/progressDeadlineSeconds")?;
    // One second more: the API keeps whole seconds, and the limit must have passed.
    Some(values::after(
        values::time(condition, "/lastUpdateTime")?,
        values::seconds(limit + 1),
    ))
}

/// What keeps a replica set from making its pods.
fn failure(rollout: &Rollout) -> Option<Value> {
    let condition = rollout
        .new
        .iter()
        .chain(&rollout.old)
        .find_map(|set| values::condition(set, "ReplicaFailure"))?;
    Some(draft(
        "ReplicaFailure",
        "True",
        values::text(condition, "/reason"),
        values::text(condition, "/message"),
    ))
}

/// Sets the condition Progressing outside of the judgement.
pub fn set_progressing(turn: &mut Turn, rollout: &mut Rollout, status: &str, reason: &str, message: &str) {
    let mut conditions = values::list(&rollout.deployment, "/status/conditions").to_vec();
    set_condition(&mut conditions, turn.at, draft("Progressing", status, reason, message));
    values::set(&mut rollout.deployment, &["status", "conditions"], Value::Array(conditions));
    turn.put(rollout.deployment.clone());
}

/// A pause stops the clock of the deadline; a resume starts it anew.
pub fn note_pause(turn: &mut Turn, rollout: &mut Rollout) {
    if !has_deadline(&rollout.deployment) {
        return;
    }
    let reason = values::condition(&rollout.deployment, "Progressing")
        .map_or("", |condition| values::text(condition, "/reason"))
        .to_owned();
    if reason == "ProgressDeadlineExceeded" {
        return;
    }
    let paused = rollout.deployment.pointer("/spec/paused") == Some(&Value::Bool(true));
    if paused && reason != "DeploymentPaused" {
        set_progressing(turn, rollout, "Unknown", "DeploymentPaused", "Deployment is paused");
    } else if !paused && reason == "DeploymentPaused" {
        set_progressing(turn, rollout, "Unknown", "DeploymentResumed", "Deployment is resumed");
    }
}
