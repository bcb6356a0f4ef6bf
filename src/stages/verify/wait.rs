//! Waits for what something else brings about. Unlike a change that is verified it is not given up on before its time: what
//! fails now may be mended by whoever is at work on it.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::feeds::{Feeds, News};
use crate::{
    diagnostics::{
        Need, gather, judge, list,
        states::{pod_state, rollout},
        text,
        words::clean,
    },
    domain::{
        event::Event,
        failure::{Failure, FailureKind, Result},
        finding::{Finding, Severity},
        intent::Scope,
        kind::Kind,
        mask::HIDDEN,
        object::ObjectRef,
        ports::{
            observe::{Observe, Seen},
            record::Record,
        },
        step::{Readiness, Until},
        verification::{Observation, PostCondition, Verdict, Verification},
    },
};

/// Looking for causes must not take much longer than the wait itself.
const LOOK: Duration = Duration::from_secs(10);

/// How long the first answer may take where less time was given.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// Waits for one condition and adds what was seen to `whole`.
///
/// # Errors
/// It may not be looked at; the cluster does not answer; nothing of the kind can be waited for.
pub async fn until(
    observe: &Arc<dyn Observe>,
    record: &Arc<dyn Record>,
    condition: &PostCondition,
    patience: Duration,
    whole: &mut Verification,
) -> Result<()> {
    let PostCondition::Reaches(wanted) = condition else { return Ok(()) };
    let until = Until::parse(wanted.until.as_deref(), wanted.gone)?;
    let patience = wanted.timeout.map_or(patience, Duration::from_secs);
    let begun = Instant::now();
    let (mut feeds, mut hear) = Feeds::new(observe);
    feeds.watch_object(0, &wanted.object);
    let mut sight = Sight {
        object: &wanted.object,
        now: None,
        known: false,
        silent: None,
    };
    let mut told = String::new();
    let end = loop {
        let (holds, saw) = sight.look(&until);
        let observation = |verdict| Observation {
            condition: condition.clone(),
            verdict,
            saw: saw.clone(),
            millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        if holds {
            break observation(Verdict::Holds);
        }
        // However short the time: it is looked at once, as kubectl does.
        let limit = if sight.known { patience } else { patience.max(FIRST_LOOK) };
        if begun.elapsed() >= limit {
            if let Some(failure) = sight.silent {
                return Err(failure);
            }
            let mut observation = observation(Verdict::Fails);
            if observation.saw.is_empty() {
                observation.saw = format!("{} could not be looked at in time", wanted.object);
            }
            break observation;
        }
        if saw != told && !saw.is_empty() {
            // Looking is not stopped by a record that cannot be written; changes are.
            let _ = record.record(Event::Progress {
                observation: observation(Verdict::Pending),
            });
            told = saw;
        }
        tokio::select! {
            biased;
            news = hear.recv() => if let Some(news) = news { sight.take(news)? },
            () = sleep_until(begun + limit) => {}
        }
    };
    let _ = record.record(Event::Progress { observation: end.clone() });
    if end.verdict == Verdict::Fails {
        whole.left = Some(format!(
            "Not done: waited {} s for {} to {}",
            patience.as_secs(),
            wanted.object,
            goal(&until, &wanted.object.kind)
        ));
        if sight.now.is_some() {
            whole.findings.extend(causes(observe, &wanted.object).await);
        }
    }
    whole.observations.push(end);
    Ok(())
}

/// What stands behind "waited for it to".
fn goal(until: &Until, kind: &Kind) -> String {
    match until {
        Until::Ready => match Readiness::of(kind) {
            Readiness::Condition("Complete") => "be complete".to_owned(),
            Readiness::Phase(phase) => format!("be {phase}"),
            Readiness::There => "be there".to_owned(),
            _ => "be ready".to_owned(),
        },
        Until::Created => "be made".to_owned(),
        Until::Gone => "be gone".to_owned(),
        Until::Condition { name, status } if status.eq_ignore_ascii_case("true") => format!("have the condition {}", clean(name)),
        Until::Condition { name, status } => format!("have {}={}", clean(name), clean(status)),
        Until::Field { path, value: Some(value) } => format!("have {} {}", clean(&path.to_string()), clean(value)),
        Until::Field { path, value: None } => format!("have {}", clean(&path.to_string())),
    }
}

async fn causes(observe: &Arc<dyn Observe>, object: &ObjectRef) -> Vec<Finding> {
    let gathered = tokio::time::timeout(LOOK, gather(&**observe, &Scope::default(), Some(object), &Need::findings())).await;
    let Ok(Ok(snapshot)) = gathered else { return Vec::new() };
    let mut findings = judge(&snapshot);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        findings.retain(|finding| finding.severity == Severity::Error);
    }
    findings
}

