//! Who does the work, and who was passed over.

use serde::{Deserialize, Serialize};

/// The engine that was chosen for an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// `builtin`, `kubectl-ai`, `gordon`, `kagent`, `model`.
    pub tool: String,
    pub version: Option<String>,
    /// Why this one: `the playbook prefers it`, `you asked for it`; nothing for the built-in engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Preferred tools that do not do it, with the reason, in the order of preference.
    pub passed_over: Vec<PassedOver>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    pub tool: String,
    pub reason: String,
    /// The tool is on this machine: the user would wonder why it is not used.
    pub found: bool,
    /// The request named it: the user would wonder even where it is not there.
    #[serde(default)]
    pub asked: bool,
}

/// The AI tools that requests and `--with` may name.
pub const TOOLS: [&str; 4] = ["gordon", "docker-agent", "kubectl-ai", "kagent"];

impl Route {
    /// An AI tool does it.
    #[must_use]
    pub fn is_ai(&self) -> bool {
        TOOLS.contains(&self.tool.as_str())
    }

    /// See [`full_name`].
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.tool, self.version.as_deref())
    }
}

/// `kubectl-ai 0.0.29`, as far as the version was found out.
#[must_use]
pub fn full_name(tool: &str, version: Option<&str>) -> String {
    version.map_or_else(|| tool.to_owned(), |version| format!("{tool} {version}"))
}
