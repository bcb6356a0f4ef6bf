//! Reads that ask for more than objects.

use serde::{Deserialize, Serialize};

use crate::domain::{intent::Scope, kind::Kind, object::ObjectRef};

/// The server's own table of any kind, its rows told again as they change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// `None`: of one object alone.
    #[serde(default)]
    pub kind: Option<Kind>,
    #[serde(default)]
    pub object: Option<ObjectRef>,
    #[serde(default)]
    pub scope: Scope,
    /// A workload whose pods are meant.
    #[serde(default)]
    pub of: Option<ObjectRef>,
    /// `wide`; `None`: the usual columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// A field selector as the API takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
}

/// What pods or nodes use of cpu and memory now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// `None`: pods.
    #[serde(default)]
    pub kind: Option<Kind>,
    #[serde(default)]
    pub scope: Scope,
    #[serde(default)]
    pub of: Option<ObjectRef>,
}

/// What containers request and may use, beside what they use now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizing {
    #[serde(default)]
    pub scope: Scope,
    /// One workload; `None`: all of the scope.
    #[serde(default)]
    pub of: Option<ObjectRef>,
}

/// Whether the user may do this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanI {
    pub verb: String,
    pub kind: Kind,
    /// `None`: the place's own.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// Who may do this, by the roles and bindings of the cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhoCan {
    pub verb: String,
    pub kind: Kind,
    /// `None`: the place's own.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// What a kind or one of its fields is for, in the API's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// `deployment.spec.strategy`, `spec.replicas`, `imagePullPolicy`; `None`: the kind itself.
    #[serde(default)]
    pub field: Option<String>,
    /// The kind, where it stands apart from the field.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Every field below it, too.
    #[serde(default)]
    pub recursive: bool,
}

/// What is wanted of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfRelease {
    Status,
    History,
    Values,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelmRelease {
    pub name: String,
    #[serde(default)]
    pub namespace: Option<String>,
    pub show: OfRelease,
}

/// The release as it was in an earlier revision, which becomes its newest one, as `helm rollback` does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelmRollback {
    pub name: String,
    #[serde(default)]
    pub namespace: Option<String>,
    /// `None`: the last one before the current that did not fail.
    #[serde(default)]
    pub revision: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelmList {
    #[serde(default)]
    pub scope: Scope,
}

/// The clusters that the kubeconfig names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {}
