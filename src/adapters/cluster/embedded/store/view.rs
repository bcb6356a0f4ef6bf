//! Reading: objects and their history, within one transaction.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::Error;
use crate::adapters::cluster::embedded::facts::facts;
use crate::adapters::cluster::embedded::world::{Images, World};

#[derive(Debug)]
pub struct View<'t> {
    transaction: &'t Transaction<'t>,
    file: &'t Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Added,
    Modified,
    Deleted,
}

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Event {
    pub rv: u64,
    pub kind: EventKind,
    pub object: Value,
    /// The object before.
    pub previous: Option<Value>,
}

/// Kinds that a cluster has many of, in no namespace, and to which nothing ever happens by itself: the lifecycle need not read them.
pub(super) const APART: [&str; 2] = ["ClusterRole", "ClusterRoleBinding"];

/// Version, word, object, object before.
type Line = (i64, String, String, Option<String>);

/// What happened after a resource version.
#[derive(Debug)]
pub enum Events {
    /// In order, and the version up to which this is all.
    Known(Vec<Event>, u64),
    /// The history no longer reaches back so far, but only to this version.
    Compacted(u64),
}

impl<'t> View<'t> {
    pub(super) const fn new(transaction: &'t Transaction<'t>, file: &'t Path) -> Self {
        Self { transaction, file }
    }

    /// The newest resource version.
    ///
    /// # Errors
    /// The database's own.
    pub fn rv(&self) -> Result<u64, Error> {
        self.number("SELECT rv FROM state").map(|rv| rv.unwrap_or_default().unsigned_abs())
    }

    /// The moment at which something happens by itself.
    ///
    /// # Errors
    /// The database's own.
    pub fn due(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self
            .number("SELECT due FROM state")?
            .and_then(|due| Timestamp::from_microsecond(due).ok()))
    }

    /// # Errors
    /// The database's own.
    pub fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Result<Option<Value>, Error> {
        let json: Option<String> = self
            .transaction
            .prepare_cached("SELECT json FROM objects WHERE grp=?1 AND kind=?2 AND ns=?3 AND name=?4")
            .and_then(|mut statement| {
                statement
                    .query_row(params![group, kind, namespace, name], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.error(error))?;
        json.map(|json| self.parse(&json)).transpose()
    }

    /// Objects of a kind by namespace and name, in one namespace or in all, after a given one.
    ///
    /// # Errors
    /// The database's own.
    pub fn list(&self, group: &str, kind: &str, namespace: Option<&str>, after: Option<(&str, &str)>) -> Result<Vec<Value>, Error> {
        let (after_namespace, after_name) = after.unwrap_or_default();
        let run = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.transaction.prepare_cached(
                "SELECT json FROM objects WHERE grp=?1 AND kind=?2 AND (?3 IS NULL OR ns=?3) AND (ns, name) > (?4, ?5) ORDER BY ns, name",
            )?;
            let rows = statement.query_map(params![group, kind, namespace, after_namespace, after_name], |row| row.get(0))?;
            rows.collect()
        };
        run()
            .map_err(|error| self.error(error))?
            .iter()
            .map(|json| self.parse(json))
            .collect()
    }

    /// The objects of a kind as they were at an earlier resource version; none when the history does not reach back so far.
    ///
    /// # Errors
    /// The database's own.
    pub fn list_at(&self, rv: u64, group: &str, kind: &str, namespace: Option<&str>) -> Result<Option<Vec<Value>>, Error> {
        let Events::Known(events, _) = self.events(rv, group, kind, namespace)? else {
            return Ok(None);
        };
        let text = |object: &Value, field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let named = |object: &Value| (text(object, "namespace"), text(object, "name"));
        let now = self.list(group, kind, namespace, None)?;
        let mut objects: BTreeMap<_, Value> = now.into_iter().map(|object| (named(&object), object)).collect();
        for event in events.into_iter().rev() {
            let key = named(&event.object);
            match event.previous {
                Some(previous) => objects.insert(key, previous),
                None => objects.remove(&key),
            };
        }
        Ok(Some(objects.into_values().collect()))
    }

    /// Every object that the lifecycle looks at.
    ///
    /// # Errors
    /// The database's own.
    pub fn living(&self) -> Result<Vec<(String, Value)>, Error> {
        let run = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement = self
                .transaction
                .prepare_cached("SELECT grp, json FROM objects WHERE kind NOT IN (?1, ?2)")?;
            let rows = statement.query_map(APART, |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        let rows = run().map_err(|error| self.error(error))?;
        rows.into_iter().map(|(group, json)| Ok((group, self.parse(&json)?))).collect()
    }

    /// All objects as the lifecycle sees them, and the group of each of their kinds. Of two kinds with one name only the
    /// first group's, or the built-in one, is in it.
    ///
    /// # Errors
    /// The database's own.
    pub fn world(&self, now: Timestamp) -> Result<(World, BTreeMap<String, String>), Error> {
        let mut groups: BTreeMap<String, String> = BTreeMap::new();
        let mut objects = Vec::new();
        for (group, object) in self.living()? {
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
            let owner = groups
                .entry(kind)
                .or_insert_with_key(|kind| facts().group_of(kind).map_or_else(|| group.clone(), str::to_owned));
            if *owner == group {
                objects.push(object);
            }
        }
        Ok((World::new(now, Images { known: self.images()? }, objects), groups))
    }

    /// What happened to a kind after a resource version.
    ///
    /// # Errors
    /// The database's own.
    pub fn events(&self, since: u64, group: &str, kind: &str, namespace: Option<&str>) -> Result<Events, Error> {
        let compacted = self.number("SELECT compacted FROM state")?.unwrap_or_default().unsigned_abs();
        if since < compacted {
            return Ok(Events::Compacted(compacted));
        }
        let run = || -> rusqlite::Result<Vec<Line>> {
            let mut statement = self.transaction.prepare_cached(
                "SELECT rv, type, json, previous FROM history WHERE rv>?1 AND grp=?2 AND kind=?3 AND (?4 IS NULL OR ns=?4) ORDER BY rv",
            )?;
            let rows = statement.query_map(params![since.cast_signed(), group, kind, namespace], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            rows.collect()
        };
        let rows = run().map_err(|error| self.error(error))?;
        let mut events = Vec::with_capacity(rows.len());
        for (rv, kind, json, previous) in rows {
            events.push(Event {
                rv: rv.unsigned_abs(),
                kind: EventKind::read(&kind),
                object: self.parse(&json)?,
                previous: previous.map(|json| self.parse(&json)).transpose()?,
            });
        }
        Ok(Events::Known(events, self.rv()?))
    }

    /// Images that the node can pull.
    ///
    /// # Errors
    /// The database's own.
    pub fn images(&self) -> Result<std::collections::BTreeSet<String>, Error> {
        let run = || -> rusqlite::Result<_> {
            let mut statement = self.transaction.prepare_cached("SELECT name FROM images")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        };
        run().map_err(|error| self.error(error))
    }

    fn number(&self, sql: &str) -> Result<Option<i64>, Error> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(|error| self.error(error))
    }

    fn parse(&self, json: &str) -> Result<Value, Error> {
        serde_json::from_str(json).map_err(|error| Error::damaged(self.file, format!("an object does not read: {error}")))
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        Error::new(self.file, error)
    }
}

impl EventKind {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "ADDED" => Self::Added,
            "DELETED" => Self::Deleted,
            _ => Self::Modified,
        }
    }
}
