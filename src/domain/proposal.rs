//! What an AI tool would do, before anybody said yes to it.

use serde::{Deserialize, Serialize};

use super::{
    held::{HeldCall, is_usual},
    risk::Risk,
};

/// Whose idea the changes of a plan are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// `kubectl-ai 0.0.29`.
    pub by: String,
    /// Changes, by their number, that the words of the request do not speak of; why, in a sentence without its end.
    pub beyond: Vec<(usize, String)>,
}

impl Proposal {
    /// Why this change is more than what was asked for.
    #[must_use]
    pub fn beyond(&self, change: usize) -> Option<&str> {
        self.beyond.iter().find(|(index, _)| *index == change).map(|(_, why)| why.as_str())
    }
}

/// Why the built-in engine does not do this call as one of its own changes.
#[must_use]
pub fn never(held: &HeldCall) -> Option<&'static str> {
    let call = &held.call;
    let Some(object) = &held.object else {
        return Some(match held.risk {
            Risk::RunCode => "it runs a program in a pod",
            Risk::SecretRead => "it shows what is in a Secret",
            _ => "it could not be tried, so what it does is not known",
        });
    };
    match held.risk {
        Risk::RunCode => return Some("it runs a program in a pod"),
        Risk::Escalate => return Some("it gives rights, decides over changes, or reaches a node"),
        Risk::Read | Risk::SecretRead | Risk::Unknown => return Some("what it does is not known"),
        Risk::Change | Risk::Destroy => {}
    }
    if object.kind.kind == "Secret" && object.kind.group.is_empty() {
        return Some("it is about a Secret, and what is in one is shown to nobody");
    }
    if call.verb == "deletecollection" {
        return Some("it takes away whatever fits at that moment");
    }
    if !matches!(call.subresource.as_str(), "" | "scale") {
        return Some("it is done by a way of its own and not by a change of fields");
    }
    if call.verb == "delete" {
        let unusual = held.request.path.contains('?') || !is_usual(held.request.body.as_ref());
        return unusual.then_some("it takes away in a way that is not the usual one");
    }
    held.diff.is_empty().then_some("it could not be tried, or it changes nothing")
}

/// It would only look: without it the changes beside it are what they are.
#[must_use]
pub fn only_looks(held: &HeldCall) -> bool {
    matches!(held.risk, Risk::Read | Risk::SecretRead) && matches!(held.call.verb.as_str(), "get" | "list" | "watch")
}

/// It begins with a no: nobody is asked for ideas then.
#[must_use]
pub fn forbids(said: &str) -> bool {
    let said = said.to_lowercase().replace('’', "'");
    let mut words = said
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !["", "please", "just", "ok", "no", "you", "and", "but"].contains(word));
    match words.next() {
        Some("don't" | "dont" | "never" | "not" | "stop") => true,
        Some("do" | "must" | "should") => words.next() == Some("not"),
        _ => false,
    }
}

/// Why the words of a request do not speak of a change to this object, made anew or there already: neither its name nor its kind is in
/// them, or it is in another namespace.
#[must_use]
pub fn beyond(said: &str, home: &str, held: &HeldCall) -> Option<String> {
    let object = held.object.as_ref()?;
    let said = said.to_lowercase();
    let words: Vec<&str> = said
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    if let Some(namespace) = object.namespace.as_deref().filter(|namespace| *namespace != home)
        && !said
            .split_whitespace()
            .any(|word| word.trim_matches(|c: char| !c.is_alphanumeric()) == namespace)
    {
        return Some(format!("it is in namespace {namespace}, of which the request does not speak"));
    }
    // "backend" is todo-backend; "todo-backend" is not todo-frontend.
    let named = words.iter().any(|word| {
        let before = object.name.strip_suffix(word);
        before.is_some_and(|before| before.is_empty() || (before.ends_with('-') && word.len() > 2))
    });
    let (spaced, joined) = (spaced(&object.kind.kind), object.kind.kind.to_lowercase());
    // "no" is nodes for kubectl, and a word.
    let short = object.kind.short_names.iter().filter(|name| name.len() > 2);
    let kinds: Vec<&String> = [&spaced, &joined].into_iter().chain(short).collect();
    let sentence = format!(" {} ", words.join(" "));
    let one = kinds.iter().any(|kind| sentence.contains(&format!(" {kind} ")));
    let many = kinds.iter().any(|kind| sentence.contains(&format!(" {kind}s ")))
        || (one && ["all", "each", "every", "any"].iter().any(|word| words.contains(word)));
    // "The backend deployment" is one; of what is there already its name says which.
    let speaks = named || many || (one && held.call.verb == "create");
    (!speaks).then(|| "the request names neither it nor its kind".to_owned())
}

