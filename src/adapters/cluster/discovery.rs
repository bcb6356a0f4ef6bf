//! Every kind that the server serves, custom resources included.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Cluster,
    api::{Ask, segment},
    fault::Fault,
};
use crate::domain::{failure::Result, kind::Kind};

/// All groups in one answer (Kubernetes 1.26 and later); servers before that answer with the plain list of groups.
const AGGREGATED: &str = kube::core::discovery::v2::ACCEPT_AGGREGATED_DISCOVERY_V2;

impl Cluster {
    pub(super) async fn find_kinds(&self) -> Result<Vec<Kind>> {
        let core = Ask::get("/api").accept(AGGREGATED);
        let groups = Ask::get("/apis").accept(AGGREGATED);
        let (core_answer, groups_answer) = tokio::join!(self.api().json(&core), self.api().json(&groups));
        let core_answer = core_answer.map_err(|fault| self.failure(fault, &core.call()))?;
        let groups_answer = groups_answer.map_err(|fault| self.failure(fault, &groups.call()))?;
        let is_aggregated = |answer: &Value| answer.get("kind").and_then(Value::as_str) == Some("APIGroupDiscoveryList");
        let mut kinds = Kinds::default();
        if is_aggregated(&core_answer) {
            kinds.aggregated(&core_answer);
        } else {
            self.group_by_group(&mut kinds, core_versions(&core_answer)).await?;
        }
        if is_aggregated(&groups_answer) {
            kinds.aggregated(&groups_answer);
        } else {
            self.group_by_group(&mut kinds, group_versions(&groups_answer)).await?;
        }
        Ok(kinds.found)
    }

    /// As clients did before 1.26: one call for each version of each group.
    async fn group_by_group(&self, kinds: &mut Kinds, versions: Vec<(String, String)>) -> Result<()> {
        let asks: Vec<Ask> = versions
            .iter()
            .map(|(group, version)| {
                Ask::get(if group.is_empty() {
                    format!("/api/{}", segment(version))
                } else {
                    format!("/apis/{}/{}", segment(group), segment(version))
                })
            })
            .collect();
        let answers = futures_util::future::join_all(asks.iter().map(|ask| self.api().json(ask))).await;
        for (((group, version), ask), answer) in versions.iter().zip(&asks).zip(answers) {
            match answer {
                Ok(list) => kinds.legacy(group, version, &list),
                // The server of an extension that is down takes its own kinds away, and no others.
                Err(Fault::Status(_)) => {}
                Err(fault) => return Err(self.failure(fault, &ask.call())),
            }
        }
        Ok(())
    }
}

fn core_versions(answer: &Value) -> Vec<(String, String)> {
    list(answer, "versions")
        .iter()
        .filter_map(Value::as_str)
        .map(|version| (String::new(), version.to_owned()))
        .collect()
}

/// Of each group its versions, the preferred one first.
fn group_versions(answer: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for group in list(answer, "groups") {
        let name = text(group, "/name");
        let preferred = text(group, "/preferredVersion/version");
        let mut versions: Vec<String> = list(group, "versions").iter().map(|version| text(version, "/version")).collect();
        versions.sort_by_key(|version| *version != preferred);
        all.extend(versions.into_iter().map(|version| (name.clone(), version)));
    }
    all
}

#[derive(Default)]
struct Kinds {
    found: Vec<Kind>,
    /// A kind is taken once, in the version that the server likes best.
    seen: BTreeSet<(String, String)>,
}

impl Kinds {
    fn aggregated(&mut self, answer: &Value) {
        for group in list(answer, "items") {
            let name = text(group, "/metadata/name");
            for version in list(group, "versions") {
                for resource in list(version, "resources") {
                    self.take(
                        Kind {
                            group: name.clone(),
                            version: text(version, "/version"),
                            kind: text(resource, "/responseKind/kind"),
                            plural: text(resource, "/resource"),
                            namespaced: text(resource, "/scope") == "Namespaced",
                            short_names: words(resource, "shortNames"),
                        },
                        &words(resource, "verbs"),
                    );
                }
            }
        }
    }

    fn legacy(&mut self, group: &str, version: &str, answer: &Value) {
        for resource in list(answer, "resources") {
            let plural = text(resource, "/name");
            if plural.contains('/') {
                continue;
            }
            self.take(
                Kind {
                    group: group.to_owned(),
                    version: version.to_owned(),
                    kind: text(resource, "/kind"),
                    plural,
                    namespaced: resource.get("namespaced").and_then(Value::as_bool).unwrap_or(false),
                    short_names: words(resource, "shortNames"),
                },
                &words(resource, "verbs"),
            );
        }
    }

    /// Kinds that can be read; reviews and the like can only be created.
    fn take(&mut self, kind: Kind, verbs: &[String]) {
        let readable = verbs.iter().any(|verb| matches!(verb.as_str(), "get" | "list"));
        if readable && !kind.kind.is_empty() && self.seen.insert((kind.group.clone(), kind.plural.clone())) {
            self.found.push(kind);
        }
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn words(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
