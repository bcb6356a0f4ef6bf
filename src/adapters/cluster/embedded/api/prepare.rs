//! What happens to an object between its decoding and its storing: names, defaults, validation, admission.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::body::Body;
use super::call::Call;
use super::options::{FieldValidation, Options};
use super::refusal::Refusal;
use super::{convert, definition, strict};
use crate::adapters::cluster::embedded::facts::{Kind, facts, schema};
use crate::adapters::cluster::embedded::lifecycle::{self, Cause};
use crate::adapters::cluster::embedded::store::{Change, seconds};

pub const OTHER_NAMESPACE: &str = "the namespace of the provided object does not match the namespace sent on the request";

/// Kinds whose `metadata.generation` counts the changes of what is wanted.
const COUNTED: [&str; 22] = [
    "Pod",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "ReplicationController",
    "EndpointSlice",
    "Ingress",
    "IngressClass",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "PriorityClass",
    "FlowSchema",
    "PriorityLevelConfiguration",
    "PodTemplate",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "CustomResourceDefinition",
];

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

/// Brings a new object into the form in which it is stored.
pub fn for_create(call: &Call, change: &Change<'_>, mut object: Value, options: &Options) -> Result<Value, Refusal> {
    let kind = &call.kind;
    let now = change.world.now;
    let metadata = metadata(&mut object);
    if metadata
        .get("resourceVersion")
        .and_then(Value::as_str)
        .is_some_and(|rv| !rv.is_empty() && !options.dry_run)
    {
        return Err(Refusal::new(
            500,
            "InternalError",
            "resourceVersion should not be set on objects to be created",
        ));
    }
    for owned in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        metadata.shift_remove(owned);
    }
    let namespace = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if kind.namespaced {
        if !namespace.is_empty() && namespace != call.namespace() {
            return Err(Refusal::bad_request(OTHER_NAMESPACE));
        }
        metadata.insert("namespace".into(), call.namespace().into());
    } else {
        metadata.shift_remove("namespace");
    }
    let name = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty()
        && let Some(prefix) = metadata
            .get("generateName")
            .and_then(Value::as_str)
            .filter(|prefix| !prefix.is_empty())
    {
        let prefix: String = prefix.chars().take(58).collect();
        metadata.insert("name".into(), format!("{prefix}{}", suffix()).into());
    }
    metadata.insert("uid".into(), uuid::Uuid::new_v4().to_string().into());
    metadata.insert("creationTimestamp".into(), seconds(now).into());
    if counted(kind) {
        metadata.insert("generation".into(), 1.into());
    }
    if has_status(kind) {
        object["status"] = Value::Null;
        remove(&mut object, "status");
    }
    let mut object = complete(kind, object);
    if kind.kind == "CustomResourceDefinition" && kind.custom.is_none() {
        definition::establish(&mut object, &seconds(now));
    }
    Ok(object)
}

/// Brings a changed object into the form in which it is stored: what the server owns is the old one's.
pub fn for_update(call: &Call, old: &Value, mut object: Value, status: bool) -> Result<Value, Refusal> {
    let kind = &call.kind;
    let old_metadata = old.get("metadata").cloned().unwrap_or_default();
    let metadata = metadata(&mut object);
    for owned in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "selfLink",
        "generateName",
        "name",
        "namespace",
        "resourceVersion",
    ] {
        match old_metadata.get(owned) {
            Some(value) => metadata.insert(owned.into(), value.clone()),
            None => metadata.shift_remove(owned),
        };
    }
    if status {
        let status = object.get("status").cloned();
        let metadata = object["metadata"].clone();
        object = convert::served(kind, old.clone());
        let labels = old.pointer("/metadata/labels").filter(|_| kind.kind == "Deployment").cloned();
        object["metadata"] = metadata;
        if let Some(labels) = labels {
            object["metadata"]["labels"] = labels;
        }
        match status {
            Some(status) => object["status"] = status,
            None => remove(&mut object, "status"),
        }
    } else if has_status(kind) {
        match old.get("status") {
            Some(status) => object["status"] = status.clone(),
            None => remove(&mut object, "status"),
        }
    }
    let mut object = complete(kind, object);
    if counted(kind) && !status && wanted(kind, &object) != wanted(kind, old) {
        let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
        object["metadata"]["generation"] = (generation + 1).into();
    }
    Ok(object)
}

