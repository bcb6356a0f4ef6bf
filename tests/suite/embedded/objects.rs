//! One object: made, read, replaced, deleted, refused.

use super::*;

#[tokio::test]
async fn an_object_is_made_read_changed_and_deleted() {
    let cluster = Cluster::new();
    let (code, made) = cluster.post(MAPS, map("a", json!({ "x": "1" }))).await;
    let expected = json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": { "name": "a", "namespace": "default", "uid": "…", "creationTimestamp": "2026-01-01T12:00:00Z", "resourceVersion": "…" },
        "data": { "x": "1" },
    });
    assert_eq!((code, steady(made.clone())), (201, expected));
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await, (200, made.clone()));
    let (code, gone) = cluster.delete(&format!("{MAPS}/a")).await;
    let details = json!({ "name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"] });
    assert_eq!(
        (code, gone),
        (
            200,
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
        )
    );
    assert_eq!(
        said(cluster.get(&format!("{MAPS}/a")).await),
        says(404, "configmaps \"a\" not found")
    );
}

#[tokio::test]
async fn refusals_are_in_the_words_of_the_real_server() {
    let cluster = Cluster::new();
    cluster.post(MAPS, map("a", json!({}))).await;
    let same = "the object has been modified; please apply your changes to the latest version and try again";
    let stale = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "resourceVersion": "1" } });
    let strict = format!("{DEPLOYMENTS}?fieldValidation=Strict");
    let mut typo = deployment("web", 1);
    typo["spec"]["replica"] = 1.into();
    let mut text = deployment("web", 1);
    text["spec"]["replicas"] = "1".into();
    let mut elsewhere = map("b", json!({}));
    elsewhere["metadata"]["namespace"] = "other".into();
    for (answer, expected) in [
        (
            cluster.post(MAPS, map("a", json!({}))).await,
            says(409, "configmaps \"a\" already exists"),
        ),
        (
            cluster.put(&format!("{MAPS}/a"), stale).await,
            says(409, &format!("Operation cannot be fulfilled on configmaps \"a\": {same}")),
        ),
        (
            cluster.post(&strict, typo).await,
            says(
                400,
                "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\"",
            ),
        ),
        (
            cluster.post(DEPLOYMENTS, text).await,
            says(
                400,
                "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
        ),
        (
            cluster.post(MAPS, elsewhere).await,
            says(
                400,
                "the namespace of the provided object does not match the namespace sent on the request",
            ),
        ),
        (
            cluster.post("/api/v1/namespaces/nonsuch/configmaps", map("a", json!({}))).await,
            says(404, "namespaces \"nonsuch\" not found"),
        ),
        (
            cluster
                .post(
                    DEPLOYMENTS,
                    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" } }),
                )
                .await,
            says(
                400,
                "Pod in version \"v1\" cannot be handled as a Deployment: converting (v1.Pod) to (apps.Deployment): unknown conversion",
            ),
        ),
        (
            cluster.put(&format!("{MAPS}/a"), map("b", json!({}))).await,
            says(400, "the name of the object (b) does not match the name on the URL (a)"),
        ),
        (
            cluster.get("/apis/apps/v1/nope").await,
            says(404, "the server could not find the requested resource"),
        ),
        (
            cluster.delete("/api/v1/namespaces/default").await,
            says(403, "namespaces \"default\" is forbidden: this namespace may not be deleted"),
        ),
    ] {
        assert_eq!(said(answer), expected);
    }
}

#[tokio::test]
async fn a_dry_run_answers_in_full_and_changes_nothing() {
    let cluster = Cluster::new();
    let (code, tried) = cluster.post(&format!("{MAPS}?dryRun=All"), map("a", json!({ "x": "1" }))).await;
    assert_eq!(
        (code, tried["metadata"].get("resourceVersion"), &tried["data"]),
        (201, None, &json!({ "x": "1" }))
    );
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await.0, 404);

    let (_, made) = cluster.post(DEPLOYMENTS, deployment("web", 1)).await;
    let path = format!("{DEPLOYMENTS}/web");
    let (_, before) = cluster.get(&path).await;
    let (_, tried) = cluster
        .patch(
            &format!("{path}?dryRun=All"),
            "merge-patch+json",
            json!({ "spec": { "replicas": 4 } }),
        )
        .await;
    assert_eq!(
        (
            &tried["spec"]["replicas"],
            &tried["metadata"]["generation"],
            &tried["metadata"]["resourceVersion"]
        ),
        (&json!(4), &json!(2), &before["metadata"]["resourceVersion"])
    );
    let (code, _) = cluster.delete(&format!("{path}?dryRun=All")).await;
    assert_eq!(
        (code, cluster.get(&path).await.1, made["metadata"]["generation"].as_i64()),
        (200, before, Some(1))
    );
}

#[tokio::test]
async fn options_in_the_body_of_a_deletion_are_all_that_counts() {
    let cluster = Cluster::new();
    let (_, made) = cluster.post(MAPS, map("a", json!({ "x": "1" }))).await;
    let delete = |query: &str, options: Value| {
        let path = format!("{MAPS}/a{query}");
        let cluster = &cluster;
        async move { cluster.call(Method::DELETE, &path, "application/json", options).await.0 }
    };
    let tried = json!({ "kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"] });
    assert_eq!(delete("?propagationPolicy=Sometimes&dryRun=Some", tried).await, 200);
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await, (200, made));
    assert_eq!(delete("?dryRun=All", json!({})).await, 200);
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await.0, 404);
}

