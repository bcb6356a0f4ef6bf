//! Plugins of the docker command, found where it looks for them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Bounds, Surroundings};
use crate::adapters::process::{Mute, Surrounding, ask};

/// What docker itself asks a plugin (cli-plugins/metadata).
const METADATA: &str = "docker-cli-plugin-metadata";

/// The plugin of this name (`docker-ai`), the user's own before the system's.
pub(super) fn find(name: &str, here: &Surroundings) -> Option<PathBuf> {
    let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    folders(here).into_iter().map(|dir| dir.join(&file)).find(|file| is_program(file))
}

fn folders(here: &Surroundings) -> Vec<PathBuf> {
    let own = here.docker_config();
    let system: &[&str] = if cfg!(windows) {
        &[r"C:\ProgramData\Docker\cli-plugins", r"C:\Program Files\Docker\cli-plugins"]
    } else {
        &[
            "/usr/local/lib/docker/cli-plugins",
            "/usr/local/libexec/docker/cli-plugins",
            "/usr/lib/docker/cli-plugins",
            "/usr/libexec/docker/cli-plugins",
        ]
    };
    let mut folders: Vec<PathBuf> = own.iter().map(|dir| dir.join("cli-plugins")).collect();
    folders.extend(own.iter().flat_map(|dir| further(dir)));
    folders.extend(system.iter().map(PathBuf::from));
    folders
}

/// `cliPluginsExtraDirs` of docker's `config.json`, which Homebrew asks its users to set.
fn further(config: &Path) -> Vec<PathBuf> {
    let read = std::fs::read(config.join("config.json")).ok();
    let config = read
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .unwrap_or_default();
    let dirs = config.get("cliPluginsExtraDirs").and_then(Value::as_array);
    dirs.into_iter().flatten().filter_map(Value::as_str).map(PathBuf::from).collect()
}

fn is_program(file: &Path) -> bool {
    which::which(file).is_ok()
}

/// The version that a plugin tells of itself. It needs no engine, asks no network and starts no session.
///
/// # Errors
/// It does not answer as docker's plugins do: why not.
pub(super) async fn version(plugin: &Path, surrounding: &Surrounding, bounds: &Bounds) -> Result<Option<String>, String> {
    match ask(plugin, &[METADATA], surrounding, bounds.limit).await {
        Err(Mute::TooLong) => Err("it does not answer in time".to_owned()),
        Err(Mute::NotStarted(why)) => Err(format!("it does not start: {why}")),
        Ok(ran) => {
            let metadata: Value = serde_json::from_str(&ran.out).unwrap_or_default();
            if metadata.get("SchemaVersion").is_none() {
                return Err("it does not answer as docker's plugins do".to_owned());
            }
            let version = metadata.get("Version").and_then(Value::as_str).unwrap_or_default();
            Ok(Some(version.trim_start_matches('v').to_owned()).filter(|version| !version.is_empty()))
        }
    }
}
