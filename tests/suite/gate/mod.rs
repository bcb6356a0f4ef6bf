//! The gate as a server: what passes, what waits and what is refused, for programs that are not ours.

mod added;
mod asked;
mod failing;
mod fuzz;
mod graver;
mod hold;
mod hostile;
#[cfg(unix)]
mod kubeconfigs;
#[cfg(unix)]
mod logins;
mod passing;
mod preview;
#[cfg(unix)]
mod program;
mod raw;
#[cfg(unix)]
mod relay;
mod silent;
mod tries;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{
        Cluster, Connect, install_crypto,
        served::{Policy, Served},
    },
    domain::{event::Event, failure::Failure, ports::record::Record},
};

/// Keeps every event.
#[derive(Default)]
pub struct Events(Mutex<Vec<Event>>);

impl Record for Events {
    fn record(&self, event: Event) -> Result<(), Failure> {
        self.0.lock().unwrap().push(event);
        Ok(())
    }
}

impl Events {
    /// The calls that are no tries and were let through to the server, and that are no reads.
    pub fn changes(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let passed = events.iter().filter_map(|event| match event {
            Event::Called { call, risk, granted: true } if !call.dry_run && risk.changes() => Some(call.summary()),
            _ => None,
        });
        passed.collect()
    }

    /// What was told with what takes it back, and whether that was before the call.
    pub fn reversals(&self) -> Vec<todo_agent::domain::undo::Reversal> {
        let events = self.0.lock().unwrap();
        let mut all = Vec::new();
        for event in events.iter() {
            if let Event::Changing { reversals, .. } = event {
                all.extend(reversals.clone());
            }
        }
        all
    }
}

/// An embedded cluster behind a gate.
pub struct Ground {
    pub events: Arc<Events>,
    pub served: Served,
    pub cluster: Cluster,
    _dir: tempfile::TempDir,
}

pub async fn ground(policy: Policy) -> Ground {
    install_crypto();
    let dir = tempfile::tempdir().unwrap();
    let events = Arc::new(Events::default());
    let connect = Connect {
        kubeconfig: None,
        home: None,
        ..Connect::from_env(dir.path().join("embedded"), events.clone())
    };
    let cluster = Cluster::connect(&connect).await.unwrap();
    let served = Served::start(&cluster, policy).await.unwrap();
    Ground {
        events,
        served,
        cluster,
        _dir: dir,
    }
}

impl Ground {
    /// As a program of somebody else reads its kubeconfig.
    pub async fn client(&self) -> kube::Client {
        client(&self.served).await
    }

    /// A gate beside it that lets everything pass: somebody else, who changes the same cluster.
    pub async fn beside(&self) -> Served {
        let all = todo_agent::domain::risk::Risk::ALL;
        Served::start(&self.cluster, Policy::pass(all)).await.unwrap()
    }

    /// Status and body of one call.
    pub async fn call(&self, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        self.send(method, path, &[("content-type", content_type)], body).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
        send(&self.served, method, path, headers, body).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, "application/json", &Value::Null).await
    }

    pub async fn replicas(&self) -> Value {
        self.get(BACKEND).await.1["spec"]["replicas"].clone()
    }
}

/// As a program of somebody else reads its kubeconfig.
pub async fn client(served: &Served) -> kube::Client {
    let kubeconfig = kube::config::Kubeconfig::read_from(served.kubeconfig()).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    // What the gate says is heard as it says it the first time.
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

pub async fn send(served: &Served, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(kube::client::Body::from(body)).unwrap();
    let answer = client(served).await.send(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect_bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

pub const BACKEND: &str = "/apis/apps/v1/namespaces/default/deployments/todo-backend";
pub const MERGE: &str = "application/merge-patch+json";
pub const JSON: &str = "application/json";

pub fn replicas(count: u32) -> Value {
    json!({"spec": {"replicas": count}})
}

pub fn message(answer: &(u16, Value)) -> String {
    format!("{} {}", answer.0, answer.1["message"].as_str().unwrap_or_default())
}
