//! The cells of what runs pods.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::text::{age, containers, duration, items, labels, none, number, or, selector, since, string};

/// All cells but the name.
pub fn cells(kind: &str, object: &Value, now: Timestamp) -> Option<Vec<Value>> {
    let template = object.pointer("/spec/template");
    let selected = || Value::from(selector(object.pointer("/spec/selector")));
    let status = |field: &str| number(object, &format!("/status/{field}"));
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
    let [names, images] = containers(template);
    Some(match kind {
        "Deployment" => vec![
            format!("{}/{wanted}", status("readyReplicas")).into(),
            status("updatedReplicas").into(),
            status("availableReplicas").into(),
            age(object, now),
            names,
            images,
            selected(),
        ],
        "ReplicaSet" => vec![
            wanted.into(),
            status("replicas").into(),
            status("readyReplicas").into(),
            age(object, now),
            names,
            images,
            selected(),
        ],
        "ReplicationController" => vec![
            wanted.into(),
            status("replicas").into(),
            status("readyReplicas").into(),
            age(object, now),
            names,
            images,
            labels(object.pointer("/spec/selector")).into(),
        ],
        "StatefulSet" => vec![
            format!("{}/{wanted}", status("readyReplicas")).into(),
            age(object, now),
            names,
            images,
        ],
        "DaemonSet" => vec![
            status("desiredNumberScheduled").into(),
            status("currentNumberScheduled").into(),
            status("numberReady").into(),
            status("updatedNumberScheduled").into(),
            status("numberAvailable").into(),
            labels(object.pointer("/spec/template/spec/nodeSelector")).into(),
            age(object, now),
            names,
            images,
            selected(),
        ],
        "Job" => vec![
            job_state(object).into(),
            completions(object).into(),
            took(object, now).into(),
            age(object, now),
            names,
            images,
            selected(),
        ],
        "CronJob" => cron_job(object, now),
        "HorizontalPodAutoscaler" => autoscaler(object, now),
        "PodTemplate" => {
            let [names, images] = containers(object.get("template"));
            vec![names, images, labels(object.pointer("/template/metadata/labels")).into()]
        }
        "ControllerRevision" => {
            let owner = items(object, "/metadata/ownerReferences")
                .iter()
                .find(|owner| owner["controller"] == true);
            let controller = owner.map_or_else(
                || "<none>".to_owned(),
                |owner| {
                    let group = string(owner, "/apiVersion")
                        .split_once('/')
                        .map(|(group, _)| format!(".{group}"))
                        .unwrap_or_default();
                    format!("{}{group}/{}", string(owner, "/kind").to_lowercase(), string(owner, "/name"))
                },
            );
            vec![controller.into(), number(object, "/revision").into(), age(object, now)]
        }
        "PodDisruptionBudget" => {
            let bound = |field: &str| match object.pointer(&format!("/spec/{field}")) {
                Some(Value::String(text)) => text.clone(),
                Some(number) => number.to_string(),
                None => "N/A".to_owned(),
            };
            vec![
                bound("minAvailable").into(),
                bound("maxUnavailable").into(),
                status("disruptionsAllowed").into(),
                age(object, now),
            ]
        }
        _ => return None,
    })
}

fn job_state(job: &Value) -> &'static str {
    let has = |kind: &str| {
        items(job, "/status/conditions")
            .iter()
            .any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.pointer("/metadata/deletionTimestamp").is_some() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(job: &Value) -> String {
    let succeeded = number(job, "/status/succeeded");
    match (
        job.pointer("/spec/completions").and_then(Value::as_i64),
        number(job, "/spec/parallelism"),
    ) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

fn took(job: &Value, now: Timestamp) -> String {
    let time = |pointer: &str| string(job, pointer).parse::<Timestamp>().ok();
    match (time("/status/startTime"), time("/status/completionTime")) {
        (None, _) => String::new(),
        (Some(start), end) => duration(end.unwrap_or(now).as_second() - start.as_second()),
    }
}

fn cron_job(object: &Value, now: Timestamp) -> Vec<Value> {
    let last = string(object, "/status/lastScheduleTime");
    let [names, images] = containers(object.pointer("/spec/jobTemplate/spec/template"));
    vec![
        string(object, "/spec/schedule").into(),
        none(string(object, "/spec/timeZone")).into(),
        if object.pointer("/spec/suspend") == Some(&json!(true)) {
            "True"
        } else {
            "False"
        }
        .into(),
        items(object, "/status/active").len().into(),
        if last.is_empty() { "<none>".to_owned() } else { since(&last, now) }.into(),
        age(object, now),
        names,
        images,
        selector(object.pointer("/spec/jobTemplate/spec/selector")).into(),
    ]
}

fn autoscaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let minimum = object.pointer("/spec/minReplicas").and_then(Value::as_i64);
    vec![
        format!(
            "{}/{}",
            string(object, "/spec/scaleTargetRef/kind"),
            string(object, "/spec/scaleTargetRef/name")
        )
        .into(),
        targets(object).into(),
        minimum.map_or_else(|| "<unset>".to_owned(), |minimum| minimum.to_string()).into(),
        number(object, "/spec/maxReplicas").into(),
        number(object, "/status/currentReplicas").into(),
        age(object, now),
    ]
}

/// `cpu: 12%/70%` for each metric; version 1 has one target only.
fn targets(object: &Value) -> String {
    if let Some(target) = object.pointer("/spec/targetCPUUtilizationPercentage").and_then(Value::as_i64) {
        let current = object.pointer("/status/currentCPUUtilizationPercentage").and_then(Value::as_i64);
        return format!(
            "cpu: {}/{target}%",
            current.map_or_else(|| "<unknown>".to_owned(), |current| format!("{current}%"))
        );
    }
    let metrics = items(object, "/spec/metrics");
    let texts: Vec<String> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| {
            let kind = string(metric, "/type");
            let part = format!(
                "/{}{}",
                kind.get(..1).unwrap_or_default().to_lowercase(),
                kind.get(1..).unwrap_or_default()
            );
            let spec = metric.pointer(&part).cloned().unwrap_or_default();
            let current = items(object, "/status/currentMetrics")
                .get(index)
                .and_then(|metric| metric.pointer(&part))
                .cloned()
                .unwrap_or_default();
            let name = or(string(&spec, "/name"), &string(&spec, "/metric/name"));
            let value = |values: &Value, of: &str| match values.pointer(&format!("/{of}/averageUtilization")).and_then(Value::as_i64) {
                Some(percent) => Some(format!("{percent}%")),
                None => ["averageValue", "value"]
                    .iter()
                    .find_map(|field| Some(values.pointer(&format!("/{of}/{field}"))?.as_str()?.to_owned())),
            };
            let now = value(&current, "current").unwrap_or_else(|| "<unknown>".to_owned());
            format!("{name}: {now}/{}", value(&spec, "target").unwrap_or_else(|| "<auto>".to_owned()))
        })
        .collect();
    match texts.as_slice() {
        [] => "<none>".to_owned(),
        [one, two, rest @ ..] if !rest.is_empty() => format!("{one}, {two} + {} more...", rest.len()),
        all => all.join(", "),
    }
}
