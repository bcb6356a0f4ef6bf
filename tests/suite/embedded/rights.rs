//! Asking as somebody else.

use super::*;

const RIGHTS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";

async fn as_robot(cluster: &Cluster, method: Method, path: &str) -> (u16, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("impersonate-user", "system:serviceaccount:default:robot");
    let response = cluster.send(request.body(Body::from(Vec::new())).unwrap()).await;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    said((status, value))
}

#[tokio::test]
async fn who_asks_as_another_may_do_what_the_roles_of_the_other_say() {
    let cluster = Cluster::new();
    let secrets = "/api/v1/namespaces/default/secrets";
    let pods = "/api/v1/namespaces/default/pods";
    let no = |verb: &str, what: &str, of: &str| {
        format!(
            "{what} is forbidden: User \"system:serviceaccount:default:robot\" cannot {verb} resource \"{of}\" in API group \"\" in the namespace \"default\""
        )
    };
    assert_eq!(as_robot(&cluster, Method::GET, pods).await, says(403, &no("list", "pods", "pods")));
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": "reader" },
        "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] }],
    });
    cluster.post(&format!("{RIGHTS}/roles"), role).await;
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "reads" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader" },
        "subjects": [{ "kind": "ServiceAccount", "name": "robot", "namespace": "default" }],
    });
    assert_eq!(cluster.post(&format!("{RIGHTS}/rolebindings"), binding).await.0, 201);
    let gone = format!("{pods}/nobody");
    for (method, path, answer) in [
        (Method::GET, pods, says(200, "")),
        (Method::GET, gone.as_str(), says(404, "pods \"nobody\" not found")),
        (Method::DELETE, gone.as_str(), says(403, &no("delete", "pods \"nobody\"", "pods"))),
        (Method::GET, secrets, says(403, &no("list", "secrets", "secrets"))),
        (Method::GET, "/version", says(200, "")),
        (
            Method::GET,
            "/metrics",
            says(
                403,
                "forbidden: User \"system:serviceaccount:default:robot\" cannot get path \"/metrics\"",
            ),
        ),
    ] {
        assert_eq!(as_robot(&cluster, method, path).await, answer, "{path}");
    }
}
