//! The folder of a build as a tar archive, made while it is sent: what was found when it was shown, and nothing else.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{buildkit, ignore::Ignore, stamp::Stamp, unreadable};
use crate::{
    adapters::tools::has_docker_plugin,
    domain::failure::{Failure, FailureKind, Result},
};

/// Bytes of the archive that go in one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the engine.
const WAITING: usize = 16;
/// The name of a Dockerfile that lies outside of the folder.
const OUTSIDE: &str = ".dockerfile.todo-agent";
const IGNORE: &str = ".dockerignore";

/// What is sent: files below a folder, in order, and which of them is the Dockerfile.
#[derive(Debug)]
pub struct Context {
    root: PathBuf,
    files: Vec<Entry>,
    /// Its path in the archive.
    pub dockerfile: String,
    /// A Dockerfile that is not in the folder.
    outside: Option<(PathBuf, Stamp)>,
    /// What the engine is told to take out of the folder once it has read it, as a `.dockerignore`: no image is to have it.
    instead: Option<String>,
}

/// One file, link or folder as it was found.
#[derive(Clone, Debug)]
struct Entry {
    /// Below the folder, with slashes; what of it is no text is told by a sign for it.
    name: String,
    path: PathBuf,
    stamp: Stamp,
}

impl Context {
    /// # Errors
    /// No such folder or Dockerfile, a `.dockerignore` that cannot be read.
    pub fn of(folder: &str, file: Option<&str>) -> Result<Self> {
        if folder.contains("://") || folder == "-" || folder.starts_with("git@") {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("\"{folder}\" is no folder: only a folder of this machine can be built"),
            )
            .hint(format!("`docker build {folder}` does that")));
        }
        let root = dunce::canonicalize(folder).map_err(|error| unreadable(Path::new(folder), &error))?;
        if !root.is_dir() {
            return Err(Failure::new(FailureKind::Usage, format!("{folder} is no folder"))
                .hint("the Dockerfile is named by `-f`, the folder to send stands last"));
        }
        let (dockerfile, outside) = dockerfile(&root, folder, file)?;
        let ignore = ignore(&root, outside.as_deref().unwrap_or(&root.join(&dockerfile)))?;
        let mut files = Vec::new();
        walk(&root, &Folder::default(), &ignore, &mut files)?;
        // Left out or not, the engine needs it, and takes it away itself (docker/cli, build.TrimBuildFilesFromExcludes).
        let mut taken_out = Vec::new();
        if outside.is_some() {
            taken_out.push(OUTSIDE);
        } else if ignore.leaves_out(&dockerfile) {
            taken_out.push(&dockerfile);
            if !files.iter().any(|entry| entry.name == dockerfile) {
                let path = PathBuf::from(&dockerfile);
                let stamp = Stamp::of(&root.join(&path))?;
                files.push(Entry {
                    name: dockerfile.clone(),
                    path,
                    stamp,
                });
            }
        }
        let instead = instead(&root, &files, &taken_out)?;
        let outside = outside.map(|path| Stamp::of(&path).map(|stamp| (path, stamp))).transpose()?;
        Ok(Self {
            root,
            files,
            dockerfile,
            outside,
            instead,
        })
    }

    /// How much it is, and what in its Dockerfile only BuildKit can do.
    #[must_use]
    pub fn told(&self) -> Value {
        let files = self.files.iter().filter_map(|entry| entry.stamp.file);
        let (count, bytes) = files.fold((0_u64, 0_u64), |(count, sum), bytes| (count + 1, sum + bytes));
        let dockerfile = fs::read_to_string(self.dockerfile_path()).unwrap_or_default();
        let needed = buildkit::needed(&dockerfile);
        let buildx = needed.is_some() && has_docker_plugin("docker-buildx");
        json!({"files": count, "bytes": bytes, "buildkit": needed, "buildx": buildx, "outside": self.outside.is_some().then_some(OUTSIDE)})
    }

    fn dockerfile_path(&self) -> PathBuf {
        let inside = || self.root.join(&self.dockerfile);
        self.outside.as_ref().map_or_else(inside, |(path, _)| path.clone())
    }

    /// A file that is not as it was found any more.
    ///
    /// # Errors
    /// Its name: it was changed, or is gone.
    pub fn check(&self) -> Result<()> {
        for entry in &self.files {
            unchanged(&self.root.join(&entry.path), &entry.name, &entry.stamp)?;
        }
        self.outside
            .as_ref()
            .map_or(Ok(()), |(path, stamp)| unchanged(path, &path.display().to_string(), stamp))
    }

    /// The archive, piece by piece, as it is read.
    #[must_use]
    pub fn stream(self) -> mpsc::Receiver<io::Result<Bytes>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut pieces = Pieces {
                sender: sender.clone(),
                waiting: Vec::with_capacity(PIECE),
            };
            if let Err(error) = self.write(&mut pieces) {
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    fn write(&self, to: &mut Pieces) -> io::Result<()> {
        let mut archive = tar::Builder::new(to);
        for entry in &self.files {
            if self.instead.is_none() || entry.name != IGNORE {
                append(&mut archive, &self.root.join(&entry.path), &entry.path, &entry.stamp)?;
            }
        }
        if let Some((path, stamp)) = &self.outside {
            append(&mut archive, path, Path::new(OUTSIDE), stamp)?;
        }
        if let Some(text) = &self.instead {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, IGNORE, text.as_bytes())?;
        }
        archive.into_inner()?.finish()
    }
}

