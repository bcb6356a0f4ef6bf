//! Steps that make an object that was not there.

use serde::{Deserialize, Serialize};

use crate::domain::{intent::EnvChange, object::ObjectRef};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateNamespace {
    pub name: String,
}

/// A Deployment of one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    pub name: String,
    /// `None`: the place's own.
    #[serde(default)]
    pub namespace: Option<String>,
    pub image: String,
    /// `None`: one.
    #[serde(default)]
    pub replicas: Option<u64>,
    /// That the container listens on.
    #[serde(default)]
    pub port: Option<u64>,
}

/// Where the keys of a ConfigMap or Secret come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// Keys with their values, for what is not secret.
    #[serde(default)]
    pub literals: Vec<EnvChange>,
    /// Files: a key each, called as the file is. A folder: its files. `KEY=PATH` names the key.
    #[serde(default)]
    pub file: Option<String>,
    /// A file of `NAME=value` lines: a key for each.
    #[serde(default)]
    pub env_file: Option<String>,
    /// Variables of the environment of this program, by name.
    #[serde(default)]
    pub variables: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigMap {
    pub name: String,
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub contents: Contents,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateSecret {
    pub name: String,
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub contents: Contents,
}

/// How a Service is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exposure {
    #[default]
    #[serde(alias = "clusterip")]
    ClusterIP,
    #[serde(alias = "nodeport")]
    NodePort,
    #[serde(alias = "loadbalancer")]
    LoadBalancer,
}

/// A Service for the pods of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expose {
    pub workload: ObjectRef,
    /// `None`: the port that its container declares, where it is one.
    #[serde(default)]
    pub port: Option<u64>,
    /// `None`: as `port`.
    #[serde(default)]
    pub target_port: Option<u64>,
    /// As it was typed: `NodePort`, `nodeport`.
    #[serde(default)]
    pub r#type: Option<String>,
    #[serde(default)]
    pub node_port: bool,
    /// `None`: as the workload.
    #[serde(default)]
    pub name: Option<String>,
}

/// A HorizontalPodAutoscaler (`autoscaling/v2`) for a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Autoscale {
    pub workload: ObjectRef,
    /// `None`: one.
    #[serde(default)]
    pub min: Option<u64>,
    pub max: u64,
    /// Percent of what the pods request; `None`: 80, as kubectl does.
    #[serde(default)]
    pub cpu: Option<u64>,
}
