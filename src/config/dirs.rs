//! Where everything lives on disk.
//!
//! | what | where |
//! | --- | --- |
//! | configuration | `$XDG_CONFIG_HOME/todo-agent` or `~/.config/todo-agent` (macOS too); Windows `%APPDATA%\todo-agent\config` |
//! | state | `$XDG_STATE_HOME/todo-agent` or `~/.local/state/todo-agent` (macOS too); Windows `%LOCALAPPDATA%\todo-agent\state` |
//! | project | the nearest directory upwards that has a folder `.todo-agent/` |
//!
//! Transcripts of a project stand visibly in its `transcripts/`. Undo data, trust and the embedded cluster are always
//! the user's: a project that somebody else wrote must not bring its own.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs};

use crate::domain::failure::{Failure, FailureKind, Result};

/// Name of the directory that marks a project.
pub(super) const MARK: &str = ".todo-agent";
const FILE: &str = "config.toml";

/// The directories of one run. Nothing is made by asking for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    config: Option<PathBuf>,
    state: PathBuf,
    project: Option<PathBuf>,
    /// `--state-dir` was given: transcripts go there too.
    state_given: bool,
}

impl Dirs {
    /// The platform's directories, and the project around `cwd`. `state_dir` is what `--state-dir` gave.
    ///
    /// # Errors
    /// When there is no home directory and no `state_dir` either.
    pub fn find(state_dir: Option<&Path>, cwd: &Path) -> Result<Self> {
        let own = etcetera::app_strategy::choose_app_strategy(AppStrategyArgs {
            top_level_domain: String::new(),
            author: String::new(),
            app_name: "todo-agent".to_owned(),
        });
        let (config, state) = match (&own, state_dir) {
            (Ok(own), given) => (
                Some(own.config_dir()),
                given.map_or_else(|| default_state(own), |dir| cwd.join(dir)),
            ),
            (Err(_), Some(given)) => (None, cwd.join(given)),
            (Err(error), None) => {
                return Err(Failure::new(FailureKind::Configuration, "no home directory to keep state in")
                    .hint("Set HOME, or say where with `--state-dir DIR`.")
                    .cause(error));
            }
        };
        Ok(Self::within(config, state, cwd, state_dir.is_some()))
    }

    /// With these directories of the user, whatever the platform says.
    #[must_use]
    pub fn within(config: Option<PathBuf>, state: PathBuf, cwd: &Path, state_given: bool) -> Self {
        // A home directory with such a folder is no project.
        let is_project = |dir: &&Path| dir.join(MARK).is_dir() && Some(dir.join(MARK)) != config && dir.join(MARK) != state;
        let project = cwd.ancestors().find(is_project).map(Path::to_path_buf);
        Self {
            config,
            state,
            project,
            state_given,
        }
    }

    /// The project's directory, the one with `.todo-agent/` in it.
    #[must_use]
    pub fn project(&self) -> Option<&Path> {
        self.project.as_deref()
    }

    /// `<project>/.todo-agent`.
    #[must_use]
    pub fn project_mark(&self) -> Option<PathBuf> {
        self.project.as_ref().map(|dir| dir.join(MARK))
    }

    #[must_use]
    pub fn user_config_file(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|dir| dir.join(FILE))
    }

    #[must_use]
    pub fn project_config_file(&self) -> Option<PathBuf> {
        self.project_mark().map(|dir| dir.join(FILE))
    }

    /// The user's own playbooks.
    #[must_use]
    pub fn user_fallbacks(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|dir| dir.join("fallbacks"))
    }

    /// The user's own prompts.
    #[must_use]
    pub fn user_prompts(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|dir| dir.join("prompts"))
    }

    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    #[must_use]
    pub fn transcripts(&self) -> PathBuf {
        match &self.project {
            Some(project) if !self.state_given => project.join("transcripts"),
            _ => self.state.join("transcripts"),
        }
    }

    #[must_use]
    pub fn undo(&self) -> PathBuf {
        self.state.join("undo")
    }

    #[must_use]
    pub fn trust(&self) -> PathBuf {
        self.state.join("trust")
    }

    /// The program's own log, written with `-v` or `RUST_LOG`.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state.join("log").join("todo-agent.log")
    }

    /// Database and sockets of the embedded cluster.
    #[must_use]
    pub fn embedded(&self) -> PathBuf {
        self.state.join("embedded")
    }
}

/// Windows has no directory for state; its local application data is what does not roam.
fn default_state(own: &impl AppStrategy) -> PathBuf {
    own.state_dir()
        .unwrap_or_else(|| own.cache_dir().parent().map_or_else(|| own.data_dir(), |dir| dir.join("state")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_stand_in_the_project_and_the_rest_stays_with_the_user() {
        let root = tempfile::tempdir().unwrap();
        let (state, project) = (root.path().join("state"), root.path().join("app"));
        let inside = project.join("backend/src");
        std::fs::create_dir_all(&inside).unwrap();
        let outside = Dirs::within(None, state.clone(), &inside, false);
        assert_eq!((outside.project(), outside.transcripts()), (None, state.join("transcripts")));

        std::fs::create_dir(project.join(".todo-agent")).unwrap();
        let dirs = Dirs::within(None, state.clone(), &inside, false);
        assert_eq!(dirs.project(), Some(project.as_path()));
        assert_eq!(dirs.transcripts(), project.join("transcripts"));
        assert_eq!(dirs.undo(), state.join("undo"));
        assert_eq!(dirs.trust(), state.join("trust"));
        assert_eq!(dirs.embedded(), state.join("embedded"));

        let given = Dirs::within(None, state.clone(), &inside, true);
        assert_eq!(
            given.transcripts(),
            state.join("transcripts"),
            "--state-dir says where everything goes"
        );
    }
}
