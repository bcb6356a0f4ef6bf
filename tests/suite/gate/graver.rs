//! Changes that only what stands in them, or what was there before, makes more than a change; and their everyday neighbours that are none.

use todo_agent::domain::risk::Risk;

use super::*;

const STRATEGIC: &str = "application/strategic-merge-patch+json";
const AGENT: &str = "/apis/apps/v1/namespaces/default/daemonsets/agent";

/// What somebody else gave the cluster.
async fn given(ground: &Ground, path: &str, body: &Value) {
    let all = ground.beside().await;
    let made = send(&all, "POST", path, &[("content-type", JSON)], serde_json::to_vec(body).unwrap()).await;
    assert_eq!(made.0, 201, "{made:?}");
}

/// An agent that runs, as the master of its node, what an init container or a map of settings put there.
async fn with_agent() -> Ground {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let mounts = json!([{"name": "s", "mountPath": "/s"}]);
    let agent = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"a": "agent"}},
        "template": {"metadata": {"labels": {"a": "agent"}}, "spec": {
            "initContainers": [{"name": "fetch", "image": "good:1", "volumeMounts": mounts}],
            "containers": [{"name": "c", "image": "good:1", "command": ["sh", "/s/run.sh"], "volumeMounts": mounts, "securityContext": {"privileged": true}}],
            "volumes": [{"name": "s", "configMap": {"name": "script"}}],
        }},
    }});
    given(&ground, "/apis/apps/v1/namespaces/default/daemonsets", &agent).await;
    ground
}

#[tokio::test]
async fn another_program_in_pods_that_reach_their_node_needs_escalate() {
    let ground = with_agent().await;
    for spec in [
        json!({"volumes": [{"name": "s", "configMap": {"name": "evil"}}]}),
        json!({"volumes": [{"name": "s", "configMap": {"name": "script", "items": [{"key": "other", "path": "run.sh"}]}}]}),
        json!({"volumes": [{"name": "s", "$patch": "replace", "emptyDir": {}}]}),
        json!({"volumes": [{"name": "s", "configMap": null, "persistentVolumeClaim": {"claimName": "evil"}}]}),
        json!({"initContainers": [{"name": "fetch", "image": "evil:1"}]}),
        json!({"initContainers": [{"name": "more", "image": "evil:1"}]}),
        json!({"containers": [{"name": "c", "image": "evil:1"}]}),
        json!({"containers": [{"name": "side", "image": "evil:1", "volumeMounts": [{"name": "s", "mountPath": "/s"}]}]}),
        json!({"serviceAccountName": "evil"}),
        json!({"runtimeClassName": "evil"}),
        json!({"hostAliases": [{"ip": "192.0.2.1", "hostnames": ["github.com"]}]}),
        json!({"shareProcessNamespace": true}),
    ] {
        let refused = ground
            .call("PATCH", AGENT, STRATEGIC, &json!({"spec": {"template": {"spec": spec}}}))
            .await;
        let told =
            "403 the gate of todo-agent does not let this pass: patch daemonsets/agent in namespace default: it needs --allow escalate";
        assert_eq!(message(&refused), told, "{spec}");
    }
    assert_eq!(ground.events.changes(), ["create daemonsets"]);
}

#[tokio::test]
async fn where_and_when_such_pods_run_is_a_change_like_any_other() {
    let ground = with_agent().await;
    for template in [
        // As `kubectl rollout restart` says it.
        json!({"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}),
        json!({"metadata": {"labels": {"tier": "node"}}}),
        json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"memory": "64Mi"}}}]}}),
        json!({"spec": {"tolerations": [{"operator": "Exists"}], "nodeSelector": {"disk": "ssd"}}}),
        json!({"spec": {"terminationGracePeriodSeconds": 5}}),
    ] {
        let passed = ground
            .call("PATCH", AGENT, STRATEGIC, &json!({"spec": {"template": template}}))
            .await;
        assert_eq!(passed.0, 200, "{template} {passed:?}");
    }
}

#[tokio::test]
async fn another_program_in_pods_that_do_not_reach_their_node_is_a_change_like_any_other() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    for spec in [
        json!({"containers": [{"name": "backend", "image": "todo-backend:v2"}]}),
        json!({"initContainers": [{"name": "wait", "image": "busybox"}]}),
        json!({"volumes": [{"name": "s", "emptyDir": {}}]}),
    ] {
        let passed = ground
            .call("PATCH", BACKEND, STRATEGIC, &json!({"spec": {"template": {"spec": spec}}}))
            .await;
        assert_eq!(passed.0, 200, "{spec} {passed:?}");
    }
}

#[tokio::test]
async fn what_is_made_to_go_with_what_is_stored_already_needs_destroy() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let (volumes, claims) = ("/api/v1/persistentvolumes", "/api/v1/namespaces/default/persistentvolumeclaims");
    let volume = |name: &str, more: Value| {
        let mut spec = json!({"storageClassName": "", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "csi": {"driver": "x.example", "volumeHandle": "production"}});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec})
    };
    let claim = |name: &str, owners: Value| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "ownerReferences": owners},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}})
    };
    let nobody = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "00000000-0000-0000-0000-000000000001"}]);
    for (path, body) in [
        (volumes, volume("a", json!({"persistentVolumeReclaimPolicy": "Delete"}))),
        (volumes, volume("a", json!({"persistentVolumeReclaimPolicy": "Recycle"}))),
        (
            volumes,
            volume(
                "a",
                json!({"persistentVolumeReclaimPolicy": "Delete", "claimRef": {"namespace": "default", "name": "a"}}),
            ),
        ),
        (claims, claim("a", nobody)),
    ] {
        let refused = ground.call("POST", path, JSON, &body).await;
        assert!(message(&refused).ends_with(": it needs --allow destroy"), "{body} {refused:?}");
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    for (path, body) in [
        (volumes, volume("b", json!({}))),
        (volumes, volume("c", json!({"persistentVolumeReclaimPolicy": "Retain"}))),
        (claims, claim("b", json!([]))),
    ] {
        let made = ground.call("POST", path, JSON, &body).await;
        assert_eq!(made.0, 201, "{body} {made:?}");
    }
}

#[tokio::test]
async fn what_the_cluster_itself_goes_by_needs_escalate() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"Corefile": "."}});
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "leader"}, "spec": {"holderIdentity": "evil"}});
    let leases = |namespace: &str| format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases");
    let maps = |namespace: &str| format!("/api/v1/namespaces/{namespace}/configmaps");
    for (path, body) in [
        (maps("kube-system"), map("coredns")),
        (maps("kube-system"), map("kube-proxy")),
        (maps("kube-system"), map("kubelet-config")),
        (maps("kube-public"), map("cluster-info")),
        (leases("kube-system"), lease.clone()),
        (
            "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas".to_owned(),
            json!({"apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema", "metadata": {"name": "all"}}),
        ),
    ] {
        let refused = ground.call("POST", &path, JSON, &body).await;
        assert!(message(&refused).ends_with(": it needs --allow escalate"), "{path} {refused:?}");
    }
    for (path, body) in [
        (maps("kube-system"), map("settings")),
        (maps("default"), map("coredns")),
        (leases("default"), lease),
    ] {
        let made = ground.call("POST", &path, JSON, &body).await;
        assert_eq!(made.0, 201, "{path} {made:?}");
    }
}
