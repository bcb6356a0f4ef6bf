//! What happens to an object between its decoding and its storing: names, defaults, validation, admission.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::options::Options;
use super::refusal::Refusal;
use super::{convert, definition, strict};
use crate::adapters::cluster::embedded::facts::{Kind, schema};
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

const TEMPLATE_GENERATION: &str = "/metadata/annotations/deprecated.daemonset.template.generation";

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

/// Makes up the name where only its beginning is given, and what the server makes up besides. To be called after it was noted
/// who wrote what: nobody wrote this, nor what follows from it.
pub fn generated(kind: &Kind, object: &mut Value) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let prefix: String = text("generateName").chars().take(58).collect();
    let named = !text("name").is_empty() || prefix.is_empty();
    if !named {
        object["metadata"]["name"] = format!("{prefix}{}", suffix()).into();
    }
    if kind.custom.is_none() {
        if !named {
            lifecycle::defaults(&kind.kind, object);
        }
        lifecycle::generated(&kind.kind, object);
    }
}

/// Brings a changed object into the form in which it is stored: what the server owns is the old one's.
pub fn for_update(call: &Call, old: &Value, mut object: Value, status: bool) -> Result<Value, Refusal> {
    let kind = &call.kind;
    let old_metadata = old.get("metadata").cloned().unwrap_or_default();
    let metadata = metadata(&mut object);
    for owned in [
        "uid",
        "creationTimestamp",
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
    // What is going away stays so; what is not cannot be made so by writing it.
    for owned in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        if let Some(value) = old_metadata.get(owned) {
            metadata.insert(owned.into(), value.clone());
        }
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
    if kind.kind == "DaemonSet" && kind.custom.is_none() && object.pointer(TEMPLATE_GENERATION).is_none() {
        object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = "0".into();
    }
    if kind.custom.is_none() {
        lifecycle::defaults(&kind.kind, &mut object);
        if has_status(kind) && object.get("status").is_none() {
            object["status"] = json!({});
        }
        let (group, version) = kind.stored();
        if let Some(shape) = schema::named(group, version, &kind.kind) {
            strict::lean(&shape, &mut object);
            strict::zeros(&shape, &mut object);
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

/// How often the template of a daemon set was changed: an annotation that only the server writes. To be called after it was
/// noted who wrote what, since who leaves it out counts as its writer.
pub fn count_template(kind: &Kind, old: Option<&Value>, object: &mut Value) {
    if kind.kind != "DaemonSet" || kind.custom.is_some() {
        return;
    }
    let number = |object: &Value| -> i64 {
        let text = object.pointer(TEMPLATE_GENERATION).and_then(Value::as_str);
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let template = |object: &Value| object.pointer("/spec/template").cloned();
    let count = match old {
        None => number(object).max(1),
        Some(old) => number(old) + i64::from(template(old) != template(object)),
    };
    object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = count.to_string().into();
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
        causes.extend(lifecycle::validate(&kind.kind, object, old));
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

fn counted(kind: &Kind) -> bool {
    COUNTED.contains(&kind.kind.as_str()) || kind.custom.is_some()
}

pub fn has_status(kind: &Kind) -> bool {
    kind.subresources.iter().any(|sub| sub.name == "status")
}

/// The part of an object whose changes count: all but metadata and status; a Deployment's annotations and an EndpointSlice's
/// labels too.
fn wanted(kind: &Kind, object: &Value) -> Vec<(String, Value)> {
    let mut parts: Vec<(String, Value)> = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status" | "kind" | "apiVersion"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    parts.sort_by(|(a, _), (b, _)| a.cmp(b));
    if kind.kind == "EndpointSlice" {
        parts.push(("labels".to_owned(), object.pointer("/metadata/labels").cloned().unwrap_or_default()));
    }
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
