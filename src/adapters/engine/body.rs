//! The container that a plan describes, as the engine's API takes it.

use serde_json::{Map, Value, json};

use crate::domain::docker::Run;

/// The label by which a container that was run here is known again.
pub const LABEL: &str = "todo-agent.run";

/// Exactly this is sent, and exactly this passes the gate.
#[must_use]
pub fn of(run: &Run, token: &str) -> Value {
    let mut body = Map::new();
    body.insert("Image".to_owned(), json!(run.image));
    if !run.command.is_empty() {
        body.insert("Cmd".to_owned(), json!(run.command));
    }
    if !run.env.is_empty() {
        let env = run.env.iter().map(|change| match &change.value {
            Some(value) => format!("{}={value}", change.name),
            None => change.name.clone(),
        });
        body.insert("Env".to_owned(), env.collect());
    }
    body.insert("Labels".to_owned(), json!({LABEL: token}));
    if !run.ports.is_empty() {
        let (mut exposed, mut bindings) = (Map::new(), Map::new());
        for port in &run.ports {
            let (inside, binding) = published(port);
            exposed.insert(inside.clone(), json!({}));
            if let Value::Array(list) = bindings.entry(inside).or_insert_with(|| json!([])) {
                list.push(binding);
            }
        }
        body.insert("ExposedPorts".to_owned(), Value::Object(exposed));
        body.insert("HostConfig".to_owned(), json!({"PortBindings": bindings}));
    }
    Value::Object(body)
}

/// `127.0.0.1:8080:80/tcp` as port and binding. The plan has checked it.
fn published(said: &str) -> (String, Value) {
    let (rest, protocol) = said.split_once('/').unwrap_or((said, "tcp"));
    let mut parts = rest.rsplitn(3, ':');
    let inside = format!("{}/{protocol}", parts.next().unwrap_or_default());
    let host = parts.next().unwrap_or_default();
    let address = parts.next().unwrap_or_default();
    (inside, json!({"HostIp": address, "HostPort": host}))
}
