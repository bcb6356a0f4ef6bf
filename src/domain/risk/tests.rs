use super::*;

fn class(method: &str, path: &str, query: &str) -> (String, Risk) {
    let call = Call::parse(method, path, query);
    (call.summary(), call.risk())
}

#[test]
fn calls_are_classified_by_what_they_can_do() {
    let cases = [
        ("GET", "/version", "", "get /version", Risk::Read),
        ("GET", "/api/v1/namespaces/todo", "", "get namespaces/todo", Risk::Read),
        ("DELETE", "/api/v1/namespaces/todo", "", "delete namespaces/todo", Risk::Destroy),
        ("GET", "/api/v1/namespaces/todo/pods", "watch=true", "watch pods", Risk::Read),
        (
            "GET",
            "/api/v1/namespaces/todo/pods/a/exec",
            "command=ls",
            "get pods/a/exec",
            Risk::RunCode,
        ),
        (
            "POST",
            "/api/v1/namespaces/todo/pods/a/portforward",
            "",
            "create pods/a/portforward",
            Risk::RunCode,
        ),
        (
            "GET",
            "/api/v1/namespaces/todo/services/a/proxy/x",
            "",
            "get services/a/proxy",
            Risk::RunCode,
        ),
        ("GET", "/api/v1/secrets", "", "list secrets", Risk::SecretRead),
        (
            "POST",
            "/api/v1/namespaces/todo/serviceaccounts/a/token",
            "",
            "create serviceaccounts/a/token",
            Risk::SecretRead,
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/todo/deployments/a/scale",
            "dryRun=All",
            "patch deployments/a/scale",
            Risk::Change,
        ),
        (
            "POST",
            "/api/v1/namespaces/todo/pods/a/eviction",
            "",
            "create pods/a/eviction",
            Risk::Destroy,
        ),
        (
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "",
            "create selfsubjectaccessreviews",
            Risk::Read,
        ),
        (
            "POST",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            "",
            "create tokenreviews",
            Risk::Read,
        ),
        (
            "PUT",
            "/api/v1/namespaces/todo/finalize",
            "",
            "update namespaces/todo/finalize",
            Risk::Destroy,
        ),
        (
            "POST",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            "",
            "create clusterrolebindings",
            Risk::Escalate,
        ),
        (
            "PUT",
            "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval",
            "",
            "update certificatesigningrequests/a/approval",
            Risk::Escalate,
        ),
        (
            "PATCH",
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a",
            "",
            "patch mutatingwebhookconfigurations/a",
            Risk::Escalate,
        ),
        (
            "PUT",
            "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/a",
            "",
            "update flowschemas/a",
            Risk::Escalate,
        ),
        (
            "GET",
            "/apis/subresources.kubevirt.io/v1/namespaces/todo/virtualmachineinstances/a/console",
            "",
            "get virtualmachineinstances/a/console",
            Risk::Unknown,
        ),
        ("GET", "/api/v1/nodes/a/proxy/pods", "", "get nodes/a/proxy", Risk::RunCode),
        ("GET", "/logs/audit.log", "", "get /logs/audit.log", Risk::Unknown),
        ("GET", "/livez/ping", "", "get /livez/ping", Risk::Read),
        ("POST", "/version", "", "post /version", Risk::Unknown),
        ("TRACE", "/api/v1/pods", "", "trace pods", Risk::Unknown),
        ("GET", "/api/v1/secrets", "watch=yes", "watch secrets", Risk::SecretRead),
        ("GET", "/api/v1/secrets", "w%61tch=True", "watch secrets", Risk::SecretRead),
        ("GET", "/api/v1/secrets", "limit=1&watch", "watch secrets", Risk::SecretRead),
        ("GET", "/api/v1/secrets", "watch=%66alse", "list secrets", Risk::SecretRead),
        ("GET", "/api/v1/secrets", "watch=0", "list secrets", Risk::SecretRead),
    ];
    for (method, path, query, summary, risk) in cases {
        assert_eq!(class(method, path, query), (summary.to_owned(), risk), "{method} {path}?{query}");
    }
}
