//! What the API says no with: a `Status`, in the real server's words.

use serde_json::{Value, json};

use crate::adapters::cluster::embedded::facts::Kind;
use crate::adapters::cluster::embedded::lifecycle::{Cause, Denied};
use crate::adapters::cluster::embedded::store;

#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
    pub details: Option<Box<Value>>,
    /// A token with which a list goes on nonetheless.
    pub goes_on: Option<String>,
}

impl Refusal {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: None,
            goes_on: None,
        }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An error that the real server gives no reason for.
    #[must_use]
    pub fn plain(code: u16, message: impl Into<String>) -> Self {
        Self::new(code, "", message)
    }

    #[must_use]
    pub fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with(json!({}))
    }

    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
        .with(json!({}))
    }

    #[must_use]
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.resource())).about(kind, name)
    }

    #[must_use]
    pub fn namespace_not_found(name: &str) -> Self {
        Self::new(404, "NotFound", format!("namespaces \"{name}\" not found")).with(json!({ "name": name, "kind": "namespaces" }))
    }

    #[must_use]
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.resource())).about(kind, name)
    }

    #[must_use]
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    #[must_use]
    pub fn modified(kind: &Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    #[must_use]
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// Asked for a version that is not yet there. The real server first waits whether it comes.
    #[must_use]
    pub fn version_of_the_future(version: u64, now: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {version}, current: {now}");
        let causes = json!([{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }]);
        Self::new(504, "Timeout", message).with(json!({ "causes": causes, "retryAfterSeconds": 1 }))
    }

    #[must_use]
    pub fn continued(mut self, token: String) -> Self {
        self.goes_on = Some(token);
        self
    }

    /// What the lifecycle's admission refused.
    #[must_use]
    pub fn denied(kind: &Kind, name: &str, denied: Denied) -> Self {
        if denied.code == 422 {
            let message = format!("{} \"{name}\" is invalid: {}", kind.qualified(), denied.message);
            return Self::new(422, "Invalid", message).with(of_kind(kind, name, vec![json!({ "message": denied.message })]));
        }
        let message = format!("{} \"{name}\" is forbidden: {}", kind.resource(), denied.message);
        Self::new(denied.code, denied.reason, message).about(kind, name)
    }

    /// An object that is wrong in itself.
    #[must_use]
    pub fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        Self::invalid_object(&kind.group, &kind.kind, name, causes)
    }

    #[must_use]
    pub fn invalid_object(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let texts: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let mut distinct: Vec<&String> = Vec::new();
        for text in &texts {
            if !distinct.contains(&text) {
                distinct.push(text);
            }
        }
        let joined = match distinct.as_slice() {
            [only] => (*only).clone(),
            many => format!("[{}]", many.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(", ")),
        };
        let qualified = if group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{group}")
        };
        let mut details = json!({});
        for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
            if !value.is_empty() {
                details[key] = value.into();
            }
        }
        details["causes"] = causes
            .iter()
            .map(|cause| json!({ "reason": cause.reason, "message": cause.message, "field": cause.field }))
            .collect();
        Self::new(422, "Invalid", format!("{qualified} \"{name}\" is invalid: {joined}")).with(details)
    }

    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    #[must_use]
    fn about(self, kind: &Kind, name: &str) -> Self {
        let mut details = json!({ "name": name });
        if !kind.group.is_empty() {
            details["group"] = kind.group.as_str().into();
        }
        details["kind"] = kind.plural.as_str().into();
        self.with(details)
    }

    #[must_use]
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message,
        });
        if let Some(token) = &self.goes_on {
            status["metadata"]["continue"] = token.as_str().into();
        }
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if let Some(details) = &self.details {
            status["details"] = details.as_ref().clone();
        }
        status["code"] = self.code.into();
        status
    }
}

fn of_kind(kind: &Kind, name: &str, causes: Vec<Value>) -> Value {
    json!({ "name": name, "group": kind.group, "kind": kind.kind, "causes": causes })
}

/// The reason of a cause that is the trouble of our own database: no fault of a server. Its field says what helps.
pub const DATABASE: &str = "EmbeddedDatabase";

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::new(500, "InternalError", format!("Internal error occurred: {error}"))
            .with(json!({ "causes": [{ "reason": DATABASE, "message": error.to_string(), "field": error.hint() }] }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::facts::facts;

    #[test]
    fn the_words_are_the_real_servers() {
        let kind = facts().find("apps", "v1", "deployments").unwrap();
        assert_eq!(
            Refusal::not_found(kind, "nope").status(),
            json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "deployments.apps \"nope\" not found", "reason": "NotFound",
                "details": { "name": "nope", "group": "apps", "kind": "deployments" }, "code": 404,
            })
        );
        let causes = [Cause {
            field: "spec.replicas".into(),
            reason: "FieldValueInvalid",
            message: "Invalid value: -3: must be greater than or equal to 0".into(),
        }];
        assert_eq!(
            Refusal::invalid(kind, "web", &causes).message,
            "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -3: must be greater than or equal to 0"
        );
    }
}
