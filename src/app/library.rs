//! Playbooks: the program's own, the user's, and a project's if it is trusted.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    config::{Dirs, ProjectFile, ProjectTrust, TrustStore},
    domain::{failure::Result, risk::Risk},
    fallbacks::Playbooks,
};

/// A playbook as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: String,
    pub summary: String,
    /// `kubernetes`, `docker`, `analysis`.
    pub domain: String,
    pub risk: Risk,
    /// Who does it, in the order of preference.
    pub prefer: Vec<String>,
    /// Requests that work, with the names of the program's own example app.
    pub examples: Vec<String>,
    pub file: String,
}

/// Loads them all; with what the user should know about files that were left out.
///
/// # Errors
/// A mistake in a playbook, or files that cannot be read.
pub fn load(dirs: &Dirs) -> Result<(Playbooks, Option<String>)> {
    let folders: Vec<PathBuf> = dirs.user_fallbacks().into_iter().collect();
    let mut trusted = Vec::new();
    let mut note = None;
    if let Some(project) = dirs.project() {
        match TrustStore::at(dirs.trust()).project(project)? {
            ProjectTrust::Trusted(files) => trusted = files.into_iter().filter_map(playbook).collect(),
            ProjectTrust::Untrusted(files) => {
                note = Some(format!(
                    "{} of this project are not used: look at them, then `todo-agent trust project`.",
                    files.join(", ")
                ));
            }
            ProjectTrust::Changed { .. } => {
                note = Some(
                    "Playbooks of this project changed since you trusted them and are not used: look, then `todo-agent trust project`."
                        .to_owned(),
                );
            }
            ProjectTrust::Nothing => {}
        }
    }
    Ok((Playbooks::load_with(&folders, &trusted)?, note))
}

/// Where it stands and what was hashed of it, for a file directly in `fallbacks/`.
fn playbook(file: ProjectFile) -> Option<(String, String)> {
    let name = file.name.strip_prefix("fallbacks/")?;
    let text = file.text.filter(|_| !name.contains('/'))?;
    Some((file.path.display().to_string(), text))
}

/// The playbooks as they are listed, each with some of its cases as examples.
///
/// # Errors
/// A mistake in a playbook.
pub fn entries(playbooks: &Playbooks) -> Result<Vec<Entry>> {
    let cases = Playbooks::cases()?;
    Ok(playbooks
        .all()
        .map(|playbook| Entry {
            name: playbook.name.clone(),
            summary: playbook.summary.clone(),
            domain: playbook.domain.clone(),
            risk: playbook.risk,
            prefer: playbook.prefer.clone(),
            examples: cases
                .iter()
                .filter(|(name, _)| *name == playbook.name)
                .flat_map(|(_, cases)| cases)
                .filter(|case| case.means.is_some())
                .take(4)
                .map(|case| case.say.clone())
                .collect(),
            file: playbook.file.clone(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::*;

    const PLAYBOOK: &str = "intent: overview\nsummary: Ours\nrisk: read\nphrases: [how are we]\nsteps:\n  - overview: {}\n";

    #[test]
    fn what_was_trusted_is_what_is_used_and_not_what_stands_there_now() {
        let root = tempfile::tempdir().unwrap();
        let project = root.path().join("app");
        let file = project.join(".todo-agent/fallbacks/ours.yaml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, PLAYBOOK).unwrap();
        let dirs = Dirs::within(None, root.path().join("state"), &project, false);
        let summary = || {
            let (playbooks, note) = load(&dirs).unwrap();
            (playbooks.get("overview").unwrap().summary.clone() == "Ours", note.is_some())
        };
        assert_eq!(summary(), (false, true));
        let store = TrustStore::at(dirs.trust());
        store.trust_project(&project, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(summary(), (true, false));

        let ProjectTrust::Trusted(files) = store.project(&project).unwrap() else {
            panic!("not trusted")
        };
        fs::write(&file, PLAYBOOK.replace("Ours", "Somebody's")).unwrap();
        let trusted: Vec<_> = files.into_iter().filter_map(playbook).collect();
        let playbooks = Playbooks::load_with(&[], &trusted).unwrap();
        assert_eq!(playbooks.get("overview").unwrap().summary, "Ours");
        assert_eq!(summary(), (false, true));
    }
}
