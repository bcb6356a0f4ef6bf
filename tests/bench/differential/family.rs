//! Families of steps, as the YAML files hold them.

use std::path::Path;

use serde::Deserialize;

use super::step::Step;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    #[serde(rename = "family")]
    pub name: String,
    /// No namespace is made: the steps name theirs.
    #[serde(default)]
    pub bare: bool,
    pub steps: Vec<Step>,
    /// Run with the bench's kubectl alone: it is about the server, not about who asks.
    #[serde(default)]
    pub once: bool,
    /// The programs that run the commands.
    #[serde(skip)]
    pub kubectl: String,
    #[serde(skip)]
    pub helm: String,
}

impl Family {
    /// All families of a folder, in the order of the files' names.
    pub fn read(folder: &str) -> Vec<Self> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
            .collect();
        files.sort();
        files.iter().flat_map(|path| Self::of(path)).collect()
    }

    fn of(path: &Path) -> Vec<Self> {
        Self::of_text(&std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    pub fn of_text(text: &str) -> Vec<Self> {
        serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The family as often as there are programs that it is run with: the bench's kubectl and Debian's, Helm 3 and Helm 4.
    pub fn with_each_program(&self) -> Vec<Self> {
        let helm = self.steps.iter().any(|step| step.helm.is_some());
        let programs: &[&str] = match (helm, self.once) {
            (true, _) => &["helm3", "helm4"],
            (false, true) => &["kubectl"],
            (false, false) => &["kubectl", "/usr/bin/kubectl"],
        };
        programs
            .iter()
            .map(|&program| Self {
                name: format!("{} ({program})", self.name),
                kubectl: if helm { "kubectl" } else { program }.to_owned(),
                helm: program.to_owned(),
                ..self.clone()
            })
            .collect()
    }
}
