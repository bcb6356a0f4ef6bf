//! What a read tells. `front` renders these; `--output json` prints them as they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{docker::Noun, finding::Finding, kind::Kind, object::ObjectRef, sizing::SizingAnswer};

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

    /// What it says is wrong.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Overview(overview) => &overview.findings,
            Self::Description(description) => &description.findings,
            Self::Health(health) => &health.findings,
            Self::Rollout(rollout) => &rollout.findings,
            Self::Table(_) | Self::Logs(_) | Self::Events(_) | Self::Sizing(_) | Self::Text(_) | Self::Forward(_) => &[],
        }
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

/// Words of a status column that need no attention. Other words do.
const WELL: [&str; 18] = [
    "Running",
    "Completed",
    "Succeeded",
    "Complete",
    "Active",
    "Bound",
    "Available",
    "Ready",
    "Terminating",
    "Gone",
    "ContainerCreating",
    "PodInitializing",
    "Pending",
    "Normal",
    "Deployed",
    "True",
    "Established",
    "",
];

impl Table {
    /// True when a column whose meaning is known says that something is wrong: a status, or `1/2` ready. A pod that has
    /// just been created counts as well while it starts.
    #[must_use]
    pub fn is_unwell(&self, row: &Row) -> bool {
        let cell = |head: &str| self.cell(row, head);
        let status = cell("status").unwrap_or_default();
        let status_unwell = !status.split(',').all(|word| WELL.contains(&word.trim()));
        let finished = matches!(status, "Completed" | "Succeeded" | "Complete" | "Terminating");
        let starting = matches!(status, "ContainerCreating" | "PodInitializing" | "Pending");
        let ready = cell("ready").and_then(|ready| ready.split_once('/'));
        let unready = ready.is_some_and(|(now, all)| now.parse::<u32>().ok() < all.parse::<u32>().ok());
        status_unwell || (unready && !finished && !starting) || cell("type") == Some("Warning")
    }

    fn cell<'a>(&self, row: &'a Row, head: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(head))?;
        row.cells.get(at).map(String::as_str)
    }

    /// The objects of its rows as they are shown, what needs attention first; none where rows are no objects.
    #[must_use]
    pub fn objects(&self) -> Vec<ObjectRef> {
        // "running containers"
        let of_engine = Noun::ALL
            .into_iter()
            .find(|noun| self.of.rsplit(' ').next().is_some_and(|last| noun.kind().plural == last));
        let known = || Kind::well_known().into_iter().find(|kind| kind.plural == self.of);
        // An engine's networks, say, are no kind of a cluster; its containers are listed by their ids.
        let names = self
            .columns
            .iter()
            .find(|column| ["name", "names"].iter().any(|head| column.name.eq_ignore_ascii_case(head)));
        let (kind, name) = match (of_engine, names) {
            (Some(noun @ Noun::Container), Some(column)) => (noun.kind(), Some(column.name.as_str())),
            (Some(_), _) => return Vec::new(),
            (None, _) => match known() {
                Some(kind) => (kind, None),
                None => return Vec::new(),
            },
        };
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        if !self.ordered {
            rows.sort_by_key(|row| !self.is_unwell(row));
        }
        let object = |row: &Row| ObjectRef {
            namespace: row.namespace.clone().or_else(|| self.namespace.clone()).filter(|_| kind.namespaced),
            name: name.and_then(|head| self.cell(row, head)).unwrap_or(&row.name).to_owned(),
            kind: kind.clone(),
            uid: None,
        };
        rows.into_iter().map(object).collect()
    }
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
    /// Headings of the sections that were asked for; empty: all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
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
    /// Lines that were read, where only those that speak of an error are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
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

/// Words by which programs mark what went wrong, each as a whole word.
const OF_ERRORS: [&str; 12] = [
    "critical",
    "err",
    "error",
    "errors",
    "exception",
    "failed",
    "failure",
    "fatal",
    "panic",
    "panicked",
    "severe",
    "traceback",
];

impl LogLine {
    /// It says of itself that something went wrong.
    #[must_use]
    pub fn speaks_of_error(&self) -> bool {
        let mut words = self.text.split(|c: char| !c.is_ascii_alphanumeric());
        // `ValueError`, `NullPointerException`.
        let named = |word: &str| word.ends_with("Error") || word.ends_with("Exception");
        words.any(|word| named(word) || OF_ERRORS.iter().any(|error| word.eq_ignore_ascii_case(error)))
    }
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

#[cfg(test)]
mod tests;
