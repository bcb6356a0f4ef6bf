//! What of this machine a container is given: paths, and variables from files and from the environment.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use serde_json::{Value, json};

use super::unreadable;
use crate::domain::{
    docker::Run,
    failure::{Failure, FailureKind, Result},
};

/// Folders of a system, whose owner may do anything on it.
const OF_THE_SYSTEM: [&str; 13] = [
    "/etc",
    "/private/etc",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/var/run",
    "/var/lib",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
];

/// The whole path as docker sends it: from the folder in which one is, `~` being home, `.` and `..` worked out.
#[must_use]
pub fn whole(said: &str) -> PathBuf {
    let home = || env::home_dir().unwrap_or_default();
    let path = match said.strip_prefix('~') {
        Some("") => home(),
        Some(rest) if rest.starts_with('/') => home().join(rest.trim_start_matches('/')),
        _ => PathBuf::from(said),
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

/// What is there, and how much depends on it. A link leads where it leads.
#[must_use]
pub fn seen(said: &str) -> Value {
    let path = whole(said);
    let there = fs::canonicalize(&path).ok();
    let grave = is_grave(&path) || there.as_deref().is_some_and(is_grave);
    json!({"path": path.display().to_string(), "there": there.is_some(), "grave": grave})
}

fn is_grave(path: &Path) -> bool {
    let is_socket = path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        ["docker.sock", "containerd.sock", "podman.sock", "crio.sock"].contains(&name.as_ref())
    });
    let of_system = OF_THE_SYSTEM.iter().any(|system| path.starts_with(system));
    path.parent().is_none() || is_socket || of_system || env::home_dir().is_some_and(|home| home == path || home.starts_with(path))
}

/// `NAME=value` lines, as docker reads a file of them: remarks and empty lines are passed over, a name alone has its value from the
/// environment or none.
///
/// # Errors
/// The file cannot be read, or the line that is none.
pub fn variables(file: &str) -> Result<Vec<String>> {
    let path = whole(file);
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let mut variables = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (line, env::var(line).ok()),
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            let what = format!(
                "line {} of {file} has no name of a variable before its value; nothing was run",
                number + 1
            );
            return Err(Failure::new(FailureKind::Usage, what).hint("lines look like NAME=value, without `export` and without spaces"));
        }
        variables.extend(value.map(|value| format!("{name}={value}")));
    }
    Ok(variables)
}

/// The name of `NAME=value`.
#[must_use]
pub fn name(variable: &str) -> &str {
    variable.split_once('=').map_or(variable, |(name, _)| name)
}

/// Those that were said one by one, after those of files: the later counts.
///
/// # Errors
/// A variable that has its value from the environment is not set there.
pub fn said(run: &Run) -> Result<Vec<String>> {
    let one = |change: &crate::domain::intent::EnvChange| match &change.value {
        Some(value) => Ok(format!("{}={value}", change.name)),
        None => crate::adapters::files::variable(&change.name).map(|value| format!("{}={value}", change.name)),
    };
    run.env.iter().map(one).collect()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_whole_and_those_of_the_system_are_grave() {
        let here = env::current_dir().unwrap();
        assert_eq!(whole("."), here);
        assert_eq!(whole("./src/../data/"), here.join("data"));
        assert_eq!(whole("~/x"), env::home_dir().unwrap().join("x"));
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc", &link).unwrap();
        let grave = |path: &str| seen(path)["grave"] == json!(true);
        for path in ["/", "/etc/passwd", "/tmp/../etc", "~", "/x/docker.sock", link.to_str().unwrap()] {
            assert!(grave(path), "{path}");
        }
        for path in ["/srv/data", "/etcetera", folder.path().to_str().unwrap()] {
            assert!(!grave(path), "{path}");
        }
    }

    #[test]
    fn a_file_of_variables_is_read_as_docker_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "# why\n\n A=1\nB=x = y \nC=\nTODO_AGENT_NOT_SET\n").unwrap();
        assert_eq!(variables(file.to_str().unwrap()).unwrap(), ["A=1", "B=x = y ", "C="]);
        fs::write(&file, "A=1\nexport B=2\n").unwrap();
        let failure = variables(file.to_str().unwrap()).unwrap_err();
        assert_eq!(
            failure.what,
            format!(
                "line 2 of {} has no name of a variable before its value; nothing was run",
                file.display()
            )
        );
    }
}
