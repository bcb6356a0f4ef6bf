//! The environment variables of a container: their values, or where those come from.

use serde_json::Value;

use super::{facts, reads::text};

/// One line of a container's environment.
pub(super) struct Variable {
    pub container: String,
    source: Source,
}

enum Source {
    /// All keys of it, what stands before each of them, and the kind of it (`configmap`, `secret`).
    Whole { kind: &'static str, name: String, prefix: String },
    /// One key of a ConfigMap.
    Key { variable: String, config_map: String, key: String },
    /// Whatever needs no look at another object.
    Told { variable: String, line: String },
}

/// A line, and the variable that it is about, where it is about one.
pub(super) type Line = (Option<String>, String);

/// A line for each variable of a container: its value, or where that comes from. `NAME=value` is the form in which secrets
/// are known by their names.
pub(super) fn of(container: &Value) -> Vec<Variable> {
    let each = |list: &str| container.get(list).and_then(Value::as_array).into_iter().flatten();
    let name = text(container, "/name");
    let sources = each("envFrom").map(whole).chain(each("env").map(single));
    sources
        .map(|source| Variable {
            container: name.clone(),
            source,
        })
        .collect()
}

fn whole(source: &Value) -> Source {
    let from = |kind: &'static str, field: &str| {
        let name = text(source, &format!("/{field}/name"));
        let prefix = text(source, "/prefix");
        (!name.is_empty()).then_some(Source::Whole { kind, name, prefix })
    };
    from("configmap", "configMapRef")
        .or_else(|| from("secret", "secretRef"))
        .unwrap_or_else(|| Source::Told {
            variable: String::new(),
            line: String::new(),
        })
}

fn single(variable: &Value) -> Source {
    let name = text(variable, "/name");
    let from = |field: &str| variable.pointer(&format!("/valueFrom/{field}"));
    if let Some(source) = from("configMapKeyRef").filter(|_| from("secretKeyRef").is_none()) {
        return Source::Key {
            variable: name,
            config_map: text(source, "/name"),
            key: text(source, "/key"),
        };
    }
    let secret =
        || from("secretKeyRef").map(|source| format!("{name} from secret {}, key {}", text(source, "/name"), text(source, "/key")));
    let of_pod = |field: &str, key: &str| from(field).map(|source| format!("{name} from the pod's {}", text(source, key)));
    let line = secret()
        .or_else(|| of_pod("fieldRef", "/fieldPath"))
        .or_else(|| of_pod("resourceFieldRef", "/resource"))
        .unwrap_or_else(|| format!("{name}={}", facts::shortened(&text(variable, "/value"))));
    Source::Told { variable: name, line }
}

impl Variable {
    /// The ConfigMap that has its value.
    pub(super) fn config_map(&self) -> Option<&str> {
        match &self.source {
            Source::Whole {
                kind: "configmap", name, ..
            }
            | Source::Key { config_map: name, .. } => Some(name),
            _ => None,
        }
    }

    /// Without a look at any other object.
    pub(super) fn line(&self) -> String {
        match &self.source {
            Source::Whole { kind, name, prefix } if prefix.is_empty() => format!("all keys of {kind} {name}"),
            Source::Whole { kind, name, prefix } => format!("all keys of {kind} {name}, before each {prefix}"),
            Source::Key { variable, config_map, key } => format!("{variable} from configmap {config_map}, key {key}"),
            Source::Told { line, .. } => line.clone(),
        }
    }

    /// With the values of its ConfigMap, which may be another now than when the container started: `now` says so.
    pub(super) fn lines(&self, config_map: Option<&Value>, now: &str) -> Vec<Line> {
        match (&self.source, config_map) {
            (Source::Whole { name, prefix, .. }, Some(map)) => {
                let is_text = |key: &str| map.get("data").is_some_and(|data| data.get(key).is_some());
                let line = |(key, value): (String, String)| {
                    let line = format!("{prefix}{key}={value} from configmap {name}{now}");
                    (Some(format!("{prefix}{key}")), line)
                };
                facts::config_map(map)
                    .into_iter()
                    .filter(|(key, _)| is_text(key))
                    .map(line)
                    .collect()
            }
            (Source::Key { variable, config_map, key }, Some(map)) => {
                let value = facts::config_map(map).into_iter().find(|(name, _)| name == key);
                let told = value.map(|(_, value)| format!("{variable}={value} from configmap {config_map}, key {key}{now}"));
                vec![(Some(variable.clone()), told.unwrap_or_else(|| self.line()))]
            }
            (Source::Whole { .. }, None) => vec![(None, self.line())],
            (Source::Key { variable, .. } | Source::Told { variable, .. }, _) => vec![(Some(variable.clone()), self.line())],
        }
    }
}
