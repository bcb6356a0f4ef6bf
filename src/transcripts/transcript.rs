//! A transcript as it is read: its lines, and what is damaged. Damage never hides the lines that are sound.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    line::{self, Line, LineError},
    lines::EVENTS,
    recorder::ARTIFACTS,
    stored::Stored,
    tail::Tail,
    walk::Walk,
};

/// One transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    pub id: String,
    pub dir: PathBuf,
    /// The lines that are as they were written, in their order.
    pub lines: Vec<Line>,
    pub damage: Vec<Damage>,
    /// Where it should end.
    pub tail: Tail,
}

/// Something that is not as it was written, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Of `events.jsonl`, counted from 1; `None` for files.
    pub line: Option<usize>,
    pub kind: DamageKind,
    /// One sentence.
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DamageKind {
    /// Its end is missing: the program or the machine was stopped while writing, or lines were cut off afterwards.
    Truncated,
    /// A line that is none.
    Unreadable,
    /// A line that was changed after it was written.
    Altered,
    /// Lines were taken away, added or moved.
    Broken,
    /// A kept file is missing or was changed.
    Artifact,
    /// Events could not be written at the time, as the record itself tells.
    Lost,
    /// `events.jsonl` is missing or cannot be read.
    Gone,
}

/// The state of a transcript in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Soundness {
    /// Complete, and every line as it was written.
    Intact,
    /// Every line as it was written, and its writer is still at it.
    BeingWritten,
    /// Every line as it was written, but the request did not come to its end: the program was stopped.
    Unfinished,
    /// It breaks off in the middle of a line, or before the line where it ended once.
    Truncated,
    /// Something was lost or changed.
    Damaged,
}

impl Soundness {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::BeingWritten => "being written",
            Self::Unfinished => "unfinished",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
        }
    }

    /// Somebody should look: it is not whole, and nobody is at it.
    #[must_use]
    pub const fn lacks(self) -> bool {
        matches!(self, Self::Unfinished | Self::Truncated | Self::Damaged)
    }
}

impl Transcript {
    /// Reads what is there; never fails, because what cannot be read is damage.
    #[must_use]
    pub fn read(dir: &Path) -> Self {
        let id = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut transcript = Self {
            id,
            dir: dir.to_path_buf(),
            lines: Vec::new(),
            damage: Vec::new(),
            // Before the lines: who wrote the last one while they were read is still seen to be writing.
            tail: Tail::read(dir),
        };
        match fs::read(dir.join(EVENTS)) {
            Ok(bytes) => transcript.parse(&bytes),
            Err(error) => transcript.damage.push(Damage {
                line: None,
                kind: DamageKind::Gone,
                what: match error.kind() {
                    io::ErrorKind::NotFound => format!("{EVENTS} is missing"),
                    _ => format!("{EVENTS} cannot be read: {error}"),
                },
            }),
        }
        transcript.follow_the_tail();
        transcript
    }

    /// Compares the kept files with what the record says of them, too.
    #[must_use]
    pub fn check(mut self) -> Self {
        let artifacts: Vec<_> = self
            .lines
            .iter()
            .filter_map(|line| match &line.event {
                Stored::Artifact(artifact) => Some(artifact.clone()),
                _ => None,
            })
            .collect();
        for artifact in artifacts {
            // The name comes from the record, which may have been made by somebody else.
            let is_hash = artifact.sha256.len() == 64 && artifact.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            let what = match fs::read(self.dir.join(ARTIFACTS).join(&artifact.sha256)) {
                _ if !is_hash => format!("the file {} has no proper hash", artifact.name),
                Ok(bytes) if line::sha256(&bytes) == artifact.sha256 => continue,
                Ok(_) => format!("the file {} was changed after it was kept", artifact.name),
                Err(error) if error.kind() == io::ErrorKind::NotFound => format!("the file {} is missing", artifact.name),
                Err(error) => format!("the file {} cannot be read: {error}", artifact.name),
            };
            self.damage.push(Damage {
                line: None,
                kind: DamageKind::Artifact,
                what,
            });
        }
        self
    }

    #[must_use]
    pub fn soundness(&self) -> Soundness {
        if self.damage.iter().any(|damage| damage.kind != DamageKind::Truncated) {
            Soundness::Damaged
        } else if !self.damage.is_empty() {
            Soundness::Truncated
        } else if self.tail == Tail::Open {
            Soundness::BeingWritten
        } else if self.is_finished() {
            Soundness::Intact
        } else {
            Soundness::Unfinished
        }
    }

