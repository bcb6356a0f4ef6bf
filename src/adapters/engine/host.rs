//! What of this machine a container is given: paths, and variables from files and from the environment.

#[cfg(windows)]
mod windows;

use std::{
    borrow::Cow,
    env, fs,
    path::{Component, Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    endpoint::{Endpoint, Host},
    unreadable,
};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    intent::EnvChange,
    path as local,
};

/// Folders of a system: who may change them may do anything on it.
const OF_THE_SYSTEM: [&str; 26] = [
    "/etc",
    "/private/etc",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/root",
    "/run",
    "/var/run",
    "/private/var/run",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/spool/cron",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
];

/// Sockets over which anything can be asked of a machine, where they usually are.
const SOCKETS: [&str; 12] = [
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/private/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/var/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/var/run/crio/crio.sock",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
];

/// Those of engines by their names alone, wherever they are.
const ENGINES: [&str; 7] = [
    "docker.sock",
    "docker.raw.sock",
    "containerd.sock",
    "podman.sock",
    "crio.sock",
    "buildkitd.sock",
    "docker_engine",
];

/// The whole path as docker sends it: from the folder in which one is, `~` being home, `.` and `..` worked out.
#[must_use]
pub fn whole(said: &str) -> PathBuf {
    #[cfg(windows)]
    if let Some(path) = windows::of_linux(said) {
        return path;
    }
    let home = || env::home_dir().unwrap_or_default();
    let path = match local::below_home(said) {
        Some(rest) => home().join(rest.trim_start_matches(['/', '\\'])),
        None if said == "~" => home(),
        None => PathBuf::from(said),
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

/// What is there, and how much depends on it. A link leads where it leads. Without `engine`, whose socket this machine has, it is
/// another machine's path.
#[must_use]
pub fn seen(said: &str, engine: Option<&Endpoint>) -> Value {
    let path = whole(said);
    let shown = path.display().to_string();
    // Windows has none of these: they are of the Linux that the engine runs in.
    let elsewhere = cfg!(windows) && said.starts_with('/') && path.has_root() && !path.is_absolute();
    let Some(engine) = engine.filter(|_| !elsewhere) else {
        return json!({"path": shown, "grave": is_of_system(&path), "socket": holds_socket(&path)});
    };
    let goal = resolved(&path);
    let any = |is: &dyn Fn(&Path) -> bool| is(&path) || is(&goal);
    let own = match &engine.host {
        Host::Unix(socket) => {
            any(&|path| socket.starts_with(path) || dunce::canonicalize(socket).is_ok_and(|socket| socket.starts_with(path)))
        }
        Host::Pipe(_) | Host::Tcp { .. } => false,
    };
    let grave = any(&|path| is_of_system(path) || is_home(path));
    let socket = own || any(&holds_socket) || grave && is_socket(&goal);
    json!({"path": shown, "there": path.exists(), "grave": grave || socket, "socket": socket})
}

/// Where it is or would be made, without links: what is not there yet is made in the folder that is, and a link leads also to
/// what is not there yet.
fn resolved(path: &Path) -> PathBuf {
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Some(known) = path.ancestors().find(|part| part.symlink_metadata().is_ok()) else {
            break;
        };
        let rest = path.strip_prefix(known).unwrap_or_else(|_| Path::new(""));
        if let Ok(goal) = dunce::canonicalize(known) {
            return goal.join(rest);
        }
        let Ok(goal) = fs::read_link(known) else { break };
        let goal = known.parent().unwrap_or(known).join(goal).join(rest);
        path = whole(&goal.to_string_lossy());
    }
    path
}

/// A folder of the system, or one that has such a folder in it.
fn is_of_system(path: &Path) -> bool {
    let around = |system: &&str| path.starts_with(system) || Path::new(system).starts_with(path);
    let homes = ["/home", "/Users"].iter().any(|homes| path == Path::new(homes));
    #[cfg(windows)]
    if windows::is_of_system(path) {
        return true;
    }
    path.parent().is_none() || homes || OF_THE_SYSTEM.iter().any(around)
}

fn is_home(path: &Path) -> bool {
    env::home_dir().is_some_and(|home| in_one_case(&home).starts_with(in_one_case(path)))
}

/// Names of Windows mean the same in capitals and without.
fn in_one_case(path: &Path) -> Cow<'_, Path> {
    if cfg!(windows) {
        PathBuf::from(path.to_string_lossy().to_lowercase()).into()
    } else {
        path.into()
    }
}

/// The socket of an engine, or a folder in which sockets of the system are.
fn holds_socket(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.parent().is_none() || ENGINES.contains(&name.as_str()) || SOCKETS.iter().any(|socket| Path::new(socket).starts_with(path))
}

#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|data| data.file_type().is_socket())
}

#[cfg(not(unix))]
const fn is_socket(_: &Path) -> bool {
    false
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

/// Those that were said one by one, each with its value; a name alone has that of the environment.
///
/// # Errors
/// A variable that has its value from the environment is not set there.
pub fn said(variables: &[EnvChange]) -> Result<Vec<(String, String)>> {
    let one = |change: &EnvChange| {
        let value = match &change.value {
            Some(value) => value.clone(),
            None => crate::adapters::files::variable(&change.name)?,
        };
        Ok((change.name.clone(), value))
    };
    variables.iter().map(one).collect()
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
        let socket = folder.path().join("socket");
        std::os::unix::fs::symlink("/var/run/docker.sock", &socket).unwrap();
        let engine = Endpoint {
            context: "default".to_owned(),
            address: String::new(),
            host: Host::Unix("/srv/engines/own".into()),
            tls: None,
            said_by: String::new(),
        };
        let judged = |path: &str, here: bool| {
            let seen = seen(path, here.then_some(&engine));
            match (seen["grave"] == json!(true), seen["socket"] == json!(true)) {
                (_, true) => "socket",
                (true, _) => "grave",
                _ => "",
            }
        };
        let text = |path: &Path| path.display().to_string();
        for (path, expected) in [
            ("/".to_owned(), "socket"),
            ("/run".to_owned(), "socket"),
            ("/var/run".to_owned(), "socket"),
            ("/var".to_owned(), "socket"),
            ("/run/containerd".to_owned(), "socket"),
            ("/x/docker.sock".to_owned(), "socket"),
            (text(&socket), "socket"),
            ("/srv".to_owned(), "socket"),
            ("/srv/engines/own".to_owned(), "socket"),
            ("/etc/passwd".to_owned(), "grave"),
            ("/tmp/../etc".to_owned(), "grave"),
            ("~".to_owned(), "grave"),
            (text(&link), "grave"),
            (text(&link.join("not-there-yet")), "grave"),
            ("/usr".to_owned(), "grave"),
            ("/home".to_owned(), "grave"),
            ("/root".to_owned(), "grave"),
            ("/var/lib".to_owned(), "grave"),
            ("/var/lib/docker/volumes".to_owned(), "grave"),
            ("/var/lib/postgresql".to_owned(), ""),
            ("/usr/share/x".to_owned(), ""),
            ("/srv/data".to_owned(), ""),
            ("/etcetera".to_owned(), ""),
            (text(folder.path()), ""),
        ] {
            assert_eq!(judged(&path, true), expected, "{path}");
        }
        // Of another machine: its links and its home are not known here.
        for (path, expected) in [
            ("/var".to_owned(), "socket"),
            ("/etc".to_owned(), "grave"),
            (text(&link), ""),
            ("/srv".to_owned(), ""),
        ] {
            assert_eq!(judged(&path, false), expected, "{path}");
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
