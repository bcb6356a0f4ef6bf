//! Errors as data: what was being done, why it did not work, what to do next.

use serde::{Deserialize, Serialize};

/// Why a request ended without its goal; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Wrong command line, file or value given by the user.
    Usage,
    /// A configuration, kubeconfig or playbook that cannot be used as it is.
    Configuration,
    /// Words that no playbook explains.
    NotUnderstood,
    /// Understood, but more than one thing could be meant.
    Unclear,
    /// The cluster or engine did not answer before anything was done.
    Unreachable,
    /// The server says that this user may not do this.
    Forbidden,
    /// The object is not there.
    NotFound,
    /// The user, the policy or the gate said no.
    Refused,
    /// Tried, and it failed.
    Failed,
    /// Done, but observed not to be true at the deadline.
    NotVerified,
    /// Done, but it could no longer be observed.
    LostSight,
    /// The object changed under our hands more often than we were ready to look again.
    Conflict,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl FailureKind {
    /// The process exit code of this kind of failure.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Usage | Self::Configuration | Self::NotUnderstood | Self::Unclear | Self::Unreachable => 2,
            Self::Refused => 3,
            Self::Forbidden | Self::NotFound | Self::Failed | Self::NotVerified | Self::Conflict => 1,
            Self::LostSight => 4,
            Self::Interrupted => 130,
        }
    }
}

/// One failure: rendered once, in `front`, as `error: <doing>: <reason>` and its hints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// What went wrong, in words of the user's world; one sentence without a full stop.
    pub what: String,
    /// What to do next: each line stands alone; commands in it work when pasted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The chain behind it, outermost first; shown with `-v`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

impl Failure {
    pub fn new(kind: FailureKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            hints: Vec::new(),
            causes: Vec::new(),
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn cause(mut self, cause: impl std::fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

pub type Result<T, E = Failure> = std::result::Result<T, E>;
