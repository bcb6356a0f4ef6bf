//! Differences that stand, each with its reason.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Patterns in which `*` stands for any text.
    pub family: String,
    #[serde(default = "any")]
    pub call: String,
    #[serde(default = "any")]
    pub path: String,
    #[allow(dead_code)]
    pub reason: String,
}

#[derive(Debug)]
pub struct Known(pub Vec<Entry>);

fn any() -> String {
    "*".to_owned()
}

impl Known {
    /// Of the API's calls.
    pub fn calls() -> Self {
        Self(serde_saphyr::from_str(include_str!("known.yaml")).unwrap())
    }

    /// Of the commands of kubectl and helm.
    pub fn commands() -> Self {
        Self(serde_saphyr::from_str(include_str!("known_commands.yaml")).unwrap())
    }

    /// The entries that this difference falls under.
    pub fn about(&self, family: &str, call: &str, path: &str) -> impl Iterator<Item = usize> {
        let matching = |entry: &Entry| like(&entry.family, family) && like(&entry.call, call) && like(&entry.path, path);
        self.0
            .iter()
            .enumerate()
            .filter(move |(_, entry)| matching(entry))
            .map(|(index, _)| index)
    }
}

pub fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = "";
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.split_at(at + part.len()).1;
        last = part;
    }
    if pattern.contains('*') {
        last.is_empty() || text.ends_with(last)
    } else {
        rest.is_empty()
    }
}
