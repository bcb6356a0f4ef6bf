//! What is said when it did not come true: why, and in which state things were left.

use std::{sync::Arc, time::Duration};

use super::sight::Sight;
use crate::{
    diagnostics::{Need, Snapshot, gather, judge, list},
    domain::{
        failure::{Failure, FailureKind, Result},
        finding::{Finding, Severity},
        intent::Scope,
        object::ObjectRef,
        ports::observe::Observe,
    },
};

/// Looking for causes must not take much longer than the wait itself.
const LOOK: Duration = Duration::from_secs(10);

/// What the analyzers find about the object and what belongs to it. `known` is what was seen while waiting.
///
/// # Errors
/// `LostSight` when nothing moved because the cluster is gone.
pub async fn findings(observe: &Arc<dyn Observe>, sight: &Sight, deadline: bool, known: &[Finding]) -> Result<Vec<Finding>> {
    let gathered = tokio::time::timeout(LOOK, gather(&**observe, &Scope::default(), Some(&sight.object), &Need::findings())).await;
    match gathered {
        Ok(Ok(snapshot)) => Ok(about(&snapshot, known)),
        Ok(Err(failure)) if deadline && failure.kind == FailureKind::Unreachable => Err(lost_change(&sight.object, failure)),
        Err(_) if deadline => {
            let silent = Failure::new(FailureKind::Unreachable, "it does not answer any more");
            Err(lost_change(&sight.object, silent))
        }
        Ok(Err(_)) | Err(_) => Ok(known.to_vec()),
    }
}

/// What was done is done; whether it took effect is not known.
pub(super) fn lost(done: &str, failure: Failure) -> Failure {
    Failure {
        kind: FailureKind::LostSight,
        what: format!("{done}, but can no longer be observed: {}", failure.what),
        ..failure
    }
}

pub(super) fn lost_change(object: &ObjectRef, failure: Failure) -> Failure {
    lost(&format!("{object} was changed"), failure)
}

/// Errors when there are any; warnings else. What was seen while waiting, if it is gone from sight now.
fn about(snapshot: &Snapshot, known: &[Finding]) -> Vec<Finding> {
    let mut findings = judge(snapshot);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        findings.retain(|finding| finding.severity == Severity::Error);
    } else {
        findings.splice(0..0, known.iter().cloned());
    }
    findings
}

/// What must be done before an object that is being deleted has gone.
fn held(sight: &Sight) -> Option<String> {
    let now = sight
        .now
        .as_ref()
        .filter(|now| now.pointer("/metadata/deletionTimestamp").is_some())?;
    let names: Vec<&str> = list(now, "/metadata/finalizers")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// One sentence on the state that things were left in.
pub fn left(sight: &Sight, spec_failed: bool) -> String {
    if let (Some(gone), Some(held)) = (&sight.gone, held(sight)) {
        return format!("Not done: {gone}, and {held} holds it.");
    }
    if let Some(gone) = &sight.gone {
        return format!("Cannot be verified: {gone}.");
    }
    if spec_failed {
        return "Not as asked: somebody or something else changed it since.".to_owned();
    }
    if !sight.object.kind.is_workload() {
        return format!("Not done: {} is not as asked.", sight.object);
    }
    let Some(rollout) = sight.rollout() else {
        return "The change was not seen on the cluster.".to_owned();
    };
    let serving = sight.serving();
    match (sight.template_changed, serving) {
        (true, 0) => "Not done: the new version does not start, and no pod serves.".to_owned(),
        (true, _) if sight.new_serving() == 0 => "Not done: the new version does not start; the old pods still serve.".to_owned(),
        (true, _) if rollout.complete => "Not done: the new pods are restarted again and again.".to_owned(),
        (true, _) if rollout.words.starts_with("paused: 0 of ") => {
            "Not done: the rollout is paused, and the new version did not start; the old pods still serve.".to_owned()
        }
        (true, _) => format!("Not done: the new version started only in part ({}).", rollout.words),
        (false, 0) => format!("Not done: {}; no pod serves.", rollout.words),
        (false, _) => format!("Not done: {}; the pods that are ready serve.", rollout.words),
    }
}
