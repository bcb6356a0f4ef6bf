//! Writing: one immediate transaction, with the whole world in hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::view::APART;
use super::{Error, EventKind, Store, View};
use crate::adapters::cluster::embedded::facts::{facts, schema};
use crate::adapters::cluster::embedded::lifecycle;
use crate::adapters::cluster::embedded::patch::managed;
use crate::adapters::cluster::embedded::world::{Images, Key, World, Write};

/// The history keeps this many events, and up to a quarter more between two tidyings.
const HISTORY: i64 = 2000;

/// The resource version of a database in which nothing was ever written.
const EMPTY: i64 = 1;

/// How many rounds of "a write makes something due at once" are worked out before the rest waits for the next access.
const ROUNDS: usize = 20;

/// The manager of what controllers write.
const CONTROLLERS: &str = "kube-controller-manager";

/// Which images the container engine was asked for, when, and whether it had them.
pub(super) type Asked = BTreeMap<String, (Instant, bool)>;

/// The engine is asked for an image again after this long.
const ASK_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// The world after a write, for the next one.
#[derive(Debug)]
pub(super) struct Kept {
    pub rv: i64,
    world: World,
    groups: BTreeMap<String, String>,
}

pub struct Change<'c> {
    transaction: Transaction<'c>,
    file: PathBuf,
    pub world: World,
    rv: i64,
    due: Option<Timestamp>,
    /// The group of each kind in the world: kinds of two groups with one name cannot both be in it.
    groups: BTreeMap<String, String>,
    /// The caller of the API has noted itself who owns which field.
    noted: bool,
    /// Who the objects without an owner come from.
    maker: &'static str,
}

impl std::fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("rv", &self.rv).finish_non_exhaustive()
    }
}

impl<'c> Change<'c> {
    pub(super) fn begin(transaction: Transaction<'c>, store: &Store) -> Result<Self, Error> {
        let mut change = Self::load(transaction, store)?;
        if change.rv == EMPTY {
            change.seed()?;
        }
        change.ask_engine(store);
        if change.due.is_some_and(|due| due <= change.world.now) {
            change.advance()?;
        }
        Ok(change)
    }

    fn load(transaction: Transaction<'c>, store: &Store) -> Result<Self, Error> {
        let view = View::new(&transaction, &store.file);
        let (rv, due) = (view.rv()?.cast_signed(), view.due()?);
        let kept = store.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // Every write counts the version up: at the same version the world is the same.
        let (mut world, groups) = match kept.filter(|kept| kept.rv == rv) {
            Some(kept) => (kept.world, kept.groups),
            None => view.world(store.now())?,
        };
        world.now = store.now();
        world.images = Images { known: view.images()? };
        Ok(Self {
            transaction,
            file: store.file.clone(),
            world,
            rv,
            due,
            groups,
            noted: false,
            maker: CONTROLLERS,
        })
    }