#[tokio::test]
async fn an_update_that_changes_nothing_counts_no_version() {
    let cluster = Cluster::new();
    let (_, made) = cluster.post(MAPS, map("a", json!({ "x": "1" }))).await;
    assert_eq!(cluster.put(&format!("{MAPS}/a"), made.clone()).await, (200, made));
}

#[tokio::test]
async fn the_generation_counts_what_is_wanted_and_not_what_is() {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, deployment("web", 1)).await;
    let path = format!("{DEPLOYMENTS}/web");
    let generation = |answer: (u16, Value)| answer.1["metadata"]["generation"].as_i64();
    let label = json!({ "metadata": { "labels": { "x": "y" } } });
    assert_eq!(generation(cluster.patch(&path, "merge-patch+json", label).await), Some(1));
    let replicas = json!({ "spec": { "replicas": 2 } });
    assert_eq!(generation(cluster.patch(&path, "merge-patch+json", replicas).await), Some(2));
    let status = json!({ "status": { "observedGeneration": 7 }, "spec": { "replicas": 9 } });
    let (_, object) = cluster.patch(&format!("{path}/status"), "merge-patch+json", status).await;
    assert_eq!(
        (&object["metadata"]["generation"], &object["spec"]["replicas"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test]
async fn an_object_with_a_finalizer_goes_when_it_is_taken_off() {
    let cluster = Cluster::new();
    let mut held = map("a", json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    cluster.post(MAPS, held).await;
    let path = format!("{MAPS}/a");
    let (code, marked) = cluster.delete(&path).await;
    assert_eq!(
        (code, &marked["metadata"]["deletionTimestamp"]),
        (200, &json!("2026-01-01T12:00:00Z"))
    );
    assert_eq!(cluster.get(&path).await.0, 200);
    cluster
        .patch(&path, "merge-patch+json", json!({ "metadata": { "finalizers": null } }))
        .await;
    assert_eq!(cluster.get(&path).await.0, 404);
}

#[tokio::test]
async fn text_of_a_secret_becomes_its_data_and_names_are_made_up() {
    let cluster = Cluster::new();
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "generateName": "s-" }, "stringData": { "a": "b" } });
    let (code, made) = cluster.post("/api/v1/namespaces/default/secrets", secret).await;
    let name = made["metadata"]["name"].as_str().unwrap();
    assert_eq!(
        (
            code,
            &made["data"],
            made.get("stringData"),
            &made["type"],
            name.len(),
            name.starts_with("s-")
        ),
        (201, &json!({ "a": "Yg==" }), None, &json!("Opaque"), 7, true)
    );
}

#[tokio::test]
async fn yaml_and_protobuf_bodies_are_read_too() {
    let cluster = Cluster::new();
    let yaml = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: 'no'}\n".to_vec();
    let (code, made) = cluster.raw(Method::POST, MAPS, "application/yaml", yaml).await;
    assert_eq!((code, &made["data"]), (201, &json!({ "a": "no" })));
    // v1 ConfigMap with metadata.name = "p", as kubectl 1.32 sends it.
    let bytes = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x05\x0a\x03\x0a\x01p".to_vec();
    let (code, made) = cluster.raw(Method::POST, MAPS, "application/vnd.kubernetes.protobuf", bytes).await;
    assert_eq!((code, &made["metadata"]["name"]), (201, &json!("p")));
    let (code, refused) = cluster.raw(Method::POST, MAPS, "text/plain", b"x".to_vec()).await;
    assert_eq!((code, &refused["reason"]), (415, &json!("UnsupportedMediaType")));
}

#[tokio::test]
async fn scale_is_the_same_small_object_for_all_that_scales() {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, deployment("web", 1)).await;
    let path = format!("{DEPLOYMENTS}/web/scale");
    let (code, scale) = cluster.patch(&path, "merge-patch+json", json!({ "spec": { "replicas": 3 } })).await;
    let expected = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": { "name": "web", "namespace": "default", "uid": "…", "resourceVersion": "…", "creationTimestamp": "2026-01-01T12:00:00Z" },
        "spec": { "replicas": 3 }, "status": { "replicas": 1, "selector": "app=web" },
    });
    assert_eq!((code, steady(scale)), (200, expected));
    assert_eq!(
        said(
            cluster
                .patch(&path, "merge-patch+json", json!({ "spec": { "replicas": -2 } }))
                .await
        ),
        says(
            422,
            "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -2: must be greater than or equal to 0"
        )
    );
}

#[tokio::test]
async fn a_pod_that_is_deleted_has_its_time_of_grace() {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, deployment("web", 1)).await;
    cluster.pass(5);
    let (_, list) = cluster.get("/api/v1/namespaces/default/pods?labelSelector=app%3Dweb").await;
    let name = list["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/namespaces/default/pods/{name}");
    let (code, marked) = cluster.delete(&path).await;
    assert_eq!(
        (
            code,
            &marked["metadata"]["deletionTimestamp"],
            &marked["metadata"]["deletionGracePeriodSeconds"]
        ),
        (200, &json!("2026-01-01T12:00:35Z"), &json!(30))
    );
    cluster.pass(60);
    assert_eq!(cluster.get(&path).await.0, 404);
}

#[tokio::test]
async fn what_a_simulation_cannot_do_is_said() {
    let cluster = Cluster::new();
    assert_eq!(
        said(cluster.post("/api/v1/namespaces/default/pods/a/exec?command=ls", Value::Null).await),
        says(
            501,
            "the embedded cluster is a simulation: nothing runs in its pods, so there is nothing to execute in or attach to (exec of pods \"a\")"
        )
    );
}
