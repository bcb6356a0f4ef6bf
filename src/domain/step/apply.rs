//! Files of objects.

use serde::{Deserialize, Serialize};

/// Makes the cluster have what the files say, by server-side apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// A file, a folder, or several with commas between.
    pub path: String,
    /// For objects that name none; `None`: the place's own.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Nothing is changed: the differences are the answer.
    #[serde(default)]
    pub only_show: bool,
}
