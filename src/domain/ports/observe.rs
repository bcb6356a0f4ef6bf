use serde_json::Value;

use super::{Feed, Later};
use crate::domain::{
    answer::{LogLine, Table},
    failure::{Failure, FailureKind},
    inventory::ToolStatus,
    kind::Kind,
    object::ObjectRef,
    place::Place,
    release::{ContextLine, Helm, Release},
};

fn cannot(what: &str) -> Failure {
    Failure::new(FailureKind::Configuration, what)
}

/// Which objects to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub kind: Kind,
    /// `None`: all namespaces (or a cluster-scoped kind).
    pub namespace: Option<String>,
    pub labels: Option<String>,
    /// Such as `metadata.name=todo-backend` or `involvedObject.uid=…`.
    pub fields: Option<String>,
}

impl Query {
    #[must_use]
    pub const fn all(kind: Kind, namespace: Option<String>) -> Self {
        Self {
            kind,
            namespace,
            labels: None,
            fields: None,
        }
    }

    /// Only this object.
    #[must_use]
    pub fn one(object: &ObjectRef) -> Self {
        Self {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            labels: None,
            fields: Some(format!("metadata.name={}", object.name)),
        }
    }
}

/// Which log to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub follow: bool,
    pub since_seconds: Option<u64>,
    pub tail: Option<u64>,
    pub previous: bool,
}

/// A change that a watch saw. A watch begins with the objects that are there.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Is(Value),
    Gone(ObjectRef),
    /// Everything that is there was told; changes follow.
    Complete,
}

/// Reads the cluster. Kinds known to `Kind::well_known` cost no discovery.
pub trait Observe: Send + Sync {
    /// The cluster: identity, locality and version. Asked once, then kept.
    fn place<'a>(&'a self) -> Later<'a, Place>;

    /// The cluster as the kubeconfig names it, without a look at it.
    fn named<'a>(&'a self) -> Later<'a, Place> {
        self.place()
    }

    /// Every kind that the server serves.
    fn kinds<'a>(&'a self) -> Later<'a, Vec<Kind>>;

    /// `None` when it is not there.
    fn get<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>>;

    /// The `scale` subresource of an object.
    fn get_scale<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>>;

    /// All of them; large lists are read in pages.
    fn list<'a>(&'a self, query: &'a Query) -> Later<'a, Vec<Value>>;

    /// The server's own columns, for any kind.
    fn table<'a>(&'a self, query: &'a Query) -> Later<'a, Table>;

    /// Keeps going over dropped connections and expired resource versions; an error is final.
    fn watch<'a>(&'a self, query: &'a Query) -> Later<'a, Box<dyn Feed<Seen>>>;

    fn logs<'a>(&'a self, query: &'a LogQuery) -> Later<'a, Box<dyn Feed<LogLine>>>;

    /// The answer to a question about rights (`SelfSubjectAccessReview`).
    fn review<'a>(&'a self, _review: &'a Value) -> Later<'a, Value> {
        Box::pin(async move { Err(cannot("rights cannot be asked for")) })
    }

    /// The OpenAPI v3 document of a group and version: `v1`, `apps/v1`.
    fn openapi<'a>(&'a self, _api_version: &'a str) -> Later<'a, Value> {
        Box::pin(async move { Err(cannot("the server's descriptions cannot be read")) })
    }

    /// The revisions of Helm releases of a namespace, or of all; of one release where it is named. Oldest first.
    fn releases<'a>(&'a self, _namespace: Option<&'a str>, _name: Option<&'a str>) -> Later<'a, Vec<Release>> {
        Box::pin(async move { Err(cannot("releases cannot be read")) })
    }

    /// The helm that would change releases of this cluster; a failure says why none can.
    fn helm<'a>(&'a self) -> Later<'a, Helm> {
        Box::pin(async move { Err(cannot("helm cannot be run")) })
    }

    /// The clusters that the kubeconfig names; the embedded one where it names none. No network.
    fn contexts<'a>(&'a self) -> Later<'a, Vec<ContextLine>> {
        Box::pin(async move { Err(cannot("the kubeconfig cannot be read")) })
    }

    /// The file at this path of the user's machine, or the files of this folder: names and contents.
    fn files<'a>(&'a self, path: &'a str) -> Later<'a, Vec<(String, Vec<u8>)>> {
        Box::pin(async move { Err(cannot(&format!("the file {path} cannot be read"))) })
    }

    /// The value of a variable of the environment.
    fn variable<'a>(&'a self, name: &'a str) -> Later<'a, String> {
        Box::pin(async move { Err(cannot(&format!("the variable {name} cannot be read"))) })
    }

    /// Whether these AI tools could be used: on PATH, and their key is there. No version probe, no network.
    fn tools<'a>(&'a self, names: &'a [String]) -> Later<'a, Vec<ToolStatus>>;
}
