//! A container that does not exist yet.

use serde_json::{Map, Value, json};

use super::{Told, full_name, mounts::value, text};
use crate::{
    domain::{
        docker::{
            Noun, Run,
            condition::{Check, REMOVES_ITSELF},
        },
        failure::{Failure, FailureKind, Result},
        field::FieldPath,
        place::Place,
        ports::engine::Look,
        undo::{Reversal, ReversedField, Way},
    },
    fallbacks::quoted,
    stages::plan::Planner,
};

impl Planner {
    pub(super) async fn ran(&self, run: &Run, place: &Place, notes: &mut Vec<String>) -> Result<Told> {
        let containers = self.engine.look(&Look::Containers { all: true }).await?.unwrap_or_default();
        let containers: Vec<&Value> = containers.as_array().into_iter().flatten().collect();
        let image = Noun::Image.named(full_name(&run.image), None);
        let found = self.engine.look(&Look::Object(image.clone())).await?;
        let id = found.as_ref().and_then(|found| text(found, "/Id"));
        if found.is_none() {
            notes.push(format!("{} is not on this engine and is pulled first", image.name));
        }
        let name = match &run.name {
            Some(name) => {
                if let Some(other) = named(&containers, name) {
                    return Err(taken(name, other));
                }
                name.clone()
            }
            None => {
                let name = free_name(&run.image, &containers);
                notes.push(format!("it is called container/{name}, as no other name was given"));
                name
            }
        };
        if run.once {
            notes.push(format!(
                "its output is shown until it ends; Ctrl-C leaves it running: `todo-agent \"docker rm -f {name}\"` ends it then"
            ));
        } else if run.attached {
            notes.push(format!(
                "it runs in the background, as with -d; `todo-agent \"docker logs -f {name}\"` shows its output"
            ));
        }
        self.set_here(&run.env).await?;
        let ports = run.ports.iter().map(|port| published(port)).collect::<Result<Vec<_>>>()?;
        for port in &ports {
            if let Some(other) = port.host.and_then(|host| holder(&containers, host)) {
                let failure = Failure::new(
                    FailureKind::Failed,
                    format!(
                        "port {} is taken by container/{other}; nothing was run",
                        port.host.unwrap_or_default()
                    ),
                );
                return Err(failure.hint(format!("take another port, or stop it: `todo-agent \"docker stop {other}\"`")));
            }
        }
        notes.extend(found.as_ref().and_then(|found| unheard(found, &run.image, &ports)));
        let token = format!("{name}-{}", jiff::Timestamp::now().as_millisecond());
        let mut after = Map::new();
        after.insert("image".to_owned(), json!(run.image));
        // The same before and after: by it the image is known again when the yes has come.
        after.insert("id".to_owned(), json!(id));
        for port in &ports {
            after.insert(format!("port {}", port.inside), json!(port.told()));
        }
        if !run.env.is_empty() {
            let env: Vec<Value> = run
                .env
                .iter()
                .map(|change| json!({"name": change.name, "value": value(change)}))
                .collect();
            after.insert("env".to_owned(), Value::Array(env));
        }
        self.given(run, place, &mut after, notes).await?;
        for (label, value) in [
            ("restart", &run.restart),
            ("folder", &run.workdir),
            ("user", &run.user),
            ("entrypoint", &run.entrypoint),
        ] {
            if let Some(value) = value {
                after.insert(label.to_owned(), json!(value));
            }
        }
        if run.tty || run.interactive {
            let what = if run.tty {
                "a terminal, in the background"
            } else {
                "open, in the background"
            };
            after.insert("standard input".to_owned(), json!(what));
        }
        if !run.command.is_empty() {
            after.insert("command".to_owned(), json!(command(&run.command)));
        }
        if run.rm || run.once {
            after.insert("when it ends".to_owned(), json!("it is removed"));
        }
        let object = Noun::Container.named(name, None);
        Ok(Told {
            operation: "run",
            before: json!({"id": id}),
            after: Value::Object(after),
            reversal: (!run.once).then(|| Reversal {
                object: object.clone(),
                subresource: "remove".to_owned(),
                way: Way::Fields,
                fields: vec![ReversedField {
                    field: FieldPath::keys(&["label"]),
                    before: None,
                    ours: Some(json!(token)),
                }],
            }),
            object,
            check: match (run.once, run.attached || run.rm) {
                (true, _) => Check::Gone,
                (_, true) => Check::Ran,
                _ => Check::Running,
            },
            mark: run.rm.then(|| REMOVES_ITSELF.to_owned()),
        })
    }
}

