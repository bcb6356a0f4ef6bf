//! What can go wrong with a call to the engine, in words of the user's world and with what to do next.

use std::{error::Error as _, io};

use bollard::errors::Error;

use super::endpoint::{Endpoint, Host};
use crate::domain::failure::{Failure, FailureKind};

/// The engine said no with this status and these words.
#[must_use]
pub fn status(error: &Error) -> Option<(u16, &str)> {
    match error {
        Error::DockerResponseServerError { status_code, message } => Some((*status_code, message)),
        _ => None,
    }
}

/// A call that came back with an error.
#[must_use]
pub fn failure(error: Error, endpoint: &Endpoint, doing: &str) -> Failure {
    if let Some(told) = told_by_us(&error) {
        return told;
    }
    match error {
        Error::IOError { err } => io_failure(err, endpoint),
        Error::DockerResponseServerError { status_code, message } => said(status_code, &message, doing),
        Error::DockerStreamError { error } => Failure::new(FailureKind::Failed, format!("cannot {doing}: {}", sentence(&error))),
        Error::RequestTimeoutError => silent(endpoint),
        other if is_cut_off(&other) => gone(endpoint).cause(other),
        other => Failure::new(
            FailureKind::Failed,
            format!("cannot {doing}: the engine gave an answer that is not understood"),
        )
        .cause(other),
    }
}

/// The connection broke: what was sent may have arrived.
#[must_use]
pub fn is_lost(error: &Error) -> bool {
    match error {
        Error::RequestTimeoutError => true,
        Error::IOError { err } => {
            let refused = matches!(
                err.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::PermissionDenied
            );
            !refused && !err.get_ref().is_some_and(|inner| inner.is::<Failure>())
        }
        other => is_cut_off(other),
    }
}

/// Nothing came back at all.
#[must_use]
pub fn is_unanswered(error: &Error) -> bool {
    is_lost(error) || matches!(error, Error::IOError { .. })
}

/// What the wire itself had to say, below what the client made of it.
fn told_by_us(error: &Error) -> Option<Failure> {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(failure) = inner.and_then(|inner| inner.downcast_ref::<Failure>()) {
            return Some(failure.clone());
        }
        source = error.source();
    }
    None
}

fn is_cut_off(error: &Error) -> bool {
    matches!(error, Error::HyperResponseError { .. } | Error::HttpClientError { .. })
}

fn io_failure(error: io::Error, endpoint: &Endpoint) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => unreachable(&error, endpoint),
    }
}

/// Nobody answers at the address; where that came from, and what to do.
#[must_use]
pub fn unreachable(error: &io::Error, endpoint: &Endpoint) -> Failure {
    let at = &endpoint.address;
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not use it".to_owned(),
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        io::ErrorKind::InvalidData | io::ErrorKind::AddrNotAvailable => error.to_string(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no way leads there".to_owned(),
        _ => return gone(endpoint).cause(error).cause_of(error),
    };
    let failure = Failure::new(
        FailureKind::Unreachable,
        format!("no Docker Engine can be used at {at} ({}): {reason}", endpoint.said_by),
    );
    let failure = match (error.kind(), &endpoint.tls) {
        (io::ErrorKind::PermissionDenied, _) => failure.hint(format!("join the group that may: {JOIN}, then log in again")),
        (io::ErrorKind::InvalidData, Some(tls)) if !tls.verify => {
            failure.hint("TLS was asked for: does what listens there speak it? An engine without it needs DOCKER_TLS unset")
        }
        (io::ErrorKind::InvalidData, Some(tls)) => failure.hint(format!(
            "its certificate is checked against ca.pem in {}: see that it is the engine's own (DOCKER_CERT_PATH)",
            tls.dir.display()
        )),
        _ => failure.hint(start(&endpoint.host)),
    };
    others(endpoint)
        .map_or_else(Vec::new, |other| vec![other])
        .into_iter()
        .chain(["another engine: set DOCKER_HOST, or DOCKER_CONTEXT to one of `docker context ls`".to_owned()])
        .fold(failure, Failure::hint)
}

