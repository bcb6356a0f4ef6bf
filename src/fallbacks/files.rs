//! The files of playbooks: those in the program itself, and those of a folder.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::domain::failure::{Failure, FailureKind, Result};

pub(super) static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fallbacks");

pub(super) fn is_playbook(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.starts_with('_')
}

pub(super) fn builtin_text(name: &str) -> &'static str {
    BUILTIN
        .get_file(name)
        .and_then(include_dir::File::contents_utf8)
        .unwrap_or_default()
}

/// The built-in playbooks and the lexicon as `build.rs` prepared them: files by name, without their cases.
pub(super) mod prepared {
    pub const KUBERNETES: &str = include_str!(concat!(env!("OUT_DIR"), "/kubernetes.json"));
    pub const DOCKER: &str = include_str!(concat!(env!("OUT_DIR"), "/docker.json"));
    pub const LEXICON: &str = include_str!(concat!(env!("OUT_DIR"), "/lexicon.json"));
    pub const TURN: &str = include_str!(concat!(env!("OUT_DIR"), "/turn.json"));
}

pub(super) fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::new(
                FailureKind::Configuration,
                format!("cannot read the playbooks in {}", folder.display()),
            )
            .cause(error));
        }
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_playbook(path))
        .collect();
    files.sort();
    Ok(files)
}
