//! What a program may try that was given to set the replicas of one deployment to three, and nothing else.

use serde_json::{Value, json};
use todo_agent::domain::risk::Risk;

const BACKEND: &str = "/apis/apps/v1/namespaces/default/deployments/todo-backend";
const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

fn replicas(count: u32) -> Value {
    json!({"spec": {"replicas": count}})
}

/// What somebody tries: method, path, content type, body.
pub struct Try {
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub body: Value,
    pub headers: Vec<(&'static str, &'static str)>,
}

fn attempt(method: &'static str, path: impl Into<String>, content_type: &'static str, body: Value) -> Try {
    Try {
        method,
        path: path.into(),
        content_type,
        body,
        headers: Vec::new(),
    }
}

const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const APPLY: &str = "application/apply-patch+yaml";
const NS: &str = "/api/v1/namespaces/default";
const OTHER: &str = "/apis/apps/v1/namespaces/kube-system/deployments/todo-backend";
const FRONTEND: &str = "/apis/apps/v1/namespaces/default/deployments/todo-frontend";

/// A template with something in its pod.
pub fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bad"}, "spec": spec})
}

pub fn containers(more: Value) -> Value {
    let mut container = json!({"name": "c", "image": "busybox"});
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"containers": [container]})
}

fn both(more: Value) -> Value {
    let mut patch = replicas(3);
    for (key, value) in more.as_object().unwrap() {
        match key.as_str() {
            "spec" => patch["spec"].as_object_mut().unwrap().extend(value.as_object().unwrap().clone()),
            _ => patch[key] = value.clone(),
        }
    }
    patch
}

/// Another field of the very object together with the replicas that were approved.
fn more_than_replicas() -> Vec<Value> {
    let template = |spec: Value| json!({"spec": {"template": {"spec": spec}}});
    let in_container = |more: Value| {
        let mut container = json!({"name": "todo-backend"});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        template(json!({"containers": [container]}))
    };
    [
        in_container(json!({"image": "evil:1"})),
        in_container(json!({"command": ["sh"]})),
        in_container(json!({"args": ["-c", "x"]})),
        in_container(json!({"env": [{"name": "X", "value": "1"}]})),
        in_container(json!({"securityContext": {"privileged": true}})),
        in_container(json!({"volumeMounts": [{"name": "h", "mountPath": "/h"}]})),
        in_container(json!({"resources": {"limits": {"memory": "1Gi"}}})),
        in_container(json!({"imagePullPolicy": "Always"})),
        in_container(json!({"lifecycle": {"postStart": {"exec": {"command": ["sh"]}}}})),
        template(json!({"serviceAccountName": "admin"})),
        template(json!({"hostNetwork": true})),
        template(json!({"hostPID": true})),
        template(json!({"nodeName": "other"})),
        template(json!({"volumes": [{"name": "h", "hostPath": {"path": "/"}}]})),
        template(json!({"initContainers": [{"name": "i", "image": "evil"}]})),
        template(json!({"automountServiceAccountToken": true})),
        template(json!({"terminationGracePeriodSeconds": 0})),
        template(json!({"imagePullSecrets": [{"name": "x"}]})),
        template(json!({"tolerations": [{"operator": "Exists"}]})),
        json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}),
        json!({"spec": {"paused": true}}),
        json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
        json!({"spec": {"revisionHistoryLimit": 0}}),
        json!({"spec": {"minReadySeconds": 5}}),
        json!({"spec": {"progressDeadlineSeconds": 1}}),
        json!({"metadata": {"annotations": {"a": "b"}}}),
        json!({"metadata": {"labels": {"a": "b"}}}),
        json!({"metadata": {"finalizers": ["x.example/hold"]}}),
        json!({"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1"}]}}),
    ]
    .map(both)
    .into()
}

fn applied(patch: &Value) -> Value {
    let mut whole = patch.clone();
    whole["apiVersion"] = json!("apps/v1");
    whole["kind"] = json!("Deployment");
    whole["metadata"]["name"] = json!("todo-backend");
    whole
}