/// Defaults of the types and of the kind, in the stored version.
fn complete(kind: &Kind, mut object: Value) -> Value {
    if let Some(shape) = schema::root(kind) {
        strict::defaults(&shape, &mut object);
    }
    let mut object = convert::stored(kind, object);
    if kind.kind == "Secret" && kind.group.is_empty() {
        secret(&mut object);
    }
    if kind.custom.is_none() {
        lifecycle::defaults(&kind.kind, &mut object);
        if has_status(kind) && object.get("status").is_none() {
            object["status"] = json!({});
        }
        if let Some(status) = object.get_mut("status")
            && let Some(shape) = status_shape(kind)
        {
            strict::zeros(&shape, status);
        }
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences", "managedFields"] {
        let metadata = metadata(&mut object);
        let empty = metadata
            .get(field)
            .is_some_and(|value| value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty));
        if empty {
            metadata.shift_remove(field);
        }
    }
    object
}

/// What is checked before an object is stored: itself, its namespace, the others.
pub fn admitted(call: &Call, change: &Change<'_>, object: &mut Value, old: Option<&Value>) -> Result<(), Refusal> {
    let kind = &call.kind;
    let name = object
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if old.is_none() && kind.namespaced && change.world.get("Namespace", "", call.namespace()).is_none() {
        return Err(Refusal::namespace_not_found(call.namespace()));
    }
    let mut causes = Vec::new();
    if name.is_empty() {
        causes.push(cause(
            "metadata.name",
            "FieldValueRequired",
            "Required value: name or generateName is required",
        ));
    }
    if kind.custom.is_none() {
        for found in lifecycle::validate(&kind.kind, object, old) {
            if !causes.contains(&found) {
                causes.push(found);
            }
        }
    }
    if !causes.is_empty() {
        return Err(Refusal::invalid(kind, &name, &causes));
    }
    if kind.custom.is_none() {
        lifecycle::admit(&change.world, &kind.kind, object, old).map_err(|denied| Refusal::denied(kind, &name, denied))?;
    }
    Ok(())
}

pub fn cause(field: &str, reason: &'static str, message: impl Into<String>) -> Cause {
    Cause {
        field: field.to_owned(),
        reason,
        message: message.into(),
    }
}

fn status_shape(kind: &Kind) -> Option<schema::Shape> {
    let (group, version) = kind.stored();
    let root = schema::named(group, version, &kind.kind)?;
    Some(schema::structure(&root)?.fields.get("status")?.shape.clone())
}

fn counted(kind: &Kind) -> bool {
    COUNTED.contains(&kind.kind.as_str()) || kind.custom.is_some()
}

pub fn has_status(kind: &Kind) -> bool {
    kind.subresources.iter().any(|sub| sub.name == "status")
}

/// The part of an object whose changes count: all but metadata and status; a Deployment's annotations too.
fn wanted(kind: &Kind, object: &Value) -> Vec<(String, Value)> {
    let mut parts: Vec<(String, Value)> = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status" | "kind" | "apiVersion"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    parts.sort_by(|(a, _), (b, _)| a.cmp(b));
    if kind.kind == "Deployment" {
        parts.push((
            "annotations".to_owned(),
            object.pointer("/metadata/annotations").cloned().unwrap_or_default(),
        ));
    }
    parts
}

/// `stringData` is written into `data`.
fn secret(object: &mut Value) {
    let Some(Value::Object(plain)) = object.as_object_mut().and_then(|fields| fields.shift_remove("stringData")) else {
        return;
    };
    if !object.get("data").is_some_and(Value::is_object) {
        object["data"] = json!({});
    }
    for (key, value) in plain {
        object["data"][key] = STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
}

fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object.get("metadata").is_some_and(Value::is_object) {
        object["metadata"] = json!({});
    }
    match object.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => unreachable!("metadata was just made an object"),
    }
}

fn remove(object: &mut Value, field: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove(field);
    }
}

/// Five letters and digits as Kubernetes makes names: without vowels and look-alikes.
fn suffix() -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    uuid::Uuid::new_v4()
        .as_bytes()
        .iter()
        .take(5)
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|byte| char::from(*byte))
        .collect()
}
