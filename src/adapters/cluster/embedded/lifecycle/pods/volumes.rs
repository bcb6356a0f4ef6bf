//! Volumes whose source is missing keep a pod in ContainerCreating.

use serde_json::Value;

use super::super::turn::Turn;
use super::super::values;

/// What the kubelet says of each volume that cannot be mounted.
pub fn troubles(turn: &Turn, pod: &Value) -> Vec<String> {
    values::list(pod, "/spec/volumes")
        .iter()
        .flat_map(|volume| of_volume(turn, pod, volume))
        .collect()
}

fn of_volume(turn: &Turn, pod: &Value, volume: &Value) -> Vec<String> {
    let sources: Vec<&Value> = match volume.pointer("/projected/sources").and_then(Value::as_array) {
        Some(sources) => sources.iter().collect(),
        None => vec![volume],
    };
    let trouble = sources.into_iter().find_map(|source| missing(turn, values::namespace(pod), source));
    trouble
        .map(|why| format!("MountVolume.SetUp failed for volume \"{}\" : {why}", values::text(volume, "/name")))
        .into_iter()
        .collect()
}

/// What every node has; below these a simulated one is taken to have everything.
const FOLDERS: [&str; 15] = [
    "bin", "boot", "dev", "etc", "home", "lib", "mnt", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var",
];

/// A folder or file of the node that has to be there.
fn not_on_the_node(host_path: &Value) -> Option<String> {
    let path = values::text(host_path, "/path");
    let what = match values::text(host_path, "/type") {
        "Directory" => "directory",
        "File" => "file",
        "Socket" => "socket",
        _ => return None,
    };
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let there = first.is_empty() || FOLDERS.contains(&first);
    (!there).then(|| format!("hostPath type check failed: {path} is not a {what}"))
}

fn missing(turn: &Turn, namespace: &str, source: &Value) -> Option<String> {
    if let Some(trouble) = source.get("hostPath").and_then(not_on_the_node) {
        return Some(trouble);
    }
    for (field, name_field, kind) in [
        ("configMap", "name", "ConfigMap"),
        ("secret", "secretName", "Secret"),
        ("secret", "name", "Secret"),
    ] {
        let Some(reference) = source.get(field) else { continue };
        let name = reference.get(name_field).and_then(Value::as_str).unwrap_or_default();
        let optional = reference.get("optional") == Some(&Value::Bool(true));
        // The root certificate comes with every namespace; it is not worth an object of its own.
        if name.is_empty() || optional || name == "kube-root-ca.crt" {
            continue;
        }
        let Some(found) = turn.get(kind, namespace, name) else {
            return Some(format!("{} \"{name}\" not found", kind.to_lowercase()));
        };
        let has = |key: &str| {
            ["data", "binaryData"]
                .iter()
                .any(|part| found.get(*part).and_then(|data| data.get(key)).is_some())
        };
        let mut keys = values::list(reference, "/items").iter().map(|item| values::text(item, "/key"));
        if keys.any(|key| !has(key)) {
            let known = if kind == "Secret" { "secret" } else { "configmap" };
            return Some(format!(
                "{known} references non-existent {known} key: {}",
                first_missing(reference, has)
            ));
        }
    }
    None
}

fn first_missing(reference: &Value, has: impl Fn(&str) -> bool) -> String {
    let mut keys = values::list(reference, "/items").iter().map(|item| values::text(item, "/key"));
    keys.find(|key| !has(key)).unwrap_or_default().to_owned()
}
