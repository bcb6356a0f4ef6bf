//! The program's own log: a private file, with secrets hidden by the rules of the record.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::redact::Redactor;

/// What `RUST_LOG` asks for. A level alone means this program: the libraries below it write whole requests, and are
/// heard only when they are named.
pub fn filter(wanted: &str) -> String {
    let directives = wanted.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    let directives: Vec<String> = directives
        .map(|directive| match directive.parse::<LevelFilter>() {
            Ok(level) => format!("todo_agent={level}"),
            Err(_) => directive.to_owned(),
        })
        .collect();
    directives.join(",")
}

/// Writes from now on what passes the filter. A log that cannot be kept stops nothing.
pub fn keep(path: &Path, filter: &str, redactor: Arc<Redactor>) {
    if let Ok(file) = open(path) {
        let written = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(Mutex::new(Redacted { file, redactor }))
            .try_init();
        drop(written);
    }
}

/// Appends; readable for the user alone, also where an earlier version made the file.
fn open(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Takes one whole event at each write, as the subscriber gives them.
struct Redacted<W> {
    file: W,
    redactor: Arc<Redactor>,
}

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.file.write_all(self.redactor.text(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_heard_only_when_they_are_named() {
        let filters = ["debug", "info,kube=debug", "todo_agent::app=trace", " warn , "].map(filter);
        assert_eq!(
            filters,
            [
                "todo_agent=debug",
                "todo_agent=info,kube=debug",
                "todo_agent::app=trace",
                "todo_agent=warn"
            ]
        );
    }

    #[test]
    fn what_is_logged_is_private_and_without_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log/todo-agent.log");
        let redactor = Arc::new(Redactor::new(["correct-horse".to_owned()]));
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter("debug")))
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_writer(Mutex::new(Redacted {
                file: open(&path).unwrap(),
                redactor,
            }))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(answer = "it was correct-horse", "asked");
            tracing::debug!(target: "hyper", "not ours");
        });
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "DEBUG asked answer=\"it was ‹redacted:known-value›\"\n"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
