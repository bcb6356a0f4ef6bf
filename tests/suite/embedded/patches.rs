//! Patches in all four forms.

use super::*;

async fn with_deployment() -> (Cluster, String) {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, deployment("web", 1)).await;
    (cluster, format!("{DEPLOYMENTS}/web"))
}

#[tokio::test]
async fn a_json_patch_is_all_or_nothing() {
    let (cluster, path) = with_deployment().await;
    let failing =
        json!([{ "op": "replace", "path": "/spec/replicas", "value": 5 }, { "op": "test", "path": "/spec/paused", "value": true }]);
    let (code, status) = cluster.patch(&path, "json-patch+json", failing).await;
    assert_eq!(
        (code, status),
        (
            422,
            json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "the server rejected our request due to an error in our request",
                "reason": "Invalid", "details": {}, "code": 422,
            })
        )
    );
    assert_eq!(cluster.get(&path).await.1["spec"]["replicas"], 1);
    let (_, object) = cluster
        .patch(
            &path,
            "json-patch+json",
            json!([{ "op": "replace", "path": "/spec/replicas", "value": 5 }]),
        )
        .await;
    assert_eq!(object["spec"]["replicas"], 5);
}

#[tokio::test]
async fn a_strategic_patch_merges_lists_by_their_key() {
    let (cluster, path) = with_deployment().await;
    let patch =
        json!({ "spec": { "template": { "spec": { "containers": [{ "name": "web", "env": [{ "name": "A", "value": "1" }] }] } } } });
    let (code, object) = cluster.patch(&path, "strategic-merge-patch+json", patch).await;
    let container = &object["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        (code, &container["image"], &container["env"]),
        (200, &json!("nginx:1.27"), &json!([{ "name": "A", "value": "1" }]))
    );
}

#[tokio::test]
async fn preconditions_in_a_patch_are_kept() {
    let (cluster, path) = with_deployment().await;
    let version = json!({ "metadata": { "resourceVersion": "1" }, "spec": { "replicas": 2 } });
    assert_eq!(cluster.patch(&path, "merge-patch+json", version).await.0, 409);
    let uid = json!({ "metadata": { "uid": "x" }, "spec": { "replicas": 2 } });
    assert_eq!(
        said(cluster.patch(&path, "merge-patch+json", uid).await),
        says(
            422,
            "Deployment.apps \"web\" is invalid: metadata.uid: Invalid value: \"x\": field is immutable"
        )
    );
    let (_, now) = cluster.get(&path).await;
    let both = json!({ "metadata": { "resourceVersion": now["metadata"]["resourceVersion"], "uid": now["metadata"]["uid"] }, "spec": { "replicas": 2 } });
    assert_eq!(cluster.patch(&path, "merge-patch+json", both).await.0, 200);
}

#[tokio::test]
async fn an_apply_makes_merges_and_takes_away() {
    let cluster = Cluster::new();
    let path = format!("{MAPS}/a?fieldManager=me");
    let (code, _) = cluster
        .patch(&path, "apply-patch+yaml", map("a", json!({ "x": "1", "y": "2" })))
        .await;
    assert_eq!(code, 201);
    cluster
        .patch(&format!("{MAPS}/a"), "merge-patch+json", json!({ "data": { "z": "3" } }))
        .await;
    let (code, object) = cluster.patch(&path, "apply-patch+yaml", map("a", json!({ "x": "5" }))).await;
    assert_eq!((code, &object["data"]), (200, &json!({ "x": "5", "z": "3" })));
    let (_, again) = cluster.patch(&path, "apply-patch+yaml", map("a", json!({ "x": "5" }))).await;
    assert_eq!(again["metadata"]["resourceVersion"], object["metadata"]["resourceVersion"]);

    let other = format!("{MAPS}/a?fieldManager=other");
    assert_eq!(
        said(cluster.patch(&other, "apply-patch+yaml", map("a", json!({ "x": "6" }))).await),
        says(409, "Apply failed with 1 conflict: conflict with \"me\": .data.x")
    );
    let (code, object) = cluster
        .patch(&format!("{other}&force=true"), "apply-patch+yaml", map("a", json!({ "x": "6" })))
        .await;
    assert_eq!((code, &object["data"]["x"]), (200, &json!("6")));
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    let (cluster, path) = with_deployment().await;
    assert_eq!(
        said(cluster.patch(&path, "json", json!({})).await),
        says(415, "415: Unsupported Media Type")
    );
    assert_eq!(
        said(cluster.patch(&path, "merge-patch+json", json!([])).await),
        says(
            400,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    );
}
