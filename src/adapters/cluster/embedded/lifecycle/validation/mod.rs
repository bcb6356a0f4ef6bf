//! What the real server refuses, in its words. The texts were taken from a real 1.34 server.

mod container;
mod kinds;
mod names;
mod network;
mod pod;
mod rights;
mod selectors;
mod update;
mod workload;

use serde_json::Value;

use super::{Cause, values};

/// As [`super::validate`].
pub fn validate(kind: &str, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut found = Found::default();
    names::metadata(kind, object, &mut found);
    let metadata = found.0.clone();
    // Of a daemon set what may not change is looked at first.
    if let Some(old) = old.filter(|_| kind == "DaemonSet") {
        update::update(kind, object, old, &mut found);
    }
    match kind {
        "Pod" => pod::pod(object, &mut found),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => workload::workload(kind, object, &mut found),
        "CronJob" => workload::cron_job(object, &mut found),
        "Role" | "ClusterRole" => rights::role(kind, object, &mut found),
        "RoleBinding" | "ClusterRoleBinding" => rights::binding(kind, object, old, &mut found),
        "Service" => kinds::service(object, &mut found),
        "PersistentVolumeClaim" => kinds::claim(object.get("spec").unwrap_or(&Value::Null), "spec", &mut found),
        "Ingress" => network::ingress(object, &mut found),
        "NetworkPolicy" => network::policy(object, &mut found),
        "EndpointSlice" => network::slice(object, old, &mut found),
        "Event" => kinds::event(object, &mut found),
        "Node" => kinds::node(object, &mut found),
        "HorizontalPodAutoscaler" => kinds::autoscaler(object, &mut found),
        "ConfigMap" => kinds::data(object, &mut found),
        "Secret" => {
            kinds::data(object, &mut found);
            kinds::secret(object, &mut found);
        }
        "ResourceQuota" => kinds::quota(object, &mut found),
        _ => {}
    }
    if let Some(old) = old {
        if kind != "DaemonSet" {
            update::update(kind, object, old, &mut found);
        }
        let before = found.0.len();
        update::marks(object, old, &mut found);
        update::finalizers(object, old, &mut found);
        let marks = found.0.split_off(before);
        for _ in 0..passes_over_marks(kind) {
            found.0.extend(marks.iter().cloned());
        }
        for _ in 1..passes(kind) {
            found.0.extend(metadata.iter().cloned());
        }
    }
    found.0
}

/// How often the real server looks at the metadata of an object that is changed, and lists what is wrong with it.
fn passes(kind: &str) -> usize {
    match kind {
        "Event" => 2,
        "Service"
        | "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "HorizontalPodAutoscaler"
        | "EndpointSlice"
        | "ResourceQuota" => 3,
        "PersistentVolumeClaim" => 5,
        _ => 4,
    }
}

/// As [`super::passes_over_marks`].
pub fn passes_over_marks(kind: &str) -> usize {
    if matches!(kind, "Event" | "EndpointSlice") { 1 } else { 2 }
}

/// The causes found so far.
#[derive(Debug, Default)]
struct Found(Vec<Cause>);

impl Found {
    fn add(&mut self, field: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.0.push(Cause {
            field: field.into(),
            reason,
            message: message.into(),
        });
    }

    fn required(&mut self, field: impl Into<String>, why: &str) {
        let message = if why.is_empty() {
            "Required value".to_owned()
        } else {
            format!("Required value: {why}")
        };
        self.add(field, "FieldValueRequired", message);
    }

    fn invalid(&mut self, field: impl Into<String>, value: &Value, why: impl AsRef<str>) {
        self.add(field, "FieldValueInvalid", format!("Invalid value: {value}: {}", why.as_ref()));
    }

    fn forbidden(&mut self, field: impl Into<String>, why: impl AsRef<str>) {
        self.add(field, "FieldValueForbidden", format!("Forbidden: {}", why.as_ref()));
    }

    fn duplicate(&mut self, field: impl Into<String>, value: &Value) {
        self.add(field, "FieldValueDuplicate", format!("Duplicate value: {value}"));
    }

    fn unsupported(&mut self, field: impl Into<String>, value: &Value, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|one| format!("\"{one}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
        self.add(field, "FieldValueNotSupported", message);
    }

    /// A text field that must be one of a few, if it is there.
    fn one_of(&mut self, object: &Value, pointer: &str, field: &str, supported: &[&str]) {
        let Some(value) = object.pointer(pointer).filter(|value| !value.is_null()) else {
            return;
        };
        if !value.as_str().is_some_and(|text| supported.contains(&text)) {
            self.unsupported(field, value, supported);
        }
    }

    /// Whole numbers that may not be negative.
    fn not_negative(&mut self, object: &Value, at: &str, fields: &[&str]) {
        for field in fields {
            if let Some(number) = object.get(*field).filter(|number| number.as_i64().is_some_and(|number| number < 0)) {
                self.invalid(format!("{at}.{field}"), number, "must be greater than or equal to 0");
            }
        }
    }

    /// A name that appears for the second time in a list.
    fn unique(&mut self, list: &[Value], at: &str, field: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, entry) in list.iter().enumerate() {
            let name = values::text(entry, &format!("/{field}"));
            if !name.is_empty() && seen.contains(&name) {
                self.duplicate(format!("{at}[{index}].{field}"), &Value::String(name.to_owned()));
            }
            seen.push(name);
        }
    }
}

const PORT_RANGE: &str = "must be between 1 and 65535, inclusive";

#[cfg(test)]
mod tests;
