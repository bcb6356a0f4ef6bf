//! One object of the cluster, by name and by identity.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    field::{FieldPath, Segment},
    kind::Kind,
};

/// Names one object. With `uid` it names this very object and not a later one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    pub kind: Kind,
    /// `None` for cluster-scoped kinds.
    #[serde(default)]
    pub namespace: Option<String>,
    pub name: String,
    #[serde(default)]
    pub uid: Option<String>,
}

/// What Kubernetes lets the name of a namespace or a service be (RFC 1123: a label).
#[must_use]
pub fn is_label(name: &str) -> bool {
    is_name(name, 63, |c| c == '-')
}

/// What Kubernetes lets the names of most other objects be (RFC 1123: a subdomain).
#[must_use]
pub fn is_subdomain(name: &str) -> bool {
    is_name(name, 253, |c| c == '-' || c == '.')
}

fn is_name(name: &str, most: usize, joins: fn(char) -> bool) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = name.starts_with(plain) && name.ends_with(plain);
    ends && name.len() <= most && name.chars().all(|c| plain(c) || joins(c))
}

impl ObjectRef {
    /// The reference of an object as the server returned it.
    #[must_use]
    pub fn of(kind: &Kind, object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            kind: kind.clone(),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name").unwrap_or_default(),
            uid: text("/metadata/uid"),
        }
    }

    /// One of its kind in its place, whose name is not known yet.
    #[must_use]
    pub fn unnamed(&self) -> Self {
        Self {
            name: String::new(),
            ..self.clone()
        }
    }

    /// Same kind, namespace and name, whatever the uid.
    #[must_use]
    pub fn same_name(&self, other: &Self) -> bool {
        self.kind.group == other.kind.group
            && self.kind.kind == other.kind.kind
            && self.namespace == other.namespace
            && self.name == other.name
    }

    /// What is there is a value of a Secret, which is never told.
    #[must_use]
    pub fn keeps_secret(&self, field: &FieldPath) -> bool {
        self.kind.kind == "Secret" && matches!(field.0.first(), Some(Segment::Key(key)) if key == "data" || key == "stringData")
    }

    /// A request about this object as a command that works when pasted: `todo-agent "describe deployment/todo-backend"`.
    /// `home` is the namespace that is meant where none is named.
    #[must_use]
    pub fn request(&self, words: &str, home: Option<&str>) -> String {
        let namespace = self
            .namespace
            .as_deref()
            .filter(|namespace| home != Some(namespace))
            .map_or_else(String::new, |namespace| format!("-n {namespace} "));
        format!("`todo-agent {namespace}\"{words} {self}\"`")
    }
}

/// `deployment/todo-backend`.
impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind.singular(), self.name)
    }
}
