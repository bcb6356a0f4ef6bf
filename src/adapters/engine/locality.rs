//! Whether an engine is this machine's own: by where it is reached, and for a socket by who listens there. `ssh -L` makes a socket
//! that looks like one's own and leads to somebody's server.

use std::path::Path;

use bollard::models::SystemInfo;

use super::endpoint::{Endpoint, Host, Said};
use crate::domain::place::Locality;

/// By its address alone. A tunnel to somebody's server ends on loopback, too: what is reached over TCP is not known to be here.
#[must_use]
pub fn by_place(endpoint: &Endpoint, said: &Said) -> Locality {
    match &endpoint.host {
        Host::Unix(_) | Host::Pipe(_) if endpoint.context.starts_with("desktop") => Locality::DockerDesktop,
        Host::Unix(_) | Host::Pipe(_) => Locality::Engine,
        Host::Tcp { .. } if said.minikube && endpoint.said_by == "DOCKER_HOST" && is_vouched_for_by_minikube(endpoint) => {
            Locality::Minikube
        }
        Host::Tcp { .. } => Locality::Remote,
    }
}

/// By what can be seen of it, for a change.
pub async fn by_evidence(endpoint: &Endpoint, said: &Said, info: &SystemInfo) -> Locality {
    let Host::Unix(path) = &endpoint.host else {
        return by_place(endpoint, said);
    };
    let listener = listener(path).await;
    let local = is_usual(path)
        || match listener.as_deref() {
            Some(program) if TUNNELS.contains(&program) => false,
            Some(program) if ENGINES.contains(&program) => true,
            _ => is_this_machine(info),
        };
    if local { by_place(endpoint, said) } else { Locality::Remote }
}

/// Its certificate is checked against Minikube's own authority. The variables of `minikube docker-env` alone prove nothing:
/// another `DOCKER_HOST` may have been set after them.
fn is_vouched_for_by_minikube(endpoint: &Endpoint) -> bool {
    let below = |dir: &Path| dir.components().any(|part| part.as_os_str() == ".minikube");
    endpoint.tls.as_ref().is_some_and(|tls| tls.verify && below(&tls.dir))
}

/// Programs that carry a connection to another machine.
const TUNNELS: [&str; 6] = ["ssh", "autossh", "plink", "kubectl", "cloudflared", "gcloud"];

/// Programs that are an engine, or open its socket for it.
const ENGINES: [&str; 6] = ["dockerd", "podman", "systemd", "init", "rootlesskit", "rootlessport"];

/// Where Docker, its Desktop and the small machines for it put their sockets. That of a small machine is carried over SSH by design.
fn is_usual(path: &Path) -> bool {
    let of_system = ["/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock"];
    let own = [".docker", ".colima", ".lima", ".rd", ".orbstack", ".local/share/containers"];
    let home = std::env::home_dir().unwrap_or_default();
    of_system.iter().any(|usual| path == Path::new(usual))
        || (home.parent().is_some() && own.iter().any(|folder| path.starts_with(home.join(folder))))
        || (path.starts_with("/run/user") && path.ends_with("docker.sock"))
        || (path.starts_with("/run/user") && path.ends_with("podman.sock"))
}

/// Name of the program that listens at a socket, where the system tells it.
#[cfg(target_os = "linux")]
async fn listener(path: &Path) -> Option<String> {
    let stream = tokio::net::UnixStream::connect(path).await.ok()?;
    let pid = stream.peer_cred().ok()?.pid()?;
    let name = tokio::fs::read_to_string(format!("/proc/{pid}/comm")).await.ok()?;
    Some(name.trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
async fn listener(_: &Path) -> Option<String> {
    None
}

/// It says the name and the kernel of this machine.
#[cfg(target_os = "linux")]
fn is_this_machine(info: &SystemInfo) -> bool {
    let own = |file: &str| std::fs::read_to_string(file).ok().map(|text| text.trim().to_owned());
    let same = |theirs: &Option<String>, file: &str| theirs.is_some() && *theirs == own(file);
    same(&info.name, "/proc/sys/kernel/hostname") && same(&info.kernel_version, "/proc/sys/kernel/osrelease")
}

/// An engine of another system always runs in a machine of its own.
#[cfg(not(target_os = "linux"))]
fn is_this_machine(_: &SystemInfo) -> bool {
    false
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_of_ones_own_that_somebody_else_listens_at_is_not_known_to_be_local() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let endpoint = Endpoint {
            context: "default".to_owned(),
            address: String::new(),
            host: Host::Unix(socket),
            tls: None,
            said_by: "DOCKER_HOST".to_owned(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let of = |info: &SystemInfo| runtime.block_on(by_evidence(&endpoint, &Said::default(), info));
        let elsewhere = SystemInfo {
            name: Some("build-server".to_owned()),
            kernel_version: Some("6.1.0".to_owned()),
            ..SystemInfo::default()
        };
        let own = |file: &str| Some(std::fs::read_to_string(file).unwrap().trim().to_owned());
        let here = SystemInfo {
            name: own("/proc/sys/kernel/hostname"),
            kernel_version: own("/proc/sys/kernel/osrelease"),
            ..SystemInfo::default()
        };
        assert_eq!((of(&elsewhere), of(&here)), (Locality::Remote, Locality::Engine));
        assert!(
            is_usual(Path::new("/var/run/docker.sock")) && is_usual(&std::env::home_dir().unwrap().join(".colima/default/docker.sock"))
        );
        assert!(!is_usual(Path::new("/tmp/docker.sock")));
    }
}
