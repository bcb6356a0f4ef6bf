//! A container's environment, out of the pod, ConfigMaps and Secrets.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::Value;

use super::super::super::world::World;
use super::super::{script, values};

/// The environment that a container would be started with.
///
/// # Errors
/// The kubelet's words for what is missing (`CreateContainerConfigError`).
pub fn environment(world: &World, pod: &Value, container: &Value) -> Result<BTreeMap<String, String>, String> {
    let namespace = values::namespace(pod);
    let mut env = BTreeMap::new();
    for source in values::list(container, "/envFrom") {
        let prefix = values::text(source, "/prefix");
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(reference) = source.get(field) else { continue };
            let name = values::text(reference, "/name");
            match world.get(kind, namespace, name) {
                Some(found) => env.extend(data(found, kind).into_iter().map(|(key, value)| (format!("{prefix}{key}"), value))),
                None if reference.get("optional") == Some(&Value::Bool(true)) => {}
                None => return Err(format!("{} \"{name}\" not found", kind.to_lowercase())),
            }
        }
    }
    for entry in values::list(container, "/env") {
        let name = values::text(entry, "/name").to_owned();
        let value = match entry.get("valueFrom") {
            Some(from) => from_source(world, pod, from)?,
            None => Some(script::expand_references(values::text(entry, "/value"), &env)),
        };
        if let Some(value) = value {
            env.insert(name, value);
        }
    }
    Ok(env)
}

fn from_source(world: &World, pod: &Value, from: &Value) -> Result<Option<String>, String> {
    let namespace = values::namespace(pod);
    for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
        let Some(reference) = from.get(field) else { continue };
        let (name, key) = (values::text(reference, "/name"), values::text(reference, "/key"));
        let optional = reference.get("optional") == Some(&Value::Bool(true));
        let Some(found) = world.get(kind, namespace, name) else {
            return if optional {
                Ok(None)
            } else {
                Err(format!("{} \"{name}\" not found", kind.to_lowercase()))
            };
        };
        return match data(found, kind).remove(key) {
            Some(value) => Ok(Some(value)),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {key} in {kind} {namespace}/{name}")),
        };
    }
    let path = values::text(from, "/fieldRef/fieldPath")
        .replace(['.', '['], "/")
        .replace([']', '\''], "");
    Ok(Some(values::text(pod, &format!("/{path}")).to_owned()))
}

/// The text entries of a ConfigMap or Secret.
fn data(object: &Value, kind: &str) -> BTreeMap<String, String> {
    let entries = values::map(object, "/data").into_iter().flatten();
    entries
        .filter_map(|(key, value)| {
            let text = value.as_str()?;
            let text = if kind == "Secret" {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                text.to_owned()
            };
            Some((key.clone(), text))
        })
        .collect()
}
