//! Post-conditions on a Docker Engine: looked at until they hold, fail for good, or nothing moved for too long.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::end;
use crate::domain::{
    docker::{
        Logs,
        condition::{Check, OnEngine, REMOVES_ITSELF},
        short,
    },
    event::Event,
    execution::Execution,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    plan::Plan,
    ports::{
        engine::{Engine, Look},
        record::Record,
    },
    verification::{Observation, PostCondition, Verdict, Verification},
};

/// Between two looks.
const PACE: Duration = Duration::from_millis(150);

/// A container that was started must still run after this time: one that cannot work mostly ends at once.
const QUIET: Duration = Duration::from_secs(3);

/// How it is told that a container ended.
const ENDED: &str = "ended ";

/// Lines of the log of a container that ended, told with how it ended.
const LAST_WORDS: u64 = 5;

/// # Errors
/// `LostSight` when the engine could no longer be asked.
pub async fn verify(
    engine: &dyn Engine,
    record: &dyn Record,
    plan: &Plan,
    execution: &Execution,
    patience: Duration,
) -> Result<Verification> {
    let watch = Watch {
        engine,
        record,
        begun: Instant::now(),
        patience,
    };
    let mut observations = Vec::new();
    let mut left = None;
    let mut gone = false;
    for condition in &plan.verify {
        let PostCondition::Docker(wanted) = condition else { continue };
        let wanted = &made(wanted, execution);
        let (verdict, saw) = watch.until(condition, wanted).await?;
        // It ended, and removed itself or does so now: a container that goes on running holds otherwise.
        gone |= wanted.before.as_deref() == Some(REMOVES_ITSELF) && saw.starts_with(ENDED);
        if verdict != Verdict::Holds && left.is_none() {
            left = Some(format!("Not done: {} {}", wanted.object, saw.lines().next().unwrap_or_default()));
        }
        let observation = watch.observation(condition, verdict, saw);
        // Looking is not stopped by a record that cannot be written; changes are.
        let _ = record.record(Event::Progress {
            observation: observation.clone(),
        });
        observations.push(observation);
    }
    Ok(Verification {
        observations,
        findings: Vec::new(),
        left,
        gone,
    })
}

/// What was made by the change has an identity since: another of the same name is not what was asked for.
fn made(wanted: &OnEngine, execution: &Execution) -> OnEngine {
    let done = execution.done.iter().rev().find(|done| done.object.same_name(&wanted.object));
    let id = done.and_then(|done| done.object.uid.clone());
    match wanted.check {
        Check::Built | Check::Pulled => OnEngine {
            before: id,
            ..wanted.clone()
        },
        Check::Running | Check::Ran if wanted.object.uid.is_none() => OnEngine {
            object: ObjectRef {
                uid: id,
                ..wanted.object.clone()
            },
            ..wanted.clone()
        },
        _ => wanted.clone(),
    }
}

struct Watch<'a> {
    engine: &'a dyn Engine,
    record: &'a dyn Record,
    begun: Instant,
    patience: Duration,
}

/// What one look says.
enum Sight {
    Holds(String),
    /// Not yet.
    Pending(String),
    Fails(String),
}

