//! Families that are not equal yet.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub family: String,
    /// It may differ in so many places, and in no more.
    pub differences: usize,
    /// Why it differs, for whoever mends it.
    #[allow(dead_code)]
    pub cause: String,
}

#[derive(Debug)]
pub struct Unequal(Vec<Entry>);

impl Unequal {
    pub fn read() -> Self {
        Self(serde_saphyr::from_str(include_str!("unequal.yaml")).unwrap())
    }

    pub fn of(&self, family: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.family == family)
    }
}
