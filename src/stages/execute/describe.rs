//! One object in full.

use std::collections::BTreeMap;

use super::{Execute, facts, variables};
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
            let variables = sections.entry(facts::ENVIRONMENT.to_owned()).or_default();
            self.unfold(variables, object).await;
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
    async fn unfold(&self, variables: &mut Vec<(String, String)>, object: &ObjectRef) {
        let mut unfolded: Vec<(String, String)> = Vec::new();
        for (container, told) in std::mem::take(variables) {
            let of = variables::whole_config_map(&told).map(|(name, _)| name);
            let Some(name) = of.or_else(|| variables::key_of_config_map(&told).map(|(_, name, _)| name)) else {
                unfolded.push((container, told));
                continue;
            };
            let config_map = ObjectRef {
                kind: Kind::config_map(),
                namespace: object.namespace.clone(),
                name: name.to_owned(),
                uid: None,
            };
            let Ok(Some(found)) = self.observe.get(&config_map).await else {
                unfolded.push((container, told));
                continue;
            };
            // A container has what the ConfigMap was when it started.
            let now = if object.kind.kind == "Pod" { ", as that is now" } else { "" };
            let lines = match (variables::whole_config_map(&told), variables::key_of_config_map(&told)) {
                (Some((_, prefix)), _) => variables::variables_of(&found, prefix),
                (_, Some((variable, _, key))) => match variables::value_of(&found, key) {
                    Some(value) => vec![format!("{variable}={value} from configmap {name}, key {key}")],
                    None => vec![told.clone()],
                },
                _ => vec![told.clone()],
            };
            let now = if lines == [told.clone()] { "" } else { now };
            unfolded.extend(lines.into_iter().map(|line| (container.clone(), format!("{line}{now}"))));
        }
        let named = |line: &str| line.split(['=', ' ']).next().unwrap_or_default().to_owned();
        let is_of_keys = |line: &str| line.starts_with("all keys ");
        for (n, (container, line)) in unfolded.iter().enumerate() {
            let mut later = unfolded.iter().skip(n + 1);
            let counts =
                is_of_keys(line) || !later.any(|(other, again)| other == container && !is_of_keys(again) && named(again) == named(line));
            if counts {
                variables.push((container.clone(), line.clone()));
            }
        }
    }
}
