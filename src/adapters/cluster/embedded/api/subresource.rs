//! Parts of objects that have an address of their own.

use serde_json::{Value, json};

use super::answer::Reply;
use super::call::Call;
use super::delete::{self, Deletion};
use super::options::Options;
use super::refusal::Refusal;
use super::{body, list, log, prepare, review, scale, write};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::lifecycle::{self, disruption::Forbidden};

/// What each subresource does, by name and method.
pub fn run(call: Call, embedded: &Embedded, name: &str) -> Result<Reply, Refusal> {
    let part = name.split('/').next().unwrap_or_default();
    let declared = call.kind.subresources.iter().find(|sub| sub.name == part);
    let verb = match call.method.as_str() {
        "GET" | "HEAD" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "POST" => "create",
        _ => "delete",
    };
    let Some(declared) = declared else {
        return Err(Refusal::no_such_resource());
    };
    if matches!(part, "exec" | "attach" | "portforward" | "proxy") {
        return Err(simulated(&call, part));
    }
    if !declared.verbs.iter().any(|known| known == verb) {
        return Err(Refusal::method_not_allowed());
    }
    match (part, verb) {
        ("scale", _) => scale::run(&call, embedded),
        ("log", "get") => log::start(&call, embedded),
        ("eviction", "create") => evict(&call, embedded),
        ("binding", "create") => bind(&call, embedded, call.name()),
        ("token", "create") => Err(simulated(&call, "token")),
        ("ephemeralcontainers", "patch" | "update") => Err(simulated(&call, part)),
        (_, "get") => list::get(&call, embedded),
        (_, "update") => write::update(&call, embedded),
        (_, "patch") => write::patch(&call, embedded),
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// What a simulation cannot do, said as such.
fn simulated(call: &Call, part: &str) -> Refusal {
    let what = match part {
        "exec" | "attach" => "nothing runs in its pods, so there is nothing to execute in or attach to",
        "portforward" | "proxy" => "nothing listens in its pods and services",
        "token" => "it issues no service account tokens",
        _ => "no container can be added to its pods",
    };
    let message = format!(
        "the embedded cluster is a simulation: {what} ({part} of {} \"{}\")",
        call.kind.resource(),
        call.name()
    );
    Refusal::new(501, "NotImplemented", message).with(json!({ "name": call.name(), "kind": call.kind.plural }))
}

fn evict(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let body = body::read(&call.content_type, &call.body, "Eviction")?.value;
    let mut deletion = Deletion::of(body.get("deleteOptions").unwrap_or(&Value::Null))?;
    deletion.dry_run |= Options::read(call, "CreateOptions")?.dry_run;
    embedded.store().change(deletion.dry_run, |change| {
        let pod = write::current(call, change)?;
        lifecycle::disruption::forbids(&change.world, &pod).map_err(forbidden)?;
        delete::one(call, change, &pod, &deletion)
    })?;
    let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 });
    Ok(Reply::Object(201, status, Vec::new()))
}

fn forbidden(why: Forbidden) -> Refusal {
    match why {
        Forbidden::Budget(why) => {
            let message = "Cannot evict pod as it would violate the pod's disruption budget.";
            Refusal::new(429, "TooManyRequests", message).with(json!({ "causes": [{ "reason": "DisruptionBudget", "message": why }] }))
        }
        Forbidden::Several => {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            Refusal::new(500, "InternalError", format!("Internal error occurred: {why}")).with(json!({ "causes": [{ "message": why }] }))
        }
    }
}

/// Puts a pod on a node, as a scheduler does.
pub fn bind(call: &Call, embedded: &Embedded, pod: &str) -> Result<Reply, Refusal> {
    let body = body::read(&call.content_type, &call.body, "Binding")?.value;
    let options = Options::read(call, "CreateOptions")?;
    let node = body.pointer("/target/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    embedded.store().change(options.dry_run, |change| {
        let found = change.view().get("", "Pod", call.namespace(), pod)?;
        let Some(mut object) = found else {
            let message = format!("pods \"{pod}\" not found");
            return Err(Refusal::new(404, "NotFound", message).with(json!({ "name": pod, "kind": "pods" })));
        };
        let bound = object
            .pointer("/spec/nodeName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if !bound.is_empty() {
            let message =
                format!("Operation cannot be fulfilled on pods/binding \"{pod}\": pod {pod} is already assigned to node \"{bound}\"");
            return Err(Refusal::new(409, "Conflict", message).with(json!({ "name": pod, "kind": "pods/binding" })));
        }
        object["spec"]["nodeName"] = node.as_str().into();
        change.put("", object)?;
        Ok(())
    })?;
    let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 });
    Ok(Reply::Object(201, status, Vec::new()))
}

/// Kinds that are asked and never stored; `None` for all others.
pub fn virtual_kind(call: &Call, embedded: &Embedded) -> Option<Result<Reply, Refusal>> {
    if call.method != http::Method::POST {
        return None;
    }
    match call.kind.kind.as_str() {
        "Binding" => {
            let name = body::read(&call.content_type, &call.body, "Binding")
                .map(|body| body.value["metadata"]["name"].as_str().unwrap_or_default().to_owned());
            Some(name.and_then(|name| bind(call, embedded, &name)))
        }
        _ => review::answer(call, embedded),
    }
}

pub fn wrong_replicas(name: &str, replicas: i64) -> Refusal {
    let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
    let cause = prepare::cause("spec.replicas", "FieldValueInvalid", message);
    Refusal::invalid_object("autoscaling", "Scale", name, &[cause])
}
