//! The embedded cluster for other programs: the same API over TLS on 127.0.0.1, in a process of its own.

mod keys;
mod lock;
mod probe;
mod serve;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use keys::{Keys, folder};
pub use serve::{serve, serve_cluster};

use crate::adapters::cluster::loopback::private;
use crate::domain::failure::{Failure, FailureKind};

/// The hidden subcommand by which the program serves in the background: `todo-agent __serve-embedded DIR PORT`.
pub const SERVE_COMMAND: &str = "__serve-embedded";

/// Name of the context, cluster and user in [`kubeconfig`].
pub const CONTEXT: &str = "todo-agent-embedded";

/// The path that ends the server.
const STOP: &str = "/todo-agent/stop";

/// How long a start may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub port: u16,
    pub pid: u32,
}

impl Address {
    fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder(dir).join("address.json")).ok()?).ok()
    }

    fn write(self, dir: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string(&self).unwrap_or_default();
        private(&folder(dir).join("address.json"), &text)?;
        private(&folder(dir).join("port"), &self.port.to_string())
    }

    fn forget(dir: &Path) {
        let _ = std::fs::remove_file(folder(dir).join("address.json"));
    }

    fn last(dir: &Path) -> Option<u16> {
        std::fs::read_to_string(folder(dir).join("port")).ok()?.trim().parse().ok()
    }
}

/// The server that answers for a folder, if there is one. What a killed one left behind does not count.
pub async fn status(dir: &Path) -> Option<Address> {
    let (address, keys) = (Address::read(dir)?, Keys::read(dir)?);
    probe::call(address.port, &keys, "GET", "/livez").await.then_some(address)
}

/// Starts a server for a folder in the background, unless one answers already: this same program, with
/// [`SERVE_COMMAND`], apart from the terminal.
///
/// # Errors
/// When it does not come up; the cause has the last line of its log.
pub async fn start(dir: &Path) -> Result<Address, Failure> {
    if let Some(address) = status(dir).await {
        return Ok(address);
    }
    // Errors of the cluster itself are told here, and not by a child that nobody sees.
    drop(super::Embedded::open(dir)?);
    Keys::open(dir)?;
    // Whoever was first has started it when we have the lock.
    let _lock = lock::start(dir, PATIENCE * 2).await?;
    if let Some(address) = status(dir).await {
        return Ok(address);
    }
    if lock::is_held(dir) {
        return starting(dir).await;
    }
    let log = folder(dir).join("log");
    let mut child = detached(dir, &log)?;
    let start = Instant::now();
    loop {
        if let Some(address) = status(dir).await {
            return Ok(address);
        }
        // A child that found another server in its place is no failure.
        let gone = child.try_wait().ok().flatten().is_some() && !lock::is_held(dir);
        if gone || start.elapsed() > PATIENCE {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            return Err(Failure::new(FailureKind::Failed, "the embedded cluster's server did not start")
                .hint(format!("its log is {}", log.display()))
                .cause(last));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server whose starter was killed may be about to answer; one that hangs is named.
async fn starting(dir: &Path) -> Result<Address, Failure> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(address) = status(dir).await {
            return Ok(address);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let hint = Address::read(dir).map_or_else(
        || format!("end the process `todo-agent {SERVE_COMMAND}`, then `todo-agent cluster start`"),
        // It wrote its process down itself, and lives: it holds the lock.
        |address| format!("its process is {}: end it, then `todo-agent cluster start`", address.pid),
    );
    Err(Failure::new(FailureKind::Failed, "the embedded cluster's server runs, but does not answer").hint(hint))
}

fn detached(dir: &Path, log: &Path) -> Result<std::process::Child, Failure> {
    let failed =
        |error: std::io::Error| Failure::new(FailureKind::Failed, "the embedded cluster's server could not be started").cause(error);
    let program = std::env::current_exe().map_err(failed)?;
    let output = std::fs::File::create(log).map_err(failed)?;
    let mut command = Command::new(program);
    command.arg(SERVE_COMMAND).arg(dir).arg("0").stdin(Stdio::null());
    command.stdout(output.try_clone().map_err(failed)?).stderr(output);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    {
        const DETACHED_PROCESS: u32 = 0x8;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(&mut command, DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
    }
    command.spawn().map_err(failed)
}

/// Ends the server of a folder; whether there was one.
///
/// # Errors
/// When it lives but does not answer, or does not end.
pub async fn stop(dir: &Path) -> Result<bool, Failure> {
    let address = match status(dir).await {
        Some(address) => address,
        // On a machine at its limit the first answer may come too late: one that lives is not forgotten.
        None if lock::is_held(dir) => starting(dir).await?,
        None => {
            Address::forget(dir);
            return Ok(false);
        }
    };
    if let Some(keys) = Keys::read(dir) {
        probe::call(address.port, &keys, "POST", STOP).await;
    }
    let start = Instant::now();
    while status(dir).await.is_some() {
        if start.elapsed() > PATIENCE {
            return Err(Failure::new(FailureKind::Failed, "the embedded cluster's server does not end")
                .hint(format!("its process is {}", address.pid)));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(true)
}

/// What kubectl and helm need to reach the server of a folder.
///
/// # Errors
/// When no server was ever started for it.
pub fn kubeconfig(dir: &Path) -> Result<String, Failure> {
    let (Some(port), Some(keys)) = (
        Address::read(dir).map(|address| address.port).or_else(|| Address::last(dir)),
        Keys::read(dir),
    ) else {
        return Err(Failure::new(FailureKind::Refused, "the embedded cluster is not being served").hint("`todo-agent cluster start`"));
    };
    Ok(keys.kubeconfig(CONTEXT, "default", port))
}

/// The same in a file that only this user may read, for a program that is to be led to the server while it answers.
///
/// # Errors
/// It is not served now, or the file cannot be written.
pub async fn kubeconfig_file(dir: &Path) -> Result<PathBuf, Failure> {
    if status(dir).await.is_none() {
        let what = "helm reaches the embedded cluster only while it is served";
        return Err(Failure::new(FailureKind::Refused, what).hint("`todo-agent cluster start`, then ask again"));
    }
    let file = folder(dir).join("kubeconfig");
    private(&file, &kubeconfig(dir)?)?;
    Ok(file)
}

/// Forgets keys and addresses, as a reset does.
pub fn forget(dir: &Path) {
    let _ = std::fs::remove_dir_all(folder(dir));
}
