//! A release of Helm, as its record in the cluster tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One revision of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub name: String,
    pub namespace: String,
    pub revision: u64,
    /// `deployed`, `failed`, `superseded`, `pending-upgrade`, …
    pub status: String,
    pub updated: Option<Timestamp>,
    /// `todo-app-0.1.0`.
    pub chart: String,
    pub app_version: String,
    /// `Upgrade complete`.
    pub description: String,
    /// What was given over the chart's own values, path by path; secrets hidden.
    pub values: Vec<(String, String)>,
}

/// An entry of the kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextLine {
    pub name: String,
    pub cluster: String,
    pub namespace: String,
    pub current: bool,
}
