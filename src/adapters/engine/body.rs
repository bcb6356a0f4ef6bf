//! The container that a plan describes, as the engine's API takes it.

use serde_json::{Map, Value, json};

use super::host;
use crate::domain::docker::{
    RUN_LABEL, Run,
    mount::{Mount, Source},
};

/// Exactly this is sent, and exactly this passes the gate. `env` are all its variables, as `NAME=value`.
#[must_use]
pub fn of(run: &Run, env: &[String], token: &str) -> Value {
    let mut body = Map::new();
    let mut host = Map::new();
    body.insert("Image".to_owned(), json!(run.image));
    body.insert("Labels".to_owned(), json!({RUN_LABEL: token}));
    if !run.command.is_empty() {
        body.insert("Cmd".to_owned(), json!(run.command));
    }
    if !env.is_empty() {
        body.insert("Env".to_owned(), json!(env));
    }
    for (key, value) in [("WorkingDir", &run.workdir), ("User", &run.user)] {
        if let Some(value) = value {
            body.insert(key.to_owned(), json!(value));
        }
    }
    if let Some(entrypoint) = &run.entrypoint {
        body.insert("Entrypoint".to_owned(), json!([entrypoint]));
    }
    if run.interactive {
        body.insert("OpenStdin".to_owned(), json!(true));
    }
    if run.tty {
        body.insert("Tty".to_owned(), json!(true));
    }
    publish(run, &mut body, &mut host);
    mount(run, &mut body, &mut host);
    if let Some(network) = &run.network {
        host.insert("NetworkMode".to_owned(), json!(network));
    }
    if let Some(policy) = &run.restart {
        let (name, times) = policy.split_once(':').unwrap_or((policy, "0"));
        let times: u16 = times.parse().unwrap_or_default();
        host.insert("RestartPolicy".to_owned(), json!({"Name": name, "MaximumRetryCount": times}));
    }
    // What is waited for is removed by who waited, once its output was read.
    if run.rm {
        host.insert("AutoRemove".to_owned(), json!(true));
    }
    if !host.is_empty() {
        body.insert("HostConfig".to_owned(), Value::Object(host));
    }
    Value::Object(body)
}

fn publish(run: &Run, body: &mut Map<String, Value>, host: &mut Map<String, Value>) {
    if run.ports.is_empty() {
        return;
    }
    let (mut exposed, mut bindings) = (Map::new(), Map::new());
    for port in &run.ports {
        let (inside, binding) = published(port);
        exposed.insert(inside.clone(), json!({}));
        if let Value::Array(list) = bindings.entry(inside).or_insert_with(|| json!([])) {
            list.push(binding);
        }
    }
    body.insert("ExposedPorts".to_owned(), Value::Object(exposed));
    host.insert("PortBindings".to_owned(), Value::Object(bindings));
}

/// The plan has checked them.
fn mount(run: &Run, body: &mut Map<String, Value>, host: &mut Map<String, Value>) {
    let mounts: Vec<Mount> = run.volumes.iter().filter_map(|said| Mount::parse(said).ok()).collect();
    let mut binds = Vec::new();
    let mut unnamed = Map::new();
    for mount in &mounts {
        let source = match &mount.source {
            Source::Path(path) => host::whole(path).display().to_string(),
            Source::Volume(name) => name.clone(),
            Source::Unnamed => {
                unnamed.insert(mount.target.clone(), json!({}));
                continue;
            }
        };
        let options = mount.options.join(",");
        let colon = if options.is_empty() { "" } else { ":" };
        binds.push(format!("{source}:{}{colon}{options}", mount.target));
    }
    if !binds.is_empty() {
        host.insert("Binds".to_owned(), json!(binds));
    }
    if !unnamed.is_empty() {
        body.insert("Volumes".to_owned(), Value::Object(unnamed));
    }
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
