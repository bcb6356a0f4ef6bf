//! The loop: from due moment to due moment, until the world is at its clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::{Key, OBSERVATION, World};
use super::turn::Turn;
use super::{daemonset, deployment, endpoints, garbage, hpa, job, pods, quota, replicaset, statefulset, values, volumeclaims};

/// So many pieces of work at one moment are taken as a mistake in a rule, not as work.
const MOST: usize = 200_000;

/// As [`super::advance`].
pub fn advance(world: &mut World) -> Option<Timestamp> {
    let now = world.now;
    let first = first_due(world).filter(|due| *due < now).unwrap_or(now);
    let mut turn = Turn::new(world, first);
    loop {
        settle(&mut turn);
        let events = garbage::old_events(&mut turn);
        let due = values::sooner(turn.next_due(), events);
        match due {
            Some(due) if due <= now => turn.go_to(due),
            due => {
                keep_due(turn.world, due);
                return due;
            }
        }
    }
}

/// Where the earliest due moment is kept between calls: a call that comes late starts there and not at its own time.
const CLOCK: &str = "Clock/";

fn first_due(world: &World) -> Option<Timestamp> {
    values::time(world.get(OBSERVATION, "", CLOCK)?, "/due")
}

fn keep_due(world: &mut World, due: Option<Timestamp>) {
    let mut note = world
        .get(OBSERVATION, "", CLOCK)
        .cloned()
        .unwrap_or_else(|| json!({ "apiVersion": "todo-agent.dev/v1", "kind": OBSERVATION, "metadata": { "name": CLOCK } }));
    values::set(&mut note, &["due"], due.map_or(Value::Null, |due| json!(due.to_string())));
    world.put(note);
}

/// Does all work of one moment.
fn settle(turn: &mut Turn) {
    for _ in 0..MOST {
        let Some(key) = turn.pop() else { return };
        if garbage::collect(turn, &key) {
            continue;
        }
        garbage::finalize(turn, &key);
        let due = reconcile(turn, &key);
        turn.set_due(key, due);
    }
}

fn reconcile(turn: &mut Turn, key: &Key) -> Option<Timestamp> {
    turn.get_key(key)?;
    match key.0.as_str() {
        "Namespace" => garbage::namespace(turn, key),
        "Deployment" => deployment::reconcile(turn, key),
        "ReplicaSet" => replicaset::reconcile(turn, key),
        "StatefulSet" => statefulset::reconcile(turn, key),
        "DaemonSet" => daemonset::reconcile(turn, key),
        "Job" => job::reconcile(turn, key),
        "Pod" => pods::reconcile(turn, key),
        "PersistentVolumeClaim" => volumeclaims::reconcile(turn, key),
        "Service" => {
            endpoints::reconcile(turn, key);
            None
        }
        "HorizontalPodAutoscaler" => hpa::reconcile(turn, key),
        "ResourceQuota" => {
            quota::reconcile(turn, key);
            None
        }
        _ => None,
    }
}
