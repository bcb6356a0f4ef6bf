//! The only place that picks concrete clusters and tools, and opens the record.

pub mod embedded;
pub mod gate;
pub mod guard;
mod helpers;
pub mod library;
mod log;
mod machine;
mod reach;
pub mod session;
mod talk;
mod tee;
pub mod veil;
mod writable;

use std::{
    collections::BTreeMap,
    env,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use self::{reach::Reach, session::Session, veil::Veil};
use crate::{
    adapters::{clock, cluster::Logins},
    config::{Dirs, ProjectTrust, Settings, TrustStore, misplaced},
    domain::{
        errand::Setup,
        failure::{Failure, FailureKind, Result},
        place::{Locality, Place},
        ports::observe::Observe,
        request::RequestOptions,
    },
    fallbacks::Playbooks,
    prompts::Prompts,
    redact::{Redactor, variables_of_dotenv},
    stages::understand::Understand,
    transcripts::{Store, UndoStore},
};

pub use talk::{MOST_NAMES, Names, Talk, Whereabouts, make_private};

pub use crate::adapters::sealed::{KEEP_COMMAND, keep};
pub use crate::config::{ColorWhen, Format, Options as Flags, parse_seconds};

/// The parts that one run of the program shares. Making it reads the configuration and nothing else.
pub struct App {
    dirs: Dirs,
    settings: Settings,
    redactor: Arc<Redactor>,
    library: OnceLock<Result<Library>>,
    logins: Logins,
}

/// The files of a project that hold its secrets.
const DOTENV: [&str; 2] = [".env", ".env.local"];
/// More than any of them has; what lies behind is not looked at.
const MOST_OF_DOTENV: u64 = 256 * 1024;

/// What the `.env` files of the project, and of the folder where we are, set: to be hidden. One that cannot be read is none.
fn dotenv(dirs: &Dirs, cwd: &Path) -> Vec<(String, String)> {
    let mut folders = vec![cwd];
    folders.extend(dirs.project().filter(|project| *project != cwd));
    let read = |path: PathBuf| {
        let mut bytes = Vec::new();
        let file = File::open(path)
            .ok()
            .filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
        file.take(MOST_OF_DOTENV).read_to_end(&mut bytes).ok()?;
        Some(variables_of_dotenv(&String::from_utf8_lossy(&bytes)))
    };
    let paths = folders.iter().flat_map(|folder| DOTENV.map(|name| folder.join(name)));
    paths.filter_map(read).flatten().collect()
}

/// What a project brings and is trusted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    pub project: PathBuf,
    pub files: Vec<String>,
    /// Files that look like playbooks and stand where none is looked for, and where they belong: a sentence each.
    pub misplaced: Vec<String>,
}

struct Library {
    playbooks: Arc<Playbooks>,
    understand: Arc<Understand>,
    prompts: Arc<Prompts>,
    /// About playbooks and prompts that are not used; said once.
    note: Option<String>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("dirs", &self.dirs).finish_non_exhaustive()
    }
}

impl App {
    /// A request will come, this one or any: what understanding it takes is made ready meanwhile.
    pub fn expect(request: &str) {
        Understand::warm(request);
    }

    /// `flags` are what the command line says; they win over environment and files.
    ///
    /// # Errors
    /// A configuration file or variable that cannot be used; no home directory.
    pub fn open(flags: Flags, state_dir: Option<&Path>) -> Result<Self> {
        let cwd = env::current_dir()
            .map_err(|error| Failure::new(FailureKind::Configuration, "the current directory cannot be found").cause(error))?;
        let dirs = Dirs::find(state_dir, &cwd)?;
        let variables = || env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let settings = Settings::load(&dirs, variables(), flags)?;
        Ok(Self {
            redactor: Arc::new(Redactor::of_project(variables(), dotenv(&dirs, &cwd))),
            dirs,
            settings,
            library: OnceLock::new(),
            logins: Logins::default(),
        })
    }

    /// What holds after command line, environment and files were asked.
    #[must_use]
    pub const fn settings(&self) -> &Flags {
        &self.settings.options
    }

