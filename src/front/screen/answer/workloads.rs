//! Workloads and pods in one line each.

use super::View;
use crate::{
    domain::{
        answer::{PodState, WorkloadState},
        finding::Finding,
        object::ObjectRef,
    },
    front::screen::{
        look::Tone,
        words::{age, count},
    },
};

/// Whether something is wrong with a workload: fewer ready than wanted, or a finding about it or its pods.
pub fn is_unwell(workload: &WorkloadState, findings: &[Finding]) -> bool {
    workload.available < workload.desired
        || workload.ready < workload.desired
        || findings.iter().any(|finding| concerns(finding, &workload.object))
}

/// Those that shall not run at all.
pub fn stopped(workloads: &[WorkloadState]) -> usize {
    workloads.iter().filter(|workload| workload.desired == 0).count()
}

/// Whether a finding is about this workload or one of its pods.
pub fn concerns(finding: &Finding, workload: &ObjectRef) -> bool {
    finding.object.same_name(workload) || finding.workload.as_ref().is_some_and(|owner| owner.same_name(workload))
}

/// `todo-backend    2 of 2 ready`, unhealthy ones first, with the pods that are not ready below.
pub fn rows(workloads: &[WorkloadState], findings: &[Finding], view: &View<'_>, all_namespaces: bool) -> Vec<String> {
    let mut sorted: Vec<&WorkloadState> = workloads.iter().collect();
    sorted.sort_by_key(|workload| !is_unwell(workload, findings));
    let name = |workload: &WorkloadState| name_of(&workload.object, all_namespaces);
    let width = sorted.iter().map(|workload| view.look.columns(&name(workload))).max().unwrap_or(0);
    sorted
        .into_iter()
        .flat_map(|workload| {
            let name = view.look.padded(&name(workload), width);
            let unwell = is_unwell(workload, findings);
            row(workload, &name, unwell, view)
        })
        .collect()
}

fn row(workload: &WorkloadState, name: &str, unwell: bool, view: &View<'_>) -> Vec<String> {
    let ready = match (workload.desired, workload.ready) {
        (0, 0) => "scaled to 0".to_owned(),
        (desired, ready) => format!("{ready} of {desired} ready"),
    };
    let ready = view.look.paint(if unwell { Tone::Bad } else { Tone::Good }, &ready);
    let mut facts = vec![ready];
    if workload.updated < workload.desired {
        facts.push(format!("{} of {} updated", workload.updated, workload.desired));
    }
    let restarts: u32 = workload.pods.iter().map(|pod| pod.restarts).sum();
    if restarts > 0 {
        facts.push(count(restarts as usize, "restart"));
    }
    if view.verbose {
        facts.extend(workload.images.iter().cloned());
        facts.extend(workload.created.map(|created| age(created, view.now)));
    }
    view.look.wrapped(&format!("  {name}  {}", facts.join(", ")), 6)
}

/// `todo-backend-… CrashLoopBackOff, 6 restarts`, for pods that are not well.
pub fn pod_row(pod: &PodState, view: &View<'_>, all_namespaces: bool) -> Vec<String> {
    let status = view.look.paint(if pod.ready { Tone::Good } else { Tone::Bad }, &pod.status);
    let mut facts = vec![status];
    if pod.restarts > 0 {
        facts.push(count(pod.restarts as usize, "restart"));
    }
    view.look
        .wrapped(&format!("  {}  {}", name_of(&pod.object, all_namespaces), facts.join(", ")), 6)
}

/// With its namespace where several are shown.
pub fn name_of(object: &ObjectRef, all_namespaces: bool) -> String {
    match &object.namespace {
        Some(namespace) if all_namespaces => format!("{namespace}/{}", object.name),
        _ => object.name.clone(),
    }
}
