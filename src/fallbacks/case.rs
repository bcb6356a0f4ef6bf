//! What a playbook file says about itself: sentences and what they must come to.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One sentence and its meaning. Every case is a test.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub say: String,
    /// Slots and their values: names of objects as in the sample inventory, counts as `3`, `+2`, `x2`, `1/2`.
    #[serde(default)]
    pub means: Option<BTreeMap<String, Value>>,
    /// It must be asked; these are the slots in question.
    #[serde(default)]
    pub asks: Option<Vec<String>>,
    /// It must be declined, for this reason.
    #[serde(default)]
    pub declines: Option<String>,
}
