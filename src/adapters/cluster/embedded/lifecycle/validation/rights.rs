//! Roles and bindings.

use serde_json::{Value, json};

use super::{Found, values};

pub fn role(kind: &str, object: &Value, found: &mut Found) {
    for (index, rule) in values::list(object, "/rules").iter().enumerate() {
        let at = |field: &str| format!("rules[{index}].{field}");
        let given = |field: &str| !values::list(rule, &format!("/{field}")).is_empty();
        if !given("verbs") {
            found.required(at("verbs"), "verbs must contain at least one value");
        }
        if given("nonResourceURLs") {
            if kind == "Role" {
                let urls = rule.get("nonResourceURLs").cloned().unwrap_or_default();
                found.invalid(at("nonResourceURLs"), &urls, "namespaced rules cannot apply to non-resource URLs");
            } else if given("apiGroups") || given("resources") || given("resourceNames") {
                let urls = rule.get("nonResourceURLs").cloned().unwrap_or_default();
                found.invalid(
                    at("nonResourceURLs"),
                    &urls,
                    "rules cannot apply to both regular resources and non-resource URLs",
                );
            }
            continue;
        }
        if !given("apiGroups") {
            found.required(at("apiGroups"), "resource rules must supply at least one api group");
        }
        if !given("resources") {
            found.required(at("resources"), "resource rules must supply at least one resource");
        }
    }
}

pub fn binding(kind: &str, object: &Value, old: Option<&Value>, found: &mut Found) {
    let reference = |object: &Value| {
        let text = |field: &str| values::text(object, &format!("/roleRef/{field}")).to_owned();
        json!({ "APIGroup": text("apiGroup"), "Kind": text("kind"), "Name": text("name") })
    };
    let kinds: &[&str] = if kind == "RoleBinding" {
        &["ClusterRole", "Role"]
    } else {
        &["ClusterRole"]
    };
    found.one_of(object, "/roleRef/apiGroup", "roleRef.apiGroup", &[GROUP]);
    found.one_of(object, "/roleRef/kind", "roleRef.kind", kinds);
    if values::text(object, "/roleRef/name").is_empty() {
        found.required("roleRef.name", "");
    }
    for (index, subject) in values::list(object, "/subjects").iter().enumerate() {
        let at = |field: &str| format!("subjects[{index}].{field}");
        if values::text(subject, "/name").is_empty() {
            found.required(at("name"), "");
        }
        match values::text(subject, "/kind") {
            "ServiceAccount" => {
                if values::text(subject, "/namespace").is_empty() {
                    found.required(at("namespace"), "");
                }
            }
            "User" | "Group" => found.one_of(subject, "/apiGroup", &at("apiGroup"), &[GROUP]),
            other => found.unsupported(at("kind"), &json!(other), &["ServiceAccount", "User", "Group"]),
        }
    }
    if let Some(old) = old
        && reference(old) != reference(object)
    {
        found.invalid("roleRef", &reference(object), "cannot change roleRef");
    }
}

const GROUP: &str = "rbac.authorization.k8s.io";
