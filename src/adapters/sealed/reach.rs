//! What a sealed child may touch: what every program needs to run, the programs of `PATH`, what it was given, and its own folder. A
//! list of what is allowed: what it does not name, nobody had to think of.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Folders of programs and their libraries.
const PROGRAMS: [&str; 14] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/snap",
    "/home/linuxbrew/.linuxbrew",
    // Where k3s and RKE2 keep the programs that their kubectl is.
    "/var/lib/rancher/k3s/data",
    "/var/lib/rancher/rke2/bin",
];

/// What programs read wherever they run. Not all of `/etc`: kubeconfigs and keys of machines stand there.
const COMMON: [&str; 43] = [
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
    "/var/lib/ca-certificates",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
];

/// Not the terminal.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// HTTPS and DNS. Not 80: on a machine in a cloud its credentials are to be had there.
const PORTS: [u16; 2] = [443, 53];

/// Read and run, read, used, owned; and ports that it may connect to. Everything below a folder is meant with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub runs: Vec<OsString>,
    pub reads: Vec<OsString>,
    pub devices: Vec<OsString>,
    pub owns: Vec<OsString>,
    pub ports: Vec<u16>,
}

/// What one child needs.
#[derive(Clone, Debug, Default)]
pub struct Needs<'a> {
    /// Its own program, and those that it starts.
    pub programs: Vec<PathBuf>,
    /// `PATH`.
    pub path: Option<&'a OsStr>,
    pub reads: Vec<PathBuf>,
    pub owns: Vec<PathBuf>,
    pub ports: Vec<u16>,
    /// Folders and files that it must not get at: homes, kubeconfigs, state. A folder in which one of them lies is not given to it.
    pub kept: &'a [PathBuf],
}

impl Reach {
    #[must_use]
    pub fn of(needs: Needs<'_>) -> Self {
        let kept: Vec<PathBuf> = needs.kept.iter().map(|path| real(path)).collect();
        let is_free = |path: &Path| !kept.iter().any(|kept| kept.starts_with(real(path)));
        // Its folder, for what stands beside it, where that is one of programs; elsewhere, as where it was unpacked or built, the program
        // alone.
        let home_of = |program: &PathBuf| {
            let program = real(program);
            let folder = program.parent().filter(|folder| is_of_programs(folder) && is_free(folder));
            folder.map(Path::to_path_buf).unwrap_or(program)
        };
        let on_path = needs
            .path
            .into_iter()
            .flat_map(std::env::split_paths)
            .filter(|folder| folder.is_absolute() && is_of_programs(&real(folder)));
        let runs = PROGRAMS.iter().map(PathBuf::from).chain(on_path).filter(|folder| is_free(folder));
        let reads = COMMON.iter().map(PathBuf::from).chain(needs.reads).filter(|path| is_free(path));
        let names = |paths: Vec<PathBuf>| paths.into_iter().map(PathBuf::into_os_string).collect();
        Self {
            runs: names(runs.chain(needs.programs.iter().map(home_of)).collect()),
            reads: names(reads.collect()),
            devices: names(DEVICES.iter().map(PathBuf::from).collect()),
            owns: names(needs.owns),
            ports: PORTS.into_iter().chain(needs.ports).collect(),
        }
    }
}

/// By where it is or by its name: what else stands in it is there to be run.
fn is_of_programs(folder: &Path) -> bool {
    const NAMES: [&str; 6] = ["bin", ".bin", "sbin", "lib", "libexec", "shims"];
    let named = folder.file_name().and_then(OsStr::to_str);
    named.is_some_and(|name| NAMES.contains(&name)) || PROGRAMS.iter().any(|programs| folder.starts_with(programs))
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// Why nothing can be shut out here, whatever the kernel can do.
#[must_use]
pub fn obstacle(kept: &[PathBuf], programs: &[PathBuf]) -> Option<String> {
    // It gains rights when it starts, which nothing does behind the walls.
    let snap = programs.iter().find(|program| real(program).ends_with("snap"));
    if let Some(snap) = snap {
        let name = snap.file_name().unwrap_or_default().to_string_lossy();
        return Some(format!("{name} is a snap, and snaps do not start when they are isolated"));
    }
    let inside = kept.iter().find(|kept| real(kept).starts_with("/usr"));
    inside.map(|kept| format!("{} lies among the programs of this machine", kept.display()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_programs_are_given_and_never_one_in_which_something_lies_that_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        let home = dir.join("home");
        for folder in ["home/bin", "home/Downloads", "elsewhere/bin", "checkout", "sdk/bin"] {
            std::fs::create_dir_all(dir.join(folder)).unwrap();
        }
        for program in [
            "home/kubectl-ai",
            "home/Downloads/kubectl",
            "home/Downloads/letter",
            "checkout/.env",
            "sdk/bin/helm",
        ] {
            std::fs::write(dir.join(program), "").unwrap();
        }
        std::os::unix::fs::symlink(home.join("Downloads/kubectl"), dir.join("elsewhere/bin/kubectl")).unwrap();
        let path = std::env::join_paths([
            home.join("bin"),
            home.clone(),
            dir.clone(),
            dir.join("elsewhere/bin"),
            dir.join("checkout"),
            PathBuf::from("relative"),
        ])
        .unwrap();
        let reach = Reach::of(Needs {
            programs: vec![home.join("kubectl-ai"), dir.join("elsewhere/bin/kubectl"), dir.join("sdk/bin/helm")],
            path: Some(&path),
            kept: &[home.clone(), home.join(".kube/config")],
            ..Needs::default()
        });
        let own: Vec<&OsString> = reach.runs.iter().filter(|path| Path::new(path).starts_with(&dir)).collect();
        let expected = ["home/bin", "elsewhere/bin", "home/kubectl-ai", "home/Downloads/kubectl", "sdk/bin"]
            .map(|path| dir.join(path).into_os_string());
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
        assert_eq!(reach.ports, [443, 53]);
    }

    #[test]
    fn what_cannot_be_isolated_is_told() {
        assert_eq!(obstacle(&[PathBuf::from("/home/me")], &[PathBuf::from("/usr/bin/kubectl")]), None);
        assert_eq!(
            obstacle(&[PathBuf::from("/usr/home/me")], &[]).as_deref(),
            Some("/usr/home/me lies among the programs of this machine")
        );
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("snap"), "").unwrap();
        let kubectl = dir.path().join("kubectl");
        std::os::unix::fs::symlink(dir.path().join("snap"), &kubectl).unwrap();
        assert_eq!(
            obstacle(&[], &[kubectl]).as_deref(),
            Some("kubectl is a snap, and snaps do not start when they are isolated")
        );
    }
}
