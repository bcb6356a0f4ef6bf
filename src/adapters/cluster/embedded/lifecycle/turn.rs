//! One moment of the cluster: what a rule may read and write, and the work that its writes make for others.

mod write;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::{Key, OBSERVATION, World};
use super::values;

/// The moment `at`, which is never later than `world.now`.
#[derive(Debug)]
pub struct Turn<'w> {
    pub world: &'w mut World,
    pub at: Timestamp,
    pub(super) queue: BTreeSet<(u8, Key)>,
    /// What was done last in this round.
    last: Option<(u8, Key)>,
    mark: usize,
    /// Controlling owner's uid → the owned. May hold stale entries; readers check.
    owned: HashMap<String, BTreeSet<Key>>,
    /// Any owner's uid → those who name it, controlled or not. May hold stale entries.
    dependent: HashMap<String, BTreeSet<Key>>,
    /// Pods that are on a node, ended ones too. May hold stale entries; readers check.
    placed: BTreeSet<Key>,
    due: BTreeMap<Key, Timestamp>,
}

/// The kinds with a rule of their own, in the order in which one moment's work is done: owners before the owned, so that
/// one pass usually suffices.
pub(super) fn rank(kind: &str) -> Option<u8> {
    Some(match kind {
        "Namespace" => 0,
        "Node" => 1,
        "Deployment" => 2,
        "StatefulSet" => 3,
        "DaemonSet" => 4,
        "CronJob" => 5,
        "Job" => 6,
        "ReplicaSet" => 7,
        "PersistentVolumeClaim" => 8,
        "Pod" => 9,
        "Service" => 10,
        "HorizontalPodAutoscaler" => 11,
        "ResourceQuota" => 12,
        "ServiceAccount" | "ConfigMap" | "Secret" | "PodDisruptionBudget" | "Ingress" | "NetworkPolicy" | "PersistentVolume" => 13,
        "Event" => 15,
        _ => return None,
    })
}

impl<'w> Turn<'w> {
    /// Begins at `at` with the moments that are due, work for `touched`, and for everything when `all`.
    pub fn new(world: &'w mut World, at: Timestamp, due: BTreeMap<Key, Timestamp>, touched: &BTreeSet<Key>, all: bool) -> Self {
        let mark = world.mark();
        let mut turn = Self {
            world,
            at,
            queue: BTreeSet::new(),
            last: None,
            mark,
            owned: HashMap::new(),
            dependent: HashMap::new(),
            placed: BTreeSet::new(),
            due,
        };
        turn.index(touched, all);
        for key in touched {
            if turn.get_key(key).is_some() {
                turn.after_put(key);
            } else {
                turn.forget(key);
                turn.due.remove(key);
                turn.after_delete(key);
                turn.wake_possible_owners(key);
            }
        }
        turn.go_to(at);
        turn
    }

    /// A look at objects without any work waiting.
    pub fn idle(world: &'w mut World) -> Self {
        let at = world.now;
        Self::new(world, at, BTreeMap::new(), &BTreeSet::new(), false)
    }

    /// Who owns whom; and work for those whose owners were touched.
    fn index(&mut self, touched: &BTreeSet<Key>, all: bool) {
        for (key, object) in self.world.all() {
            if key.0 == OBSERVATION || key.0 == "Event" {
                continue;
            }
            if is_placed(object) {
                self.placed.insert(key.clone());
            }
            let owner = values::controller_uid(object);
            if !owner.is_empty() || adoptable(&key.0) {
                self.owned.entry(owner.to_owned()).or_default().insert(key.clone());
            }
            let owners = values::list(object, "/metadata/ownerReferences");
            for owner in owners {
                let uid = values::text(owner, "/uid").to_owned();
                self.dependent.entry(uid).or_default().insert(key.clone());
            }
            let named = |owner: &Value, namespace: &str| {
                touched.contains(&(
                    values::text(owner, "/kind").to_owned(),
                    namespace.to_owned(),
                    values::text(owner, "/name").to_owned(),
                ))
            };
            let mine = owners.iter().any(|owner| named(owner, &key.1) || named(owner, ""));
            if mine || all {
                self.queue.insert((rank(&key.0).unwrap_or(14), key.clone()));
            }
        }
    }

    /// The next piece of work. All that waits is gone through from owners to owned before an owner is looked at again: it
    /// counts its pods once for all that became of them, and not once for each.
    pub fn pop(&mut self) -> Option<Key> {
        self.follow_writes();
        let after = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let next = self
            .queue
            .range((after, Bound::Unbounded))
            .next()
            .or_else(|| self.queue.first())?
            .clone();
        self.queue.remove(&next);
        self.last = Some(next.clone());
        Some(next.1)
    }

    /// Asks for a look at an object.
    pub fn wake(&mut self, key: &Key) {
        if let Some(rank) = rank(&key.0) {
            self.queue.insert((rank, key.clone()));
        }
    }

    /// Asks for a look at all objects of a kind in a namespace (all namespaces when `None`).
    pub fn wake_all(&mut self, kind: &str, namespace: Option<&str>, only: impl Fn(&Value) -> bool) {
        let keys: Vec<Key> = self.world.list(kind, namespace).filter(|object| only(object)).map(key).collect();
        for key in keys {
            self.wake(&key);
        }
    }

    /// When the object is next to be looked at although nothing was written.
    pub fn set_due(&mut self, key: Key, due: Option<Timestamp>) {
        match due {
            Some(due) => {
                // A moment that is not after this one would be looked at for ever.
                let due = if due <= self.at {
                    values::after(self.at, values::seconds(1))
                } else {
                    due
                };
                self.due.insert(key, due);
            }
            None => {
                self.due.remove(&key);
            }
        }
    }

