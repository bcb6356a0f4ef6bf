//! What this machine has for the work: which parts there are, which can be used, why not, and what would help.

use serde::{Deserialize, Serialize};

use super::{errand::Isolation, place::Locality};

/// Everything that was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub parts: Vec<Part>,
    pub work: Vec<Work>,
}

impl Machine {
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// A cluster, an engine, a program or a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `cluster`, `docker`, `buildx`, `helm`, `kubectl`, `minikube`, `kind`, `gordon`, `docker-agent`, `kubectl-ai`,
    /// `kagent`, `model`; `playbooks` and `state` where something is wrong with them.
    pub name: String,
    pub state: PartState,
    /// As the part itself tells it, without a leading `v`.
    pub version: Option<String>,
    /// Why it cannot be used; a sentence without a full stop.
    pub why: Option<String>,
    /// What to do about it: each line stands alone, commands in it work when pasted.
    #[serde(default)]
    pub next: Vec<String>,
    /// Where the program is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kagent: Option<KagentFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelFacts>,
    /// Of a tool that is let work on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

impl Part {
    #[must_use]
    pub fn new(name: &str, state: PartState) -> Self {
        Self {
            name: name.to_owned(),
            state,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    #[must_use]
    pub fn then(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }
}

/// Whether a part can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    Usable,
    /// It is there, and something keeps it from being used.
    Unusable,
    /// It would do its work; this version of todo-agent gives it none.
    NotDriven,
    #[default]
    Absent,
}

/// What the kubeconfig and the cluster say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterFacts {
    /// The files that name clusters; none for the embedded one.
    pub kubeconfig: Vec<String>,
    pub context: String,
    /// All contexts of the kubeconfig.
    pub contexts: Vec<String>,
    pub namespace: String,
    pub server: String,
    /// What it is by the evidence of its nodes; `None` when it did not answer.
    pub locality: Option<Locality>,
    /// `None` when its nodes may not be seen.
    pub room: Option<Room>,
}

/// How large a cluster is, and how much of it is spoken for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub nodes: u32,
    pub nodes_ready: u32,
    pub cpu_millis: Amount,
    pub memory_bytes: Amount,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub allocatable: u64,
    /// What the pods request; `None` when not all pods could be seen.
    pub requested: Option<u64>,
}

impl Amount {
    /// What no pod has asked for.
    #[must_use]
    pub fn free(self) -> Option<u64> {
        self.requested.map(|requested| self.allocatable.saturating_sub(requested))
    }
}

/// What the Docker Engine says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// `unix:///var/run/docker.sock`.
    pub address: String,
    /// What named it: `DOCKER_HOST`, `context colima`, or `default`.
    pub named_by: String,
    /// `Docker Desktop 4.61.0`, when it is the engine of that.
    pub desktop: Option<String>,
    pub api_version: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KagentFacts {
    /// Whether its kinds are served; `None` when the cluster could not be asked.
    pub in_cluster: Option<bool>,
    /// Agents that are accepted and ready, as `namespace/name`.
    pub ready: Vec<String>,
    /// Agents in all.
    pub agents: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Names of the variables that hold keys; never the keys.
    pub keys: Vec<String>,
    /// `OPENAI_BASE_URL`, without user and password.
    pub base_url: Option<String>,
}

/// Who does one kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// `docker`, `kubernetes`, `analysis`.
    pub domain: String,
    /// `builtin`; `None` when nothing does it.
    pub by: Option<String>,
    /// `docker` or `cluster`: the part without which it cannot be done now; `None` beside no `by`: nothing does it in this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}
