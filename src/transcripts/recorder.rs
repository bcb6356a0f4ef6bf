//! Writes one transcript.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

use super::{
    files, line,
    lines::{Lines, Trouble},
    stored,
    undo::UndoStore,
};
use crate::{
    domain::{
        event::Event,
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
        ports::record::Record,
        risk::Risk,
        undo::{Announced, Announcement, UndoEntry, Way},
    },
    redact::Redactor,
};

type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The one writer of a transcript. What belongs to a change is on disk when `record` returns; the rest is written as it
/// comes and left to the system, and a disk that takes nothing more does not stop a read.
pub struct Recorder {
    id: String,
    dir: PathBuf,
    clock: Clock,
    redactor: Arc<Redactor>,
    undo: Option<UndoStore>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("dir", &self.dir).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    lines: Lines,
    request: String,
    context: String,
    /// The change that comes next was announced, and that is on disk.
    announced: bool,
    /// What takes this request back is kept, though nothing may be made of it yet.
    promised: bool,
    /// Requests so far: a conversation has several.
    walks: u32,
    /// The request at hand takes another back, and is itself not the last to be taken back.
    takes_back: bool,
    /// Objects of `cluster` that it makes anew.
    brought_back: Vec<ObjectRef>,
    cluster: Option<String>,
    withdrawn: bool,
}

impl Recorder {
    pub(super) fn new(id: String, dir: PathBuf, clock: Clock, redactor: Arc<Redactor>, error: Option<io::Error>) -> Self {
        let state = State {
            lines: Lines::begin(&dir, error),
            ..State::default()
        };
        Self {
            id,
            dir,
            clock,
            redactor,
            undo: None,
            state: Mutex::new(state),
        }
    }

    /// Also keeps what takes changes back, each before its change is sent. Not for the request `undo` itself: taking
    /// back is not the last change to be taken back.
    #[must_use]
    pub fn keeping_undo(mut self, undo: UndoStore) -> Self {
        self.undo = Some(undo);
        self
    }

    /// `20261123-184502-scale-backend-to-3`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What takes back the request at hand is kept under this id: each request of a conversation is taken back for itself.
    #[must_use]
    pub fn request_id(&self) -> String {
        self.id_of(self.lock().walks)
    }

    fn id_of(&self, walk: u32) -> String {
        match walk {
            0 | 1 => self.id.clone(),
            walk => format!("{}.{walk}", self.id),
        }
    }

    /// The directory of the transcript; it may not exist when there is [`Self::trouble`].
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// From here to the end of the request nothing is kept to take it back: it takes back another.
    pub fn takes_back(&self) {
        self.lock().takes_back = true;
    }

    /// Objects that this request makes anew as what they were: what was done to them before can be taken back of the new ones.
    pub fn brings_back(&self, entry: &UndoEntry) {
        let made = entry.reversals.iter().filter(|reversal| matches!(reversal.way, Way::Create(_)));
        let mut state = self.lock();
        state.brought_back = made.map(|reversal| reversal.object.clone()).collect();
        state.cluster.clone_from(&entry.cluster);
    }

    /// How many lines are written.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.lock().lines.count()
    }

    /// Why something could not be written, in one sentence; to be said once, at the end of a read.
    #[must_use]
    pub fn trouble(&self) -> Option<Failure> {
        let trouble = self.lock().lines.trouble().cloned()?;
        Some(self.failure(&trouble))
    }

    /// Why a change would be refused now: its record cannot be written.
    ///
    /// # Errors
    /// The trouble, when the last event was lost to it.
    pub fn ready(&self) -> Result<()> {
        match self.lock().lines.blocked() {
            Some(trouble) => Err(self.failure(trouble).hint(UNCHANGED)),
            None => Ok(()),
        }
    }

    /// Takes the record away again: what was asked came to nothing before anything was looked at that somebody might ask for
    /// later.
    pub fn withdraw(&self) {
        let mut state = self.lock();
        state.withdrawn = true;
        state.lines.remove(&self.dir);
    }

    /// It was taken away.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.lock().withdrawn
    }

    /// Keeps a file with the record: text is redacted, other bytes are kept as they are unless a known secret is in them.
    /// Returns the SHA-256 under which it is kept.
    ///
    /// # Errors
    /// When it cannot be written, or holds a known secret that cannot be taken out.
    pub fn artifact(&self, name: &str, media_type: &str, bytes: &[u8]) -> Result<String> {
        let kept = match std::str::from_utf8(bytes) {
            Ok(text) => self.redactor.text(text).into_owned().into_bytes(),
            Err(_) if self.redactor.knows_part_of(bytes) => {
                return Err(Failure::new(
                    FailureKind::Failed,
                    format!("{name} is not kept with the record: a secret is in it"),
                ));
            }
            Err(_) => bytes.to_vec(),
        };
        let sha256 = line::sha256(&kept);
        let dir = self.dir.join(ARTIFACTS);
        files::create_dir_all(&dir)
            .and_then(|()| files::replace(&dir.join(&sha256), &kept))
            .map_err(|error| self.failure(&Trouble::from(&error)))?;
        self.record(Event::Artifact {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            sha256: sha256.clone(),
            bytes: kept.len() as u64,
        })?;
        Ok(sha256)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while writing leaves at worst a torn line, which the next write cuts off.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, trouble: &Trouble) -> Failure {
        Failure::new(
            FailureKind::Configuration,
            format!("the record cannot be written ({}: {})", self.dir.display(), trouble.reason),
        )
        .hint(files::remedy(trouble.kind))
    }

    fn keep_undo(&self, state: &mut State, event: &Event) -> Result<()> {
        let Some(undo) = self.undo.as_ref() else { return Ok(()) };
        if state.takes_back {
            if let Event::Did { done } = event
                && let Some(back) = state.brought_back.iter().find(|back| back.same_name(&done.object))
            {
                undo.replace(state.cluster.as_deref(), back, done.object.uid.as_deref());
            }
            return Ok(());
        }
        let id = self.id_of(state.walks);
        if let Event::Ended {
            changed: false, exit_code, ..
        } = event
            && *exit_code != INTERRUPTED
            && state.promised
        {
            // Nothing was made of what was announced: the last change is an earlier one.
            undo.forget(&id, &state.request);
        }
        if let Event::Did { done } = event {
            // Only now it is known which one was made; another under its name is not ours to take away.
            undo.identify(&id, done);
        }
        let Event::Changing {
            cluster,
            reversals,
            lasting,
            announced,
            ..
        } = event
        else {
            return Ok(());
        };
        if reversals.is_empty() && lasting.is_empty() {
            return Ok(());
        }
        state.promised = true;
        let (reversals, lasting) = (reversals.clone(), lasting.clone());
        let (reversals, lasting, open) = match *announced {
            Some(announcement) => {
                let announced = Announced {
                    announcement,
                    reversals,
                    lasting,
                };
                (Vec::new(), Vec::new(), vec![announced])
            }
            None => (reversals, lasting, Vec::new()),
        };
        let kept = undo.push(UndoEntry {
            id,
            request: state.request.clone(),
            at: (self.clock)(),
            cluster: cluster.clone(),
            context: state.context.clone(),
            reversals,
            lasting,
            open,
            undone: false,
        });
        kept.map_err(|failure| failure.hint("Nothing was changed: a change is not made when what takes it back cannot be kept."))
    }
}

