//! The answer to "is it healthy?" and the states that go with it, what needs attention first.

use serde_json::Value;

use super::{
    fields::{list, text},
    judge::judge,
    snapshot::{Snapshot, well_known},
    states::{owned_pods, pod_state, service_state, workload_state},
};
use crate::domain::answer::{HealthAnswer, PodState, ServiceState, WorkloadState};

/// Findings and states of all that the snapshot holds. `explain`: the user asked why.
#[must_use]
pub fn health(snapshot: &Snapshot, explain: bool) -> HealthAnswer {
    HealthAnswer {
        subject: snapshot.subject.clone(),
        workloads: workloads(snapshot),
        lone_pods: lone_pods(snapshot),
        findings: judge(snapshot),
        explain,
        unseen: snapshot.unseen.clone(),
    }
}

pub const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

/// Every workload of the snapshot; those that lack replicas first, then by name.
#[must_use]
pub fn workloads(snapshot: &Snapshot) -> Vec<WorkloadState> {
    workloads_with_objects(snapshot).into_iter().map(|(state, _)| state).collect()
}

/// The same, each with the object itself.
#[must_use]
pub fn workloads_with_objects(snapshot: &Snapshot) -> Vec<(WorkloadState, &Value)> {
    let mut states: Vec<_> = WORKLOADS
        .into_iter()
        .filter_map(well_known)
        .flat_map(|kind| {
            let own = snapshot.all(&kind.kind).iter();
            own.map(move |w| (workload_state(&kind, w, snapshot.all("ReplicaSet"), snapshot.all("Pod")), w))
                .collect::<Vec<_>>()
        })
        .collect();
    states.sort_by_key(|(state, _)| {
        (
            state.available >= state.desired && state.ready >= state.desired,
            state.object.clone().namespace,
            state.object.name.clone(),
        )
    });
    states
}

/// Pods that no workload of the snapshot owns; those that are not ready first. What a job has completed is left out.
#[must_use]
pub fn lone_pods(snapshot: &Snapshot) -> Vec<PodState> {
    let pods = snapshot.all("Pod");
    let owned: Vec<&Value> = WORKLOADS
        .into_iter()
        .flat_map(|kind| snapshot.all(kind))
        .flat_map(|workload| owned_pods(workload, snapshot.all("ReplicaSet"), pods))
        .collect();
    let done_by_job = |pod: &Value| {
        text(pod, "/status/phase") == Some("Succeeded")
            && list(pod, "/metadata/ownerReferences")
                .iter()
                .any(|o| text(o, "/kind") == Some("Job"))
    };
    let lone = pods
        .iter()
        .filter(|pod| !owned.iter().any(|own| std::ptr::eq(*own, *pod)) && !done_by_job(pod));
    let mut states: Vec<_> = lone.map(pod_state).collect();
    states.sort_by(|a, b| a.ready.cmp(&b.ready).then_with(|| a.object.name.cmp(&b.object.name)));
    states
}

/// Every service of the snapshot; those without a ready pod first.
#[must_use]
pub fn services(snapshot: &Snapshot) -> Vec<ServiceState> {
    let mut states: Vec<_> = snapshot
        .all("Service")
        .iter()
        .map(|service| service_state(service, snapshot.all("Pod")))
        .collect();
    states.sort_by(|a, b| {
        (a.endpoints != Some(0))
            .cmp(&(b.endpoints != Some(0)))
            .then_with(|| a.object.name.cmp(&b.object.name))
    });
    states
}
