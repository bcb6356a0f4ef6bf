use serde_json::Value;

use super::pod::pod_state;
use crate::{
    diagnostics::{
        fields::{controller, list, number, text, time, uid},
        words::clean,
    },
    domain::{answer::WorkloadState, kind::Kind, object::ObjectRef},
};

/// A Deployment, StatefulSet or DaemonSet in numbers, with its pods (the troubled first). `replica_sets` and `pods` may hold
/// those of other workloads too; whose they are is read from their owner references.
#[must_use]
pub fn workload_state(kind: &Kind, workload: &Value, replica_sets: &[Value], pods: &[Value]) -> WorkloadState {
    let status = |field: &str| number(workload, &format!("/status/{field}"));
    let (desired, ready, updated, available) = if kind.kind == "DaemonSet" {
        (
            status("desiredNumberScheduled"),
            status("numberReady"),
            status("updatedNumberScheduled"),
            status("numberAvailable"),
        )
    } else {
        (
            desired_replicas(workload),
            status("readyReplicas"),
            status("updatedReplicas"),
            status("availableReplicas"),
        )
    };
    let mut pods: Vec<_> = owned_pods(workload, replica_sets, pods).map(pod_state).collect();
    pods.sort_by(|a, b| a.ready.cmp(&b.ready).then_with(|| a.object.name.cmp(&b.object.name)));
    WorkloadState {
        object: ObjectRef::of(kind, workload),
        desired,
        ready,
        updated,
        available,
        images: list(workload, "/spec/template/spec/containers")
            .iter()
            .filter_map(|c| text(c, "/image"))
            .map(clean)
            .collect(),
        created: time(workload, "/metadata/creationTimestamp"),
        pods,
    }
}

/// `spec.replicas`; absent means 1 for every workload that has it.
pub fn desired_replicas(workload: &Value) -> u32 {
    match workload.pointer("/spec/replicas") {
        Some(_) => number(workload, "/spec/replicas"),
        None => 1,
    }
}

/// The pods that a workload controls, directly or through one of its replica sets.
pub fn owned_pods<'a>(workload: &'a Value, replica_sets: &'a [Value], pods: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let owner = |object: &'a Value| controller(object).and_then(|reference| text(reference, "/uid"));
    let own = uid(workload);
    let sets: Vec<&str> = replica_sets
        .iter()
        .filter(|set| own.is_some() && owner(set) == own)
        .filter_map(uid)
        .collect();
    pods.iter()
        .filter(move |pod| owner(pod).is_some_and(|by| Some(by) == own || sets.contains(&by)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn owned(name: &str, by: &str, ready: bool) -> Value {
        json!({"metadata": {"name": name, "uid": name, "ownerReferences": [{"uid": by, "controller": true}]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
    }

    #[test]
    fn a_deployment_has_the_pods_of_its_replica_sets_and_no_others() {
        let deployment = json!({"metadata": {"name": "web", "namespace": "todo", "uid": "D", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"image": "web:1"}]}}},
            "status": {"readyReplicas": 1, "updatedReplicas": 3, "availableReplicas": 1, "replicas": 3}});
        let sets = [owned("rs1", "D", true), owned("rs2", "other", true)];
        let pods = [
            owned("b", "rs1", true),
            owned("x", "rs2", true),
            owned("a", "rs1", false),
            owned("lone", "", true),
        ];
        let state = workload_state(&Kind::deployment(), &deployment, &sets, &pods);
        let names: Vec<_> = state.pods.iter().map(|pod| (pod.object.name.as_str(), pod.ready)).collect();
        assert_eq!(names, [("a", false), ("b", true)]);
        assert_eq!((state.desired, state.ready, state.updated, state.available), (3, 1, 3, 1));
        assert_eq!(
            (state.images, state.created),
            (vec!["web:1".to_owned()], "2026-01-01T00:00:00Z".parse().ok())
        );
    }
}
