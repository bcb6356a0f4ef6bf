//! What was done.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{answer::Answer, failure::Failure, field::FieldChange, object::ObjectRef};

/// The result of executing an approved plan. Part of it may have failed; what was done before stays told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub done: Vec<Done>,
    pub answers: Vec<Answer>,
    pub failure: Option<Failure>,
}

/// One change as the server answered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    pub object: ObjectRef,
    /// `replicas set to 3`.
    pub what: String,
    /// Fields that really changed, with old and new values.
    pub changed: Vec<FieldChange>,
    pub millis: u64,
    /// The object after the change, as the server returned it.
    #[serde(skip)]
    pub after: Value,
}
