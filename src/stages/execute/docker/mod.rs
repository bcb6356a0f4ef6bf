//! What is read of a Docker Engine.

mod history;
mod inspect;
mod tables;
mod usage;

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use serde_json::Value;

use super::Execute;
use crate::domain::{
    answer::{Answer, LogsAnswer, Table},
    docker::{DockerStep, Logs, Noun},
    event::Event,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    ports::engine::Look,
};

impl Execute {
    pub(super) async fn on_engine(&self, step: &DockerStep) -> Result<Answer> {
        let now = Timestamp::now();
        match step {
            DockerStep::Containers(containers) => {
                let found = self.seen(&Look::Containers { all: containers.all }).await?;
                Ok(Answer::Table(tables::containers(&found, containers.all, now)))
            }
            DockerStep::Images(images) => {
                let mut found = self.seen(&Look::Images { all: false }).await?;
                if !images.unused {
                    return Ok(Answer::Table(tables::images(&found, images.of.as_deref(), now)));
                }
                tables::keep_unused(&mut found, &self.seen(&Look::Containers { all: true }).await?);
                let table = tables::images(&found, images.of.as_deref(), now);
                Ok(Answer::Table(Table {
                    of: format!("{} that no container uses", table.of),
                    ..table
                }))
            }
            DockerStep::Networks(_) => Ok(Answer::Table(tables::networks(&self.seen(&Look::Networks).await?))),
            DockerStep::Volumes(_) => Ok(Answer::Table(tables::volumes(&self.seen(&Look::Volumes).await?))),
            DockerStep::DiskUsage(_) => Ok(Answer::Table(usage::disk(&self.seen(&Look::DiskUsage).await?))),
            DockerStep::Engine(_) => Ok(Answer::Description(inspect::engine(&self.seen(&Look::Engine).await?))),
            DockerStep::Logs(logs) => self.container_logs(logs).await.map(Answer::Logs),
            DockerStep::Stats(stats) => self.stats(stats.container.as_ref()).await,
            DockerStep::Inspect(inspect) => {
                let found = self.engine.look(&Look::Object(inspect.object.clone())).await?;
                let found = found.ok_or_else(|| absent(&inspect.object))?;
                Ok(Answer::Description(inspect::of(&inspect.object, found, now)))
            }
            DockerStep::History(of) => {
                let (object, made) = (Look::Object(of.image.clone()), Look::History(of.image.clone()));
                let (image, layers) = join(self.engine.look(&object), self.engine.look(&made)).await;
                let image = image?.ok_or_else(|| absent(&of.image))?;
                let layers = layers?.unwrap_or_default();
                Ok(Answer::Description(history::of(&of.image, &image, &layers, of.advice)))
            }
            other => Err(Failure::new(
                FailureKind::Refused,
                format!("the step \"{}\" changes something: it needs a plan", other.name()),
            )),
        }
    }

    async fn seen(&self, look: &Look) -> Result<Value> {
        Ok(self.engine.look(look).await?.unwrap_or_default())
    }

    async fn container_logs(&self, logs: &Logs) -> Result<LogsAnswer> {
        let mut feed = self.engine.container_logs(logs).await?;
        let mut lines = 0;
        while let Some(line) = feed.next().await {
            self.record.record(Event::Line { line: line? })?;
            lines += 1;
        }
        Ok(LogsAnswer {
            workload: logs.container.clone(),
            pods: Vec::new(),
            lines,
            read: None,
            missing: Vec::new(),
        })
    }

    /// Measured all at once: each takes a second.
    async fn stats(&self, of: Option<&ObjectRef>) -> Result<Answer> {
        let meant = match of {
            Some(one) => vec![one.clone()],
            None => {
                let running = self.seen(&Look::Containers { all: false }).await?;
                running.as_array().into_iter().flatten().map(tables::container_ref).collect()
            }
        };
        let looks: Vec<Look> = meant.iter().cloned().map(Look::Stats).collect();
        let found = join_all(looks.iter().map(|look| self.engine.look(look))).await;
        let mut measured = Vec::new();
        for (container, stats) in meant.iter().zip(found) {
            measured.push((container.clone(), stats?.unwrap_or_default()));
        }
        Ok(Answer::Table(usage::containers(&measured)))
    }
}

fn absent(object: &ObjectRef) -> Failure {
    let list = match Noun::of(object) {
        Some(Noun::Container) => "docker ps -a",
        Some(Noun::Image) => "docker images",
        Some(Noun::Network) => "docker network ls",
        _ => "docker volume ls",
    };
    Failure::new(FailureKind::NotFound, format!("{object} is not there any more"))
        .hint(format!("`todo-agent \"{list}\"` shows which there are"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
