//! What happens to objects as time goes by: a function of the objects, the node's observations and the clock.
//!
//! The caller's contract, all within one transaction:
//!
//! 1. [`advance`] before the access, so that it sees what has happened since the last one;
//! 2. for a write: [`defaults`] and [`validate`] on the object, [`admit`] with the world (default class, service address,
//!    quota), then `World::put`;
//! 3. [`advance`] again at the same `now`, so that controllers react at the moment of the write and not of the next access;
//! 4. store all writes of the world, [`super::world::OBSERVATION`] objects included, and keep the returned moment: before it
//!    nothing happens by itself, and no access needs to call.
//!
//! Deletion: an object that only goes away is removed from the world. A pod gets `metadata.deletionTimestamp` (now + grace)
//! and `deletionGracePeriodSeconds`; a namespace `deletionTimestamp`; foreground and orphan deletion their finalizer
//! (`foregroundDeletion`, `orphan`) and `deletionTimestamp`; the rest happens here.

mod admission;
mod advance;
mod cronjob;
mod daemonset;
mod defaulting;
mod deployment;
pub mod disruption;
mod endpoints;
mod events;
pub mod faults;
mod garbage;
mod hpa;
mod ident;
mod images;
mod job;
pub mod logs;
mod neighbours;
pub mod node;
mod nodes;
mod pods;
mod program;
pub mod quantity;
mod quota;
mod replicaset;
mod schedule;
mod script;
pub mod seed;
mod selector;
mod statefulset;
mod turn;
mod validation;
mod values;
mod volumeclaims;

use jiff::Timestamp;
use serde_json::Value;

use super::world::World;

/// The one node, and its address.
pub const NODE: &str = "embedded";
pub const HOST_IP: &str = "192.168.49.2";

/// Brings the world up to its `now`. Deterministic: the same objects and the same clock give the same result, in
/// however many calls. Returns the next moment at which something is due, if any.
pub fn advance(world: &mut World) -> Option<Timestamp> {
    advance::advance(world)
}

/// One thing that is wrong with an object, as the API server lists it in `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Path as the server writes it: `spec.template.spec.containers[0].name`.
    pub field: String,
    /// `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, `FieldValueDuplicate`, `FieldValueForbidden` …
    pub reason: &'static str,
    /// Without the field: `Required value`, `Invalid value: -1: must be greater than or equal to 0`.
    pub message: String,
}

/// Why an object is refused for the state that the cluster is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// HTTP status: 403 for quota and a terminating namespace, 422 for a taken address or port.
    pub code: u16,
    /// `Status.reason`: `Forbidden`, `Invalid`.
    pub reason: &'static str,
    /// After `<resource> "<name>" is forbidden: `, or the whole text of the cause for 422.
    pub message: String,
}

/// Fills in what the real server's defaulting fills in, for the kinds with full behaviour. Not dependent on other objects.
pub fn defaults(kind: &str, object: &mut Value) {
    defaulting::defaults(kind, object);
}

/// Fills in what the server makes up for a new object of this kind, and what nobody wrote: how a job finds its pods.
/// The uid and the name must be given before.
pub fn generated(kind: &str, object: &mut Value) {
    defaulting::generated(kind, object);
}

/// What the real server would refuse. `old` is the stored object for an update.
#[must_use]
pub fn validate(kind: &str, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    validation::validate(kind, object, old)
}

/// How often the real server lists what it finds wrong with what may never change of an object: its uid, that it is deleted.
#[must_use]
pub fn passes_over_marks(kind: &str) -> usize {
    validation::passes_over_marks(kind)
}

/// Admission that looks at other objects: default storage class, service addresses and node ports, service account, quota,
/// terminating namespaces. Called after `validate`, before the object is put; `old` is the stored object for an update.
///
/// # Errors
/// The refusal in the server's words.
pub fn admit(world: &World, kind: &str, object: &mut Value, old: Option<&Value>) -> Result<(), Denied> {
    admission::admit(world, kind, object, old)
}
