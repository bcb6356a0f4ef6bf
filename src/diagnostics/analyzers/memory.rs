//! The kernel killed a container that used more memory than its limit.

use serde_json::Value;

use super::{
    Analyzer,
    crash::{failed_containers, which},
};
use crate::diagnostics::{
    catalog::MEMORY,
    fields::{list, text},
    judge::Found,
    snapshot::Snapshot,
    words::{clean, counted},
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet"],
    logs: true,
    judge,
};

/// From this many restarts on, waiting does not help.
const MANY: u32 = 3;

/// The end of a run that the kernel's memory limit brought about.
pub fn is_out_of_memory(end: &Value) -> bool {
    text(end, "/reason") == Some("OOMKilled")
}

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let mut found = Vec::new();
    for pod in snapshot.live_pods() {
        for one in failed_containers(pod, snapshot.now)
            .into_iter()
            .filter(|one| is_out_of_memory(one.end))
        {
            let which = which(pod, one.container);
            let what = match limit(pod, one.container) {
                Some(limit) => format!("{which}out of memory: killed at its limit of {limit}"),
                None => format!("{which}out of memory: killed, it has no limit of its own"),
            };
            let mut told = Found::new(MEMORY, snapshot, "Pod", pod, &what).lasting(!one.running && one.restarts >= MANY);
            told.weight = one.restarts;
            told.detail = (one.restarts > 0).then(|| counted(one.restarts as usize, "restart"));
            if let Some(line) = snapshot.last_lines(&one).last() {
                told = told.evidence(line);
            }
            found.push(told.hint("raise `resources.limits.memory`, or let the program use less"));
        }
    }
    found
}

fn limit(pod: &Value, container: &str) -> Option<String> {
    let all = list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers"));
    let mut own = all.filter(|c| text(c, "/name") == Some(container));
    own.find_map(|c| text(c, "/resources/limits/memory")).map(clean)
}
