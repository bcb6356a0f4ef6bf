//! What bodies say, for others in front of an API who must read them: the same reading as the embedded cluster's own.

use serde_json::Value;

use super::{api::protobuf, facts, patch};

/// The object in a body of Kubernetes' protobuf. Fields that are newer than our tables are not in it.
pub(in crate::adapters::cluster) fn of_protobuf(bytes: &[u8]) -> Option<Value> {
    protobuf::read(bytes).ok()
}

/// An object of this kind with a strategic merge patch in it.
pub(in crate::adapters::cluster) fn strategic(group: &str, version: &str, plural: &str, object: &Value, with: &Value) -> Option<Value> {
    let kind = facts::facts().find(group, version, plural)?;
    let shape = facts::schema::root(kind)?;
    let mut object = object.clone();
    patch::strategic::merge(Some(&shape), &mut object, with).ok()?;
    Some(object)
}

/// An object with a merge patch in it.
pub(in crate::adapters::cluster) fn merged(object: &Value, with: &Value) -> Value {
    let mut object = object.clone();
    patch::merge::merge(&mut object, with);
    object
}
