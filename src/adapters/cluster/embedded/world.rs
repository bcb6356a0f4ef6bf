//! All objects within one transaction: what the lifecycle reads and writes. The store loads it and flushes its writes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

/// The lifecycle's own memory: what the simulated node saw of a pod, pending retries of controllers (one object per subject,
/// named `<Kind>/<name>`), and when what is due (`Clock/`).
/// Stored like any object, never served by the API, and deleted by the lifecycle.
pub const OBSERVATION: &str = "Observation";

/// Kind (CamelCase, unique among the kinds with a lifecycle), namespace (empty for cluster-scoped), name.
pub type Key = (String, String, String);

/// One write of the lifecycle, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Create or replace. The store gives uid, creationTimestamp (both kept when present) and resourceVersion.
    Put(Key),
    Delete(Key),
}

impl Write {
    pub const fn key(&self) -> &Key {
        match self {
            Self::Put(key) | Self::Delete(key) => key,
        }
    }
}

/// What is known about images: whether the node could pull one. Filled by the store from its image table.
#[derive(Clone, Debug, Default)]
pub struct Images {
    pub known: std::collections::BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub now: Timestamp,
    pub images: Images,
    /// Nothing of this will be: a dry run, which takes no addresses and no ports.
    pub tries: bool,
    objects: BTreeMap<Key, Value>,
    writes: Vec<Write>,
    /// What was written since the lifecycle last looked, whoever wrote it.
    touched: BTreeSet<Key>,
}

impl World {
    #[must_use]
    pub fn new(now: Timestamp, images: Images, objects: impl IntoIterator<Item = Value>) -> Self {
        let objects = objects.into_iter().map(|object| (key(&object), object)).collect();
        Self {
            now,
            images,
            tries: false,
            objects,
            writes: Vec::new(),
            touched: BTreeSet::new(),
        }
    }

    #[must_use]
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }

    /// All of a kind, in one namespace or in all, by namespace and name.
    pub fn list<'a>(&'a self, kind: &'a str, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Value> {
        let first = namespace.unwrap_or_default().to_owned();
        self.objects
            .range((kind.to_owned(), first, String::new())..)
            .take_while(move |((k, ns, _), _)| k == kind && namespace.is_none_or(|wanted| wanted == ns))
            .map(|(_, object)| object)
    }

    /// Every object, by kind, namespace and name.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.objects.iter()
    }

    /// How many writes there are: a mark for [`World::written_since`].
    pub(super) fn mark(&self) -> usize {
        self.writes.len()
    }

    /// The writes after a mark.
    pub(super) fn written_since(&self, mark: usize) -> &[Write] {
        self.writes.get(mark..).unwrap_or_default()
    }

    /// Creates or replaces an object. A put that changes nothing is no write.
    pub fn put(&mut self, mut object: Value) {
        let key = key(&object);
        // Who makes an object anew need not know who wrote which field.
        if object.pointer("/metadata/managedFields").is_none()
            && let Some(managers) = self.objects.get(&key).and_then(|old| old.pointer("/metadata/managedFields"))
        {
            object["metadata"]["managedFields"] = managers.clone();
        }
        if self.objects.get(&key) != Some(&object) {
            self.objects.insert(key.clone(), object);
            self.touched.insert(key.clone());
            self.writes.push(Write::Put(key));
        }
    }

    /// Takes over what the store made of a write (uid, times, resourceVersion): no write of its own.
    pub(super) fn stamp(&mut self, object: Value) {
        self.objects.insert(key(&object), object);
    }

    pub fn delete(&mut self, kind: &str, namespace: &str, name: &str) {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        if self.objects.remove(&key).is_some() {
            self.touched.insert(key.clone());
            self.writes.push(Write::Delete(key));
        }
    }

    /// What was written since the last call; unlike the writes, the store does not take it.
    pub(super) fn take_touched(&mut self) -> BTreeSet<Key> {
        std::mem::take(&mut self.touched)
    }

    /// The writes since the last call, in order.
    pub fn take_writes(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }
}

fn key(object: &Value) -> Key {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}
