//! What a read tells. `front` renders these; `--output json` prints them as they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{finding::Finding, object::ObjectRef, sizing::SizingAnswer};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Overview(OverviewAnswer),
    Table(Table),
    Description(Description),
    Logs(LogsAnswer),
    Events(Vec<EventLine>),
    Health(HealthAnswer),
    Rollout(RolloutAnswer),
    Sizing(SizingAnswer),
    Text(TextAnswer),
    Forward(ForwardAnswer),
}

/// What a table of answers to yes-or-no questions is of.
pub const ANSWERS: &str = "answers";

impl Answer {
    /// It was asked whether something is so, and it is not.
    #[must_use]
    pub fn is_no(&self) -> bool {
        let Self::Table(table) = self else { return false };
        let says_no = |row: &Row| row.cells.first().is_some_and(|cell| cell == "no");
        table.of == ANSWERS && table.rows.iter().any(says_no)
    }
}

/// Ports were forwarded until somebody ended it; this is what is left to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardAnswer {
    pub of: ObjectRef,
    pub ports: Vec<ForwardedPort>,
    /// Pods that connections went to, in the order of their first.
    pub pods: Vec<String>,
    pub began: Timestamp,
    pub ended: Timestamp,
    pub connections: u64,
    /// Connections that no pod answered.
    pub failed: u64,
    /// Bytes to the pods.
    pub sent: u64,
    /// Bytes from the pods.
    pub received: u64,
}

/// One port of this machine and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedPort {
    /// `http://127.0.0.1:8080`.
    pub url: String,
    pub local: u16,
    /// Of the pod that was chosen first.
    pub pod_port: u16,
    pub pod: String,
}

/// Text that is the answer as it stands: objects as YAML or JSON, the explanation of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextAnswer {
    /// What it is about: `deployment/web`, `pods`, `deployment.spec.replicas`.
    pub of: String,
    /// `yaml`, `json`, `name`, `explanation`.
    pub format: String,
    pub text: String,
}

/// A table as the server prints it (`meta.k8s.io/v1 Table`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Plural of the kind, for "no pods in namespace todo".
    pub of: String,
    pub namespace: Option<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// The order of the rows was asked for: what needs attention does not come first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// Shown only when asked for more (priority above 0).
    pub wide: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub namespace: Option<String>,
    pub name: String,
    pub cells: Vec<String>,
}

/// Workloads of a namespace or app with their state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverviewAnswer {
    /// `None`: all namespaces.
    pub namespace: Option<String>,
    pub workloads: Vec<WorkloadState>,
    /// Pods that no workload here owns.
    pub lone_pods: Vec<PodState>,
    pub services: Vec<ServiceState>,
    pub findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

/// Something that an answer should rest on and that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// `secrets`, `the log of todo-backend-5f7c9-x8k2`.
    pub what: String,
    pub why: String,
    /// The user has no right to see it.
    pub forbidden: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadState {
    pub object: ObjectRef,
    pub desired: u32,
    pub ready: u32,
    pub updated: u32,
    pub available: u32,
    pub images: Vec<String>,
    pub created: Option<Timestamp>,
    pub pods: Vec<PodState>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodState {
    pub object: ObjectRef,
    /// As kubectl's STATUS column: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`.
    pub status: String,
    pub ready: bool,
    pub restarts: u32,
    pub created: Option<Timestamp>,
    pub node: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    pub object: ObjectRef,
    /// `ClusterIP`, `NodePort`, …
    pub kind: String,
    /// `7860`, `3000:30080`.
    pub ports: Vec<String>,
    /// Pods it selects that are ready; `None` for a service without a selector.
    pub endpoints: Option<u32>,
}

/// One object in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub object: ObjectRef,
    /// Facts in the order in which they should be read: (`Replicas`, `2 desired, 2 available`).
    pub facts: Vec<(String, String)>,
    /// Larger parts with a heading of their own.
    pub sections: BTreeMap<String, Vec<(String, String)>>,
    pub events: Vec<EventLine>,
    pub findings: Vec<Finding>,
    /// The object as the server returned it; values of Secrets replaced.
    pub manifest: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    pub at: Option<Timestamp>,
    /// `Normal` or `Warning`.
    pub kind: String,
    pub reason: String,
    /// `pod/todo-backend-5f7c9-x8k2`.
    pub object: String,
    pub namespace: Option<String>,
    pub message: String,
    pub count: u32,
}

/// Log lines were streamed as they came; this is what is left to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsAnswer {
    pub workload: ObjectRef,
    pub pods: Vec<String>,
    pub lines: u64,
    /// Pods whose log could not be read, with the reason.
    pub missing: Vec<(String, String)>,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub pod: String,
    pub container: String,
    pub text: String,
}

/// The answer to "is it healthy?" and "why does it fail?".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthAnswer {
    /// What was looked at, in words: `todo-backend`, `4 pods in default`.
    pub subject: String,
    pub workloads: Vec<WorkloadState>,
    pub lone_pods: Vec<PodState>,
    pub findings: Vec<Finding>,
    /// The user asked why: evidence is shown in full.
    pub explain: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutAnswer {
    pub state: WorkloadState,
    /// Nothing is left to do for the controller.
    pub complete: bool,
    /// `2 of 3 updated, 1 old replica left`.
    pub words: String,
    pub revision: Option<String>,
    pub findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}
