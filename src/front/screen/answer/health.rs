//! "Is it healthy?" and "why does it fail?".

use super::{View, findings, unseen, workloads};
use crate::{
    domain::{answer::HealthAnswer, finding::Severity},
    front::screen::words::count,
};

pub fn lines(answer: &HealthAnswer, view: &View<'_>) -> Vec<String> {
    let namespaces: std::collections::BTreeSet<_> = answer
        .workloads
        .iter()
        .map(|workload| &workload.object.namespace)
        .chain(answer.lone_pods.iter().map(|pod| &pod.object.namespace))
        .collect();
    let all = namespaces.len() > 1;
    let namespace = namespaces.iter().next().and_then(|namespace| namespace.as_deref());
    let place = if all { view.place_in_all() } else { view.place(namespace) };
    let mut lines = view.headline(&verdict(answer), &place);
    if !answer.findings.is_empty() {
        lines.push(String::new());
        lines.extend(findings::block(&answer.findings, view.look, 2, answer.explain));
    }
    let rows = rows(answer, view, all);
    if !rows.is_empty() {
        lines.push(String::new());
        lines.extend(rows);
    }
    let blank = (!answer.unseen.is_empty()).then(String::new);
    lines.extend(blank.into_iter().chain(unseen::lines(&answer.unseen, view.look)));
    let next = findings::next(&answer.findings, view.look);
    if !next.is_empty() {
        lines.push(String::new());
        lines.extend(next);
    }
    lines
}

fn verdict(answer: &HealthAnswer) -> String {
    let errors: Vec<_> = answer
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let warnings = answer.findings.len() - errors.len();
    let mut objects: Vec<_> = errors.iter().map(|finding| &finding.object).collect();
    objects.sort();
    objects.dedup();
    let rolling = answer.workloads.iter().find(|workload| workload.updated < workload.desired);
    let unready = answer.workloads.iter().any(|workload| workloads::is_unwell(workload, &[]));
    let reserve = unseen::reserve(&answer.unseen);
    let (all, stopped) = (answer.workloads.len(), workloads::stopped(&answer.workloads));
    match (objects.as_slice(), warnings) {
        ([], 0) if unready => format!("{} is not ready yet; nothing is found to be wrong.", answer.subject),
        ([], 0) if rolling.is_some() => format!("{}: working; a rollout is under way.", answer.subject),
        ([], 0) if stopped == 1 && all == 1 => format!("{} is scaled to 0: nothing of it runs.", answer.subject),
        ([], 0) if stopped > 0 => format!(
            "Healthy{reserve}: {}; {stopped} of {} scaled to 0.",
            answer.subject,
            count(all, "workload")
        ),
        ([], 0) => format!("Healthy{reserve}: {}.", answer.subject),
        ([], warnings) if unready => format!("{} is not ready yet, with {}.", answer.subject, count(warnings, "warning")),
        ([], warnings) => format!("Working{reserve}, with {}: {}.", count(warnings, "warning"), answer.subject),
        ([object], _) => format!("{}: {object} has a problem.", answer.subject),
        (objects, _) => format!("{}: {} objects have a problem.", answer.subject, objects.len()),
    }
}

fn rows(answer: &HealthAnswer, view: &View<'_>, all: bool) -> Vec<String> {
    let mut lines = workloads::rows(&answer.workloads, &answer.findings, view, all);
    for pod in &answer.lone_pods {
        lines.extend(workloads::pod_row(pod, view, all));
    }
    lines
}
