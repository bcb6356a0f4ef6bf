//! A body becomes an object of its kind, or is refused.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::call::Call;
use super::options::{FieldValidation, Options};
use super::refusal::Refusal;
use super::strict;
use crate::adapters::cluster::embedded::facts::{Kind, facts, schema};

/// Checks a body against its kind: gives back the object and what to warn of.
pub fn decoded(call: &Call, options: &Options, body: Body) -> Result<(Value, Vec<String>), Refusal> {
    let Body { mut value, duplicates } = body;
    typed(&call.kind, &mut value)?;
    let mut wrong: Vec<String> = duplicates.iter().map(|path| format!("duplicate field \"{path}\"")).collect();
    let unknown = check_types(&call.kind, &mut value)?;
    wrong.extend(unknown.iter().map(|path| format!("unknown field \"{path}\"")));
    if options.validation == FieldValidation::Strict && !wrong.is_empty() {
        let kind = &call.kind;
        return Err(Refusal::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
            kind.kind,
            kind.version,
            kind.kind,
            wrong.join(", ")
        )));
    }
    let warnings = if options.validation == FieldValidation::Warn {
        wrong
    } else {
        Vec::new()
    };
    Ok((value, warnings))
}

/// Drops unknown fields and gives back their paths.
pub fn check_types(kind: &Kind, value: &mut Value) -> Result<Vec<String>, Refusal> {
    let result = match schema::root(kind) {
        Some(shape) => strict::decode(&shape, value),
        None => match value.get_mut("metadata") {
            Some(metadata) => strict::decode(&schema::Shape::Type("meta.v1.ObjectMeta".to_owned()), metadata)
                .map(|paths| paths.into_iter().map(|path| format!("metadata.{path}")).collect()),
            None => Ok(Vec::new()),
        },
    };
    result.map_err(|why| {
        Refusal::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {why}",
            kind.kind, kind.version, kind.kind
        ))
    })
}

/// Kind and version may be left out; others are refused.
fn typed(kind: &Kind, value: &mut Value) -> Result<(), Refusal> {
    let Some(fields) = value.as_object_mut() else {
        return Err(Refusal::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: json: cannot unmarshal into Go value of type {}",
            kind.kind, kind.version, kind.kind, kind.kind
        )));
    };
    let text = |fields: &Map<String, Value>, key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (given_kind, given_version) = (text(fields, "kind"), text(fields, "apiVersion"));
    let api_version = kind.api_version();
    if (!given_kind.is_empty() && given_kind != kind.kind) || (!given_version.is_empty() && given_version != api_version) {
        let (group, version) = given_version.split_once('/').unwrap_or(("", &given_version));
        if given_kind == kind.kind && group == kind.group {
            return Err(Refusal::bad_request(format!(
                "the API version in the data ({given_version}) does not match the expected API version ({api_version})"
            )));
        }
        let known = facts()
            .kinds
            .iter()
            .any(|known| known.kind == given_kind && known.api_version() == given_version);
        if !known {
            return Err(Refusal::bad_request(format!(
                "{given_kind} in version \"{version}\" cannot be handled as a {}: {}",
                kind.kind,
                unregistered(&given_kind, &given_version)
            )));
        }
        let own = if kind.group.is_empty() {
            "core"
        } else {
            kind.group.split('.').next().unwrap_or_default()
        };
        return Err(Refusal::bad_request(format!(
            "{given_kind} in version \"{version}\" cannot be handled as a {}: converting ({version}.{given_kind}) to ({own}.{}): unknown conversion",
            kind.kind, kind.kind
        )));
    }
    fields.insert("kind".to_owned(), kind.kind.as_str().into());
    fields.insert("apiVersion".to_owned(), api_version.into());
    if !fields.get("metadata").is_some_and(Value::is_object) {
        fields.insert("metadata".to_owned(), json!({}));
    }
    Ok(())
}

/// In the words of the real server's registry of types.
pub fn unregistered(kind: &str, version: &str) -> String {
    format!("no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:110\"")
}
