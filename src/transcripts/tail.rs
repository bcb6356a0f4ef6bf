//! Where a record ends, kept beside it, so that a record that was cut off later is told from one whose writer died.
//!
//! The file `end` holds number and sum of the last line at the end of each request, and is locked as long as the writer
//! lives: the system lets go of the lock however the process dies. Records of older versions have no such file.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use super::files;

/// Name of the file in a transcript.
pub const END: &str = "end";

/// The writer's side.
#[derive(Debug)]
pub struct TailWriter(File);

impl TailWriter {
    /// Where it cannot be made or locked, a record is written all the same; its end just cannot be told from a cut.
    pub fn begin(dir: &Path) -> Option<Self> {
        let file = files::create_new(&dir.join(END)).ok()?;
        let _ = file.try_lock();
        Some(Self(file))
    }

    /// In one write of always the same length: a process that dies here leaves the old or the new end.
    pub fn is_at(&mut self, seq: u64, sum: &str) {
        let text = format!("{seq:>20} {sum:64}\n");
        let write = |file: &mut File| -> io::Result<()> {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(text.as_bytes())
        };
        // The record itself is what counts.
        let _ = write(&mut self.0);
    }
}

/// What is known of the end of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Somebody is writing it.
    Open,
    /// Nobody is, and the last line that its writer told of was this one.
    At { seq: u64, sum: String },
    /// Nobody is, and its writer did not come to the end of a request.
    Unreached,
    /// An older version wrote it, or the file was lost.
    Unknown,
}

impl Tail {
    pub fn read(dir: &Path) -> Self {
        let path = dir.join(END);
        let Ok(file) = File::open(&path) else { return Self::Unknown };
        // A program that is just being started holds for a moment what the one that starts it has open.
        let held = (0..3).all(|again| {
            std::thread::sleep(Duration::from_millis(20 * again));
            matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
        });
        if held {
            return Self::Open;
        }
        drop(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut words = text.split_whitespace();
        match (words.next().map(str::parse), words.next()) {
            (Some(Ok(seq)), Some(sum)) => Self::At { seq, sum: sum.to_owned() },
            (Some(Ok(0)), None) | (None, _) => Self::Unreached,
            _ => Self::Unknown,
        }
    }
}
