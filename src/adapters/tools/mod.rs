//! Programs and AI tools of this machine: whether they are there and could be used.
//!
//! Two depths. [`look_for`] runs nothing and touches no network: a request waits for no tool. The `probe` of each file asks the
//! tool itself, in bounded time, for `todo-agent doctor`.

pub mod docker_agent;
pub mod engine;
pub mod gordon;
pub mod helm;
pub mod kagent;
pub mod kubectl_ai;
pub mod model;
mod plain;
mod plugin;
pub mod programs;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    adapters::process::Surrounding,
    domain::{
        errand::Setup,
        inventory::ToolStatus,
        machine::{Part, PartState},
    },
};

/// Variables whose values say where something is; they hold no secrets, or are told without them.
const TOLD: [&str; 7] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "BEDROCK_MODEL",
];

/// What of this machine decides whether a tool is usable.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `PATH`.
    pub path: Option<OsString>,
    pub home: Option<PathBuf>,
    /// `DOCKER_CONFIG`.
    pub docker_config: Option<PathBuf>,
    /// Names of the environment variables that are set and not empty.
    pub set: Vec<String>,
    /// Values of those that say where something is.
    pub told: BTreeMap<&'static str, String>,
    /// What the user set for tools, by their names.
    pub setups: BTreeMap<String, Setup>,
    /// Files and folders that no tool gets at: homes, kubeconfigs, state.
    pub kept: Vec<PathBuf>,
}

/// How long a probe may take, and a folder that is nobody's home.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub limit: Duration,
    pub scratch: PathBuf,
}

impl Bounds {
    fn sealed(&self) -> Surrounding {
        Surrounding::Sealed(self.scratch.clone())
    }
}

impl Surroundings {
    #[must_use]
    pub fn of_this_process() -> Self {
        let set = std::env::vars_os()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        let value = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            path: std::env::var_os("PATH"),
            home: std::env::home_dir(),
            docker_config: std::env::var_os("DOCKER_CONFIG").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            set,
            told: TOLD.into_iter().filter_map(|name| Some((name, value(name)?))).collect(),
            setups: BTreeMap::new(),
            kept: kept(),
        }
    }

    /// The same with what the user set for tools, and further folders that none of them gets at.
    #[must_use]
    pub fn with(mut self, setups: BTreeMap<String, Setup>, kept: impl IntoIterator<Item = PathBuf>) -> Self {
        self.kept.extend(kept);
        Self { setups, ..self }
    }

    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.path.as_deref().unwrap_or(OsStr::new(""));
        // Relative entries of PATH count from the current directory, as the shell does it.
        which::which_in(name, Some(path), std::env::current_dir().ok()?).ok()
    }

    fn has(&self, name: &str) -> bool {
        self.set.iter().any(|set| set == name)
    }

    fn told(&self, name: &str) -> Option<&str> {
        self.told.get(name).map(String::as_str)
    }

    /// Where the docker command keeps its configuration.
    fn docker_config(&self) -> Option<PathBuf> {
        self.docker_config
            .clone()
            .or_else(|| self.home.as_ref().map(|home| home.join(".docker")))
    }
}

/// Where this machine keeps what is the user's. The folder that we work in is a project.
fn kept() -> Vec<PathBuf> {
    let folders = ["DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];
    let named = folders.iter().chain(&["KUBECONFIG"]).filter_map(std::env::var_os);
    let at_home = [".aws", ".azure", ".config", ".docker", ".kube", ".ssh"];
    named
        .flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>())
        .filter(|path| path.is_absolute())
        .chain(
            std::env::home_dir()
                .into_iter()
                .flat_map(|home| at_home.map(|folder| home.join(folder)).into_iter().chain([home])),
        )
        // Work that is given away lies there.
        .chain([std::env::temp_dir()])
        .chain(std::env::current_dir().ok())
        .collect()
}

/// Whether the docker command of this machine has a plugin of this name.
#[must_use]
pub fn has_docker_plugin(name: &str) -> bool {
    plugin::find(name, &Surroundings::of_this_process()).is_some()
}

/// Looks on a thread of its own: a folder of `PATH` may be on a disk that does not answer.
async fn look<T: Send + 'static>(here: &Arc<Surroundings>, what: impl FnOnce(&Surroundings) -> T + Send + 'static) -> Option<T> {
    let here = Arc::clone(here);
    tokio::task::spawn_blocking(move || what(&here)).await.ok()
}