/// The Dockerfile's path in the archive, and where it is when that is not in the folder.
fn dockerfile(root: &Path, folder: &str, file: Option<&str>) -> Result<(String, Option<PathBuf>)> {
    let Some(file) = file else {
        if root.join("Dockerfile").is_file() {
            return Ok(("Dockerfile".to_owned(), None));
        }
        let failure = Failure::new(FailureKind::Usage, format!("there is no Dockerfile in {folder}"));
        return Err(failure.hint("name it with `-f`, or name the folder that has it"));
    };
    // As docker does: from where one is; a path below the folder is also understood.
    let path = [PathBuf::from(file), root.join(file)].into_iter().find(|path| path.is_file());
    let path = path.ok_or_else(|| Failure::new(FailureKind::Usage, format!("there is no Dockerfile {file}")))?;
    let path = dunce::canonicalize(&path).map_err(|error| unreadable(&path, &error))?;
    match path.strip_prefix(root) {
        Ok(inside) => Ok((slashes(inside), None)),
        Err(_) => Ok((OUTSIDE.to_owned(), Some(path))),
    }
}

/// The `.dockerignore` of the folder, which images may have, with what the engine is to take out; nothing where it takes out nothing.
fn instead(root: &Path, files: &[Entry], taken_out: &[&str]) -> Result<Option<String>> {
    if taken_out.is_empty() {
        return Ok(None);
    }
    let mut text = String::new();
    if files.iter().any(|entry| entry.name == IGNORE) {
        let path = root.join(IGNORE);
        text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        text.push('\n');
    } else {
        text.push_str(IGNORE);
        text.push('\n');
    }
    for name in taken_out {
        text.push('/');
        for c in name.chars() {
            if matches!(c, '*' | '?' | '[' | ']' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text.push('\n');
    }
    Ok(Some(text))
}

/// `<Dockerfile>.dockerignore` beside it, else that of the folder.
fn ignore(root: &Path, dockerfile: &Path) -> Result<Ignore> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    for path in [PathBuf::from(own), root.join(IGNORE)] {
        match fs::read_to_string(&path) {
            Ok(text) => {
                return Ignore::parse(&text).map_err(|line| {
                    Failure::new(
                        FailureKind::Usage,
                        format!("{} has a line that is no pattern: {line}", path.display()),
                    )
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(Ignore::default())
}

/// Where the walk is: as it is told, and as it is found.
#[derive(Default)]
struct Folder {
    name: String,
    path: PathBuf,
}

impl Folder {
    fn inside(&self, name: &OsStr) -> Self {
        let told = name.to_string_lossy();
        Self {
            name: if self.name.is_empty() {
                told.into_owned()
            } else {
                format!("{}/{told}", self.name)
            },
            path: self.path.join(name),
        }
    }
}

/// Folders before what is in them, each in the order of names. A name need not be text.
fn walk(root: &Path, below: &Folder, ignore: &Ignore, files: &mut Vec<Entry>) -> Result<()> {
    let folder = root.join(&below.path);
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    for name in names {
        let inside = below.inside(&name);
        let full = root.join(&inside.path);
        let data = fs::symlink_metadata(&full).map_err(|error| unreadable(&full, &error))?;
        let out = ignore.leaves_out(&inside.name);
        let kind = data.file_type();
        if !out && (kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            files.push(Entry {
                name: inside.name.clone(),
                path: inside.path.clone(),
                stamp: Stamp::from(&data),
            });
        }
        if kind.is_dir() && (!out || ignore.takes_back()) {
            walk(root, &inside, ignore, files)?;
        }
    }
    Ok(())
}

fn append(archive: &mut tar::Builder<&mut Pieces>, path: &Path, name: &Path, stamp: &Stamp) -> io::Result<()> {
    let gone = |error: &io::Error| io::Error::other(unreadable(path, error));
    let data = fs::symlink_metadata(path).map_err(|error| gone(&error))?;
    if Stamp::from(&data) != *stamp {
        return Err(io::Error::other(changed(&name.display().to_string())));
    }
    let mut header = tar::Header::new_gnu();
    header.set_metadata(&data);
    // As the docker CLI does: whose files these were is nothing to the image.
    header.set_uid(0);
    header.set_gid(0);
    if cfg!(windows) {
        header.set_mode(0o755);
    }
    if data.is_symlink() {
        let target = fs::read_link(path)?;
        header.set_size(0);
        return archive.append_link(&mut header, name, target);
    }
    if data.is_dir() {
        header.set_size(0);
        return archive.append_data(&mut header, name.join(""), io::empty());
    }
    let file = fs::File::open(path).map_err(|error| gone(&error))?;
    header.set_size(data.len());
    // A file that grows while it is read must not spoil the archive.
    archive.append_data(&mut header, name, io::Read::take(file, data.len()))
}

fn unchanged(path: &Path, name: &str, stamp: &Stamp) -> Result<()> {
    match Stamp::of(path) {
        Ok(now) if now == *stamp => Ok(()),
        _ => Err(changed(name)),
    }
}

fn changed(name: &str) -> Failure {
    let what = format!("{name} is not the file that was shown any more: it was changed since; nothing was built");
    Failure::new(FailureKind::Conflict, what).hint("Ask again to see what would be built now.")
}

fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// Gathers what is written and sends it on in pieces.
struct Pieces {
    sender: mpsc::Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl Pieces {
    fn finish(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.waiting));
        let sent = self.sender.blocking_send(Ok(piece));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.finish()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
