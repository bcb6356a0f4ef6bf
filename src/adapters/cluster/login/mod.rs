//! The login program of a kubeconfig (`exec`): run by us, with an end to its time, and again when what it gave has run out or is
//! refused. Only as a connection begins, and at a terminal, may it speak with the user: later the terminal is somebody else's.

mod logins;
mod renewing;

use std::{fmt, io, io::IsTerminal, process::Stdio, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

pub use self::logins::Logins;
pub(super) use self::{
    logins::{Current, Shared},
    renewing::Renewing,
};

use crate::adapters::process::{self, Silent};

/// For a program that speaks with the user, who may have to find a browser and a telephone.
const WITH_USER: Duration = Duration::from_mins(5);

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
    /// So it does, and what it gave before has run out.
    RunOut,
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
}

/// How it is asked.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Without the user: the terminal is somebody else's, or nobody waits for the answer.
    pub(super) alone: bool,
    /// For the program, where it asks nobody.
    pub(super) limit: Duration,
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
    pub(super) fn of(user: &AuthInfo) -> Option<Self> {
        let named = |exec: &ExecConfig| exec.command.as_ref().is_some_and(|name| !name.is_empty());
        let exec = user.exec.clone().filter(named)?;
        let other = user.auth_provider.is_some()
            || (user.username.is_some() && user.password.is_some())
            || user.token.is_some()
            || user.token_file.is_some();
        (!other).then(|| Self { exec, user: user.clone() })
    }

    /// Two with the same answer are asked the same thing.
    fn question(&self) -> String {
        json!([self.user, self.exec.cluster]).to_string()
    }

    async fn ask(&self, manner: Manner) -> Result<Given, Trouble> {
        let terminal = !manner.alone && io::stdin().is_terminal();
        match &self.exec.interactive_mode {
            Some(ExecInteractiveMode::Always) if !terminal => Err(Trouble::Terminal),
            Some(ExecInteractiveMode::Never) => self.alone(manner.limit).await,
            _ if terminal => self.with_user().await,
            _ => self.alone(manner.limit).await,
        }
    }

    async fn alone(&self, limit: Duration) -> Result<Given, Trouble> {
        let ran = process::heard(self.command(false)?, limit).await.map_err(|silent| match silent {
            Silent::NotStarted(error) => not_started(&error),
            Silent::TooLong => Trouble::TooLong(limit),
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
