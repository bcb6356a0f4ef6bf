//! For the user's own programs: classes of calls are allowed, the rest says what it would have needed.

use todo_agent::domain::{
    risk::Risk,
    undo::{ReversedField, Way},
};

use super::*;

#[tokio::test]
async fn reads_pass_and_changes_say_what_they_need() {
    let ground = ground(Policy::pass([])).await;
    assert_eq!(ground.replicas().await, json!(2));
    let scaled = ground.call("PATCH", BACKEND, MERGE, &replicas(5)).await;
    assert_eq!(
        message(&scaled),
        "403 the gate of todo-agent does not let this pass: patch deployments/todo-backend in namespace default: it needs --allow change"
    );
    let secrets = ground.get("/api/v1/namespaces/default/secrets").await;
    assert_eq!(
        message(&secrets),
        "403 the gate of todo-agent does not let this pass: list secrets in namespace default: it needs --allow secret-read"
    );
    assert_eq!(ground.replicas().await, json!(2));
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    let end = ground.served.close().await;
    assert_eq!((end.refusals, end.changed, end.refused.len()), (2, false, 2));
}

#[tokio::test]
async fn what_is_allowed_passes_and_is_told_with_what_takes_it_back() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let scaled = ground.call("PATCH", BACKEND, MERGE, &replicas(5)).await;
    assert_eq!(scaled.0, 200);
    assert_eq!(ground.replicas().await, json!(5));
    assert_eq!(ground.events.changes(), ["patch deployments/todo-backend"]);
    let reversals = ground.events.reversals();
    let expected = ReversedField {
        field: todo_agent::domain::field::FieldPath::keys(&["spec", "replicas"]),
        before: Some(json!(2)),
        ours: Some(json!(5)),
    };
    assert_eq!(reversals.len(), 1);
    assert_eq!((&reversals[0].way, reversals[0].fields.as_slice()), (&Way::Fields, &[expected][..]));
    assert!(reversals[0].object.uid.is_some());
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}, "data": {"a": "1"}});
    let made = ground.call("POST", "/api/v1/namespaces/default/configmaps", JSON, &map).await;
    assert_eq!(made.0, 201, "{made:?}");
    assert_eq!(ground.events.reversals()[1].way, Way::Delete);
    let gone = ground
        .call("DELETE", "/api/v1/namespaces/default/configmaps/made", JSON, &Value::Null)
        .await;
    assert_eq!(
        message(&gone),
        "403 the gate of todo-agent does not let this pass: delete configmaps/made in namespace default: it needs --allow destroy"
    );
    let end = ground.served.close().await;
    assert!(end.changed);
}

#[tokio::test]
async fn what_asks_for_a_state_that_is_there_already_changes_nothing() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(2)).await.0, 200);
    assert!(!ground.served.so_far().changed);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(3)).await.0, 200);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(3)).await.0, 200);
    assert!(ground.served.close().await.changed);
}

/// A server that finds options in the body of a deletion does not look at the request line.
#[tokio::test]
async fn a_deletion_is_recorded_as_the_try_or_the_deed_that_its_options_say() {
    let ground = ground(Policy::pass([Risk::Destroy])).await;
    let tried = json!({"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]});
    assert_eq!(ground.call("DELETE", BACKEND, JSON, &tried).await.0, 200);
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    let done = json!({"kind": "DeleteOptions", "apiVersion": "v1"});
    let gone = ground.call("DELETE", &format!("{BACKEND}?dryRun=All"), JSON, &done).await;
    assert_eq!(gone.0, 200, "{gone:?}");
    assert_eq!(ground.events.changes(), ["delete deployments/todo-backend"]);
    assert_eq!(ground.get(BACKEND).await.0, 404);
}

/// As `kubectl drain --dry-run=server` sends it. The options of the request line are another's who reads it otherwise.
#[tokio::test]
async fn an_eviction_that_its_options_only_try_is_no_deed() {
    let ground = ground(Policy::pass([])).await;
    let pods = ground.get("/api/v1/namespaces/default/pods").await.1;
    let name = pods["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/namespaces/default/pods/{name}/eviction");
    let eviction =
        |options: Value| json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, "deleteOptions": options});
    let tried = ground.call("POST", &path, JSON, &eviction(json!({"dryRun": ["All"]}))).await;
    assert_eq!(tried.0, 201, "{tried:?}");
    for (query, options) in [
        ("", json!({"dryRun": []})),
        ("", json!({})),
        ("?dryRun=All", json!({})),
        ("", json!({"dryRun": "All"})),
    ] {
        let refused = ground.call("POST", &format!("{path}{query}"), JSON, &eviction(options)).await;
        assert_eq!(refused.0, 403, "{refused:?}");
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    assert_eq!(ground.get(&format!("/api/v1/namespaces/default/pods/{name}")).await.0, 200);
}

#[tokio::test]
async fn what_the_server_refuses_to_try_is_its_own_answer_and_nothing_is_sent() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let wrong = ground.call("PATCH", BACKEND, MERGE, &json!({"spec": {"replicas": -1}})).await;
    assert_eq!(wrong.0, 422, "{wrong:?}");
    assert_eq!(wrong.1["reason"], "Invalid");
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_kubeconfig_is_for_its_owner_and_dies_with_the_gate() {
    let ground = ground(Policy::pass([])).await;
    let path = ground.served.kubeconfig().to_owned();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
    let kubeconfig = kube::config::Kubeconfig::read_from(&path).unwrap();
    assert_eq!(kubeconfig.current_context.as_deref(), Some("embedded"));
    let port = ground.served.port();
    drop(ground.served);
    assert!(!path.parent().unwrap().exists());
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the port is still open");
}

/// A server that cannot be asked for a try: something on it would act all the same.
#[tokio::test]
async fn what_cannot_be_tried_makes_no_pods_with_a_plain_leave_to_change() {
    install_crypto();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sent);
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let tried = request.uri().query().unwrap_or_default().contains("dryRun=All");
        if request.method() != "GET" && !tried {
            seen.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        }
        let answer = match tried {
            true => (
                400,
                "{\"kind\":\"Status\",\"code\":400,\"message\":\"admission webhook does not support dry run\"}",
            ),
            false => (200, "{}"),
        };
        async move {
            let response = http::Response::builder()
                .status(answer.0)
                .body(kube::client::Body::from(answer.1.as_bytes().to_vec()));
            response.map_err(tower::BoxError::from)
        }
    });
    let connect = Connect::from_env("/nonexistent".into(), Arc::new(Events::default()));
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    let cluster = Cluster::over(service, target, &connect);
    let served = Served::start(&cluster, Policy::pass([Risk::Change])).await.unwrap();
    let post = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nConnection: close\r\nContent-Type: {JSON}\r\nContent-Length: 2\r\n\r\n{{}}"
        )
    };
    let pods = raw::say(&served, &post("/api/v1/namespaces/todo/pods")).await;
    assert!(pods.contains("it needs --allow escalate"), "{pods}");
    let map = raw::say(&served, &post("/api/v1/namespaces/todo/configmaps")).await;
    assert_eq!(raw::statuses(&map), ["200"], "{map}");
    assert_eq!(*sent.lock().unwrap(), ["POST /api/v1/namespaces/todo/configmaps"]);
}