/// The first thing in a text that is a version, without a leading `v` and without what was built: `v3.19.0+g1a2b` is `3.19.0`.
fn version_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || ".+-_".contains(c)));
    words
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
        .map(|word| word.split('+').next().unwrap_or(word).trim_end_matches('.').to_owned())
}

fn shown(path: &Path) -> Option<String> {
    Some(path.display().to_string())
}

/// What is said of a program that is there and says nothing.
fn mute(name: &str, path: &Path, why: String) -> Part {
    Part {
        path: shown(path),
        ..Part::new(name, PartState::Unusable).because(why)
    }
}

/// The status of each tool that was named, in that order. `builtin` and `model` are no tools of this machine.
#[must_use]
pub fn look_for(names: &[String], here: &Surroundings) -> Vec<ToolStatus> {
    names
        .iter()
        .filter(|name| !matches!(name.as_str(), "builtin" | "model"))
        .map(|name| match name.as_str() {
            "gordon" => gordon::status(here),
            "docker-agent" => docker_agent::status(here),
            "kubectl-ai" => kubectl_ai::status(here),
            "kagent" => kagent::status(here),
            other => status(other, false, format!("there is no tool named {other}")),
        })
        .collect()
}

fn status(name: &str, found: bool, reason: String) -> ToolStatus {
    ToolStatus {
        name: name.to_owned(),
        version: None,
        usable: false,
        reason,
        found,
    }
}

/// Found and configured is not enough as long as nothing drives it.
fn not_driven(name: &str) -> ToolStatus {
    status(name, true, "todo-agent does not drive it yet".to_owned())
}

#[cfg(test)]
mod versions {
    use super::version_in;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let found = [
            "v3.22.0+g144b3ad",
            "kind v0.30.0 go1.24.6 linux/amd64",
            "{\"clientVersion\": {\"major\": \"1\", \"minor\": \"34\", \"gitVersion\": \"v1.34.3\"}}",
            "github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01",
            "version: 0.0.29\ncommit: 38382d1",
            "version: dev",
            "no version at all.",
        ]
        .map(version_in);
        let expected = [
            Some("3.22.0"),
            Some("0.30.0"),
            Some("1.34.3"),
            Some("0.30.1"),
            Some("0.0.29"),
            None,
            None,
        ];
        assert_eq!(found, expected.map(|version| version.map(str::to_owned)));
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn program(dir: &Path, name: &str) {
        fs::create_dir_all(dir).unwrap();
        fs::write(dir.join(name), "#!/bin/sh\n").unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn told(here: &Surroundings) -> Vec<(bool, String)> {
        let names = ["gordon", "builtin", "kubectl-ai", "kagent"].map(str::to_owned);
        let all = look_for(&names, here);
        assert!(all.iter().all(|tool| tool.usable == tool.reason.is_empty()));
        all.into_iter().map(|tool| (tool.found, tool.reason)).collect()
    }

    #[test]
    fn tools_are_found_on_path_with_what_they_lack() {
        let dir = tempfile::tempdir().unwrap();
        let (bin, docker) = (dir.path().join("bin"), dir.path().join("docker"));
        let mut here = Surroundings {
            path: Some(bin.clone().into()),
            home: None,
            docker_config: Some(docker.clone()),
            set: Vec::new(),
            told: BTreeMap::new(),
            ..Surroundings::default()
        };
        let tell = |found: bool, reason: &str| (found, reason.to_owned());
        let absent = "it is not installed; it comes with Docker Desktop 4.61 and later";
        assert_eq!(
            told(&here),
            [
                tell(false, absent),
                tell(false, "it is not installed"),
                tell(false, "it is not installed")
            ]
        );
        for name in ["kubectl-ai", "kagent"] {
            program(&bin, name);
        }
        program(&docker.join("cli-plugins"), "docker-ai");
        assert_eq!(
            told(&here),
            [
                tell(true, "the docker command that starts it is not on PATH"),
                tell(true, "kubectl, which it needs, is not on PATH"),
                tell(true, "todo-agent does not drive it yet"),
            ]
        );
        for name in ["kubectl", "bash", "docker"] {
            program(&bin, name);
        }
        assert_eq!(
            told(&here)[1],
            tell(true, "GEMINI_API_KEY is not set, nor the key of another provider")
        );
        here.set.push("GEMINI_API_KEY".to_owned());
        assert_eq!(told(&here)[..2], [tell(true, "todo-agent does not drive it yet"), tell(true, ""),]);
    }
}
