//! The Docker Engine: which one the docker command would use, and whether it answers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bollard::{API_DEFAULT_VERSION, Docker};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Bounds, Surroundings, look};
use crate::domain::machine::{EngineFacts, Part, PartState};

pub const NAME: &str = "docker";

#[cfg(windows)]
const USUAL: &str = "npipe:////./pipe/docker_engine";
#[cfg(not(windows))]
const USUAL: &str = "unix:///var/run/docker.sock";

/// Where the engine is, and what says so.
struct Named {
    address: String,
    by: String,
}

pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let part = |state| Part::new(NAME, state);
    let found = look(here, |here| (named(here), here.program("docker"), start(here))).await;
    let Some((named, program, start)) = found else {
        return part(PartState::Unusable).because("it could not be looked for");
    };
    let path = program.map(|path| path.display().to_string());
    let named = match named {
        Ok(named) => named,
        Err(context) => {
            let lost = part(PartState::Unusable).because(format!("the docker context \"{context}\" is not there"));
            return Part {
                path,
                ..lost.then("`docker context use default`")
            };
        }
    };
    let facts = EngineFacts {
        address: named.address,
        named_by: named.by,
        desktop: None,
        api_version: None,
    };
    match answer(&facts.address, here, bounds.limit).await {
        Ok((version, engine)) => Part {
            version,
            path,
            engine: Some(EngineFacts {
                desktop: engine.desktop,
                api_version: engine.api_version,
                ..facts
            }),
            ..part(PartState::Usable)
        },
        Err(trouble) => {
            let installed = path.is_some() || facts.named_by != "default";
            let why = trouble.words(&facts.address);
            let state = if installed { PartState::Unusable } else { PartState::Absent };
            let told = match (installed, trouble) {
                (false, Trouble::Nothing) => part(state)
                    .because("no engine, and no docker command")
                    .then("Get one: https://docs.docker.com/get-started/get-docker/"),
                (_, Trouble::Nothing) => part(state).because(why).then(start),
                (_, Trouble::NotAllowed) => part(state).because(why).then("`sudo usermod -aG docker $USER`, then log in again"),
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

/// As the docker command finds it: `DOCKER_HOST`, then the context, then the usual socket.
fn named(here: &Surroundings) -> Result<Named, String> {
    if let Some(address) = here.told("DOCKER_HOST") {
        return Ok(Named {
            address: address.to_owned(),
            by: "DOCKER_HOST".to_owned(),
        });
    }
    let config = here.docker_config();
    let chosen = here.told("DOCKER_CONTEXT").map(str::to_owned).or_else(|| {
        let config = read(&config.as_ref()?.join("config.json"))?;
        config.get("currentContext").and_then(Value::as_str).map(str::to_owned)
    });
    match chosen.filter(|name| !name.is_empty() && name != "default") {
        None => Ok(Named {
            address: usual(here.home.as_deref()),
            by: "default".to_owned(),
        }),
        Some(name) => {
            let address = config.and_then(|dir| of_context(&dir, &name));
            let address = address.ok_or_else(|| name.clone())?;
            Ok(Named {
                address,
                by: format!("context {name}"),
            })
        }
    }
}

fn of_context(config: &Path, name: &str) -> Option<String> {
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = read(&config.join("contexts").join("meta").join(id).join("meta.json"))?;
    meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str).map(str::to_owned)
}

fn read(file: &Path) -> Option<Value> {
    let is_file = std::fs::metadata(file).is_ok_and(|data| data.is_file());
    serde_json::from_slice(&std::fs::read(file).ok().filter(|_| is_file)?).ok()
}

/// The system's socket; else the one that Docker Desktop makes in the user's home.
fn usual(home: Option<&Path>) -> String {
    let own: Option<PathBuf> = home.map(|home| home.join(".docker").join("run").join("docker.sock"));
    match own {
        Some(own) if !cfg!(windows) && !Path::new("/var/run/docker.sock").exists() && own.exists() => {
            format!("unix://{}", own.display())
        }
        _ => USUAL.to_owned(),
    }
}

#[derive(Clone, Debug)]
enum Trouble {
    /// Nothing listens.
    Nothing,
    NotAllowed,
    Silent,
    /// An address that this program cannot use.
    Foreign(&'static str),
    Other(String),
}

impl Trouble {
    fn words(&self, address: &str) -> String {
        match self {
            Self::Nothing => format!("nothing listens at {address}"),
            Self::NotAllowed => format!("this user may not use {address}"),
            Self::Silent => format!("{address} does not answer in time"),
            Self::Foreign(why) => format!("{address} {why}"),
            Self::Other(why) => format!("{address} does not answer as an engine: {why}"),
        }
    }

    fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => Self::Nothing,
            std::io::ErrorKind::PermissionDenied => Self::NotAllowed,
            _ => Self::Other(error.to_string()),
        }
    }
}

struct Told {
    desktop: Option<String>,
    api_version: Option<String>,
}

async fn answer(address: &str, here: &Surroundings, limit: Duration) -> Result<(Option<String>, Told), Trouble> {
    let asked = tokio::time::timeout(limit, asked(address, here)).await;
    asked.unwrap_or(Err(Trouble::Silent))
}

async fn asked(address: &str, here: &Surroundings) -> Result<(Option<String>, Told), Trouble> {
    let docker = connect(address, here).await?;
    let other = |error: bollard::errors::Error| Trouble::Other(error.to_string());
    // Older engines refuse newer versions of the API than their own.
    let docker = docker.negotiate_version().await.map_err(other)?;
    let version = docker.version().await.map_err(other)?;
    let platform = version.platform.map(|platform| platform.name).unwrap_or_default();
    let desktop = platform.split(" (").next().filter(|name| name.starts_with("Docker Desktop"));
    let told = Told {
        desktop: desktop.map(str::to_owned),
        api_version: version.api_version,
    };
    Ok((version.version, told))
}

async fn connect(address: &str, here: &Surroundings) -> Result<Docker, Trouble> {
    const SECONDS: u64 = 2;
    let other = |error: bollard::errors::Error| Trouble::Other(error.to_string());
    #[cfg(unix)]
    if let Some(path) = address.strip_prefix("unix://") {
        // Its own words say why not; those of the client above it do not.
        tokio::net::UnixStream::connect(path).await.map_err(|error| Trouble::of(&error))?;
        return Docker::connect_with_unix(path, SECONDS, API_DEFAULT_VERSION).map_err(other);
    }
    #[cfg(windows)]
    if address.starts_with("npipe://") {
        let pipe = address.trim_start_matches("npipe://").replace('/', "\\");
        if let Err(error) = tokio::net::windows::named_pipe::ClientOptions::new().open(&pipe) {
            return Err(Trouble::of(&error));
        }
        return Docker::connect_with_named_pipe(address, SECONDS, API_DEFAULT_VERSION).map_err(other);
    }
    if address.starts_with("tcp://") || address.starts_with("http://") {
        if here.has("DOCKER_TLS_VERIFY") {
            return Err(Trouble::Foreign("is asked over TLS, which this version does not do"));
        }
        let host = address.split_once("://").map_or(address, |(_, host)| host);
        tokio::net::TcpStream::connect(host.trim_end_matches('/'))
            .await
            .map_err(|error| Trouble::of(&error))?;
        return Docker::connect_with_http(address, SECONDS, API_DEFAULT_VERSION).map_err(other);
    }
    Err(Trouble::Foreign("is no address that this version can ask (unix, npipe or tcp)"))
}
