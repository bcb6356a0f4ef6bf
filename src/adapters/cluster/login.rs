//! The login program of a kubeconfig (`exec`): run by us, with an end to its time, and again when what it gave has run out or is
//! refused. Only the first time, and at a terminal, may it speak with the user: later the terminal is somebody else's.

use std::{
    fmt, io,
    io::IsTerminal,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Request, StatusCode};
use jiff::Timestamp;
use kube::{
    Config,
    client::Body,
    config::{AuthInfo, ExecConfig, ExecInteractiveMode},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{process::Command, sync::Mutex};
use tower::{BoxError, ServiceExt as _};

use super::transport::{self, BoxFuture, Direct, Raw};
use crate::adapters::process::{self, Silent};

/// For a program that speaks with the user, who may have to find a browser and a telephone.
const WITH_USER: Duration = Duration::from_mins(5);

/// What runs out so soon is asked for anew.
const MARGIN: Duration = Duration::from_secs(5);

/// Why there is no credential. What a program printed is told nowhere, but for the last line that it wrote to standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Missing,
    NotStarted(String),
    Failed(String),
    NoCredential,
    /// It was ended after so long.
    TooLong(Duration),
    /// It asks for a terminal, and there is none for it.
    Terminal,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the login program gave no credential")
    }
}

impl std::error::Error for Trouble {}

/// A program that logs in.
#[derive(Clone)]
pub(super) struct Login {
    exec: ExecConfig,
    user: AuthInfo,
    /// For the program, where it asks nobody.
    limit: Duration,
}

/// What it gave.
#[derive(Clone)]
pub(super) struct Given {
    /// The user of the kubeconfig, with what the program gave in its place.
    pub(super) user: AuthInfo,
    until: Option<Timestamp>,
}

impl Login {
    /// Where the kubeconfig names nothing that counts more.
    pub(super) fn of(user: &AuthInfo, limit: Duration) -> Option<Self> {
        let named = |exec: &ExecConfig| exec.command.as_ref().is_some_and(|name| !name.is_empty());
        let exec = user.exec.clone().filter(named)?;
        let other = user.auth_provider.is_some()
            || (user.username.is_some() && user.password.is_some())
            || user.token.is_some()
            || user.token_file.is_some();
        (!other).then(|| Self {
            exec,
            user: user.clone(),
            limit,
        })
    }

    /// The first time: it may speak with the user, where the kubeconfig says so.
    pub(super) async fn first(&self) -> Result<Given, Trouble> {
        let terminal = io::stdin().is_terminal();
        match &self.exec.interactive_mode {
            Some(ExecInteractiveMode::Always) if !terminal => Err(Trouble::Terminal),
            Some(ExecInteractiveMode::Never) => self.alone().await,
            _ if terminal => self.with_user().await,
            _ => self.alone().await,
        }
    }

    async fn again(&self) -> Result<Given, Trouble> {
        match &self.exec.interactive_mode {
            Some(ExecInteractiveMode::Always) => Err(Trouble::Terminal),
            _ => self.alone().await,
        }
    }

    async fn alone(&self) -> Result<Given, Trouble> {
        let ran = process::heard(self.command(false)?, self.limit)
            .await
            .map_err(|silent| match silent {
                Silent::NotStarted(error) => not_started(&error),
                Silent::TooLong => Trouble::TooLong(self.limit),
            })?;
        if !ran.succeeded {
            let last = ran.err.lines().rev().map(str::trim).find(|line| !line.is_empty());
            return Err(Trouble::Failed(last.unwrap_or("nothing, and failed").to_owned()));
        }
        self.given(ran.out.as_bytes())
    }

    async fn with_user(&self) -> Result<Given, Trouble> {
        let mut command = self.command(true)?;
        command
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // `output` would take what it says to the user.
        let child = command.spawn().map_err(|error| not_started(&error))?;
        let ran = match tokio::time::timeout(WITH_USER, child.wait_with_output()).await {
            Ok(ran) => ran.map_err(|error| not_started(&error))?,
            Err(_) => return Err(Trouble::TooLong(WITH_USER)),
        };
        if !ran.status.success() {
            return Err(Trouble::Failed("what stands above, and failed".to_owned()));
        }
        self.given(&ran.stdout)
    }

    fn command(&self, interactive: bool) -> Result<Command, Trouble> {
        let exec = &self.exec;
        let name = exec.command.clone().unwrap_or_default();
        // Also what Windows runs by another ending than `.exe`.
        let program = which::which(&name).unwrap_or_else(|_| name.into());
        let mut command = Command::new(program);
        command.args(exec.args.iter().flatten());
        for variable in exec.env.iter().flatten() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        let mut spec = json!({"interactive": interactive});
        if let Some(cluster) = &exec.cluster {
            spec["cluster"] = serde_json::to_value(cluster).map_err(|error| Trouble::NotStarted(error.to_string()))?;
        }
        let info = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
        command.env("KUBERNETES_EXEC_INFO", info.to_string());
        Ok(command)
    }

