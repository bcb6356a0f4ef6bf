//! What runs in a pod: all of its spec but where it runs, how much it gets of its node and for how long it is waited.

use serde_json::{Map, Value};

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Members of the spec of a pod by which no other program runs in it. What is not known to be one of them may be one.
const OF_POD: [&str; 12] = [
    "activeDeadlineSeconds",
    "affinity",
    "nodeSelector",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "resources",
    "schedulerName",
    "schedulingGates",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
];

const OF_CONTAINER: [&str; 2] = ["resizePolicy", "resources"];

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

const OF_PROBE: [&str; 6] = [
    "failureThreshold",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "terminationGracePeriodSeconds",
    "timeoutSeconds",
];

/// What runs in the pod that this is the spec of; none where it is that of no pod.
#[must_use]
pub fn program(spec: &Map<String, Value>) -> Option<Value> {
    let is_of_pod = CONTAINERS.iter().any(|list| spec.get(*list).is_some_and(Value::is_array));
    is_of_pod.then(|| {
        let mut program = without(spec, &OF_POD);
        for list in CONTAINERS {
            let containers = program.get_mut(list).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
                *container = of_container(container);
            }
        }
        Value::Object(program)
    })
}

fn of_container(container: &Map<String, Value>) -> Map<String, Value> {
    let mut program = without(container, &OF_CONTAINER);
    for name in PROBES {
        if let Some(probe) = program.get_mut(name).and_then(Value::as_object_mut) {
            *probe = without(probe, &OF_PROBE);
        }
    }
    program
}

fn without(map: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let kept = map.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(spec: &Value) -> Option<Value> {
        program(spec.as_object().unwrap())
    }

    #[test]
    fn where_and_how_long_it_runs_is_no_part_of_what_runs() {
        let spec = json!({
            "containers": [{"name": "c", "image": "a:1", "resources": {"limits": {"cpu": "1"}},
                "livenessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 5}}],
            "nodeSelector": {"disk": "ssd"}, "tolerations": [], "volumes": [{"name": "v"}],
        });
        let runs = json!({
            "containers": [{"name": "c", "image": "a:1", "livenessProbe": {"exec": {"command": ["true"]}}}],
            "volumes": [{"name": "v"}],
        });
        assert_eq!(of(&spec), Some(runs));
        assert_eq!(of(&json!({"replicas": 1, "containers": 2})), None);
    }
}
