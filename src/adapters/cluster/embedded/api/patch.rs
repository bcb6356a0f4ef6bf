//! Patches as they come over the wire: which form, and what each answers to what it cannot do.

use serde_json::Value;

use super::body;
use super::call::Call;
use super::options::Options;
use super::prepare::cause;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::facts::schema;
use crate::adapters::cluster::embedded::patch::{apply, json, merge, strategic};

/// A patch that was read.
#[derive(Debug)]
pub enum Patch {
    Json(Value),
    Merge(Value),
    Strategic(Value),
    Apply { object: Value, manager: String, force: bool },
}

impl Patch {
    pub fn read(call: &Call, options: &Options) -> Result<Self, Refusal> {
        let form = call.content_type.as_str();
        let known = [
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
            "application/apply-patch+yaml",
        ];
        if !known.contains(&form) {
            let message = "415: Unsupported Media Type";
            return Err(Refusal::new(415, "UnsupportedMediaType", message).with(serde_json::json!({})));
        }
        if form == "application/apply-patch+yaml" {
            return Self::read_apply(call, options);
        }
        let undecodable = |why: String| Refusal::bad_request(format!("error decoding patch: {why}"));
        let body = body::json(&call.body).map_err(undecodable)?;
        if form == "application/json-patch+json" {
            if !body.value.is_array() {
                let why = format!(
                    "json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
                    word(&body.value)
                );
                return Err(undecodable(why));
            }
            return Ok(Self::Json(body.value));
        }
        if !body.value.is_object() {
            return Err(undecodable(format!(
                "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                word(&body.value)
            )));
        }
        if form == "application/merge-patch+json" {
            return Ok(Self::Merge(body.value));
        }
        if call.kind.custom.is_some() {
            let message = "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
        Ok(Self::Strategic(body.value))
    }

    fn read_apply(call: &Call, options: &Options) -> Result<Self, Refusal> {
        let manager = call.query.get("fieldManager").unwrap_or_default().to_owned();
        if manager.is_empty() {
            let cause = cause("fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
            return Err(Refusal::invalid_object("meta.k8s.io", "PatchOptions", "", &[cause]));
        }
        let body = body::read("application/yaml", &call.body, &call.kind.kind)?;
        let text = |key: &str| body.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, version) = (text("kind"), text("apiVersion"));
        if kind != call.kind.kind || version != call.kind.api_version() {
            let (group, version) = version.split_once('/').unwrap_or(("", &version));
            return Err(Refusal::bad_request(format!("invalid object type: {group}/{version}, Kind={kind}")));
        }
        if body
            .value
            .pointer("/metadata/managedFields")
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
        {
            return Err(Refusal::bad_request("metadata.managedFields must be nil"));
        }
        Ok(Self::Apply {
            object: body.value,
            manager,
            force: options.force,
        })
    }

    /// A patch of the small object by which things are scaled: any form but an apply.
    pub fn read_for_scale(call: &Call) -> Result<Self, Refusal> {
        if call.content_type == "application/apply-patch+yaml" {
            return Err(Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").with(serde_json::json!({})));
        }
        Self::read(call, &Options::read(call, "PatchOptions")?)
    }

    /// The object that this patch makes where there is none: only an apply does.
    pub fn create(&self, call: &Call) -> Result<Option<Value>, Refusal> {
        match self {
            Self::Apply { object, manager, .. } => {
                let mut object = object.clone();
                if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.insert("name".to_owned(), call.name().into());
                } else {
                    object["metadata"] = serde_json::json!({ "name": call.name() });
                }
                apply::own(schema::root(&call.kind).as_ref(), &mut object, manager, &call.kind.api_version());
                Ok(Some(object))
            }
            _ => Ok(None),
        }
    }

    /// The object after this patch.
    pub fn apply(&self, call: &Call, current: &Value) -> Result<Value, Refusal> {
        self.apply_to(schema::root(&call.kind).as_ref(), current, &call.kind.api_version())
    }

    /// As [`Patch::apply`], for an object of this shape and version.
    pub fn apply_to(&self, shape: Option<&schema::Shape>, current: &Value, api_version: &str) -> Result<Value, Refusal> {
        let mut object = current.clone();
        match self {
            Self::Json(patch) => json::apply(&mut object, patch).map_err(|problem| match problem {
                json::Problem::Unreadable(why) => Refusal::bad_request(format!("error decoding patch: {why}")),
                json::Problem::DoesNotApply(_) => does_not_apply(),
            })?,
            Self::Merge(patch) => merge::merge(&mut object, patch),
            Self::Strategic(patch) => {
                strategic::merge(shape, &mut object, patch).map_err(|why| Refusal::new(422, "Invalid", why))?;
            }
            Self::Apply {
                object: applied,
                manager,
                force,
                ..
            } => {
                let conflicts = apply::conflicts(shape, &object, applied, manager);
                if !force && !conflicts.is_empty() {
                    return Err(in_conflict(&conflicts, api_version));
                }
                apply::merge(shape, &mut object, applied, manager, api_version);
            }
        }
        Ok(object)
    }
}

fn in_conflict(conflicts: &[apply::Conflict], api_version: &str) -> Refusal {
    let with = |conflict: &apply::Conflict| format!("conflict with \"{}\" using {api_version}", conflict.manager);
    let texts: Vec<String> = conflicts
        .iter()
        .map(|conflict| format!("{}: {}", with(conflict), conflict.field))
        .collect();
    let message = match texts.as_slice() {
        [only] => format!("Apply failed with 1 conflict: {only}"),
        many => {
            let lines: Vec<String> = conflicts.iter().map(|conflict| format!("- {}", conflict.field)).collect();
            let with = conflicts.first().map(with).unwrap_or_default();
            format!("Apply failed with {} conflicts: {with}:\n{}", many.len(), lines.join("\n"))
        }
    };
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|conflict| serde_json::json!({ "reason": "FieldManagerConflict", "message": with(conflict), "field": conflict.field }))
        .collect();
    Refusal::new(409, "Conflict", message).with(serde_json::json!({ "causes": causes }))
}

/// The real server does not say which operation failed.
fn does_not_apply() -> Refusal {
    let message = "the server rejected our request due to an error in our request";
    Refusal::new(422, "Invalid", message).with(serde_json::json!({}))
}

const fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
