//! One object in full.

use std::collections::BTreeMap;

use super::{Execute, facts};
use crate::{
    diagnostics::{Need, gather, judge},
    domain::{
        answer::Description,
        failure::{Failure, FailureKind, Result},
        intent::Scope,
        object::ObjectRef,
    },
};

impl Execute {
    pub(super) async fn describe(&self, object: &ObjectRef) -> Result<Description> {
        let manifest = self.observe.get(object).await?.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!(
                    "{object} is not there{}",
                    object
                        .namespace
                        .as_deref()
                        .map_or(String::new(), |ns| format!(" in namespace {ns}"))
                ),
            )
        })?;
        let scope = Scope {
            namespace: object.namespace.clone(),
            ..Scope::default()
        };
        // Events and findings help; a user who may not read them still gets the object.
        let events = self.events(&scope, Some(object), false).await.unwrap_or_default();
        let findings = if object.kind.is_workload() || object.kind.kind == "Pod" {
            let snapshot = gather(self.observe.as_ref(), &scope, Some(object), &Need::findings()).await?;
            judge(&snapshot)
        } else {
            Vec::new()
        };
        let sections: BTreeMap<String, Vec<(String, String)>> = facts::sections(&manifest);
        Ok(Description {
            object: object.clone(),
            facts: facts::of(&manifest),
            sections,
            events,
            findings,
            manifest,
        })
    }
}
