//! What is kept to take a change back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{docker::IDENTITY, field::FieldPath, object::ObjectRef};

/// The reverse of one change: for each field that we set, the value before and the value we gave it. A field that no
/// longer has our value is a conflict: somebody else changed it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reversal {
    pub object: ObjectRef,
    pub subresource: String,
    pub fields: Vec<ReversedField>,
    #[serde(default, skip_serializing_if = "Way::is_fields")]
    pub way: Way,
}

/// How a change is taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The fields get their old values again.
    #[default]
    Fields,
    /// We made the object: it is taken away. `fields` are those that we gave it.
    Delete,
    /// We took the object away: this one is made.
    Create(Value),
}

impl Way {
    const fn is_fields(&self) -> bool {
        matches!(self, Self::Fields)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReversedField {
    pub field: FieldPath,
    /// `None`: the field was absent and will be removed again.
    pub before: Option<Value>,
    /// `None`: we removed the field.
    pub ours: Option<Value>,
}

/// A part of a request that nothing takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// `restart deployment/todo-backend`.
    pub what: String,
    /// One sentence.
    pub why: String,
}

/// The reverse of a whole request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UndoEntry {
    /// Id of the transcript of the request.
    pub id: String,
    pub request: String,
    pub at: Timestamp,
    /// Uid of kube-system of the cluster that was changed.
    pub cluster: Option<String>,
    pub context: String,
    /// In the order they were done; taken back in reverse.
    pub reversals: Vec<Reversal>,
    /// What stays. An entry with nothing else is kept so that the last change is not taken for an earlier one.
    #[serde(default)]
    pub lasting: Vec<Lasting>,
    pub undone: bool,
}

impl UndoEntry {
    /// It was a Docker Engine that was changed.
    #[must_use]
    pub fn is_on_engine(&self) -> bool {
        self.cluster.as_ref().is_some_and(|id| id.starts_with(IDENTITY))
    }

    /// The option that names the place again.
    #[must_use]
    pub fn option(&self) -> String {
        let option = if self.is_on_engine() { "--docker-context" } else { "--context" };
        format!("{option} {}", self.context)
    }
}
