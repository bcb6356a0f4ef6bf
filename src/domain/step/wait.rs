//! Waiting for what somebody or something else brings about.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldPath, Segment},
    kind::Kind,
    object::ObjectRef,
};

/// Nothing is done: what is waited for stands in the conditions of the playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub object: ObjectRef,
    /// As `kubectl wait --for` takes it; `None`: ready.
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub gone: bool,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// What "ready" means for its kind: a rollout that is complete, a pod that is ready, a job that is done.
    Ready,
    Created,
    Gone,
    /// A condition of its status. Kubernetes compares both without regard to case.
    Condition {
        name: String,
        status: String,
    },
    /// A field has this value; `None`: any.
    Field {
        path: FieldPath,
        value: Option<String>,
    },
}

/// What "ready" means for a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// A rollout that is complete.
    Rollout,
    /// A pod whose containers are ready, and that still runs.
    Pod,
    /// A condition of its status is true.
    Condition(&'static str),
    /// The phase of its status.
    Phase(&'static str),
    /// There is nothing more to it than that it is there.
    There,
    /// A kind that is not well known: `Available` where its status tells that and no `Ready`.
    Told,
}

impl Readiness {
    #[must_use]
    pub fn of(kind: &Kind) -> Self {
        match kind.kind.as_str() {
            _ if kind.is_workload() => Self::Rollout,
            "Pod" => Self::Pod,
            "Job" => Self::Condition("Complete"),
            "Node" => Self::Condition("Ready"),
            "APIService" => Self::Condition("Available"),
            "CustomResourceDefinition" => Self::Condition("Established"),
            "PersistentVolumeClaim" | "PersistentVolume" => Self::Phase("Bound"),
            "Namespace" => Self::Phase("Active"),
            "Service" | "ConfigMap" | "Secret" | "ServiceAccount" => Self::There,
            _ => Self::Told,
        }
    }

    /// The condition that an object of a kind that is not well known tells its readiness by.
    #[must_use]
    pub fn told(object: &Value) -> &'static str {
        let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
        let has = |name: &str| {
            conditions
                .into_iter()
                .flatten()
                .any(|one| one.get("type").and_then(Value::as_str) == Some(name))
        };
        if has("Available") && !has("Ready") { "Available" } else { "Ready" }
    }
}

impl Until {
    /// # Errors
    /// `Usage`: nothing that can be waited for.
    pub fn parse(until: Option<&str>, gone: bool) -> Result<Self> {
        let Some(text) = until.filter(|text| !text.is_empty()) else {
            return Ok(if gone { Self::Gone } else { Self::Ready });
        };
        match text.split_once('=') {
            None if text.eq_ignore_ascii_case("delete") => Ok(Self::Gone),
            None if text.eq_ignore_ascii_case("create") => Ok(Self::Created),
            Some(("condition", rest)) if !rest.is_empty() => {
                let (name, status) = rest.split_once('=').unwrap_or((rest, "True"));
                Ok(Self::Condition {
                    name: name.to_owned(),
                    status: status.to_owned(),
                })
            }
            Some(("jsonpath", rest)) => field(rest),
            _ => Err(wrong(text)),
        }
    }
}

fn wrong(text: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("--for={text} is nothing that can be waited for"))
        .hint("It looks like `condition=Available`, `condition=Ready=False`, `delete`, `create` or `jsonpath={.status.phase}=Running`.")
}

/// `{.status.phase}=Running`, `{.status.loadBalancer.ingress[0].ip}`.
fn field(text: &str) -> Result<Until> {
    let unknown = || {
        Failure::new(FailureKind::Usage, format!("the path {text} is more than a plain one")).hint(
            "Names, numbers of a list and quoted keys are known: `{.status.loadBalancer.ingress[0].ip}`, `{.metadata.labels['a/b']}`.",
        )
    };
    // The shell's quotes are still there where the whole command was quoted.
    let bare = text.trim_start_matches(['"', '\'']);
    let (inner, value) = match bare.strip_prefix('{') {
        Some(rest) => {
            let (inner, after) = rest.split_once('}').ok_or_else(unknown)?;
            let after = after.trim_start_matches(['"', '\'']);
            let value = after.strip_prefix('=');
            if value.is_none() && !after.is_empty() {
                return Err(unknown());
            }
            (inner, value)
        }
        None => text.split_once('=').map_or((text, None), |(path, value)| (path, Some(value))),
    };
    let value = value.map(|value| value.trim_matches(['"', '\'']).to_owned());
    let path = plain_path(inner.strip_prefix('$').unwrap_or(inner)).ok_or_else(unknown)?;
    Ok(Until::Field { path, value })
}

/// `None` for what is no plain path: wildcards, filters, ranges, two dots.
#[must_use]
pub fn plain_path(text: &str) -> Option<FieldPath> {
    let mut path = FieldPath::default();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner.split_once(']')?;
            let quoted = key.strip_prefix(['"', '\'']).and_then(|key| key.strip_suffix(['"', '\'']));
            path.0.push(match (quoted, key.parse()) {
                (Some(key), _) => Segment::Key(key.to_owned()),
                (None, Ok(number)) => Segment::Index(number),
                (None, Err(_)) => return None,
            });
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('.').unwrap_or(rest);
        let mut name = String::new();
        let mut chars = inner.char_indices();
        let mut end = inner.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => name.extend(chars.next().map(|(_, c)| c)),
                '.' | '[' => {
                    end = at;
                    break;
                }
                '*' | '?' | '(' | ')' | '@' | ':' | ',' | ' ' => return None,
                c => name.push(c),
            }
        }
        if name.is_empty() {
            return None;
        }
        path.0.push(Segment::Key(name));
        rest = inner.get(end..)?;
    }
    (!path.0.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_read_as_kubectl_takes_it() {
        let told = |text: &str| match Until::parse(Some(text), false) {
            Ok(Until::Field { path, value }) => format!("{path} = {value:?}"),
            Ok(other) => format!("{other:?}"),
            Err(failure) => failure.what,
        };
        let cases = [
            ("delete", "Gone"),
            ("create", "Created"),
            ("condition=Available", "Condition { name: \"Available\", status: \"True\" }"),
            ("condition=Ready=False", "Condition { name: \"Ready\", status: \"False\" }"),
            ("jsonpath={.status.phase}=Running", "status.phase = Some(\"Running\")"),
            ("jsonpath='{.status.phase}'=Running", "status.phase = Some(\"Running\")"),
            (
                "jsonpath={.status.loadBalancer.ingress[0].ip}",
                "status.loadBalancer.ingress[0].ip = None",
            ),
            (
                "jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}=web",
                "metadata.labels.app.kubernetes.io/name = Some(\"web\")",
            ),
            (
                "jsonpath={.status.containerStatuses[*].ready}=true",
                "the path {.status.containerStatuses[*].ready}=true is more than a plain one",
            ),
            ("condition=", "--for=condition= is nothing that can be waited for"),
            ("ready", "--for=ready is nothing that can be waited for"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
