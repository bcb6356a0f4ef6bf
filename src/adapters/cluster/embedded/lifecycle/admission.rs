//! Admission that looks at other objects.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::world::World;
use super::{Denied, ident, nodes, quota, values};

/// As [`super::admit`].
pub fn admit(world: &World, kind: &str, object: &mut Value, old: Option<&Value>) -> Result<(), Denied> {
    if old.is_none() {
        living_namespace(world, kind, object)?;
    }
    if matches!(kind, "Deployment" | "StatefulSet" | "ReplicaSet") {
        few_enough(object, old)?;
    }
    match kind {
        "Pod" if old.is_none() => pod(world, object)?,
        "Node" if old.is_none() => nodes::admit(object),
        "Namespace" if old.is_none() && object.pointer("/spec/finalizers").is_none() => {
            values::set(object, &["spec", "finalizers"], json!(["kubernetes"]));
        }
        "Service" => service(world, object, old)?,
        "PersistentVolumeClaim" if old.is_none() => claim(world, object),
        _ => {}
    }
    if old.is_none() || kind != "Pod" {
        quota::check(world, object, old).map_err(forbidden)?;
    }
    Ok(())
}

fn forbidden(message: String) -> Denied {
    Denied {
        code: 403,
        reason: "Forbidden",
        message,
    }
}

/// Each pod of a simulation is worked at with each access: more of them would only make it stand still.
const MOST_REPLICAS: u64 = 500;

fn few_enough(object: &Value, old: Option<&Value>) -> Result<(), Denied> {
    let count = |object: &Value| object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or_default();
    let wanted = count(object);
    if wanted <= MOST_REPLICAS || old.is_some_and(|old| count(old) == wanted) {
        return Ok(());
    }
    Err(forbidden(format!(
        "the embedded cluster simulates at most {MOST_REPLICAS} pods of one workload, and {wanted} were asked for; a real cluster has no such limit"
    )))
}

fn living_namespace(world: &World, kind: &str, object: &Value) -> Result<(), Denied> {
    let namespace = values::namespace(object);
    let going = !namespace.is_empty() && world.get("Namespace", "", namespace).is_some_and(values::deleting);
    if going && kind != "Event" {
        return Err(forbidden(format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        )));
    }
    Ok(())
}

/// A pod gets its service account, the token volume, tolerations and a priority.
fn pod(world: &World, pod: &mut Value) -> Result<(), Denied> {
    let namespace = values::namespace(pod).to_owned();
    let account = match values::text(pod, "/spec/serviceAccountName") {
        "" => "default".to_owned(),
        account => account.to_owned(),
    };
    if account != "default" && world.get("ServiceAccount", &namespace, &account).is_none() {
        return Err(forbidden(format!(
            "error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found"
        )));
    }
    values::set(pod, &["spec", "serviceAccountName"], json!(account));
    values::set(pod, &["spec", "serviceAccount"], json!(account));
    if pod.pointer("/spec/automountServiceAccountToken") != Some(&Value::Bool(false)) {
        mount_token(pod);
    }
    let mut tolerations = values::list(pod, "/spec/tolerations").to_vec();
    for name in ["not-ready", "unreachable"] {
        let key = format!("node.kubernetes.io/{name}");
        if !tolerations.iter().any(|toleration| values::text(toleration, "/key") == key) {
            tolerations.push(json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }));
        }
    }
    values::set(pod, &["spec", "tolerations"], Value::Array(tolerations));
    priority(world, pod)?;
    let quality = quality(pod);
    values::set(pod, &["status", "phase"], json!("Pending"));
    values::set(pod, &["status", "qosClass"], json!(quality));
    Ok(())
}

