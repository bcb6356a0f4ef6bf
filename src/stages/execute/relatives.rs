//! The objects around a workload: its pods, its replica sets, what selects it.

use serde_json::Value;

use super::{Execute, reads};
use crate::{
    diagnostics::selector,
    domain::{
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        object::ObjectRef,
        ports::observe::Query,
    },
};

impl Execute {
    /// The pods of a workload or service, by name; a pod is its own only pod.
    pub(super) async fn pods_of(&self, of: &ObjectRef) -> Result<Vec<Value>> {
        if of.kind.kind == "Pod" {
            let pod = self.observe.get(of).await?;
            return pod.map(|pod| vec![pod]).ok_or_else(|| gone(of));
        }
        let Some(labels) = self.selector_of(of).await? else {
            return Err(Failure::new(FailureKind::Failed, format!("{of} selects no pods")));
        };
        let query = Query {
            labels: Some(labels),
            ..Query::all(Kind::pod(), of.namespace.clone())
        };
        let mut pods = self.observe.list(&query).await?;
        pods.sort_by_key(|pod| reads::text(pod, "/metadata/name"));
        Ok(pods)
    }

    /// The label selector in the form of the API; `None` when the object has none.
    pub(super) async fn selector_of(&self, of: &ObjectRef) -> Result<Option<String>> {
        let object = self.observe.get(of).await?.ok_or_else(|| gone(of))?;
        Ok(selector(&object))
    }
}

/// An object that selects none of these by labels: the list would be that of everybody.
pub(super) fn not_kept_apart(kind: &Kind, of: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("which {} belong to {of} cannot be told: it selects none", kind.plural),
    )
    .hint(format!("todo-agent \"list {}\"", kind.plural))
    .hint(format!("todo-agent \"describe {of}\""))
}

fn gone(of: &ObjectRef) -> Failure {
    Failure::new(FailureKind::NotFound, format!("{of} is not there any more"))
}

/// Whether a service's selector matches the labels of a workload's pods.
pub(super) fn selects(service: &Value, labels: Option<&Value>) -> bool {
    let wanted = service.pointer("/spec/selector").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    })
}
