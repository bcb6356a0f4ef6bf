//! What a rule writes, and whom that concerns.

use serde_json::{Value, json};

use super::{
    super::{
        super::world::{Key, OBSERVATION, Write},
        garbage, ident, values,
    },
    Turn, adoptable, finished, is_placed, rank, unscheduled,
};

impl Turn<'_> {
    /// Replaces an object as a controller does.
    pub fn put(&mut self, object: Value) {
        self.world.put(object);
    }

    /// Replaces an object whose spec this changed: its generation grows.
    pub fn put_spec(&mut self, mut object: Value) {
        let generation = values::count(&object, "/metadata/generation") + 1;
        values::set(&mut object, &["metadata", "generation"], json!(generation));
        self.put(object);
    }

    /// Makes a new object at this moment; its uid follows from what made it, so that it is the same in every run.
    pub fn create(&mut self, mut object: Value, seed: &[&str]) {
        let at = self.at.to_string();
        let mut parts = vec![
            values::kind(&object),
            values::namespace(&object),
            values::name(&object),
            at.as_str(),
        ];
        parts.extend(seed);
        let uid = ident::uuid(&parts);
        values::set(&mut object, &["metadata", "uid"], json!(uid));
        values::set(&mut object, &["metadata", "creationTimestamp"], json!(values::stamp(self.at)));
        if object.get("spec").is_some() {
            values::set(&mut object, &["metadata", "generation"], json!(1));
        }
        self.put(object);
    }

    /// Removes an object, or marks it as going away when a finalizer or a graceful end holds it.
    pub fn delete(&mut self, key: &Key) {
        let Some(object) = self.get_key(key) else { return };
        if values::deleting(object) {
            return;
        }
        let graceful = key.0 == "Pod" && !values::text(object, "/spec/nodeName").is_empty() && !finished(object);
        if !graceful && !values::has_finalizers(object) {
            self.remove(key);
            return;
        }
        let mut object = object.clone();
        let grace = if graceful {
            values::int(&object, "/spec/terminationGracePeriodSeconds").unwrap_or(30)
        } else {
            0
        };
        let end = values::after(self.at, values::seconds(grace));
        values::set(&mut object, &["metadata", "deletionTimestamp"], json!(values::stamp(end)));
        values::set(&mut object, &["metadata", "deletionGracePeriodSeconds"], json!(grace));
        self.put_spec(object);
    }

    /// Takes an object out of the world, and wakes what depended on it.
    pub fn remove(&mut self, key: &Key) {
        let Some(object) = self.get_key(key) else { return };
        let owner = values::controller(object).cloned();
        let uid = values::uid(object).to_owned();
        self.world.delete(&key.0, &key.1, &key.2);
        self.forget(key);
        self.due.remove(key);
        for (owned, _) in self.dependents(&uid) {
            self.queue.insert((rank(&owned.0).unwrap_or(14), owned));
        }
        if let Some(owner) = owner {
            self.wake(&(
                values::text(&owner, "/kind").to_owned(),
                key.1.clone(),
                values::text(&owner, "/name").to_owned(),
            ));
        }
    }

    /// Wakes whom the writes since the last look concern.
    pub(super) fn follow_writes(&mut self) {
        let written: Vec<Write> = self.world.written_since(self.mark).to_vec();
        self.mark += written.len();
        for write in written {
            match write {
                Write::Put(key) => self.after_put(&key),
                Write::Delete(key) => self.after_delete(&key),
            }
        }
    }

    pub(super) fn after_put(&mut self, key: &Key) {
        let Some(object) = self.get_key(key) else { return };
        match key.0.as_str() {
            OBSERVATION => return,
            "Event" => {
                // All events together have one moment: when the oldest is too old.
                let all = garbage::all_events();
                if !self.due.contains_key(&all) {
                    self.due.insert(all, values::after(self.at, garbage::EVENT_LIFE));
                }
                return;
            }
            _ => {}
        }
        let placed = is_placed(object);
        let owner = values::controller(object).cloned();
        let owners = values::list(object, "/metadata/ownerReferences").iter();
        let owners: Vec<String> = owners.map(|owner| values::text(owner, "/uid").to_owned()).collect();
        if placed {
            self.placed.insert(key.clone());
        }
        if rank(&key.0).is_none() && !owners.is_empty() {
            // Nobody acts on it, but its owner may already be gone.
            self.queue.insert((14, key.clone()));
        }
        for uid in owners {
            self.dependent.entry(uid).or_default().insert(key.clone());
        }
        if owner.is_none() && adoptable(&key.0) {
            self.owned.entry(String::new()).or_default().insert(key.clone());
            self.wake_adopters(key);
        }
        if let Some(owner) = owner {
            let uid = values::text(&owner, "/uid").to_owned();
            self.owned.entry(uid).or_default().insert(key.clone());
            self.wake(&(
                values::text(&owner, "/kind").to_owned(),
                key.1.clone(),
                values::text(&owner, "/name").to_owned(),
            ));
        }
        self.wake(key);
        self.wake_neighbours(key);
    }

    pub(super) fn after_delete(&mut self, key: &Key) {
        if key.0 == OBSERVATION || key.0 == "Event" {
            self.wake(&("Namespace".to_owned(), String::new(), key.1.clone()));
            return;
        }
        self.wake_neighbours(key);
        self.wake_waiting(&key.1);
        self.wake(&("Namespace".to_owned(), String::new(), key.1.clone()));
        if key.0 == "Pod" {
            self.wake_all("Pod", None, unscheduled);
        }
    }
}