/// With a grant to set the replicas of one deployment to three: all that is something else.
pub fn tries(namespace: &str) -> Vec<Try> {
    let mut all = Vec::new();
    let scale = format!("{BACKEND}/scale");
    // Another number, by each way.
    for count in [0, 1, 4, 100] {
        all.push(attempt("PATCH", BACKEND, MERGE, replicas(count)));
        all.push(attempt("PATCH", BACKEND, STRATEGIC, replicas(count)));
        let operations = json!([{"op": "replace", "path": "/spec/replicas", "value": count}]);
        all.push(attempt("PATCH", BACKEND, JSON_PATCH, operations.clone()));
        all.push(attempt("PATCH", &scale, JSON_PATCH, operations));
        all.push(attempt("PATCH", &scale, MERGE, replicas(count)));
        let apply = format!("{BACKEND}?fieldManager=x&force=true");
        all.push(attempt("PATCH", apply, APPLY, applied(&replicas(count))));
        let whole = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "todo-backend", "namespace": namespace}, "spec": {"replicas": count}});
        all.push(attempt("PUT", &scale, JSON, whole));
    }
    // Another field with it.
    for patch in more_than_replicas() {
        all.push(attempt("PATCH", BACKEND, MERGE, patch.clone()));
        all.push(attempt("PATCH", BACKEND, STRATEGIC, patch.clone()));
        let apply = format!("{BACKEND}?fieldManager=x&force=true");
        all.push(attempt("PATCH", apply, APPLY, applied(&patch)));
    }
    // The approved one elsewhere.
    for path in [OTHER, FRONTEND, "/apis/apps/v1/namespaces/default/statefulsets/todo-backend"] {
        all.push(attempt("PATCH", path, MERGE, replicas(3)));
        all.push(attempt("PATCH", format!("{path}/scale"), MERGE, replicas(3)));
        all.push(attempt("DELETE", path, JSON, Value::Null));
    }
    // Operations of a JSON patch that a difference may not show.
    for operations in [
        json!([{"op": "move", "from": "/metadata/labels", "path": "/metadata/annotations"}]),
        json!([{"op": "copy", "from": "/metadata/name", "path": "/metadata/annotations/x"}]),
        json!([{"op": "remove", "path": "/spec/template/spec/containers/0"}]),
        json!([{"op": "replace", "path": "/spec", "value": {"replicas": 3}}]),
        json!([{"op": "replace", "path": "", "value": {}}]),
        json!([{"op": "add", "path": "/spec/template/spec/hostIPC", "value": true}, {"op": "replace", "path": "/spec/replicas", "value": 3}]),
    ] {
        all.push(attempt("PATCH", BACKEND, JSON_PATCH, operations));
    }
    // What takes away.
    for path in [
        BACKEND,
        "/api/v1/namespaces/default",
        "/api/v1/namespaces/kube-system",
        "/api/v1/nodes/minikube",
        "/apis/apps/v1/namespaces/default/deployments",
        "/api/v1/namespaces/default/pods",
        "/api/v1/namespaces/default/secrets",
        "/api/v1/namespaces/default/configmaps?labelSelector=a%3Db",
        "/api/v1/namespaces/default/services/todo-backend",
        "/apis/apps/v1/namespaces/default/replicasets",
    ] {
        all.push(attempt("DELETE", path, JSON, Value::Null));
        all.push(attempt("DELETE", path, JSON, json!({"dryRun": []})));
    }
    for path in [
        format!("{BACKEND}?gracePeriodSeconds=0"),
        format!("{BACKEND}?propagationPolicy=Orphan"),
        // Options in the body: those of the request line do not count.
        format!("{BACKEND}?dryRun=All"),
    ] {
        all.push(attempt("DELETE", path, JSON, json!({"kind": "DeleteOptions", "apiVersion": "v1"})));
    }
    all.push(attempt(
        "POST",
        format!("{NS}/pods/todo-backend/eviction"),
        JSON,
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "todo-backend"}}),
    ));
    all.push(attempt(
        "PUT",
        "/api/v1/namespaces/default/finalize",
        JSON,
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}, "spec": {"finalizers": []}}),
    ));
    // What makes.
    let host = json!({"containers": [{"name": "c", "image": "busybox", "volumeMounts": [{"name": "h", "mountPath": "/h"}]}], "volumes": [{"name": "h", "hostPath": {"path": "/"}}]});
    for spec in [
        containers(json!({})),
        containers(json!({"securityContext": {"privileged": true}})),
        containers(json!({"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}})),
        host,
    ] {
        all.push(attempt("POST", format!("{NS}/pods"), JSON, pod(spec)));
    }
    let job = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}});
    let made: [(&str, Value); 14] = [
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "bad"}, "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job}}}),
        ),
        (
            "/apis/batch/v1/namespaces/default/jobs",
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "bad"}, "spec": job}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "bad"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "bad"}, "rules": []}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "bad"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "bad"}, "rules": []}),
        ),
        (
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "bad"}}),
        ),
        (
            "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "bad"}}),
        ),
        (
            "/apis/apiregistration.k8s.io/v1/apiservices",
            json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.bad.example"}}),
        ),
        (
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "bads.example.com"}}),
        ),
        (
            "/api/v1/namespaces",
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bad"}}),
        ),
        (
            "/api/v1/namespaces/default/secrets",
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bad"}}),
        ),
        (
            "/api/v1/namespaces/default/configmaps",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad"}}),
        ),
        (
            "/api/v1/namespaces/default/serviceaccounts",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bad"}}),
        ),
    ];
    for (path, body) in made {
        all.push(attempt("POST", path, JSON, body));
    }
    // What runs something, and what hands out credentials.
    for (method, path) in [
        ("GET", "pods/todo-backend/exec?command=sh"),
        ("POST", "pods/todo-backend/exec?command=sh"),
        ("GET", "pods/todo-backend/attach"),
        ("POST", "pods/todo-backend/attach"),
        ("GET", "pods/todo-backend/portforward?ports=80"),
        ("POST", "pods/todo-backend/portforward"),
        ("GET", "pods/todo-backend/proxy/"),
        ("POST", "pods/todo-backend/proxy/admin"),
        ("GET", "services/todo-backend/proxy/"),
        ("DELETE", "services/todo-backend:80/proxy/all"),
        ("PATCH", "pods/todo-backend/ephemeralcontainers"),
        ("POST", "serviceaccounts/default/token"),
        ("POST", "serviceaccounts/default/token?dryRun=All"),
        ("POST", "bindings"),
        ("POST", "pods/todo-backend/binding"),
    ] {
        all.push(attempt(method, format!("{NS}/{path}"), JSON, json!({})));
    }
    for (method, path) in [
        ("GET", "/api/v1/nodes/minikube/proxy/pods"),
        ("GET", "/api/v1/nodes/minikube:10250/proxy/run/x"),
        ("GET", "/logs/kube-apiserver.log"),
        ("GET", "/debug/pprof/heap"),
        ("PUT", "/debug/flags/v"),
        ("POST", "/apis"),
        ("GET", "/api/v1/proxy/namespaces/default/pods/x/"),
        ("POST", "/apis/example.com/v1/namespaces/default/things/a/restart"),
        (
            "GET",
            "/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/a/console",
        ),
    ] {
        all.push(attempt(method, path, JSON, json!({})));
    }
    // Somebody else, or something else, by a header.
    for header in [
        ("impersonate-user", "admin"),
        ("impersonate-group", "system:masters"),
        ("Impersonate-Uid", "1"),
        ("impersonate-extra-scopes", "x"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-original-url", "/api/v1/secrets"),
        ("x-rewrite-url", "/api/v1/secrets"),
    ] {
        let mut one = attempt("GET", BACKEND, JSON, Value::Null);
        one.headers.push(header);
        all.push(one);
        for path in [BACKEND.to_owned(), format!("{BACKEND}?dryRun=All")] {
            let mut one = attempt("PATCH", path, MERGE, replicas(3));
            one.headers.push(header);
            all.push(one);
        }
    }
    // What is written beside the fields that one looks at.
    for body in [json!({"status": {"availableReplicas": 0}}), json!({"status": {"conditions": []}})] {
        all.push(attempt("PATCH", format!("{BACKEND}/status"), MERGE, body.clone()));
        all.push(attempt("PATCH", format!("{BACKEND}/status"), STRATEGIC, body));
    }
    // Watches, as a server takes the word.
    for query in ["watch=yes", "watch=True", "w%61tch=1", "watch"] {
        all.push(attempt("GET", format!("{NS}/secrets?{query}"), JSON, Value::Null));
    }
    // Bodies of which nobody can be told what is in them.
    for content_type in ["text/plain", "application/octet-stream", "application/vnd.kubernetes.protobuf"] {
        for (method, path) in [
            ("POST", "pods/todo-backend/binding"),
            ("POST", "pods/todo-backend/eviction"),
            ("PATCH", "pods/todo-backend/ephemeralcontainers"),
            ("DELETE", "configmaps?labelSelector=a%3Db"),
        ] {
            all.push(attempt(method, format!("{NS}/{path}"), content_type, json!({"a": 1})));
        }
    }
    // Containers that reach their node in ways that are seldom looked at.
    for more in [
        json!({"ports": [{"containerPort": 80, "hostPort": 80}]}),
        json!({"securityContext": {"procMount": "Unmasked"}}),
        json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
        json!({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}),
    ] {
        all.push(attempt("POST", format!("{NS}/pods"), JSON, pod(containers(more))));
    }
    // A query in which a server may not find what is added to it.
    for query in ["fieldManager=%zz", "fieldManager=x%", "a=b;c=d", "a;dryRun=All", "%ff=1"] {
        all.push(attempt("PATCH", format!("{BACKEND}?{query}"), MERGE, replicas(7)));
        all.push(attempt("DELETE", format!("{BACKEND}?{query}"), JSON, Value::Null));
        all.push(attempt(
            "POST",
            format!("{NS}/configmaps?{query}"),
            JSON,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad"}}),
        ));
    }
    // The same with another spelling.
    for path in [
        "/apis/apps/v1/namespaces/default/deployments/../deployments/todo-backend",
        "/apis/apps/v1/namespaces/default/deployments/./todo-backend",
        "/apis/apps/v1/namespaces/default/deployments//todo-backend",
        "//apis/apps/v1/namespaces/default/deployments/todo-backend",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend%2Fscale",
        "/apis/apps/v1/namespaces/default/deployments/%2e%2e/todo-backend",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend;a=b",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend%00",
        "/apis/apps/v1/namespaces/default/Deployments/todo-backend",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend/Scale",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend%5Cscale",
        "/apis/apps/v1/namespaces/default%2F..%2Fkube-system/deployments/todo-backend",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?dryrun=All",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?dryRun=all",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?dryRun=All&dryRun=",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?dryRun=None",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?a=1;dryRun=All",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend?%64ryRun=",
    ] {
        all.push(attempt("PATCH", path, MERGE, replicas(7)));
        all.push(attempt("DELETE", path, JSON, Value::Null));
    }
    for one in &mut all {
        one.path = placed(&one.path, namespace);
    }
    all
}

