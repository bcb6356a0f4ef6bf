//! Deployments, replica sets, stateful sets, daemon sets and jobs.

use serde_json::{Value, json};

use super::super::selector;
use super::{Found, names, pod, values};

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
        }
        _ => {}
    }
    if kind != "Job" {
        selects(kind, spec, found);
    }
    template(kind, spec, found);
}

/// The selector is there, not empty, and matches the template.
fn selects(kind: &str, spec: &Value, found: &mut Found) {
    let template = spec.get("template").cloned().unwrap_or_default();
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or_default();
    let wanted = spec.get("selector").filter(|selector| !selector.is_null());
    let empty = |selector: &Value| {
        values::map(selector, "/matchLabels").is_none_or(serde_json::Map::is_empty)
            && values::list(selector, "/matchExpressions").is_empty()
    };
    match wanted {
        None => {
            found.required("spec.selector", "");
            found.invalid(
                "spec.template.metadata.labels",
                &labels,
                "`selector` does not match template `labels`",
            );
        }
        Some(selector) if empty(selector) => {
            let kind = kind.to_lowercase();
            found.invalid("spec.selector", &json!({}), format!("empty selector is invalid for {kind}"));
        }
        Some(selector) => {
            names::labels(values::map(selector, "/matchLabels"), "spec.selector.matchLabels", found);
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
