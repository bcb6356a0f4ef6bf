//! A playbook file as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{case::Case, slot::SlotType};
use crate::domain::risk::Risk;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaybookFile {
    pub intent: String,
    pub summary: String,
    #[serde(default = "kubernetes")]
    pub domain: String,
    #[serde(default)]
    pub prefer: Vec<String>,
    pub risk: Risk,
    #[serde(default)]
    pub slots: BTreeMap<String, SlotFile>,
    pub phrases: Vec<String>,
    /// kubectl commands that mean this: `scale {workload}`. Flags stand at the slots.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Flags of those commands that change nothing here.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// How to say it so that it is clear; the first phrase, when it is not given.
    #[serde(default)]
    pub say: Option<String>,
    /// The same in commands that the user may know.
    #[serde(default)]
    pub equivalent: Vec<String>,
    /// When the word for a kind is no kind: the playbook that takes it as a name.
    #[serde(default, rename = "else")]
    pub otherwise: Option<String>,
    /// The playbook that answers when it is asked whether this is so: "is the backend at 3?".
    #[serde(default)]
    pub asked: Option<String>,
    /// It is about a part of what it names, or about an object that goes with it: "delete it" after it may mean either.
    #[serde(default)]
    pub partial: bool,
    pub steps: Vec<Value>,
    #[serde(default)]
    pub verify: Vec<Value>,
    #[serde(default)]
    pub cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotFile {
    #[serde(rename = "type")]
    pub of: SlotType,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub flags: Vec<String>,
    /// Words that set a flag: phrases of their own, which may stand anywhere.
    #[serde(default)]
    pub words: Vec<String>,
    /// Words that stand beside the value.
    #[serde(default)]
    pub beside: Vec<String>,
    #[serde(default)]
    pub ask: Option<String>,
}

fn kubernetes() -> String {
    "kubernetes".to_owned()
}