/// With one class of calls allowed: what belongs to another one.
pub fn beyond(namespace: &str) -> Vec<(Vec<Risk>, Try)> {
    let guard = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard";
    let privileged = containers(json!({"securityContext": {"privileged": true}}));
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "00000000-0000-0000-0000-000000000000"});
    let orphaned = json!({"metadata": {"ownerReferences": [owner]}});
    let added = json!([{"op": "add", "path": "/metadata/ownerReferences", "value": [owner]}]);
    let system = "/api/v1/namespaces/kube-system";
    let users = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapUsers": "[]"}});
    let token = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bootstrap-token-abcdef"}, "type": "bootstrap.kubernetes.io/token", "stringData": {"token-id": "abcdef"}});
    let cases: [(&[Risk], Try); 19] = [
        // Whose owner is not there is taken away by the cluster itself.
        (&[Risk::Change], attempt("PATCH", BACKEND, MERGE, orphaned)),
        (&[Risk::Change], attempt("PATCH", BACKEND, JSON_PATCH, added)),
        (&[Risk::Change], attempt("DELETE", NS, JSON, Value::Null)),
        (&[Risk::Change], attempt("GET", "/api/v1/secrets", JSON, Value::Null)),
        (
            &[Risk::Change],
            attempt("POST", format!("{NS}/serviceaccounts/default/token"), JSON, json!({})),
        ),
        (
            &[Risk::Change],
            attempt("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", JSON, json!({})),
        ),
        (
            &[Risk::Change],
            attempt("POST", format!("{NS}/pods"), JSON, pod(privileged.clone())),
        ),
        (
            &[Risk::Change],
            attempt("PATCH", format!("{NS}/secrets/todo-secrets?dryRun=All"), MERGE, json!({})),
        ),
        (&[Risk::Change], attempt("PATCH", BACKEND, STRATEGIC, in_template(privileged))),
        (
            &[Risk::Change],
            attempt("PATCH", BACKEND, MERGE, in_template(json!({"hostNetwork": true, "hostPID": true}))),
        ),
        (&[Risk::Change], attempt("DELETE", format!("{NS}/configmaps"), JSON, Value::Null)),
        // Who somebody is, as it stands in a plain object.
        (&[Risk::Change], attempt("POST", format!("{system}/configmaps"), JSON, users)),
        (
            &[Risk::Change, Risk::SecretRead],
            attempt("POST", format!("{system}/secrets"), JSON, token),
        ),
        // Its old revisions would be gone.
        (
            &[Risk::Change],
            attempt("PATCH", BACKEND, MERGE, json!({"spec": {"revisionHistoryLimit": 0}})),
        ),
        // What it forbids would pass from then on.
        (&[Risk::Destroy], attempt("DELETE", guard, JSON, Value::Null)),
        (&[Risk::Destroy], attempt("PATCH", BACKEND, MERGE, replicas(3))),
        (
            &[Risk::Destroy, Risk::Change],
            attempt("POST", format!("{NS}/pods/a/exec?command=ls"), JSON, Value::Null),
        ),
        (&[Risk::RunCode, Risk::SecretRead], attempt("DELETE", BACKEND, JSON, Value::Null)),
        (
            &[Risk::Change, Risk::Escalate],
            attempt("PATCH", format!("{NS}/pods/a/ephemeralcontainers"), STRATEGIC, json!({})),
        ),
    ];
    let of = |(allow, mut one): (&[Risk], Try)| {
        one.path = placed(&one.path, namespace);
        (allow.to_vec(), one)
    };
    cases.into_iter().map(of).collect()
}

/// A container for a pod that runs, which reaches the node: not for who may only run programs.
pub fn intruders(namespace: &str, name: &str) -> Vec<Try> {
    let path = placed(&format!("{NS}/pods/{name}/ephemeralcontainers"), namespace);
    let reaching = [
        json!({"privileged": true}),
        json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
        json!({"seccompProfile": {"type": "Unconfined"}}),
        json!({"procMount": "Unmasked"}),
    ];
    let one = |context: Value| {
        let container = json!({"name": "bad", "image": "busybox", "command": ["sh"], "securityContext": context});
        attempt(
            "PATCH",
            path.clone(),
            STRATEGIC,
            json!({"spec": {"ephemeralContainers": [container]}}),
        )
    };
    reaching.map(one).into()
}

/// With the container of the backend's pods.
fn in_template(mut spec: Value) -> Value {
    if let Some(container) = spec.pointer_mut("/containers/0/name") {
        *container = json!("todo-backend");
    }
    json!({"spec": {"template": {"spec": spec}}})
}

fn placed(path: &str, namespace: &str) -> String {
    path.replace("/namespaces/default", &format!("/namespaces/{namespace}"))
}