#[tokio::test]
async fn a_taint_that_evicts_needs_what_an_eviction_needs() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let name = ground.get("/api/v1/nodes").await.1["items"][0]["metadata"]["name"].clone();
    let node = format!("/api/v1/nodes/{}", name.as_str().unwrap());
    let tainted = |effect: &str| json!({"spec": {"taints": [{"key": "k", "effect": effect}]}});
    let kept_away = ground.call("PATCH", &node, MERGE, &tainted("NoSchedule")).await;
    assert_eq!(kept_away.0, 200, "{kept_away:?}");
    let driven_out = ground.call("PATCH", &node, MERGE, &tainted("NoExecute")).await;
    let told = format!(
        "403 the gate of todo-agent does not let this pass: patch {}: it needs --allow destroy",
        node.trim_start_matches("/api/v1/")
    );
    assert_eq!(message(&driven_out), told);
}

#[tokio::test]
async fn a_status_by_which_what_runs_is_over_needs_what_an_eviction_needs() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let name = |list: &Value| list["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    let (pods, nodes) = ("/api/v1/namespaces/default/pods", "/api/v1/nodes");
    let pod = format!("pods/{}", name(&ground.get(pods).await.1));
    let node = format!("nodes/{}", name(&ground.get(nodes).await.1));
    let over = json!({"status": {"phase": "Failed"}});
    let gone = json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}});
    for (path, summary, body) in [
        (
            format!("/api/v1/namespaces/default/{pod}/status"),
            format!("{pod}/status in namespace default"),
            over,
        ),
        (format!("/api/v1/{node}/status"), format!("{node}/status"), gone),
    ] {
        let refused = ground.call("PATCH", &path, MERGE, &body).await;
        let told = format!("403 the gate of todo-agent does not let this pass: patch {summary}: it needs --allow destroy");
        assert_eq!(message(&refused), told);
    }
}

#[tokio::test]
async fn what_ends_work_or_deletes_what_was_kept_needs_what_a_deletion_needs() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let template = json!({"metadata": {"labels": {"app": "s"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}});
    let mut always = template.clone();
    always["spec"]["restartPolicy"] = json!("Always");
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template}});
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"}, "spec": {
        "serviceName": "s", "replicas": 2, "selector": {"matchLabels": {"app": "s"}}, "template": always,
        "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"},
    }});
    let (jobs, sets) = (
        "/apis/batch/v1/namespaces/default/jobs",
        "/apis/apps/v1/namespaces/default/statefulsets",
    );
    for (path, body) in [(jobs, &job), (sets, &set)] {
        let made = ground.call("POST", path, JSON, body).await;
        assert_eq!(made.0, 201, "{made:?}");
    }
    let (job, set, scale) = (format!("{jobs}/j"), format!("{sets}/s"), format!("{sets}/s/scale"));
    for (path, spec) in [
        (BACKEND, json!({"revisionHistoryLimit": 0})),
        (&job, json!({"suspend": true})),
        (&set, json!({"replicas": 1})),
        (&scale, json!({"replicas": 1})),
    ] {
        let refused = ground.call("PATCH", path, MERGE, &json!({"spec": spec})).await;
        assert!(message(&refused).ends_with(": it needs --allow destroy"), "{path} {refused:?}");
    }
    for (path, spec) in [(BACKEND, json!({"revisionHistoryLimit": 11})), (&scale, json!({"replicas": 3}))] {
        let passed = ground.call("PATCH", path, MERGE, &json!({"spec": spec})).await;
        assert_eq!(passed.0, 200, "{path} {passed:?}");
    }
}
