//! Objects that give rights, or take away who is asked, by what stands in them: by their kind they are like any other.

use serde_json::Value;

use super::{risk::Call, untried::may_set};

/// ConfigMaps of the cluster itself, and what their names begin with.
const OF_SYSTEM: [(&str, &str); 7] = [
    // By which clouds and aggregated servers know who somebody is.
    (SYSTEM, "aws-auth"),
    (SYSTEM, "extension-apiserver-authentication"),
    // Who is found under a name, and what carries the traffic there.
    (SYSTEM, "coredns"),
    (SYSTEM, "kube-proxy"),
    // What nodes let run, who may ask them, and of what the control plane is made anew.
    (SYSTEM, "kubelet-config"),
    (SYSTEM, "kubeadm-config"),
    // Whom a node that joins takes for the cluster.
    ("kube-public", "cluster-info"),
];

/// Who shows such a token may join nodes.
/// <https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/>
const TOKEN: &str = "bootstrap.kubernetes.io/token";
const TOKEN_NAME: &str = "bootstrap-token-";

/// Who signs certificates of nodes; the cluster itself approves what is asked of it.
/// <https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers>
const SIGNER: &str = "kubernetes.io/kube-apiserver-client-kubelet";

/// A label by which a namespace is held to the Pod Security Standards.
const HELD: &str = "pod-security.kubernetes.io/enforce";

/// A change gives rights, or takes away who is asked.
#[must_use]
pub fn shifts(before: Option<&Value>, after: &Value) -> bool {
    let differs = |pointer: &str| after.pointer(pointer) != before.and_then(|before| before.pointer(pointer));
    let is_new = |pointer: &str| after.pointer(pointer).is_some() && differs(pointer);
    let namespace = text(after, "/metadata/namespace");
    match text(after, "/kind") {
        // Who converts objects is shown all of them, and says what they are.
        "CustomResourceDefinition" => is_new("/spec/conversion/webhook"),
        "ConfigMap" => is_of_system(namespace, text(after, "/metadata/name")) && (differs("/data") || differs("/binaryData")),
        "Lease" => LEASES.contains(&namespace) && differs("/spec"),
        "CertificateSigningRequest" => text(after, "/spec/signerName") == SIGNER && is_new("/spec/request"),
        "Secret" => text(after, "/type") == TOKEN && is_new("/data"),
        "Namespace" => before.is_some_and(|before| lets_go(before, after)),
        // Where the traffic of others goes is for who runs the cluster to say: CVE-2020-8554 for Services, and CVE-2021-25740, for
        // which the `edit` role of Kubernetes writes neither of the others.
        "Service" => is_new("/spec/externalIPs") || is_new("/status/loadBalancer/ingress"),
        "Endpoints" => is_new("/subsets"),
        "EndpointSlice" => is_new("/endpoints"),
        _ => false,
    }
}

/// A change of which nothing is known but its words may do so.
#[must_use]
pub fn may_shift(call: &Call, body: Option<&Value>) -> bool {
    let (namespace, name) = (call.namespace.as_deref(), call.name.as_deref());
    match call.resource.as_str() {
        "customresourcedefinitions" => may_set(body, &["webhook"]),
        "configmaps" => match name {
            Some(name) => is_of_system(namespace.unwrap_or_default(), name),
            None => OF_SYSTEM.iter().any(|(of, name)| namespace == Some(of) && may_set(body, &[name])),
        },
        "certificatesigningrequests" => may_set(body, &[SIGNER]),
        "secrets" => may_set(body, &[TOKEN]) || name.is_some_and(|name| namespace == Some(SYSTEM) && name.starts_with(TOKEN_NAME)),
        "namespaces" => may_set(body, &["pod-security"]),
        "services" => call.subresource == "status" || may_set(body, &["externalIPs"]),
        "endpoints" | "endpointslices" => true,
        "leases" => namespace.is_some_and(|namespace| LEASES.contains(&namespace)),
        _ => false,
    }
}

const SYSTEM: &str = "kube-system";

/// Where the controllers of the cluster say which of them leads, the others wait for it, and nodes say that they are there.
const LEASES: [&str; 2] = [SYSTEM, "kube-node-lease"];

fn is_of_system(namespace: &str, name: &str) -> bool {
    OF_SYSTEM.iter().any(|(of, start)| namespace == *of && name.starts_with(start))
}

