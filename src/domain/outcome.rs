//! How a request ended.

use super::{failure::Failure, intent::Resolution};

/// The end of one request. Everything else was told by events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// 0 verified, or a read or preview completed; see `FailureKind::exit_code` for the rest.
    pub exit_code: u8,
    /// Something was changed on the cluster.
    pub changed: bool,
    /// Every post-condition was observed to hold.
    pub verified: bool,
    pub failure: Option<Failure>,
    /// When it was not clear or not understood: what to ask or say.
    pub resolution: Option<Resolution>,
}
