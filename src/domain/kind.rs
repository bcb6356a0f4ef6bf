//! A Kubernetes kind as discovery tells it.

use serde::{Deserialize, Serialize};

/// Group, version, kind and the names under which the API server serves it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// Empty for the core group.
    #[serde(default)]
    pub group: String,
    pub version: String,
    /// CamelCase singular: `Deployment`.
    pub kind: String,
    /// Lower-case plural as in URLs: `deployments`.
    pub plural: String,
    pub namespaced: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short_names: Vec<String>,
}

impl Kind {
    /// What the metrics API measures (metrics.k8s.io), where a cluster has it.
    #[must_use]
    pub fn of_metrics(kind: &str, plural: &str, namespaced: bool) -> Self {
        Self {
            group: "metrics.k8s.io".to_owned(),
            version: "v1beta1".to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced,
            short_names: Vec::new(),
        }
    }

    /// `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployment`, as kubectl writes it before a slash.
    #[must_use]
    pub fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    fn builtin(group: &str, kind: &str, plural: &str, short: &[&str]) -> Self {
        Self {
            group: group.to_owned(),
            version: if group == "autoscaling" { "v2" } else { "v1" }.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: !matches!(kind, "Node" | "Namespace" | "PersistentVolume" | "StorageClass" | "IngressClass"),
            short_names: short.iter().map(|&s| s.to_owned()).collect(),
        }
    }

    #[must_use]
    pub fn deployment() -> Self {
        Self::builtin("apps", "Deployment", "deployments", &["deploy"])
    }
    #[must_use]
    pub fn config_map() -> Self {
        Self::builtin("", "ConfigMap", "configmaps", &["cm"])
    }
    #[must_use]
    pub fn pod() -> Self {
        Self::builtin("", "Pod", "pods", &["po"])
    }

    /// The kinds that every cluster of Kubernetes 1.28 and later serves under these names, so that ordinary requests
    /// need no discovery call. Other kinds come from discovery.
    #[must_use]
    pub fn well_known() -> Vec<Self> {
        [
            ("", "Pod", "pods", &["po"][..]),
            ("", "Service", "services", &["svc"]),
            ("", "ConfigMap", "configmaps", &["cm"]),
            ("", "Secret", "secrets", &[]),
            ("", "Namespace", "namespaces", &["ns"]),
            ("", "Node", "nodes", &["no"]),
            ("", "Event", "events", &["ev"]),
            ("", "PersistentVolumeClaim", "persistentvolumeclaims", &["pvc"]),
            ("", "PersistentVolume", "persistentvolumes", &["pv"]),
            ("", "ServiceAccount", "serviceaccounts", &["sa"]),
            ("", "Endpoints", "endpoints", &["ep"]),
            ("", "ReplicationController", "replicationcontrollers", &["rc"]),
            ("", "ResourceQuota", "resourcequotas", &["quota"]),
            ("", "LimitRange", "limitranges", &["limits"]),
            ("apps", "Deployment", "deployments", &["deploy"]),
            ("apps", "ReplicaSet", "replicasets", &["rs"]),
            ("apps", "StatefulSet", "statefulsets", &["sts"]),
            ("apps", "DaemonSet", "daemonsets", &["ds"]),
            ("batch", "Job", "jobs", &[]),
            ("batch", "CronJob", "cronjobs", &["cj"]),
            ("networking.k8s.io", "Ingress", "ingresses", &["ing"]),
            ("networking.k8s.io", "IngressClass", "ingressclasses", &[]),
            ("networking.k8s.io", "NetworkPolicy", "networkpolicies", &["netpol"]),
            ("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", &["hpa"]),
            ("policy", "PodDisruptionBudget", "poddisruptionbudgets", &["pdb"]),
            ("storage.k8s.io", "StorageClass", "storageclasses", &["sc"]),
            ("discovery.k8s.io", "EndpointSlice", "endpointslices", &[]),
            ("rbac.authorization.k8s.io", "Role", "roles", &[]),
            ("rbac.authorization.k8s.io", "RoleBinding", "rolebindings", &[]),
        ]
        .into_iter()
        .map(|(group, kind, plural, short)| Self::builtin(group, kind, plural, short))
        .collect()
    }

    /// Whether a word names this kind: plural, singular, kind, short name, also as `plural.group` and `plural.version.group`.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let (name, group) = word
            .split_once('.')
            .map_or((word.as_str(), None), |(name, group)| (name, Some(group)));
        let named = name == self.plural || name == self.singular() || self.short_names.iter().any(|short| short == name);
        let grouped = group.is_none_or(|group| group == self.group || group == format!("{}.{}", self.version, self.group));
        named && grouped
    }

    /// The kinds whose pods a controller replaces: what people call a workload.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.group == "apps" && matches!(self.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
    }
}
