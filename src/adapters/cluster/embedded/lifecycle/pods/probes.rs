//! Probes: when they look, and what follows from what they see.
//!
//! A probe that passes is not simulated look by look: its next look is planned only while its verdict is open or what it
//! sees differs from its verdict, so that a healthy pod has nothing due.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::events::{Report, Source, report};
use super::super::node::{self, Probe, Start};
use super::super::turn::Turn;
use super::super::values;
use super::kubelet::Part;
use super::seen::{Container, Run, State, Tally};

const FIRST: SignedDuration = SignedDuration::from_millis(300);

/// Lets the probes of a running container look, and says when the next does.
pub fn look(turn: &mut Turn, part: &Part, container: &mut Container, env: &BTreeMap<String, String>) -> Option<Timestamp> {
    let State::Running {
        since, started, probes, ..
    } = &mut container.state
    else {
        return None;
    };
    let since = *since;
    let start = Start {
        pod: part.pod,
        container: part.container,
        env,
        to_end: part.to_end(),
    };
    let mut due = None;
    if !*started {
        let spec = part.container.get("startupProbe")?;
        let tally = probes.entry("startup".to_owned()).or_default();
        due = judge(turn, part, &start, Probe::Startup, spec, since, since, tally);
        match tally.passes {
            Some(true) => {
                *started = true;
                // Kept as the moment from which the other probes count.
                tally.next = Some(turn.at);
            }
            Some(false) => return kill(turn, part, container, &start, "startup", since),
            None => return due,
        }
    }
    // Without a startup probe the others count from the start of the container, else from when it passed.
    let from = probes.get("startup").and_then(|startup| startup.next).unwrap_or(since);
    if let Some(spec) = part.container.get("livenessProbe") {
        let tally = probes.entry("liveness".to_owned()).or_default();
        due = values::sooner(due, judge(turn, part, &start, Probe::Liveness, spec, since, from, tally));
        if tally.passes == Some(false) {
            return kill(turn, part, container, &start, "liveness", since);
        }
    }
    let mut is_ready = true;
    if let Some(spec) = part.container.get("readinessProbe") {
        let tally = probes.entry("readiness".to_owned()).or_default();
        due = values::sooner(due, judge(turn, part, &start, Probe::Readiness, spec, since, from, tally));
        is_ready = tally.passes == Some(true);
    }
    if let State::Running { ready, .. } = &mut container.state {
        *ready = is_ready;
    }
    due
}

fn number(spec: &Value, field: &str, usual: i64) -> i64 {
    values::int(spec, field).unwrap_or(usual)
}

/// One probe at this moment: looks if it is time, and plans its next look if one is needed.
#[allow(clippy::too_many_arguments)]
fn judge(
    turn: &mut Turn,
    part: &Part,
    start: &Start,
    which: Probe,
    spec: &Value,
    since: Timestamp,
    from: Timestamp,
    tally: &mut Tally,
) -> Option<Timestamp> {
    let running = turn.at.duration_since(since);
    let seen = node::probe(start, which, spec, running);
    let period = SignedDuration::from_secs(number(spec, "/periodSeconds", 10).max(1));
    let first = values::after(
        from,
        SignedDuration::from_secs(number(spec, "/initialDelaySeconds", 0)).saturating_add(FIRST),
    );
    if tally.passes == Some(true) && seen.is_ok() && tally.bad == 0 {
        tally.next = None;
        return None;
    }
    let due = *tally.next.get_or_insert_with(|| tick_after(first, period, turn.at));
    if due > turn.at {
        return Some(due);
    }
    count(turn, part, which, spec, tally, seen);
    let open = tally.passes != Some(true) || tally.bad > 0;
    tally.next = open.then(|| values::after(due, period));
    tally.next
}

/// The first look at or after now, on the probe's own rhythm.
fn tick_after(first: Timestamp, period: SignedDuration, now: Timestamp) -> Timestamp {
    if first >= now {
        return first;
    }
    let passed = now.duration_since(first).as_millis() / period.as_millis().max(1) + 1;
    let passed = i64::try_from(passed).unwrap_or(i64::MAX / 2);
    values::after(
        first,
        SignedDuration::from_millis(i64::try_from(period.as_millis()).unwrap_or(10_000).saturating_mul(passed)),
    )
}

/// Counts a look, and decides when the threshold is reached.
fn count(turn: &mut Turn, part: &Part, which: Probe, spec: &Value, tally: &mut Tally, seen: Result<(), String>) {
    match seen {
        Ok(()) => {
            tally.bad = 0;
            tally.good += 1;
            let enough = if which == Probe::Readiness {
                number(spec, "/successThreshold", 1)
            } else {
                1
            };
            if tally.good >= enough {
                tally.passes = Some(true);
            }
        }
        Err(why) => {
            tally.good = 0;
            tally.bad += 1;
            let name = match which {
                Probe::Startup => "Startup",
                Probe::Readiness => "Readiness",
                Probe::Liveness => "Liveness",
            };
            let message = format!("{name} probe failed: {why}");
            report(
                turn,
                part.pod,
                &Report::warning(Source::Kubelet, "Unhealthy", message).on(part.field()),
                1,
            );
            if tally.bad >= number(spec, "/failureThreshold", 3) {
                tally.passes = Some(false);
            }
        }
    }
}

/// Stops the container, because a probe says that it does not live.
fn kill(turn: &mut Turn, part: &Part, container: &mut Container, start: &Start, which: &str, since: Timestamp) -> Option<Timestamp> {
    let message = format!("Container {} failed {which} probe, will be restarted", part.name());
    report(
        turn,
        part.pod,
        &Report::normal(Source::Kubelet, "Killing", message).on(part.field()),
        1,
    );
    let grace = SignedDuration::from_secs(values::int(part.pod, "/spec/terminationGracePeriodSeconds").unwrap_or(30));
    let (takes, code) = node::stop(start, grace);
    let run = Run {
        since,
        until: values::after(turn.at, takes),
        code,
        reason: if code == 0 { "Completed" } else { "Error" }.to_owned(),
    };
    let until = run.until;
    container.state = State::Stopping { run };
    Some(until)
}
