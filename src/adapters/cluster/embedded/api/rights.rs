//! Who may do what: roles and bindings, read as the real server reads them. Whoever has the server's token may do
//! everything, and may ask as somebody else.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::{Value, json};

use super::call::Call;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::store::View;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
    pub extra: BTreeMap<String, Vec<String>>,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub enum Wish<'a> {
    Resource {
        verb: &'a str,
        group: &'a str,
        resource: &'a str,
        subresource: &'a str,
        namespace: &'a str,
        name: &'a str,
    },
    Path {
        verb: &'a str,
        path: &'a str,
    },
}

/// A rule, and through what it holds for somebody.
pub struct Granted {
    pub rule: Value,
    pub reason: String,
}

impl User {
    /// The owner of the token, or as whom it asks.
    ///
    /// # Errors
    /// Groups without a user.
    pub fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let all = |name: &str| -> Vec<String> {
            let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
        };
        let groups = all("impersonate-group");
        match all("impersonate-user").into_iter().next() {
            Some(name) => {
                let extra = headers.keys().filter_map(|name| {
                    let key = name.as_str().strip_prefix("impersonate-extra-")?;
                    Some((super::query::decoded(key), all(name.as_str())))
                });
                Ok(Self::named(name, groups, extra.collect()))
            }
            None if groups.is_empty() => Ok(Self {
                name: "todo-agent-embedded".to_owned(),
                groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
                extra: BTreeMap::new(),
            }),
            None => {
                let asked: Vec<String> = groups.iter().map(|group| format!("{{Group    {group}   }}")).collect();
                let message = format!(
                    "Internal Server Error: \"\": requested [{}] without impersonating a user",
                    asked.join(" ")
                );
                Err(Refusal::plain(500, message))
            }
        }
    }

    /// With the groups that everybody of this name has.
    pub fn named(name: String, mut groups: Vec<String>, extra: BTreeMap<String, Vec<String>>) -> Self {
        if let (true, Some(account)) = (groups.is_empty(), name.strip_prefix("system:serviceaccount:")) {
            let namespace = account.split(':').next().unwrap_or_default();
            groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
        }
        let everybody = if name == "system:anonymous" {
            "system:unauthenticated"
        } else {
            "system:authenticated"
        };
        if !groups.iter().any(|group| group == everybody) {
            groups.push(everybody.to_owned());
        }
        Self { name, groups, extra }
    }

    fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }

    fn is(&self, subject: &Value, namespace: &str) -> bool {
        let text = |field: &str| subject[field].as_str().unwrap_or_default();
        match text("kind") {
            "User" => text("name") == self.name,
            "Group" => self.groups.iter().any(|group| group == text("name")),
            "ServiceAccount" => {
                let of = Some(text("namespace")).filter(|of| !of.is_empty()).unwrap_or(namespace);
                self.name == format!("system:serviceaccount:{of}:{}", text("name"))
            }
            _ => false,
        }
    }
}

/// What holds for somebody in a namespace, and everywhere.
///
/// # Errors
/// The database's own.
pub fn rules(view: &View<'_>, user: &User, namespace: &str) -> Result<Vec<Granted>, Refusal> {
    let mut found = Vec::new();
    let mut bindings = view.list(GROUP, "ClusterRoleBinding", None, None)?;
    if !namespace.is_empty() {
        bindings.extend(view.list(GROUP, "RoleBinding", Some(namespace), None)?);
    }
    for binding in bindings {
        let text = |pointer: &str| binding.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let mut subjects = binding["subjects"].as_array().into_iter().flatten();
        let Some(subject) = subjects.find(|subject| user.is(subject, namespace)) else {
            continue;
        };
        let (kind, role) = (text("/roleRef/kind"), text("/roleRef/name"));
        let of = if kind == "Role" { namespace } else { "" };
        let Some(found_role) = view.get(GROUP, kind, of, role)? else {
            continue;
        };
        let place = text("/metadata/namespace");
        let place = if place.is_empty() { String::new() } else { format!("/{place}") };
        let (whom, whose) = (
            subject["kind"].as_str().unwrap_or_default(),
            subject["name"].as_str().unwrap_or_default(),
        );
        let whose = match subject["namespace"].as_str().filter(|_| whom == "ServiceAccount") {
            Some(namespace) => format!("{whose}/{namespace}"),
            None => whose.to_owned(),
        };
        let reason = format!(
            "RBAC: allowed by {} \"{}{place}\" of {kind} \"{role}\" to {whom} \"{whose}\"",
            text("/kind"),
            text("/metadata/name")
        );
        for rule in found_role["rules"].as_array().into_iter().flatten() {
            found.push(Granted {
                rule: rule.clone(),
                reason: reason.clone(),
            });
        }
    }
    // A cluster of an earlier version has no roles.
    if found.is_empty() && user.is_master() {
        let everything = [
            json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }),
            json!({ "verbs": ["*"], "nonResourceURLs": ["*"] }),
        ];
        found.extend(everything.map(|rule| Granted {
            rule,
            reason: String::new(),
        }));
    }
    Ok(found)
}

/// Through what somebody may do something; none when it is not allowed.
///
/// # Errors
/// The database's own.
pub fn allowed(view: &View<'_>, user: &User, wish: Wish<'_>) -> Result<Option<String>, Refusal> {
    if user.is_master() {
        return Ok(Some(String::new()));
    }
    let namespace = match wish {
        Wish::Resource { namespace, .. } => namespace,
        Wish::Path { .. } => "",
    };
    let rules = rules(view, user, namespace)?;
    Ok(rules
        .into_iter()
        .find(|granted| permits(&granted.rule, wish))
        .map(|granted| granted.reason))
}

