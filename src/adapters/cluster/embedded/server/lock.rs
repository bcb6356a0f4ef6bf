//! Who starts a server, and who is one: locks, which the system lets go of when a process dies, however it dies.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::keys::folder;
use crate::domain::failure::{Failure, FailureKind};

/// Held as long as the server lives.
pub fn hold(dir: &Path) -> Result<File, Failure> {
    let file = make(dir, SERVER)?;
    file.try_lock().map_err(|error| {
        Failure::new(FailureKind::Refused, "a server of this embedded cluster is already running")
            .hint("`todo-agent cluster stop` ends it")
            .cause(error)
    })?;
    Ok(file)
}

/// Whether a process lives that serves the folder, whether or not it answers.
pub fn is_held(dir: &Path) -> bool {
    let file = File::open(folder(dir).join(SERVER));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The right to start a server: one process at a time, the others wait and find it started.
pub async fn start(dir: &Path, patience: Duration) -> Result<File, Failure> {
    let file = make(dir, "start.lock")?;
    let begin = Instant::now();
    while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        if begin.elapsed() > patience {
            return Err(Failure::new(
                FailureKind::Failed,
                "another process has been starting the embedded cluster's server for too long",
            )
            .hint("try again; it gives up by itself"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(file)
}

const SERVER: &str = "lock";

fn make(dir: &Path, name: &str) -> Result<File, Failure> {
    let path = folder(dir).join(name);
    File::create(&path).map_err(|error| Failure::new(FailureKind::Failed, "the server's lock cannot be made").cause(error))
}