    /// What is due when.
    pub fn dues(&self) -> &BTreeMap<Key, Timestamp> {
        &self.due
    }

    /// The next moment at which anything is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.values().min().copied()
    }

    /// Goes on to a later moment and wakes what is due by then.
    pub fn go_to(&mut self, at: Timestamp) {
        self.at = at;
        self.last = None;
        let ready: Vec<Key> = self.due.iter().filter(|(_, due)| **due <= at).map(|(key, _)| key.clone()).collect();
        for key in ready {
            self.due.remove(&key);
            self.wake(&key);
        }
    }

    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.world.get(kind, namespace, name)
    }

    pub fn get_key(&self, (kind, namespace, name): &Key) -> Option<&Value> {
        self.world.get(kind, namespace, name)
    }

    /// The objects of a kind that this owner controls, by name.
    pub fn controlled(&self, kind: &str, owner: &str) -> Vec<&Value> {
        let Some(keys) = self.owned.get(owner) else { return Vec::new() };
        keys.iter()
            .filter(|key| key.0 == kind)
            .filter_map(|key| self.get_key(key))
            .filter(|object| values::controller_uid(object) == owner)
            .collect()
    }

    /// Everything that names this owner, with its reference to it.
    pub fn dependents(&self, owner: &str) -> Vec<(Key, Value)> {
        let keys = self.dependent.get(owner).into_iter().flatten();
        let reference = |key: &Key| {
            let owners = values::list(self.get_key(key)?, "/metadata/ownerReferences");
            owners.iter().find(|reference| values::text(reference, "/uid") == owner).cloned()
        };
        keys.filter_map(|key| Some((key.clone(), reference(key)?))).collect()
    }

    /// The pods on the node, ended ones too: a hundred of twenty thousand, where the others wait for room.
    pub fn placed(&self) -> impl Iterator<Item = &Value> {
        self.placed.iter().filter_map(|key| self.get_key(key)).filter(|pod| is_placed(pod))
    }

    /// The objects of a kind in a namespace that nobody controls.
    pub fn orphans(&self, kind: &str, namespace: &str) -> Vec<&Value> {
        self.controlled(kind, "")
            .into_iter()
            .filter(|object| values::namespace(object) == namespace)
            .collect()
    }

    /// What was noted about an object ([`OBSERVATION`]); nothing when the note is of an earlier object of this name.
    pub fn note(&self, key: &Key) -> Option<&Value> {
        let note = self.world.get(OBSERVATION, &key.1, &note_name(key))?;
        let uid = self.get_key(key).map(values::uid)?;
        (values::text(note, "/subject") == uid).then(|| note.get("seen")).flatten()
    }

    /// Notes something about an object, for the next look at it.
    pub fn set_note(&mut self, key: &Key, seen: Value) {
        let Some(subject) = self.get_key(key).map(|object| values::uid(object).to_owned()) else {
            return;
        };
        let name = note_name(key);
        let mut note = self.world.get(OBSERVATION, &key.1, &name).cloned().unwrap_or_else(
            || json!({ "apiVersion": "todo-agent.dev/v1", "kind": OBSERVATION, "metadata": { "namespace": key.1, "name": name } }),
        );
        values::set(&mut note, &["subject"], json!(subject));
        values::set(&mut note, &["seen"], seen);
        self.world.put(note);
    }

    fn forget(&mut self, key: &Key) {
        self.world.delete(OBSERVATION, &key.1, &note_name(key));
    }
}

/// Whether a pod has ended for good.
pub fn finished(pod: &Value) -> bool {
    matches!(values::text(pod, "/status/phase"), "Succeeded" | "Failed")
}

pub fn unscheduled(pod: &Value) -> bool {
    values::text(pod, "/spec/nodeName").is_empty() && !finished(pod)
}

fn is_placed(object: &Value) -> bool {
    values::kind(object) == "Pod" && !values::text(object, "/spec/nodeName").is_empty()
}

/// Kinds that a controller takes over when its selector matches.
fn adoptable(kind: &str) -> bool {
    matches!(kind, "Pod" | "ReplicaSet")
}

fn note_name(key: &Key) -> String {
    format!("{}/{}", key.0, key.2)
}

/// The key of an object.
pub fn key(object: &Value) -> Key {
    (
        values::kind(object).to_owned(),
        values::namespace(object).to_owned(),
        values::name(object).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::world::Images;

    #[test]
    fn an_owner_is_looked_at_again_after_all_that_it_owns_and_not_after_each() {
        let now: Timestamp = "2026-11-23T18:45:00Z".parse().unwrap();
        let mut world = World::new(now, Images { known: BTreeSet::new() }, Vec::new());
        let mut turn = Turn::idle(&mut world);
        let key = |kind: &str, name: &str| (kind.to_owned(), "default".to_owned(), name.to_owned());
        let (set, pods) = (key("ReplicaSet", "web"), ["a", "b", "c"].map(|name| key("Pod", name)));
        turn.wake(&set);
        pods.iter().for_each(|pod| turn.wake(pod));
        let mut done = Vec::new();
        while let Some(key) = turn.pop() {
            if key.0 == "Pod" && done.len() < 5 {
                // What became of the pod concerns its owner, and another pod.
                turn.wake(&set);
                turn.wake(&pods[0]);
            }
            done.push(key.2);
        }
        assert_eq!(done, ["web", "a", "b", "c", "web", "a"]);
    }
}
