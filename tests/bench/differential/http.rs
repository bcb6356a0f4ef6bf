//! Raw HTTP calls.

use std::time::Duration;

use ::http::Request;
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::{Value, json};

use super::run::Run;
use super::side::Side;
use super::step::{Step, Until};

/// How long a watch waits for its next event, and how long an object may take to stand still.
const PATIENCE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(120);

/// Sends a step's call; gives back code, content type, warnings and body.
pub async fn sent(run: &Run<'_>, call: &str, step: &Step) -> Value {
    let call = run.filled(call);
    let (method, path) = call.split_once(' ').unwrap();
    let body = match &step.body {
        None => Vec::new(),
        Some(Value::String(text)) if !text.starts_with("$${") => run.filled(text).into_bytes(),
        Some(body) => {
            let mut body = run.filled_value(body);
            json_patch::merge(&mut body, &run.filled_value(step.with.as_ref().unwrap_or(&json!({}))));
            body.to_string().into_bytes()
        }
    };
    let request = || {
        Request::builder()
            .method(method)
            .uri(path)
            .header("user-agent", "differential/1.0")
            .header("content-type", content(step.content.as_deref()))
            .header("accept", accept(step.accept.as_deref()))
            .body(Body::from(body.clone()))
            .unwrap()
    };
    let mut answered = answer(run.side, request(), step.events).await;
    for _ in 0..3 {
        // The real server's cache may be behind what it has just written.
        if answered["code"] == 504 {
            tokio::time::sleep(PAUSE).await;
            answered = answer(run.side, request(), step.events).await;
        }
    }
    answered
}

async fn answer(side: &Side, request: Request<Body>, events: Option<usize>) -> Value {
    let response = match tokio::time::timeout(LONG, side.client.send(request)).await {
        Ok(response) => response.unwrap(),
        Err(_) => return json!({ "code": "no answer" }),
    };
    let (parts, body) = response.into_parts();
    let headers = |name: &str| -> Vec<&str> { parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect() };
    let code = parts.status.as_u16();
    let mut answer = json!({ "code": code, "type": headers("content-type").first(), "warnings": headers("warning") });
    if let Some(wanted) = events.filter(|_| code == 200) {
        answer["events"] = stream(body, wanted).await.into();
    } else {
        let Ok(body) = tokio::time::timeout(LONG, body.collect()).await else {
            answer["body"] = "no end".into();
            return answer;
        };
        let bytes = body.unwrap().to_bytes();
        answer["body"] = read(&bytes, headers("content-type").first().is_some_and(|form| form.contains("yaml")));
    }
    answer
}

fn read(bytes: &[u8], yaml: bool) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let value = if yaml {
        serde_saphyr::from_str(&text).ok()
    } else {
        serde_json::from_slice(bytes).ok()
    };
    value.unwrap_or_else(|| text.into_owned().into())
}

/// Reads lines until there are enough, or none comes for a while.
async fn stream(mut body: Body, wanted: usize) -> Vec<Value> {
    let (mut text, mut events) = (String::new(), Vec::new());
    while events.len() < wanted {
        let Ok(Some(Ok(frame))) = tokio::time::timeout(PATIENCE, body.frame()).await else {
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        text.push_str(&String::from_utf8_lossy(&data));
        while let Some((line, rest)) = text.split_once('\n') {
            events.push(serde_json::from_str(line).unwrap_or_else(|_| line.into()));
            text = rest.to_owned();
        }
    }
    events.truncate(wanted);
    events
}

/// A call of the test's own.
pub async fn plain(side: &Side, method: &str, path: &str, body: Option<Value>) -> Value {
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    answer(side, request.body(Body::from(body)).unwrap(), None).await
}

pub async fn appears(side: &Side, address: &str) {
    let start = std::time::Instant::now();
    while start.elapsed() < LONG {
        if plain(side, "GET", address, None).await["code"] == 200 {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until an object, or a list, is the same for a while, and its controller has seen its latest generation.
pub async fn settled(side: &Side, address: &str) {
    let start = std::time::Instant::now();
    let (mut last, mut same) = (Value::Null, 0);
    while same < 4 && start.elapsed() < LONG {
        tokio::time::sleep(PAUSE).await;
        let mut now = plain(side, "GET", address, None).await;
        if now["body"]["items"].is_array() {
            now["body"]["metadata"] = Value::Null;
        }
        same = if now == last && seen(&now["body"]) { same + 1 } else { 0 };
        last = now;
    }
}

fn seen(object: &Value) -> bool {
    if let Some(items) = object["items"].as_array() {
        return items.iter().all(seen);
    }
    let controlled = matches!(
        object["kind"].as_str(),
        Some("Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
    );
    !controlled || object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

pub async fn until(run: &Run<'_>, until: &Until) {
    let start = std::time::Instant::now();
    let address = run.filled(&until.get);
    while start.elapsed() < LONG {
        let now = plain(run.side, "GET", &address, None).await;
        let code = now["code"] == until.code.unwrap_or(200);
        let stands = |(pointer, value): (&String, &Value)| now["body"].pointer(pointer).unwrap_or(&Value::Null) == value;
        if code && until.at.iter().all(stands) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn content(short: Option<&str>) -> &str {
    match short {
        None | Some("json") => "application/json",
        Some("yaml") => "application/yaml",
        Some("merge") => "application/merge-patch+json",
        Some("json-patch") => "application/json-patch+json",
        Some("strategic") => "application/strategic-merge-patch+json",
        Some("apply") => "application/apply-patch+yaml",
        Some(other) => other,
    }
}

fn accept(short: Option<&str>) -> &str {
    match short {
        None => "application/json",
        Some("table") => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        Some("metadata") => "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
        Some("metadata-list") => "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        Some(other) => other,
    }
}
