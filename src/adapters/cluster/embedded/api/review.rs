//! Questions to the server about the caller: everything is allowed here.

use serde_json::{Value, json};

use super::answer::Reply;
use super::body;
use super::call::Call;
use super::refusal::Refusal;

pub fn answer(call: &Call) -> Option<Result<Reply, Refusal>> {
    let user = json!({ "username": "todo-agent-embedded", "groups": ["system:masters", "system:authenticated"] });
    let everything = json!({
        "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }],
        "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
        "incomplete": false,
    });
    let status = match call.kind.kind.as_str() {
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => json!({ "allowed": true }),
        "SelfSubjectRulesReview" => everything,
        "SelfSubjectReview" => json!({ "userInfo": user }),
        "TokenReview" => json!({ "user": {}, "error": "the embedded cluster is a simulation: it knows no tokens" }),
        _ => return None,
    };
    let asked = body::read(&call.content_type, &call.body, &call.kind.kind).map(|body| body.value);
    Some(asked.map(|asked| {
        let mut object = json!({ "kind": call.kind.kind, "apiVersion": call.kind.api_version(), "metadata": {} });
        object["spec"] = asked
            .get("spec")
            .filter(|spec| spec.is_object())
            .cloned()
            .unwrap_or_else(|| json!({}));
        object["status"] = status;
        if call.kind.kind == "SelfSubjectReview" {
            object
                .as_object_mut()
                .and_then(|fields: &mut serde_json::Map<String, Value>| fields.shift_remove("spec"));
        }
        Reply::Object(201, object, Vec::new())
    }))
}
