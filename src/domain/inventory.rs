//! What is there: the names that a request may mean, and the tools that may do it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{kind::Kind, object::ObjectRef, place::Place};

/// A snapshot of names, taken once for a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    pub place: Place,
    /// Namespaces of the cluster; empty when the user may not list them.
    pub namespaces: Vec<String>,
    /// Workloads, pods and whatever else was asked for, in all namespaces that could be read.
    pub items: Vec<Item>,
    /// Kinds that the server serves beside the well-known ones, as far as they were looked up.
    pub kinds: Vec<Kind>,
    pub tools: Vec<ToolStatus>,
    /// What this conversation spoke of, turn by turn, newest first: the meaning of "it". An empty turn spoke of something that
    /// is not known.
    #[serde(default)]
    pub recent: Vec<Vec<ObjectRef>>,
    /// The list that this conversation showed last: the meaning of "them".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<ObjectRef>,
    /// What could not be seen, and why: shown when a name is not found.
    #[serde(default)]
    pub blind_spots: Vec<String>,
}

/// One object with what helps to recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub object: ObjectRef,
    pub labels: BTreeMap<String, String>,
    /// Names and images of its containers.
    pub containers: Vec<(String, String)>,
    /// Ports that its containers declare.
    pub ports: Vec<u16>,
    /// Desired and ready replicas, for workloads.
    pub replicas: Option<(u32, u32)>,
    /// The controller that owns it, for pods and replica sets.
    pub owner: Option<String>,
}

impl Item {
    /// Of which nothing is known but its name.
    #[must_use]
    pub const fn bare(object: ObjectRef) -> Self {
        Self {
            object,
            labels: BTreeMap::new(),
            containers: Vec::new(),
            ports: Vec::new(),
            replicas: None,
            owner: None,
        }
    }
}

/// Whether an AI tool can be used, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolStatus {
    /// `gordon`, `kubectl-ai`, `kagent`.
    pub name: String,
    pub version: Option<String>,
    pub usable: bool,
    /// Why it is not usable, and what would make it so; empty when it is.
    pub reason: String,
    /// Found on this machine at all.
    pub found: bool,
}
