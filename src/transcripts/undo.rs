//! What takes changes back. Values are kept as they are, so the files are private, are never exported, and are pruned.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::files;
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    undo::UndoEntry,
};

/// Entries that are kept.
const KEPT: usize = 100;

/// One file for each request that changed something.
#[derive(Clone, Debug)]
pub struct UndoStore {
    dir: PathBuf,
}

impl UndoStore {
    /// Nothing is made or read yet.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Keeps an entry, on disk when this returns. A request with several plans pushes one entry for each: their
    /// reversals are joined under its transcript's id, in the order they came.
    ///
    /// # Errors
    /// When it cannot be written: the change must then not be sent.
    pub fn push(&self, entry: UndoEntry) -> Result<()> {
        files::create_dir_all(&self.dir).map_err(|error| self.failure("write", &error))?;
        let mut number = 1_u32;
        loop {
            let path = self.path(&entry.id, number);
            match read(&path) {
                Ok(mut earlier) if continues(&earlier, &entry) => {
                    earlier.reversals.extend(entry.reversals);
                    return self.write(&path, &earlier);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.write(&path, &entry)?;
                    self.prune();
                    return Ok(());
                }
                // Another project's transcript of the same second and words, or a file that does not read.
                Ok(_) | Err(_) => number += 1,
            }
        }
    }

    /// The last request on this cluster that was not taken back yet.
    ///
    /// # Errors
    /// When the directory cannot be read; damaged entries are passed over.
    pub fn latest(&self, cluster: Option<&str>) -> Result<Option<UndoEntry>> {
        Ok(self
            .entries()?
            .into_iter()
            .map(|(_, entry)| entry)
            .find(|entry| !entry.undone && entry.cluster.as_deref() == cluster))
    }

    /// The entry of a transcript, undone or not; the newest where several have this id.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn by_id(&self, transcript: &str) -> Result<Option<UndoEntry>> {
        Ok(self
            .entries()?
            .into_iter()
            .map(|(_, entry)| entry)
            .find(|entry| entry.id == transcript))
    }

    /// All entries, newest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<Vec<UndoEntry>> {
        Ok(self.entries()?.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Notes that a request was taken back.
    ///
    /// # Errors
    /// When there is no such entry, or it cannot be written.
    pub fn mark_undone(&self, transcript: &str) -> Result<()> {
        let Some((path, mut entry)) = self
            .entries()?
            .into_iter()
            .find(|(_, entry)| entry.id == transcript && !entry.undone)
        else {
            return Err(Failure::new(
                FailureKind::NotFound,
                format!("nothing is kept that would take {transcript} back"),
            ));
        };
        entry.undone = true;
        self.write(&path, &entry)
    }

    /// Newest first.
    fn entries(&self) -> Result<Vec<(PathBuf, UndoEntry)>> {
        let listing = match fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failure("read", &error)),
        };
        let mut entries: Vec<(PathBuf, UndoEntry)> = listing
            .filter_map(|item| item.ok().map(|item| item.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| read(&path).ok().map(|entry| (path, entry)))
            .collect();
        entries.sort_by(|(a_path, a), (b_path, b)| b.at.cmp(&a.at).then_with(|| b_path.cmp(a_path)));
        Ok(entries)
    }

    fn path(&self, id: &str, number: u32) -> PathBuf {
        let suffix = if number == 1 { String::new() } else { format!("+{number}") };
        self.dir.join(format!("{id}{suffix}.json"))
    }

    fn write(&self, path: &Path, entry: &UndoEntry) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(entry).map_err(|error| self.failure("write", &io::Error::other(error)))?;
        files::replace(path, &bytes).map_err(|error| self.failure("write", &error))
    }

    /// Best effort: that an old entry stays is no reason to refuse a change.
    fn prune(&self) {
        for (path, _) in self.entries().unwrap_or_default().into_iter().skip(KEPT) {
            let _ = fs::remove_file(path);
        }
    }

    fn failure(&self, doing: &str, error: &io::Error) -> Failure {
        Failure::new(
            FailureKind::Failed,
            format!("cannot {doing} what takes changes back ({}: {error})", self.dir.display()),
        )
        .hint("Free space or permissions there, or choose another place with `--state-dir DIR`.")
    }
}

fn read(path: &Path) -> io::Result<UndoEntry> {
    serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other)
}

/// The next plan of the same request.
fn continues(earlier: &UndoEntry, entry: &UndoEntry) -> bool {
    !earlier.undone && earlier.cluster == entry.cluster && earlier.context == entry.context && earlier.request == entry.request
}
