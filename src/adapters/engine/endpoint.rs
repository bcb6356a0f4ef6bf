//! Where the engine is: what `docker` itself would speak to, found as it finds it.
//!
//! `--docker-context`, then `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the current context of `~/.docker/config.json`, then the
//! platform's own socket. `minikube docker-env` sets `DOCKER_HOST`, `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::failure::{Failure, FailureKind, Result};

#[cfg(unix)]
const DEFAULT: &str = "unix:///var/run/docker.sock";
#[cfg(windows)]
const DEFAULT: &str = "npipe:////./pipe/docker_engine";

/// Port of an engine that is reached over TCP and names none.
const TCP_PORT: u16 = 2375;
const TLS_PORT: u16 = 2376;

/// How an engine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Unix(PathBuf),
    Pipe(String),
    Tcp { host: String, port: u16 },
}

/// Certificates for an engine behind TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub dir: PathBuf,
    pub verify: bool,
}

/// One engine, and who said that it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name of the docker context; `default` for none.
    pub context: String,
    /// As it was written: `unix:///var/run/docker.sock`.
    pub address: String,
    pub host: Host,
    pub tls: Option<Tls>,
    /// `DOCKER_HOST`, `the docker context "desktop-linux"`, `the default`.
    pub said_by: String,
}

/// What the environment says of Docker.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub host: Option<String>,
    pub context: Option<String>,
    /// TLS is asked for, whoever answers (`DOCKER_TLS`).
    pub tls: bool,
    pub tls_verify: bool,
    pub cert_path: Option<PathBuf>,
    /// `~/.docker`, or what `DOCKER_CONFIG` names.
    pub config: Option<PathBuf>,
    /// `minikube docker-env` was run in this shell.
    pub minikube: bool,
}

impl Said {
    #[must_use]
    pub fn from_env() -> Self {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let home = if cfg!(windows) { set("USERPROFILE") } else { set("HOME") };
        Self {
            host: set("DOCKER_HOST"),
            context: set("DOCKER_CONTEXT"),
            tls: set("DOCKER_TLS").is_some(),
            tls_verify: set("DOCKER_TLS_VERIFY").is_some(),
            cert_path: set("DOCKER_CERT_PATH").map(PathBuf::from),
            config: set("DOCKER_CONFIG")
                .map(PathBuf::from)
                .or_else(|| home.map(|home| Path::new(&home).join(".docker"))),
            minikube: set("MINIKUBE_ACTIVE_DOCKERD").is_some(),
        }
    }
}

impl Endpoint {
    /// # Errors
    /// A context that does not exist, an address that cannot be one.
    pub fn find(said: &Said, option: Option<&str>) -> Result<Self> {
        // `default` is what is meant without any context.
        if let Some(name) = option.filter(|name| *name != "default") {
            return Self::of_context(said, name, &format!("--docker-context {name}"));
        }
        // As the docker command has it: any value asks for TLS, and only DOCKER_TLS_VERIFY for a look at who answers.
        let tls = (said.tls || said.tls_verify).then(|| Tls {
            dir: said.cert_path.clone().or_else(|| said.config.clone()).unwrap_or_default(),
            verify: said.tls_verify,
        });
        if let Some(host) = &said.host {
            return Self::at("default", host, tls, "DOCKER_HOST");
        }
        if option.is_some() {
            return Self::at("default", DEFAULT, None, "the default");
        }
        if let Some(name) = &said.context {
            return Self::of_context(said, name, "DOCKER_CONTEXT");
        }
        let current = said.config.as_deref().map(current_context).transpose()?.flatten();
        match current.filter(|name| name != "default") {
            Some(name) => Self::of_context(said, &name, &format!("the docker context \"{name}\"")),
            None => Self::at("default", DEFAULT, None, "the default"),
        }
    }

