//! Events as they are stored: versioned, compact, and apart from the live [`crate::domain::event::Event`], so that live
//! types may change while every old record still reads. A field is never renamed or given another meaning; new fields
//! have defaults; anything else is a new version. Golden files of every version are in `tests/golden/`.

mod answer;
mod fields;
mod from_event;
mod of_tools;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use from_event::{lost, stored};
pub use of_tools::{Handed, Held, Prompted, Ruled, Running, ToolCommand, Worked};

/// The version that is written.
pub const VERSION: u64 = 1;

/// An event of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Stored {
    Requested(Requested),
    Met(Met),
    Tools(Tools),
    Understood(Understood),
    NotClear(NotClear),
    Planned(Planned),
    Decided(Decided),
    Changing(Changing),
    Called(Called),
    Replied(Replied),
    Did(Did),
    Prompted(Prompted),
    Running(Running),
    Held(Held),
    /// A change that a tool proposed, and that was not made.
    Proposed(Held),
    Ruled(Ruled),
    Worked(Worked),
    Handed(Handed),
    Progress(Observed),
    Verified(Verified),
    Answered(Answered),
    Artifact(Artifact),
    Note(Note),
    Failed(Failed),
    Ended(Ended),
    /// Events before this one could not be written.
    Lost(Lost),
    /// Written by a later version of this program; kept out of exports, and no damage.
    #[serde(skip)]
    Unknown {
        name: String,
    },
}

impl Stored {
    /// Reads the data of an event of this version and type.
    #[must_use]
    pub fn read(_version: u64, name: &str, data: Value) -> Self {
        // Version 1 is the only one so far; later versions are converted here.
        serde_json::from_value(serde_json::json!({"type": name, "data": data})).unwrap_or_else(|_| Self::Unknown { name: name.to_owned() })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requested {
    pub request: String,
    /// Options as one would type them, one word each.
    pub options: Vec<String>,
    /// Of this program.
    pub version: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Met {
    /// `embedded`, `minikube`, `kind`, …, `remote`.
    pub locality: String,
    pub simulated: bool,
    pub context: String,
    pub server: String,
    pub namespace: String,
    /// Of the namespace kube-system.
    pub uid: Option<String>,
    /// Of Kubernetes.
    pub version: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tools {
    pub tools: Vec<Tool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    pub name: String,
    pub version: Option<String>,
    pub found: bool,
    pub usable: bool,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Understood {
    pub intents: Vec<Intent>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intent {
    pub playbook: String,
    pub clause: String,
    /// Name and value, in words.
    pub slots: Vec<(String, String)>,
    /// What was said and what it was taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotClear {
    /// What was asked back, or why nothing was done.
    pub reason: String,
    /// Words that nothing explained.
    pub unexplained: Vec<String>,
    /// Requests that were offered instead.
    pub offered: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Planned {
    pub title: String,
    pub playbook: String,
    pub context: String,
    pub namespace: String,
    /// `builtin` or an AI tool.
    pub tool: String,
    pub tool_version: Option<String>,
    pub passed_over: Vec<PassedOver>,
    /// `read`, `change`, …
    pub risk: String,
    /// Names of the steps that read.
    pub reads: Vec<String>,
    pub changes: Vec<Change>,
    /// `restore`, `in-part`, `impossible`, `nothing-to-undo`.
    pub undoing: String,
    pub notes: Vec<String>,
    pub equivalent: Vec<String>,
    /// The AI tool whose idea it is, and its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassedOver {
    pub tool: String,
    pub reason: String,
    pub found: bool,
}

/// An object and the fields of it that change, or changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// `deployment/todo-backend`.
    pub object: String,
    pub namespace: Option<String>,
    pub uid: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    pub field: String,
    /// `None`: it was not there.
    pub before: Option<Value>,
    /// `None`: it is gone.
    pub after: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decided {
    pub title: String,
    /// `approved`, `declined`, `refused`.
    pub decision: String,
    /// `person`, `policy`, `not-needed`; for `approved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// AI tools that were to do it, where the built-in engine was chosen instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// For `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changing {
    pub title: String,
    /// Uid of the cluster.
    pub cluster: Option<String>,
    /// What takes it back: from our value (`after`) to the one before (`before`).
    pub reversals: Vec<Change>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Called {
    /// `patch deployments/todo-backend/scale`.
    pub call: String,
    pub namespace: Option<String>,
    pub path: String,
    pub risk: String,
    pub granted: bool,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Replied {
    pub call: String,
    pub status: u16,
    pub millis: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Did {
    pub what: String,
    pub change: Change,
    pub millis: u64,
}

/// What was seen of a post-condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Observed {
    pub object: String,
    /// `replicas`, `available`, `image`, `env`, `fields`.
    pub condition: String,
    /// `holds`, `pending`, `fails`.
    pub verdict: String,
    pub saw: String,
    pub millis: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verified {
    pub holds: bool,
    pub observations: Vec<Observed>,
    pub findings: Vec<Finding>,
    pub left: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    pub code: String,
    pub object: String,
    pub what: String,
    pub evidence: Vec<String>,
}

/// A read in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// `overview`, `table`, `description`, …
    pub answer: String,
    /// One sentence.
    pub summary: String,
    /// The most important lines of it.
    pub lines: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Artifact {
    pub name: String,
    pub media_type: String,
    /// Of the redacted bytes; the name of the file in `artifacts/`.
    pub sha256: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failed {
    pub kind: String,
    pub what: String,
    pub hints: Vec<String>,
    pub causes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ended {
    pub exit_code: u8,
    pub changed: bool,
    pub verified: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lost {
    pub events: u64,
    pub reason: String,
}