/// Said with every change that is refused for it.
const UNCHANGED: &str = "Nothing was changed: a change is not made when its record cannot be written.";
/// The exit code of a request that was broken off: whether it changed something may not be known.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();
/// Name of the directory of kept files in a transcript.
pub const ARTIFACTS: &str = "artifacts";

impl Record for Recorder {
    fn record(&self, event: Event) -> Result<()> {
        let Some(stored) = stored::stored(&event, &self.redactor) else {
            return Ok(());
        };
        let mut value = serde_json::to_value(&stored).map_err(|error| self.failure(&Trouble::from(&error.into())))?;
        self.redactor.value(&mut value);
        let mut state = self.lock();
        if state.withdrawn {
            return Ok(());
        }
        match &event {
            Event::Requested { request, .. } => {
                state.request = self.redactor.text(&request.text).into_owned();
                state.walks += 1;
                state.promised = false;
                state.announced = false;
            }
            Event::Met { place } => state.context.clone_from(&place.context),
            _ => {}
        }
        let needed = is_needed(&event);
        let synced = state.is_synced(&event);
        let written = state.lines.append((self.clock)(), value, synced);
        if matches!(event, Event::Ended { .. }) {
            state.lines.tell_end();
        }
        match written {
            Err(error) if needed => {
                return Err(self.failure(&Trouble::from(&error)).hint(UNCHANGED));
            }
            _ => {}
        }
        if synced {
            state.lines.name(&self.dir);
        }
        let kept = self.keep_undo(&mut state, &event);
        if matches!(event, Event::Ended { .. }) {
            state.takes_back = false;
            state.brought_back.clear();
        }
        kept
    }

    fn settle(&self, announced: Announcement, made: bool) {
        let state = self.lock();
        if let Some(undo) = self.undo.as_ref().filter(|_| !state.takes_back && state.promised) {
            undo.close(&self.id_of(state.walks), announced, made);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let mut state = self.lock();
        state.lines.tell_end();
        // A record of which not one line could be written is none: an empty one would only be found later and wondered about.
        if state.lines.count() == 0 && state.lines.trouble().is_some() {
            state.lines.remove(&self.dir);
        }
    }
}

/// What no change is made without: it fails where this cannot be written.
const fn is_needed(event: &Event) -> bool {
    matches!(event, Event::Decided { .. }) || is_of_change(event)
}

/// The last before something changes.
const fn is_of_change(event: &Event) -> bool {
    match event {
        Event::Changing { .. } => true,
        Event::Called { call, risk, .. } => !call.dry_run && !matches!(risk, Risk::Read | Risk::SecretRead),
        _ => false,
    }
}

impl State {
    /// Whether it is on disk when `record` returns, with all lines before it. A disk takes milliseconds for each (macOS empties the
    /// drive's own cache), so a decision waits for the change that follows it, the first call of a change is told by its
    /// announcement, and what came of it waits for the next call or the end.
    fn is_synced(&mut self, event: &Event) -> bool {
        match event {
            Event::Called { .. } if is_of_change(event) => !std::mem::take(&mut self.announced),
            Event::Changing { .. } => {
                self.announced = true;
                true
            }
            Event::Ended { changed, .. } => *changed,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
