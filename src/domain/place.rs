//! Where a request acts: which cluster, and how one knows what kind of cluster it is.

use serde::{Deserialize, Serialize};

/// What a cluster is, by the evidence of its nodes and not by a name somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locality {
    /// The embedded cluster inside this program: simulated.
    Embedded,
    Minikube,
    Kind,
    K3d,
    DockerDesktop,
    RancherDesktop,
    Colima,
    /// A Docker Engine of this machine: reached by a socket or a pipe.
    Engine,
    /// The user said once that this cluster (by uid) is theirs to change.
    Trusted,
    /// Nothing shows that it is local: treated as somebody's production.
    Remote,
}

/// A cluster as it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub locality: Locality,
    /// Context of the kubeconfig; `embedded` for the embedded cluster.
    pub context: String,
    /// Scheme, host and port of the API server; empty for the embedded cluster.
    pub server: String,
    /// The namespace that requests mean when they name none.
    pub namespace: String,
    /// Uid of the namespace kube-system: the identity of the cluster.
    pub uid: Option<String>,
    /// `v1.34.3`, once it was asked.
    pub version: Option<String>,
}

impl Place {
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.locality == Locality::Embedded
    }

    /// A Docker Engine: it has no namespaces.
    #[must_use]
    pub const fn is_engine(&self) -> bool {
        self.namespace.is_empty()
    }

    /// `embedded (simulated)`, or the context's name; `docker` for the engine that no context names.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.context.as_str() {
            _ if self.is_simulated() => "embedded",
            "default" if self.is_engine() => "docker",
            context => context,
        }
    }
}
