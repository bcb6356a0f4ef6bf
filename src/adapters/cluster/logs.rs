//! The log of one container, line by line.

use std::{future::Future, pin::Pin};

use super::{
    Cluster,
    api::{Ask, segment},
    fault::Fault,
    lines::Lines,
};
use crate::domain::{
    answer::LogLine,
    failure::{Failure, FailureKind, Result},
    ports::{Feed, observe::LogQuery},
    risk::Call,
};

/// A line that is longer is shown in pieces: one without end must not fill the memory.
const LONGEST_LINE: usize = 256 * 1024;

impl Cluster {
    pub(super) async fn read_logs(&self, query: &LogQuery) -> Result<Box<dyn Feed<LogLine>>> {
        let path = format!("/api/v1/namespaces/{}/pods/{}/log", segment(&query.namespace), segment(&query.pod));
        let flag = |on: bool| on.then_some("true");
        let ask = Ask::get(path)
            .with_some("container", Some(query.container.clone()).filter(|name| !name.is_empty()))
            .with_some("follow", flag(query.follow))
            .with_some("previous", flag(query.previous))
            .with_some("sinceSeconds", query.since_seconds.map(|seconds| seconds.max(1).to_string()))
            .with_some("tailLines", query.tail.map(|lines| lines.to_string()))
            .accept("*/*");
        let body = match self.api().open(&ask).await {
            Ok(body) => body,
            Err(fault) => return Err(self.failure(fault, &ask.call())),
        };
        Ok(Box::new(LogFeed {
            cluster: self.clone(),
            call: ask.call(),
            lines: Lines::new(body, LONGEST_LINE),
            pod: query.pod.clone(),
            container: query.container.clone(),
        }))
    }
}

struct LogFeed {
    cluster: Cluster,
    call: Call,
    lines: Lines,
    pod: String,
    container: String,
}

impl LogFeed {
    fn line(&self, bytes: Vec<u8>) -> LogLine {
        let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        LogLine {
            pod: self.pod.clone(),
            container: self.container.clone(),
            text,
        }
    }

    /// What ends a log that was being read is the connection, whatever broke it.
    fn failure(&self, fault: Fault) -> Failure {
        let Fault::Lost(lost) = fault else {
            return self.cluster.failure(fault, &self.call);
        };
        let what = format!("the log of pod/{} broke off: the server closed the connection", self.pod);
        let failure = Failure::new(FailureKind::Failed, what)
            .hint("See that the pod and the cluster are still there, then read on with `since`: \"… logs since 1m\".");
        lost.chain.into_iter().fold(failure, Failure::cause)
    }
}

impl Feed<LogLine> for LogFeed {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Result<LogLine>>> + Send + '_>> {
        Box::pin(async {
            match self.lines.next().await? {
                Ok(bytes) => Some(Ok(self.line(bytes))),
                Err(fault) => Some(Err(self.failure(fault))),
            }
        })
    }
}
