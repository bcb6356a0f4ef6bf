//! The environment of a program before which the gate stands: nothing in it leads to a cluster past the gate.

use std::{ffi::OsString, path::Path};

use tokio::process::Command;

use crate::adapters::process::HELM_ELSEWHERE;

/// Other clusters and credentials than those of the kubeconfig: of the client libraries, and of Terraform's provider. Helm has its own.
const PAST: [&str; 19] = [
    "KUBERNETES_MASTER",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "KUBE_CONFIG_PATHS",
    "KUBE_HOST",
    "KUBE_TOKEN",
    "KUBE_CTX",
    "KUBE_CTX_AUTH_INFO",
    "KUBE_CTX_CLUSTER",
    "KUBE_USER",
    "KUBE_PASSWORD",
    "KUBE_CLIENT_CERT_DATA",
    "KUBE_CLIENT_KEY_DATA",
    "KUBE_CLUSTER_CA_CERT_DATA",
    "KUBE_INSECURE",
    "KUBE_TLS_SERVER_NAME",
    "KUBE_PROXY_URL",
    "KUBE_IN_CLUSTER_CONFIG",
    "KUBECTL_CONTEXT",
];

/// Every setting of Ansible's modules for Kubernetes begins so.
const PAST_ALL: &str = "K8S_AUTH_";

/// What programs find the kubeconfig by.
const FILE: [&str; 3] = ["KUBECONFIG", "KUBE_CONFIG_PATH", "K8S_AUTH_KUBECONFIG"];

/// Proxies are for other hosts than this one. Programs that know the lists look at one of them first.
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];
const HERE: &str = "127.0.0.1";

pub(super) fn surround(command: &mut Command, kubeconfig: &Path) {
    let auth = std::env::vars_os().map(|(name, _)| name);
    let auth = auth.filter(|name| name.to_str().is_some_and(|name| name.starts_with(PAST_ALL)));
    for name in PAST.into_iter().chain(HELM_ELSEWHERE).map(OsString::from).chain(auth) {
        command.env_remove(name);
    }
    for name in FILE {
        command.env(name, kubeconfig);
    }
    let known = DIRECT.map(|name| std::env::var(name).ok());
    for (name, value) in DIRECT.into_iter().zip(direct(known)) {
        command.env(name, value);
    }
}

/// With this machine in both lists; the one that is missing is as the other.
fn direct(known: [Option<String>; 2]) -> [String; 2] {
    let [upper, lower] = known;
    let either = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone()).unwrap_or_default();
    [either(&upper, &lower), either(&lower, &upper)].map(|list| {
        let mut names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        match names.clone().next() {
            None => HERE.to_owned(),
            Some(_) if names.any(|name| name == "*" || name == HERE) => list,
            Some(_) => format!("{list},{HERE}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        let both = |upper: Option<&str>, lower: Option<&str>| direct([upper.map(str::to_owned), lower.map(str::to_owned)]);
        assert_eq!(both(None, None), [HERE, HERE]);
        assert_eq!(both(Some("a.example"), None), ["a.example,127.0.0.1"; 2]);
        assert_eq!(both(Some("a"), Some("b, 127.0.0.1")), ["a,127.0.0.1", "b, 127.0.0.1"]);
        assert_eq!(both(None, Some("*")), ["*"; 2]);
    }
}
