//! Which cluster this is: its identity, its version, and whether its nodes show that it is a local one.

use serde_json::Value;

use super::{Cluster, api::Ask, fault::Fault};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    place::{Locality, Place},
};

/// More nodes than this need not be looked at: no local cluster has them.
const ENOUGH_NODES: &str = "20";

impl Cluster {
    /// Three questions at once. What may not be read stays unknown; only a cluster that cannot be asked is an error.
    pub(super) async fn find_place(&self) -> Result<Place> {
        let identity = Ask::get("/api/v1/namespaces/kube-system");
        let version = Ask::get("/version");
        let nodes = Ask::get("/api/v1/nodes").with("limit", ENOUGH_NODES);
        let target = &self.inner.target;
        let (identity, version, nodes) = tokio::join!(self.known(&identity), self.known(&version), async {
            // The embedded cluster is what it is, whatever its nodes say.
            if target.embedded { Ok(None) } else { self.known(&nodes).await }
        });
        let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let uid = identity?.and_then(|namespace| text(&namespace, "/metadata/uid"));
        let version = version?.and_then(|version| text(&version, "/gitVersion"));
        let nodes = nodes?;
        let locality = if target.embedded {
            Locality::Embedded
        } else {
            // That the user trusts this one is not for its nodes to say.
            nodes.map_or(Locality::Remote, |nodes| locality(&nodes))
        };
        Ok(Place {
            locality,
            context: target.context.clone(),
            server: target.address(),
            namespace: target.namespace.clone(),
            uid,
            version,
        })
    }

    async fn known(&self, ask: &Ask) -> Result<Option<Value>> {
        match self.api().json(ask).await {
            Ok(value) => Ok(Some(value)),
            // Every Kubernetes serves these paths, and says of a namespace that is missing which one it is.
            Err(Fault::Status(status)) if status.code == 404 && !status.named => {
                let target = &self.inner.target;
                let what = format!("what answers at {} is not a Kubernetes API", target.address());
                Err(Failure::new(FailureKind::Configuration, what)
                    .hint(format!("check the server of context \"{}\" in the kubeconfig", target.context)))
            }
            Err(Fault::Status(status)) if matches!(status.code, 403 | 404) => Ok(None),
            Err(fault) => Err(self.failure(fault, &ask.call())),
        }
    }
}

/// What all nodes of a `NodeList` say alike.
fn locality(list: &Value) -> Locality {
    // `continue`: there are more nodes than any local cluster has.
    let more = list
        .pointer("/metadata/continue")
        .and_then(Value::as_str)
        .is_some_and(|token| !token.is_empty());
    let nodes = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut each = nodes.iter().map(of_node);
    match each.next() {
        Some(first) if !more && each.all(|other| other == first) => first,
        _ => Locality::Remote,
    }
}

/// Facts that the programs themselves put on a node; each locality needs two that agree, or one that only it writes.
///
/// - Minikube labels every node with `minikube.k8s.io/name`, `…/version` (pkg/minikube/node/start.go) and sets no provider.
/// - kind starts the kubelet with `--provider-id=kind://<provider>/<cluster>/<node>`.
/// - k3d names nodes `k3d-<cluster>-server-0`; k3s sets the provider `k3s://<node>`.
/// - Docker Desktop's own node calls its system "Docker Desktop".
/// - The embedded cluster's node has the provider `todo-agent://embedded`.
/// - Rancher Desktop and Colima run k3s in virtual machines that bear their names.
fn of_node(node: &Value) -> Locality {
    let text = |pointer: &str| node.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let label = |key: &str| {
        node.pointer("/metadata/labels")
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
    };
    let name = text("/metadata/name");
    let provider = text("/spec/providerID");
    let system = text("/status/nodeInfo/osImage");
    let k3s = provider == format!("k3s://{name}");
    // Our own, met through its server: as simulated as ever.
    if provider == "todo-agent://embedded" {
        return Locality::Embedded;
    }
    if provider.starts_with("kind://") {
        return if provider.starts_with("kind://docker/desktop/") {
            Locality::DockerDesktop
        } else {
            Locality::Kind
        };
    }
    if system.contains("Docker Desktop") && provider.is_empty() {
        return Locality::DockerDesktop;
    }
    if k3s && name.starts_with("k3d-") && (name.contains("-server-") || name.contains("-agent-")) {
        return Locality::K3d;
    }
    if k3s && (name == "lima-rancher-desktop" || system.contains("Rancher Desktop")) {
        return Locality::RancherDesktop;
    }
    if k3s && (name == "colima" || name.starts_with("colima-")) {
        return Locality::Colima;
    }
    if provider.is_empty() && label("minikube.k8s.io/name").is_some() && label("minikube.k8s.io/version").is_some() {
        return Locality::Minikube;
    }
    Locality::Remote
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, provider: &str, system: &str, labels: &Value) -> Value {
        json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"providerID": provider},
            "status": {"nodeInfo": {"osImage": system}}
        })
    }

    #[test]
    fn a_cluster_is_local_by_what_its_nodes_show() {
        let minikube = json!({"minikube.k8s.io/name": "minikube", "minikube.k8s.io/version": "v1.37.0"});
        let none = json!({});
        let cases = [
            (vec![node("minikube", "", "Debian GNU/Linux 12", &minikube)], Locality::Minikube),
            (
                vec![node("kind-control-plane", "kind://docker/kind/kind-control-plane", "Debian", &none)],
                Locality::Kind,
            ),
            (
                vec![node("k3d-dev-server-0", "k3s://k3d-dev-server-0", "K3s v1.33", &none)],
                Locality::K3d,
            ),
            (vec![node("docker-desktop", "", "Docker Desktop", &none)], Locality::DockerDesktop),
            (
                vec![node(
                    "desktop-control-plane",
                    "kind://docker/desktop/desktop-control-plane",
                    "Debian",
                    &none,
                )],
                Locality::DockerDesktop,
            ),
            (
                vec![node("lima-rancher-desktop", "k3s://lima-rancher-desktop", "Alpine", &none)],
                Locality::RancherDesktop,
            ),
            (vec![node("colima", "k3s://colima", "Ubuntu 24.04", &none)], Locality::Colima),
            // A name proves nothing, and neither does half of the evidence.
            (vec![node("minikube", "", "Ubuntu", &none)], Locality::Remote),
            (vec![node("minikube", "aws:///eu-1a/i-1", "Ubuntu", &minikube)], Locality::Remote),
            (vec![node("k3d-dev-server-0", "hcloud://1", "Ubuntu", &none)], Locality::Remote),
            (vec![node("vps", "k3s://vps", "Ubuntu", &none)], Locality::Remote),
            // One node of another kind is enough to doubt.
            (
                vec![node("minikube", "", "Debian", &minikube), node("worker", "", "Ubuntu", &none)],
                Locality::Remote,
            ),
            (vec![], Locality::Remote),
        ];
        for (nodes, expected) in cases {
            let list = json!({"items": nodes});
            assert_eq!(locality(&list), expected, "{list}");
        }
        let more = json!({"metadata": {"continue": "x"}, "items": [node("minikube", "", "", &minikube)]});
        assert_eq!(locality(&more), Locality::Remote);
    }
}
