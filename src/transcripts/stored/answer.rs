//! A read in a few words: what the record and its exports keep of an answer.

use crate::domain::{
    answer::{Answer, EventLine, OverviewAnswer, PodState, RolloutAnswer, Table, WorkloadState},
    finding::Finding,
};

/// Lines that are kept of one answer.
const LINES: usize = 20;

/// Name of the answer, one sentence, and its most important lines.
pub fn short(answer: &Answer) -> (&'static str, String, Vec<String>) {
    let (name, summary, lines) = match answer {
        Answer::Overview(a) => ("overview", overview(a), states(&a.workloads, &a.lone_pods, &a.findings)),
        Answer::Table(a) => ("table", table(a), a.rows.iter().map(row).collect()),
        Answer::Description(a) => (
            "description",
            format!("{} {}", a.object, problems(a.findings.len())),
            a.facts
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .chain(a.findings.iter().map(finding))
                .collect(),
        ),
        Answer::Logs(a) => (
            "logs",
            format!("{} of {}{}", count(a.lines, "line"), a.workload, from_pods(a.pods.len())),
            a.missing.iter().map(|(pod, reason)| format!("{pod}: {reason}")).collect(),
        ),
        Answer::Events(a) => ("events", count(a.len() as u64, "event"), a.iter().rev().map(event).collect()),
        Answer::Health(a) => (
            "health",
            format!("{}: {}", a.subject, problems(a.findings.len())),
            states(&a.workloads, &a.lone_pods, &a.findings),
        ),
        Answer::Sizing(a) => (
            "sizing",
            format!(
                "resources of {}: {}",
                count(a.containers.len() as u64, "container"),
                count(a.advice.len() as u64, "suggestion")
            ),
            a.advice.iter().map(|advice| advice.what.clone()).collect(),
        ),
        Answer::Text(a) => (
            "text",
            format!("{} as {}", a.of, a.format),
            a.text.lines().map(str::to_owned).collect(),
        ),
        Answer::Forward(a) => (
            "forward",
            format!(
                "forwarded to {} from {} to {}: {}, {} sent, {} received",
                a.of,
                a.began,
                a.ended,
                count(a.connections, "connection"),
                count(a.sent, "byte"),
                count(a.received, "byte")
            ),
            a.ports
                .iter()
                .map(|port| format!("{} to port {}", port.url, port.pod_port))
                .chain(a.pods.iter().map(|pod| format!("pod/{pod}")))
                .collect(),
        ),
        Answer::Rollout(a) => ("rollout", rollout(a), a.findings.iter().map(finding).collect()),
    };
    (name, summary, first(lines))
}

fn first(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

fn overview(answer: &OverviewAnswer) -> String {
    let place = answer.namespace.as_deref().unwrap_or("all namespaces");
    format!(
        "{} and {} in {place}, {}",
        count(answer.workloads.len() as u64, "workload"),
        count(answer.services.len() as u64, "service"),
        problems(answer.findings.len())
    )
}

fn table(table: &Table) -> String {
    let place = table
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" in {namespace}"));
    format!("{}{place}: {}", table.of, table.rows.len())
}

fn row(row: &crate::domain::answer::Row) -> String {
    row.cells.join("  ")
}

/// What is wrong first, then each workload in one line.
fn states(workloads: &[WorkloadState], pods: &[PodState], findings: &[Finding]) -> Vec<String> {
    let workloads = workloads
        .iter()
        .map(|w| format!("{}: {} of {} ready", w.object, w.ready, w.desired));
    let pods = pods.iter().map(|p| format!("{}: {}", p.object, p.status));
    findings.iter().map(finding).chain(workloads).chain(pods).collect()
}

fn finding(finding: &Finding) -> String {
    format!("{} {}: {}", finding.code, finding.object, finding.what)
}

fn event(event: &EventLine) -> String {
    format!("{} {} {}: {}", event.kind, event.reason, event.object, event.message)
}

fn rollout(answer: &RolloutAnswer) -> String {
    let state = if answer.complete { "complete" } else { "not complete" };
    format!("rollout of {} {state}: {}", answer.state.object, answer.words)
}

fn problems(count: usize) -> String {
    match count {
        0 => "no problem found".to_owned(),
        1 => "1 problem".to_owned(),
        n => format!("{n} problems"),
    }
}

fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// A container of an engine is in none.
fn from_pods(pods: usize) -> String {
    match pods {
        0 => String::new(),
        pods => format!(" from {}", count(pods as u64, "pod")),
    }
}
