//! What can go wrong with the database, in words of its owner.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::failure::{Failure, FailureKind};

/// An error of the database below the API.
#[derive(Debug)]
pub struct Error {
    file: PathBuf,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Sql(rusqlite::Error),
    /// A row that cannot be what we wrote.
    Damaged(String),
    Io(std::io::Error),
    Newer(i64),
}

impl Error {
    #[must_use]
    pub fn new(file: &Path, source: rusqlite::Error) -> Self {
        Self {
            file: file.to_owned(),
            source: Source::Sql(source),
        }
    }

    pub(super) fn damaged(file: &Path, what: impl std::fmt::Display) -> Self {
        Self {
            file: file.to_owned(),
            source: Source::Damaged(what.to_string()),
        }
    }

    pub(super) fn io(file: &Path, source: std::io::Error) -> Self {
        Self {
            file: file.to_owned(),
            source: Source::Io(source),
        }
    }

    pub(super) fn newer(file: &Path, version: i64) -> Self {
        Self {
            file: file.to_owned(),
            source: Source::Newer(version),
        }
    }

    /// Waiting and other rights do not help: the file itself is not what this program can use.
    #[must_use]
    pub fn is_beyond_use(&self) -> bool {
        let damaged = matches!(self.code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
        damaged || matches!(self.source, Source::Newer(_))
    }

    fn code(&self) -> Option<ErrorCode> {
        match &self.source {
            Source::Sql(error) => error.sqlite_error_code(),
            Source::Damaged(_) => Some(ErrorCode::DatabaseCorrupt),
            Source::Io(error) => match error.kind() {
                std::io::ErrorKind::StorageFull => Some(ErrorCode::DiskFull),
                std::io::ErrorKind::PermissionDenied => Some(ErrorCode::PermissionDenied),
                std::io::ErrorKind::ReadOnlyFilesystem => Some(ErrorCode::ReadOnly),
                _ => None,
            },
            Source::Newer(_) => None,
        }
    }

    fn detail(&self) -> String {
        match &self.source {
            Source::Sql(error) => error.to_string(),
            Source::Damaged(what) => what.clone(),
            Source::Io(error) => error.to_string(),
            Source::Newer(version) => format!("version {version} of the file's format"),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = self.file.display();
        if let Source::Newer(_) = self.source {
            return write!(
                f,
                "the embedded cluster in {file} was made by a newer todo-agent ({})",
                self.detail()
            );
        }
        match self.code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => write!(f, "the embedded cluster's database {file} is damaged"),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                write!(f, "the embedded cluster's database {file} cannot be written")
            }
            Some(ErrorCode::DiskFull) => write!(f, "no space left on the disk for the embedded cluster's database {file}"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                write!(f, "the embedded cluster's database {file} is held by another process")
            }
            _ => write!(f, "the embedded cluster's database {file} cannot be used: {}", self.detail()),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What helps, in one sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.code() {
            _ if matches!(self.source, Source::Newer(_)) => "use that todo-agent, or start again with `todo-agent cluster reset`",
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                "`todo-agent cluster reset` makes a new one (this one is kept beside it; your own cluster is not touched)"
            }
            Some(ErrorCode::DiskFull) => "free some space, or choose another place with `--state-dir DIR`",
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "try again; `todo-agent cluster stop` ends the one in the background"
            }
            _ => "check who may write there, or choose another place with `--state-dir DIR`",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(FailureKind::Configuration, error.to_string())
            .hint(error.hint())
            .cause(error.detail())
    }
}