fn permits(rule: &Value, wish: Wish<'_>) -> bool {
    let has = |field: &str, word: &str| {
        let mut words = rule[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        words.any(|known| known == "*" || known == word)
    };
    match wish {
        Wish::Resource {
            verb,
            group,
            resource,
            subresource,
            name,
            ..
        } => {
            let names = rule["resourceNames"].as_array().filter(|names| !names.is_empty());
            let whole = if subresource.is_empty() {
                resource.to_owned()
            } else {
                format!("{resource}/{subresource}")
            };
            has("verbs", verb)
                && has("apiGroups", group)
                && (has("resources", &whole) || (!subresource.is_empty() && has("resources", &format!("*/{subresource}"))))
                && names.is_none_or(|names| names.iter().any(|known| known == name))
        }
        Wish::Path { verb, path } => {
            let mut urls = rule["nonResourceURLs"].as_array().into_iter().flatten().filter_map(Value::as_str);
            has("verbs", verb)
                && urls.any(|url| match url.strip_suffix('*') {
                    Some(start) => path.starts_with(start),
                    None => path == url,
                })
        }
    }
}

/// Refuses a call that its caller may not make.
///
/// # Errors
/// 403 in the real server's words.
pub fn check(view: &View<'_>, call: &Call) -> Result<(), Refusal> {
    let (group, resource, namespace, name) = (call.kind.group.as_str(), call.kind.plural.as_str(), call.namespace(), call.name());
    let subresource = call.address.subresource.as_deref().unwrap_or_default();
    let subresource = subresource.split('/').next().unwrap_or_default();
    let verb = call.verb();
    let wish = Wish::Resource {
        verb,
        group,
        resource,
        subresource,
        namespace,
        name,
    };
    if allowed(view, &call.user, wish)?.is_some() {
        return Ok(());
    }
    let whole = if subresource.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}/{subresource}")
    };
    let what = call.kind.resource();
    let what = if name.is_empty() { what } else { format!("{what} \"{name}\"") };
    let place = if namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{namespace}\"")
    };
    let user = &call.user.name;
    let message = format!("{what} is forbidden: User \"{user}\" cannot {verb} resource \"{whole}\" in API group \"{group}\" {place}");
    let mut details = json!({});
    for (key, value) in [("name", name), ("group", group), ("kind", resource)] {
        if !value.is_empty() {
            details[key] = value.into();
        }
    }
    Err(Refusal::new(403, "Forbidden", message).with(details))
}

/// As [`check`], for an address that is no resource.
///
/// # Errors
/// 403 in the real server's words.
pub fn check_path(view: &View<'_>, user: &User, method: &str, path: &str) -> Result<(), Refusal> {
    let verb = method.to_lowercase();
    if allowed(view, user, Wish::Path { verb: &verb, path })?.is_some() {
        return Ok(());
    }
    let message = format!("forbidden: User \"{}\" cannot {verb} path \"{path}\"", user.name);
    Err(Refusal::new(403, "Forbidden", message).with(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish<'a>(verb: &'a str, resource: &'a str, subresource: &'a str, name: &'a str) -> Wish<'a> {
        Wish::Resource {
            verb,
            group: "",
            resource,
            subresource,
            namespace: "default",
            name,
        }
    }

    #[test]
    fn a_rule_permits_what_it_names() {
        let rule = json!({ "verbs": ["get"], "apiGroups": [""], "resources": ["pods", "*/scale", "pods/log"] });
        let named = json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["web"] });
        let paths = json!({ "verbs": ["get"], "nonResourceURLs": ["/healthz", "/api/*"] });
        for (rule, wish, permitted) in [
            (&rule, wish("get", "pods", "", "a"), true),
            (&rule, wish("list", "pods", "", ""), false),
            (&rule, wish("get", "secrets", "", ""), false),
            (&rule, wish("get", "pods", "log", "a"), true),
            (&rule, wish("get", "pods", "exec", "a"), false),
            (&rule, wish("get", "deployments", "scale", "a"), true),
            (&named, wish("delete", "pods", "exec", "web"), true),
            (&named, wish("delete", "pods", "", "other"), false),
            (
                &paths,
                Wish::Path {
                    verb: "get",
                    path: "/api/v1",
                },
                true,
            ),
            (
                &paths,
                Wish::Path {
                    verb: "get",
                    path: "/metrics",
                },
                false,
            ),
            (&paths, wish("get", "pods", "", ""), false),
        ] {
            assert_eq!(permits(rule, wish), permitted, "{wish:?}");
        }
    }

    #[test]
    fn an_account_of_pods_is_in_the_groups_of_its_namespace() {
        let user = User::named("system:serviceaccount:todo:robot".to_owned(), Vec::new(), BTreeMap::new());
        assert_eq!(
            user.groups,
            ["system:serviceaccounts", "system:serviceaccounts:todo", "system:authenticated"]
        );
        assert!(user.is(&json!({ "kind": "ServiceAccount", "name": "robot", "namespace": "todo" }), "other"));
        assert!(!user.is(&json!({ "kind": "User", "name": "robot" }), "todo"));
    }
}
