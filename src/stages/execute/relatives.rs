//! The objects around a workload: its pods, its replica sets, what selects it.

use futures_util::join;
use serde_json::Value;

use super::{Execute, reads};
use crate::{
    diagnostics::selector,
    domain::{
        answer::Table,
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

    /// Of a kind, what a workload or pod has to do with: what its selector matches, what selects it, what it runs on.
    pub(super) async fn related(&self, kind: &Kind, query: &mut Query, of: &ObjectRef) -> Result<Table> {
        match kind.kind.as_str() {
            "Service" => self.selecting(query, of).await,
            "Node" => {
                let (table, pods) = join!(self.observe.table(query), self.pods_of(of));
                let pods = pods?;
                let on: Vec<&str> = pods.iter().filter_map(|pod| pod.pointer("/spec/nodeName")?.as_str()).collect();
                Ok(only(table?, |name| on.contains(&name)))
            }
            "Pod" | "ReplicaSet" => {
                let selector = self.selector_of(of).await?;
                query.labels = Some(selector.ok_or_else(|| not_kept_apart(kind, of))?);
                self.observe.table(query).await
            }
            _ => Err(not_kept_apart(kind, of)),
        }
    }

    async fn selecting(&self, query: &Query, of: &ObjectRef) -> Result<Table> {
        let (table, services, object) = join!(self.observe.table(query), self.observe.list(query), self.observe.get(of));
        let (table, services, object) = (table?, services?, object?);
        let labels = if of.kind.kind == "Pod" {
            "/metadata/labels"
        } else {
            "/spec/template/metadata/labels"
        };
        let labels = object.as_ref().and_then(|object| object.pointer(labels));
        let names: Vec<String> = services
            .iter()
            .filter(|service| selects(service, labels))
            .map(|service| reads::text(service, "/metadata/name"))
            .collect();
        Ok(only(table, |name| names.iter().any(|known| known == name)))
    }

    /// The label selector in the form of the API; `None` when the object has none.
    pub(super) async fn selector_of(&self, of: &ObjectRef) -> Result<Option<String>> {
        let object = self.observe.get(of).await?.ok_or_else(|| gone(of))?;
        Ok(selector(&object))
    }
}

fn only(mut table: Table, is_meant: impl Fn(&str) -> bool) -> Table {
    table.rows.retain(|row| is_meant(&row.name));
    table
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
fn selects(service: &Value, labels: Option<&Value>) -> bool {
    let wanted = service.pointer("/spec/selector").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    })
}
