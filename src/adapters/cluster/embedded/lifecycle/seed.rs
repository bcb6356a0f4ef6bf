//! What a fresh embedded cluster holds: its own objects, and the todo app, which has been running for a few minutes.

use std::collections::BTreeSet;

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::facts;
use super::super::world::{Images, World};
use super::{HOST_IP, NODE, admission, advance, defaulting, ident, values, volumeclaims};

/// How long before `now` the app was deployed.
const AGE: SignedDuration = SignedDuration::from_secs(7 * 60);

/// The images that a fresh cluster has.
#[must_use]
pub fn images() -> BTreeSet<String> {
    let tags = |name: &'static str| ["v1", "v2", "latest"].map(|tag| format!("docker.io/library/{name}:{tag}"));
    tags("todo-backend").into_iter().chain(tags("todo-frontend")).collect()
}

/// All objects of a fresh cluster, as they stand at `now`. `cluster` is its identity: the uid of kube-system; the other uids
/// follow from it.
#[must_use]
pub fn seed(now: Timestamp, cluster: &str) -> Vec<Value> {
    let start = values::after(now, -AGE);
    let mut world = World::new(start, Images { known: images() }, Vec::new());
    for object in cluster_objects() {
        put(&mut world, object, cluster);
    }
    for object in app_objects() {
        put(&mut world, object, cluster);
    }
    advance(&mut world);
    world.now = now;
    advance(&mut world);
    world.all().map(|(_, object)| object.clone()).collect()
}

/// Puts an object as the API would: defaults, ids, admission.
fn put(world: &mut World, mut object: Value, cluster: &str) {
    let kind = values::kind(&object).to_owned();
    let uid = match (kind.as_str(), values::name(&object)) {
        ("Namespace", "kube-system") => cluster.to_owned(),
        (_, name) => ident::uuid(&[cluster, &kind, values::namespace(&object), name]),
    };
    values::set(&mut object, &["metadata", "uid"], json!(uid));
    values::set(&mut object, &["metadata", "creationTimestamp"], json!(values::stamp(world.now)));
    if matches!(kind.as_str(), "Deployment") {
        values::set(&mut object, &["metadata", "generation"], json!(1));
    }
    defaulting::defaults(&kind, &mut object);
    if admission::admit(world, &kind, &mut object, None).is_ok() {
        world.put(object);
    }
}

fn cluster_objects() -> Vec<Value> {
    let mut objects = Vec::new();
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }));
        objects.push(service_account(name));
        objects.push(root_certificate(name));
    }
    objects.extend(facts::rights());
    objects.push(node());
    objects.push(json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "standard",
            "annotations": { "storageclass.kubernetes.io/is-default-class": "true" },
            "labels": { "addonmanager.kubernetes.io/mode": "EnsureExists" },
        },
        "provisioner": volumeclaims::PROVISIONER,
    }));
    objects.push(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "component": "apiserver", "provider": "kubernetes" } },
        "spec": { "clusterIP": "10.96.0.1", "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443 }] },
    }));
    objects
}

/// The account that every namespace gets.
#[must_use]
pub fn service_account(namespace: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default", "namespace": namespace } })
}

/// What pods trust the API server by. Nothing runs in the pods, so nothing needs it.
#[must_use]
pub fn root_certificate(namespace: &str) -> Value {
    let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "kube-root-ca.crt", "namespace": namespace, "annotations": { "kubernetes.io/description": description } },
        "data": { "ca.crt": "" },
    })
}

/// The one node: as large as the Minikube that the todo app is made for.
fn node() -> Value {
    let size = json!({ "cpu": "2", "ephemeral-storage": "20Gi", "hugepages-2Mi": "0", "memory": "4Gi", "pods": "110" });
    let condition =
        |of: &str, status: &str, reason: &str, message: &str| json!({ "type": of, "status": status, "reason": reason, "message": message });
    let images: Vec<Value> = ["todo-backend", "todo-frontend"]
        .into_iter()
        .map(|name| {
            let names: Vec<String> = ["v1", "v2", "latest"]
                .iter()
                .map(|tag| format!("docker.io/library/{name}:{tag}"))
                .collect();
            json!({ "names": names, "sizeBytes": if name == "todo-backend" { 189_402_112 } else { 231_735_296 } })
        })
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": NODE,
                "kubernetes.io/os": "linux",
                "node-role.kubernetes.io/control-plane": "",
                "todo-agent.dev/simulated": "true",
            },
        },
        "spec": { "podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"], "providerID": "todo-agent://embedded" },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": HOST_IP }, { "type": "Hostname", "address": NODE }],
            "allocatable": size.clone(),
            "capacity": size,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "images": images,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "simulated://1.0",
                "kernelVersion": "simulated",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.34.3",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "todo-agent embedded cluster (simulated)",
                "systemUUID": "",
            },
        },
    })
}

/// The model app, as anybody could apply it to another cluster.
fn app_objects() -> Vec<Value> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/todo-app.yaml"));
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    documents.into_iter().map(in_default_namespace).collect()
}

/// As the API server stores it: in a namespace, and a Secret's values encoded.
fn in_default_namespace(mut object: Value) -> Value {
    values::set(&mut object, &["metadata", "namespace"], json!("default"));
    if let Some(plain) = object.as_object_mut().and_then(|object| object.remove("stringData")) {
        let encode = |value: &Value| json!(base64::engine::general_purpose::STANDARD.encode(value.as_str().unwrap_or_default()));
        let data: serde_json::Map<String, Value> = plain
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), encode(value)))
            .collect();
        values::set(&mut object, &["data"], Value::Object(data));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_cluster_has_the_todo_app_running() {
        let now: Timestamp = "2026-11-23T18:45:00Z".parse().unwrap();
        let objects = seed(now, "11111111-2222-4333-8444-555555555555");
        let world = World::new(now, Images { known: images() }, objects);
        for name in ["todo-backend", "todo-frontend"] {
            let deployment = world.get("Deployment", "default", name).unwrap();
            assert_eq!(
                deployment["status"]["conditions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|condition| format!("{} {} {}", condition["type"], condition["status"], condition["reason"]))
                    .collect::<Vec<_>>(),
                [
                    r#""Available" "True" "MinimumReplicasAvailable""#,
                    r#""Progressing" "True" "NewReplicaSetAvailable""#
                ]
            );
            let mut status = deployment["status"].clone();
            status.as_object_mut().unwrap().shift_remove("conditions");
            assert_eq!(
                status,
                json!({ "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2 })
            );
        }
        let ready = world
            .list("Pod", Some("default"))
            .filter(|pod| values::condition_is(pod, "Ready", "True"))
            .count();
        assert_eq!(ready, 4);
        assert_eq!(
            world.get("Namespace", "", "kube-system").unwrap()["metadata"]["uid"],
            "11111111-2222-4333-8444-555555555555"
        );
        let endpoints = world.get("Endpoints", "default", "todo-backend").unwrap();
        assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 2);
        assert_eq!(
            endpoints["subsets"][0]["ports"],
            json!([{ "name": "http", "port": 7860, "protocol": "TCP" }])
        );
    }

    #[test]
    fn the_seed_is_the_same_every_time() {
        let now: Timestamp = "2026-11-23T18:45:00.25Z".parse().unwrap();
        assert_eq!(seed(now, "x"), seed(now, "x"));
    }
}
