//! What containers request and may use, beside what they use now.

use serde::{Deserialize, Serialize};

use super::object::ObjectRef;

/// The answer to "optimize resource allocation".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizingAnswer {
    /// `None`: all namespaces.
    pub namespace: Option<String>,
    pub containers: Vec<ContainerSize>,
    /// Over all desired replicas.
    pub cpu: Sums,
    pub memory: Sums,
    /// Why nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<String>,
    pub advice: Vec<SizeAdvice>,
}

/// One container of a workload's pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSize {
    pub workload: ObjectRef,
    pub container: String,
    /// Pods that the workload is to have.
    pub replicas: u32,
    pub cpu: Amounts,
    pub memory: Amounts,
}

/// Quantities of one resource, for one pod, as Kubernetes writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    pub request: Option<String>,
    pub limit: Option<String>,
    /// Of the pod that uses most; `None` where nothing was measured.
    pub used: Option<String>,
}

/// What all replicas are promised, and may use at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub requests: String,
    /// `None`: a container has no limit.
    pub limits: Option<String>,
}

/// Something that could be set better, and the command that does it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeAdvice {
    pub workload: ObjectRef,
    /// `todo-backend has no memory limit: …`.
    pub what: String,
    pub hints: Vec<String>,
}
