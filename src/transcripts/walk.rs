//! One request in a transcript, and how it ended.

use jiff::Timestamp;
use serde::Serialize;

use super::{line::Line, stored::Stored};

/// One request of a transcript: a conversation has several.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    pub lines: &'a [Line],
}

impl<'a> Walk<'a> {
    pub fn events(self) -> impl Iterator<Item = &'a Stored> {
        self.lines.iter().map(|line| &line.event)
    }

    #[must_use]
    pub fn at(self) -> Option<Timestamp> {
        self.lines.first().map(|line| line.at)
    }

    /// The words of the request.
    #[must_use]
    pub fn request(self) -> &'a str {
        self.events()
            .find_map(|event| match event {
                Stored::Requested(requested) => Some(requested.request.as_str()),
                _ => None,
            })
            .unwrap_or("")
    }

    #[must_use]
    pub fn ended(self) -> Option<&'a super::stored::Ended> {
        self.events().find_map(|event| match event {
            Stored::Ended(ended) => Some(ended),
            _ => None,
        })
    }

    /// It acted on the embedded cluster.
    #[must_use]
    pub fn is_simulated(self) -> bool {
        self.events().any(|event| matches!(event, Stored::Met(met) if met.simulated))
    }

    /// Something was changed, also when it did not come to its end.
    #[must_use]
    pub fn changed(self) -> bool {
        self.ended().is_some_and(|ended| ended.changed) || self.events().any(|event| matches!(event, Stored::Did(_)))
    }

    /// A change was sent and its end is not known.
    #[must_use]
    pub fn may_have_changed(self) -> bool {
        let broken_off = self.ended().is_none_or(|ended| ended.exit_code == 130 && !self.changed());
        broken_off && self.events().any(|event| matches!(event, Stored::Changing(_)))
    }

    #[must_use]
    pub fn outcome(self) -> Outcome {
        let Some(ended) = self.ended() else { return Outcome::Unfinished };
        match (ended.exit_code, ended.verified) {
            (0, true) => Outcome::Verified,
            (0, false) => Outcome::Completed,
            (2, _) => Outcome::NotDone,
            (3, _) => Outcome::Refused,
            (4, _) => Outcome::LostSight,
            (130, _) => Outcome::Interrupted,
            _ => Outcome::Failed,
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Changed (or found so), and observed to be true.
    Verified,
    /// A read or preview.
    Completed,
    Failed,
    /// Not understood, not clear, or nothing could be reached.
    NotDone,
    /// Somebody or a rule said no.
    Refused,
    LostSight,
    Interrupted,
    /// Its end is not in the record.
    Unfinished,
}

impl Outcome {
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::NotDone => "not done",
            Self::Refused => "refused",
            Self::LostSight => "done, not observed",
            Self::Interrupted => "interrupted",
            Self::Unfinished => "unfinished",
        }
    }
}
