//! What takes changes back. Values are kept as they are, so the files are private, are never exported, and are pruned.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::files;
use crate::domain::{
    chosen,
    execution::Done,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    one_way,
    undo::{Announcement, Reversal, UndoEntry, Way},
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
    pub fn push(&self, mut entry: UndoEntry) -> Result<()> {
        files::create_dir_all(&self.dir).map_err(|error| self.failure("write", &error))?;
        let mut number = 1_u32;
        loop {
            let path = self.path(&entry.id, number);
            match read(&path) {
                Ok(mut earlier) if continues(&earlier, &entry) => {
                    earlier.open.append(&mut entry.open);
                    earlier.go_on(entry.reversals, entry.lasting);
                    settle(&mut earlier);
                    return self.write(&path, &earlier);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    settle(&mut entry);
                    self.write(&path, &entry)?;
                    self.prune();
                    return Ok(());
                }
                // Another project's transcript of the same second and words.
                Ok(_) => number += 1,
                // A file that is damaged.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => number += 1,
                // What stops this file would stop every next one.
                Err(error) => return Err(self.failure("read", &error)),
            }
        }
    }

    /// Whether it can be noted later that an entry was taken back: to be asked before anything is sent.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn can_mark(&self, entry: &UndoEntry) -> Result<()> {
        let known = self.entries()?.into_iter().find(|(_, known)| known == entry);
        known.map_or(Ok(()), |(path, entry)| self.write(&path, &entry))
    }

    /// Drops the entry of a request that changed nothing after all. Best effort: what is left over would only say that
    /// there is nothing to take back.
    pub fn forget(&self, transcript: &str, request: &str) {
        let of_request = |entry: &UndoEntry| entry.id == transcript && entry.request == request && !entry.undone;
        for (path, _) in self
            .entries()
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, entry)| of_request(entry))
        {
            let _ = fs::remove_file(path);
        }
    }

    /// The last request that was not taken back yet, of those that are meant. It may be one that nothing takes back.
    ///
    /// # Errors
    /// When the directory cannot be read; damaged entries are passed over.
    pub fn last(&self, is_meant: impl Fn(&UndoEntry) -> bool) -> Result<Option<UndoEntry>> {
        Ok(self
            .entries()?
            .into_iter()
            .map(|(_, entry)| entry)
            .find(|entry| !entry.undone && is_meant(entry)))
    }

    /// The requests on this cluster of which something can be taken back, newest first; with `before`, those that are older than
    /// that one.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn reversible(&self, cluster: Option<&str>, before: Option<&str>) -> Result<Vec<UndoEntry>> {
        Ok(self
            .entries()?
            .into_iter()
            .map(|(_, entry)| entry)
            .skip_while(|entry| before.is_some_and(|id| entry.id != id))
            .skip(usize::from(before.is_some()))
            .filter(|entry| !entry.undone && entry.cluster.as_deref() == cluster && !entry.reversals.is_empty())
            .collect())
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
        // What was taken back is not taken back again: the values, which may be secret, are of no more use.
        for reversal in &mut entry.reversals {
            reversal.fields.clear();
            reversal.way = Way::Fields;
        }
        self.write(&path, &entry)
    }

    /// The end of what this request announced is known. Best effort: where it is not noted, both may be so.
    pub(super) fn close(&self, transcript: &str, announced: Announcement, made: bool) {
        let Some((path, mut entry)) = self.under_way(transcript) else {
            return;
        };
        entry.close(announced, made);
        settle(&mut entry);
        if let Err(failure) = self.write(&path, &entry) {
            tracing::warn!(%failure, "whether what takes it back is needed could not be kept");
        }
    }

    /// What only the answer tells of what this request did: the uid of an object that it made, and what the server chose.
    pub(super) fn identify(&self, transcript: &str, done: &Done) {
        let Some(uid) = &done.object.uid else { return };
        let Some((path, mut entry)) = self.under_way(transcript) else {
            return;
        };
        let known = entry.clone();
        let made = |reversal: &&mut Reversal| {
            reversal.way == Way::Delete && reversal.object.uid.is_none() && reversal.object.same_name(&done.object)
        };
        if let Some(reversal) = entry.all_mut().find(made) {
            reversal.was_made(uid, &done.after);
        }
        let of_it = |reversal: &&mut Reversal| reversal.object.same_name(&done.object) && reversal.object.uid.as_ref() == Some(uid);
        for reversal in entry.all_mut().filter(of_it) {
            chosen::settle(reversal, &done.after);
        }
        if entry != known
            && let Err(failure) = self.write(&path, &entry)
        {
            tracing::warn!(%failure, "what was made could not be kept");
        }
    }

    /// This object was made anew as what it was: what was done to it before it was taken away is taken back of the new one. Best
    /// effort: what is not noted is refused later, as of another object.
    pub(super) fn replace(&self, cluster: Option<&str>, old: &ObjectRef, new: Option<&str>) {
        let (Some(was), Some(new)) = (old.uid.as_deref(), new) else {
            return;
        };
        let entries = self.kept().unwrap_or_default().into_iter();
        for (path, mut entry) in entries.filter(|(_, entry)| !entry.undone && entry.cluster.as_deref() == cluster) {
            let known = entry.clone();
            let of_it = |reversal: &&mut Reversal| {
                let makes = matches!(reversal.way, Way::Create(_));
                !makes && reversal.object.same_name(old) && reversal.object.uid.as_deref() == Some(was)
            };
            for reversal in entry.all_mut().filter(of_it) {
                reversal.object.uid = Some(new.to_owned());
            }
            if entry != known
                && let Err(failure) = self.write(&path, &entry)
            {
                tracing::warn!(%failure, "which object was made anew could not be kept");
            }
        }
    }

    /// Newest first, as they are to be taken back.
    fn entries(&self) -> Result<Vec<(PathBuf, UndoEntry)>> {
        let as_taken_back = |(path, entry): (PathBuf, UndoEntry)| {
            let mut entry = entry.in_doubt();
            settle(&mut entry);
            (path, entry)
        };
        Ok(self.kept()?.into_iter().map(as_taken_back).collect())
    }

    /// Newest first, as they are on disk.
    fn kept(&self) -> Result<Vec<(PathBuf, UndoEntry)>> {
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

    /// What this request keeps, of those that bear its id the newest: no other is read for it, however many there are.
    fn under_way(&self, transcript: &str) -> Option<(PathBuf, UndoEntry)> {
        let paths = (1..).map(|number| self.path(transcript, number)).take_while(|path| path.exists());
        let all = paths.filter_map(|path| read(&path).ok().map(|entry| (path, entry)));
        let own = all.filter(|(_, entry)| entry.id == transcript && !entry.undone);
        own.max_by(|(a_path, a), (b_path, b)| a.at.cmp(&b.at).then_with(|| a_path.cmp(b_path)))
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
            FailureKind::Configuration,
            format!("cannot {doing} what takes changes back ({}: {error})", self.dir.display()),
        )
        .hint(files::remedy(error.kind()))
    }
}

fn read(path: &Path) -> io::Result<UndoEntry> {
    serde_json::from_slice(&fs::read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// What no server takes back is said to stay, once.
fn settle(entry: &mut UndoEntry) {
    for part in one_way::settle(&mut entry.reversals) {
        if !entry.lasting.contains(&part) {
            entry.lasting.push(part);
        }
    }
}

/// The next plan of the same request.
fn continues(earlier: &UndoEntry, entry: &UndoEntry) -> bool {
    !earlier.undone && earlier.cluster == entry.cluster && earlier.context == entry.context && earlier.request == entry.request
}

#[cfg(test)]
mod tests;
