//! Which workloads read a ConfigMap or a Secret.

use futures_util::future::join_all;
use serde_json::Value;

use super::{Execute, rights::table};
use crate::{
    diagnostics::{Reads, list, reads, text},
    domain::{
        answer::Answer,
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        object::ObjectRef,
        ports::observe::Query,
    },
};

/// What makes pods, or is one, and where the specification of its pods stands.
const MAKERS: [(&str, &str); 6] = [
    ("Deployment", "/spec/template/spec"),
    ("StatefulSet", "/spec/template/spec"),
    ("DaemonSet", "/spec/template/spec"),
    ("Job", "/spec/template/spec"),
    ("CronJob", "/spec/jobTemplate/spec/template/spec"),
    ("Pod", "/spec"),
];

impl Execute {
    /// A Secret itself is not read for it.
    ///
    /// # Errors
    /// Something else than a ConfigMap or a Secret, or one of the lists is refused.
    pub(super) async fn readers(&self, of: &ObjectRef) -> Result<Answer> {
        let kind = of.kind.kind.as_str();
        if !matches!(kind, "ConfigMap" | "Secret") {
            let what = format!("{of} is neither a config map nor a secret: no pod reads it");
            return Err(Failure::new(FailureKind::Usage, what).hint(format!("todo-agent \"describe {of}\"")));
        }
        if kind == "ConfigMap" && self.observe.get(of).await?.is_none() {
            return Err(Failure::new(FailureKind::NotFound, format!("{of} is not there")));
        }
        let known = Kind::well_known();
        let makers: Vec<(&Kind, &str)> = MAKERS
            .iter()
            .filter_map(|(name, pods)| Some((known.iter().find(|kind| kind.kind == *name)?, *pods)))
            .collect();
        let queries: Vec<Query> = makers
            .iter()
            .map(|(kind, _)| Query::all((*kind).clone(), of.namespace.clone()))
            .collect();
        let lists = join_all(queries.iter().map(|query| self.observe.list(query))).await;
        let mut rows = Vec::new();
        for ((maker, pods), found) in makers.into_iter().zip(lists) {
            for object in found?.iter().filter(|object| !is_made_by_another(object)) {
                let way = reads(object.pointer(pods).unwrap_or(&Value::Null), kind, &of.name);
                if let (Some(way), Some(name)) = (way, text(object, "/metadata/name")) {
                    rows.push(vec![format!("{}/{name}", maker.singular()), told(way).to_owned()]);
                }
            }
        }
        let of_it = format!("workloads that read {of}");
        Ok(Answer::Table(table(&of_it, of.namespace.clone(), &["Workload", "Reads it"], rows)))
    }
}

/// What makes it is told in its place.
fn is_made_by_another(object: &Value) -> bool {
    let maker =
        |owner: &Value| text(owner, "/kind").is_some_and(|kind| kind == "ReplicaSet" || MAKERS.iter().any(|(maker, _)| *maker == kind));
    list(object, "/metadata/ownerReferences").iter().any(maker)
}

const fn told(way: Reads) -> &'static str {
    match way {
        Reads::Variables => "when it starts: changes are seen after a restart",
        Reads::Files => "as files: changes are seen within about a minute",
        Reads::Images => "to pull its images",
    }
}