impl Watch<'_> {
    async fn until(&self, condition: &PostCondition, wanted: &OnEngine) -> Result<(Verdict, String)> {
        let mut told = String::new();
        let mut moved = Instant::now();
        loop {
            let saw = match self.look(wanted).await? {
                Sight::Holds(saw) => return Ok((Verdict::Holds, saw)),
                Sight::Fails(saw) => return Ok((Verdict::Fails, saw)),
                Sight::Pending(saw) => saw,
            };
            if saw != told {
                let observation = self.observation(condition, Verdict::Pending, saw.clone());
                let _ = self.record.record(Event::Progress { observation });
                told = saw;
                moved = Instant::now();
            }
            if moved.elapsed() > self.patience.max(QUIET * 2) {
                return Ok((Verdict::Fails, told));
            }
            sleep(PACE).await;
        }
    }

    async fn look(&self, wanted: &OnEngine) -> Result<Sight> {
        let found = self.engine.look(&Look::Object(wanted.object.clone())).await;
        let found = found.map_err(|failure| lost(wanted, failure))?;
        let before = wanted.before.as_deref();
        let Some(found) = found else {
            return Ok(match wanted.check {
                Check::Gone => Sight::Holds("gone".to_owned()),
                Check::Ran if wanted.before.as_deref() == Some(REMOVES_ITSELF) => Sight::Fails(
                    "ended within the first seconds and is gone, as --rm asks for: with it its exit code and its log; without --rm both stay"
                        .to_owned(),
                ),
                _ => Sight::Fails("is not there any more".to_owned()),
            });
        };
        let id = text(&found, "/Id");
        Ok(match wanted.check {
            Check::Gone => Sight::Pending("is still there".to_owned()),
            Check::Tagged if id == before => Sight::Holds(format!("{} stands for {}", wanted.object.name, short(id.unwrap_or_default()))),
            Check::Tagged => Sight::Fails(format!("stands for {}", short(id.unwrap_or_default()))),
            Check::Built | Check::Pulled if id == before => {
                Sight::Holds(format!("{} is {}", wanted.object.name, short(id.unwrap_or_default())))
            }
            Check::Built | Check::Pulled => Sight::Fails(format!(
                "is {}, and not {}, which was made: somebody else gave it that name",
                short(id.unwrap_or_default()),
                before.map_or("the image", short)
            )),
            Check::Stopped => stopped(&found),
            Check::Running => self.running(wanted, &found, None).await,
            Check::Ran if ended_well(&found) => Sight::Holds(self.end(wanted, &found).await),
            Check::Ran => self.running(wanted, &found, None).await,
            Check::Restarted => self.running(wanted, &found, before).await,
        })
    }

    /// Runs, for a few seconds already.
    async fn running(&self, wanted: &OnEngine, container: &Value, before: Option<&str>) -> Sight {
        let since = text(container, "/State/StartedAt");
        let is = |pointer: &str| container.pointer(pointer).and_then(Value::as_bool) == Some(true);
        if before.is_some() && since == before {
            return Sight::Pending("has not begun anew yet".to_owned());
        }
        if is("/State/Restarting") {
            return Sight::Fails(format!(
                "ends and is started again and again; {}",
                self.end(wanted, container).await
            ));
        }
        if !is("/State/Running") {
            return match text(container, "/State/Status") {
                Some("created") => Sight::Pending("is not started yet".to_owned()),
                _ => Sight::Fails(self.end(wanted, container).await),
            };
        }
        let health = text(container, "/State/Health/Status");
        if health == Some("unhealthy") {
            return Sight::Fails("runs, and its health check fails".to_owned());
        }
        // By our own clock: the engine's may be another machine's.
        let long = self.begun.elapsed() >= QUIET;
        match (long, ports(container)) {
            (false, _) => Sight::Pending("runs; looking whether it stays so".to_owned()),
            (true, ports) if ports.is_empty() => {
                Sight::Holds(format!("{} runs, and still does after {} s", wanted.object.name, QUIET.as_secs()))
            }
            (true, ports) => Sight::Holds(format!(
                "{} runs, and still does after {} s; port {}",
                wanted.object.name,
                QUIET.as_secs(),
                ports.join(", ")
            )),
        }
    }

    /// How it ended: the exit code and the last lines of its log.
    async fn end(&self, wanted: &OnEngine, container: &Value) -> String {
        let code = container.pointer("/State/ExitCode").and_then(Value::as_i64).unwrap_or_default();
        let killed = container.pointer("/State/OOMKilled").and_then(Value::as_bool) == Some(true);
        let error = text(container, "/State/Error").filter(|error| !error.is_empty());
        let mut told = format!("{ENDED}with exit code {code}");
        if killed {
            told += ": it needed more memory than it may have";
        }
        if let Some(error) = error {
            told += &format!(": {error}");
        }
        for line in self.last_words(wanted).await {
            told += &format!("\n“{line}”");
        }
        told
    }

    async fn last_words(&self, wanted: &OnEngine) -> Vec<String> {
        let query = Logs {
            container: wanted.object.clone(),
            follow: false,
            since: None,
            tail: Some(LAST_WORDS),
        };
        let mut lines = Vec::new();
        if let Ok(mut feed) = self.engine.container_logs(&query).await {
            while let Some(Ok(line)) = feed.next().await {
                let line = crate::diagnostics::words::clean(&line.text);
                if !line.is_empty() {
                    lines.push(line);
                }
            }
        }
        lines
    }

    fn observation(&self, condition: &PostCondition, verdict: Verdict, saw: String) -> Observation {
        Observation {
            condition: condition.clone(),
            verdict,
            saw,
            millis: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn ended_well(container: &Value) -> bool {
    // One that removes itself may be seen on its way.
    let ended = matches!(text(container, "/State/Status"), Some("exited" | "removing" | "dead"));
    ended && container.pointer("/State/ExitCode").and_then(Value::as_i64) == Some(0)
}

fn stopped(container: &Value) -> Sight {
    if container.pointer("/State/Running").and_then(Value::as_bool) != Some(false) {
        return Sight::Pending("still runs".to_owned());
    }
    let code = container.pointer("/State/ExitCode").and_then(Value::as_i64).unwrap_or_default();
    Sight::Holds(format!("stopped, exit code {code}"))
}

/// `8080->80/tcp`, each once.
fn ports(container: &Value) -> Vec<String> {
    let ports = container.pointer("/NetworkSettings/Ports").and_then(Value::as_object);
    let mut told: Vec<String> = ports
        .into_iter()
        .flatten()
        .flat_map(|(inside, hosts)| {
            let hosts = hosts.as_array().into_iter().flatten();
            hosts
                .filter_map(|host| text(host, "/HostPort"))
                .map(move |host| format!("{host}->{inside}"))
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

fn lost(wanted: &OnEngine, failure: Failure) -> Failure {
    if failure.kind != FailureKind::Unreachable {
        return failure;
    }
    end::lost_change(&wanted.object, failure)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}
