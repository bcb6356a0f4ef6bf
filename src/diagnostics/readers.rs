//! Which workloads read a ConfigMap or a Secret, by what their pod templates say.

use futures_util::future::join_all;
use serde_json::Value;

use super::fields::{list, text};
use crate::domain::{
    failure::Result,
    kind::Kind,
    object::ObjectRef,
    ports::observe::{Observe, Query},
};

/// What makes pods, or is one, and where the specification of its pods stands.
const MAKERS: [(&str, &str); 6] = [
    ("Deployment", "/spec/template/spec"),
    ("StatefulSet", "/spec/template/spec"),
    ("DaemonSet", "/spec/template/spec"),
    ("Job", "/spec/template/spec"),
    ("CronJob", "/spec/jobTemplate/spec/template/spec"),
    ("Pod", "/spec"),
];

/// `deployment/web`, and how it reads the ConfigMap or Secret.
pub type Reader = (String, Reads);

/// Of each kind of `wanted` that makes pods or is one: those that read `of`, or why they could not be listed. `of` itself is not read.
pub async fn readers(observe: &dyn Observe, of: &ObjectRef, wanted: impl Fn(&Kind) -> bool) -> Vec<Result<Vec<Reader>>> {
    let known = Kind::well_known();
    let makers = MAKERS.iter().filter_map(|(name, pods)| {
        let kind = known.iter().find(|kind| kind.kind == *name)?;
        wanted(kind).then_some((kind, *pods))
    });
    let listed = makers.map(|(maker, pods)| async move {
        let found = observe.list(&Query::all(maker.clone(), of.namespace.clone())).await?;
        let reader = |object: &Value| {
            let way = reads(object.pointer(pods).unwrap_or(&Value::Null), &of.kind.kind, &of.name)?;
            Some((format!("{}/{}", maker.singular(), text(object, "/metadata/name")?), way))
        };
        Ok(found
            .iter()
            .filter(|object| !is_made_by_another(object))
            .filter_map(reader)
            .collect())
    });
    join_all(listed).await
}

/// What makes it is told in its place.
fn is_made_by_another(object: &Value) -> bool {
    let maker =
        |owner: &Value| text(owner, "/kind").is_some_and(|kind| kind == "ReplicaSet" || MAKERS.iter().any(|(maker, _)| *maker == kind));
    list(object, "/metadata/ownerReferences").iter().any(maker)
}

/// How a pod template reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// As environment variables, or as single files (`subPath`): seen when a container starts.
    Variables,
    /// As files in a volume: the kubelet follows changes, but for a `subPath`
    /// (<https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath>).
    Files,
    /// To pull its images.
    Images,
}

/// `kind` is `ConfigMap` or `Secret`, `pods` a pod specification. Variables count before files: they need a restart.
fn reads(pods: &Value, kind: &str, name: &str) -> Option<Reads> {
    let containers = ["/initContainers", "/containers", "/ephemeralContainers"]
        .into_iter()
        .flat_map(|part| list(pods, part));
    let (whole, key, volume, volume_name) = match kind {
        "ConfigMap" => (
            "/configMapRef/name",
            "/valueFrom/configMapKeyRef/name",
            "/configMap/name",
            "/configMap/name",
        ),
        "Secret" => (
            "/secretRef/name",
            "/valueFrom/secretKeyRef/name",
            "/secret/secretName",
            "/secret/name",
        ),
        _ => return None,
    };
    let named = |object: &Value, pointer: &str| text(object, pointer) == Some(name);
    let as_variables = containers.into_iter().any(|container| {
        list(container, "/envFrom").iter().any(|from| named(from, whole)) || list(container, "/env").iter().any(|env| named(env, key))
    });
    let mut volumes = list(pods, "/volumes").iter();
    let as_files = volumes
        .any(|mounted| named(mounted, volume) || list(mounted, "/projected/sources").iter().any(|source| named(source, volume_name)));
    let to_pull = kind == "Secret" && list(pods, "/imagePullSecrets").iter().any(|secret| named(secret, "/name"));
    let parts = list(pods, "/containers")
        .iter()
        .flat_map(|container| list(container, "/volumeMounts"));
    let is_fixed = as_files
        && parts
            .into_iter()
            .any(|mount| text(mount, "/subPath").is_some_and(|path| !path.is_empty()));
    match (as_variables || is_fixed, as_files, to_pull) {
        (true, _, _) => Some(Reads::Variables),
        (_, true, _) => Some(Reads::Files),
        (_, _, true) => Some(Reads::Images),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_in_which_a_pod_reads_configuration_is_known() {
        let container = |part: &str, value: Value| json!({ "containers": [{ "name": "web", part: [value] }] });
        let volume = |value: Value| json!({ "containers": [{ "name": "web" }], "volumes": [value] });
        for (pods, expected) in [
            (
                container("envFrom", json!({ "configMapRef": { "name": "a" } })),
                "Some(Variables) None",
            ),
            (
                container(
                    "env",
                    json!({ "name": "X", "valueFrom": { "configMapKeyRef": { "name": "a", "key": "X" } } }),
                ),
                "Some(Variables) None",
            ),
            (container("envFrom", json!({ "configMapRef": { "name": "b" } })), "None None"),
            (
                container("envFrom", json!({ "secretRef": { "name": "a" } })),
                "None Some(Variables)",
            ),
            (
                json!({ "initContainers": [{ "envFrom": [{ "secretRef": { "name": "a" } }] }] }),
                "None Some(Variables)",
            ),
            (volume(json!({ "configMap": { "name": "a" } })), "Some(Files) None"),
            (volume(json!({ "secret": { "secretName": "a" } })), "None Some(Files)"),
            (
                volume(json!({ "projected": { "sources": [{ "secret": { "name": "a" } }] } })),
                "None Some(Files)",
            ),
            (json!({ "imagePullSecrets": [{ "name": "a" }] }), "None Some(Images)"),
        ] {
            let told = format!("{:?} {:?}", reads(&pods, "ConfigMap", "a"), reads(&pods, "Secret", "a"));
            assert_eq!(told, expected, "{pods}");
        }
    }
}
