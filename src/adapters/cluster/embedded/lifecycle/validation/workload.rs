//! Deployments, replica sets, stateful sets, daemon sets and jobs.

use serde_json::{Value, json};

use super::super::schedule::Schedule;
use super::super::selector;
use super::{Found, kinds, names, pod, selectors, values};

pub fn workload(kind: &str, object: &Value, found: &mut Found) {
    let Some(spec) = object.get("spec") else {
        found.required("spec", "");
        return;
    };
    let numbers = [
        "replicas",
        "minReadySeconds",
        "revisionHistoryLimit",
        "parallelism",
        "completions",
        "backoffLimit",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
    ];
    found.not_negative(spec, "spec", &numbers);
    match kind {
        "Deployment" => {
            strategy(spec, found);
            deadline(spec, found);
        }
        "StatefulSet" => {
            let policy = values::text(spec, "/podManagementPolicy");
            if !matches!(policy, "" | "OrderedReady" | "Parallel") {
                found.invalid("spec.podManagementPolicy", &json!(policy), "must be 'OrderedReady' or 'Parallel'");
            }
            stateful(spec, found);
        }
        "DaemonSet" => daemon(spec, found),
        "Job" => found.one_of(spec, "/completionMode", "spec.completionMode", &["NonIndexed", "Indexed"]),
        _ => {}
    }
    selects(kind, object, spec, found);
    template(kind, spec, found);
}

