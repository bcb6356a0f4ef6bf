//! The deployment controller: which replica set holds how many pods, after `k8s.io/kubernetes/pkg/controller/deployment`.

mod revision;
mod rolling;
mod scaling;
mod status;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::turn::{Turn, key};
use super::{ident, selector, values};

const CONTROLLER: Source = Source::Controller("deployment-controller");

/// A deployment and its replica sets at one moment, oldest first.
#[derive(Debug)]
struct Rollout {
    deployment: Value,
    /// The one whose template is the deployment's.
    new: Option<Value>,
    old: Vec<Value>,
}

impl Rollout {
    fn replicas(&self) -> i64 {
        values::int(&self.deployment, "/spec/replicas").unwrap_or(1)
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        self.old.iter().chain(&self.new)
    }

    fn recreate(&self) -> bool {
        values::text(&self.deployment, "/spec/strategy/type") == "Recreate"
    }

    /// Extra pods allowed, and pods that may be missing, during a rolling update (`ResolveFenceposts`).
    fn fenceposts(&self) -> (i64, i64) {
        if self.recreate() {
            return (0, 0);
        }
        let replicas = self.replicas();
        let rolling = "/spec/strategy/rollingUpdate/";
        let surge = share(self.deployment.pointer(&format!("{rolling}maxSurge")), replicas, true);
        let unavailable = share(self.deployment.pointer(&format!("{rolling}maxUnavailable")), replicas, false);
        if surge == 0 && unavailable == 0 {
            (0, 1)
        } else {
            (surge, unavailable.min(replicas.max(1)))
        }
    }

    fn max_surge(&self) -> i64 {
        self.fenceposts().0
    }

    fn max_unavailable(&self) -> i64 {
        let replicas = self.replicas();
        if self.recreate() || replicas == 0 {
            0
        } else {
            self.fenceposts().1.min(replicas)
        }
    }
}

/// A number or a percentage of `of`.
fn share(value: Option<&Value>, of: i64, up: bool) -> i64 {
    match value {
        Some(Value::Number(number)) => number.as_i64().unwrap_or_default(),
        Some(Value::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            if up { (of * percent + 99) / 100 } else { of * percent / 100 }
        }
        _ => share(Some(&json!("25%")), of, up),
    }
}

/// The replicas that a set should have.
fn wanted(set: &Value) -> i64 {
    values::int(set, "/spec/replicas").unwrap_or(1)
}

fn available(set: &Value) -> i64 {
    values::count(set, "/status/availableReplicas")
}

/// Brings a deployment one step further; writes to its replica sets wake it again.
pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let deployment = turn.get_key(at)?.clone();
    let mut rollout = revision::find(turn, deployment);
    if values::deleting(&rollout.deployment) {
        return status::sync(turn, &rollout);
    }
    status::note_pause(turn, &mut rollout);
    let paused = rollout.deployment.pointer("/spec/paused") == Some(&Value::Bool(true));
    if paused || scaling::is_scaling(&rollout) {
        scaling::scale(turn, &mut rollout);
        if paused {
            revision::clean_up(turn, &rollout);
        }
        return status::sync(turn, &rollout);
    }
    if rollout.recreate() {
        rolling::recreate(turn, &mut rollout)
    } else {
        rolling::roll(turn, &mut rollout)
    }
}

/// Sets how many pods a replica set should have, with the annotations and the event that go with it.
fn set_replicas(turn: &mut Turn, rollout: &mut Rollout, name: &str, replicas: i64) -> bool {
    let (surge, total) = (rollout.max_surge(), rollout.replicas());
    let Some(set) = rollout.old.iter_mut().chain(&mut rollout.new).find(|set| values::name(set) == name) else {
        return false;
    };
    let before = wanted(set);
    let marked = mark_desired(set, total, total + surge);
    if before == replicas {
        if marked {
            turn.put(set.clone());
        }
        return false;
    }
    values::set(set, &["spec", "replicas"], json!(replicas));
    turn.put_spec(set.clone());
    if let Some(stored) = turn.get_key(&key(set)) {
        *set = stored.clone();
    }
    let direction = if replicas > before { "up" } else { "down" };
    let message = format!("Scaled {direction} replica set {name} from {before} to {replicas}");
    report(
        turn,
        &rollout.deployment,
        &Report::normal(CONTROLLER, "ScalingReplicaSet", message),
        1,
    );
    true
}

const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// Notes on a replica set for which size of the deployment it was made; true when that was news.
fn mark_desired(set: &mut Value, desired: i64, maximum: i64) -> bool {
    let same =
        values::annotation(set, DESIRED) == Some(&desired.to_string()) && values::annotation(set, MAXIMUM) == Some(&maximum.to_string());
    if !same {
        values::set_annotation(set, DESIRED, desired.to_string());
        values::set_annotation(set, MAXIMUM, maximum.to_string());
    }
    !same
}
