//! The embedded cluster at the level of HTTP: whole answers through the service.

use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::{Value, json};
use todo_agent::adapters::cluster::embedded::Embedded;
use tower::{Service as _, ServiceExt as _};

struct Cluster {
    embedded: Embedded,
    _dir: tempfile::TempDir,
}

impl Cluster {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            embedded: Embedded::open(dir.path()).unwrap(),
            _dir: dir,
        }
    }

    async fn call(&self, method: Method, path: &str, form: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", form)
            .body(Body::from(body))
            .unwrap();
        let response = self.embedded.service().ready().await.unwrap().call(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, "", Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, "application/json", body).await
    }

    async fn patch(&self, path: &str, form: &str, body: Value) -> (u16, Value) {
        self.call(Method::PATCH, path, &format!("application/{form}"), body).await
    }
}

fn map(name: &str, data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// uid, creation time and version differ in each run.
fn steady(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["uid", "creationTimestamp", "resourceVersion"] {
            if metadata.contains_key(field) {
                metadata.insert(field.into(), "…".into());
            }
        }
    }
    object
}

#[tokio::test]
async fn an_object_is_made_read_patched_and_deleted() {
    let cluster = Cluster::new();
    let (code, made) = cluster.post(MAPS, map("a", json!({ "x": "1" }))).await;
    let expected = json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": { "name": "a", "namespace": "default", "uid": "…", "creationTimestamp": "…", "resourceVersion": "…" },
        "data": { "x": "1" },
    });
    assert_eq!((code, steady(made.clone())), (201, expected));
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await, (200, made.clone()));

    let (code, patched) = cluster
        .patch(&format!("{MAPS}/a"), "merge-patch+json", json!({ "data": { "x": null, "y": "2" } }))
        .await;
    assert_eq!((code, &patched["data"]), (200, &json!({ "y": "2" })));
    let (code, refused) = cluster
        .patch(
            &format!("{MAPS}/a"),
            "merge-patch+json",
            json!({ "metadata": { "resourceVersion": made["metadata"]["resourceVersion"] } }),
        )
        .await;
    assert_eq!(
        (code, refused["message"].as_str().unwrap()),
        (
            409,
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
        )
    );
    let (code, gone) = cluster.call(Method::DELETE, &format!("{MAPS}/a"), "", Value::Null).await;
    let details = json!({ "name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"] });
    assert_eq!(
        (code, gone),
        (
            200,
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
        )
    );
    assert_eq!(cluster.get(&format!("{MAPS}/a")).await.0, 404);
}
