//! What is known about kinds, as data taken from a real API server by `examples/facts.rs`. Everything is parsed when it is
//! first needed: a plain read needs the names alone.

pub mod openapi;
pub mod schema;
pub mod wire;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// One kind in one version, as discovery lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Kind {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub singular: String,
    pub namespaced: bool,
    pub verbs: Vec<String>,
    #[serde(default)]
    pub short: Vec<String>,
    #[serde(default)]
    pub categories: Vec<String>,
    #[serde(default)]
    pub hash: Option<String>,
    /// Group and version of the answer where they are not the kind's own.
    #[serde(default)]
    pub response: Option<(String, String)>,
    #[serde(default)]
    pub subresources: Vec<Subresource>,
    /// Made by a CustomResourceDefinition: no schema of ours, printer columns of its own.
    #[serde(default)]
    pub custom: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Subresource {
    pub name: String,
    pub kind: String,
    pub group: String,
    pub version: String,
    pub verbs: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    pub name: String,
    /// The preferred one first.
    pub versions: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Facts {
    /// The body of `/version`.
    pub version: Value,
    pub groups: Vec<Group>,
    pub kinds: Vec<Kind>,
}

/// One column of a kind's table.
#[derive(Clone, Debug, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub format: String,
    pub description: String,
    pub priority: i64,
}

/// The kinds whose whole behaviour is simulated; all others are stored and nothing happens to them.
const FULL: [&str; 34] = [
    "Namespace",
    "Node",
    "Pod",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Service",
    "EndpointSlice",
    "Endpoints",
    "ConfigMap",
    "Secret",
    "Event",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Ingress",
    "NetworkPolicy",
    "StorageClass",
    "ResourceQuota",
    "ServiceAccount",
    "CustomResourceDefinition",
    "CronJob",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    // Of these a real cluster makes no more either: somebody else reads them.
    "ComponentStatus",
    "ControllerRevision",
    "IngressClass",
    "Lease",
    "PodTemplate",
];

impl Kind {
    /// `deployments.apps`, `pods`: as error texts name a resource.
    #[must_use]
    pub fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `Deployment.apps`, `Pod`: as validation errors name a kind.
    #[must_use]
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    #[must_use]
    pub fn full(&self) -> bool {
        // What a custom kind does is up to whoever defined it, here as in a real cluster.
        self.custom.is_some() || FULL.contains(&self.kind.as_str())
    }

    /// Group and version under which its objects are stored: one object may be served in several.
    #[must_use]
    pub fn stored(&self) -> (&str, &str) {
        match (self.group.as_str(), self.kind.as_str()) {
            ("events.k8s.io", "Event") => ("", "v1"),
            ("autoscaling", "HorizontalPodAutoscaler") => ("autoscaling", "v2"),
            _ => (&self.group, &self.version),
        }
    }
}

/// The names of everything.
#[must_use]
pub fn facts() -> &'static Facts {
    static FACTS: LazyLock<Facts> = LazyLock::new(|| {
        serde_json::from_str(include_str!("data/kinds.json")).unwrap_or_else(|_| Facts {
            version: Value::Null,
            groups: Vec::new(),
            kinds: Vec::new(),
        })
    });
    &FACTS
}

impl Facts {
    #[must_use]
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Kind> {
        self.kinds
            .iter()
            .find(|kind| kind.plural == plural && kind.group == group && kind.version == version)
    }

    /// The group of a kind by its bare name, for kinds that the lifecycle knows.
    #[must_use]
    pub fn group_of(&self, kind: &str) -> Option<&str> {
        self.kinds.iter().find(|known| known.kind == kind).map(|known| known.group.as_str())
    }
}

/// The columns of a kind's table; `None` for a kind that has the general ones.
#[must_use]
pub fn columns(kind: &Kind) -> Option<&'static [Column]> {
    static COLUMNS: LazyLock<BTreeMap<String, Vec<Column>>> =
        LazyLock::new(|| serde_json::from_str(include_str!("data/columns.json")).unwrap_or_default());
    let group = if kind.group.is_empty() { "core" } else { &kind.group };
    COLUMNS
        .get(&format!("{}.{group}.{}", kind.plural, kind.version))
        .or_else(|| COLUMNS.get(&format!("{}.{group}", kind.plural)))
        .map(Vec::as_slice)
}

/// The roles and bindings that every cluster begins with.
#[must_use]
pub fn rights() -> Vec<Value> {
    serde_json::from_str(include_str!("data/rbac.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_group_version_and_plural() {
        let kind = facts().find("apps", "v1", "deployments").unwrap();
        assert_eq!(
            (
                kind.kind.as_str(),
                kind.resource().as_str(),
                kind.qualified().as_str(),
                kind.short.join(",").as_str()
            ),
            ("Deployment", "deployments.apps", "Deployment.apps", "deploy")
        );
    }

    #[test]
    fn columns_are_those_of_the_real_server() {
        let kind = facts().find("", "v1", "pods").unwrap();
        let names: Vec<&str> = columns(kind).unwrap().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Name",
                "Ready",
                "Status",
                "Restarts",
                "Age",
                "IP",
                "Node",
                "Nominated Node",
                "Readiness Gates"
            ]
        );
    }
}
