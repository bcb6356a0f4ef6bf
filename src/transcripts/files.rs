//! Private files: directories 0700 and files 0600 where the system knows modes; elsewhere the user's own profile
//! directory protects them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Makes a directory and its parents; those that it makes are private.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    builder(true).create(path)
}

/// Makes this very directory.
///
/// # Errors
/// `AlreadyExists` when somebody else made it: that is how two processes never share one.
pub fn create_dir(path: &Path) -> io::Result<()> {
    builder(false).create(path)
}

fn builder(recursive: bool) -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// What helps where something could not be written, in one sentence.
pub fn remedy(error: io::ErrorKind) -> &'static str {
    match error {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space there, or choose another place with `--state-dir DIR`."
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Check who may write there, or choose another place with `--state-dir DIR`."
        }
        _ => "Look at that place, or choose another one with `--state-dir DIR`.",
    }
}

/// A new private file.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Replaces a file at once and for good: readers see the old or the new one, also after a crash. A symbolic link is
/// followed; an existing file keeps its permissions, a new one is private.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, true)
}

/// The same for a file that is meant to be seen: a new one gets the permissions that the system gives.
pub fn replace_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, false)
}

fn replace_with(path: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    let target = resolved(path)?;
    let dir = target.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = target
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let temporary = dir.join(format!(".{name}.{}.tmp", uuid::Uuid::new_v4().simple()));
    let written = write_and_rename(&temporary, &target, bytes, private);
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(dir);
    Ok(())
}

fn write_and_rename(temporary: &Path, target: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    let mut file = match private {
        true => create_new(temporary)?,
        false => OpenOptions::new().write(true).create_new(true).open(temporary)?,
    };
    file.write_all(bytes)?;
    if let Ok(existing) = fs::metadata(target) {
        file.set_permissions(existing.permissions())?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, target)
}

/// Where a path leads when links are followed, also when the last one does not exist yet.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // As many as the kernel follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().map_or_else(|| to.clone(), |dir| dir.join(&to)),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// Makes new names in a directory last. Windows does that by itself and has no call for it.
pub fn sync_dir(path: &Path) {
    #[cfg(unix)]
    if let Ok(dir) = File::open(path) {
        let _ = dir.sync_all();
    }
    #[cfg(not(unix))]
    let _ = path;
}
