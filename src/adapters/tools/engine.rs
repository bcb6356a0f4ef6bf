//! The Docker Engine: which one the docker command would use, and whether it answers.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;

use super::{Bounds, Surroundings, look};
use crate::{
    adapters::engine::{
        JOIN,
        endpoint::{Endpoint, Said},
        greet,
    },
    domain::machine::{EngineFacts, Part, PartState},
};

pub const NAME: &str = "docker";

pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let part = |state| Part::new(NAME, state);
    let found = look(here, |here| {
        (Endpoint::find(&said(here), None), here.program("docker"), start(here))
    })
    .await;
    let Some((endpoint, program, start)) = found else {
        return part(PartState::Unusable).because("it could not be looked for");
    };
    let path = program.map(|path| path.display().to_string());
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(failure) => {
            let lost = part(PartState::Unusable).because(failure.what);
            let lost = failure.hints.into_iter().fold(lost, Part::then);
            return Part { path, ..lost };
        }
    };
    let facts = facts(&endpoint);
    match answer(&endpoint, bounds.limit).await {
        Ok(engine) => {
            let text = |pointer: &str| engine.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let platform = text("/Platform/Name").unwrap_or_default();
            let desktop = platform.split(" (").next().filter(|name| name.starts_with("Docker Desktop"));
            Part {
                version: text("/Version"),
                path,
                engine: Some(EngineFacts {
                    desktop: desktop.map(str::to_owned),
                    api_version: text("/ApiVersion"),
                    ..facts
                }),
                ..part(PartState::Usable)
            }
        }
        Err(trouble) => {
            let installed = path.is_some() || facts.named_by != "default";
            let why = trouble.words(&facts.address);
            let state = if installed { PartState::Unusable } else { PartState::Absent };
            let told = match (installed, trouble) {
                (false, Trouble::Nothing) => part(state)
                    .because("no engine, and no docker command")
                    .then("Get one: https://docs.docker.com/get-started/get-docker/"),
                (_, Trouble::Nothing) => part(state).because(why).then(start),
                (_, Trouble::NotAllowed) => part(state).because(why).then(format!("{}, then log in again", JOIN)),
                _ => part(state).because(why),
            };
            Part {
                path,
                engine: Some(facts),
                ..told
            }
        }
    }
}

/// What starts the engine of this machine.
fn start(here: &Surroundings) -> String {
    if here.program("colima").is_some() {
        "`colima start`".to_owned()
    } else if cfg!(target_os = "macos") {
        "`open -a Docker`".to_owned()
    } else if cfg!(windows) {
        "`docker desktop start`".to_owned()
    } else {
        "`sudo systemctl start docker`".to_owned()
    }
}

/// What of this machine names an engine.
fn said(here: &Surroundings) -> Said {
    Said {
        host: here.told("DOCKER_HOST").map(str::to_owned),
        context: here.told("DOCKER_CONTEXT").map(str::to_owned),
        tls: here.has("DOCKER_TLS"),
        tls_verify: here.has("DOCKER_TLS_VERIFY"),
        cert_path: here.told("DOCKER_CERT_PATH").map(PathBuf::from),
        config: here.docker_config(),
        minikube: here.has("MINIKUBE_ACTIVE_DOCKERD"),
    }
}

fn facts(endpoint: &Endpoint) -> EngineFacts {
    EngineFacts {
        address: endpoint.address.clone(),
        named_by: match endpoint.said_by.as_str() {
            "DOCKER_HOST" => "DOCKER_HOST".to_owned(),
            "the default" => "default".to_owned(),
            _ => format!("context {}", endpoint.context),
        },
        desktop: None,
        api_version: None,
    }
}

#[derive(Clone, Debug)]
enum Trouble {
    /// Nothing listens.
    Nothing,
    NotAllowed,
    Silent,
    Other(String),
}

impl Trouble {
    fn words(&self, address: &str) -> String {
        match self {
            Self::Nothing => format!("nothing listens at {address}"),
            Self::NotAllowed => format!("this user may not use {address}"),
            Self::Silent => format!("{address} does not answer in time"),
            Self::Other(why) => format!("{address} does not answer as an engine: {why}"),
        }
    }

    fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => Self::Nothing,
            std::io::ErrorKind::PermissionDenied => Self::NotAllowed,
            std::io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Other(error.to_string()),
        }
    }
}

async fn answer(endpoint: &Endpoint, limit: Duration) -> Result<Value, Trouble> {
    let asked = tokio::time::timeout(limit, greet(endpoint)).await;
    asked.map_or(Err(Trouble::Silent), |answer| answer.map_err(|error| Trouble::of(&error)))
}
