//! What a request takes from the user's machine: files, and variables of the environment.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    path,
};

/// No more of a file is read: an object of Kubernetes holds at most 1 MiB, a manifest may describe several.
const MOST: u64 = 8 * 1024 * 1024;
/// Files of a folder.
const MOST_FILES: usize = 1000;

/// The file, or the files of the folder by name, as `(name, contents)`. Folders in it and hidden files are passed over.
///
/// # Errors
/// It is not there, cannot be read, or is too large.
pub fn read(path: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let shown = path;
    let path = expanded(path);
    let metadata = fs::metadata(&path).map_err(|error| unreadable(shown, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![(name(&path), contents(&path, shown)?)]);
    }
    let entries = fs::read_dir(&path).map_err(|error| unreadable(shown, &error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && !name(path).starts_with('.'))
        .collect();
    files.sort();
    if files.len() > MOST_FILES {
        let what = format!("{shown} holds {} files: more than {MOST_FILES} are not read", files.len());
        return Err(Failure::new(FailureKind::Usage, what));
    }
    files
        .iter()
        .map(|path| Ok((name(path), contents(path, &path.display().to_string())?)))
        .collect()
}

/// The value of a variable of the environment.
///
/// # Errors
/// It is not set, or is no text.
pub fn variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|error| {
        let what = match error {
            std::env::VarError::NotPresent => format!("the variable {name} is not set in the environment"),
            std::env::VarError::NotUnicode(_) => format!("the variable {name} of the environment is no text"),
        };
        Failure::new(FailureKind::Usage, what)
    })
}

/// `~/x`, which a shell expands, but not in quotes.
fn expanded(path: &str) -> PathBuf {
    match path::below_home(path).zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => PathBuf::from(path),
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn contents(path: &Path, shown: &str) -> Result<Vec<u8>> {
    let file = fs::File::open(path).map_err(|error| unreadable(shown, &error))?;
    let mut bytes = Vec::new();
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(shown, &error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{shown} is larger than {} MiB", MOST / 1024 / 1024),
        ));
    }
    Ok(bytes)
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    let what = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {path} here"),
        io::ErrorKind::PermissionDenied => format!("the file {path} may not be read"),
        _ => format!("the file {path} cannot be read"),
    };
    Failure::new(FailureKind::Usage, what).cause(error)
}
