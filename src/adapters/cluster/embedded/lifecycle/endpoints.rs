//! Endpoints and EndpointSlices of services: the pods that their selectors match.

use serde_json::{Value, json};

use super::super::world::Key;
use super::turn::{Turn, finished, key};
use super::{NODE, ident, selector, values};

/// A slice holds at most so many addresses.
const SLICE: usize = 100;

pub fn reconcile(turn: &mut Turn, at: &Key) {
    let Some(service) = turn.get_key(at).cloned() else { return };
    let Some(wanted) = values::map(&service, "/spec/selector").filter(|wanted| !wanted.is_empty()) else {
        return;
    };
    if values::deleting(&service) {
        return;
    }
    let chosen = |pod: &&Value| {
        selector::contains(wanted, values::map(pod, "/metadata/labels")) && !values::text(pod, "/status/podIP").is_empty() && !finished(pod)
    };
    let pods: Vec<Value> = turn.world.list("Pod", Some(&at.1)).filter(chosen).cloned().collect();
    slices(turn, &service, &pods);
    endpoints(turn, &service, &pods);
}

fn is_ready(service: &Value, pod: &Value) -> bool {
    service.pointer("/spec/publishNotReadyAddresses") == Some(&Value::Bool(true)) || values::condition_is(pod, "Ready", "True")
}

fn target(pod: &Value) -> Value {
    json!({ "kind": "Pod", "name": values::name(pod), "namespace": values::namespace(pod), "uid": values::uid(pod) })
}

/// The pod's port that a service port means; by name it is found in the pod.
fn target_port(port: &Value, pod: Option<&Value>) -> Option<i64> {
    match port.get("targetPort") {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(name)) => {
            let mut ports = values::list(pod?, "/spec/containers")
                .iter()
                .flat_map(|container| values::list(container, "/ports"));
            ports
                .find(|port| values::text(port, "/name") == name)
                .and_then(|port| values::int(port, "/containerPort"))
        }
        _ => values::int(port, "/port"),
    }
}

fn ports(service: &Value, pods: &[Value], named: bool) -> Vec<Value> {
    values::list(service, "/spec/ports")
        .iter()
        .filter_map(|port| {
            let number = target_port(port, pods.first())?;
            let mut found = json!({});
            let name = values::text(port, "/name");
            if named || !name.is_empty() {
                values::set(&mut found, &["name"], json!(name));
            }
            values::set(&mut found, &["port"], json!(number));
            let protocol = match values::text(port, "/protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            values::set(&mut found, &["protocol"], json!(protocol));
            Some(found)
        })
        .collect()
}

fn slices(turn: &mut Turn, service: &Value, pods: &[Value]) {
    let entries: Vec<Value> = pods
        .iter()
        .map(|pod| {
            let (ready, going) = (is_ready(service, pod), values::deleting(pod));
            json!({
                "addresses": [values::text(pod, "/status/podIP")],
                "conditions": { "ready": ready && !going, "serving": ready, "terminating": going },
                "nodeName": NODE,
                "targetRef": target(pod),
            })
        })
        .collect();
    let ports = ports(service, pods, true);
    let mut known: Vec<Value> = turn
        .controlled("EndpointSlice", values::uid(service))
        .into_iter()
        .cloned()
        .collect();
    let mut chunks: Vec<&[Value]> = entries.chunks(SLICE).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    for (index, chunk) in chunks.iter().enumerate() {
        let slice = if known.is_empty() { None } else { Some(known.remove(0)) };
        write_slice(turn, service, slice, chunk, &ports, index);
    }
    for left in known {
        turn.remove(&key(&left));
    }
}

fn write_slice(turn: &mut Turn, service: &Value, slice: Option<Value>, entries: &[Value], ports: &[Value], index: usize) {
    let made = slice.is_none();
    let mut new = slice.clone().unwrap_or_else(|| {
        let name = values::name(service);
        let letters = ident::letters(5, &[values::uid(service), "slice", &index.to_string()]);
        json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{name}-{letters}"),
                "generateName": format!("{name}-"),
                "namespace": values::namespace(service),
                "ownerReferences": [values::owner_reference(service)],
            },
            "addressType": "IPv4",
        })
    });
    let mut labels = values::map(service, "/metadata/labels").cloned().unwrap_or_default();
    labels.insert(
        "endpointslice.kubernetes.io/managed-by".to_owned(),
        json!("endpointslice-controller.k8s.io"),
    );
    labels.insert("kubernetes.io/service-name".to_owned(), json!(values::name(service)));
    if values::text(service, "/spec/clusterIP") == "None" {
        labels.insert("service.kubernetes.io/headless".to_owned(), json!(""));
    }
    values::set(&mut new, &["metadata", "labels"], Value::Object(labels));
    values::set(&mut new, &["endpoints"], json!(entries));
    values::set(&mut new, &["ports"], json!(ports));
    if made {
        turn.create(new, &[values::uid(service)]);
    } else if slice.as_ref() != Some(&new) {
        turn.put_spec(new);
    }
}

fn endpoints(turn: &mut Turn, service: &Value, pods: &[Value]) {
    let address = |pod: &Value| json!({ "ip": values::text(pod, "/status/podIP"), "nodeName": NODE, "targetRef": target(pod) });
    let live = pods.iter().filter(|pod| !values::deleting(pod));
    let (ready, waiting): (Vec<&Value>, Vec<&Value>) = live.partition(|pod| is_ready(service, pod));
    let mut subset = json!({});
    for (field, pods) in [("addresses", &ready), ("notReadyAddresses", &waiting)] {
        if !pods.is_empty() {
            values::set(&mut subset, &[field], pods.iter().map(|pod| address(pod)).collect());
        }
    }
    let mut labels = values::map(service, "/metadata/labels").cloned().unwrap_or_default();
    labels.insert("endpoints.kubernetes.io/managed-by".to_owned(), json!("endpoint-controller"));
    let known = turn.get("Endpoints", values::namespace(service), values::name(service)).cloned();
    let made = known.is_none();
    let mut new = known.unwrap_or_else(|| {
        json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": { "name": values::name(service), "namespace": values::namespace(service) },
        })
    });
    values::set(&mut new, &["metadata", "labels"], Value::Object(labels));
    if ready.is_empty() && waiting.is_empty() {
        values::unset(&mut new, "", "subsets");
    } else {
        values::set(&mut subset, &["ports"], json!(ports(service, pods, false)));
        values::set(&mut new, &["subsets"], json!([subset]));
    }
    if made {
        turn.create(new, &[values::uid(service)]);
    } else {
        turn.put(new);
    }
}
