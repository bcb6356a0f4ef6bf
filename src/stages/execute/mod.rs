//! Does an approved plan: its changes through the gated client, its reads through the observing port.

mod describe;
mod docker;
pub mod errand;
mod events;
mod explain;
mod facts;
mod helm;
mod history;
mod logs;
mod manifest;
mod readers;
mod reads;
mod relatives;
mod rights;
mod usage;
mod variables;
mod watch;
mod who_can;

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use self::errand::Outfit;
use crate::domain::{
    answer::Answer,
    event::Event,
    execution::{Done, Execution},
    failure::Result,
    mask::HIDDEN,
    plan::{Approved, Change, How, Plan},
    ports::{drive::Drive, engine::Engine, observe::Observe, record::Record},
    step::Step,
    undo::{Announcement, Lasting, Reversal},
};

#[allow(missing_debug_implementations)]
pub struct Execute {
    observe: Arc<dyn Observe>,
    drive: Arc<dyn Drive>,
    engine: Arc<dyn Engine>,
    record: Arc<dyn Record>,
    outfit: Outfit,
}

impl Execute {
    #[must_use]
    pub fn new(observe: Arc<dyn Observe>, drive: Arc<dyn Drive>, engine: Arc<dyn Engine>, record: Arc<dyn Record>) -> Self {
        Self {
            observe,
            drive,
            engine,
            record,
            outfit: Outfit::default(),
        }
    }

    /// The same, which can let AI tools work.
    #[must_use]
    pub fn through(self, outfit: Outfit) -> Self {
        Self { outfit, ..self }
    }

    /// Does all of it in order and stops at the first failure, which is part of the result: what was done before it
    /// stays told.
    /// What lasts until somebody ends it ends after `limit`, where there is one.
    pub async fn execute(&self, plan: &Approved<Plan>, limit: Option<Duration>) -> Execution {
        let mut execution = Execution {
            done: Vec::new(),
            answers: Vec::new(),
            failure: None,
        };
        if let Err(failure) = self.run(plan, limit, &mut execution).await {
            execution.failure = Some(failure);
        }
        execution
    }

    async fn run(&self, plan: &Approved<Plan>, limit: Option<Duration>, execution: &mut Execution) -> Result<()> {
        let changes: Vec<usize> = (0..plan.get().changes.len())
            .filter(|&index| plan.get().changes[index].is_sent())
            .collect();
        self.change(plan, &changes, execution).await?;
        for (index, step) in plan.get().reads.iter().enumerate() {
            // What is waited for are conditions: they are watched after this.
            if matches!(step, Step::Wait(_)) {
                continue;
            }
            let limit = limit.filter(|_| step.follows() && !matches!(step, Step::Forward(_)));
            if let Some(limit) = limit {
                match tokio::time::timeout(limit, self.read(step)).await {
                    Ok(ended) => drop(ended?),
                    Err(_) => self.record.record(Event::Note {
                        text: format!("Ended after {} s: --timeout.", limit.as_secs()),
                    })?,
                }
                continue;
            }
            let answer = match step {
                Step::Forward(_) => Answer::Forward(self.drive.forward(plan, index).await?),
                step => self.read(step).await?,
            };
            self.record.record(Event::Answered {
                answer: Box::new(hidden(answer.clone())),
            })?;
            execution.answers.push(answer);
        }
        Ok(())
    }

    /// Those of its changes, in their order.
    async fn change(&self, plan: &Approved<Plan>, changes: &[usize], execution: &mut Execution) -> Result<()> {
        let announced = Announcement::make();
        if !changes.is_empty() {
            self.record.record(Event::Changing {
                announced: Some(announced),
                title: plan.get().title.clone(),
                cluster: plan.get().place.uid.clone(),
                reversals: reversals(plan.get(), changes),
                lasting: lasting(plan.get(), changes),
            })?;
        }
        for &index in changes {
            let done = match self.drive.apply(plan, index).await {
                Ok(done) => done,
                Err(failure) => {
                    if let Some(gone) = self.only_gone(&plan.get().changes[index]).await {
                        let _ = self.record.record(Event::Did { done: gone.clone() });
                        execution.done.push(gone);
                    }
                    return Err(failure);
                }
            };
            // The change is made: a record that fails now must not hide it.
            let recorded = self.record.record(Event::Did { done: done.clone() });
            execution.done.push(done);
            recorded?;
        }
        self.record.settle(announced, true);
        Ok(())
    }
}

impl Execute {
    /// Half of a replacement is a change too: what was to be replaced goes or has gone, and nothing has come in its place.
    async fn only_gone(&self, change: &Change) -> Option<Done> {
        let object = &change.draft.object;
        let How::Replace(_) = change.draft.how else { return None };
        let now = self.observe.get(object).await.ok()?;
        let stays = now.is_some_and(|now| now.pointer("/metadata/deletionTimestamp").is_none());
        (!stays).then(|| Done {
            object: object.clone(),
            what: "taken away".to_owned(),
            changed: Vec::new(),
            millis: 0,
            after: Value::Null,
        })
    }
}

fn reversals(plan: &Plan, of: &[usize]) -> Vec<Reversal> {
    of.iter()
        .filter_map(|index| plan.changes.get(*index))
        .filter(|change| change.is_sent())
        .filter_map(|change| change.reversal.clone())
        .collect()
}

fn lasting(plan: &Plan, of: &[usize]) -> Vec<Lasting> {
    let changes = of.iter().filter_map(|index| plan.changes.get(*index));
    changes.filter_map(Change::lasting).collect()
}

/// Values of Secrets leave no stage.
fn hidden(mut answer: Answer) -> Answer {
    if let Answer::Description(description) = &mut answer
        && description.object.kind.kind == "Secret"
    {
        hide_secret(&mut description.manifest);
    }
    answer
}

/// Its keys stay; what it was made from, too, is hidden.
fn hide_secret(secret: &mut Value) {
    if let Some(manifest) = secret.as_object_mut() {
        for part in ["data", "stringData"] {
            if let Some(Value::Object(data)) = manifest.get_mut(part) {
                data.values_mut().for_each(|value| *value = Value::from(HIDDEN));
            }
        }
        if let Some(Value::Object(annotations)) = manifest.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations")) {
            annotations.retain(|key, _| key != "kubectl.kubernetes.io/last-applied-configuration");
        }
    }
}
