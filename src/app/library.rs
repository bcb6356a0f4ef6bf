//! Playbooks and prompts: the program's own, the user's, and a project's if it is trusted.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    config::{Dirs, ProjectFile, ProjectTrust, TrustStore},
    domain::{failure::Result, risk::Risk},
    fallbacks::Playbooks,
    prompts::Prompts,
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

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    pub playbooks: Playbooks,
    pub prompts: Prompts,
    /// What the user should know about files that were left out.
    pub note: Option<String>,
}

/// Loads them all.
///
/// # Errors
/// A mistake in a playbook or a prompt, or files that cannot be read.
pub fn load(dirs: &Dirs) -> Result<Loaded> {
    let folders: Vec<PathBuf> = dirs.user_fallbacks().into_iter().collect();
    let mut trusted = Vec::new();
    let mut note = None;
    if let Some(project) = dirs.project() {
        match TrustStore::at(dirs.trust()).project(project)? {
            ProjectTrust::Trusted(files) => trusted = files,
            ProjectTrust::Untrusted(files) => {
                note = Some(format!(
                    "{} of this project are not used: look at them, then `todo-agent trust project`.",
                    files.join(", ")
                ));
            }
            ProjectTrust::Changed { changed, added, removed } => {
                let prompts = changed
                    .iter()
                    .chain(&added)
                    .chain(&removed)
                    .all(|name| name.starts_with("prompts/"));
                let what = if prompts { "Prompts" } else { "Playbooks" };
                note = Some(format!(
                    "{what} of this project changed since you trusted them and are not used: look, then `todo-agent trust project`."
                ));
            }
            ProjectTrust::Nothing => {}
        }
    }
    let prompts: Vec<_> = trusted.iter().filter_map(prompt).collect();
    let own: Vec<PathBuf> = dirs.user_prompts().into_iter().collect();
    let playbooks: Vec<_> = trusted.into_iter().filter_map(playbook).collect();
    Ok(Loaded {
        playbooks: Playbooks::load_with(&folders, &playbooks)?,
        prompts: Prompts::load(&own, &prompts)?,
        note,
    })
}

/// Its name below `prompts/`, where it stands, and what was hashed of it.
fn prompt(file: &ProjectFile) -> Option<(String, String, String)> {
    let name = file.name.strip_prefix("prompts/").filter(|name| name.ends_with(".md"))?;
    Some((name.to_owned(), file.path.display().to_string(), file.text.clone()?))
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
            let loaded = load(&dirs).unwrap();
            (
                loaded.playbooks.get("overview").unwrap().summary.clone() == "Ours",
                loaded.note.is_some(),
            )
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

    #[test]
    fn prompts_of_a_project_are_used_when_they_are_trusted_and_a_change_of_one_is_told() {
        let root = tempfile::tempdir().unwrap();
        let project = root.path().join("app");
        let file = project.join(".todo-agent/prompts/kubectl-ai/task.md");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = "---\nversion: 1\nabout: ours\n---\n{request}, quickly\n";
        fs::write(&file, text).unwrap();
        let dirs = Dirs::within(None, root.path().join("state"), &project, false);
        let told = || {
            let loaded = load(&dirs).unwrap();
            (loaded.prompts.example("kubectl-ai", "task").unwrap().text.len() < 80, loaded.note)
        };
        let look = "look at them, then `todo-agent trust project`.";
        let unused = format!("prompts/kubectl-ai/task.md of this project are not used: {look}");
        assert_eq!(told(), (false, Some(unused)));
        TrustStore::at(dirs.trust()).trust_project(&project, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(told(), (true, None));
        fs::write(&file, text.replace("quickly", "and everything else")).unwrap();
        let changed = "Prompts of this project changed since you trusted them and are not used: look, then `todo-agent trust project`.";
        assert_eq!(told(), (false, Some(changed.to_owned())));
    }
}
