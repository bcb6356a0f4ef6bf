//! Objects and their history in one SQLite file, for many processes at once.
//!
//! Each access is one transaction. What time alone has brought about since the last access is worked out first, by
//! [`lifecycle::advance`](super::lifecycle::advance), in an immediate transaction of its own, and only when something is due.

mod change;
mod failure;
mod file;
mod view;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

pub use change::{Change, seconds};
pub use failure::Error;
pub use view::{Event, EventKind, Events, View};

use crate::domain::failure::Failure;

/// How long another process's change may stay unseen by a watch.
pub const POLL: Duration = Duration::from_millis(30);

/// Answers which of some images there are.
type Finder = dyn Fn(&[String]) -> BTreeSet<String> + Send + Sync;

/// What the store needs to know from outside.
pub struct Outside {
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Which of these images the local container engine has.
    pub engine_has: Box<Finder>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub struct Store {
    file: PathBuf,
    connection: Mutex<Connection>,
    outside: Outside,
    /// The newest resource version that somebody in this process knows of.
    changed: tokio::sync::watch::Sender<u64>,
    polled: Mutex<Polled>,
    engine: Mutex<change::Asked>,
    kept: Mutex<Option<change::Kept>>,
}

#[derive(Debug)]
struct Polled {
    at: Instant,
    data_version: i64,
    due: Option<Timestamp>,
}

/// Name of the database below the cluster's folder.
pub const FILE: &str = "cluster.sqlite";

impl Store {
    /// Opens the database of a folder, and makes it where there is none.
    ///
    /// # Errors
    /// A folder that cannot be written, a full disk, a damaged file, or one of a newer program.
    pub fn open(dir: &Path, outside: Outside) -> Result<Self, Failure> {
        let file = dir.join(FILE);
        let connection = file::open(dir, &file)?;
        Ok(Self {
            file,
            connection: Mutex::new(connection),
            outside,
            changed: tokio::sync::watch::Sender::new(0),
            polled: Mutex::new(Polled {
                at: Instant::now(),
                data_version: -1,
                due: None,
            }),
            engine: Mutex::default(),
            kept: Mutex::default(),
        })
    }

    /// Makes room for a new database where the one of a folder cannot be used: it is kept beside the new one.
    ///
    /// # Errors
    /// It is only busy, or may not be moved.
    pub fn make_room(dir: &Path) -> Result<(), Failure> {
        let file = dir.join(FILE);
        match file::open(dir, &file) {
            Err(error) if !error.is_beyond_use() => Err(error.into()),
            _ => Ok(file::set_aside(&file)?),
        }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.outside.clock)()
    }

    /// Looks at one consistent state of the cluster, as it is now.
    ///
    /// # Errors
    /// Those of the look, and the database's own.
    pub fn read<T, E: From<Error>>(&self, look: impl FnOnce(&View<'_>) -> Result<T, E>) -> Result<T, E> {
        self.settle()?;
        let mut connection = self.lock();
        let transaction = connection.transaction().map_err(|error| self.error(error))?;
        look(&View::new(&transaction, &self.file))
    }

    /// Changes the cluster in one transaction, which is undone when the change fails or only tries (`dry_run`).
    ///
    /// # Errors
    /// Those of the change, and the database's own.
    pub fn change<T, E: From<Error>>(&self, dry_run: bool, act: impl FnOnce(&mut Change<'_>) -> Result<T, E>) -> Result<T, E> {
        let (result, rv) = {
            let mut connection = self.lock();
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| self.error(error))?;
            let mut change = Change::begin(transaction, self)?;
            change.world.tries = dry_run;
            let result = act(&mut change)?;
            if dry_run {
                return Ok(result);
            }
            let kept = change.commit()?;
            let rv = kept.rv.unsigned_abs();
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
            (result, rv)
        };
        self.tell(rv);
        Ok(result)
    }

    /// Follows the newest resource version: woken by every change that this process makes or sees.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks for changes by other processes and for what has become due, at most once per [`POLL`] for all who ask.
    ///
    /// # Errors
    /// The database's own.
    pub fn poll(&self) -> Result<(), Error> {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        if polled.at.elapsed() < POLL {
            return Ok(());
        }
        polled.at = Instant::now();
        let mut connection = self.lock();
        let version: i64 = connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(|error| self.error(error))?;
        let seen = *self.changed.borrow();
        let transaction = connection.transaction().map_err(|error| self.error(error))?;
        let view = View::new(&transaction, &self.file);
        if version != polled.data_version || polled.due.is_some_and(|due| due <= self.now()) {
            polled.data_version = version;
            polled.due = view.due()?;
            let rv = view.rv()?;
            drop(transaction);
            drop(connection);
            let due = polled.due;
            drop(polled);
            if rv != seen {
                self.tell(rv);
            }
            if due.is_some_and(|due| due <= self.now()) {
                self.settle()?;
            }
        }
        Ok(())
    }

    /// Works out what has become due.
    fn settle(&self) -> Result<(), Error> {
        let due = {
            let mut connection = self.lock();
            let transaction = connection.transaction().map_err(|error| self.error(error))?;
            View::new(&transaction, &self.file).due()?
        };
        if due.is_some_and(|due| due <= self.now()) {
            self.change(false, |_| Ok::<_, Error>(()))?;
        }
        Ok(())
    }

    fn tell(&self, rv: u64) {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        // Our own commits do not move data_version: what is due is asked for again at the next poll.
        polled.data_version = -1;
        drop(polled);
        self.changed.send_if_modified(|known| {
            let newer = rv > *known;
            if newer {
                *known = rv;
            }
            newer
        });
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        Error::new(&self.file, error)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn store(dir: &Path) -> Store {
        let outside = Outside {
            clock: Box::new(|| "2026-01-01T12:00:00Z".parse().unwrap()),
            engine_has: Box::new(|_| BTreeSet::new()),
        };
        Store::open(dir, outside).unwrap()
    }

    #[test]
    fn old_history_goes_and_who_needs_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        store
            .change(false, |change| {
                for round in 0..2600 {
                    let metadata = json!({ "name": "a", "namespace": "default" });
                    change.put(
                        "",
                        json!({ "kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": { "x": round.to_string() } }),
                    )?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
        let events = |since: u64| {
            let found = store.read(|view| view.events(since, "", "ConfigMap", None)).unwrap();
            match found {
                Events::Known(events, _) => Some(events.len()),
                Events::Compacted(_) => None,
            }
        };
        let now = store.read(|view| view.rv()).unwrap();
        assert_eq!(
            (events(2), events(now - 2001), events(now - 2000), events(now - 1)),
            (None, None, Some(2000), Some(1))
        );
    }
}