fn stateful(spec: &Value, found: &mut Found) {
    let strategy = values::text(spec, "/updateStrategy/type");
    match strategy {
        "" | "OnDelete" => {}
        "RollingUpdate" => {
            let rolling = spec.pointer("/updateStrategy/rollingUpdate").unwrap_or(&Value::Null);
            found.not_negative(rolling, "spec.updateStrategy.rollingUpdate", &["partition"]);
        }
        other => found.invalid(
            "spec.updateStrategy",
            &json!({ "Type": other, "RollingUpdate": null }),
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
    }
    for field in ["whenDeleted", "whenScaled"] {
        let at = format!("persistentVolumeClaimRetentionPolicy/{field}");
        found.one_of(
            spec,
            &format!("/{at}"),
            &format!("spec.{}", at.replace('/', ".")),
            &["Retain", "Delete"],
        );
    }
    for (index, claim) in values::list(spec, "/volumeClaimTemplates").iter().enumerate() {
        let at = format!("spec.volumeClaimTemplates[{index}].spec");
        kinds::claim(claim.get("spec").unwrap_or(&Value::Null), &at, found);
    }
}

fn daemon(spec: &Value, found: &mut Found) {
    let at = "spec.updateStrategy.rollingUpdate";
    let none = |field: &str| {
        let value = spec.pointer(&format!("/updateStrategy/rollingUpdate/{field}"));
        value.is_none_or(|value| value.as_i64() == Some(0) || value.as_str() == Some("0%"))
    };
    match values::text(spec, "/updateStrategy/type") {
        "" | "OnDelete" => {}
        "RollingUpdate" if spec.pointer("/updateStrategy/rollingUpdate").is_none() => found.required(at, ""),
        "RollingUpdate" => match (none("maxUnavailable"), none("maxSurge")) {
            (true, true) => found.required(format!("{at}.maxUnavailable"), "cannot be 0 when maxSurge is 0"),
            (false, false) => {
                let surge = spec.pointer("/updateStrategy/rollingUpdate/maxSurge").cloned().unwrap_or_default();
                found.invalid(format!("{at}.maxSurge"), &surge, "may not be set when maxUnavailable is non-zero");
            }
            _ => {}
        },
        other => found.unsupported(
            "spec.updateStrategy",
            &json!({ "Type": other, "RollingUpdate": null }),
            &["RollingUpdate", "OnDelete"],
        ),
    }
}

/// A job for later: its schedule, and the job itself.
pub fn cron_job(object: &Value, found: &mut Found) {
    let text = values::text(object, "/spec/schedule");
    if text.is_empty() {
        found.required("spec.schedule", "");
    } else if let Err(why) = Schedule::read(text) {
        found.invalid("spec.schedule", &json!(text), why);
    }
    let zone = values::text(object, "/spec/timeZone");
    if super::super::cronjob::zone(zone).is_none() {
        found.invalid("spec.timeZone", &json!(zone), format!("unknown time zone {zone}"));
    }
    if let Some(spec) = object.get("spec") {
        found.not_negative(
            spec,
            "spec",
            &["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"],
        );
    }
    found.one_of(
        object,
        "/spec/concurrencyPolicy",
        "spec.concurrencyPolicy",
        &["Allow", "Forbid", "Replace"],
    );
    let name = values::name(object);
    if name.len() > 52 {
        found.invalid("metadata.name", &json!(name), "must be no more than 52 characters");
    }
    let mut inside = Found::default();
    let job = json!({ "spec": object.pointer("/spec/jobTemplate/spec") });
    workload("Job", &job, &mut inside);
    // Its selector is made up with the job itself.
    let later = ["spec.selector", "spec.template.metadata.labels"];
    for mut cause in inside.0.into_iter().filter(|cause| !later.contains(&cause.field.as_str())) {
        cause.field.insert_str(0, "spec.jobTemplate.");
        found.0.push(cause);
    }
}

/// The selector is there, not empty, and matches the template.
fn selects(kind: &str, object: &Value, spec: &Value, found: &mut Found) {
    let template = spec.get("template").cloned().unwrap_or_default();
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or_default();
    let wanted = spec.get("selector").filter(|selector| !selector.is_null());
    let empty = |selector: &Value| {
        values::map(selector, "/matchLabels").is_none_or(serde_json::Map::is_empty)
            && values::list(selector, "/matchExpressions").is_empty()
    };
    match wanted {
        None => {
            // A daemon set's is not looked for.
            if kind != "DaemonSet" {
                found.required("spec.selector", "");
            }
            found.invalid(
                "spec.template.metadata.labels",
                &labels,
                "`selector` does not match template `labels`",
            );
        }
        Some(selector) if empty(selector) && kind != "Job" => {
            let kind = kind.to_lowercase();
            found.invalid("spec.selector", &json!({}), format!("empty selector is invalid for {kind}"));
        }
        Some(selector) => {
            selectors::selector(Some(selector), "spec.selector", found);
            if !selectors::usable(selector) {
                if matches!(kind, "Deployment" | "ReplicaSet") {
                    found.invalid("spec.selector", &selectors::shown(selector), "invalid label selector");
                }
                return;
            }
            if kind == "Job" && object.pointer("/spec/manualSelector") != Some(&Value::Bool(true)) {
                own_pods(object, selector, &labels, found);
            }
            if !selector::matches(selector, &template) {
                found.invalid(
                    "spec.template.metadata.labels",
                    &labels,
                    "`selector` does not match template `labels`",
                );
            }
        }
    }
}

/// What a job makes up to find its pods by fits the job.
fn own_pods(job: &Value, selector: &Value, labels: &Value, found: &mut Found) {
    let (uid, name) = (values::uid(job), values::name(job));
    let own = [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ];
    for (label, wanted) in own {
        let at = format!("spec.template.metadata.labels[{label}]");
        match labels.get(label).and_then(Value::as_str) {
            None => found.required(at, &format!("must be '{wanted}'")),
            Some(is) if is != wanted => found.invalid(at, labels, format!("must be '{wanted}'")),
            Some(_) => {}
        }
    }
    let expected: serde_json::Map<String, Value> = own.iter().map(|(label, value)| ((*label).to_owned(), json!(value))).collect();
    if !selector::matches(selector, &json!({ "metadata": { "labels": expected } })) {
        found.invalid("spec.selector", selector, "`selector` not auto-generated");
    }
}

fn template(kind: &str, spec: &Value, found: &mut Found) {
    let at = "spec.template.spec";
    names::labels(values::map(spec, "/template/metadata/labels"), "spec.template.labels", found);
    let Some(pod) = spec.pointer("/template/spec").filter(|pod| pod.is_object()) else {
        found.required(format!("{at}.containers"), "");
        return;
    };
    // Pods of a StatefulSet may mount its claims.
    let claims = values::list(spec, "/volumeClaimTemplates").iter().map(values::name);
    pod::spec_at(pod, at, &claims.collect::<Vec<_>>(), found);
    let field = format!("{at}.restartPolicy");
    found.one_of(pod, "/restartPolicy", &field, &["Always", "OnFailure", "Never"]);
    let policy = values::text(pod, "/restartPolicy");
    if kind != "Job" && pod.get("activeDeadlineSeconds").is_some() {
        let kind = if kind == "Deployment" { "ReplicaSet" } else { kind };
        found.forbidden(
            format!("{at}.activeDeadlineSeconds"),
            format!("activeDeadlineSeconds in {kind} is not Supported"),
        );
    }
    if kind == "Job" {
        if policy == "Always" || policy.is_empty() {
            found.required(field, "valid values: \"OnFailure\", \"Never\"");
        }
    } else {
        found.one_of(pod, "/restartPolicy", &field, &["Always"]);
    }
}

fn strategy(spec: &Value, found: &mut Found) {
    let kind = values::text(spec, "/strategy/type");
    let rolling = spec.pointer("/strategy/rollingUpdate").filter(|rolling| !rolling.is_null());
    match kind {
        "Recreate" => {
            if rolling.is_some() {
                found.forbidden(
                    "spec.strategy.rollingUpdate",
                    "may not be specified when strategy `type` is 'Recreate'",
                );
            }
        }
        "RollingUpdate" | "" => {
            if let Some(rolling) = rolling {
                budget(rolling, found);
            }
        }
        other => {
            let value = json!({ "Type": other, "RollingUpdate": null });
            found.unsupported("spec.strategy", &value, &["Recreate", "RollingUpdate"]);
        }
    }
}

/// How many pods more or fewer there may be.
fn budget(rolling: &Value, found: &mut Found) {
    const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    let at = "spec.strategy.rollingUpdate";
    let mut zero = true;
    for field in ["maxUnavailable", "maxSurge"] {
        let Some(value) = rolling.get(field) else {
            zero = false;
            continue;
        };
        let path = format!("{at}.{field}");
        match value {
            Value::String(text) => {
                let number = text
                    .strip_suffix('%')
                    .filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
                match number.map(|digits| digits.parse::<i64>().unwrap_or(i64::MAX)) {
                    None => found.invalid(path, value, PERCENT),
                    Some(percent) if percent > 100 && field == "maxUnavailable" => {
                        found.invalid(path, value, "must not be greater than 100%")
                    }
                    Some(percent) => {
                        zero &= percent == 0;
                        continue;
                    }
                }
                zero = false;
            }
            number => {
                let count = number.as_i64().unwrap_or_default();
                if count < 0 {
                    found.invalid(path, value, "must be greater than or equal to 0");
                }
                zero &= count == 0;
            }
        }
    }
    if zero {
        let value = rolling.get("maxUnavailable").cloned().unwrap_or_default();
        found.invalid(format!("{at}.maxUnavailable"), &value, "may not be 0 when `maxSurge` is 0");
    }
}

fn deadline(spec: &Value, found: &mut Found) {
    let Some(deadline) = spec.get("progressDeadlineSeconds").filter(|deadline| deadline.is_number()) else {
        return;
    };
    let seconds = deadline.as_i64().unwrap_or_default();
    if seconds < 0 {
        found.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than or equal to 0");
    }
    if seconds <= values::count(spec, "/minReadySeconds") {
        found.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
}