    /// Why it is not whole though no line is damaged, in one sentence.
    #[must_use]
    pub fn why_unfinished(&self) -> Option<&'static str> {
        match (self.soundness(), &self.tail) {
            (Soundness::BeingWritten, _) => Some("the program is still writing it"),
            (Soundness::Unfinished, Tail::Unknown) => {
                Some("its end is missing: the program was stopped before it, or lines were cut off since")
            }
            (Soundness::Unfinished, _) => Some("the program was stopped before the request came to its end"),
            _ => None,
        }
    }

    /// The last request came to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.walks().last().is_some_and(|walk| walk.ended().is_some())
    }

    /// Sum of the last line: it stands for everything before. Empty for an empty record.
    #[must_use]
    pub fn last_hash(&self) -> &str {
        self.lines.last().map_or("", |line| &line.sum)
    }

    /// The requests in it, in their order.
    #[must_use]
    pub fn walks(&self) -> Vec<Walk<'_>> {
        let starts: Vec<usize> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| matches!(line.event, Stored::Requested(_)))
            .map(|(at, _)| at)
            .collect();
        let ends = starts.iter().skip(1).copied().chain([self.lines.len()]);
        starts
            .iter()
            .zip(ends)
            .filter_map(|(&start, end)| self.lines.get(start..end))
            .map(|lines| Walk { lines })
            .collect()
    }

    fn parse(&mut self, bytes: &[u8]) {
        let mut parts: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
        let torn = parts.pop().filter(|rest| !rest.is_empty());
        let mut chain = Chain::default();
        for (at, part) in parts.iter().enumerate() {
            self.take(at + 1, part, &mut chain);
        }
        let Some(rest) = torn else { return };
        match line::read(rest) {
            Ok(_) => self.take(parts.len() + 1, rest, &mut chain),
            Err(_) => self.damage.push(Damage {
                line: Some(parts.len() + 1),
                kind: DamageKind::Truncated,
                what: "the last line breaks off: the program was stopped while writing it".to_owned(),
            }),
        }
    }

    /// Compares the last line with the one that the writer told of.
    fn follow_the_tail(&mut self) {
        let torn = self.damage.iter().position(|damage| damage.kind == DamageKind::Truncated);
        let (seq, sum) = match &self.tail {
            Tail::Open => {
                // Half a line is a line that is being written.
                torn.map(|at| self.damage.remove(at));
                return;
            }
            Tail::At { seq, sum } => (*seq, sum.clone()),
            Tail::Unreached | Tail::Unknown => return,
        };
        let last = self.lines.last().map_or(0, |line| line.seq);
        if last < seq {
            if self
                .damage
                .iter()
                .any(|damage| !matches!(damage.kind, DamageKind::Truncated | DamageKind::Artifact | DamageKind::Lost))
            {
                // An unreadable last line is told already, and where.
                return;
            }
            torn.map(|at| self.damage.remove(at));
            let missing = match seq - last {
                1 => "the last line is missing or breaks off".to_owned(),
                n => format!("the last {n} lines are missing or break off"),
            };
            self.damage.push(Damage {
                line: usize::try_from(last + 1).ok(),
                kind: DamageKind::Truncated,
                what: format!("{missing}: the record was whole once, and was cut off since"),
            });
        } else if self.lines.iter().any(|line| line.seq == seq && line.sum != sum) {
            self.damage.push(Damage {
                line: usize::try_from(seq).ok(),
                kind: DamageKind::Broken,
                what: "the record does not end with the line that was written there".to_owned(),
            });
        }
    }

    fn take(&mut self, number: usize, part: &[u8], chain: &mut Chain) {
        let problem = match line::read(part) {
            Ok(line) => {
                let problem = chain.follow(&line);
                if let Stored::Lost(lost) = &line.event {
                    self.damage.push(Damage {
                        line: Some(number),
                        kind: DamageKind::Lost,
                        what: format!("{} could not be written then: {}", events(lost.events), lost.reason),
                    });
                }
                self.lines.push(line);
                problem.map(|what| (DamageKind::Broken, what))
            }
            Err(LineError::Unreadable) => {
                chain.skip();
                Some((DamageKind::Unreadable, "the line cannot be read".to_owned()))
            }
            Err(LineError::Altered) => {
                chain.skip();
                Some((DamageKind::Altered, "the line was changed after it was written".to_owned()))
            }
        };
        if let Some((kind, what)) = problem {
            self.damage.push(Damage {
                line: Some(number),
                kind,
                what,
            });
        }
    }
}

fn events(count: u64) -> String {
    if count == 1 {
        "1 event".to_owned()
    } else {
        format!("{count} events")
    }
}

/// What the next line must say to continue the one before.
#[derive(Debug)]
struct Chain {
    seq: u64,
    /// `None` after a line that could not be taken.
    prev: Option<String>,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            seq: 1,
            prev: Some(line::START.to_owned()),
        }
    }
}

impl Chain {
    fn skip(&mut self) {
        self.seq += 1;
        self.prev = None;
    }

    fn follow(&mut self, line: &Line) -> Option<String> {
        let missing = line.seq.checked_sub(self.seq);
        let continues = self.prev.as_ref().is_none_or(|prev| *prev == line.prev);
        self.seq = line.seq.saturating_add(1);
        self.prev = Some(line.sum.clone());
        match missing {
            Some(0) if continues => None,
            Some(0) => Some("the line before is not the one that was written there".to_owned()),
            Some(1) => Some("1 line is missing before this one".to_owned()),
            Some(n) => Some(format!("{n} lines are missing before this one")),
            None => Some("the line stands where it was not written".to_owned()),
        }
    }
}
