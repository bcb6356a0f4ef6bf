//! The keys of a folder's server: made once.

use std::path::{Path, PathBuf};

pub use crate::adapters::cluster::loopback::Keys;
use crate::adapters::cluster::loopback::{private, unwritable};
use crate::domain::failure::Failure;

/// Whom the certificate names.
const AUTHORITY: &str = "todo-agent embedded cluster";

/// Below the server's folder.
const FILE: &str = "keys.json";

/// The server's own folder below the cluster's.
#[must_use]
pub fn folder(dir: &Path) -> PathBuf {
    dir.join("server")
}

impl Keys {
    /// The keys of a folder, made where there are none. They are one file, so that no two processes mix theirs, and one
    /// process makes them while others wait.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        if let Some(keys) = Self::read(dir) {
            return Ok(keys);
        }
        let folder = folder(dir);
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, error))?;
        let making = folder.join("making");
        let lock = std::fs::File::create(&making).map_err(|error| unwritable(&making, error))?;
        // A file system without locks: whoever writes last is who is read.
        let _ = lock.lock();
        if let Some(keys) = Self::read(dir) {
            return Ok(keys);
        }
        let keys = Self::make(AUTHORITY)?;
        let text = serde_json::to_string(&keys).unwrap_or_default();
        private(&folder.join(FILE), &text)?;
        Ok(Self::read(dir).unwrap_or(keys))
    }

    /// The keys of a folder, if they were made.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder(dir).join(FILE)).ok()?).ok()
    }
}
