//! Steps on the revisions of a workload.

use serde::{Deserialize, Serialize};

use crate::domain::object::ObjectRef;

/// The revisions that are kept, or one of them in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutHistory {
    pub workload: ObjectRef,
    #[serde(default)]
    pub revision: Option<u64>,
}

/// The pod template of an earlier revision again, as `kubectl rollout undo` does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutUndo {
    pub workload: ObjectRef,
    /// `None`: the one before the current.
    #[serde(default)]
    pub revision: Option<u64>,
    /// The latest one was named, which is the one that is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub latest: bool,
}

/// Whether a changed template reaches the pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPaused {
    pub workload: ObjectRef,
    pub paused: bool,
}
