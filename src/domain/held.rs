//! A call of another program that waits for a yes.

use serde::{Deserialize, Serialize};
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
    /// Values of Secrets are in it as they are.
    pub request: AsSent,
    /// What is to be run in a container: the arguments of an exec.
    pub command: Vec<String>,
    /// Why it does not pass by itself, in one sentence.
    pub why: String,
}

/// A request as it goes over the wire: what there is to see where it could not be tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AsSent {
    pub method: String,
    /// With what stands behind the question mark.
    pub path: String,
    /// Nothing where it has none. One that cannot be read is not held but refused.
    pub body: Option<Value>,
}

/// The answer to a held call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Once, and as it was shown.
    Pass,
    /// The caller is told this.
    Refuse { reason: String },
}

/// Options of a deletion that say no more than to take it away, and what it owns after it.
#[must_use]
pub fn is_usual(options: Option<&Value>) -> bool {
    let usual = |(name, value): (&String, &Value)| match name.as_str() {
        "apiVersion" | "kind" | "preconditions" => true,
        "propagationPolicy" => value == "Background",
        _ => false,
    };
    let options = options.and_then(Value::as_object);
    options.is_none_or(|options| options.iter().all(usual))
}
