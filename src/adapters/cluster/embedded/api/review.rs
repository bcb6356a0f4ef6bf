//! Questions to the server about who may do what.

use serde_json::{Value, json};

use super::answer::Reply;
use super::body;
use super::call::Call;
use super::refusal::Refusal;
use super::rights::{self, Granted, User, Wish};
use crate::adapters::cluster::embedded::Embedded;

pub fn answer(call: &Call, embedded: &Embedded) -> Option<Result<Reply, Refusal>> {
    let known = matches!(
        call.kind.kind.as_str(),
        "SelfSubjectAccessReview"
            | "SubjectAccessReview"
            | "LocalSubjectAccessReview"
            | "SelfSubjectRulesReview"
            | "SelfSubjectReview"
            | "TokenReview"
    );
    known.then(|| reviewed(call, embedded))
}

fn reviewed(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let asked = body::read(&call.content_type, &call.body, &call.kind.kind)?.value;
    let spec = asked
        .get("spec")
        .filter(|spec| spec.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}));
    let mut object = json!({ "kind": call.kind.kind, "apiVersion": call.kind.api_version(), "metadata": {} });
    object["status"] = match call.kind.kind.as_str() {
        "SelfSubjectReview" => json!({ "userInfo": who(&call.user) }),
        "TokenReview" => json!({ "user": {}, "error": "the embedded cluster is a simulation: it knows no tokens" }),
        "SelfSubjectRulesReview" => {
            let namespace = spec["namespace"].as_str().unwrap_or_default();
            if namespace.is_empty() {
                return Err(Refusal::bad_request("no namespace on request"));
            }
            embedded
                .store()
                .read(|view| Ok::<_, Refusal>(listed(rights::rules(view, &call.user, namespace)?)))?
        }
        kind => {
            let user = if kind == "SelfSubjectAccessReview" {
                call.user.clone()
            } else {
                named(&spec)
            };
            embedded.store().read(|view| {
                let through = rights::allowed(view, &user, wish(&spec))?;
                let mut status = json!({ "allowed": through.is_some() });
                if let Some(reason) = through.filter(|reason| !reason.is_empty()) {
                    status["reason"] = reason.into();
                }
                Ok::<_, Refusal>(status)
            })?
        }
    };
    if call.kind.kind != "SelfSubjectReview" {
        object["spec"] = spec;
    }
    Ok(Reply::Object(201, object, Vec::new()))
}

fn who(user: &User) -> Value {
    let mut who = json!({ "username": user.name, "groups": user.groups });
    if !user.extra.is_empty() {
        who["extra"] = json!(user.extra);
    }
    who
}

fn named(spec: &Value) -> User {
    let groups = spec["groups"].as_array().into_iter().flatten();
    User {
        name: spec["user"].as_str().unwrap_or_default().to_owned(),
        groups: groups.filter_map(|group| group.as_str().map(str::to_owned)).collect(),
        extra: Default::default(),
    }
}

fn wish(spec: &Value) -> Wish<'_> {
    let text = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if spec.get("nonResourceAttributes").is_some_and(Value::is_object) {
        return Wish::Path {
            verb: text("/nonResourceAttributes/verb"),
            path: text("/nonResourceAttributes/path"),
        };
    }
    Wish::Resource {
        verb: text("/resourceAttributes/verb"),
        group: text("/resourceAttributes/group"),
        resource: text("/resourceAttributes/resource"),
        subresource: text("/resourceAttributes/subresource"),
        namespace: text("/resourceAttributes/namespace"),
        name: text("/resourceAttributes/name"),
    }
}

/// Rules as a review lists them: about resources, and about other addresses.
fn listed(rules: Vec<Granted>) -> Value {
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    for Granted { rule, .. } in rules {
        let part = |fields: &[&str]| -> Value {
            let known = fields
                .iter()
                .filter_map(|field| Some(((*field).to_owned(), rule.get(*field)?.clone())));
            Value::Object(known.collect())
        };
        if rule.get("resources").is_some() {
            resources.push(part(&["verbs", "apiGroups", "resources", "resourceNames"]));
        }
        if rule.get("nonResourceURLs").is_some() {
            paths.push(part(&["verbs", "nonResourceURLs"]));
        }
    }
    json!({ "resourceRules": resources, "nonResourceRules": paths, "incomplete": false })
}
