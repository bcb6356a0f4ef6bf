//! The folder of a build as a tar archive, made while it is sent: what was found when it was shown, and nothing else.

use std::{
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

/// What is sent: files below a folder, in order, and which of them is the Dockerfile.
#[derive(Debug)]
pub struct Context {
    root: PathBuf,
    files: Vec<Entry>,
    /// Its path in the archive.
    pub dockerfile: String,
    /// A Dockerfile that is not in the folder.
    outside: Option<(PathBuf, Stamp)>,
}

/// One file, link or folder as it was found.
#[derive(Clone, Debug)]
struct Entry {
    /// Below the folder, with slashes.
    name: String,
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
        if outside.is_none() && !files.iter().any(|entry| entry.name == dockerfile) {
            let stamp = Stamp::of(&root.join(&dockerfile))?;
            files.push(Entry {
                name: dockerfile.clone(),
                stamp,
            });
        }
        let outside = outside.map(|path| Stamp::of(&path).map(|stamp| (path, stamp))).transpose()?;
        Ok(Self {
            root,
            files,
            dockerfile,
            outside,
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
            unchanged(&self.root.join(&entry.name), &entry.name, &entry.stamp)?;
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
            append(&mut archive, &self.root.join(&entry.name), &entry.name, &entry.stamp)?;
        }
        if let Some((path, stamp)) = &self.outside {
            append(&mut archive, path, OUTSIDE, stamp)?;
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
fn walk(root: &Path, below: &str, ignore: &Ignore, files: &mut Vec<Entry>) -> Result<()> {
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
            files.push(Entry {
                name: path.clone(),
                stamp: Stamp::from(&data),
            });
        }
        if kind.is_dir() && (!out || ignore.takes_back()) {
            walk(root, &path, ignore, files)?;
        }
    }
    Ok(())
}

fn append(archive: &mut tar::Builder<&mut Pieces>, path: &Path, name: &str, stamp: &Stamp) -> io::Result<()> {
    let gone = |error: &io::Error| io::Error::other(unreadable(path, error));
    let data = fs::symlink_metadata(path).map_err(|error| gone(&error))?;
    if Stamp::from(&data) != *stamp {
        return Err(io::Error::other(changed(name)));
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
        return archive.append_data(&mut header, format!("{name}/"), io::empty());
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
        let told = |file| Context::of(root.to_str().unwrap(), file).map(|context| context.told()["outside"].clone());
        assert_eq!(told(outside.to_str()).unwrap(), OUTSIDE);
        assert_eq!(told(None).unwrap(), Value::Null);
        let failure = Context::of(folder.path().to_str().unwrap(), None).unwrap_err();
        assert_eq!(failure.what, format!("there is no Dockerfile in {}", folder.path().display()));
    }

    #[test]
    fn what_changed_since_it_was_shown_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (name, text) in [("Dockerfile", "FROM x\n"), ("main.py", "1"), ("other.py", "1")] {
            fs::write(root.join(name), text).unwrap();
        }
        let context = || Context::of(root.to_str().unwrap(), None).unwrap();
        let shown = context();
        // What is new since was not shown, and is not sent.
        fs::write(root.join("new.py"), "1").unwrap();
        shown.check().unwrap();
        let names: Vec<String> = sent(shown).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Dockerfile", "main.py", "other.py"]);
        let shown = context();
        let modified = fs::metadata(root.join("main.py")).unwrap().modified().unwrap();
        fs::write(root.join("main.py"), "2").unwrap();
        // As a program may set it back.
        fs::File::options()
            .write(true)
            .open(root.join("main.py"))
            .unwrap()
            .set_modified(modified)
            .unwrap();
        let failure = shown.check().unwrap_err();
        assert_eq!(
            failure.what,
            "main.py is not the file that was shown any more: it was changed since; nothing was built"
        );
        let shown = context();
        fs::remove_file(root.join("other.py")).unwrap();
        assert!(shown.check().unwrap_err().what.starts_with("other.py is not"));
    }
}
