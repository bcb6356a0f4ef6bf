//! Steps that tell what is there, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::domain::{intent::Scope, kind::Kind, object::ObjectRef};

/// Workloads, their pods and services, what is wrong first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overview {
    #[serde(default)]
    pub scope: Scope,
}

/// The server's own table of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub kind: Kind,
    #[serde(default)]
    pub scope: Scope,
    /// A workload whose pods, services, … are meant ("pods of the backend").
    #[serde(default)]
    pub of: Option<ObjectRef>,
    /// `yaml`, `json`, `name`, `wide`; `None`: the usual columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub show_labels: bool,
    /// A path in the objects, such as `.metadata.creationTimestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// A field selector as the API takes it, such as `status.phase=Running`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
}

/// One object as the server has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub object: ObjectRef,
    /// `yaml`, `json`, `name`, `wide`; `None`: YAML.
    #[serde(default)]
    pub output: Option<String>,
    #[serde(default)]
    pub json: bool,
}

/// One object in full, with its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Describe {
    pub object: ObjectRef,
    /// Asked for are the labels alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub labels: bool,
    /// Asked for are the containers alone: images, ports, limits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub containers: bool,
    /// Asked for are the environment variables alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub environment: bool,
}

/// Which workloads read a ConfigMap or a Secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readers {
    pub object: ObjectRef,
}

/// Logs of all pods of a workload, or of one pod, merged and prefixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    pub workload: ObjectRef,
    #[serde(default)]
    pub container: Option<String>,
    #[serde(default)]
    pub follow: bool,
    /// Seconds back from now.
    #[serde(default)]
    pub since: Option<u64>,
    /// Lines from the end, for each container.
    #[serde(default)]
    pub tail: Option<u64>,
    /// Of the container's last run before this one.
    #[serde(default)]
    pub previous: bool,
    /// Only lines that speak of an error.
    #[serde(default)]
    pub errors: bool,
}

/// Events by time, newest last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    #[serde(default)]
    pub scope: Scope,
    #[serde(default)]
    pub of: Option<ObjectRef>,
    #[serde(default)]
    pub warnings: bool,
    /// Seconds back from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// "Is my app healthy?": the analyzers over a scope or over one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    #[serde(default)]
    pub scope: Scope,
    #[serde(default)]
    pub of: Option<ObjectRef>,
}

/// "Why is the backend failing?": the analyzers with evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnose {
    #[serde(default)]
    pub scope: Scope,
    #[serde(default)]
    pub of: Option<ObjectRef>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutStatus {
    pub workload: ObjectRef,
}
