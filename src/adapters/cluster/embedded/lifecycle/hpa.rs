//! Horizontal pod autoscalers: kept, but there are no metrics here, and they say so.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::turn::Turn;
use super::values;

const CONTROLLER: Source = Source::Controller("horizontal-pod-autoscaler");

/// The controller looks at each autoscaler so often, whoever writes to it: at a new one for the first time after so long.
const PERIOD: SignedDuration = SignedDuration::from_secs(15);

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let scaler = turn.get_key(at)?.clone();
    if let Some(next) = next_look(turn.at, &scaler) {
        return Some(next);
    }
    let target = |field: &str| values::text(&scaler, &format!("/spec/scaleTargetRef/{field}")).to_owned();
    let found = turn.get(&target("kind"), &at.1, &target("name")).cloned();
    let conditions = match &found {
        None => vec![(
            "AbleToScale",
            "False",
            "FailedGetScale",
            format!(
                "the HPA controller was unable to get the target's current scale: {} \"{}\" not found",
                plural(&target("kind")),
                target("name")
            ),
        )],
        Some(object) if values::int(object, "/spec/replicas") == Some(0) => vec![
            ("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale".to_owned()),
            ("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero".to_owned()),
        ],
        Some(_) => vec![
            ("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale".to_owned()),
            (
                "ScalingActive",
                "False",
                "FailedGetResourceMetric",
                "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
                    .to_owned(),
            ),
        ],
    };
    let current = found.as_ref().map_or(0, |object| values::count(object, "/status/replicas"));
    write(turn, &scaler, &conditions, current);
    None
}

/// When it is not now.
fn next_look(now: Timestamp, scaler: &Value) -> Option<Timestamp> {
    let since: Timestamp = values::text(scaler, "/metadata/creationTimestamp").parse().ok()?;
    let age = now.duration_since(since);
    let past = age.as_nanos().rem_euclid(PERIOD.as_nanos());
    if past == 0 && !age.is_zero() {
        return None;
    }
    now.checked_add(PERIOD - SignedDuration::from_nanos(i64::try_from(past).ok()?)).ok()
}

fn plural(kind: &str) -> String {
    format!("{}s.apps", kind.to_lowercase())
}

fn write(turn: &mut Turn, scaler: &Value, drafts: &[(&str, &str, &str, String)], current: i64) {
    let mut news = Vec::new();
    let conditions: Vec<Value> = drafts
        .iter()
        .map(|(of, status, reason, message)| {
            let known = values::condition(scaler, of).filter(|known| values::text(known, "/status") == *status);
            let since = known.map_or_else(
                || values::stamp(turn.at),
                |known| values::text(known, "/lastTransitionTime").to_owned(),
            );
            if known.is_none() && *status == "False" && *reason != "ScalingDisabled" {
                news.push((*reason, message.clone()));
            }
            json!({ "type": of, "status": status, "lastTransitionTime": since, "reason": reason, "message": message })
        })
        .collect();
    let mut new = scaler.clone();
    let status = json!({ "conditions": conditions, "currentMetrics": null, "currentReplicas": current, "desiredReplicas": 0 });
    values::set(&mut new, &["status"], status);
    turn.put(new.clone());
    for (reason, message) in news {
        report(turn, &new, &Report::warning(CONTROLLER, reason, message), 1);
    }
}
