//! One object in full.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Execute,
    facts::{self, Facts},
    variables::{self, Variable},
};
use crate::{
    diagnostics::{Need, gather, judge},
    domain::{
        answer::Description,
        failure::{Failure, FailureKind, Result},
        intent::Scope,
        kind::Kind,
        object::ObjectRef,
        step::Describe,
    },
};

impl Execute {
    pub(super) async fn describe(&self, step: &Describe) -> Result<Description> {
        let object = &step.object;
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
        let mut sections: BTreeMap<String, Vec<(String, String)>> = facts::sections(&manifest);
        if step.environment {
            let variables = facts::containers(&manifest).flat_map(variables::of).collect();
            sections.insert(facts::ENVIRONMENT.to_owned(), self.unfolded(variables, object).await);
        }
        let asked = [
            (step.labels, facts::LABELS),
            (
                step.containers && sections.contains_key(facts::INIT_CONTAINERS),
                facts::INIT_CONTAINERS,
            ),
            (step.containers, facts::CONTAINERS),
            (step.environment, facts::ENVIRONMENT),
        ];
        let only: Vec<String> = asked
            .iter()
            .filter(|(is_asked, _)| *is_asked)
            .map(|(_, heading)| (*heading).to_owned())
            .collect();
        let pods = ["/spec/template/spec", "/spec/containers", "/spec/jobTemplate"];
        let has_pods = pods.iter().any(|pointer| manifest.pointer(pointer).is_some());
        // A Service has ports of its own, and no containers: all of it is told.
        let only = if has_pods || step.labels { only } else { Vec::new() };
        for heading in &only {
            let section = sections.entry(heading.clone()).or_default();
            if section.is_empty() {
                section.push(("(none)".to_owned(), String::new()));
            }
        }
        Ok(Description {
            object: object.clone(),
            facts: facts::of(&manifest),
            sections,
            only,
            events,
            findings,
            manifest,
        })
    }

    /// "All keys of configmap X": each of them, with its value. A ConfigMap that cannot be read stays as it was told. Of several values for
    /// one variable the last one counts, and a value of the container's own.
    async fn unfolded(&self, variables: Vec<Variable>, object: &ObjectRef) -> Facts {
        let mut maps: BTreeMap<&str, Option<Value>> = BTreeMap::new();
        for name in variables.iter().filter_map(Variable::config_map) {
            if maps.contains_key(name) {
                continue;
            }
            let config_map = ObjectRef {
                kind: Kind::config_map(),
                namespace: object.namespace.clone(),
                name: name.to_owned(),
                uid: None,
            };
            maps.insert(name, self.observe.get(&config_map).await.ok().flatten());
        }
        // A container has what the ConfigMap was when it started.
        let now = if object.kind.kind == "Pod" { ", as that is now" } else { "" };
        let lines: Vec<(&str, variables::Line)> = variables
            .iter()
            .flat_map(|variable| {
                let map = variable.config_map().and_then(|name| maps.get(name)?.as_ref());
                let lines = variable.lines(map, now);
                lines.into_iter().map(|line| (variable.container.as_str(), line))
            })
            .collect();
        let counts = |n: usize, of: &str, variable: &Option<String>| {
            let mut later = lines.iter().skip(n + 1);
            variable.is_none() || !later.any(|(container, (again, _))| *container == of && again == variable)
        };
        lines
            .iter()
            .enumerate()
            .filter(|(n, (container, (variable, _)))| counts(*n, container, variable))
            .map(|(_, (container, (_, line)))| ((*container).to_owned(), line.clone()))
            .collect()
    }
}
