//! How many replicas there are to be: the same small object for every kind that can be scaled.

use serde_json::{Value, json};

use super::answer::Reply;
use super::call::Call;
use super::options::Options;
use super::refusal::Refusal;
use super::subresource::wrong_replicas;
use super::{body, convert, patch, strict, write};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::facts::schema;
use crate::adapters::cluster::embedded::patch::managed;

pub fn run(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    if call.method == http::Method::GET {
        let (group, _) = call.kind.stored();
        let object = embedded
            .store()
            .read(|view| -> Result<_, Refusal> { Ok(view.get(group, &call.kind.kind, call.namespace(), call.name())?) })?;
        let object = object.ok_or_else(|| Refusal::not_found(&call.kind, call.name()))?;
        return Ok(Reply::object(scale(call, &object)));
    }
    let options = Options::read(call, "UpdateOptions")?;
    let patch = if call.method == http::Method::PATCH {
        Some(patch::Patch::read_for_scale(call)?)
    } else {
        None
    };
    let stored = embedded.store().change(options.dry_run, |change| {
        let old = write::current(call, change)?;
        let mut wanted = match &patch {
            Some(patch) => patch.apply_to(
                schema::named("autoscaling", "v1", "Scale").as_ref(),
                &scale(call, &old),
                &call.writer(String::new()),
            )?,
            None => body::read(&call.content_type, &call.body, "Scale")?.value,
        };
        if let Some(shape) = schema::named("autoscaling", "v1", "Scale") {
            strict::decode(&shape, &mut wanted)
                .map_err(|why| Refusal::bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {why}")))?;
        }
        let replicas = wanted.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        if replicas < 0 {
            return Err(wrong_replicas(call.name(), replicas));
        }
        let mut object = convert::served(&call.kind, old.clone());
        set(call, &mut object, replicas);
        object["metadata"]["resourceVersion"] = wanted["metadata"]["resourceVersion"].clone();
        if call.kind.custom.is_none() && object.pointer("/spec/replicas") == old.pointer("/spec/replicas") {
            managed::set_apart(&mut object, &["f:spec", "f:replicas"]);
            return write::replace(call, change, &old, object, &options, write::Written::Applied);
        }
        write::replace(call, change, &old, object, &options, write::Written::Whole)
    })?;
    Ok(Reply::object(scale(call, &stored)))
}

/// Where a kind keeps its number: custom ones say so.
fn path(call: &Call, field: &str, usual: &str) -> String {
    let custom = call
        .kind
        .custom
        .as_ref()
        .and_then(|version| version.pointer("/subresources/scale")?.get(field)?.as_str());
    custom.map_or_else(|| usual.to_owned(), |path| path.replace('.', "/"))
}

fn set(call: &Call, object: &mut Value, replicas: i64) {
    let path = path(call, "specReplicasPath", "/spec/replicas");
    let mut place = object;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[part];
    }
    *place = replicas.into();
}

fn scale(call: &Call, object: &Value) -> Value {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object["metadata"].get(field) {
            metadata[field] = value.clone();
        }
    }
    let mut status = json!({ "replicas": number(&path(call, "statusReplicasPath", "/status/replicas")) });
    let selector = selector(object.pointer("/spec/selector"));
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    // As in life, 0 is left out: `omitempty`.
    let spec = match number(&path(call, "specReplicasPath", "/spec/replicas")) {
        0 => json!({}),
        replicas => json!({ "replicas": replicas }),
    };
    json!({ "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status })
}

/// A selector as text that reads back as one.
fn selector(selector: Option<&Value>) -> String {
    let labels = selector
        .and_then(|selector| selector.get("matchLabels").or(Some(selector)))
        .and_then(Value::as_object);
    let mut parts: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    for expression in selector
        .and_then(|s| s.get("matchExpressions"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<&str> = expression["values"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        parts.push(match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({})", values.join(",")),
            Some("NotIn") => format!("{key} notin ({})", values.join(",")),
            Some("Exists") => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    parts.sort();
    parts.join(",")
}
