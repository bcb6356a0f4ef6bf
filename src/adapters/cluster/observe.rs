//! The cluster as something that can be looked at.

use serde_json::Value;

use super::{
    Cluster,
    api::{Ask, one},
    list::checked,
};
use crate::{
    adapters::tools,
    domain::{
        answer::{LogLine, Table},
        failure::{Failure, FailureKind, Result},
        inventory::ToolStatus,
        kind::Kind,
        object::ObjectRef,
        place::Place,
        ports::{
            Feed, Later,
            observe::{LogQuery, Observe, Query, Seen},
        },
        release::Release,
    },
};

impl Observe for Cluster {
    fn place<'a>(&'a self) -> Later<'a, Place> {
        Box::pin(async { self.inner.place.get_or_try_init(|| self.find_place()).await.cloned() })
    }

    fn kinds<'a>(&'a self) -> Later<'a, Vec<Kind>> {
        Box::pin(async { self.inner.kinds.get_or_try_init(|| self.find_kinds()).await.cloned() })
    }

    fn get<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        Box::pin(self.read(object, ""))
    }

    fn get_scale<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        Box::pin(self.read(object, "scale"))
    }

    fn list<'a>(&'a self, query: &'a Query) -> Later<'a, Vec<Value>> {
        Box::pin(async {
            checked(query)?;
            self.read_list(query).await
        })
    }

    fn table<'a>(&'a self, query: &'a Query) -> Later<'a, Table> {
        Box::pin(self.read_table(query))
    }

    fn watch<'a>(&'a self, query: &'a Query) -> Later<'a, Box<dyn Feed<Seen>>> {
        Box::pin(async {
            checked(query)?;
            Ok(self.start_watch(query.clone()))
        })
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> Later<'a, Box<dyn Feed<LogLine>>> {
        Box::pin(self.read_logs(query))
    }

    fn review<'a>(&'a self, review: &'a Value) -> Later<'a, Value> {
        Box::pin(async move {
            let body = serde_json::to_vec(review).unwrap_or_default();
            let ask = Ask::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(), body);
            let answer = self.api().json(&ask).await;
            answer.map_err(|fault| self.failure(fault, &ask.call()))
        })
    }

    fn openapi<'a>(&'a self, api_version: &'a str) -> Later<'a, Value> {
        Box::pin(async move {
            let root = if api_version.contains('/') { "apis" } else { "api" };
            let ask = Ask::get(format!("/openapi/v3/{root}/{api_version}"));
            let answer = self.api().json(&ask).await;
            answer.map_err(|fault| self.failure(fault, &ask.call()))
        })
    }

    fn releases<'a>(&'a self, namespace: Option<&'a str>, name: Option<&'a str>) -> Later<'a, Vec<Release>> {
        Box::pin(self.read_releases(namespace, name))
    }

    fn tools<'a>(&'a self, names: &'a [String]) -> Later<'a, Vec<ToolStatus>> {
        Box::pin(async { Ok(tools::look_for(names, &tools::Surroundings::of_this_process())) })
    }
}

impl Cluster {
    /// An object, or a subresource of it; `None` when it is not there.
    pub(super) async fn read(&self, object: &ObjectRef, subresource: &str) -> Result<Option<Value>> {
        let named = !object.name.is_empty() && object.namespace.as_deref() != Some("");
        if !named || (object.kind.namespaced && object.namespace.is_none()) {
            let what = format!("{object} cannot be read: its name or namespace is missing");
            return Err(Failure::new(FailureKind::Usage, what));
        }
        let ask = Ask::get(one(object, subresource));
        match self.api().json(&ask).await {
            Ok(value) => Ok(Some(whole(value, subresource))),
            Err(fault) if fault.is_absent() => Ok(None),
            Err(fault) => Err(self.failure(fault, &ask.call())),
        }
    }
}

/// No replicas are told by leaving the number out (`omitempty` of `autoscaling/v1` `ScaleSpec`): it is put in, so that 0 is a
/// number like any other.
pub(super) fn whole(mut object: Value, subresource: &str) -> Value {
    if subresource == "scale"
        && let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
    {
        spec.entry("replicas").or_insert_with(|| 0.into());
    }
    object
}