/// What the class says, or nothing special.
fn priority(world: &World, pod: &mut Value) -> Result<(), Denied> {
    let wanted = values::text(pod, "/spec/priorityClassName").to_owned();
    let class = world.get("PriorityClass", "", &wanted);
    let (priority, policy) = match (wanted.as_str(), class) {
        ("", _) => (json!(0), json!("PreemptLowerPriority")),
        ("system-cluster-critical", None) => (json!(2_000_000_000), json!("PreemptLowerPriority")),
        ("system-node-critical", None) => (json!(2_000_001_000), json!("PreemptLowerPriority")),
        (_, Some(class)) => (
            json!(values::count(class, "/value")),
            class
                .pointer("/preemptionPolicy")
                .cloned()
                .unwrap_or_else(|| json!("PreemptLowerPriority")),
        ),
        (wanted, None) => return Err(forbidden(format!("no PriorityClass with name {wanted} was found"))),
    };
    values::set(pod, &["spec", "preemptionPolicy"], policy);
    values::set(pod, &["spec", "priority"], priority);
    Ok(())
}

const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mount_token(pod: &mut Value) {
    let name = format!(
        "kube-api-access-{}",
        ident::letters(5, &[values::namespace(pod), values::name(pod), "token"])
    );
    let mut volumes = values::list(pod, "/spec/volumes").to_vec();
    if volumes.iter().any(|volume| values::name_of(volume).starts_with("kube-api-access-")) {
        return;
    }
    volumes.push(json!({
        "name": name,
        "projected": { "defaultMode": 420, "sources": [
            { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
            { "configMap": { "items": [{ "key": "ca.crt", "path": "ca.crt" }], "name": "kube-root-ca.crt" } },
            { "downwardAPI": { "items": [{ "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" }, "path": "namespace" }] } },
        ] },
    }));
    values::set(pod, &["spec", "volumes"], Value::Array(volumes));
    for list in ["containers", "initContainers"] {
        let Some(containers) = pod.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut) else {
            continue;
        };
        for container in containers {
            let mut mounts = values::list(container, "/volumeMounts").to_vec();
            if mounts.iter().all(|mount| values::text(mount, "/mountPath") != TOKEN) {
                mounts.push(json!({ "mountPath": TOKEN, "name": name, "readOnly": true }));
                values::set(container, &["volumeMounts"], Value::Array(mounts));
            }
        }
    }
}

