//! The Docker Engine: where it is, the gate in front of it, what is there, and changes of it.

mod body;
mod build;
mod buildkit;
mod context;
mod drive;
pub(in crate::adapters) mod endpoint;
#[cfg(test)]
mod fake;
mod fault;
mod gate;
mod host;
mod ignore;
mod locality;
mod logs;
mod look;
mod pull;
mod run;
mod stamp;
mod watch;
mod wire;

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::{API_DEFAULT_VERSION, BollardRequest, ClientVersion, Docker, errors::Error, models::SystemInfo};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::{sync::OnceCell, task::JoinHandle};

pub(in crate::adapters) use self::fault::JOIN;
use self::{
    context::Context,
    endpoint::{Endpoint, Said},
    gate::{Gate, Permits},
    wire::Wire,
};
use crate::domain::{
    docker::{Build, IDENTITY},
    event::Event,
    failure::{Failure, FailureKind, Result},
    place::{Locality, Place},
    ports::record::Record,
};

/// A request of the embedded cluster waits no longer than this for an engine that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for the head of an answer. A stop waits for the container to end, and a build answers with its first step.
const HEAD: Duration = Duration::from_mins(10);

/// One engine, connected.
pub struct Engine {
    docker: Docker,
    endpoint: Endpoint,
    said: Said,
    permits: Permits,
    gate: Gate,
    record: Arc<dyn Record>,
    version: Option<String>,
    asked: Mutex<Option<Asked>>,
    identity: OnceCell<(Option<String>, Locality)>,
    /// Folders that were shown and may be sent.
    shown: Mutex<Vec<(Build, Context)>>,
    /// Files of variables that were shown, with what they said then.
    variables: Mutex<Vec<(String, Vec<String>)>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Engine {
    /// The engine that `docker` would speak to; `context` names another. With `identity` it is asked who it is at once:
    /// its answer takes longer than all others together, as it runs containerd's and runc's programs for it.
    ///
    /// # Errors
    /// There is none, or it cannot be used; what to do.
    pub async fn connect(context: Option<&str>, record: Arc<dyn Record>, identity: bool) -> Result<Self> {
        let said = Said::from_env();
        let endpoint = Endpoint::find(&said, context)?;
        let wire = Wire::to(&endpoint).map_err(|error| fault::unreachable(&error, &endpoint))?;
        let permits = Permits::default();
        let gate = Gate {
            wire,
            record: record.clone(),
            permits: permits.clone(),
        };
        let asked = identity.then(|| Asked::of(&gate));
        let (docker, version) = negotiated(&gate, &endpoint).await?;
        Ok(Self {
            docker,
            endpoint,
            said,
            permits,
            gate,
            record,
            version,
            asked: Mutex::new(asked),
            identity: OnceCell::new(),
            shown: Mutex::default(),
            variables: Mutex::default(),
        })
    }

    /// # Errors
    /// `identity` was asked for and cannot be told.
    pub async fn place(&self, identity: bool) -> Result<Place> {
        let (uid, locality) = if identity {
            self.identity.get_or_try_init(|| self.identify()).await?.clone()
        } else {
            (None, locality::by_place(&self.endpoint, &self.said))
        };
        Ok(Place {
            locality,
            context: self.endpoint.context.clone(),
            server: self.endpoint.address.clone(),
            namespace: String::new(),
            uid,
            version: self.version.clone(),
        })
    }

    /// Who it is, and whether it is this machine's own.
    async fn identify(&self) -> Result<(Option<String>, Locality)> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let info = asked.unwrap_or_else(|| Asked::of(&self.gate)).info().await;
        let info = info.map_err(|error| fault::failure(error, &self.endpoint, "ask the engine who it is"))?;
        let locality = locality::by_evidence(&self.endpoint, &self.said, &info).await;
        Ok((info.id.map(|id| format!("{IDENTITY}{id}")), locality))
    }

    /// An answer of the engine as it is, where the client's own type of it leaves out what older engines say.
    async fn plain(&self, path: &str) -> Result<Value, Error> {
        Ok(serde_json::from_slice(&answered(&self.gate, path).await?.into_body())?)
    }

    fn failure(&self, error: Error, doing: &str) -> Failure {
        fault::failure(error, &self.endpoint, doing)
    }
}

/// The question who an engine is, which is under way.
struct Asked(JoinHandle<Result<SystemInfo, Error>>);

impl Asked {
    fn of(gate: &Gate) -> Self {
        let gate = gate.clone();
        Self(tokio::spawn(async move {
            let answer = answered(&gate, "/info").await?;
            Ok(serde_json::from_slice(answer.body())?)
        }))
    }

    async fn info(mut self) -> Result<SystemInfo, Error> {
        (&mut self.0)
            .await
            .unwrap_or_else(|error| Err(Error::IOError { err: error.into() }))
    }
}

