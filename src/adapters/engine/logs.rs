//! Lines of a container's log as they come.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    time::{SystemTime, UNIX_EPOCH},
};

use bollard::{container::LogOutput, errors::Error, query_parameters::LogsOptionsBuilder};
use futures_util::{Stream, StreamExt};

use super::{Engine, endpoint::Endpoint, fault, look::id_or_name};
use crate::domain::{
    answer::LogLine,
    docker::Logs,
    failure::{Failure, FailureKind, Result},
    ports::Feed,
};

/// A longer line is given away in pieces.
const LONGEST: usize = 1024 * 1024;

impl Engine {
    /// # Errors
    /// The engine cannot be reached, or has no log of this container.
    pub async fn logs(&self, query: &Logs) -> Result<Box<dyn Feed<LogLine>>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let since = query.since.map_or(0, |seconds| now.saturating_sub(seconds));
        let options = LogsOptionsBuilder::default()
            .follow(query.follow)
            .stdout(true)
            .stderr(true)
            .since(i32::try_from(since).unwrap_or(i32::MAX))
            .tail(&query.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()))
            .build();
        let docker = self.docker.clone();
        let stream = docker.logs(id_or_name(&query.container), Some(options));
        Ok(Box::new(Lines {
            stream: Box::pin(stream),
            container: query.container.name.clone(),
            endpoint: self.endpoint.clone(),
            partial: [Vec::new(), Vec::new()],
            ready: VecDeque::new(),
            told: false,
            ended: false,
        }))
    }
}

struct Lines {
    stream: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    container: String,
    endpoint: Endpoint,
    /// Of standard output and of standard error: a line may come in pieces.
    partial: [Vec<u8>; 2],
    ready: VecDeque<String>,
    /// Something of it was read.
    told: bool,
    ended: bool,
}

impl Lines {
    fn take(&mut self, output: LogOutput) {
        let at = usize::from(matches!(output, LogOutput::StdErr { .. }));
        let Some(partial) = self.partial.get_mut(at) else { return };
        partial.extend_from_slice(&output.into_bytes());
        while let Some(end) = partial
            .iter()
            .position(|byte| *byte == b'\n')
            .or((partial.len() > LONGEST).then_some(LONGEST))
        {
            let mut line: Vec<u8> = partial.drain(..=end.min(partial.len() - 1)).collect();
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            self.ready.push_back(String::from_utf8_lossy(&line).into_owned());
        }
    }

    fn line(&self, text: String) -> LogLine {
        LogLine {
            pod: self.container.clone(),
            container: String::new(),
            text,
        }
    }

    /// What was told stays told; the engine went away behind it.
    fn broken(&self, error: Error) -> Failure {
        if self.told && fault::is_lost(&error) {
            let gone = fault::gone(&self.endpoint);
            return Failure::new(
                FailureKind::Failed,
                format!("the log of container/{} broke off: {}", self.container, gone.what),
            )
            .hint("See that the engine and the container are still there, then read on with `since`: \"… logs since 1m\".")
            .cause(error);
        }
        fault::failure(error, &self.endpoint, &format!("read the log of container/{}", self.container))
    }

    async fn advance(&mut self) -> Option<Result<LogLine>> {
        loop {
            if let Some(text) = self.ready.pop_front() {
                return Some(Ok(self.line(text)));
            }
            if self.ended {
                return None;
            }
            match self.stream.next().await {
                Some(Ok(output)) => {
                    self.told = true;
                    self.take(output);
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Some(Err(self.broken(error)));
                }
                None => {
                    self.ended = true;
                    for partial in &mut self.partial {
                        if !partial.is_empty() {
                            let text = String::from_utf8_lossy(partial).into_owned();
                            self.ready.push_back(text);
                        }
                    }
                }
            }
        }
    }
}

impl Feed<LogLine> for Lines {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Result<LogLine>>> + Send + '_>> {
        Box::pin(self.advance())
    }
}