trait Caused {
    fn cause_of(self, error: &io::Error) -> Self;
}

impl Caused for Failure {
    fn cause_of(self, error: &io::Error) -> Self {
        match error.source() {
            Some(source) => self.cause(source),
            None => self,
        }
    }
}

/// How one becomes a user of an engine that others may not use.
pub const JOIN: &str = if cfg!(windows) {
    "`net localgroup docker-users $env:USERNAME /add` as an administrator"
} else {
    "`sudo usermod -aG docker $USER`"
};

fn start(host: &Host) -> String {
    match host {
        Host::Tcp { .. } => {
            let set = if cfg!(windows) {
                "minikube docker-env | Invoke-Expression"
            } else {
                "eval $(minikube docker-env)"
            };
            format!("see that it runs and listens there; for Minikube's own: `minikube start`, then `{set}`")
        }
        _ if cfg!(target_os = "linux") => "start it: `sudo systemctl start docker`, or Docker Desktop".to_owned(),
        _ => "start Docker Desktop".to_owned(),
    }
}

/// A socket of another way to have an engine that is there.
#[cfg(unix)]
fn others(endpoint: &Endpoint) -> Option<String> {
    if endpoint.said_by != "the default" {
        return None;
    }
    let home = std::env::var("HOME").ok()?;
    let runtime = std::env::var("XDG_RUNTIME_DIR").ok();
    let known = [
        Some(format!("{home}/.docker/desktop/docker.sock")),
        Some(format!("{home}/.docker/run/docker.sock")),
        Some(format!("{home}/.colima/default/docker.sock")),
        Some(format!("{home}/.rd/docker.sock")),
        runtime.map(|dir| format!("{dir}/docker.sock")),
    ];
    let found = known.into_iter().flatten().find(|path| std::path::Path::new(path).exists())?;
    Some(format!("there is a socket at {found}: `export DOCKER_HOST=unix://{found}`"))
}

#[cfg(not(unix))]
fn others(_: &Endpoint) -> Option<String> {
    None
}

/// It is there, or seems to be, and does not answer.
#[must_use]
pub fn silent(endpoint: &Endpoint) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("the Docker Engine at {} does not answer", endpoint.address),
    )
    .hint(start(&endpoint.host))
}

/// It was there, and the connection ended in the middle of an answer.
#[must_use]
pub fn gone(endpoint: &Endpoint) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("the Docker Engine at {} ended the connection", endpoint.address),
    )
    .hint(match (&endpoint.host, &endpoint.tls) {
        (Host::Tcp { .. }, None) => {
            "see that it still runs; if it wants TLS, set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the folder of its certificates"
                .to_owned()
        }
        _ => start(&endpoint.host),
    })
}

/// The engine's own words, and what helps.
fn said(status: u16, message: &str, doing: &str) -> Failure {
    let message = match sentence(message) {
        empty if empty.is_empty() => format!("what answers there says {status}, and nothing else"),
        message => message,
    };
    let kind = match status {
        404 => FailureKind::NotFound,
        401 | 403 => FailureKind::Forbidden,
        _ => FailureKind::Failed,
    };
    let failure = Failure::new(kind, format!("cannot {doing}: {message}"));
    match hint(&message) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint(message: &str) -> Option<String> {
    let has = |text: &str| message.contains(text);
    if has("port is already allocated") || has("address already in use") {
        return Some(
            "another program listens on that port: take another, or see which container has it with `todo-agent \"docker ps\"`".to_owned(),
        );
    }
    if has("is using its referenced image") || has("image is being used by") {
        return Some("remove the container first: `todo-agent \"docker ps -a\"` shows it".to_owned());
    }
    if has("You cannot remove a running container") {
        return Some("stop it first".to_owned());
    }
    if has("volume is in use") || has("has active endpoints") {
        return Some("a container uses it: `todo-agent \"docker ps -a\"` shows which there are".to_owned());
    }
    None
}

/// One sentence without a full stop.
fn sentence(message: &str) -> String {
    let message = message.trim().trim_start_matches("Error response from daemon: ");
    message.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
