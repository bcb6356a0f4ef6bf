//! What must be true on an engine afterwards.

use serde::{Deserialize, Serialize};

use super::Noun;
use crate::domain::object::ObjectRef;

/// Of a container that goes when it ends, as what it was before.
pub const REMOVES_ITSELF: &str = "removes itself";

/// What becomes of such a container when it is stopped, its volumes without a name with it.
pub const GOES: &str = "removed, as it was run with --rm";

/// What becomes of an image of which only a name was taken away: it stays, and may be given the name again.
pub const UNNAMED: &str = "without this name";

/// What a container is that is neither stopped nor at work.
pub const PAUSED: &str = "paused";

/// A condition as a playbook states it (`- docker: { check: running }`); the plan says of which object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnEngine {
    pub check: Check,
    #[serde(default = "nothing_yet")]
    pub object: ObjectRef,
    /// What the object was when the plan was made: the time of its last start, an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Runs, and still runs a few seconds later.
    Running,
    /// Runs a few seconds later, or has ended well by then.
    Ran,
    Stopped,
    /// Runs, and began to after it was asked for.
    Restarted,
    Gone,
    /// The name stands for the image that was meant.
    Tagged,
    /// The name stands for the image that was made just now.
    Built,
    /// The name stands for the image that was fetched just now.
    Pulled,
}

fn nothing_yet() -> ObjectRef {
    Noun::Container.named("", None)
}
