//! The folder of a build as a tar archive, made while it is sent.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{ignore::Ignore, unreadable};
use crate::domain::failure::{Failure, FailureKind, Result};

/// Bytes of the archive that go in one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the engine.
const WAITING: usize = 16;
/// The name of a Dockerfile that lies outside of the folder.
const OUTSIDE: &str = ".dockerfile.todo-agent";

/// What is sent: files below a folder, in order, and which of them is the Dockerfile.
#[derive(Debug)]
pub struct Context {
    root: PathBuf,
    /// Below `root`, with slashes.
    files: Vec<String>,
    /// Its path in the archive.
    pub dockerfile: String,
    /// A Dockerfile that is not in the folder.
    outside: Option<PathBuf>,
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
        let root = fs::canonicalize(folder).map_err(|error| unreadable(Path::new(folder), &error))?;
        if !root.is_dir() {
            return Err(Failure::new(FailureKind::Usage, format!("{folder} is no folder"))
                .hint("the Dockerfile is named by `-f`, the folder to send stands last"));
        }
        let (dockerfile, outside) = dockerfile(&root, folder, file)?;
        let ignore = ignore(&root, outside.as_deref().unwrap_or(&root.join(&dockerfile)))?;
        let mut files = Vec::new();
        walk(&root, "", &ignore, &mut files)?;
        // Left out or not, the engine needs it (docker/cli, build.TrimBuildFilesFromExcludes).
        if outside.is_none() && !files.contains(&dockerfile) {
            files.push(dockerfile.clone());
        }
        Ok(Self {
            root,
            files,
            dockerfile,
            outside,
        })
    }

    /// How much it is.
    #[must_use]
    pub fn told(&self) -> Value {
        let bytes = self.files.iter().filter_map(|name| fs::symlink_metadata(self.root.join(name)).ok());
        let files = bytes.filter(fs::Metadata::is_file).map(|data| data.len());
        let (count, bytes) = files.fold((0_u64, 0_u64), |(count, sum), bytes| (count + 1, sum + bytes));
        json!({"files": count, "bytes": bytes})
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
        for name in &self.files {
            append(&mut archive, &self.root.join(name), name)?;
        }
        if let Some(outside) = &self.outside {
            append(&mut archive, outside, OUTSIDE)?;
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
    let path = fs::canonicalize(&path).map_err(|error| unreadable(&path, &error))?;
    match path.strip_prefix(root) {
        Ok(inside) => Ok((slashes(inside), None)),
        Err(_) => Ok((OUTSIDE.to_owned(), Some(path))),
    }
}

/// `<Dockerfile>.dockerignore` beside it, else that of the folder.
fn ignore(root: &Path, dockerfile: &Path) -> Result<Ignore> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    for path in [PathBuf::from(own), root.join(".dockerignore")] {
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

/// Folders before what is in them, each in the order of names.
fn walk(root: &Path, below: &str, ignore: &Ignore, files: &mut Vec<String>) -> Result<()> {
    let folder = root.join(below);
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    for name in names {
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        let full = root.join(&path);
        let data = fs::symlink_metadata(&full).map_err(|error| unreadable(&full, &error))?;
        let out = ignore.leaves_out(&path);
        let kind = data.file_type();
        if !out && (kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            files.push(path.clone());
        }
        if kind.is_dir() && (!out || ignore.takes_back()) {
            walk(root, &path, ignore, files)?;
        }
    }
    Ok(())
}

fn append(archive: &mut tar::Builder<&mut Pieces>, path: &Path, name: &str) -> io::Result<()> {
    let data = fs::symlink_metadata(path)?;
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
        return archive.append_data(&mut header, format!("{name}/"), io::empty());
    }
    let file = fs::File::open(path)?;
    header.set_size(data.len());
    // A file that grows while it is read must not spoil the archive.
    archive.append_data(&mut header, name, io::Read::take(file, data.len()))
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
mod tests {
    use std::io::Read;

    use super::*;

    fn sent(context: Context) -> Vec<(String, u64)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(async {
            let mut pieces = context.stream();
            let mut bytes = Vec::new();
            while let Some(piece) = pieces.recv().await {
                bytes.extend_from_slice(&piece.unwrap());
            }
            bytes
        });
        let mut archive = tar::Archive::new(bytes.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, entry.header().uid().unwrap())
        });
        entries.collect()
    }

    #[test]
    fn what_the_dockerignore_leaves_out_is_not_sent_and_the_dockerfile_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("app");
        fs::create_dir_all(root.join("node_modules/x")).unwrap();
        fs::create_dir_all(root.join("src")).unwrap();
        for (name, text) in [
            ("Dockerfile", "FROM x\n"),
            (".dockerignore", "node_modules\n.env\nDockerfile\n"),
            (".env", "KEY=1\n"),
            ("node_modules/x/i.js", ""),
            ("src/main.py", "1"),
        ] {
            fs::write(root.join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("src/main.py", root.join("start")).unwrap();
        let names = |file: Option<&str>| {
            let context = Context::of(root.to_str().unwrap(), file).unwrap();
            let dockerfile = context.dockerfile.clone();
            let names: Vec<String> = sent(context).into_iter().map(|(name, uid)| format!("{name} {uid}")).collect();
            (dockerfile, names.join(", "))
        };
        assert_eq!(
            names(None),
            (
                "Dockerfile".to_owned(),
                ".dockerignore 0, src/ 0, src/main.py 0, start 0, Dockerfile 0".to_owned()
            )
        );
        let outside = folder.path().join("other.Dockerfile");
        fs::write(&outside, "FROM y\n").unwrap();
        fs::write(
            folder.path().join("other.Dockerfile.dockerignore"),
            "src\n.dockerignore\nnode_modules\n",
        )
        .unwrap();
        assert_eq!(
            names(outside.to_str()),
            (OUTSIDE.to_owned(), format!(".env 0, Dockerfile 0, start 0, {OUTSIDE} 0"))
        );
        let failure = Context::of(folder.path().to_str().unwrap(), None).unwrap_err();
        assert_eq!(failure.what, format!("there is no Dockerfile in {}", folder.path().display()));
    }
}