/// A label that held it is not there any more.
fn lets_go(before: &Value, after: &Value) -> bool {
    let labels = before.pointer("/metadata/labels").and_then(Value::as_object);
    let mut held = labels
        .into_iter()
        .flat_map(|labels| labels.keys())
        .filter(|name| name.starts_with(HELD));
    held.any(|name| after.pointer("/metadata/labels").and_then(|labels| labels.get(name)).is_none())
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_gives_rights_by_what_stands_in_it_is_told_from_what_does_not() {
        let map = |namespace: &str, name: &str, data: &str| json!({"kind": "ConfigMap", "metadata": {"namespace": namespace, "name": name}, "data": {"mapUsers": data}});
        let token = |kind: &str| json!({"kind": "Secret", "type": kind, "data": {"token-id": "YQ=="}});
        let asks = |signer: &str| json!({"kind": "CertificateSigningRequest", "spec": {"signerName": signer, "request": "LS0t"}});
        let converts = |url: &str| json!({"kind": "CustomResourceDefinition", "spec": {"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"url": url}}}}});
        let lease = |namespace: &str, holder: &str| json!({"kind": "Lease", "metadata": {"namespace": namespace, "name": "l"}, "spec": {"holderIdentity": holder}});
        let held = |labels: Value| json!({"kind": "Namespace", "metadata": {"labels": labels}});
        for (before, after, shift) in [
            (None, map("kube-system", "aws-auth", "a"), true),
            (Some(map("kube-system", "aws-auth", "a")), map("kube-system", "aws-auth", "b"), true),
            (
                Some(map("kube-system", "aws-auth", "a")),
                map("kube-system", "aws-auth", "a"),
                false,
            ),
            (None, map("todo", "aws-auth", "a"), false),
            (None, map("kube-system", "settings", "a"), false),
            (
                Some(map("kube-system", "coredns", "a")),
                json!({"kind": "ConfigMap", "metadata": {"namespace": "kube-system", "name": "coredns"}, "binaryData": {"Corefile": "YQ=="}}),
                true,
            ),
            (
                Some(map("kube-system", "kube-proxy", "a")),
                map("kube-system", "kube-proxy", "b"),
                true,
            ),
            (None, map("kube-system", "kubelet-config-1.24", "a"), true),
            (None, map("kube-system", "kubeadm-config", "a"), true),
            (None, map("kube-public", "cluster-info", "a"), true),
            (None, map("kube-system", "cluster-info", "a"), false),
            (Some(lease("kube-system", "a")), lease("kube-system", "b"), true),
            (Some(lease("kube-node-lease", "a")), lease("kube-node-lease", "b"), true),
            (Some(lease("kube-system", "a")), lease("kube-system", "a"), false),
            (Some(lease("todo", "a")), lease("todo", "b"), false),
            (None, asks(SIGNER), true),
            (None, asks("kubernetes.io/kube-apiserver-client"), false),
            (None, token(TOKEN), true),
            (None, token("Opaque"), false),
            (None, converts("https://a"), true),
            (Some(converts("https://a")), converts("https://b"), true),
            (Some(converts("https://a")), converts("https://a"), false),
            (
                None,
                json!({"kind": "CustomResourceDefinition", "spec": {"conversion": {"strategy": "None"}}}),
                false,
            ),
            (Some(held(json!({HELD: "restricted"}))), held(json!({"a": "b"})), true),
            (
                Some(held(json!({HELD: "restricted"}))),
                held(json!({HELD: "restricted", "a": "b"})),
                false,
            ),
            (Some(held(json!({"a": "b"}))), held(json!({})), false),
            (None, json!({"kind": "Service", "spec": {"externalIPs": ["192.0.2.1"]}}), true),
            (None, json!({"kind": "Service", "spec": {"type": "NodePort"}}), false),
            (
                Some(json!({"kind": "Service"})),
                json!({"kind": "Service", "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}),
                true,
            ),
            (
                Some(json!({"kind": "EndpointSlice"})),
                json!({"kind": "EndpointSlice", "endpoints": [{"addresses": ["192.0.2.1"]}]}),
                true,
            ),
            (None, json!({"kind": "Endpoints", "subsets": [{}]}), true),
            (
                Some(json!({"kind": "Endpoints", "subsets": [{}]})),
                json!({"kind": "Endpoints", "metadata": {"labels": {"a": "b"}}, "subsets": [{}]}),
                false,
            ),
        ] {
            assert_eq!(shifts(before.as_ref(), &after), shift, "{before:?} {after}");
        }
    }

    #[test]
    fn of_what_could_not_be_tried_the_words_count() {
        for (path, body, may) in [
            ("/api/v1/namespaces/kube-system/configmaps/aws-auth", json!({"data": {}}), true),
            (
                "/api/v1/namespaces/kube-system/configmaps",
                json!({"metadata": {"name": "aws-auth"}}),
                true,
            ),
            ("/api/v1/namespaces/kube-system/configmaps/coredns", json!({"data": {}}), true),
            ("/api/v1/namespaces/kube-system/configmaps/settings", json!({"data": {}}), false),
            (
                "/api/v1/namespaces/kube-public/configmaps",
                json!({"metadata": {"name": "cluster-info"}}),
                true,
            ),
            (
                "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l",
                json!({"spec": {}}),
                true,
            ),
            ("/apis/coordination.k8s.io/v1/namespaces/todo/leases/l", json!({"spec": {}}), false),
            ("/api/v1/namespaces/todo", json!({"metadata": {"labels": {HELD: null}}}), true),
            ("/api/v1/namespaces/todo/secrets", json!({"type": "Opaque"}), false),
            (
                "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef",
                json!({"data": {"usage-bootstrap-signing": "dHJ1ZQ=="}}),
                true,
            ),
        ] {
            assert_eq!(may_shift(&Call::parse("PATCH", path, ""), Some(&body)), may, "{path} {body}");
        }
    }
}
