//! Cron jobs: a job at each moment of a schedule, and the end of old ones.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::schedule::Schedule;
use super::turn::{Turn, key};
use super::{admission, defaulting, ident, values};

const CONTROLLER: Source = Source::Controller("cronjob-controller");

/// Of the moments that passed while nobody looked, so many are made up for: what older ones left has been tidied away since.
const MADE_UP: usize = 20;

/// So many moments are counted at once; after them the rest waits for the next look.
const COUNTED: usize = 20_000;

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let cron = turn.get_key(at)?.clone();
    if values::deleting(&cron) {
        return None;
    }
    tidy(turn, &cron);
    let cron = turn.get_key(at)?.clone();
    if cron.pointer("/spec/suspend") == Some(&Value::Bool(true)) {
        return None;
    }
    let schedule = Schedule::read(values::text(&cron, "/spec/schedule")).ok()?;
    let zone = zone(values::text(&cron, "/spec/timeZone")).unwrap_or(TimeZone::UTC);
    let last = values::time(&cron, "/status/lastScheduleTime").unwrap_or_else(|| values::created(&cron));
    let due = next(turn, &schedule, &zone, last)?;
    if due > turn.at {
        return Some(due);
    }
    start(turn, &cron, due);
    schedule.after(due.max(turn.at), &zone)
}

/// The time zone of a name; none where there is no such.
pub fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() {
        Some(TimeZone::UTC)
    } else {
        TimeZone::get(name).ok()
    }
}

/// The first moment after the last that is not too long ago to be made up for.
fn next(turn: &Turn, schedule: &Schedule, zone: &TimeZone, last: Timestamp) -> Option<Timestamp> {
    let mut moments = std::collections::VecDeque::new();
    let mut at = last;
    for _ in 0..COUNTED {
        let Some(next) = schedule.after(at, zone) else { break };
        moments.push_back(next);
        if next > turn.world.now {
            break;
        }
        if moments.len() > MADE_UP {
            moments.pop_front();
        }
        at = next;
    }
    moments.front().copied()
}

fn jobs(turn: &Turn, cron: &Value) -> Vec<Value> {
    turn.controlled("Job", values::uid(cron)).into_iter().cloned().collect()
}

fn over(job: &Value) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|of| values::condition_is(job, of, "True"))
}

/// Takes ended jobs out of the status, and removes those that are too many.
fn tidy(turn: &mut Turn, cron: &Value) {
    let jobs = jobs(turn, cron);
    let mut new = cron.clone();
    let active = values::list(cron, "/status/active").to_vec();
    let mut still = Vec::new();
    for entry in active {
        let job = jobs.iter().find(|job| values::uid(job) == values::text(&entry, "/uid"));
        match (job, job.and_then(over)) {
            (Some(_), None) => still.push(entry),
            (Some(job), Some(how)) => {
                let message = format!("Saw completed job: {}, condition: {how}", values::name(job));
                report(turn, cron, &Report::normal(CONTROLLER, "SawCompletedJob", message), 1);
                if how == "Complete" {
                    let end = values::text(job, "/status/completionTime");
                    values::set(&mut new, &["status", "lastSuccessfulTime"], json!(end));
                }
            }
            (None, _) => {}
        }
    }
    if still.is_empty() {
        values::unset(&mut new, "/status", "active");
    } else {
        values::set(&mut new, &["status", "active"], Value::Array(still));
    }
    turn.put(new);
    for (how, limit) in [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")] {
        let Some(limit) = values::int(cron, &format!("/spec/{limit}")) else {
            continue;
        };
        let mut ended: Vec<&Value> = jobs.iter().filter(|job| over(job) == Some(how) && !values::deleting(job)).collect();
        ended.sort_by_key(|job| values::created(job));
        let many = ended.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for job in ended.into_iter().take(many) {
            turn.delete(&key(job));
            let message = format!("Deleted job {}", values::name(job));
            report(turn, cron, &Report::normal(CONTROLLER, "SuccessfulDelete", message), 1);
        }
    }
}

/// Makes the job of a moment, unless another of it still runs and that is not wanted, or it is too late.
fn start(turn: &mut Turn, cron: &Value, due: Timestamp) {
    let mut new = cron.clone();
    values::set(&mut new, &["status", "lastScheduleTime"], json!(values::stamp(due)));
    let late = values::int(cron, "/spec/startingDeadlineSeconds").is_some_and(|limit| values::after(due, values::seconds(limit)) < turn.at);
    if late {
        let message = format!(
            "Missed scheduled time to start a job: {}",
            due.strftime("%a, %d %b %Y %H:%M:%S +0000")
        );
        report(turn, cron, &Report::warning(CONTROLLER, "MissSchedule", message), 1);
        turn.put(new);
        return;
    }
    let mut active = values::list(cron, "/status/active").to_vec();
    match values::text(cron, "/spec/concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            report(turn, cron, &Report::normal(CONTROLLER, "JobAlreadyActive", message), 1);
            turn.put(new);
            return;
        }
        "Replace" => {
            for entry in active.drain(..) {
                turn.delete(&(
                    "Job".to_owned(),
                    values::namespace(cron).to_owned(),
                    values::text(&entry, "/name").to_owned(),
                ));
            }
        }
        _ => {}
    }
    let name = format!("{}-{}", values::name(cron), due.as_second() / 60);
    match make(turn, cron, &name, due) {
        Ok(job) => {
            active.push(json!({
                "apiVersion": "batch/v1", "kind": "Job", "name": name, "namespace": values::namespace(cron), "uid": values::uid(&job),
            }));
            values::set(&mut new, &["status", "active"], Value::Array(active));
            report(
                turn,
                cron,
                &Report::normal(CONTROLLER, "SuccessfulCreate", format!("Created job {name}")),
                1,
            );
        }
        Err(why) => report(
            turn,
            cron,
            &Report::warning(CONTROLLER, "FailedCreate", format!("Error creating job: {why}")),
            1,
        ),
    }
    turn.put(new);
}

fn make(turn: &mut Turn, cron: &Value, name: &str, due: Timestamp) -> Result<Value, String> {
    let template = cron.pointer("/spec/jobTemplate").cloned().unwrap_or_default();
    let mut metadata = json!({ "name": name, "namespace": values::namespace(cron) });
    for field in ["labels", "annotations"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
            values::set(&mut metadata, &[field], value.clone());
        }
    }
    let scheduled = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    values::set(&mut metadata, &["annotations", scheduled], json!(values::stamp(due)));
    values::set(&mut metadata, &["ownerReferences"], json!([values::owner_reference(cron)]));
    // A job's selector follows from its uid.
    let uid = ident::uuid(&["Job", values::uid(cron), name]);
    values::set(&mut metadata, &["uid"], json!(uid));
    values::set(&mut metadata, &["creationTimestamp"], json!(values::stamp(turn.at)));
    values::set(&mut metadata, &["generation"], json!(1));
    let mut job = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template.get("spec"), "status": {} });
    defaulting::defaults("Job", &mut job);
    admission::admit(turn.world, "Job", &mut job, None)
        .map_err(|denied| format!("jobs.batch \"{name}\" is forbidden: {}", denied.message))?;
    turn.put(job.clone());
    Ok(job)
}
