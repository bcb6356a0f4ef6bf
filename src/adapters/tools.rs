//! AI tools: whether they are there and could be used. Nothing is run, and no network is touched.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use crate::domain::inventory::ToolStatus;

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
}

impl Surroundings {
    #[must_use]
    pub fn of_this_process() -> Self {
        let set = std::env::vars_os()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        Self {
            path: std::env::var_os("PATH"),
            home: std::env::home_dir(),
            docker_config: std::env::var_os("DOCKER_CONFIG").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            set,
        }
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.path.as_deref().unwrap_or(OsStr::new(""));
        // Relative entries of PATH count from the current directory, as the shell does it.
        which::which_in(name, Some(path), std::env::current_dir().ok()?).ok()
    }

    fn has(&self, name: &str) -> bool {
        self.set.iter().any(|set| set == name)
    }
}

/// The status of each tool that was named, in that order. `builtin` and `model` are no tools of this machine.
#[must_use]
pub fn look_for(names: &[String], here: &Surroundings) -> Vec<ToolStatus> {
    names
        .iter()
        .filter(|name| !matches!(name.as_str(), "builtin" | "model"))
        .map(|name| match name.as_str() {
            "gordon" => gordon(here),
            "kubectl-ai" => kubectl_ai(here),
            "kagent" => kagent(here),
            other => status(other, false, format!("todo-agent knows no tool named {other}")),
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
    status(name, true, format!("{name} found; todo-agent does not drive it yet"))
}

/// A plugin of the docker CLI, found where that looks for plugins.
fn gordon(here: &Surroundings) -> ToolStatus {
    let own = here
        .docker_config
        .clone()
        .or_else(|| here.home.as_ref().map(|home| home.join(".docker")));
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
    let file = if cfg!(windows) { "docker-ai.exe" } else { "docker-ai" };
    let plugin = own
        .into_iter()
        .map(|dir| dir.join("cli-plugins"))
        .chain(system.iter().map(PathBuf::from))
        .map(|dir| dir.join(file))
        .any(|file| is_program(&file));
    if !plugin {
        return status(
            "gordon",
            false,
            "gordon is not installed; it comes with Docker Desktop 4.61 and later".to_owned(),
        );
    }
    if here.program("docker").is_none() {
        return status(
            "gordon",
            true,
            "gordon found, but the docker command that starts it is not on PATH".to_owned(),
        );
    }
    not_driven("gordon")
}

fn is_program(file: &Path) -> bool {
    which::which(file).is_ok()
}

/// The keys of kubectl-ai's providers, its default first (facts of gollm's factories).
const KUBECTL_AI_KEYS: [&str; 7] = [
    "GEMINI_API_KEY",
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "GROK_API_KEY",
    "OLLAMA_HOST",
    "LLAMACPP_HOST",
    "BEDROCK_MODEL",
];

fn kubectl_ai(here: &Surroundings) -> ToolStatus {
    let name = "kubectl-ai";
    if here.program(name).is_none() {
        return status(name, false, "kubectl-ai is not installed".to_owned());
    }
    if here.program("kubectl").is_none() {
        return status(
            name,
            true,
            "kubectl-ai found, but kubectl, which it needs, is not on PATH".to_owned(),
        );
    }
    if !KUBECTL_AI_KEYS.iter().any(|key| here.has(key)) {
        return status(
            name,
            true,
            "kubectl-ai found, but GEMINI_API_KEY is not set (nor the key of another provider)".to_owned(),
        );
    }
    not_driven(name)
}

/// Its key lives in the cluster, with its controller.
fn kagent(here: &Surroundings) -> ToolStatus {
    if here.program("kagent").is_none() {
        return status("kagent", false, "kagent is not installed".to_owned());
    }
    not_driven("kagent")
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
        assert!(all.iter().all(|tool| !tool.usable));
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
        };
        let tell = |found: bool, reason: &str| (found, reason.to_owned());
        let absent = "gordon is not installed; it comes with Docker Desktop 4.61 and later";
        assert_eq!(
            told(&here),
            [
                tell(false, absent),
                tell(false, "kubectl-ai is not installed"),
                tell(false, "kagent is not installed")
            ]
        );
        for name in ["kubectl-ai", "kagent"] {
            program(&bin, name);
        }
        program(&docker.join("cli-plugins"), "docker-ai");
        assert_eq!(
            told(&here),
            [
                tell(true, "gordon found, but the docker command that starts it is not on PATH"),
                tell(true, "kubectl-ai found, but kubectl, which it needs, is not on PATH"),
                tell(true, "kagent found; todo-agent does not drive it yet"),
            ]
        );
        for name in ["kubectl", "docker"] {
            program(&bin, name);
        }
        assert_eq!(
            told(&here)[1],
            tell(
                true,
                "kubectl-ai found, but GEMINI_API_KEY is not set (nor the key of another provider)"
            )
        );
        here.set.push("OPENAI_API_KEY".to_owned());
        assert_eq!(
            told(&here)[..2],
            [
                tell(true, "gordon found; todo-agent does not drive it yet"),
                tell(true, "kubectl-ai found; todo-agent does not drive it yet"),
            ]
        );
    }
}
