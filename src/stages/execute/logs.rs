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
            missing: Vec::new(),
        };
        if step.follow {
            self.follow(step, &pods, &mut answer).await?
        } else {
            self.dump(step, &pods, &mut answer).await?
        }
        if answer.lines == 0 && !answer.missing.is_empty() && answer.missing.len() >= answer.pods.len() {
            return Err(unreadable(step, &answer.missing));
        }
        Ok(answer)
    }

    async fn dump(&self, step: &Logs, pods: &[Value], answer: &mut LogsAnswer) -> Result<()> {
        let queries: Vec<LogQuery> = pods
            .iter()
            .map(|pod| queries(step, pod))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect();
        answer.pods = pods.iter().map(|pod| reads::text(pod, "/metadata/name")).collect();
        // One after the other: a stream that is open and not read takes the room of the connection from the one that is.
        for query in &queries {
            match self.observe.logs(query).await {
                Ok(feed) => answer.lines += self.drain(feed).await?,
                Err(failure) => answer.missing.push((query.pod.clone(), failure.what)),
            }
        }
        Ok(())
    }

    async fn drain(&self, mut feed: Box<dyn Feed<LogLine>>) -> Result<u64> {
        let mut lines = 0;
        while let Some(line) = feed.next().await {
            self.record.record(Event::Line { line: line? })?;
            lines += 1;
        }
        Ok(lines)
    }

    /// Until nobody reads any more, or all pods are gone.
    async fn follow(&self, step: &Logs, pods: &[Value], answer: &mut LogsAnswer) -> Result<()> {
        let (sender, mut lines) = mpsc::channel(WAITING_LINES);
        let mut readers: BTreeMap<String, tokio::task::JoinHandle<()>> = BTreeMap::new();
        for pod in pods {
            self.attach(step, pod, &sender, &mut readers, answer).await?;
        }
        let mut pods = self.watch_pods(step).await?;
        loop {
            tokio::select! {
                Some(line) = lines.recv() => {
                    self.record.record(Event::Line { line: line? })?;
                    answer.lines += 1;
                }
                seen = next(&mut pods), if pods.is_some() => match seen {
                    Some(Seen::Is(pod)) if started(&pod) => self.attach(step, &pod, &sender, &mut readers, answer).await?,
                    Some(_) => {}
                    None => pods = None,
                },
                () = tokio::time::sleep(std::time::Duration::from_millis(200)), if pods.is_none() => {
                    if readers.values().all(tokio::task::JoinHandle::is_finished) && lines.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Begins to read a pod's containers, unless that is done already.
    async fn attach(
        &self,
        step: &Logs,
        pod: &Value,
        lines: &Lines,
        readers: &mut BTreeMap<String, tokio::task::JoinHandle<()>>,
        answer: &mut LogsAnswer,
    ) -> Result<()> {
        let name = reads::text(pod, "/metadata/name");
        if !started(pod) {
            if !answer.pods.contains(&name) {
                answer.missing.push((name, "it has not started yet".to_owned()));
            }
            return Ok(());
        }
        for mut query in queries(step, pod)? {
            let key = format!("{name}/{}", query.container);
            if readers.contains_key(&key) {
                continue;
            }
            if !readers.is_empty() && answer.pods.iter().all(|known| *known != name) && answer.lines > 0 {
                // A pod that came later is told from its first line.
                query.tail = None;
            }
            match self.observe.logs(&query).await {
                Ok(feed) => {
                    readers.insert(key, tokio::spawn(pump(feed, lines.clone())));
                    answer.missing.retain(|(pod, _)| *pod != name);
                    if !answer.pods.contains(&name) {
                        answer.pods.push(name.clone());
                    }
                }
                Err(failure) => answer.missing.push((name.clone(), failure.what)),
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
        self.observe.watch(&query).await.map(Some)
    }
}

async fn pump(mut feed: Box<dyn Feed<LogLine>>, lines: Lines) {
    while let Some(line) = feed.next().await {
        if lines.send(line).await.is_err() {
            return;
        }
    }
}

async fn next(pods: &mut Option<Box<dyn Feed<Seen>>>) -> Option<Seen> {
    match pods {
        Some(feed) => feed.next().await.and_then(Result::ok),
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