    fn of_context(said: &Said, name: &str, said_by: &str) -> Result<Self> {
        if name == "default" {
            return Self::at("default", DEFAULT, None, "the default");
        }
        let config = said.config.as_deref().unwrap_or_else(|| Path::new(""));
        // A context is kept below the digest of its name (docker/cli, cli/context/store).
        let id: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = fs::read_to_string(config.join("contexts/meta").join(&id).join("meta.json")).ok();
        let meta: Option<Value> = meta.and_then(|text| serde_json::from_str(&text).ok());
        let endpoint = meta.as_ref().and_then(|meta| meta.pointer("/Endpoints/docker"));
        let Some(host) = endpoint.and_then(|endpoint| endpoint.get("Host")).and_then(Value::as_str) else {
            let known = contexts(config);
            let failure = Failure::new(
                FailureKind::Configuration,
                format!("there is no docker context \"{name}\" ({said_by} names it)"),
            );
            return Err(failure.hint(format!("docker contexts: {}", known.join(", "))));
        };
        let dir = config.join("contexts/tls").join(&id).join("docker");
        let skip = endpoint.and_then(|endpoint| endpoint.get("SkipTLSVerify")).and_then(Value::as_bool) == Some(true);
        let tls = (dir.is_dir() || skip).then_some(Tls { dir, verify: !skip });
        Self::at(name, host, tls, said_by)
    }

    fn at(context: &str, address: &str, tls: Option<Tls>, said_by: &str) -> Result<Self> {
        let (scheme, rest) = address.split_once("://").unwrap_or(("tcp", address));
        let host = match scheme {
            "unix" if cfg!(unix) && !rest.is_empty() => Host::Unix(PathBuf::from(rest)),
            "npipe" if cfg!(windows) && !rest.is_empty() => Host::Pipe(rest.replace('/', "\\")),
            "tcp" | "http" | "https" => tcp(rest, tls.is_some() || scheme == "https").ok_or_else(|| unusable(address, said_by))?,
            "ssh" => {
                return Err(Failure::new(
                    FailureKind::Configuration,
                    format!("the engine at {address} is reached over SSH, which is not built yet ({said_by} names it)"),
                )
                .hint(format!(
                    "forward its socket to a port: `ssh -nNT -L 127.0.0.1:2375:/var/run/docker.sock {rest}`, then `{}`",
                    set("DOCKER_HOST", "tcp://127.0.0.1:2375")
                )));
            }
            _ => return Err(unusable(address, said_by)),
        };
        Ok(Self {
            context: context.to_owned(),
            address: address.to_owned(),
            host,
            tls,
            said_by: said_by.to_owned(),
        })
    }
}

fn tcp(rest: &str, tls: bool) -> Option<Host> {
    let rest = rest.trim_end_matches('/');
    let default = if tls { TLS_PORT } else { TCP_PORT };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') || host.starts_with('[') => (host, port.parse().ok()?),
        _ => (rest, default),
    };
    let host = host.trim_matches(['[', ']']);
    let clear = !host.is_empty() && !host.contains(['/', '@', ' ', '?']);
    clear.then(|| Host::Tcp {
        host: host.to_owned(),
        port,
    })
}

/// How the shell that most have sets a variable.
#[must_use]
pub fn set(name: &str, value: &str) -> String {
    if cfg!(windows) {
        format!("$env:{name} = \"{value}\"")
    } else {
        format!("export {name}={value}")
    }
}

fn unusable(address: &str, said_by: &str) -> Failure {
    Failure::new(
        FailureKind::Configuration,
        format!("\"{address}\" is no address of a Docker Engine on this system ({said_by} names it)"),
    )
    .hint(format!("Addresses look like {DEFAULT} or tcp://192.168.49.2:2376."))
}

