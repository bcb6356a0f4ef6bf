//! Logs of all pods of a workload, merged.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::sync::mpsc;

use super::{Execute, reads};
use crate::domain::{
    answer::{LogLine, LogsAnswer},
    event::Event,
    failure::{Failure, FailureKind, Result},
    ports::{
        Feed,
        observe::{LogQuery, Query, Seen},
    },
    step::Logs,
};

/// Lines that may wait between the readers and the screen: enough to keep both busy, little enough to stay small.
const WAITING_LINES: usize = 1024;

type Lines = mpsc::Sender<Result<LogLine>>;

impl Execute {
    /// Streams the lines as events while they come. Without `follow` the pods are told one after the other, each in
    /// its own order; with it, lines of all pods come as they are written, also of pods that start later.
    pub(super) async fn logs(&self, step: &Logs) -> Result<LogsAnswer> {
        let pods = self.pods_of(&step.workload).await?;
        if pods.is_empty() {
            return Err(
                Failure::new(FailureKind::NotFound, format!("{} has no pods: there is no log", step.workload))
                    .hint(format!("todo-agent \"why is {} not running\"", step.workload.name)),
            );
        }
        let mut answer = LogsAnswer {
            workload: step.workload.clone(),
            pods: Vec::new(),
            lines: 0,
            read: step.errors.then_some(0),
            missing: Vec::new(),
        };
        let read = if step.follow {
            self.follow(step, &pods, &mut answer).await?
        } else {
            self.dump(step, &pods, &mut answer).await?
        };
        if read == 0 && !answer.missing.is_empty() {
            return Err(unreadable(step, &answer.missing));
        }
        Ok(answer)
    }

    /// How many logs could be read.
    async fn dump(&self, step: &Logs, pods: &[Value], answer: &mut LogsAnswer) -> Result<usize> {
        let queries: Vec<LogQuery> = pods
            .iter()
            .map(|pod| queries(step, pod))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect();
        answer.pods = pods.iter().map(|pod| reads::text(pod, "/metadata/name")).collect();
        // One after the other: a stream that is open and not read takes the room of the connection from the one that is.
        let mut read = 0;
        for query in &queries {
            match self.observe.logs(query).await {
                Ok(feed) => {
                    self.drain(feed, answer).await?;
                    read += 1;
                }
                Err(failure) => miss(answer, &query.pod, failure.what),
            }
        }
        Ok(read)
    }

    async fn drain(&self, mut feed: Box<dyn Feed<LogLine>>, answer: &mut LogsAnswer) -> Result<()> {
        while let Some(line) = feed.next().await {
            self.tell_line(line?, answer)?;
        }
        Ok(())
    }

    fn tell_line(&self, line: LogLine, answer: &mut LogsAnswer) -> Result<()> {
        if let Some(read) = &mut answer.read {
            *read += 1;
            if !line.speaks_of_error() {
                return Ok(());
            }
        }
        answer.lines += 1;
        self.record.record(Event::Line { line })
    }

    /// Until nobody reads any more; of a pod, or where pods may not be watched, until its containers have ended. How many
    /// logs were read.
    async fn follow(&self, step: &Logs, pods: &[Value], answer: &mut LogsAnswer) -> Result<usize> {
        let (sender, mut lines) = mpsc::channel(WAITING_LINES);
        let mut readers = Readers::new();
        for pod in pods {
            self.attach(step, pod, &sender, &mut readers, answer).await?;
        }
        let mut pods = self.watch_pods(step).await?;
        loop {
            tokio::select! {
                Some(line) = lines.recv() => {
                    self.tell_line(line?, answer)?;
                }
                seen = next(&mut pods), if pods.is_some() => match seen {
                    Some(Ok(Seen::Is(pod))) if started(&pod) => self.attach(step, &pod, &sender, &mut readers, answer).await?,
                    Some(Ok(_)) => {}
                    Some(Err(failure)) if failure.kind == FailureKind::Forbidden => pods = None,
                    Some(Err(failure)) => return Err(failure),
                    None => pods = None,
                },
                () = tokio::time::sleep(std::time::Duration::from_millis(200)), if pods.is_none() => {
                    if readers.values().all(tokio::task::JoinHandle::is_finished) && lines.is_empty() {
                        return Ok(readers.len());
                    }
                }
            }
        }
    }

