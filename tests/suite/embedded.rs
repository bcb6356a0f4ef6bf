//! The embedded cluster at the level of HTTP: whole answers through the service.

mod clients;
mod lists;
mod objects;
mod patches;
mod processes;
mod removals;
mod rights;
mod served;
mod starts;
mod watches;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kube::client::Body;
use serde_json::{Value, json};
use todo_agent::adapters::cluster::embedded::Embedded;
use tower::{Service as _, ServiceExt as _};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// A cluster whose clock stands still until it is told to go on.
struct Cluster {
    embedded: Embedded,
    seconds: Arc<AtomicI64>,
    dir: tempfile::TempDir,
}

impl Cluster {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let seconds = Arc::new(AtomicI64::new(start.as_second()));
        let clock = Arc::clone(&seconds);
        let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
        Self {
            embedded: Embedded::open_with(dir.path(), now, |_| std::collections::BTreeSet::new()).unwrap(),
            seconds,
            dir,
        }
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.embedded.service().ready().await.unwrap().call(request).await.unwrap()
    }

    async fn call(&self, method: Method, path: &str, form: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.raw(method, path, form, body).await
    }

    async fn raw(&self, method: Method, path: &str, form: &str, body: Vec<u8>) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path).header("content-type", form);
        let response = self.send(request.body(Body::from(body)).unwrap()).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        (status, value)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, "", Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, "application/json", body).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::PUT, path, "application/json", body).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.call(Method::DELETE, path, "", Value::Null).await
    }

    async fn patch(&self, path: &str, form: &str, body: Value) -> (u16, Value) {
        self.call(Method::PATCH, path, &format!("application/{form}"), body).await
    }
}

fn map(name: &str, data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "labels": { "app": name } },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "web", "image": "nginx:1.27", "ports": [{ "containerPort": 80 }] }] },
            },
        },
    })
}

/// What differs in each run.
fn steady(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["uid", "resourceVersion"] {
            if metadata.contains_key(field) {
                metadata.insert(field.into(), "…".into());
            }
        }
        // Compared with the real server's in tests/bench.
        metadata.shift_remove("managedFields");
    }
    object
}

/// Code and message of a refusal.
fn said((code, status): (u16, Value)) -> (u16, String) {
    (code, status["message"].as_str().unwrap_or_default().to_owned())
}

fn says(code: u16, message: &str) -> (u16, String) {
    (code, message.to_owned())
}
