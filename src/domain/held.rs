//! A call of another program that waits for a yes.

use serde_json::Value;

use super::{field::FieldChange, object::ObjectRef, risk::Call, risk::Risk};

/// What somebody must know to say yes or no to it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldCall {
    pub call: Call,
    pub risk: Risk,
    /// With uid, where it is there already; `None` where the call is about no single object.
    pub object: Option<ObjectRef>,
    /// What the server says that it would change. Empty where it could not be tried: then the body is what there is to see.
    pub diff: Vec<FieldChange>,
    /// As it was sent, where it is JSON. Values of Secrets are in it as they are.
    pub body: Option<Value>,
    /// What is to be run in a container: the arguments of an exec.
    pub command: Vec<String>,
    /// Why it does not pass by itself, in one sentence.
    pub why: String,
}

/// The answer to a held call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Once, and as it was shown.
    Pass,
    /// The caller is told this.
    Refuse { reason: String },
}
