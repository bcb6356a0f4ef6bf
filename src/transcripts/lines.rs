//! The lines of a transcript on their way to the disk.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    files, line,
    stored::{self, Stored},
    tail::TailWriter,
};

/// Name of the file of lines in a transcript.
pub const EVENTS: &str = "events.jsonl";

/// The file of lines, and how far it is.
#[derive(Default)]
pub struct Lines {
    pub(super) file: Option<File>,
    tail: Option<TailWriter>,
    /// Bytes of whole lines; what lies behind them is the rest of a failed write.
    length: u64,
    seq: u64,
    /// The directories are on disk under their names.
    named: bool,
    prev: String,
    /// Events that could not be written since the last that was, and why.
    lost: u64,
    trouble: Option<Trouble>,
}

/// Why something could not be written.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub kind: io::ErrorKind,
    pub reason: String,
}

impl From<&io::Error> for Trouble {
    fn from(error: &io::Error) -> Self {
        Self {
            kind: error.kind(),
            reason: error.to_string(),
        }
    }
}

impl Lines {
    /// Of a new transcript in this directory. With an `error` it could not be made: nothing can be written.
    pub fn begin(dir: &Path, error: Option<io::Error>) -> Self {
        let mut lines = Self {
            prev: line::START.to_owned(),
            ..Self::default()
        };
        match error.map_or_else(|| files::create_new(&dir.join(EVENTS)), Err) {
            Ok(file) => {
                lines.file = Some(file);
                lines.tail = TailWriter::begin(dir);
            }
            Err(error) => lines.trouble = Some(Trouble::from(&error)),
        }
        lines
    }

    /// How many were written.
    pub const fn count(&self) -> u64 {
        self.seq
    }

    /// Why something could not be written.
    pub const fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Why the last could not be written, or the next cannot be.
    pub fn blocked(&self) -> Option<&Trouble> {
        let lost = self.lost > 0 || self.file.is_none();
        self.trouble.as_ref().filter(|_| lost)
    }

    /// One more, with `sync` on disk when this returns.
    pub fn append(&mut self, at: Timestamp, event: Value, sync: bool) -> io::Result<()> {
        let result = self.try_append(at, event, sync);
        if let Err(error) = &result {
            self.lost += 1;
            self.trouble = Some(Trouble::from(error));
        }
        result
    }

    /// The directories are on disk as well: once is enough.
    pub fn name(&mut self, dir: &Path) {
        if !std::mem::replace(&mut self.named, true) {
            files::sync_dir(dir);
            dir.parent().map(files::sync_dir);
        }
    }

    /// Nothing follows, as far as is known.
    pub fn tell_end(&mut self) {
        if let Some(tail) = &mut self.tail {
            tail.is_at(self.seq, &self.prev);
        }
    }

    /// They are not needed: the transcript goes.
    pub fn remove(&mut self, dir: &Path) {
        self.tail = None;
        if self.file.take().is_some()
            && let Err(error) = std::fs::remove_dir_all(dir)
        {
            tracing::debug!(%error, "a record that is not needed could not be removed");
        }
    }

    fn try_append(&mut self, at: Timestamp, event: Value, sync: bool) -> io::Result<()> {
        if self.file.is_none() {
            return Err(match &self.trouble {
                Some(trouble) => io::Error::new(trouble.kind, trouble.reason.clone()),
                None => io::Error::other("not open"),
            });
        }
        if self.lost > 0 {
            let reason = self.trouble.as_ref().map_or("", |trouble| trouble.reason.as_str());
            let gap: Stored = stored::lost(self.lost, reason);
            self.write(at, serde_json::to_value(&gap)?)?;
            self.lost = 0;
        }
        self.write(at, event)?;
        match (&self.file, sync) {
            (Some(file), true) => file.sync_data(),
            _ => Ok(()),
        }
    }

    /// One write for one line: a process that dies leaves at most a torn last line.
    fn write(&mut self, at: Timestamp, event: Value) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let (mut text, sum) = line::write(self.seq + 1, at, &self.prev, event);
        text.push('\n');
        file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = file.write_all(text.as_bytes()) {
            // The rest of a line would read as damage.
            let _ = file.set_len(self.length);
            return Err(error);
        }
        self.length += text.len() as u64;
        self.seq += 1;
        self.prev = sum;
        Ok(())
    }
}
