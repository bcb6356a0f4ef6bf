//! Who may do something: roles and bindings, read as the API server reads them (RBAC).

use futures_util::future::join;
use serde_json::Value;

use super::{Execute, reads::text, rights::table};
use crate::{
    diagnostics::list,
    domain::{
        answer::Answer,
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        ports::observe::Query,
        step::WhoCan,
    },
};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Words that people use for the API's verbs.
const VERBS: [(&str, &str); 12] = [
    ("see", "get"),
    ("read", "get"),
    ("view", "get"),
    ("show", "list"),
    ("make", "create"),
    ("add", "create"),
    ("edit", "update"),
    ("change", "update"),
    ("modify", "update"),
    ("remove", "delete"),
    ("destroy", "delete"),
    ("kill", "delete"),
];
const KNOWN: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "impersonate",
    "bind",
    "escalate",
    "approve",
    "sign",
    "*",
];

impl Execute {
    pub(super) async fn who_can(&self, step: &WhoCan) -> Result<Answer> {
        let said = step.verb.to_lowercase();
        let verb = VERBS.iter().find(|(word, _)| *word == said).map_or(said.as_str(), |(_, verb)| verb);
        if !KNOWN.contains(&verb) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("\"{verb}\" is no verb of the API: rights are not told for it"),
            )
            .hint("They are told for get, list, watch, create, update, patch and delete."));
        }
        let namespace = match &step.namespace {
            Some(namespace) => namespace.clone(),
            None => self.observe.place().await?.namespace,
        };
        let namespace = step.kind.namespaced.then_some(namespace);
        if let Some(namespace) = &namespace {
            self.confirm(Some(namespace)).await?;
        }
        let all = |kind: &'static str, plural: &'static str, namespace: Option<&String>| {
            Query::all(rbac(kind, plural, namespace.is_some()), namespace.cloned())
        };
        let cluster_roles = all("ClusterRole", "clusterroles", None);
        let cluster_bindings = all("ClusterRoleBinding", "clusterrolebindings", None);
        let (cluster_roles, cluster_bindings) = self.both(&cluster_roles, &cluster_bindings).await?;
        let (roles, bindings) = match &namespace {
            None => (Vec::new(), Vec::new()),
            Some(_) => {
                let roles = all("Role", "roles", namespace.as_ref());
                let bindings = all("RoleBinding", "rolebindings", namespace.as_ref());
                self.both(&roles, &bindings).await?
            }
        };
        let mut rows = Vec::new();
        for (binding, of) in cluster_bindings
            .iter()
            .map(|one| (one, "clusterrolebinding"))
            .chain(bindings.iter().map(|one| (one, "rolebinding")))
        {
            let role_kind = text(binding, "/roleRef/kind");
            let role_name = text(binding, "/roleRef/name");
            let known = if role_kind == "ClusterRole" { &cluster_roles } else { &roles };
            let Some(role) = known.iter().find(|role| text(role, "/metadata/name") == role_name) else {
                continue;
            };
            let Some(names) = allows(role, verb, &step.kind) else { continue };
            let only = if names.is_empty() {
                String::new()
            } else {
                format!("only {}", names.join(", "))
            };
            for subject in list(binding, "/subjects") {
                rows.push(vec![
                    who(subject, namespace.as_deref()),
                    text(subject, "/kind"),
                    format!("{}/{role_name}", role_kind.to_lowercase()),
                    format!("{of}/{}", text(binding, "/metadata/name")),
                    only.clone(),
                ]);
            }
        }
        rows.sort();
        rows.dedup();
        let of = format!("subjects that may {verb} {}", step.kind.plural);
        Ok(Answer::Table(table(
            &of,
            namespace,
            &["Who", "Kind", "By role", "Through", "Limited to"],
            rows,
        )))
    }

    /// The roles and their bindings, asked for side by side. When neither may be listed, that of the roles is told whichever answer
    /// comes first.
    async fn both(&self, roles: &Query, bindings: &Query) -> Result<(Vec<Value>, Vec<Value>)> {
        let (roles, bindings) = join(self.observe.list(roles), self.observe.list(bindings)).await;
        Ok((roles.map_err(needs)?, bindings.map_err(needs)?))
    }
}

fn rbac(kind: &str, plural: &str, namespaced: bool) -> Kind {
    Kind {
        group: GROUP.to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        namespaced,
        short_names: Vec::new(),
    }
}

fn needs(failure: Failure) -> Failure {
    if failure.kind != FailureKind::Forbidden {
        return failure;
    }
    failure.hint("Who can do something is told by whoever may list roles and rolebindings of the namespace, and clusterroles and clusterrolebindings of the cluster. What you may yourself anybody is told: `todo-agent \"kubectl auth can-i delete pods\"`.")
}

/// Names that the right is limited to; empty: none. `None`: no rule allows it.
fn allows(role: &Value, verb: &str, kind: &Kind) -> Option<Vec<String>> {
    let has = |rule: &Value, part: &str, wanted: &str| {
        let all = list(rule, part).iter().filter_map(Value::as_str);
        all.into_iter().any(|one| one == "*" || one == wanted)
    };
    let rules = list(role, "/rules")
        .iter()
        .filter(|rule| has(rule, "/verbs", verb) && has(rule, "/apiGroups", &kind.group) && has(rule, "/resources", &kind.plural));
    let mut names = Vec::new();
    let mut found = false;
    for rule in rules {
        let only: Vec<String> = list(rule, "/resourceNames")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if only.is_empty() {
            return Some(Vec::new());
        }
        found = true;
        names.extend(only);
    }
    names.sort();
    names.dedup();
    found.then_some(names)
}

fn who(subject: &Value, home: Option<&str>) -> String {
    let (name, namespace) = (text(subject, "/name"), text(subject, "/namespace"));
    match namespace.as_str() {
        "" => name,
        namespace if Some(namespace) == home => name,
        namespace => format!("{namespace}/{name}"),
    }
}
