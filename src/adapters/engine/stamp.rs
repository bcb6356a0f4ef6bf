//! By what a file is known to be the one that was looked at: not by what is in it, which may be gigabytes.

use std::{fs, path::Path, time::SystemTime};

use super::unreadable;
use crate::domain::failure::Result;

/// What the file system says of a file, and says otherwise once something was written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes, of a plain file.
    pub file: Option<u64>,
    identity: Option<Identity>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    modified: Option<SystemTime>,
    /// Number of the file, and when anything of it changed: programs may set the time of its last change back.
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    /// # Errors
    /// There is nothing at the path, or it may not be looked at.
    pub fn of(path: &Path) -> Result<Self> {
        fs::symlink_metadata(path)
            .map(|data| Self::from(&data))
            .map_err(|error| unreadable(path, &error))
    }
}

impl From<&fs::Metadata> for Stamp {
    fn from(data: &fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        // A folder changes with each file that is made in it, and those are not sent.
        let identity = (!data.is_dir()).then(|| Identity {
            modified: data.modified().ok(),
            #[cfg(unix)]
            inode: (data.dev(), data.ino(), data.ctime(), data.ctime_nsec()),
        });
        Self {
            file: data.is_file().then_some(data.len()),
            identity,
        }
    }
}
