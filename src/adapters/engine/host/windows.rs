//! Folders of a Windows machine, and what the Linux of its engine calls them.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::in_one_case;

/// Where an engine's Linux has the drives: Docker Desktop on either of its machines, WSL, and as Git Bash writes them.
const DRIVES: [&str; 5] = ["/run/desktop/mnt/host/", "/host_mnt/", "/mnt/host/", "/mnt/", "/"];

/// Variables that name folders of the system.
const OF_THE_SYSTEM: [&str; 6] = [
    "SystemRoot",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "ProgramData",
    "PUBLIC",
];

/// `/var/run/x` stays what it is, `/c/x` is `C:\x`; nothing for a path of Windows.
pub(super) fn of_linux(said: &str) -> Option<PathBuf> {
    let inner = said.strip_prefix('/').filter(|rest| !rest.starts_with(['/', '\\']))?;
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let clean = format!("/{}", parts.join("/"));
    Some(
        DRIVES
            .iter()
            .find_map(|drives| drive(clean.strip_prefix(drives)?))
            .unwrap_or_else(|| clean.into()),
    )
}

/// `c/x`
fn drive(text: &str) -> Option<PathBuf> {
    let (letter, rest) = text.split_once('/').unwrap_or((text, ""));
    let is_letter = matches!(letter.as_bytes(), [letter] if letter.is_ascii_alphabetic());
    is_letter.then(|| format!("{}:\\{}", letter.to_uppercase(), rest.replace('/', "\\")).into())
}

/// Who may change it may do anything on the machine: a folder of the system, or one that has such a folder in it.
pub(super) fn is_of_system(path: &Path) -> bool {
    let path = in_one_case(path);
    OF_THE_SYSTEM.iter().filter_map(env::var_os).any(|folder| {
        let folder = in_one_case(Path::new(&folder)).into_owned();
        path.starts_with(&folder) || folder.starts_with(&path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_engines_linux_is_not_put_on_a_drive() {
        let cases = [
            ("/var/run/docker.sock", Some("/var/run/docker.sock")),
            ("/var/../etc/./x", Some("/etc/x")),
            ("/c/Users/me", Some(r"C:\Users\me")),
            ("/mnt/c/Windows", Some(r"C:\Windows")),
            ("/run/desktop/mnt/host/d", Some(r"D:\")),
            ("/", Some("/")),
            (r"C:\x", None),
            ("//server/share", None),
            (r"\x", None),
            ("./x", None),
        ];
        for (said, expected) in cases {
            let path = of_linux(said).map(|path| path.display().to_string());
            assert_eq!(path.as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn folders_of_the_system_are_known_in_any_case() {
        let root = env::var("SystemRoot").unwrap();
        let grave = |path: &str| is_of_system(Path::new(path));
        assert!(grave(&root) && grave(&root.to_uppercase()) && grave(&format!("{root}\\system32")) && grave("C:\\"));
        assert!(!grave("C:\\work"));
    }
}
