//! `--dry-run`: what would be is answered, and nothing is.

use super::*;

#[tokio::test]
async fn what_was_tried_is_read_again_by_name_and_nothing_was_changed() {
    let ground = ground(Policy::preview([])).await;
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(5)).await.0, 200);
    assert_eq!(ground.replicas().await, json!(5));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}, "data": {"a": "1"}});
    let maps = "/api/v1/namespaces/default/configmaps";
    assert_eq!(ground.call("POST", maps, JSON, &map).await.0, 201);
    assert_eq!(ground.call("POST", maps, JSON, &map).await.0, 409);
    let path = format!("{maps}/made");
    assert_eq!(ground.call("PATCH", &path, MERGE, &json!({"data": {"b": "2"}})).await.0, 200);
    assert_eq!(ground.get(&path).await.1["data"], json!({"a": "1", "b": "2"}));
    assert_eq!(ground.call("DELETE", &path, JSON, &Value::Null).await.0, 200);
    assert_eq!(ground.get(&path).await.0, 404);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(6)).await.0, 200);
    assert_eq!(ground.replicas().await, json!(6));
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    let end = ground.served.so_far();
    let would: Vec<String> = end.would.iter().map(|would| format!("{} {}", would.object, would.what)).collect();
    assert_eq!(would, ["deployment/todo-backend changed", "deployment/todo-backend changed"]);
    assert_eq!((end.changed, end.ended), (false, None));
}

#[tokio::test]
async fn it_ends_where_it_would_not_be_true_any_more() {
    let cases: [(&str, &str, &str, Value); 3] = [
        ("GET", "/apis/apps/v1/namespaces/default/deployments?watch=true", JSON, Value::Null),
        ("GET", "/apis/apps/v1/deployments", JSON, Value::Null),
        (
            "PATCH",
            &format!("{BACKEND}?fieldManager=x"),
            "application/apply-patch+yaml",
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "todo-backend"}, "spec": {"replicas": 4}}),
        ),
    ];
    for (method, path, content_type, body) in cases {
        let ground = ground(Policy::preview([])).await;
        assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(5)).await.0, 200);
        let ended = ground.call(method, path, content_type, &body).await;
        assert_eq!(ended.0, 403, "{method} {path}: {ended:?}");
        assert!(message(&ended).contains("the preview ends here"), "{ended:?}");
        // Nothing is told any more.
        assert_eq!(ground.get("/api/v1/namespaces/default/pods").await.0, 403);
        assert!(ground.served.so_far().ended.is_some());
        assert_eq!(ground.events.changes(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn it_runs_nothing_and_reads_no_secret() {
    let ground = ground(Policy::preview([])).await;
    let run = ground
        .call("POST", "/api/v1/namespaces/default/pods/a/exec?command=ls", JSON, &Value::Null)
        .await;
    assert!(message(&run).ends_with("a preview runs nothing"), "{run:?}");
    assert_eq!(ground.get("/api/v1/secrets").await.0, 403);
}

/// A chart gives one name to all that it makes.
#[tokio::test]
async fn what_would_be_is_told_of_each_object_and_not_of_its_namesakes() {
    let ground = ground(Policy::preview([])).await;
    let [maps, accounts] = ["configmaps", "serviceaccounts"].map(|plural| format!("/api/v1/namespaces/default/{plural}"));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "todo-backend"}, "data": {"a": "1"}});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "todo-backend"}});
    // One that becomes another: nothing of it is told yet.
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(2)).await.0, 200);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(5)).await.0, 200);
    assert_eq!(ground.call("POST", &maps, JSON, &map).await.0, 201);
    assert_eq!(ground.call("POST", &accounts, JSON, &account).await.0, 201);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(6)).await.0, 200);
    let more = json!({"data": {"a": "2"}});
    assert_eq!(ground.call("PATCH", &format!("{maps}/todo-backend"), MERGE, &more).await.0, 200);
    let account = format!("{accounts}/todo-backend");
    assert_eq!(ground.call("DELETE", &account, JSON, &Value::Null).await.0, 200);
    let end = ground.served.so_far();
    let would: Vec<String> = end
        .would
        .iter()
        .map(|would| {
            let told = would.diff.iter().filter(|change| change.field.to_string() != "metadata");
            let told = told.map(|change| format!("{} {}", change.field, change.after.as_ref().unwrap()));
            format!("{} {}: {}", would.object, would.what, told.collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert_eq!(
        would,
        [
            "deployment/todo-backend changed: spec.replicas 5",
            "configmap/todo-backend made: kind \"ConfigMap\", apiVersion \"v1\", data {\"a\":\"2\"}",
            "deployment/todo-backend changed: spec.replicas 6",
        ]
    );
    assert_eq!(end.ended, None);
}

/// It would be tried as who we are.
#[tokio::test]
async fn it_ends_with_a_change_as_somebody_else() {
    let ground = ground(Policy::preview([])).await;
    let headers = [("impersonate-user", "admin"), ("content-type", MERGE)];
    let answer = ground
        .send("PATCH", BACKEND, &headers, serde_json::to_vec(&replicas(5)).unwrap())
        .await;
    assert!(
        message(&answer).ends_with("what somebody else may do cannot be tried"),
        "{answer:?}"
    );
    let end = ground.served.so_far();
    assert_eq!((end.would.len(), end.ended.is_some()), (0, true));
}
