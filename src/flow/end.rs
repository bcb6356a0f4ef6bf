//! How a walk ends: what it comes to, what of it is recorded, and with which exit code.

use super::{Flow, told::told_code};
use crate::domain::{
    event::Event,
    failure::{Failure, FailureKind, Result},
    intent::Resolution,
    outcome::Outcome,
    verification::Verification,
};

/// How a walk ended when it did not fail.
pub(super) enum End {
    Told(Resolution),
    Done { changed: bool, verified: bool, denied: bool },
}

impl End {
    /// Nothing was to be changed.
    pub(super) const UNCHANGED: Self = Self::Done {
        changed: false,
        verified: false,
        denied: false,
    };
}

impl Flow {
    pub(super) fn close(&self, end: Result<End>, changed: bool) -> Outcome {
        let outcome = match end {
            Ok(End::Told(resolution)) => Outcome {
                exit_code: told_code(&resolution),
                resolution: Some(resolution),
                ..Outcome::default()
            },
            Ok(End::Done { changed, verified, denied }) => Outcome {
                exit_code: u8::from(denied),
                changed,
                verified,
                ..Outcome::default()
            },
            Err(failure) => self.failed(failure, changed),
        };
        // A record that cannot be closed must not turn what was done into a failure: it shows as unfinished.
        let ended = Event::Ended {
            exit_code: outcome.exit_code,
            changed: outcome.changed,
            verified: outcome.verified,
        };
        if let Err(failure) = self.record.record(ended) {
            tracing::warn!(%failure, "the record could not be closed");
        }
        outcome
    }

    fn failed(&self, failure: Failure, changed: bool) -> Outcome {
        // After a change an API server that went away was not "unreachable before anything was done".
        let failure = match failure.kind {
            FailureKind::Unreachable if changed => Failure {
                kind: FailureKind::LostSight,
                ..failure
            },
            // Neither was it a trouble that stopped everything beforehand.
            FailureKind::Configuration if changed => Failure {
                kind: FailureKind::Failed,
                ..failure
            },
            _ => failure,
        };
        if let Err(unrecorded) = self.record.record(Event::Failed { failure: failure.clone() }) {
            tracing::warn!(%unrecorded, "the failure could not be recorded");
        }
        Outcome {
            exit_code: failure.kind.exit_code(),
            changed,
            verified: false,
            failure: Some(failure),
            resolution: None,
        }
    }
}

/// What was asked for, and is not so.
pub(super) fn not_true(verification: &Verification) -> Failure {
    let left = verification.left.clone();
    let mut failure = Failure::new(
        FailureKind::NotVerified,
        left.unwrap_or_else(|| "what was asked for is not true on the cluster".to_owned()),
    );
    // Pods of one workload fail alike, and each finding says what helps.
    for hint in verification.findings.iter().flat_map(|finding| &finding.hints) {
        if !failure.hints.contains(hint) {
            failure.hints.push(hint.clone());
        }
    }
    failure
}
