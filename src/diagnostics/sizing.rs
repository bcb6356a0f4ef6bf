//! Whether what containers request and may use fits what they use. The rules are those that the Kubernetes documentation gives
//! for [resources of containers](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/): over its
//! memory limit a container is killed, over its cpu limit it is slowed down, and the scheduler counts requests alone.

use serde_json::Value;

use super::{list, states::desired_replicas, text};
use crate::domain::{
    answer::WorkloadState,
    object::ObjectRef,
    quantity::{amount, cores, mebibytes},
    sizing::{Amounts, ContainerSize, SizeAdvice, SizingAnswer, Sums},
};

const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// So much room is left above what was measured once.
const ROOM: f64 = 1.5;
/// Differences below this are noise.
const LITTLE_MEMORY: f64 = 64.0 * MEBIBYTE;
const LITTLE_CPU: f64 = 0.2;

/// `workloads`: each with its state and the object itself. `measured`: `PodMetrics` of metrics.k8s.io, or why there are none.
#[must_use]
pub fn sizing(namespace: Option<String>, workloads: &[(WorkloadState, &Value)], measured: Result<&[Value], String>) -> SizingAnswer {
    let pods = measured.as_ref().map_or(&[][..], |pods| pods);
    let containers: Vec<ContainerSize> = workloads.iter().flat_map(|(state, object)| sizes(state, object, pods)).collect();
    let nothing = containers.iter().all(|size| size.cpu.used.is_none() && size.memory.used.is_none());
    let not_yet = (nothing && !containers.is_empty()).then(|| "these pods were not measured yet".to_owned());
    SizingAnswer {
        namespace,
        cpu: sums(&containers, |size| &size.cpu, cores),
        memory: sums(&containers, |size| &size.memory, mebibytes),
        advice: containers.iter().flat_map(|size| advice(size, &containers)).collect(),
        containers,
        unmeasured: measured.err().or(not_yet),
    }
}

fn sizes(state: &WorkloadState, object: &Value, measured: &[Value]) -> Vec<ContainerSize> {
    let own = |pod: &&Value| {
        let is = |other: &ObjectRef| {
            Some(other.name.as_str()) == text(pod, "/metadata/name") && other.namespace.as_deref() == text(pod, "/metadata/namespace")
        };
        state.pods.iter().any(|pod| is(&pod.object))
    };
    let pods: Vec<&Value> = measured.iter().filter(own).collect();
    let size = |container: &Value| {
        let name = text(container, "/name").unwrap_or_default();
        let of = |resource: &str, written: fn(f64) -> String| {
            let set = |part: &str| text(container, &format!("/resources/{part}/{resource}")).map(ToOwned::to_owned);
            let used = pods
                .iter()
                .flat_map(|pod| list(pod, "/containers"))
                .filter(|used| text(used, "/name") == Some(name))
                .filter_map(|used| amount(text(used, &format!("/usage/{resource}"))?));
            Amounts {
                request: set("requests"),
                limit: set("limits"),
                used: used.reduce(f64::max).map(written),
            }
        };
        ContainerSize {
            workload: state.object.clone(),
            container: name.to_owned(),
            replicas: match state.object.kind.kind.as_str() {
                "DaemonSet" => state.desired,
                _ => desired_replicas(object),
            },
            cpu: of("cpu", cores),
            memory: of("memory", mebibytes),
        }
    };
    list(object, "/spec/template/spec/containers").iter().map(size).collect()
}

fn sums(containers: &[ContainerSize], of: fn(&ContainerSize) -> &Amounts, written: fn(f64) -> String) -> Sums {
    let sum = |part: &dyn Fn(&Amounts) -> Option<f64>| {
        let each = containers.iter().filter(|size| size.replicas > 0);
        each.map(|size| part(of(size)).map(|one| one * f64::from(size.replicas)))
            .sum::<Option<f64>>()
    };
    // A limit alone is a request too: the API server copies it.
    let request = |amounts: &Amounts| Some(number(&amounts.request).or_else(|| number(&amounts.limit)).unwrap_or(0.0));
    Sums {
        requests: written(sum(&request).unwrap_or(0.0)),
        limits: sum(&|amounts| number(&amounts.limit)).map(written),
    }
}

fn number(quantity: &Option<String>) -> Option<f64> {
    amount(quantity.as_deref()?)
}

fn advice(size: &ContainerSize, all: &[ContainerSize]) -> Vec<SizeAdvice> {
    let alone = all.iter().filter(|other| other.workload == size.workload).count() == 1;
    let name = &size.workload.name;
    let (subject, place) = match alone {
        true => (name.clone(), String::new()),
        false => (format!("{name}/{}", size.container), format!(" in container {}", size.container)),
    };
    [memory(&size.memory), cpu(&size.cpu)]
        .into_iter()
        .flatten()
        .flatten()
        .map(|(what, set)| SizeAdvice {
            workload: size.workload.clone(),
            what: format!("{subject} {what}"),
            hints: set
                .map(|(what, to)| format!("`todo-agent \"set the {what} of {name} to {to}{place}\"`"))
                .into_iter()
                .collect(),
        })
        .collect()
}

