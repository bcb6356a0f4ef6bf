//! Faults to practise on: each changes objects as a person would by mistake, so that it is found and mended as in life.

mod container;
mod objects;

use serde_json::{Value, json};

use super::super::world::{Key, World};
use super::node::FAULT;
use super::turn::{Turn, key};
use super::values;
use crate::domain::failure::{Failure, FailureKind};

/// A fault by its name, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub name: &'static str,
    pub summary: &'static str,
    apply: fn(&mut Break) -> Result<String, Failure>,
}

const fn fault(name: &'static str, summary: &'static str, apply: fn(&mut Break) -> Result<String, Failure>) -> Fault {
    Fault { name, summary, apply }
}

/// All faults.
pub const FAULTS: &[Fault] = &[
    fault("image-pull", "an image tag that does not exist", container::image_pull),
    fault(
        "crash-loop",
        "the program ends with an error right after its start",
        container::crash_loop,
    ),
    fault(
        "missing-env",
        "a variable that the program needs is gone, so it ends with an error",
        container::missing_env,
    ),
    fault(
        "bad-probe",
        "the readiness probe asks for a path that the program does not know",
        container::bad_probe,
    ),
    fault(
        "bad-liveness",
        "the liveness probe fails, so that the container is restarted again and again",
        container::bad_liveness,
    ),
    fault("oom", "a memory limit that is too small: the container is killed", container::oom),
    fault(
        "unschedulable",
        "a request for more CPU than the node has",
        container::unschedulable,
    ),
    fault("quota", "a quota on pods that leaves no room for a rollout", objects::quota),
    fault("missing-config", "a ConfigMap that does not exist", objects::missing_config),
    fault("missing-secret", "a Secret that does not exist", objects::missing_secret),
    fault("missing-key", "a key that is not in the Secret or ConfigMap", objects::missing_key),
    fault("wrong-selector", "the service's selector matches no pod", objects::wrong_selector),
    fault(
        "unbound-volume",
        "a volume claim of a storage class that does not exist",
        objects::unbound_volume,
    ),
    fault(
        "missing-folder",
        "a volume whose folder is not on the node",
        objects::missing_folder,
    ),
    fault(
        "stuck-rollout",
        "a new version that never gets ready, and a deadline of 15 seconds",
        container::stuck_rollout,
    ),
    fault("slow-start", "the program takes 45 seconds until it answers", container::slow_start),
];

/// A workload that is being broken.
#[derive(Debug)]
struct Break<'a, 'w> {
    turn: &'a mut Turn<'w>,
    at: Key,
    object: Value,
}

const QUOTA: &str = "practice-quota";
const TEMPLATE: &str = "/spec/template/spec/containers/0";

/// Breaks a workload (`Deployment`, `StatefulSet`, `DaemonSet`; namespace; name). Returns what was changed, in one line. The
/// caller advances the world afterwards.
///
/// # Errors
/// No such fault or workload, or one that this fault cannot be made with.
pub fn apply(name: &str, workload: &Key, world: &mut World) -> Result<String, Failure> {
    let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) else {
        let nearest = FAULTS
            .iter()
            .max_by(|one, other| strsim::jaro_winkler(one.name, name).total_cmp(&strsim::jaro_winkler(other.name, name)));
        let known: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        let failure = Failure::new(FailureKind::Usage, format!("there is no fault \"{name}\""));
        let failure = nearest.map_or(failure.clone(), |nearest| {
            failure.hint(format!("did you mean \"{}\"?", nearest.name))
        });
        return Err(failure.hint(format!("faults: {}", known.join(", "))));
    };
    let mut turn = Turn::idle(world);
    let Some(object) = turn.get_key(workload).cloned() else {
        return Err(no_workload(workload));
    };
    let mut broken = Break {
        turn: &mut turn,
        at: workload.clone(),
        object,
    };
    broken.remember(workload.clone());
    (fault.apply)(&mut broken)
}