    /// The state within this transaction.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::new(&self.transaction, &self.file)
    }

    /// Creates or replaces an object; gives it back as stored, with a new resource version when anything changed.
    ///
    /// # Errors
    /// The database's own.
    pub fn put(&mut self, group: &str, object: Value) -> Result<Value, Error> {
        let key = key(&object);
        if self.in_world(group, &key.0) {
            self.world.put(object);
            self.noted = true;
            let flushed = self.flush();
            self.noted = false;
            flushed?;
            Ok(self.world.get(&key.0, &key.1, &key.2).cloned().unwrap_or_default())
        } else if self.view().get(group, &key.0, &key.1, &key.2)?.as_ref() == Some(&object) {
            Ok(object)
        } else {
            self.store(group, &key, object)
        }
    }

    /// Removes an object; gives it back as its last event tells it.
    ///
    /// # Errors
    /// The database's own.
    pub fn delete(&mut self, group: &str, kind: &str, namespace: &str, name: &str) -> Result<(), Error> {
        if self.in_world(group, kind) {
            self.world.delete(kind, namespace, name);
            self.flush()
        } else {
            self.remove(group, &(kind.to_owned(), namespace.to_owned(), name.to_owned()))
        }
    }

    /// Throws everything away and begins anew. Versions go on from where they were, so that watchers see that they missed
    /// something.
    ///
    /// # Errors
    /// The database's own.
    pub fn reset(&mut self) -> Result<(), Error> {
        for table in ["DELETE FROM objects", "DELETE FROM history", "DELETE FROM images"] {
            self.run(table, [])?;
        }
        self.rv += 1;
        self.run("UPDATE state SET compacted=?1", params![self.rv])?;
        self.world = World::new(self.world.now, Images::default(), Vec::new());
        self.groups.clear();
        self.seed()
    }

    /// # Errors
    /// The database's own.
    pub fn know_image(&mut self, image: &str) -> Result<(), Error> {
        self.world.images.known.insert(image.to_owned());
        self.run("INSERT OR IGNORE INTO images VALUES (?1)", params![image])
    }

    /// Stores what the lifecycle's own functions did to [`Change::world`].
    ///
    /// # Errors
    /// The database's own.
    pub fn flush(&mut self) -> Result<(), Error> {
        let writes = self.world.take_writes();
        let last: HashMap<&Key, usize> = writes.iter().enumerate().map(|(index, write)| (write.key(), index)).collect();
        for (index, write) in writes.iter().enumerate() {
            let key = write.key();
            let later = last.get(key).is_some_and(|last| *last > index);
            let group = self.group(&key.0);
            match write {
                // A later write of the same object covers this one, unless the object is removed in between.
                Write::Put(_) if later => {}
                Write::Put(_) => {
                    if let Some(object) = self.world.get(&key.0, &key.1, &key.2).cloned() {
                        let stored = self.store(&group, key, object)?;
                        self.world.stamp(stored);
                    }
                }
                Write::Delete(_) => self.remove(&group, key)?,
            }
        }
        Ok(())
    }

    pub(super) fn commit(mut self) -> Result<Kept, Error> {
        self.advance()?;
        self.compact()?;
        let due = self.due.map(|due| due.as_microsecond().saturating_add(1));
        self.run("UPDATE state SET rv=?1, due=?2", params![self.rv, due])?;
        self.transaction.commit().map_err(|error| Error::new(&self.file, error))?;
        Ok(Kept {
            rv: self.rv,
            world: self.world,
            groups: self.groups,
        })
    }

    /// Fills a new database.
    fn seed(&mut self) -> Result<(), Error> {
        let cluster = uuid::Uuid::new_v4().to_string();
        for image in lifecycle::seed::images() {
            self.know_image(&image)?;
        }
        for object in lifecycle::seed::seed(self.world.now, &cluster) {
            self.world.put(object);
        }
        self.maker = "kubectl-client-side-apply";
        self.flush()?;
        self.maker = CONTROLLERS;
        // What was before the cluster stood as it stands is nobody's history.
        self.run("DELETE FROM history", [])?;
        self.run("UPDATE state SET compacted=?1", params![self.rv])
    }

    /// Lets the lifecycle react until it has nothing more to do now.
    fn advance(&mut self) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let before = self.rv;
            self.due = lifecycle::advance(&mut self.world);
            self.flush()?;
            if self.rv == before {
                break;
            }
        }
        Ok(())
    }

    /// Writes an object as it is served: uid and creation time are given, the resource version counted.
    fn store(&mut self, group: &str, key: &Key, mut object: Value) -> Result<Value, Error> {
        self.rv += 1;
        let now = self.world.now;
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.entry("uid").or_insert_with(|| uuid::Uuid::new_v4().to_string().into());
            metadata.entry("creationTimestamp").or_insert_with(|| seconds(now).into());
            metadata.insert("resourceVersion".into(), self.rv.to_string().into());
        }
        let (kind, namespace, name) = key;
        let previous = self.text_of(group, key)?;
        if !self.noted {
            self.note(group, previous.as_deref(), &mut object);
        }
        let text = object.to_string();
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        self.run(
            "INSERT OR REPLACE INTO objects (grp, kind, ns, name, uid, rv, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![group, kind, namespace, name, uid, self.rv, text],
        )?;
        let event = previous.as_ref().map_or(EventKind::Added, |_| EventKind::Modified);
        self.log(event, group, key, &text, previous.as_deref())?;
        Ok(object)
    }

    /// Notes what the lifecycle wrote, under the name of the part of a real cluster that would have.
    fn note(&self, group: &str, previous: Option<&str>, object: &mut Value) {
        let version = text(object, "/apiVersion");
        let version = version.rsplit('/').next().unwrap_or_default();
        let Some(shape) = schema::named(group, version, &text(object, "/kind")) else {
            return;
        };
        let before = previous.and_then(|text| serde_json::from_str(text).ok());
        let before = before.unwrap_or_else(|| serde_json::json!({ "metadata": {} }));
        let owned = object.pointer("/metadata/ownerReferences").is_some();
        let manager = match text(object, "/kind").as_str() {
            "Pod" if previous.is_some() => "kubelet".to_owned(),
            "Event" => text(object, "/source/component"),
            _ if owned || previous.is_some() => CONTROLLERS.to_owned(),
            _ => self.maker.to_owned(),
        };
        managed::observe(Some(&shape), &before, object, &manager, &seconds(self.world.now));
    }

    fn remove(&mut self, group: &str, key: &Key) -> Result<(), Error> {
        let Some(text) = self.text_of(group, key)? else { return Ok(()) };
        self.rv += 1;
        let mut object: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), self.rv.to_string().into());
        }
        self.run(
            "DELETE FROM objects WHERE grp=?1 AND kind=?2 AND ns=?3 AND name=?4",
            params![group, key.0, key.1, key.2],
        )?;
        self.log(EventKind::Deleted, group, key, &object.to_string(), Some(&text))
    }

    fn log(&self, event: EventKind, group: &str, key: &Key, text: &str, previous: Option<&str>) -> Result<(), Error> {
        self.run(
            "INSERT INTO history (rv, type, grp, kind, ns, json, previous) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![self.rv, event.text(), group, key.0, key.1, text, previous],
        )
    }

    fn compact(&self) -> Result<(), Error> {
        let sql = |error| Error::new(&self.file, error);
        let oldest: Option<i64> = self
            .transaction
            .prepare_cached("SELECT min(rv) FROM history")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(sql)?;
        let keep = self.rv - HISTORY;
        if oldest.is_some_and(|oldest| oldest < keep - HISTORY / 4) {
            self.run("DELETE FROM history WHERE rv<=?1", params![keep])?;
            self.run("UPDATE state SET compacted=?1", params![keep])?;
        }
        Ok(())
    }

    /// Asks the container engine for images of pods and templates that nobody knows yet.
    fn ask_engine(&mut self, store: &Store) {
        let mut asked = store.engine.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wanted: Vec<String> = images(&self.world)
            .into_iter()
            .filter(|image| !self.world.images.known.contains(image))
            .collect();
        let unknown: Vec<String> = wanted
            .iter()
            .filter(|image| asked.get(*image).is_none_or(|(at, _)| at.elapsed() > ASK_AGAIN))
            .cloned()
            .collect();
        if !unknown.is_empty() {
            let there = (store.outside.engine_has)(&unknown);
            let now = Instant::now();
            asked.extend(unknown.into_iter().map(|image| {
                let has = there.contains(&image);
                (image, (now, has))
            }));
        }
        // Not stored: the engine may lose the image again.
        let known = wanted.into_iter().filter(|image| asked.get(image).is_some_and(|(_, has)| *has));
        self.world.images.known.extend(known);
    }

    fn group(&self, kind: &str) -> String {
        self.groups
            .get(kind)
            .map_or_else(|| facts().group_of(kind).unwrap_or_default().to_owned(), Clone::clone)
    }

    fn in_world(&mut self, group: &str, kind: &str) -> bool {
        let owner = self.groups.entry(kind.to_owned());
        let owner = owner.or_insert_with(|| facts().group_of(kind).unwrap_or(group).to_owned());
        owner == group && !APART.contains(&kind)
    }

    fn text_of(&self, group: &str, key: &Key) -> Result<Option<String>, Error> {
        self.transaction
            .prepare_cached("SELECT json FROM objects WHERE grp=?1 AND kind=?2 AND ns=?3 AND name=?4")
            .and_then(|mut statement| {
                statement
                    .query_row(params![group, key.0, key.1, key.2], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| Error::new(&self.file, error))
    }

    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), Error> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(|error| Error::new(&self.file, error))
    }
}

/// Time as the API writes it.
#[must_use]
pub fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn images(world: &World) -> BTreeSet<String> {
    ["Pod"]
        .iter()
        .flat_map(|kind| world.list(kind, None))
        .flat_map(|pod| ["/spec/containers", "/spec/initContainers"].map(|pointer| pod.pointer(pointer)))
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|container| container.get("image")?.as_str().map(str::to_owned))
        .collect()
}

fn key(object: &Value) -> Key {
    (
        text(object, "/kind"),
        text(object, "/metadata/namespace"),
        text(object, "/metadata/name"),
    )
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