/// The quality of service class.
fn quality(pod: &Value) -> &'static str {
    let containers: Vec<&Value> = ["initContainers", "containers"]
        .iter()
        .flat_map(|list| values::list(pod, &format!("/spec/{list}")))
        .collect();
    let amount = |container: &Value, part: &str, of: &str| container.pointer(&format!("/resources/{part}/{of}")).cloned();
    let each = |of: &str| {
        containers.iter().all(|container| {
            let (request, limit) = (amount(container, "requests", of), amount(container, "limits", of));
            limit.is_some() && (request.is_none() || request == limit)
        })
    };
    let none = containers.iter().all(|container| {
        ["requests", "limits"]
            .iter()
            .all(|part| ["cpu", "memory"].iter().all(|of| amount(container, part, of).is_none()))
    });
    if none {
        "BestEffort"
    } else if each("cpu") && each("memory") {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// Addresses and node ports of services.
fn service(world: &World, service: &mut Value, old: Option<&Value>) -> Result<(), Denied> {
    let kind = values::text(service, "/spec/type").to_owned();
    if kind == "ExternalName" {
        return Ok(());
    }
    if values::text(service, "/spec/clusterIP").is_empty() {
        let kept = old
            .map(|old| values::text(old, "/spec/clusterIP").to_owned())
            .filter(|kept| !kept.is_empty());
        let address = kept.unwrap_or_else(|| free_address(world, service));
        values::set(service, &["spec", "clusterIP"], json!(address));
    } else if old.is_none() {
        let asked = values::text(service, "/spec/clusterIP");
        let taken = asked != "None"
            && !world.tries
            && world
                .list("Service", None)
                .any(|other| values::text(other, "/spec/clusterIP") == asked);
        if taken {
            return Err(invalid(format!(
                "spec.clusterIPs: Invalid value: [\"{asked}\"]: failed to allocate IP {asked}: provided IP is already allocated"
            )));
        }
    }
    let address = values::text(service, "/spec/clusterIP").to_owned();
    values::set(service, &["spec", "clusterIPs"], json!([address]));
    for (field, usual) in [("ipFamilies", json!(["IPv4"])), ("ipFamilyPolicy", json!("SingleStack"))] {
        if service.pointer(&format!("/spec/{field}")).is_none() {
            values::set(service, &["spec", field], usual);
        }
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        node_ports(world, service, old)
    } else {
        Ok(())
    }
}

fn invalid(message: String) -> Denied {
    Denied {
        code: 422,
        reason: "Invalid",
        message,
    }
}

fn free_address(world: &World, service: &Value) -> String {
    if world.tries {
        // A dry run is given the first address there is, free or not.
        return "10.96.0.1".to_owned();
    }
    let used: BTreeSet<&str> = world
        .list("Service", None)
        .map(|other| values::text(other, "/spec/clusterIP"))
        .collect();
    let start = ident::number(&[values::uid(service), "address"]) % 60_000;
    (0..60_000)
        .map(|step| (start + step) % 60_000 + 256)
        .map(|number| format!("10.{}.{}.{}", 96 + (number >> 16), (number >> 8) & 255, number & 255))
        .find(|address| !used.contains(address.as_str()) && !address.ends_with(".0") && !address.ends_with(".255"))
        .unwrap_or_default()
}

fn node_ports(world: &World, service: &mut Value, old: Option<&Value>) -> Result<(), Denied> {
    let same = |other: &Value| values::name(other) == values::name(service) && values::namespace(other) == values::namespace(service);
    let mut used: BTreeSet<i64> = world
        .list("Service", None)
        .filter(|other| !same(other))
        .flat_map(|other| values::list(other, "/spec/ports"))
        .filter_map(|port| values::int(port, "/nodePort"))
        .collect();
    let seed = ident::number(&[values::uid(service), "port"]);
    let mut refused = None;
    let mut ports = values::list(service, "/spec/ports").to_vec();
    for (index, port) in ports.iter_mut().enumerate() {
        match values::int(port, "/nodePort").filter(|port| *port > 0) {
            Some(asked) if world.tries => {
                used.insert(asked);
            }
            Some(asked) if used.contains(&asked) => {
                refused.get_or_insert_with(|| {
                    format!("spec.ports[{index}].nodePort: Invalid value: {asked}: provided port is already allocated")
                });
            }
            Some(asked) if !(30_000..=32_767).contains(&asked) => {
                refused.get_or_insert_with(|| {
                    format!(
                        "spec.ports[{index}].nodePort: Invalid value: {asked}: provided port is not in the valid range. The range of valid ports is 30000-32767"
                    )
                });
            }
            Some(asked) => {
                used.insert(asked);
            }
            None => {
                let kept = old.and_then(|old| {
                    let mut before = values::list(old, "/spec/ports").iter();
                    let same = before.find(|before| before.pointer("/port") == port.pointer("/port"))?;
                    values::int(same, "/nodePort")
                });
                if world.tries && kept.is_none() {
                    values::set(port, &["nodePort"], json!(30_000));
                    continue;
                }
                let start = i64::try_from(seed % 2768).unwrap_or_default();
                let mut free = (0..2768)
                    .map(|step| 30_000 + (start + step) % 2768)
                    .filter(|port| !used.contains(port));
                let chosen = kept.filter(|kept| !used.contains(kept)).or_else(|| free.next()).unwrap_or(30_000);
                used.insert(chosen);
                values::set(port, &["nodePort"], json!(chosen));
            }
        }
    }
    values::set(service, &["spec", "ports"], Value::Array(ports));
    refused.map_or(Ok(()), |why| Err(invalid(why)))
}

/// A claim without a class gets the default one, and is kept while pods use it.
fn claim(world: &World, claim: &mut Value) {
    let default = world
        .list("StorageClass", None)
        .find(|class| values::annotation(class, "storageclass.kubernetes.io/is-default-class") == Some("true"));
    if let Some(class) = default.filter(|_| claim.pointer("/spec/storageClassName").is_none()) {
        values::set(claim, &["spec", "storageClassName"], json!(values::name(class)));
    }
    let mut finalizers = values::list(claim, "/metadata/finalizers").to_vec();
    if !finalizers.iter().any(|finalizer| finalizer == "kubernetes.io/pvc-protection") {
        finalizers.push(json!("kubernetes.io/pvc-protection"));
        values::set(claim, &["metadata", "finalizers"], Value::Array(finalizers));
    }
    values::set(claim, &["status"], json!({ "phase": "Pending" }));
}