/// The object as far as it was seen.
struct Sight<'a> {
    object: &'a ObjectRef,
    now: Option<Value>,
    /// Whether it is there was told at least once.
    known: bool,
    silent: Option<Failure>,
}

impl Sight<'_> {
    fn take(&mut self, news: News) -> Result<()> {
        match news.seen {
            Ok(Seen::Is(object)) => {
                self.now = Some(object);
                self.known = true;
            }
            Ok(Seen::Gone(_)) => {
                self.now = None;
                self.known = true;
            }
            Ok(Seen::Complete) => self.known = true,
            Err(failure) if failure.kind == FailureKind::Unreachable => {
                self.silent = Some(failure);
                return Ok(());
            }
            Err(failure) => return Err(failure),
        }
        self.silent = None;
        Ok(())
    }

    /// Whether it is so, and what was seen.
    fn look(&self, until: &Until) -> (bool, String) {
        if self.silent.is_some() {
            return (false, "the cluster does not answer, waiting for it".to_owned());
        }
        if !self.known {
            return (false, String::new());
        }
        let Some(object) = &self.now else {
            return match until {
                Until::Gone => (true, format!("{} is gone", self.object)),
                _ => (false, format!("{} is not there", self.object)),
            };
        };
        let (holds, saw) = match until {
            // Another of the same name is not what was there.
            Until::Gone if self.object.uid.is_some() && self.object.uid.as_deref() != text(object, "/metadata/uid") => {
                (true, "is gone; another of this name is there".to_owned())
            }
            Until::Gone if object.pointer("/metadata/deletionTimestamp").is_some() => (false, "is being taken away".to_owned()),
            Until::Gone => (false, "is still there".to_owned()),
            Until::Created => (true, "is there".to_owned()),
            Until::Ready => ready(&self.object.kind, object),
            Until::Condition { name, status } => condition(name, status, object),
            Until::Field { path, value } => {
                let found = path.find(object).filter(|found| !found.is_null());
                let is = found.map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
                let holds = match value {
                    Some(value) => is.as_ref() == Some(value),
                    None => is.is_some(),
                };
                let shown = match (&self.object.kind.kind, is) {
                    (kind, Some(_)) if kind == "Secret" => HIDDEN.to_owned(),
                    (_, Some(is)) => clean(&is),
                    (_, None) => "not there".to_owned(),
                };
                (holds, format!("{} is {shown}", clean(&path.to_string())))
            }
        };
        (holds, format!("{}: {saw}", self.object))
    }
}

/// Whether it is ready, in the way of its kind.
fn ready(kind: &Kind, object: &Value) -> (bool, String) {
    match Readiness::of(kind) {
        Readiness::Rollout => {
            let rollout = rollout(kind, object);
            (rollout.complete, rollout.words)
        }
        Readiness::Pod => {
            let state = pod_state(object);
            // A pod that did its work and ended is never ready again.
            let words = if state.ready {
                format!("{}, ready", state.status)
            } else {
                format!("{}, not ready", state.status)
            };
            (state.ready, words)
        }
        Readiness::Condition(name) => condition(name, "True", object),
        Readiness::Phase(wanted) => {
            let phase = text(object, "/status/phase").unwrap_or("unknown");
            (phase == wanted, phase.to_owned())
        }
        Readiness::There => (true, "is there".to_owned()),
        Readiness::Told => condition(Readiness::told(object), "True", object),
    }
}

/// A condition of the status, if the controller has seen the newest specification (as `kubectl wait` reads it, 1.34).
fn condition(name: &str, status: &str, object: &Value) -> (bool, String) {
    let found = list(object, "/status/conditions")
        .iter()
        .find(|one| text(one, "/type").is_some_and(|of| of.eq_ignore_ascii_case(name)));
    let Some(found) = found else {
        return (false, format!("has no condition {}", clean(name)));
    };
    let is = text(found, "/status").unwrap_or_default();
    let number = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
    let observed = number(found, "/observedGeneration").or_else(|| number(object, "/status/observedGeneration"));
    let generation = number(object, "/metadata/generation").unwrap_or(0);
    if observed.is_some_and(|observed| observed < generation) {
        return (false, "waiting for the controller to see the change".to_owned());
    }
    let reason = text(found, "/reason").map_or_else(String::new, |reason| format!(" ({})", clean(reason)));
    let name = text(found, "/type").unwrap_or(name);
    (is.eq_ignore_ascii_case(status), format!("{} is {}{reason}", clean(name), clean(is)))
}
