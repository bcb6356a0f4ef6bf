//! Whether somebody may do something, as the cluster itself is asked.

use serde_json::{Value, json};

use super::kind::Kind;

/// One verb on a resource, on all objects of it or on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    pub verb: String,
    pub kind: Kind,
    /// Such as `portforward`; empty for the resource itself.
    pub subresource: String,
    /// `None`: all namespaces, or a cluster-scoped kind.
    pub namespace: Option<String>,
    pub name: Option<String>,
}

impl Right {
    #[must_use]
    pub fn to(verb: &str, kind: &Kind, namespace: Option<&str>) -> Self {
        Self {
            verb: verb.to_owned(),
            kind: kind.clone(),
            subresource: String::new(),
            namespace: namespace.filter(|_| kind.namespaced).map(str::to_owned),
            name: None,
        }
    }

    #[must_use]
    pub fn at(self, subresource: &str) -> Self {
        Self {
            subresource: subresource.to_owned(),
            ..self
        }
    }

    #[must_use]
    pub fn of(self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self
        }
    }

    /// The question for the user's own rights (authorization.k8s.io/v1).
    #[must_use]
    pub fn review(&self) -> Value {
        let mut attributes = json!({
            "verb": self.verb,
            "group": self.kind.group,
            "version": self.kind.version,
            "resource": self.kind.plural,
            "namespace": self.namespace,
        });
        for (key, value) in [
            ("subresource", Some(&self.subresource).filter(|name| !name.is_empty())),
            ("name", self.name.as_ref()),
        ] {
            if let Some(value) = value {
                attributes[key] = json!(value);
            }
        }
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        })
    }

    /// What the server answered; `None` where it did not say.
    #[must_use]
    pub fn is_given(answer: &Value) -> Option<bool> {
        answer.pointer("/status/allowed").and_then(Value::as_bool)
    }
}

/// `create deployments.apps in namespace "todo"`.
impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { verb, kind, .. } = self;
        let group = if kind.group.is_empty() {
            String::new()
        } else {
            format!(".{}", kind.group)
        };
        write!(f, "{verb} {}{group}", kind.plural)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace \"{namespace}\""),
            None => Ok(()),
        }
    }
}