impl Drop for Asked {
    /// Nobody waits for it any more.
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A client whose every request goes through the gate.
fn through(gate: Gate, version: &ClientVersion) -> Result<Docker, Error> {
    let transport = move |request: BollardRequest| {
        let gate = gate.clone();
        async move { gate.pass(request).await.map_err(|err| Error::IOError { err }) }
    };
    Docker::connect_with_custom_transport(transport, Some("http://docker"), HEAD.as_secs(), version)
}

/// A plain answer of the engine that is no refusal.
async fn answered(gate: &Gate, path: &str) -> Result<http::Response<Bytes>, Error> {
    let request = http::Request::get(path).body(bollard::body_full(Bytes::new()))?;
    let answer = gate.clone().pass(request).await.map_err(|err| Error::IOError { err })?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    if head.status.is_success() {
        return Ok(http::Response::from_parts(head, body));
    }
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    Err(Error::DockerResponseServerError {
        status_code: head.status.as_u16(),
        message: said.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
    })
}

/// An engine refuses newer versions than its own: one call tells which it speaks, and its own version where it says so.
///
/// It is the call that `docker` makes. `/version` says the same and more, but an engine runs containerd's and runc's
/// programs for it: 6 ms of 20 that `docker network ls` took (20.10.24, measured).
async fn negotiated(gate: &Gate, endpoint: &Endpoint) -> Result<(Docker, Option<String>)> {
    let failed = |error| fault::failure(error, endpoint, "reach the Docker Engine");
    let answer = answered(gate, "/_ping").await.map_err(failed)?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let theirs = header("api-version").and_then(|text| {
        let (major, minor) = text.split_once('.')?;
        Some(ClientVersion {
            major_version: major.parse().ok()?,
            minor_version: minor.parse().ok()?,
        })
    });
    let Some(theirs) = theirs else {
        return Err(Failure::new(
            FailureKind::Unreachable,
            format!("what answers at {} is no Docker Engine", endpoint.address),
        ));
    };
    let newer =
        |one: &ClientVersion, other: &ClientVersion| (one.major_version, one.minor_version) > (other.major_version, other.minor_version);
    let spoken = if newer(API_DEFAULT_VERSION, &theirs) {
        &theirs
    } else {
        API_DEFAULT_VERSION
    };
    // `Docker/28.3.0 (linux)`
    let version = header("server").and_then(|server| Some(server.split_once('/')?.1.split(' ').next()?.to_owned()));
    Ok((through(gate.clone(), spoken).map_err(failed)?, version))
}

/// Those of these images that the local engine has. No engine, or one that does not answer in a second, has none.
///
/// For callers without a runtime of their own: it asks from a thread of its own.
#[must_use]
pub fn has_images(names: &[String]) -> BTreeSet<String> {
    let names = names.to_vec();
    std::thread::spawn(move || ask(names)).join().unwrap_or_default()
}

fn ask(names: Vec<String>) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_or_else(
        |_| BTreeSet::new(),
        |runtime| runtime.block_on(async { tokio::time::timeout(PATIENCE, there(names)).await.unwrap_or_default() }),
    )
}

async fn there(names: Vec<String>) -> BTreeSet<String> {
    let Ok(engine) = Engine::connect(None, Arc::new(Unrecorded), false).await else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for name in names {
        if engine.docker.inspect_image(&name).await.is_ok() {
            found.insert(name);
        }
    }
    found
}

/// What an engine says of its version, for who only wonders whether there is one.
///
/// # Errors
/// Nobody answers, or no engine does.
pub(in crate::adapters) async fn greet(endpoint: &Endpoint) -> io::Result<Value> {
    let gate = Gate {
        wire: Wire::to(endpoint)?,
        record: Arc::new(Unrecorded),
        permits: Permits::default(),
    };
    let request = http::Request::get("/version").body(bollard::body_full(Bytes::new()));
    let answer = gate.pass(request.map_err(io::Error::other)?).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let none = || io::Error::other(format!("it answers {} without the version of an engine", status.as_u16()));
    let version: Value = serde_json::from_slice(&body).map_err(|_| none())?;
    let is_engine = status.is_success() && version.get("ApiVersion").is_some_and(Value::is_string);
    is_engine.then_some(version).ok_or_else(none)
}

/// What the embedded cluster looks up is no part of a request.
struct Unrecorded;

impl Record for Unrecorded {
    fn record(&self, _: Event) -> Result<()> {
        Ok(())
    }
}

/// An error of the file system as a failure of the command.
fn unreadable(path: &std::path::Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Failure::new(FailureKind::Usage, format!("{} {why}", path.display()))
}

#[cfg(windows)]
#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::windows::named_pipe::ServerOptions,
    };

    use super::*;

    #[tokio::test]
    async fn an_engine_is_asked_over_its_pipe() {
        let name = format!("todo-agent-{}", uuid::Uuid::new_v4().simple());
        let path = format!(r"\\.\pipe\{name}");
        let mut pipe = ServerOptions::new().first_pipe_instance(true).create(path).unwrap();
        let said = Said {
            host: Some(format!("npipe:////./pipe/{name}")),
            ..Said::default()
        };
        let endpoint = Endpoint::find(&said, None).unwrap();
        let engine = async {
            pipe.connect().await.unwrap();
            let mut head = [0; 1024];
            let read = pipe.read(&mut head).await.unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"ApiVersion\":\"1.41\"}";
            pipe.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&head[..read]).lines().next().map(str::to_owned)
        };
        let (asked, version) = tokio::join!(engine, greet(&endpoint));
        assert_eq!(asked.as_deref(), Some("GET /version HTTP/1.1"));
        assert_eq!(version.unwrap()["ApiVersion"], "1.41");
    }
}
