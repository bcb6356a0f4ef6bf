//! Playbooks: the program's own, the user's, and a project's if it is trusted.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    config::{Dirs, ProjectTrust, TrustStore},
    domain::{failure::Result, risk::Risk},
    fallbacks::Playbooks,
};

/// A playbook as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: String,
    pub summary: String,
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
    let mut folders: Vec<PathBuf> = dirs.user_fallbacks().into_iter().collect();
    let mut note = None;
    if let Some(project) = dirs.project() {
        match TrustStore::at(dirs.trust()).project(project)? {
            ProjectTrust::Trusted(_) => folders.extend(dirs.project_mark().map(|mark| mark.join("fallbacks"))),
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
    Ok((Playbooks::load(&folders)?, note))
}

/// The playbooks as they are listed, each with some of its cases as examples.
///
/// # Errors
/// A mistake in a playbook.
pub fn entries(playbooks: &Playbooks) -> Result<Vec<Entry>> {
    let cases = Playbooks::cases()?;
    Ok(playbooks
        .iter()
        .map(|playbook| Entry {
            name: playbook.name.clone(),
            summary: playbook.summary.clone(),
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
