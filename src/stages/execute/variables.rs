//! The environment variables of a container: their values, or where those come from.

use serde_json::Value;

use super::{
    facts::{self, Facts},
    reads::text,
};

/// What is told where a container has all keys of a ConfigMap as variables.
const ALL_KEYS: &str = "all keys of configmap ";
const BEFORE_EACH: &str = ", before each ";

/// The ConfigMap of which all keys are variables, and what stands before each of them.
pub(super) fn whole_config_map(told: &str) -> Option<(&str, &str)> {
    let of = told.strip_prefix(ALL_KEYS)?;
    Some(of.split_once(BEFORE_EACH).unwrap_or((of, "")))
}

/// `NAME from configmap app, key KEY`: its three parts.
pub(super) fn key_of_config_map(told: &str) -> Option<(&str, &str, &str)> {
    let (name, of) = told.split_once(" from configmap ")?;
    let (config_map, key) = of.split_once(", key ")?;
    (!name.contains(['=', ' '])).then_some((name, config_map, key))
}

/// The value of one key as it may be shown.
pub(super) fn value_of(config_map: &Value, key: &str) -> Option<String> {
    facts::config_map(config_map)
        .into_iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

/// A line for each key of a ConfigMap that is in a container as a variable.
pub(super) fn variables_of(config_map: &Value, prefix: &str) -> Vec<String> {
    let from = text(config_map, "/metadata/name");
    let values = facts::config_map(config_map).into_iter();
    let is_text = |key: &str| config_map.get("data").is_some_and(|data| data.get(key).is_some());
    values
        .filter(|(key, _)| is_text(key))
        .map(|(key, value)| format!("{prefix}{key}={value} from configmap {from}"))
        .collect()
}

/// A line for each variable of a container: its value, or where that comes from. `NAME=value` is the form in which secrets
/// are known by their names.
pub(super) fn of(container: &Value) -> Facts {
    let each = |list: &str| container.get(list).and_then(Value::as_array).into_iter().flatten();
    let sources = each("envFrom").map(|source| {
        let from = |all_keys: &str, field: &str| {
            let name = text(source, &format!("/{field}/name"));
            let prefix = text(source, "/prefix");
            let prefix = if prefix.is_empty() {
                prefix
            } else {
                format!("{BEFORE_EACH}{prefix}")
            };
            (!name.is_empty()).then(|| format!("{all_keys}{name}{prefix}"))
        };
        from(ALL_KEYS, "configMapRef")
            .or_else(|| from("all keys of secret ", "secretRef"))
            .unwrap_or_default()
    });
    let variables = each("env").map(|variable| {
        let name = text(variable, "/name");
        let from = |kind: &str, field: &str| {
            let source = variable.pointer(&format!("/valueFrom/{field}"))?;
            Some(format!(
                "{name} from {kind} {}, key {}",
                text(source, "/name"),
                text(source, "/key")
            ))
        };
        let of_pod = |field: &str, key: &str| {
            let source = variable.pointer(&format!("/valueFrom/{field}"))?;
            Some(format!("{name} from the pod's {}", text(source, key)))
        };
        from("secret", "secretKeyRef")
            .or_else(|| from("configmap", "configMapKeyRef"))
            .or_else(|| of_pod("fieldRef", "/fieldPath"))
            .or_else(|| of_pod("resourceFieldRef", "/resource"))
            .unwrap_or_else(|| format!("{name}={}", facts::shortened(&text(variable, "/value"))))
    });
    let container = text(container, "/name");
    sources.chain(variables).map(|line| (container.clone(), line)).collect()
}