    /// Begins to read a pod's containers, each run of them once.
    async fn attach(&self, step: &Logs, pod: &Value, lines: &Lines, readers: &mut Readers, answer: &mut LogsAnswer) -> Result<()> {
        let name = reads::text(pod, "/metadata/name");
        if !started(pod) {
            if !answer.pods.contains(&name) {
                miss(answer, &name, "it has not started yet".to_owned());
            }
            return Ok(());
        }
        for mut query in queries(step, pod)? {
            let (run, has_begun) = Run::of(pod, &query.container);
            let is_again = readers.keys().any(|known| known.is_before(&run));
            // Until a new run has begun the log is that of the run before.
            if readers.contains_key(&run) || is_again && !has_begun {
                continue;
            }
            if is_again || !readers.is_empty() && answer.pods.iter().all(|known| *known != name) && answer.lines > 0 {
                // What came later is told from its first line.
                query.tail = None;
                query.since_seconds = None;
            }
            match self.observe.logs(&query).await {
                Ok(feed) => {
                    readers.insert(run, tokio::spawn(pump(feed, lines.clone())));
                    answer.missing.retain(|(pod, _)| *pod != name);
                    if !answer.pods.contains(&name) {
                        answer.pods.push(name.clone());
                    }
                }
                Err(failure) => miss(answer, &name, failure.what),
            }
        }
        Ok(())
    }

    async fn watch_pods(&self, step: &Logs) -> Result<Option<Box<dyn Feed<Seen>>>> {
        let query = if step.workload.kind.kind == "Pod" {
            return Ok(None);
        } else {
            let Some(selector) = self.selector_of(&step.workload).await? else {
                return Ok(None);
            };
            Query {
                labels: Some(selector),
                ..Query::all(crate::domain::kind::Kind::pod(), step.workload.namespace.clone())
            }
        };
        match self.observe.watch(&query).await {
            Err(failure) if failure.kind == FailureKind::Forbidden => Ok(None),
            watch => watch.map(Some),
        }
    }
}

type Readers = BTreeMap<Run, tokio::task::JoinHandle<()>>;

/// One run of a container: after a restart its log begins anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    pod_uid: String,
    container: String,
    restarts: u64,
}

impl Run {
    /// With whether it has begun.
    fn of(pod: &Value, container: &str) -> (Self, bool) {
        let statuses = ["containerStatuses", "initContainerStatuses"]
            .into_iter()
            .filter_map(|key| pod.pointer(&format!("/status/{key}"))?.as_array());
        let status = statuses.flatten().find(|status| reads::text(status, "/name") == container);
        let has = |state: &str| status.is_some_and(|status| status.pointer(&format!("/state/{state}")).is_some());
        let run = Self {
            pod_uid: reads::text(pod, "/metadata/uid"),
            container: container.to_owned(),
            restarts: status.and_then(|status| status["restartCount"].as_u64()).unwrap_or_default(),
        };
        (run, has("running") || has("terminated"))
    }

    fn is_before(&self, later: &Self) -> bool {
        self.pod_uid == later.pod_uid && self.container == later.container && self.restarts < later.restarts
    }
}

/// Once for each reason.
fn miss(answer: &mut LogsAnswer, pod: &str, why: String) {
    let missing = (pod.to_owned(), why);
    if !answer.missing.contains(&missing) {
        answer.missing.push(missing);
    }
}

async fn pump(mut feed: Box<dyn Feed<LogLine>>, lines: Lines) {
    while let Some(line) = feed.next().await {
        if lines.send(line).await.is_err() {
            return;
        }
    }
}

async fn next(pods: &mut Option<Box<dyn Feed<Seen>>>) -> Option<Result<Seen>> {
    match pods {
        Some(feed) => feed.next().await,
        None => None,
    }
}

fn started(pod: &Value) -> bool {
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    statuses.into_iter().flatten().any(|status| {
        let ran = |state: &str| {
            ["running", "terminated"]
                .iter()
                .any(|s| status.pointer(&format!("/{state}/{s}")).is_some())
        };
        ran("state") || ran("lastState")
    })
}

/// One query for each container that is meant.
fn queries(step: &Logs, pod: &Value) -> Result<Vec<LogQuery>> {
    let name = reads::text(pod, "/metadata/name");
    let list = |key: &str| {
        let containers = pod.pointer(&format!("/spec/{key}")).and_then(Value::as_array);
        containers
            .into_iter()
            .flatten()
            .map(|c| reads::text(c, "/name"))
            .collect::<Vec<_>>()
    };
    let containers = list("containers");
    let meant = match &step.container {
        None => containers,
        Some(wanted) if containers.contains(wanted) || list("initContainers").contains(wanted) => vec![wanted.clone()],
        Some(wanted) => {
            return Err(
                Failure::new(FailureKind::Usage, format!("pod/{name} has no container \"{wanted}\""))
                    .hint(format!("containers: {}", containers.join(", "))),
            );
        }
    };
    Ok(meant
        .into_iter()
        .map(|container| LogQuery {
            namespace: reads::text(pod, "/metadata/namespace"),
            pod: name.clone(),
            container,
            follow: step.follow,
            since_seconds: step.since,
            tail: step.tail,
            previous: step.previous,
        })
        .collect())
}

fn unreadable(step: &Logs, missing: &[(String, String)]) -> Failure {
    let reasons = missing.iter().map(|(pod, why)| format!("{pod}: {why}"));
    reasons.fold(
        Failure::new(FailureKind::Failed, format!("no log of {} can be read", step.workload)),
        |failure, reason| failure.hint(reason),
    )
}
