//! Patches as they come over the wire: which form, and what each answers to what it cannot do.

use serde_json::{Value, json};

use super::body;
use super::call::Call;
use super::options::Options;
use super::prepare::cause;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::facts::schema;
use crate::adapters::cluster::embedded::patch::managed::{self, Conflict, Writer};
use crate::adapters::cluster::embedded::patch::{json, merge, strategic, typed};

/// A patch that was read.
#[derive(Debug)]
pub enum Patch {
    Json(Value),
    Merge(Value),
    Strategic(Value),
    Apply { object: Value, force: bool },
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
            return Err(Refusal::new(415, "UnsupportedMediaType", message).with(json!({})));
        }
        if form == "application/apply-patch+yaml" {
            return Self::read_apply(call, options);
        }
        if call.query.has("force") {
            let cause = cause(
                "force",
                "FieldValueForbidden",
                "Forbidden: may not be specified for non-apply patch",
            );
            return Err(Refusal::invalid_object("meta.k8s.io", "PatchOptions", "", &[cause]));
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
            let why = format!(
                "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                word(&body.value)
            );
            return Err(if form == "application/merge-patch+json" {
                undecodable(why)
            } else {
                Refusal::bad_request(why)
            });
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
        if call.query.get("fieldManager").is_none() {
            let cause = cause("fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
            return Err(Refusal::invalid_object("meta.k8s.io", "PatchOptions", "", &[cause]));
        }
        let body = body::yaml(&call.body)
            .map_err(|why| Refusal::bad_request(format!("error decoding YAML: error converting YAML to JSON: yaml: {why}")))?;
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
            force: options.force,
        })
    }

    /// A patch of the small object by which things are scaled: any form but an apply.
    pub fn read_for_scale(call: &Call) -> Result<Self, Refusal> {
        if call.content_type == "application/apply-patch+yaml" {
            return Err(Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").with(json!({})));
        }
        Self::read(call, &Options::read(call, "PatchOptions")?)
    }

    /// What the result of a patch is refused with when it is no object of its kind.
    pub fn undecodable(&self, patched: &Value, decoding: Refusal) -> Refusal {
        let why = decoding
            .message
            .split_once(" cannot be handled as a ")
            .and_then(|(_, rest)| rest.split_once(": "));
        let why = why.map_or(decoding.message.as_str(), |(_, why)| why);
        let (given, why) = match self {
            Self::Apply { .. } => return decoding,
            Self::Strategic(patch) => {
                let wanted = why.rsplit_once(" of type ").filter(|_| why.starts_with("json: cannot unmarshal"));
                let told = wanted.map_or_else(|| why.to_owned(), |(_, wanted)| format!("unrecognized type: {wanted}"));
                (strategic::shown(patch), told)
            }
            Self::Json(_) | Self::Merge(_) => (patched.to_string(), why.to_owned()),
        };
        let message = format!("Invalid value: {}: {why}", Value::from(given));
        Refusal::invalid_object("", "", "", &[cause("patch", "FieldValueInvalid", message)])
    }

    pub const fn applies(&self) -> bool {
        matches!(self, Self::Apply { .. })
    }

    /// The object that this patch makes where there is none: only an apply does.
    pub fn create(&self, call: &Call, writer: &Writer) -> Result<Option<Value>, Refusal> {
        if !self.applies() {
            return Ok(None);
        }
        let nothing = json!({ "apiVersion": call.kind.api_version(), "kind": call.kind.kind, "metadata": { "name": call.name() } });
        self.apply(call, &nothing, writer).map(Some)
    }

    /// The object after this patch.
    pub fn apply(&self, call: &Call, current: &Value, writer: &Writer) -> Result<Value, Refusal> {
        self.apply_to(schema::root(&call.kind).as_ref(), current, writer)
    }

    /// As [`Patch::apply`], for an object of this shape.
    pub fn apply_to(&self, shape: Option<&schema::Shape>, current: &Value, writer: &Writer) -> Result<Value, Refusal> {
        let mut object = current.clone();
        match self {
            Self::Json(patch) => json::apply(&mut object, patch).map_err(|problem| match problem {
                json::Problem::Unreadable(why) => Refusal::bad_request(format!("error decoding patch: {why}")),
                json::Problem::DoesNotApply(_) => does_not_apply(),
            })?,
            Self::Merge(patch) => merge::merge(&mut object, patch),
            Self::Strategic(patch) => {
                strategic::merge(shape, &mut object, patch).map_err(|why| {
                    if why.starts_with("unknown patch type") {
                        Refusal::plain(500, why)
                    } else {
                        Refusal::new(422, "Invalid", why)
                    }
                })?;
            }
            Self::Apply { object: applied, force } => {
                shape
                    .map_or(Ok(()), |shape| typed::check(shape, applied))
                    .map_err(|why| untyped(applied, &why))?;
                return managed::apply(shape, current, applied, writer, *force).map_err(|conflicts| in_conflict(&conflicts));
            }
        }
        Ok(object)
    }
}

fn untyped(applied: &Value, why: &str) -> Refusal {
    let text = |pointer: &str| applied.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = text("/apiVersion");
    let group = if version.contains('/') { "" } else { "/" };
    Refusal::plain(
        500,
        format!(
            "failed to create typed patch object ({}/{}; {group}{version}, Kind={}): {why}",
            text("/metadata/namespace"),
            text("/metadata/name"),
            text("/kind"),
        ),
    )
}

fn in_conflict(conflicts: &[Conflict]) -> Refusal {
    let message = match conflicts {
        [only] => format!("Apply failed with 1 conflict: conflict with {}: {}", only.manager, only.field),
        many => {
            let mut lines = Vec::new();
            let mut last = None;
            for Conflict { manager, field } in many {
                if last != Some(manager) {
                    lines.push(format!("conflicts with {manager}:"));
                    last = Some(manager);
                }
                lines.push(format!("- {field}"));
            }
            format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|Conflict { manager, field }| {
            json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field })
        })
        .collect();
    Refusal::new(409, "Conflict", message).with(json!({ "causes": causes }))
}

/// The real server does not say which operation failed.
fn does_not_apply() -> Refusal {
    let message = "the server rejected our request due to an error in our request";
    Refusal::new(422, "Invalid", message).with(json!({}))
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
