//! What exactly was approved.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    field::{FieldChange, FieldPath},
    object::ObjectRef,
};

/// Exact permission for one change: this object (by uid), this subresource, these fields with these values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    pub object: ObjectRef,
    /// Empty for the object itself.
    pub subresource: String,
    pub verb: String,
    pub fields: Vec<FieldChange>,
    /// The whole object that may be sent, where it is made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl Grant {
    /// The changes that the grant does not cover: another field, or another value for a field.
    #[must_use]
    pub fn beyond<'a>(&self, changes: &'a [FieldChange]) -> Vec<&'a FieldChange> {
        changes
            .iter()
            .filter(|change| !self.covers(&change.field, change.after.as_ref()))
            .collect()
    }

    fn covers(&self, field: &FieldPath, after: Option<&Value>) -> bool {
        self.fields
            .iter()
            .any(|granted| granted.field == *field && granted.after.as_ref() == after)
    }
}