/// # Errors
/// The file is there and cannot be read: the context that it names is the one that is meant, and no other engine is taken for it.
fn current_context(config: &Path) -> Result<Option<String>> {
    let file = config.join("config.json");
    let unreadable = |why: String| {
        let what = format!("{} cannot be read: {why}; which engine is meant is not known", file.display());
        Failure::new(FailureKind::Configuration, what)
            .hint("Correct the file, or name the engine: set DOCKER_HOST, or give `--docker-context NAME`.")
    };
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        // A folder without one, or none at all.
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let config: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let name = config.get("currentContext").and_then(Value::as_str).unwrap_or_default();
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

fn contexts(config: &Path) -> Vec<String> {
    let mut names = vec!["default".to_owned()];
    let entries = fs::read_dir(config.join("contexts/meta")).into_iter().flatten().flatten();
    let name = |path: PathBuf| -> Option<String> {
        let meta: Value = serde_json::from_str(&fs::read_to_string(path.join("meta.json")).ok()?).ok()?;
        meta.get("Name")?.as_str().map(str::to_owned)
    };
    let mut found: Vec<String> = entries.filter_map(|entry| name(entry.path())).collect();
    found.sort();
    names.extend(found);
    names
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::engine::locality;

    fn context(config: &Path, name: &str, host: &str) {
        let id: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let dir = config.join("contexts/meta").join(id);
        fs::create_dir_all(&dir).unwrap();
        let meta = serde_json::json!({"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": false}}});
        fs::write(dir.join("meta.json"), meta.to_string()).unwrap();
    }

    #[test]
    fn the_engine_is_the_one_that_docker_would_speak_to() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().to_owned();
        context(&config, "desktop-linux", "unix:///home/u/.docker/desktop/docker.sock");
        context(&config, "far", "tcp://build.example:2376");
        let base = Said {
            config: Some(config.clone()),
            ..Said::default()
        };
        let told = |said: &Said, option: Option<&str>| match Endpoint::find(said, option) {
            Ok(found) => format!(
                "{} {} by {} {:?}",
                found.context,
                found.address,
                found.said_by,
                locality::by_place(&found, said)
            ),
            Err(failure) => format!("{}; {}", failure.what, failure.hints.join("; ")),
        };
        assert_eq!(told(&base, None), "default unix:///var/run/docker.sock by the default Engine");
        fs::write(config.join("config.json"), r#"{"currentContext": "desktop-linux"}"#).unwrap();
        assert_eq!(
            told(&base, None),
            "desktop-linux unix:///home/u/.docker/desktop/docker.sock by the docker context \"desktop-linux\" DockerDesktop"
        );
        let named = Said {
            context: Some("far".to_owned()),
            ..base.clone()
        };
        assert_eq!(told(&named, None), "far tcp://build.example:2376 by DOCKER_CONTEXT Remote");
        let minikube = Said {
            host: Some("tcp://192.168.49.2:2376".to_owned()),
            tls_verify: true,
            cert_path: Some(PathBuf::from("/home/u/.minikube/certs")),
            minikube: true,
            ..named.clone()
        };
        assert_eq!(told(&minikube, None), "default tcp://192.168.49.2:2376 by DOCKER_HOST Minikube");
        assert_eq!(
            told(&minikube, Some("far")),
            "far tcp://build.example:2376 by --docker-context far Remote"
        );
        assert_eq!(
            told(&base, Some("nope")),
            "there is no docker context \"nope\" (--docker-context nope names it); docker contexts: default, desktop-linux, far"
        );
        let tls = |tls: bool, tls_verify: bool| {
            let host = Some("tcp://192.168.49.2:2376".to_owned());
            let said = Said {
                host,
                tls,
                tls_verify,
                ..base.clone()
            };
            Endpoint::find(&said, None).unwrap().tls.map(|tls| tls.verify)
        };
        assert_eq!(
            [tls(false, false), tls(true, false), tls(false, true), tls(true, true)],
            [None, Some(false), Some(true), Some(true)]
        );
        let nowhere = Said {
            host: Some("unix://".to_owned()),
            ..base.clone()
        };
        assert_eq!(
            told(&nowhere, None),
            "\"unix://\" is no address of a Docker Engine on this system (DOCKER_HOST names it); Addresses look like unix:///var/run/docker.sock or tcp://192.168.49.2:2376."
        );
        // The context that it would have named may be another engine than the default.
        fs::write(config.join("config.json"), "{bad").unwrap();
        assert_eq!(
            told(&base, None),
            format!(
                "{} cannot be read: key must be a string at line 1 column 2; which engine is meant is not known; Correct the file, or name the engine: set DOCKER_HOST, or give `--docker-context NAME`.",
                config.join("config.json").display()
            )
        );
        assert_eq!(
            told(&base, Some("default")),
            "default unix:///var/run/docker.sock by the default Engine"
        );
        assert_eq!(told(&minikube, None), "default tcp://192.168.49.2:2376 by DOCKER_HOST Minikube");
        let odd = Said {
            host: Some("gopher://x".to_owned()),
            ..base
        };
        assert_eq!(
            told(&odd, None),
            "\"gopher://x\" is no address of a Docker Engine on this system (DOCKER_HOST names it); Addresses look like unix:///var/run/docker.sock or tcp://192.168.49.2:2376."
        );
    }
}