    fn given(&self, printed: &[u8]) -> Result<Given, Trouble> {
        // Such programs print JSON; some print YAML, and kubectl reads both.
        let credential: Credential = serde_saphyr::from_slice(printed).map_err(|_| Trouble::NoCredential)?;
        let status = credential.status.ok_or(Trouble::NoCredential)?;
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (token, certificate, key) = (some(status.token), some(status.certificate), some(status.key));
        if token.is_none() && (certificate.is_none() || key.is_none()) {
            return Err(Trouble::NoCredential);
        }
        let until = some(status.until).map(|until| until.parse()).transpose();
        // The way to its secret members; they stay in here.
        let mut user = serde_json::to_value(&self.user).unwrap_or_default();
        if let Value::Object(members) = &mut user {
            members.shift_remove("exec");
            if let Some(token) = token {
                members.insert("token".to_owned(), token.trim().into());
            }
            if let (Some(certificate), Some(key)) = (certificate, key) {
                for name in ["client-certificate", "client-key"] {
                    members.shift_remove(name);
                }
                members.insert("client-certificate-data".to_owned(), STANDARD.encode(certificate).into());
                members.insert("client-key-data".to_owned(), STANDARD.encode(key).into());
            }
        }
        Ok(Given {
            user: serde_json::from_value(user).map_err(|_| Trouble::NoCredential)?,
            until: until.map_err(|_| Trouble::NoCredential)?,
        })
    }
}

fn not_started(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::NotFound => Trouble::Missing,
        _ => Trouble::NotStarted(error.to_string()),
    }
}

#[derive(Deserialize)]
struct Credential {
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    token: Option<String>,
    #[serde(rename = "clientCertificateData")]
    certificate: Option<String>,
    #[serde(rename = "clientKeyData")]
    key: Option<String>,
    #[serde(rename = "expirationTimestamp")]
    until: Option<String>,
}

impl Given {
    fn has_run_out(&self) -> bool {
        let margin = jiff::SignedDuration::try_from(MARGIN).unwrap_or_default();
        self.until.is_some_and(|until| Timestamp::now() + margin >= until)
    }
}

/// The way to the server as long as what was given holds; then another one.
#[derive(Clone)]
pub(super) struct Renewing(Arc<Inner>);

struct Inner {
    login: Login,
    config: Config,
    connect_timeout: Duration,
    held: Mutex<Held>,
}

struct Held {
    way: Direct,
    given: Given,
    /// Which one it is; the server refused the one of this number.
    number: u64,
    refused: bool,
    /// When it was tried in vain, for those who waited meanwhile.
    trouble: Option<(Instant, Trouble)>,
}

impl Renewing {
    pub(super) fn of(login: Login, given: Given, config: &Config, connect_timeout: Duration) -> Result<Self, kube::Error> {
        let held = Held {
            way: way(config, &given, connect_timeout)?,
            given,
            number: 0,
            refused: false,
            trouble: None,
        };
        Ok(Self(Arc::new(Inner {
            login,
            config: config.clone(),
            connect_timeout,
            held: Mutex::new(held),
        })))
    }

    pub(super) fn send(&self, request: Request<Body>) -> BoxFuture<Raw> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let (way, number) = inner.way().await?;
            let answer = way.oneshot(request).await?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                let mut held = inner.held.lock().await;
                held.refused |= held.number == number;
            }
            Ok(answer)
        })
    }
}

impl Inner {
    async fn way(&self) -> Result<(Direct, u64), BoxError> {
        let asked = Instant::now();
        let mut held = self.held.lock().await;
        if !held.refused && !held.given.has_run_out() {
            return Ok((held.way.clone(), held.number));
        }
        if let Some((when, trouble)) = &held.trouble
            && *when > asked
        {
            return Err(trouble.clone().into());
        }
        match self.login.again().await {
            Ok(given) => {
                held.way = way(&self.config, &given, self.connect_timeout)?;
                held.given = given;
                held.number += 1;
                held.refused = false;
                Ok((held.way.clone(), held.number))
            }
            Err(trouble) => {
                held.trouble = Some((Instant::now(), trouble.clone()));
                Err(trouble.into())
            }
        }
    }
}

fn way(config: &Config, given: &Given, connect_timeout: Duration) -> Result<Direct, kube::Error> {
    let mut config = config.clone();
    config.auth_info = given.user.clone();
    transport::way(&config, connect_timeout)
}