    /// What the user should know about their settings.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.settings.notes
    }

    #[must_use]
    pub fn veil(&self) -> Veil {
        Veil::new(self.redactor.clone())
    }

    #[must_use]
    pub fn transcripts(&self) -> Store {
        Store::at(self.dirs.transcripts())
    }

    /// Opens the record of a request that may change something.
    #[must_use]
    pub fn session(&self, request: &str) -> Session<'_> {
        Session::alone(self, self.begin(request).keeping_undo(self.undo_store()))
    }

    /// Opens the record of an undo, which is not itself the last change to be taken back.
    #[must_use]
    pub fn session_of_undo(&self, request: &str) -> Session<'_> {
        let recorder = self.begin(request).keeping_undo(self.undo_store());
        recorder.takes_back();
        Session::alone(self, recorder)
    }

    /// Begins a conversation: its requests share one record, which is opened with the first of them.
    #[must_use]
    pub fn conversation(&self) -> Talk<'_> {
        Talk::new(self)
    }

    fn begin(&self, request: &str) -> crate::transcripts::Recorder {
        self.transcripts().begin(request, clock::now, self.redactor.clone())
    }

    /// What the user set for AI tools.
    fn setups(&self) -> BTreeMap<String, Setup> {
        self.settings.options.tools.clone()
    }

    /// What no AI tool gets at, beside the user's home.
    fn kept(&self) -> Vec<PathBuf> {
        let records = [self.dirs.state().to_path_buf(), self.dirs.transcripts()];
        let project = self.dirs.project().map(Path::to_path_buf);
        records.into_iter().chain(project).collect()
    }

    fn undo_store(&self) -> UndoStore {
        UndoStore::at(self.dirs.undo())
    }

    fn trust(&self) -> TrustStore {
        TrustStore::at(self.dirs.trust())
    }

    fn library(&self) -> Result<&Library> {
        let loaded = self.library.get_or_init(|| {
            let library::Loaded { playbooks, prompts, note } = library::load(&self.dirs)?;
            let playbooks = Arc::new(playbooks);
            Ok(Library {
                understand: Arc::new(Understand::new(playbooks.clone())),
                playbooks,
                prompts: Arc::new(prompts),
                note,
            })
        });
        loaded.as_ref().map_err(Clone::clone)
    }

    /// What can be asked for.
    ///
    /// # Errors
    /// A playbook has a mistake.
    pub fn playbooks(&self) -> Result<Vec<library::Entry>> {
        library::entries(&self.library()?.playbooks)
    }

    /// The cluster that is to be trusted, or no longer, and its uid.
    ///
    /// # Errors
    /// It cannot be reached or told from others.
    pub async fn cluster_to_trust(&self, options: &RequestOptions) -> Result<(Place, String)> {
        let reach = Reach::new(self, options, Arc::new(tee::Nobody));
        let place = reach.place().await?;
        if place.locality == Locality::Embedded {
            return Err(
                Failure::new(FailureKind::Usage, "the embedded cluster needs no trust: it is inside this program")
                    .hint("Name a cluster with --context, or set KUBECONFIG."),
            );
        }
        let uid = place.uid.clone().ok_or_else(|| {
            Failure::new(
                FailureKind::Forbidden,
                format!("the cluster of context \"{}\" does not tell who it is", place.context),
            )
            .hint("Its identity is the uid of the namespace kube-system: ask for permission to get it.")
        })?;
        Ok((place, uid))
    }

    /// The user says that this cluster is theirs to change.
    ///
    /// # Errors
    /// The decision cannot be kept.
    pub fn trust_cluster(&self, place: &Place, uid: &str) -> Result<()> {
        self.trust().trust_cluster(uid, &place.context, clock::now())
    }

    /// The user takes that back; whether it was trusted.
    ///
    /// # Errors
    /// The decision cannot be kept.
    pub fn distrust_cluster(&self, uid: &str) -> Result<bool> {
        self.trust().distrust_cluster(uid)
    }

    /// The user says that the playbooks and prompts of the project around here, as they are now, are to be used.
    ///
    /// # Errors
    /// There is no project, or the decision cannot be kept.
    pub fn trust_project(&self) -> Result<Trusted> {
        let project = self.dirs.project().ok_or_else(|| {
            Failure::new(
                FailureKind::Usage,
                "there is no project here: no `.todo-agent` directory in this one or above",
            )
            .hint("A folder becomes one by `.todo-agent/` in it; its playbooks stand in `.todo-agent/fallbacks/`, its prompts in `.todo-agent/prompts/`.")
        })?;
        let misplaced = misplaced(project);
        if self.trust().project(project)? == ProjectTrust::Nothing {
            let what = format!(
                "there is nothing to trust in {}: no playbooks in `.todo-agent/fallbacks/`, no prompts in `.todo-agent/prompts/`",
                project.display()
            );
            let failure = Failure::new(FailureKind::Usage, what);
            return Err(misplaced.into_iter().fold(failure, Failure::hint));
        }
        let files = self.trust().trust_project(project, clock::now())?;
        Ok(Trusted {
            project: project.to_path_buf(),
            files,
            misplaced,
        })
    }

    /// Begins to write the program's own log to a file below the state directory. Never to the screen.
    pub fn keep_log(&self, verbose: bool) {
        let wanted = env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
        if let Some(filter) = wanted
            .map(|wanted| log::filter(&wanted))
            .or_else(|| verbose.then(|| log::filter("debug")))
        {
            log::keep(&self.dirs.log(), &filter, self.redactor.clone());
        }
    }
}
