//! How large the cluster is, and which agents live in it: what `todo-agent doctor` tells of it.

use serde_json::Value;

use super::{Cluster, api::Ask, embedded::lifecycle::quantity::milli};
use crate::domain::{
    failure::Result,
    machine::{Amount, KagentFacts, Room},
};

/// More pods than this are not added up: a part of the truth would be told as the whole.
const MOST_PODS: &str = "1000";

impl Cluster {
    /// `None` when its nodes may not be seen.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn room(&self) -> Result<Option<Room>> {
        let nodes = Ask::get("/api/v1/nodes");
        // Those that ended have given back what they had.
        let pods = Ask::get("/api/v1/pods")
            .with("fieldSelector", "status.phase!=Succeeded,status.phase!=Failed")
            .with("limit", MOST_PODS);
        let (nodes, pods) = tokio::join!(self.seen(&nodes), self.seen(&pods));
        let (nodes, pods) = (nodes?, pods?);
        Ok(nodes.map(|nodes| room(&nodes, pods.as_ref())))
    }

    /// The agents of kagent that are in this cluster.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn kagent(&self) -> Result<KagentFacts> {
        let Some(group) = self.seen(&Ask::get("/apis/kagent.dev")).await? else {
            return Ok(KagentFacts {
                in_cluster: Some(false),
                ..KagentFacts::default()
            });
        };
        let version = group
            .pointer("/preferredVersion/version")
            .and_then(Value::as_str)
            .unwrap_or("v1alpha2");
        let agents = self.seen(&Ask::get(format!("/apis/kagent.dev/{version}/agents"))).await?;
        let agents = agents.unwrap_or_default();
        let agents = items(&agents);
        Ok(KagentFacts {
            in_cluster: Some(true),
            ready: agents.iter().filter(|agent| is_ready(agent)).map(name).collect(),
            agents: u32::try_from(agents.len()).unwrap_or(u32::MAX),
        })
    }

    /// What may not be seen, or is not served, is nothing.
    async fn seen(&self, ask: &Ask) -> Result<Option<Value>> {
        match self.api().json(ask).await {
            Ok(value) => Ok(Some(value)),
            Err(fault) if matches!(fault.code(), Some(403 | 404)) => Ok(None),
            Err(fault) => Err(self.failure(fault, &ask.call())),
        }
    }
}

fn items(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn name(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("/metadata/namespace"), text("/metadata/name"))
}

fn is(object: &Value, condition: &str) -> Option<bool> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array)?;
    let found = conditions
        .iter()
        .find(|found| found.get("type").and_then(Value::as_str) == Some(condition))?;
    Some(found.get("status").and_then(Value::as_str) == Some("True"))
}

fn is_ready(agent: &Value) -> bool {
    let ready = is(agent, "Ready").or_else(|| is(agent, "DeploymentReady"));
    ready == Some(true) && is(agent, "Accepted") != Some(false)
}

fn room(nodes: &Value, pods: Option<&Value>) -> Room {
    let nodes = items(nodes);
    let allocatable = |resource: &str| -> i128 {
        let of = |node: &Value| quantity(node.pointer("/status/allocatable").and_then(|all| all.get(resource)));
        nodes.iter().map(of).sum()
    };
    let whole = pods.filter(|pods| {
        let more = pods.pointer("/metadata/continue").and_then(Value::as_str);
        more.is_none_or(str::is_empty)
    });
    let requested = |resource: &str| whole.map(|pods| items(pods).iter().map(|pod| request(pod, resource)).sum::<i128>());
    let count = |nodes: usize| u32::try_from(nodes).unwrap_or(u32::MAX);
    let amount = |resource: &str, unit: i128| Amount {
        allocatable: unsigned(allocatable(resource) / unit),
        requested: requested(resource).map(|requested| unsigned(requested / unit)),
    };
    Room {
        nodes: count(nodes.len()),
        nodes_ready: count(nodes.iter().filter(|node| is(node, "Ready") == Some(true)).count()),
        cpu_millis: amount("cpu", 1),
        memory_bytes: amount("memory", 1000),
    }
}

fn unsigned(value: i128) -> u64 {
    u64::try_from(value.max(0)).unwrap_or(u64::MAX)
}

/// In thousandths.
fn quantity(value: Option<&Value>) -> i128 {
    match value {
        Some(Value::String(text)) => milli(text).unwrap_or(0),
        Some(Value::Number(number)) => milli(&number.to_string()).unwrap_or(0),
        _ => 0,
    }
}

/// What the scheduler counts for a pod: its containers and those that start before them and stay, or the largest that runs
/// alone beforehand; and its overhead.
fn request(pod: &Value, resource: &str) -> i128 {
    let containers = |key: &str| pod.pointer(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |container: &Value| quantity(container.pointer("/resources/requests").and_then(|all| all.get(resource)));
    let mut staying: i128 = 0;
    let mut largest: i128 = 0;
    for container in containers("/spec/initContainers") {
        if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            staying += of(container);
            largest = largest.max(staying);
        } else {
            largest = largest.max(staying + of(container));
        }
    }
    let running = staying + containers("/spec/containers").iter().map(of).sum::<i128>();
    let overhead = quantity(pod.pointer("/spec/overhead").and_then(|all| all.get(resource)));
    running.max(largest) + overhead
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asks(cpu: &str, memory: &str) -> Value {
        json!({"resources": {"requests": {"cpu": cpu, "memory": memory}}})
    }

    #[test]
    fn room_is_what_nodes_have_less_what_pods_ask_for() {
        let node = json!({"status": {
            "allocatable": {"cpu": "2", "memory": "4Gi"},
            "conditions": [{"type": "Ready", "status": "True"}]
        }});
        let sidecar = json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}});
        let pods = json!({"items": [
            {"spec": {"containers": [asks("250m", "1Gi"), asks("250m", "512Mi")]}},
            {"spec": {"initContainers": [sidecar, asks("1", "64Mi")], "containers": [asks("200m", "128Mi")], "overhead": {"cpu": "10m"}}},
            {"spec": {"containers": [{}]}}
        ]});
        let found = room(&json!({"items": [node, {"status": {"allocatable": {"cpu": 1}}}]}), Some(&pods));
        let expected = Room {
            nodes: 2,
            nodes_ready: 1,
            cpu_millis: Amount {
                allocatable: 3000,
                requested: Some(1610),
            },
            memory_bytes: Amount {
                allocatable: 4 << 30,
                requested: Some((1536 + 128) << 20),
            },
        };
        assert_eq!(found, expected);
        let more = json!({"metadata": {"continue": "x"}, "items": []});
        assert_eq!(room(&json!({"items": []}), Some(&more)).cpu_millis.requested, None);
    }

    #[test]
    fn an_agent_counts_when_it_is_accepted_and_ready() {
        let agent = |conditions: Value| is_ready(&json!({"status": {"conditions": conditions}}));
        let yes = |kind: &str| json!({"type": kind, "status": "True"});
        assert!(agent(json!([yes("Ready"), yes("Accepted")])) && agent(json!([yes("DeploymentReady")])));
        assert!(!agent(json!([yes("Accepted")])) && !agent(json!([yes("Ready"), {"type": "Accepted", "status": "False"}])));
    }
}
