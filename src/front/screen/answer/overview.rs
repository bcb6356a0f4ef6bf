//! An app or a namespace at one glance.

use super::{View, findings, unseen, workloads};
use crate::{
    domain::answer::{OverviewAnswer, ServiceState},
    front::screen::{look::Tone, words::count},
};

pub fn lines(answer: &OverviewAnswer, view: &View<'_>) -> Vec<String> {
    let all = answer.namespace.is_none();
    let place = answer
        .namespace
        .as_deref()
        .map_or_else(|| view.place_in_all(), |namespace| view.place(Some(namespace)));
    let mut lines = view.headline(&verdict(answer), &place);
    if answer.workloads.is_empty() && answer.lone_pods.is_empty() && answer.services.is_empty() {
        lines.extend(unseen::lines(&answer.unseen, view.look));
        return lines;
    }
    lines.push(String::new());
    lines.extend(workloads::rows(&answer.workloads, &answer.findings, view, all));
    for pod in &answer.lone_pods {
        lines.extend(workloads::pod_row(pod, view, all));
    }
    if !answer.findings.is_empty() {
        lines.push(String::new());
        lines.extend(findings::block(&answer.findings, view.look, 2, false));
    }
    if !answer.services.is_empty() {
        lines.push(String::new());
        lines.extend(services(&answer.services, view, all));
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

fn verdict(answer: &OverviewAnswer) -> String {
    let workloads = answer.workloads.len();
    let lone = answer.lone_pods.len();
    let unwell = answer
        .workloads
        .iter()
        .filter(|workload| workloads::is_unwell(workload, &answer.findings))
        .count()
        + answer
            .lone_pods
            .iter()
            .filter(|pod| !pod.ready && pod.status != "Completed")
            .count();
    let what = match (workloads, lone) {
        (0, 0) if answer.unseen.is_empty() => return "Nothing runs here.".to_owned(),
        (0, 0) => return "Nothing is seen to run here.".to_owned(),
        (0, lone) => count(lone, "pod"),
        (workloads, 0) => count(workloads, "workload"),
        (workloads, lone) => format!("{} and {} of their own", count(workloads, "workload"), count(lone, "pod")),
    };
    let reserve = unseen::reserve(&answer.unseen);
    let stopped = workloads::stopped(&answer.workloads);
    match (unwell, workloads + lone) {
        (0, all) if stopped == all => format!("{what}, scaled to 0: nothing runs."),
        (0, _) if stopped > 0 => format!("{what}, {stopped} scaled to 0, the rest healthy{reserve}."),
        (0, 1) => format!("{what}, healthy{reserve}."),
        (0, _) => format!("{what}, all healthy{reserve}."),
        (unwell, _) => format!("{what}, {unwell} with a problem."),
    }
}

fn services(services: &[ServiceState], view: &View<'_>, all: bool) -> Vec<String> {
    let name = |service: &ServiceState| format!("service/{}", workloads::name_of(&service.object, all));
    let width = services.iter().map(|service| view.look.columns(&name(service))).max().unwrap_or(0);
    let mut sorted: Vec<&ServiceState> = services.iter().collect();
    sorted.sort_by_key(|service| service.endpoints != Some(0));
    sorted
        .into_iter()
        .flat_map(|service| {
            let behind = match service.endpoints {
                Some(0) => view.look.paint(Tone::Bad, "no ready pod behind it"),
                Some(ready) => format!("{} behind it", count(ready as usize, "ready pod")),
                None => "without a selector".to_owned(),
            };
            let ports = if service.ports.is_empty() {
                String::new()
            } else {
                format!(" {}", service.ports.join(", "))
            };
            let name = view.look.padded(&name(service), width);
            view.look.wrapped(&format!("  {name}  {}{ports}, {behind}", service.kind), 6)
        })
        .collect()
}
