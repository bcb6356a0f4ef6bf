//! A port of this machine that leads to one of a pod.

use serde::{Deserialize, Serialize};

use crate::domain::object::ObjectRef;

/// Until somebody ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// A pod, or what has pods: a workload, a service.
    pub object: ObjectRef,
    /// `8080:7860`, `:7860`, `8080`, `8080:http`.
    #[serde(default)]
    pub ports: Option<Vec<String>>,
    /// As it was typed.
    #[serde(default)]
    pub address: Option<String>,
    /// What a plan makes of it, and the only pods and ports that its approval is for.
    #[serde(default, skip_deserializing)]
    pub lanes: Option<Lanes>,
}

/// Which pods, and which of their ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lanes {
    pub namespace: String,
    pub pods: Pods,
    pub ports: Vec<Lane>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pods {
    /// This one alone.
    Named(String),
    /// Any that these labels select.
    Selected(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// `None`: any that is free.
    pub local: Option<u16>,
    pub to: PodPort,
}

/// A name may stand for another number in each pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodPort {
    Number(u16),
    Named(String),
}

impl std::fmt::Display for PodPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}
