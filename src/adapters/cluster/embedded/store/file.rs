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
    let mut free = (1_u32..).map(|number| file.with_extension(format!("damaged-{number}.sqlite")));
    let Some(aside) = free.find(|aside| !aside.exists()) else {
        return Ok(());
    };
    for suffix in ["-wal", "-shm", ""] {
        match std::fs::rename(beside(file, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(file, error)),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn open(dir: &Path, file: &Path) -> Result<Connection, Error> {
    make_dir(dir).map_err(|error| Error::io(file, error))?;
    if was_emptied(file) {
        return Err(Error::damaged(file, "it is empty"));
    }
    keep_private(file);
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

fn make_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// SQLite takes an empty file for a new database, and throws away what was not folded back into it. A database that is just
/// being made is empty as well, and has nothing beside it yet.
fn was_emptied(file: &Path) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.len()).ok();
    length(file) == Some(0) && length(&beside(file, "-wal")).is_some_and(|length| length > 0)
}

/// The objects hold values of variables and Secrets: they are for this user alone. SQLite makes the files beside the database
/// with its mode. Where the mode cannot be set, opening will tell what is wrong.
fn keep_private(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        if made.is_ok() {
            return;
        }
        for path in [file.to_owned(), beside(file, "-wal"), beside(file, "-shm")] {
            let open = std::fs::metadata(&path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
            if open {
                let _ = std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600));
            }
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// A file that SQLite keeps beside the database.
fn beside(file: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
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
