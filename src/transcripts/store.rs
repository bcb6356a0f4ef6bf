//! A directory of transcripts.

use std::{io, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    files,
    recorder::Recorder,
    slug,
    transcript::{Soundness, Transcript},
    walk::Outcome,
};
use crate::{
    domain::failure::{Failure, FailureKind, Result},
    redact::Redactor,
};

/// The transcripts under one directory.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// Nothing is made or read yet.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        &self.dir
    }

    /// Opens the record of a request. `clock` gives the time of each event. Two processes never get the same directory.
    ///
    /// Never fails: where nothing can be written, reads still work and changes are refused when their event is recorded;
    /// [`Recorder::trouble`] tells why, to be said once.
    pub fn begin(
        &self,
        request: &str,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        redactor: impl Into<Arc<Redactor>>,
    ) -> Recorder {
        let redactor = redactor.into();
        redactor.learn(request);
        let id = slug::id(clock(), &redactor.text(request));
        match self.make(&id) {
            Ok((id, dir)) => Recorder::new(id, dir, Box::new(clock), redactor, None),
            Err(error) => Recorder::new(id.clone(), self.dir.join(id), Box::new(clock), redactor, Some(error)),
        }
    }

    /// The first free one of `id`, `id-2`, `id-3`, …
    fn make(&self, id: &str) -> io::Result<(String, PathBuf)> {
        files::create_dir_all(&self.dir)?;
        let mut number = 1_u32;
        loop {
            let id = if number == 1 { id.to_owned() } else { format!("{id}-{number}") };
            let dir = self.dir.join(&id);
            match files::create_dir(&dir) {
                Ok(()) => return Ok((id, dir)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// One transcript in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub id: String,
    /// `None` when its first line does not read.
    pub at: Option<Timestamp>,
    /// The first request; empty when it does not read.
    pub request: String,
    /// A conversation has several.
    pub requests: usize,
    /// Of the last request.
    pub outcome: Outcome,
    pub verified: bool,
    /// Any request of it changed something.
    pub changed: bool,
    /// On the embedded cluster.
    pub simulated: bool,
    pub events: usize,
    pub soundness: Soundness,
}

impl Summary {
    #[must_use]
    pub fn of(transcript: &Transcript) -> Self {
        let walks = transcript.walks();
        let outcome = walks.last().map_or(Outcome::Unfinished, |walk| walk.outcome());
        Self {
            id: transcript.id.clone(),
            at: transcript.lines.first().map(|line| line.at),
            request: walks.first().map_or("", |walk| walk.request()).to_owned(),
            requests: walks.len(),
            outcome,
            verified: outcome == Outcome::Verified,
            changed: walks.iter().any(|walk| walk.changed()),
            simulated: walks.iter().any(|walk| walk.is_simulated()),
            events: transcript.lines.len(),
            soundness: transcript.soundness(),
        }
    }
}

impl Store {
    /// All transcripts, newest first. A damaged one is in the list like any other.
    ///
    /// # Errors
    /// When the directory is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Summary>> {
        Ok(self.ids()?.iter().map(|id| Summary::of(&self.read(id))).collect())
    }

    /// The transcript that a user names: its id, the beginning of it, or `latest`. Kept files are compared, too.
    ///
    /// # Errors
    /// When there is none, or the beginning fits several.
    pub fn find(&self, name: &str) -> Result<Transcript> {
        let ids = self.ids()?;
        if ids.is_empty() {
            return Err(
                Failure::new(FailureKind::NotFound, format!("there is no transcript in {}", self.dir.display()))
                    .hint("Every request makes one: ask something first, such as `todo-agent \"how is my app?\"`."),
            );
        }
        let fitting: Vec<&String> = match name {
            "latest" => ids.iter().take(1).collect(),
            _ if ids.iter().any(|id| id == name) => ids.iter().filter(|id| *id == name).collect(),
            _ => ids.iter().filter(|id| !name.is_empty() && id.starts_with(name)).collect(),
        };
        match fitting.as_slice() {
            [id] => Ok(self.read(id).check()),
            [] => Err(Failure::new(FailureKind::NotFound, format!("there is no transcript `{name}`"))
                .hint("`todo-agent transcript list` shows them; `latest` is the last one.")),
            several => {
                let some: Vec<&str> = several.iter().take(5).map(|id| id.as_str()).collect();
                Err(
                    Failure::new(FailureKind::Usage, format!("`{name}` fits {} transcripts", several.len()))
                        .hint(format!("Such as {}.", some.join(", "))),
                )
            }
        }
    }

    /// Every transcript with its kept files compared, newest first.
    ///
    /// # Errors
    /// When the directory is there and cannot be read.
    pub fn check_all(&self) -> Result<Vec<Transcript>> {
        Ok(self.ids()?.iter().map(|id| self.read(id).check()).collect())
    }

    fn read(&self, id: &str) -> Transcript {
        Transcript::read(&self.dir.join(id))
    }

    /// Newest first. Within one second the first lines tell the order.
    fn ids(&self) -> Result<Vec<String>> {
        let listing = match std::fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(Failure::new(
                    FailureKind::Configuration,
                    format!("cannot read {}: {error}", self.dir.display()),
                ));
            }
        };
        let mut ids: Vec<String> = listing
            .filter_map(|item| item.ok())
            .filter(|item| item.path().is_dir())
            .filter_map(|item| item.file_name().into_string().ok())
            .filter(|name| slug::is_id(name))
            .collect();
        ids.sort_by(|a, b| b.cmp(a));
        for same_second in ids.chunk_by_mut(|a, b| slug::time(a) == slug::time(b)).filter(|ids| ids.len() > 1) {
            same_second.sort_by_cached_key(|id| std::cmp::Reverse(self.read(id).lines.first().map(|line| line.at)));
        }
        Ok(ids)
    }
}
