//! Events as the real components write them: a repeated one counts up.

use serde_json::{Value, json};

use super::turn::Turn;
use super::{ident, values};

/// Whoever reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Kubelet,
    Scheduler,
    Controller(&'static str),
}

/// What is reported.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub source: Source,
    pub warning: bool,
    pub reason: &'a str,
    pub message: String,
    /// `spec.containers{name}`; empty for the whole object.
    pub field: String,
}

impl<'a> Report<'a> {
    pub fn normal(source: Source, reason: &'a str, message: impl Into<String>) -> Self {
        Self {
            source,
            warning: false,
            reason,
            message: message.into(),
            field: String::new(),
        }
    }

    pub fn warning(source: Source, reason: &'a str, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::normal(source, reason, message)
        }
    }

    pub fn on(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }
}

/// Reports something about an object, `times` times.
pub fn report(turn: &mut Turn, regarding: &Value, report: &Report, times: i64) {
    if times <= 0 {
        return;
    }
    let namespace = match values::namespace(regarding) {
        "" => "default",
        namespace => namespace,
    };
    let series = ident::number(&[values::uid(regarding), report.reason, &report.message, &report.field]);
    let name = format!("{}.{:016x}", values::name(regarding), series);
    let now = values::stamp(turn.at);
    if let Some(known) = turn.get("Event", namespace, &name) {
        let mut event = known.clone();
        let count = values::int(&event, "/count").unwrap_or(1) + times;
        values::set(&mut event, &["count"], json!(count));
        values::set(&mut event, &["lastTimestamp"], json!(now));
        turn.put(event);
        return;
    }
    let event = new_event(regarding, report, namespace, &name, &now, times);
    turn.create(event, &[]);
}

fn new_event(regarding: &Value, report: &Report, namespace: &str, name: &str, now: &str, times: i64) -> Value {
    let component = match report.source {
        Source::Kubelet => "kubelet",
        Source::Scheduler => "default-scheduler",
        Source::Controller(name) => name,
    };
    let host = if report.source == Source::Kubelet { super::NODE } else { "" };
    let mut involved = json!({
        "apiVersion": values::text(regarding, "/apiVersion"),
        "kind": values::kind(regarding),
        "name": values::name(regarding),
        "uid": values::uid(regarding),
    });
    if !values::namespace(regarding).is_empty() {
        values::set(&mut involved, &["namespace"], json!(values::namespace(regarding)));
    }
    if let Some(version) = regarding.pointer("/metadata/resourceVersion") {
        values::set(&mut involved, &["resourceVersion"], version.clone());
    }
    if !report.field.is_empty() {
        values::set(&mut involved, &["fieldPath"], json!(report.field));
    }
    let mut source = json!({ "component": component });
    if !host.is_empty() {
        values::set(&mut source, &["host"], json!(host));
    }
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": name, "namespace": namespace },
        "involvedObject": involved,
        "reason": report.reason,
        "message": report.message,
        "source": source,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": times,
        "type": if report.warning { "Warning" } else { "Normal" },
        "eventTime": null,
        "reportingComponent": component,
        "reportingInstance": host,
    })
}
