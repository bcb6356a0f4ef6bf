//! The revisions of a workload that are kept: replica sets of a Deployment, controller revisions of the others.

use jiff::Timestamp;
use serde_json::Value;

use super::{list, pod_selector, text, time};
use crate::domain::{
    failure::Result,
    kind::Kind,
    object::ObjectRef,
    ports::observe::{Observe, Query},
};

const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
const CAUSE: &str = "/metadata/annotations/kubernetes.io~1change-cause";

/// One pod template that the workload had.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub number: u64,
    /// Without the label by which the controller tells its sets apart.
    pub template: Value,
    pub cause: Option<String>,
    pub created: Option<Timestamp>,
}

impl Revision {
    #[must_use]
    pub fn images(&self) -> Vec<String> {
        let containers = list(&self.template, "/spec/containers").iter();
        containers
            .filter_map(|container| text(container, "/image"))
            .map(str::to_owned)
            .collect()
    }
}

/// Oldest first; the last is the current one.
///
/// # Errors
/// They cannot be listed.
pub async fn revisions(observe: &dyn Observe, workload: &ObjectRef, object: &Value) -> Result<Vec<Revision>> {
    let of_deployment = workload.kind.kind == "Deployment";
    let kind = if of_deployment { replica_set() } else { controller_revision() };
    let query = Query {
        labels: pod_selector(workload, object),
        ..Query::all(kind, workload.namespace.clone())
    };
    let uid = text(object, "/metadata/uid");
    let owned = |kept: &Value| {
        list(kept, "/metadata/ownerReferences")
            .iter()
            .any(|owner| text(owner, "/uid") == uid)
    };
    let kept = observe.list(&query).await?;
    let mut revisions: Vec<Revision> = kept.iter().filter(|kept| owned(kept)).filter_map(revision).collect();
    revisions.sort_by_key(|revision| revision.number);
    Ok(revisions)
}

fn revision(kept: &Value) -> Option<Revision> {
    let of_set = text(kept, REVISION).and_then(|number| number.parse().ok());
    let number = of_set.or_else(|| kept.get("revision").and_then(Value::as_u64))?;
    let template = kept.pointer("/spec/template").or_else(|| kept.pointer("/data/spec/template"))?;
    Some(Revision {
        number,
        template: cleaned(template.clone()),
        cause: text(kept, CAUSE).map(str::to_owned),
        created: time(kept, "/metadata/creationTimestamp"),
    })
}

fn cleaned(mut template: Value) -> Value {
    if let Some(map) = template.as_object_mut() {
        map.shift_remove("$patch");
    }
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("creationTimestamp");
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.shift_remove("pod-template-hash");
        }
    }
    template
}

fn replica_set() -> Kind {
    Kind {
        kind: "ReplicaSet".to_owned(),
        plural: "replicasets".to_owned(),
        short_names: Vec::new(),
        ..Kind::deployment()
    }
}

fn controller_revision() -> Kind {
    Kind {
        kind: "ControllerRevision".to_owned(),
        plural: "controllerrevisions".to_owned(),
        short_names: Vec::new(),
        ..Kind::deployment()
    }
}
