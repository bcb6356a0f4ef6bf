//! The database file: opening, making, checking.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::Error;

/// Of the tables below; written into the file.
const FORMAT: i64 = 1;

/// How long one process waits for another's write.
const BUSY: Duration = Duration::from_secs(10);

/// Files up to this size are checked whole when they are opened: a few milliseconds.
const CHECKED: u64 = 4 << 20;

const TABLES: &str = "
CREATE TABLE state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  rv INTEGER NOT NULL,          -- the newest resource version
  due INTEGER,                  -- microseconds since 1970: before it nothing happens by itself
  compacted INTEGER NOT NULL    -- the newest resource version that left the history
);
CREATE TABLE objects (
  grp TEXT NOT NULL, kind TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,
  uid TEXT NOT NULL, rv INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (grp, kind, ns, name)
) WITHOUT ROWID;
CREATE TABLE history (
  rv INTEGER PRIMARY KEY, type TEXT NOT NULL,
  grp TEXT NOT NULL, kind TEXT NOT NULL, ns TEXT NOT NULL,
  json TEXT NOT NULL,
  previous TEXT                 -- the object before, by which a watch with a selector knows that it left
);
CREATE TABLE images (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO state VALUES (1, 1, 0, 0);
";

/// Puts a database that cannot be used aside, with what SQLite keeps beside it: somebody may still want what is in it.
pub(super) fn set_aside(file: &Path) -> Result<(), Error> {
    let named = |base: &Path, suffix: &str| {
        let mut name = base.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let mut free = (1_u32..).map(|number| file.with_extension(format!("damaged-{number}.sqlite")));
    let Some(aside) = free.find(|aside| !aside.exists()) else {
        return Ok(());
    };
    for suffix in ["-wal", "-shm", ""] {
        match std::fs::rename(named(file, suffix), named(&aside, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(file, error)),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn open(dir: &Path, file: &Path) -> Result<Connection, Error> {
    std::fs::create_dir_all(dir).map_err(|error| Error::io(file, error))?;
    let mut connection = Connection::open(file).map_err(|error| Error::new(file, error))?;
    let sql = |error| Error::new(file, error);
    connection.busy_timeout(BUSY).map_err(sql)?;
    // A commit is in the system's hands before it is acknowledged, so that a killed process loses nothing; the disk is waited
    // for only when the log is folded back into the file, and not each time that a process ends.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(sql)?;
    connection.execute_batch("PRAGMA synchronous=OFF").map_err(sql)?;
    write_ahead(&connection).map_err(sql)?;
    connection.set_prepared_statement_cache_capacity(64);
    match format(&connection).map_err(sql)? {
        0 => make(&mut connection, file)?,
        FORMAT => check(&connection, file)?,
        newer => return Err(Error::newer(file, newer)),
    }
    connection
        .execute_batch("PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY")
        .map_err(sql)?;
    Ok(connection)
}

/// SQLite answers "busy" at once, without its busy handler, while another process is just switching the same file.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get::<_, String>(0)) {
            Err(error) if busy(&error) && start.elapsed() < BUSY => std::thread::sleep(Duration::from_millis(5)),
            other => return other.map(|_| ()),
        }
    }
}

fn busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn format(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn make(connection: &mut Connection, file: &Path) -> Result<(), Error> {
    let sql = |error| Error::new(file, error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    // Another process may have been first.
    if format(&transaction).map_err(sql)? == 0 {
        transaction.execute_batch(TABLES).map_err(sql)?;
        transaction.pragma_update(None, "user_version", FORMAT).map_err(sql)?;
    }
    transaction.commit().map_err(sql)
}

fn check(connection: &Connection, file: &Path) -> Result<(), Error> {
    if std::fs::metadata(file).is_ok_and(|metadata| metadata.len() > CHECKED) {
        return Ok(());
    }
    let answer: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| Error::new(file, error))?;
    if answer == "ok" {
        Ok(())
    } else {
        Err(Error::damaged(file, answer))
    }
}
