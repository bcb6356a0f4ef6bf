//! The last words of containers that failed, for a snapshot.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;

use super::{
    analyzers::crash::{FailedContainer, failed_containers},
    fields::{name, namespace},
    snapshot::{LogTail, Snapshot},
    words::clean,
};
use crate::domain::{
    answer::Unseen,
    failure::{Failure, FailureKind},
    ports::observe::{LogQuery, Observe},
};

/// Lines of a failed container's log that are fetched.
const TAIL: u64 = 20;
/// Logs that are fetched at most; pods of one workload fail alike, and one example of each is enough.
const MOST_LOGS: usize = 16;
/// A log that does not come in this time is told as unseen.
const LOG_PATIENCE: Duration = Duration::from_secs(4);

/// The kubelet's answer, as if it were the log, for a file that was just removed (seen on 1.34).
const REMOVED: &str = "failed to try resolving symlinks in path";

pub(super) async fn fetch(observe: &dyn Observe, snapshot: &mut Snapshot) {
    let wanted = wanted_logs(snapshot);
    let tails = join_all(wanted.iter().map(|query| tail(observe, query))).await;
    for (query, tail) in wanted.into_iter().zip(tails) {
        match tail {
            Ok(lines) => snapshot.logs.push(LogTail {
                namespace: query.namespace,
                pod: query.pod,
                container: query.container,
                previous: query.previous,
                lines,
            }),
            Err(unseen) => snapshot.unseen.push(unseen),
        }
    }
}

/// One log for each failing container of each workload: of its pod with the most restarts.
fn wanted_logs(snapshot: &Snapshot) -> Vec<LogQuery> {
    let mut failed: Vec<_> = snapshot.live_pods().flat_map(|pod| failed_containers(pod, snapshot.now)).collect();
    failed.sort_by(|a, b| b.restarts.cmp(&a.restarts).then_with(|| name(a.pod).cmp(name(b.pod))));
    let mut seen = BTreeSet::new();
    let first = |found: &FailedContainer<'_>| {
        let owner = snapshot
            .workload_of(found.pod)
            .map_or_else(|| name(found.pod).to_owned(), |workload| workload.to_string());
        seen.insert((namespace(found.pod).to_owned(), owner, found.container.to_owned()))
    };
    let mut first = first;
    let wanted = failed
        .iter()
        .filter(|found| found.has_run)
        .filter(|found| first(found))
        .take(MOST_LOGS);
    wanted
        .map(|found| LogQuery {
            namespace: namespace(found.pod).to_owned(),
            pod: name(found.pod).to_owned(),
            container: found.container.to_owned(),
            follow: false,
            since_seconds: None,
            tail: Some(TAIL),
            previous: found.log_is_previous,
        })
        .collect()
}

async fn tail(observe: &dyn Observe, query: &LogQuery) -> std::result::Result<Vec<String>, Unseen> {
    let unseen = |why: String, forbidden: bool| Unseen {
        what: format!("the log of {}", query.pod),
        why,
        forbidden,
    };
    let read = async || {
        let mut feed = observe.logs(query).await?;
        let mut lines = Vec::new();
        while let Some(line) = feed.next().await {
            lines.push(clean(&line?.text));
        }
        Ok::<_, Failure>(lines)
    };
    // The run that was asked for has made room for a newer one since the pod was seen: asked again, that one answers.
    let read = async {
        let lines = read().await?;
        if lines.iter().any(|line| line.starts_with(REMOVED)) {
            read().await
        } else {
            Ok(lines)
        }
    };
    match tokio::time::timeout(LOG_PATIENCE, read).await {
        Ok(Ok(lines)) => Ok(lines),
        Ok(Err(failure)) => Err(unseen(clean(&failure.what), failure.kind == FailureKind::Forbidden)),
        Err(_) => Err(unseen("it did not come in time".to_owned(), false)),
    }
}
