//! What an analyzer found wrong: a numbered kind, the object, the evidence, the next step.

use serde::{Deserialize, Serialize};

use super::object::ObjectRef;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It does not work.
    Error,
    /// It works, but not as it should.
    Warning,
}

/// One finding. `code` is stable: it is documented and never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `T101`.
    pub code: String,
    pub severity: Severity,
    /// The object with the problem, most often a pod.
    pub object: ObjectRef,
    /// The workload it belongs to.
    pub workload: Option<ObjectRef>,
    /// `cannot pull todo-backend:nope: not found`, without the object's name.
    pub what: String,
    /// Lines that prove it, such as the last log lines; quoted, not judged.
    pub evidence: Vec<String>,
    /// What to do next; commands work when pasted.
    pub hints: Vec<String>,
    /// Waiting will not mend it.
    pub lasting: bool,
}