fn no_workload((kind, namespace, name): &Key) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("there is no {} {name} in {namespace}", kind.to_lowercase()),
    )
}

/// Takes all faults of a workload back. Returns what was restored, nothing when there was no fault.
///
/// # Errors
/// No such workload.
pub fn heal(workload: &Key, world: &mut World) -> Result<Vec<String>, Failure> {
    let mut turn = Turn::idle(world);
    let Some(object) = turn.get_key(workload).cloned() else {
        return Err(no_workload(workload));
    };
    let mut healed = Vec::new();
    let services: Vec<Key> = turn.world.list("Service", Some(&workload.1)).map(key).collect();
    for at in std::iter::once(workload.clone()).chain(services) {
        let Some(spec) = turn
            .note(&at)
            .and_then(|note| note.get("before"))
            .cloned()
            .filter(|spec| !spec.is_null())
        else {
            continue;
        };
        let Some(mut found) = turn.get_key(&at).cloned() else { continue };
        if found.get("spec") != Some(&spec) {
            let mut spec = spec;
            // The number of replicas is the user's, not the fault's.
            if let Some(replicas) = found.pointer("/spec/replicas").cloned() {
                values::set(&mut spec, &["replicas"], replicas);
            }
            values::set(&mut found, &["spec"], spec);
            turn.put_spec(found);
            healed.push(format!("{}/{} is as it was", at.0.to_lowercase(), at.2));
        }
        turn.set_note(&at, json!({ "before": null }));
    }
    let extra = [
        ("ResourceQuota", QUOTA.to_owned()),
        ("PersistentVolumeClaim", objects::claim_name(values::name(&object))),
    ];
    for (kind, name) in extra {
        let at = (kind.to_owned(), workload.1.clone(), name);
        let ours = turn.get_key(&at).is_some_and(|found| values::annotation(found, FAULT).is_some());
        if ours {
            turn.delete(&at);
            healed.push(format!("{}/{} is gone", at.0.to_lowercase(), at.2));
        }
    }
    Ok(healed)
}

impl Break<'_, '_> {
    /// Keeps an object's spec as it was before the first fault.
    fn remember(&mut self, at: Key) {
        let known = self
            .turn
            .note(&at)
            .and_then(|note| note.get("before"))
            .is_some_and(|before| !before.is_null());
        if let Some(spec) = self
            .turn
            .get_key(&at)
            .and_then(|object| object.get("spec"))
            .cloned()
            .filter(|_| !known)
        {
            self.turn.set_note(&at, json!({ "before": spec }));
        }
    }

    fn name(&self) -> &str {
        &self.at.2
    }

    /// `deployment/todo-backend`
    fn title(&self) -> String {
        format!("{}/{}", self.at.0.to_lowercase(), self.at.2)
    }

    fn container(&self) -> &Value {
        self.object.pointer(TEMPLATE).unwrap_or(&Value::Null)
    }

    /// Sets a field of the first container.
    fn set(&mut self, path: &[&str], value: Value) {
        if let Some(container) = self.object.pointer_mut(TEMPLATE) {
            values::set(container, path, value);
        }
    }

    fn push(&mut self, parent: &str, field: &str, value: Value) {
        let Some(parent) = self.object.pointer_mut(parent) else { return };
        let mut list = parent.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        list.push(value);
        values::set(parent, &[field], Value::Array(list));
    }

    fn annotate(&mut self, fault: &str) {
        values::set(
            &mut self.object,
            &["spec", "template", "metadata", "annotations", FAULT],
            json!(fault),
        );
    }

    /// Writes the workload, and says what was done.
    fn done(&mut self, what: String) -> Result<String, Failure> {
        self.turn.put_spec(self.object.clone());
        Ok(format!("{}: {what}", self.title()))
    }

    fn cannot(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Usage, format!("{} {why}", self.title()))
    }
}