/// What is said, and what should be set to which amount.
type Advice = Option<(String, Option<(&'static str, String)>)>;

fn memory(memory: &Amounts) -> [Advice; 2] {
    let used = number(&memory.used);
    let (request, limit) = (number(&memory.request), number(&memory.limit));
    let room = |used: f64| up(used * ROOM, 32.0 * MEBIBYTE).max(LITTLE_MEMORY);
    // The API server refuses a request above the limit.
    let limit_of = |used: f64| ("memory limit", mebibytes(room(used).max(request.unwrap_or(0.0))));
    let request_of = |used: f64| ("memory request", mebibytes(room(used).min(limit.unwrap_or(f64::INFINITY))));
    let words = |amount: &Option<String>| amount.clone().unwrap_or_default();
    let of_limit = match (limit, used) {
        (None, _) => Some((
            "has no memory limit: a leak takes the memory of the whole node".to_owned(),
            used.map(|used| limit_of(used * 2.0)),
        )),
        (Some(limit), Some(used)) if used >= 0.8 * limit => Some((
            format!(
                "uses {} of its {} of memory: over the limit it is killed",
                words(&memory.used),
                words(&memory.limit)
            ),
            Some(limit_of(used)),
        )),
        _ => None,
    };
    let of_request = match (request.or(limit), used) {
        (None, _) => Some((
            "requests no memory: the scheduler counts it as nothing, and it is the first to be evicted".to_owned(),
            used.map(request_of),
        )),
        (Some(request), Some(used)) if used > request && limit.is_none_or(|limit| request < limit) => Some((
            format!(
                "uses {} of memory and requests {}: it may be evicted when the node runs short",
                words(&memory.used),
                mebibytes(request)
            ),
            Some(request_of(used)),
        )),
        (Some(request), Some(used)) if request > 4.0 * used && request - used > LITTLE_MEMORY => Some((
            format!(
                "requests {} of memory and uses {}: the rest is kept from others",
                mebibytes(request),
                words(&memory.used)
            ),
            Some(request_of(used)),
        )),
        _ => None,
    };
    [of_limit, of_request]
}

fn cpu(cpu: &Amounts) -> [Advice; 2] {
    let used = number(&cpu.used);
    let (request, limit) = (number(&cpu.request), number(&cpu.limit));
    let room = |used: f64| up(used * ROOM, 0.05).max(0.05);
    let limit_of = |used: f64| ("cpu limit", cores(room(used).max(request.unwrap_or(0.0))));
    let request_of = |used: f64| ("cpu request", cores(room(used).min(limit.unwrap_or(f64::INFINITY))));
    let words = |amount: &Option<String>| amount.clone().unwrap_or_default();
    let of_limit = match (limit, used) {
        (Some(limit), Some(used)) if used >= 0.9 * limit => Some((
            format!("uses {} of its {} of cpu: it is slowed down", words(&cpu.used), words(&cpu.limit)),
            Some(limit_of(used)),
        )),
        _ => None,
    };
    let of_request = match (request.or(limit), used) {
        (None, _) => Some((
            "requests no cpu: under load it gets what others leave".to_owned(),
            used.map(request_of),
        )),
        (Some(request), Some(used)) if request > 4.0 * used && request - used >= LITTLE_CPU => Some((
            format!(
                "requests {} of cpu and uses {}: the rest is kept from others",
                cores(request),
                words(&cpu.used)
            ),
            Some(request_of(used)),
        )),
        _ => None,
    };
    [of_limit, of_request]
}

/// Up to a whole number of steps.
fn up(amount: f64, step: f64) -> f64 {
    (amount / step).ceil() * step
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{diagnostics::states::workload_state, domain::kind::Kind};

    /// Advice on one workload, as `what → hint`.
    fn advised(containers: &[(Value, Option<(&str, &str)>)]) -> (Vec<String>, Sums, Sums) {
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Deployment").unwrap();
        let specs: Vec<Value> = containers
            .iter()
            .enumerate()
            .map(|(n, (resources, _))| json!({"name": format!("c{n}"), "image": "i", "resources": resources}))
            .collect();
        let used: Vec<Value> = containers
            .iter()
            .enumerate()
            .filter_map(|(n, (_, used))| {
                used.map(|(cpu, memory)| json!({"name": format!("c{n}"), "usage": {"cpu": cpu, "memory": memory}}))
            })
            .collect();
        let meta = |name: &str| json!({"name": name, "namespace": "default", "uid": name, "labels": {"app": "api"}});
        let owned = |name: &str, by: &str| {
            let mut meta = meta(name);
            meta["ownerReferences"] = json!([{"uid": by, "controller": true}]);
            json!({"metadata": meta, "spec": {}, "status": {"phase": "Running"}})
        };
        let deployment = json!({"metadata": meta("api"), "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}},
            "template": {"spec": {"containers": specs}}}});
        let state = workload_state(&kind, &deployment, &[owned("api-1", "api")], &[owned("api-1-x", "api-1")]);
        let measured = [
            json!({"metadata": meta("api-1-x"), "containers": used}),
            json!({"metadata": meta("other"), "containers": [
            {"name": "c0", "usage": {"cpu": "9", "memory": "9Gi"}}]}),
        ];
        let measured = if used.is_empty() {
            Err("no metrics".to_owned())
        } else {
            Ok(&measured[..])
        };
        let answer = sizing(Some("default".to_owned()), &[(state, &deployment)], measured);
        let lines = answer
            .advice
            .iter()
            .map(|advice| format!("{} → {}", advice.what, advice.hints.join(", ")))
            .collect();
        (lines, answer.cpu, answer.memory)
    }

    #[test]
    fn what_is_missing_is_suggested_with_room_above_what_was_measured() {
        let (advice, cpu, memory) = advised(&[(json!({}), Some(("12345678n", "40Mi")))]);
        assert_eq!(
            advice,
            [
                "api has no memory limit: a leak takes the memory of the whole node → `todo-agent \"set the memory limit of api to 128Mi\"`",
                "api requests no memory: the scheduler counts it as nothing, and it is the first to be evicted → `todo-agent \"set the memory request of api to 64Mi\"`",
                "api requests no cpu: under load it gets what others leave → `todo-agent \"set the cpu request of api to 50m\"`",
            ]
        );
        assert_eq!((cpu.requests.as_str(), cpu.limits), ("0m", None));
        assert_eq!((memory.requests.as_str(), memory.limits), ("0Mi", None));
    }

    #[test]
    fn without_a_measurement_no_amount_is_suggested() {
        let (advice, ..) = advised(&[
            (json!({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}), None),
            (json!({}), None),
        ]);
        assert_eq!(
            advice,
            [
                "api/c1 has no memory limit: a leak takes the memory of the whole node → ",
                "api/c1 requests no memory: the scheduler counts it as nothing, and it is the first to be evicted → ",
                "api/c1 requests no cpu: under load it gets what others leave → ",
            ]
        );
    }

    #[test]
    fn what_is_too_tight_or_too_wide_is_told_with_the_amounts() {
        let tight = json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}});
        let wide = json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}});
        let (advice, cpu, memory) = advised(&[(tight, Some(("190m", "120Mi"))), (wide, Some(("20m", "100Mi")))]);
        assert_eq!(
            advice,
            [
                "api/c0 uses 120Mi of its 128Mi of memory: over the limit it is killed → `todo-agent \"set the memory limit of api to 192Mi in container c0\"`",
                "api/c0 uses 120Mi of memory and requests 64Mi: it may be evicted when the node runs short → `todo-agent \"set the memory request of api to 128Mi in container c0\"`",
                "api/c0 uses 190m of its 200m of cpu: it is slowed down → `todo-agent \"set the cpu limit of api to 300m in container c0\"`",
                "api/c1 requests 1024Mi of memory and uses 100Mi: the rest is kept from others → `todo-agent \"set the memory request of api to 160Mi in container c1\"`",
                "api/c1 requests 1000m of cpu and uses 20m: the rest is kept from others → `todo-agent \"set the cpu request of api to 50m in container c1\"`",
            ]
        );
        assert_eq!((cpu.requests.as_str(), cpu.limits.as_deref()), ("2200m", Some("4400m")));
        assert_eq!((memory.requests.as_str(), memory.limits.as_deref()), ("2176Mi", Some("4352Mi")));
    }

    #[test]
    fn no_suggestion_sets_a_request_above_its_limit() {
        let near = json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "500m", "memory": "128Mi"}});
        assert_eq!(
            advised(&[(near, Some(("60m", "100Mi")))]).0,
            [
                "api uses 100Mi of memory and requests 64Mi: it may be evicted when the node runs short → `todo-agent \"set the memory request of api to 128Mi\"`"
            ]
        );
        let without = json!({"requests": {"cpu": "100m", "memory": "300Mi"}});
        assert_eq!(
            advised(&[(without, Some(("60m", "60Mi")))]).0,
            [
                "api has no memory limit: a leak takes the memory of the whole node → `todo-agent \"set the memory limit of api to 300Mi\"`",
                "api requests 300Mi of memory and uses 60Mi: the rest is kept from others → `todo-agent \"set the memory request of api to 96Mi\"`",
            ]
        );
    }

    #[test]
    fn what_was_not_measured_is_not_said_to_fit() {
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Deployment").unwrap();
        let api = json!({"metadata": {"name": "api", "namespace": "default"}, "spec": {"replicas": 1, "template": {"spec": {"containers": [
            {"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}}]}}}});
        let answer = sizing(None, &[(workload_state(&kind, &api, &[], &[]), &api)], Ok(&[]));
        assert_eq!(
            (answer.advice, answer.unmeasured.as_deref()),
            (Vec::new(), Some("these pods were not measured yet"))
        );
    }

    #[test]
    fn what_fits_needs_no_advice() {
        let fits = json!({"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}});
        assert_eq!(advised(&[(fits, Some(("60m", "100Mi")))]).0, Vec::<String>::new());
    }
}
