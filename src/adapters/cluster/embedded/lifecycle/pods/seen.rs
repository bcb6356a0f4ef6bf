//! What the node saw of a pod so far, to the millisecond; the API's own status keeps whole seconds only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::super::world::Key;
use super::super::turn::Turn;

/// A pod's note.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// When the scheduler, or the mounting of volumes, tries again, and how often it did.
    pub retry: Option<Timestamp>,
    pub tries: i64,
    /// Volumes are there and the sandbox is made.
    pub sandbox: bool,
    /// When the last container will have stopped, once the pod is told to go.
    pub gone: Option<Timestamp>,
    pub containers: BTreeMap<String, Container>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    pub state: State,
    pub restarts: i64,
    /// The run before the present one.
    pub last: Option<Run>,
    /// Seconds of the back-off that stands next: 0 before the first restart.
    pub backoff: i64,
    /// Seconds of the back-off after the last failed pull.
    pub pull_backoff: i64,
    /// How often the present trouble was met.
    pub trouble: i64,
}

/// A run of a container that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub since: Timestamp,
    pub until: Timestamp,
    pub code: i64,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum State {
    /// Nothing was done yet.
    #[default]
    New,
    Pulling {
        until: Timestamp,
    },
    /// It cannot be made; tried again at `until`. The reason is the API's (`ErrImagePull`, `CreateContainerConfigError`).
    Trouble {
        reason: String,
        message: String,
        until: Timestamp,
        since: Timestamp,
    },
    /// The image is there, the runtime works.
    Making {
        until: Timestamp,
    },
    Running {
        since: Timestamp,
        /// When it ends by itself, under the fault that stood at its start.
        ends: Option<Run>,
        fault: String,
        started: bool,
        ready: bool,
        probes: BTreeMap<String, Tally>,
    },
    /// Told to stop by a failed probe.
    Stopping {
        run: Run,
    },
    Ended {
        run: Run,
        /// When the kubelet looks at it again; `None` when it stays so.
        until: Option<Timestamp>,
    },
    /// Waiting in `CrashLoopBackOff`.
    BackOff {
        run: Run,
        until: Timestamp,
        seconds: i64,
    },
}

/// How a probe went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub next: Option<Timestamp>,
    pub good: i64,
    pub bad: i64,
    /// The verdict, once there is one.
    pub passes: Option<bool>,
}

impl Seen {
    pub fn load(turn: &Turn, pod: &Key) -> Self {
        turn.note(pod)
            .cloned()
            .and_then(|note| serde_json::from_value(note).ok())
            .unwrap_or_default()
    }

    pub fn save(&self, turn: &mut Turn, pod: &Key) {
        turn.set_note(pod, serde_json::to_value(self).unwrap_or_else(|_| json!({})));
    }
}
