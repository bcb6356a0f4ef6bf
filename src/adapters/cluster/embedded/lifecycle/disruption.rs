//! Pod disruption budgets: how many of the pods that one selects may be taken away.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::world::{Key, World};
use super::turn::Turn;
use super::{selector, values};

/// Counts the pods of a budget.
pub fn reconcile(turn: &mut Turn, at: &Key) {
    let Some(budget) = turn.get_key(at).cloned() else { return };
    let pods: Vec<Value> = turn
        .world
        .list("Pod", Some(&at.1))
        .filter(|pod| covers(&budget, pod))
        .cloned()
        .collect();
    let healthy = pods
        .iter()
        .filter(|pod| !values::deleting(pod) && values::condition_is(pod, "Ready", "True"))
        .count() as i64;
    let (expected, desired) = wanted(turn.world, &budget, &pods);
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let (status, reason) = if allowed > 0 {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    let known = values::condition(&budget, "DisruptionAllowed").filter(|known| values::text(known, "/status") == status);
    let since = known.map_or_else(
        || values::stamp(turn.at),
        |known| values::text(known, "/lastTransitionTime").to_owned(),
    );
    let generation = values::count(&budget, "/metadata/generation");
    let mut new = budget;
    let condition = json!({
        "lastTransitionTime": since, "message": "", "observedGeneration": generation, "reason": reason, "status": status,
        "type": "DisruptionAllowed",
    });
    let status = json!({
        "conditions": [condition], "currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed,
        "expectedPods": expected, "observedGeneration": generation,
    });
    values::set(&mut new, &["status"], status);
    turn.put(new);
}

/// Whether a budget counts a pod: one without a selector counts none, an empty one all.
fn covers(budget: &Value, pod: &Value) -> bool {
    budget
        .pointer("/spec/selector")
        .is_some_and(|selector| selector::matches(selector, pod))
}

/// How many pods there should be, and how many of them healthy.
fn wanted(world: &World, budget: &Value, pods: &[Value]) -> (i64, i64) {
    let least = budget.pointer("/spec/minAvailable");
    if let Some(least) = least.and_then(Value::as_i64) {
        return (pods.len() as i64, least);
    }
    let expected = scale(world, pods);
    let part = |value: Option<&Value>| match value {
        Some(Value::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            (expected * percent + 99) / 100
        }
        other => other.and_then(Value::as_i64).unwrap_or_default(),
    };
    match budget.pointer("/spec/maxUnavailable") {
        Some(most) => (expected, (expected - part(Some(most))).max(0)),
        None => (expected, part(least)),
    }
}

/// What the controllers of these pods want together.
fn scale(world: &World, pods: &[Value]) -> i64 {
    let mut owners: BTreeMap<&str, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = values::controller(pod) else { continue };
        let find = |owner: &Value| world.get(values::text(owner, "/kind"), values::namespace(pod), values::text(owner, "/name"));
        let set = find(owner);
        let above = set.and_then(values::controller).and_then(find);
        if let Some(owner) = above.or(set) {
            owners.insert(values::uid(owner), values::count(owner, "/spec/replicas"));
        }
    }
    owners.values().sum()
}

/// Whether a budget forbids that a pod is taken away: its refusal, as cause of the answer.
pub fn forbids(world: &World, pod: &Value) -> Result<(), Forbidden> {
    let gone = super::turn::finished(pod) || values::deleting(pod) || values::text(pod, "/status/phase") == "Pending";
    let budgets: Vec<&Value> = world
        .list("PodDisruptionBudget", Some(values::namespace(pod)))
        .filter(|budget| !gone && covers(budget, pod))
        .collect();
    let [budget] = budgets.as_slice() else {
        return if budgets.is_empty() { Ok(()) } else { Err(Forbidden::Several) };
    };
    let of = |field: &str| values::count(budget, &format!("/status/{field}"));
    let ready = values::condition_is(pod, "Ready", "True");
    let always = values::text(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow";
    let spare = always || (of("currentHealthy") >= of("desiredHealthy") && of("desiredHealthy") > 0);
    if of("disruptionsAllowed") > 0 || (!ready && spare) {
        return Ok(());
    }
    Err(Forbidden::Budget(format!(
        "The disruption budget {} needs {} healthy pods and has {} currently",
        values::name(budget),
        of("desiredHealthy"),
        of("currentHealthy")
    )))
}

/// Why a pod may not be evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// Which budget needs how many pods.
    Budget(String),
    /// More than one budget counts the pod.
    Several,
}
