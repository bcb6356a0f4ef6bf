//! A release of Helm, as its record in the cluster tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{kind::Kind, object::ObjectRef};

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
    /// The objects that it put on the cluster, as YAML. May hold what is secret.
    #[serde(skip)]
    pub manifest: String,
    /// SHA-256 of the manifest.
    #[serde(default)]
    pub digest: String,
    /// What its hooks run: `job/migrate`, and when (`pre-rollback`, …).
    #[serde(default)]
    pub hooks: Vec<(String, Vec<String>)>,
}

impl Release {
    /// The release itself, whatever its revision. It is no object of the API: Helm keeps it in Secrets.
    #[must_use]
    pub fn named(name: &str, namespace: &str) -> ObjectRef {
        ObjectRef {
            kind: Kind {
                group: GROUP.to_owned(),
                version: "v1".to_owned(),
                kind: "Release".to_owned(),
                plural: "releases".to_owned(),
                namespaced: true,
                short_names: Vec::new(),
            },
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
            uid: None,
        }
    }

    /// It was on the cluster as it says at some time: its install, upgrade or rollback did not fail.
    #[must_use]
    pub fn was_deployed(&self) -> bool {
        matches!(self.status.as_str(), "deployed" | "superseded")
    }
}

/// The group under which releases are named beside objects of the API.
const GROUP: &str = "helm.sh";

/// The helm of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helm {
    /// `3.19.0`, as far as it tells.
    pub version: Option<String>,
}

/// An entry of the kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextLine {
    pub name: String,
    pub cluster: String,
    pub namespace: String,
    pub current: bool,
}
