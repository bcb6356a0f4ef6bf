//! Work that is given to an AI tool, and what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    execution::Done,
    grant::Grant,
    held::{AsSent, HeldCall},
    place::Place,
    plan::Change,
    risk::Risk,
    route,
};

/// What is sent to a tool, to the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub tool: String,
    /// `change`, `question`, `task`.
    pub purpose: String,
    /// Of the template.
    pub version: u32,
    /// The template: a name inside the program, or the path of the user's own.
    pub file: String,
    pub text: String,
}

/// What the user set for a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// As the tool calls it: `gemini`, `openai`, …
    pub provider: Option<String>,
    pub model: Option<String>,
}

/// What a tool is kept from while it works, by the system that it runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Files that are not programs, its own or everybody's: homes, keys, kubeconfigs; and what other processes hold.
    pub files: bool,
    /// Sockets of other programs of this machine, as Docker's.
    pub sockets: bool,
    /// Ports of TCP that are not the gate's, its model's or those of the web.
    pub ports: bool,
    /// Processes that it did not start: it cannot end them.
    pub signals: bool,
    /// Its model is reached on port 80, which is then open on every host: also where a cloud hands its machines their credentials.
    #[serde(default)]
    pub port_80: bool,
    /// Why not, where something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Isolation {
    /// Whether it is all that `other` is.
    #[must_use]
    pub const fn holds(&self, other: &Self) -> bool {
        (self.files || !other.files) && (self.sockets || !other.sockets) && (self.ports || !other.ports) && (self.signals || !other.signals)
    }

    /// To be said behind "it runs".
    #[must_use]
    pub fn words(&self) -> String {
        match (self.files, self.sockets) {
            (true, true) => {}
            (true, false) => return "not isolated: it could reach Docker past the question".to_owned(),
            (false, true) => return "not isolated: it could reach your kubeconfig past the question".to_owned(),
            (false, false) => return "not isolated: it could reach your kubeconfig and Docker past the question".to_owned(),
        }
        let open = match (self.ports, self.port_80) {
            (false, _) => Some("not from servers on ports of this machine"),
            (true, true) => Some("not from port 80 of any host, where a cloud hands its machines credentials"),
            (true, false) => None,
        };
        let ends = (!self.signals).then_some("it could end other programs of yours");
        let missing: Vec<&str> = open.into_iter().chain(ends).collect();
        match missing.as_slice() {
            [] => "isolated".to_owned(),
            missing => format!("isolated, but {}", missing.join(", and ")),
        }
    }
}

/// A tool that can be given work now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// As the tool itself tells it.
    pub version: Option<String>,
    pub isolation: Isolation,
}

/// What passes of all that a tool tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nothing but reads, and nobody is asked.
    Looks,
    /// The same; the changes that it tries are its proposals.
    Proposes,
    /// Reads and what was granted; somebody is asked for the rest.
    Works,
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    pub prompt: Prompt,
    pub place: Place,
    /// What may pass without a further word.
    pub grants: Vec<Grant>,
    pub leave: Leave,
    /// Time that is spent waiting for somebody's yes does not count.
    pub limit: Duration,
}

/// A call that a tool tries and that nobody approved. It waits for a yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asks {
    pub tool: String,
    /// `patch deployments/todo-backend`.
    pub what: String,
    pub namespace: Option<String>,
    pub risk: Risk,
    /// What the server says that it would change; nothing where that could not be tried, or where it is no change.
    pub change: Option<Box<Change>>,
    /// The call itself, where a change is not all that there is to see of it. Values of Secrets are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AsSent>,
    /// What would be run in a container.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Why it does not pass by itself.
    pub why: String,
}

impl Asks {
    /// Whose name stands in the call: `a` of `create pods/a/eviction`; where it has none yet, its kind.
    #[must_use]
    pub fn named(&self) -> &str {
        let target = self.what.split_once(' ').map_or(self.what.as_str(), |(_, target)| target);
        match target.strip_prefix('/') {
            // No resource.
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => target.split('/').nth(1).unwrap_or(target),
        }
    }
}

/// The answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    Allowed,
    /// Somebody said no.
    Declined,
    /// Somebody said no, and that the tool is to stop: the built-in engine does what is left of what was approved.
    Stopped,
    /// A rule said no.
    Refused {
        reason: String,
    },
}

/// What a tool did and said. Nothing of it is proven.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    pub tool: String,
    pub version: Option<String>,
    /// Why it did not come to its end; `None` when it says that it did.
    pub failed: Option<String>,
    /// Its last words, plain.
    pub said: String,
    pub commands: Vec<ToolCommand>,
    /// In the tokens of its model, as far as that tells.
    pub usage: Option<Usage>,
    /// Changes that went through, because they were approved or somebody said yes.
    pub passed: u32,
    /// Calls that did not.
    pub refused: u32,
    pub millis: u64,
    /// Changes that it was let try as proposals, as they would be.
    #[serde(skip)]
    pub proposals: Vec<HeldCall>,
    /// Those that went through, as the server answered them.
    #[serde(skip)]
    pub done: Vec<Done>,
}

impl Work {
    /// See [`route::full_name`].
    #[must_use]
    pub fn full_name(&self) -> String {
        route::full_name(&self.tool, self.version.as_deref())
    }
}

/// One command that a tool ran, as it tells it itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCommand {
    pub command: String,
    pub exit_code: Option<i64>,
    /// The beginning of what it printed.
    pub out: String,
    pub err: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub sent: u64,
    pub received: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_an_isolation_is_in_its_words() {
        let whole = Isolation {
            files: true,
            sockets: true,
            ports: true,
            signals: true,
            ..Isolation::default()
        };
        let words = |ports, signals| {
            let isolation = Isolation {
                ports,
                signals,
                ..whole.clone()
            };
            isolation.words()
        };
        let on_port_80 = Isolation {
            port_80: true,
            ..whole.clone()
        };
        assert_eq!(
            on_port_80.words(),
            "isolated, but not from port 80 of any host, where a cloud hands its machines credentials"
        );
        let only_sockets = Isolation {
            sockets: true,
            ..Isolation::default()
        };
        assert_eq!(
            only_sockets.words(),
            "not isolated: it could reach your kubeconfig past the question"
        );
        assert_eq!(words(true, true), "isolated");
        assert_eq!(words(true, false), "isolated, but it could end other programs of yours");
        assert_eq!(words(false, true), "isolated, but not from servers on ports of this machine");
        assert_eq!(
            words(false, false),
            "isolated, but not from servers on ports of this machine, and it could end other programs of yours"
        );
        assert_eq!(
            Isolation::default().words(),
            "not isolated: it could reach your kubeconfig and Docker past the question"
        );
    }
}