fn command(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A published port, taken apart.
struct Published {
    /// `80/tcp`.
    inside: String,
    address: String,
    /// `None`: the engine chooses one.
    host: Option<u16>,
}

impl Published {
    fn told(&self) -> String {
        let host = self.host.map_or_else(|| "a free port".to_owned(), |host| host.to_string());
        match self.address.as_str() {
            "" => format!("published as {host}"),
            address => format!("published as {address}:{host}"),
        }
    }
}

fn published(said: &str) -> Result<Published> {
    let bad = || {
        Failure::new(FailureKind::Usage, format!("\"{said}\" is no port to publish"))
            .hint("ports look like 8080:80 (host:container), 127.0.0.1:8080:80 or 80")
    };
    let (rest, protocol) = said.split_once('/').unwrap_or((said, "tcp"));
    let parts: Vec<&str> = rest.rsplitn(3, ':').collect();
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(bad);
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        return Err(bad());
    }
    let (inside, host, address) = match parts.as_slice() {
        [inside] => (port(inside)?, None, ""),
        [inside, host] => (port(inside)?, Some(port(host)?), ""),
        [inside, "", address] => (port(inside)?, None, *address),
        [inside, host, address] => (port(inside)?, Some(port(host)?), *address),
        _ => return Err(bad()),
    };
    Ok(Published {
        inside: format!("{inside}/{protocol}"),
        address: address.to_owned(),
        host,
    })
}

/// What is published inside is none of the ports that the image says it listens on (`EXPOSE`).
fn unheard(image: &Value, name: &str, ports: &[Published]) -> Option<String> {
    fn short(port: &str) -> &str {
        port.trim_end_matches("/tcp")
    }
    let exposed: Vec<&str> = image
        .pointer("/Config/ExposedPorts")?
        .as_object()?
        .keys()
        .map(|port| short(port))
        .collect();
    let port = ports.iter().find(|port| !exposed.contains(&short(&port.inside)))?;
    let (first, inside) = (exposed.first()?, short(&port.inside));
    let host = port.host.map_or_else(String::new, |host| format!("{host}:"));
    Some(format!(
        "{name} says that it listens on {}, not on {inside}: `-p {host}{first}` would reach that",
        exposed.join(", "),
    ))
}

fn named<'a>(containers: &[&'a Value], name: &str) -> Option<&'a Value> {
    containers
        .iter()
        .find(|container| names(container).any(|known| known == name))
        .copied()
}

fn names(container: &Value) -> impl Iterator<Item = &str> {
    let names = container.get("Names").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(|name| name.trim_start_matches('/'))
}

fn taken(name: &str, other: &Value) -> Failure {
    let what = format!(
        "there is a container/{name} already ({}, from {}); nothing was run",
        text(other, "/State").unwrap_or_default(),
        text(other, "/Image").unwrap_or_default()
    );
    let failure = Failure::new(FailureKind::Failed, what);
    if text(other, "/State").as_deref() == Some("running") {
        return failure.hint(format!(
            "give another name, or stop and remove that one: `todo-agent \"docker rm -f {name}\"`"
        ));
    }
    failure
        .hint(format!("start that one: `todo-agent \"docker start {name}\"`"))
        .hint(format!("or give another name, or remove it: `todo-agent \"docker rm {name}\"`"))
}

/// The container that publishes this port of the host.
fn holder(containers: &[&Value], port: u16) -> Option<String> {
    let publishes = |container: &&&Value| {
        let ports = container.get("Ports").and_then(Value::as_array).into_iter().flatten();
        ports
            .filter_map(|entry| entry.get("PublicPort")?.as_u64())
            .any(|public| public == u64::from(port))
    };
    let found = containers.iter().find(publishes)?;
    names(found).next().map(str::to_owned)
}

/// `nginx`, `nginx-2`: the engine's own random names say nothing.
fn free_name(image: &str, containers: &[&Value]) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let base = last.split([':', '@']).next().unwrap_or(last);
    let mut name = base.to_owned();
    let mut number = 2;
    while named(containers, &name).is_some() {
        name = format!("{base}-{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_taken_apart_as_docker_does() {
        let told = |said: &str| {
            published(said)
                .map(|port| format!("{} {}", port.inside, port.told()))
                .map_err(|failure| failure.what)
        };
        assert_eq!(told("8080:80"), Ok("80/tcp published as 8080".to_owned()));
        assert_eq!(told("127.0.0.1:8080:80/udp"), Ok("80/udp published as 127.0.0.1:8080".to_owned()));
        assert_eq!(told("127.0.0.1::80"), Ok("80/tcp published as 127.0.0.1:a free port".to_owned()));
        assert_eq!(told("80"), Ok("80/tcp published as a free port".to_owned()));
        assert_eq!(told("http:80"), Err("\"http:80\" is no port to publish".to_owned()));
        assert_eq!(told("0:80"), Err("\"0:80\" is no port to publish".to_owned()));
    }

    #[test]
    fn a_port_that_an_image_does_not_speak_of_is_told() {
        let told = |exposed: Value, said: &str| {
            let image = json!({"Config": {"ExposedPorts": exposed}});
            unheard(&image, "nginx:1.27", &[published(said).unwrap()])
        };
        let note = "nginx:1.27 says that it listens on 80, not on 8080: `-p 8080:80` would reach that";
        assert_eq!(told(json!({"80/tcp": {}}), "8080:8080"), Some(note.to_owned()));
        assert_eq!(told(json!({"80/tcp": {}}), "8080:80"), None);
        assert_eq!(told(Value::Null, "8080:8080"), None);
    }
}
