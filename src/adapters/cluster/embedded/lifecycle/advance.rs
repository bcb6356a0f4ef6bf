//! The loop: from due moment to due moment, until the world is at its clock.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::{Key, OBSERVATION, World};
use super::turn::Turn;
use super::{
    cronjob, daemonset, deployment, disruption, endpoints, garbage, hpa, job, nodes, pods, quota, replicaset, statefulset, values,
    volumeclaims,
};

/// So many pieces of work at one moment are taken as a mistake in a rule, not as work.
const MOST: usize = 50_000;

/// As [`super::advance`]. Only what was touched or is due is looked at: a world in which nothing happens costs nothing.
pub fn advance(world: &mut World) -> Option<Timestamp> {
    let now = world.now;
    let touched = world.take_touched();
    let known = world.get(OBSERVATION, "", CLOCK).is_some();
    let dues = dues(world);
    let first = dues.values().min().copied();
    if known && touched.is_empty() && first.is_none_or(|due| due > now) {
        return first;
    }
    let start = first.map_or(now, |due| due.min(now));
    let mut turn = Turn::new(world, start, dues, &touched, !known);
    loop {
        settle(&mut turn);
        match turn.next_due() {
            Some(due) if due <= now => turn.go_to(due),
            due => {
                let dues = turn.dues().clone();
                keep_dues(world, &dues);
                world.take_touched();
                return due;
            }
        }
    }
}

/// Where the due moments are kept between calls, so that a late call starts at the first of them and not at its own time.
const CLOCK: &str = "Clock/";

fn dues(world: &World) -> BTreeMap<Key, Timestamp> {
    let entries = world
        .get(OBSERVATION, "", CLOCK)
        .map(|note| values::list(note, "/due"))
        .unwrap_or_default();
    let entry = |entry: &Value| {
        let part = |index: usize| entry.get(index).and_then(Value::as_str);
        Some((
            (part(0)?.to_owned(), part(1)?.to_owned(), part(2)?.to_owned()),
            part(3)?.parse().ok()?,
        ))
    };
    entries.iter().filter_map(entry).collect()
}

fn keep_dues(world: &mut World, dues: &BTreeMap<Key, Timestamp>) {
    let mut note = world
        .get(OBSERVATION, "", CLOCK)
        .cloned()
        .unwrap_or_else(|| json!({ "apiVersion": "todo-agent.dev/v1", "kind": OBSERVATION, "metadata": { "name": CLOCK } }));
    let dues: Vec<Value> = dues
        .iter()
        .map(|((kind, namespace, name), due)| json!([kind, namespace, name, due.to_string()]))
        .collect();
    values::set(&mut note, &["due"], Value::Array(dues));
    world.put(note);
}

/// Does all work of one moment; what is too much for it is looked at a second later.
fn settle(turn: &mut Turn) {
    for _ in 0..MOST {
        let Some(key) = turn.pop() else { return };
        if key.0 == "Event" {
            let due = garbage::old_events(turn);
            turn.set_due(garbage::all_events(), due);
            continue;
        }
        if garbage::collect(turn, &key) {
            continue;
        }
        garbage::finalize(turn, &key);
        let due = reconcile(turn, &key);
        turn.set_due(key, due);
    }
    let later = values::after(turn.at, values::seconds(1));
    while let Some(key) = turn.pop() {
        turn.set_due(key, Some(later));
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
        "CronJob" => cronjob::reconcile(turn, key),
        "Job" => job::reconcile(turn, key),
        "Pod" => pods::reconcile(turn, key),
        "Node" => {
            nodes::reconcile(turn, key);
            None
        }
        "PersistentVolumeClaim" => volumeclaims::reconcile(turn, key),
        "Service" => {
            endpoints::reconcile(turn, key);
            None
        }
        "HorizontalPodAutoscaler" => hpa::reconcile(turn, key),
        "PodDisruptionBudget" => {
            disruption::reconcile(turn, key);
            None
        }
        "ResourceQuota" => {
            quota::reconcile(turn, key);
            None
        }
        _ => None,
    }
}
