//! What the user said once that they trust: a project's playbooks and prompts (by the hash of every file), and clusters
//! (by uid).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::dirs::MARK;
use crate::domain::failure::{Failure, FailureKind, Result};

/// Folders of a project's `.todo-agent/` whose files act in the user's name.
const ACTING: [&str; 2] = ["fallbacks", "prompts"];
/// Deeper than any sensible folder; ends loops of links.
const DEPTH: usize = 8;

/// Decisions about trust, kept with the user's state.
#[derive(Clone, Debug)]
pub struct TrustStore {
    dir: PathBuf,
}

/// One file as it was read: what was hashed is what is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// From `.todo-agent/`, with `/`: `fallbacks/deploy.yaml`.
    pub name: String,
    pub path: PathBuf,
    /// Of a playbook or prompt; nothing for other files, which are hashed and not used.
    pub text: Option<String>,
}

/// Whether a project's files may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectTrust {
    /// The project brings none.
    Nothing,
    /// Exactly these were trusted.
    Trusted(Vec<ProjectFile>),
    /// Never trusted; their names.
    Untrusted(Vec<String>),
    /// Trusted once, and not the same any more: all are untrusted again.
    Changed {
        changed: Vec<String>,
        added: Vec<String>,
        removed: Vec<String>,
    },
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Decisions {
    /// Canonical path of a project → name of a file → SHA-256.
    projects: BTreeMap<String, Project>,
    /// Uid of kube-system → what it was called then.
    clusters: BTreeMap<String, Cluster>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Project {
    at: Timestamp,
    files: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cluster {
    at: Timestamp,
    name: String,
}

impl TrustStore {
    /// Nothing is made or read yet.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Whether the files of this project (the directory with `.todo-agent/` in it) may be used.
    ///
    /// # Errors
    /// When a file of the project or the decisions cannot be read.
    pub fn project(&self, project: &Path) -> Result<ProjectTrust> {
        let files = acting_files(project)?;
        let known = self.read()?.projects.remove(&key(project));
        let Some(known) = known else {
            return Ok(match files.is_empty() {
                true => ProjectTrust::Nothing,
                false => ProjectTrust::Untrusted(files.into_iter().map(|file| file.name).collect()),
            });
        };
        let now: BTreeMap<&str, String> = files.iter().map(|file| (file.name.as_str(), sha256(&file.bytes))).collect();
        let names = |keep: &dyn Fn(&str) -> bool| {
            now.keys()
                .filter(|name| keep(name))
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let changed = names(&|name| known.files.get(name).is_some_and(|hash| now.get(name) != Some(hash)));
        let added = names(&|name| !known.files.contains_key(name));
        let removed: Vec<String> = known
            .files
            .keys()
            .filter(|name| !now.contains_key(name.as_str()))
            .cloned()
            .collect();
        if changed.is_empty() && added.is_empty() && removed.is_empty() {
            return Ok(if files.is_empty() {
                ProjectTrust::Nothing
            } else {
                ProjectTrust::Trusted(files.into_iter().map(Found::used).collect::<Result<_>>()?)
            });
        }
        Ok(ProjectTrust::Changed { changed, added, removed })
    }

    /// Trusts the files of a project as they are now; returns their names, for the user to see.
    ///
    /// # Errors
    /// When a file cannot be read, or the decision cannot be kept.
    pub fn trust_project(&self, project: &Path, at: Timestamp) -> Result<Vec<String>> {
        let files = acting_files(project)?;
        let mut decisions = self.read()?;
        let hashes = files.iter().map(|file| (file.name.clone(), sha256(&file.bytes))).collect();
        let files = files.into_iter().map(Found::used).collect::<Result<Vec<_>>>()?;
        decisions.projects.insert(key(project), Project { at, files: hashes });
        self.write(&decisions)?;
        Ok(files.into_iter().map(|file| file.name).collect())
    }

    /// Whether the user said that this cluster is theirs to change.
    ///
    /// # Errors
    /// When the decisions cannot be read.
    pub fn is_cluster_trusted(&self, uid: &str) -> Result<bool> {
        Ok(self.read()?.clusters.contains_key(uid))
    }

    /// Trusts a cluster by the uid of its kube-system; `name` is kept for people.
    ///
    /// # Errors
    /// When the decision cannot be kept.
    pub fn trust_cluster(&self, uid: &str, name: &str, at: Timestamp) -> Result<()> {
        let mut decisions = self.read()?;
        decisions.clusters.insert(uid.to_owned(), Cluster { at, name: name.to_owned() });
        self.write(&decisions)
    }

    /// Takes that back; whether there was anything to take back.
    ///
    /// # Errors
    /// When the decision cannot be kept.
    pub fn distrust_cluster(&self, uid: &str) -> Result<bool> {
        let mut decisions = self.read()?;
        let was = decisions.clusters.remove(uid).is_some();
        if was {
            self.write(&decisions)?;
        }
        Ok(was)
    }

    fn path(&self) -> PathBuf {
        self.dir.join("trust.json")
    }

    /// A file that does not read is an error: taking it for "nothing is trusted" would be safe, but writing it again
    /// would lose what the user said.
    fn read(&self) -> Result<Decisions> {
        let path = self.path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Decisions::default()),
            Err(error) => return Err(failure("read", &path, &error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            failure("read", &path, &error).hint(format!("It is damaged. Remove {} and say again what you trust.", path.display()))
        })
    }

    fn write(&self, decisions: &Decisions) -> Result<()> {
        let path = self.path();
        let text = serde_json::to_string_pretty(decisions).map_err(|error| failure("write", &path, &error))?;
        write_private(&self.dir, &path, &text).map_err(|error| failure("write", &path, &error))
    }
}

fn write_private(dir: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    let temporary = dir.join(format!(".trust.{}.tmp", uuid::Uuid::new_v4().simple()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, path)
}

fn failure(doing: &str, path: &Path, error: &impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Configuration, format!("cannot {doing} {}: {error}", path.display()))
}

fn key(project: &Path) -> String {
    dunce::canonicalize(project)
        .unwrap_or_else(|_| project.to_path_buf())
        .to_string_lossy()
        .into_owned()
}

/// A file as it stands on disk.
struct Found {
    name: String,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Found {
    /// What will be used must be text; what a file manager or an editor leaves behind need not be.
    fn used(self) -> Result<ProjectFile> {
        let Self { name, path, bytes } = self;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let text = match extension {
            Some("yaml" | "yml" | "md") => Some(String::from_utf8(bytes).map_err(|_| failure("read", &path, &"it is not UTF-8 text"))?),
            _ => None,
        };
        Ok(ProjectFile { name, path, text })
    }
}

/// Every file below the acting folders, sorted by name; hidden ones too, because a loader might read them.
fn acting_files(project: &Path) -> Result<Vec<Found>> {
    let root = project.join(MARK);
    let mut files = Vec::new();
    for folder in ACTING {
        collect(&root.join(folder), folder, DEPTH, &mut files)?;
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn collect(dir: &Path, name: &str, depth: usize, files: &mut Vec<Found>) -> Result<()> {
    let listing = match fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(failure("read", dir, &error)),
    };
    for item in listing {
        let item = item.map_err(|error| failure("read", dir, &error))?;
        let path = item.path();
        let name = format!("{name}/{}", item.file_name().to_string_lossy());
        if path.is_dir() {
            if depth > 0 {
                collect(&path, &name, depth - 1, files)?;
            }
        } else {
            let bytes = fs::read(&path).map_err(|error| failure("read", &path, &error))?;
            files.push(Found { name, path, bytes });
        }
    }
    Ok(())
}

/// Playbooks that stand where none is looked for, each with the place where it would be read; most likely somebody wonders why
/// they do nothing.
#[must_use]
pub fn misplaced(project: &Path) -> Vec<String> {
    let playbooks = project.join(MARK).join("fallbacks");
    let mut found = Vec::new();
    for (dir, depth) in [(project.join(MARK), 0), (playbooks.clone(), DEPTH), (project.join("fallbacks"), 0)] {
        stray(&dir, depth, dir == playbooks, &mut found);
    }
    found.sort();
    let shown = |path: &PathBuf| path.strip_prefix(project).unwrap_or(path).display().to_string();
    let sentence = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        format!("{} is not read: move it to .todo-agent/fallbacks/{name}.yaml.", shown(path))
    };
    found.iter().map(sentence).collect()
}

/// Files that look like playbooks, and are not `read` where they stand.
fn stray(dir: &Path, depth: usize, read: bool, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = item.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() && depth > 0 {
            stray(&path, depth - 1, false, found);
        } else if path.is_file() && !read && matches!(extension, "yaml" | "yml") {
            found.push(path);
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_ends_when_a_file_changes_comes_or_goes() {
        let root = tempfile::tempdir().unwrap();
        let (store, project) = (TrustStore::at(root.path().join("trust")), root.path().join("app"));
        let file = |name: &str| project.join(".todo-agent").join(name);
        assert_eq!(store.project(&project).unwrap(), ProjectTrust::Nothing);

        fs::create_dir_all(file("fallbacks")).unwrap();
        fs::create_dir_all(file("prompts/kubectl-ai")).unwrap();
        fs::write(file("fallbacks/a.yaml"), "a").unwrap();
        fs::write(file("prompts/kubectl-ai/b.md"), "b").unwrap();
        fs::write(file("config.toml"), "not acting").unwrap();
        let both = || vec!["fallbacks/a.yaml".to_owned(), "prompts/kubectl-ai/b.md".to_owned()];
        assert_eq!(store.project(&project).unwrap(), ProjectTrust::Untrusted(both()));

        assert_eq!(store.trust_project(&project, Timestamp::UNIX_EPOCH).unwrap(), both());
        let ProjectTrust::Trusted(files) = store.project(&project).unwrap() else {
            panic!("not trusted")
        };
        assert_eq!(files.iter().map(|f| f.text.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b")]);

        fs::write(file("fallbacks/a.yaml"), "evil").unwrap();
        fs::write(file("fallbacks/c.yaml"), "new").unwrap();
        fs::remove_file(file("prompts/kubectl-ai/b.md")).unwrap();
        assert_eq!(
            store.project(&project).unwrap(),
            ProjectTrust::Changed {
                changed: vec!["fallbacks/a.yaml".to_owned()],
                added: vec!["fallbacks/c.yaml".to_owned()],
                removed: vec!["prompts/kubectl-ai/b.md".to_owned()],
            }
        );
    }

    #[test]
    fn a_file_that_is_no_text_is_hashed_and_stops_nothing_unless_it_would_be_used() {
        let root = tempfile::tempdir().unwrap();
        let (store, project) = (TrustStore::at(root.path().join("trust")), root.path().join("app"));
        let file = |name: &str| project.join(".todo-agent/fallbacks").join(name);
        fs::create_dir_all(file("")).unwrap();
        fs::write(file(".DS_Store"), [0, 255]).unwrap();
        fs::write(file("a.yaml"), "a").unwrap();
        store.trust_project(&project, Timestamp::UNIX_EPOCH).unwrap();
        let ProjectTrust::Trusted(files) = store.project(&project).unwrap() else {
            panic!("not trusted")
        };
        let texts: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.text.as_deref())).collect();
        assert_eq!(texts, [("fallbacks/.DS_Store", None), ("fallbacks/a.yaml", Some("a"))]);

        fs::write(file(".DS_Store"), [0, 254]).unwrap();
        assert!(matches!(store.project(&project).unwrap(), ProjectTrust::Changed { .. }));
        fs::write(file("a.yaml"), [0, 255]).unwrap();
        assert!(matches!(store.project(&project).unwrap(), ProjectTrust::Changed { .. }));
        let what = store.trust_project(&project, Timestamp::UNIX_EPOCH).unwrap_err().what;
        assert!(what.ends_with("a.yaml: it is not UTF-8 text"), "{what}");
    }

    #[test]
    fn clusters_are_trusted_by_uid_and_a_damaged_file_is_not_written_over() {
        let root = tempfile::tempdir().unwrap();
        let store = TrustStore::at(root.path());
        assert!(!store.is_cluster_trusted("u1").unwrap());
        store.trust_cluster("u1", "lab", Timestamp::UNIX_EPOCH).unwrap();
        assert!(store.is_cluster_trusted("u1").unwrap());
        assert!(!store.is_cluster_trusted("u2").unwrap());
        store.trust_cluster("u3", "old", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(["u3", "u3"].map(|uid| store.distrust_cluster(uid).unwrap()), [true, false]);
        assert!(!store.is_cluster_trusted("u3").unwrap());
        fs::write(root.path().join("trust.json"), "{").unwrap();
        assert!(store.trust_cluster("u2", "x", Timestamp::UNIX_EPOCH).is_err());
    }
}