/// `pod disruption budget`.
fn spaced(kind: &str) -> String {
    let mut words = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        field::{FieldChange, FieldPath},
        held::AsSent,
        kind::Kind,
        object::ObjectRef,
        risk::Call,
    };

    fn held(method: &str, path: &str, body: Value, of: &str) -> HeldCall {
        let (plain, query) = path.split_once('?').unwrap_or((path, ""));
        let call = Call::parse(method, plain, query);
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == of);
        HeldCall {
            risk: call.risk(),
            object: kind.map(|kind| ObjectRef {
                kind,
                namespace: call.namespace.clone(),
                name: call.name.clone().unwrap_or_else(|| "todo-backend".to_owned()),
                uid: None,
            }),
            diff: vec![FieldChange {
                field: FieldPath::keys(&["spec", "replicas"]),
                before: None,
                after: Some(json!(1)),
            }],
            request: AsSent {
                method: method.to_owned(),
                path: path.to_owned(),
                body: Some(body).filter(|body| !body.is_null()),
            },
            call,
            command: Vec::new(),
            why: String::new(),
        }
    }

    #[test]
    fn what_is_no_plain_change_of_one_object_is_not_done_by_the_built_in_engine() {
        let space = "/api/v1/namespaces/a";
        let apps = "/apis/apps/v1/namespaces/a/deployments";
        let cases = [
            ("PATCH", format!("{apps}/web"), Value::Null, "Deployment", true),
            ("PATCH", format!("{apps}/web/scale"), Value::Null, "Deployment", true),
            ("PATCH", format!("{apps}/web/status"), Value::Null, "Deployment", false),
            ("PUT", format!("{apps}/web"), Value::Null, "Deployment", true),
            ("POST", apps.to_owned(), json!({}), "Deployment", true),
            ("DELETE", format!("{apps}/web"), Value::Null, "Deployment", true),
            (
                "DELETE",
                format!("{apps}/web?gracePeriodSeconds=0"),
                Value::Null,
                "Deployment",
                false,
            ),
            (
                "DELETE",
                format!("{apps}/web"),
                json!({"propagationPolicy": "Orphan"}),
                "Deployment",
                false,
            ),
            ("DELETE", apps.to_owned(), Value::Null, "Deployment", false),
            ("POST", format!("{space}/secrets"), json!({}), "Secret", false),
            ("POST", format!("{space}/pods/x/eviction"), json!({}), "Pod", false),
            ("POST", format!("{space}/pods/x/exec?command=sh"), Value::Null, "Pod", false),
            (
                "POST",
                format!("{space}/serviceaccounts/x/token"),
                json!({}),
                "ServiceAccount",
                false,
            ),
            (
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings".to_owned(),
                json!({}),
                "RoleBinding",
                false,
            ),
            ("POST", "/apis/example.com/v1/namespaces/a/things".to_owned(), json!({}), "", false),
        ];
        for (method, path, body, kind, done) in cases {
            let why = never(&held(method, &path, body, kind));
            assert_eq!(why.is_none(), done, "{method} {path}: {why:?}");
        }
    }

    #[test]
    fn to_look_at_secrets_is_no_change_and_to_make_a_token_is_one() {
        let space = "/api/v1/namespaces/a";
        let looks = [
            ("GET", format!("{space}/secrets?watch=true")),
            ("GET", format!("{space}/secrets/key")),
            ("POST", format!("{space}/serviceaccounts/x/token")),
            ("POST", format!("{space}/pods/x/exec?command=sh")),
            ("GET", format!("{space}/pods/x/exec?command=sh")),
            ("DELETE", format!("{space}/secrets/key")),
        ]
        .map(|(method, path)| only_looks(&held(method, &path, Value::Null, "")));
        assert_eq!(looks, [true, true, false, false, false, false]);
    }

    #[test]
    fn a_request_that_begins_with_a_no_asks_for_no_ideas() {
        let told = [
            "don't paint it",
            "Please, don’t",
            "do not paint it",
            "never do that",
            "you must not",
            "make pods that never run as root",
            "do it",
            "",
        ]
        .map(forbids);
        assert_eq!(told, [true, true, true, true, true, false, false, false]);
    }

    #[test]
    fn what_the_request_does_not_speak_of_goes_beyond_it() {
        let deployment = |name: &str, namespace: &str| {
            held(
                "PATCH",
                &format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}"),
                Value::Null,
                "Deployment",
            )
        };
        let budget = held(
            "POST",
            "/apis/policy/v1/namespaces/todo/poddisruptionbudgets",
            json!({}),
            "PodDisruptionBudget",
        );
        let asked = "give the backend a pod disruption budget";
        assert_eq!(beyond(asked, "todo", &deployment("todo-backend", "todo")), None);
        assert_eq!(beyond("make a pdb", "todo", &budget), None);
        assert!(beyond("make disruption budgets for pods", "todo", &budget).is_some());
        assert_eq!(beyond("make pod disruption budgets", "todo", &budget), None);
        assert_eq!(beyond("harden all deployments", "todo", &deployment("x", "todo")), None);
        let neither = Some("the request names neither it nor its kind".to_owned());
        assert_eq!(beyond(asked, "todo", &deployment("todo-frontend", "todo")), neither);
        assert_eq!(
            beyond(asked, "todo", &deployment("todo-backend", "prod")),
            Some("it is in namespace prod, of which the request does not speak".to_owned())
        );
        assert_eq!(
            beyond("give the backend in prod a budget", "todo", &deployment("todo-backend", "prod")),
            None
        );
    }
}
