//! Pods: made from templates, put on the node, run there, and taken away.

mod conditions;
pub mod config;
mod containers;
mod kubelet;
mod probes;
mod scheduler;
pub mod seen;
mod status;
mod volumes;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::turn::Turn;
use super::{admission, defaulting, ident, values};

/// Makes a pod as a controller does, with a name that is free.
///
/// # Errors
/// The server's words, when admission refuses: `pods "x" is forbidden: exceeded quota: …`.
pub fn create_from_template(turn: &mut Turn, owner: &Value, template: &str) -> Result<String, String> {
    let prefix = format!("{}-", values::name(owner));
    let (at, namespace) = (turn.at.to_string(), values::namespace(owner));
    // Several may be made at one moment: the number tells them apart.
    let mut names = (0..).map(|number: u32| format!("{prefix}{}", ident::letters(5, &[values::uid(owner), &at, &number.to_string()])));
    let name = names.find(|name| turn.get("Pod", namespace, name).is_none()).unwrap_or_default();
    let mut pod = from_template(owner, template, &name);
    values::set(&mut pod, &["metadata", "generateName"], json!(prefix));
    create(turn, owner, pod)
}

/// A pod of this name after an owner's template, not yet in the world.
pub fn from_template(owner: &Value, template: &str, name: &str) -> Value {
    let template = owner.pointer(template).cloned().unwrap_or_default();
    let mut meta = json!({ "name": name, "namespace": values::namespace(owner) });
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
            values::set(&mut meta, &[field], value.clone());
        }
    }
    values::set(&mut meta, &["ownerReferences"], json!([values::owner_reference(owner)]));
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template.get("spec"), "status": {} })
}

/// Puts a pod into the world, after defaults and admission.
///
/// # Errors
/// As [`create_from_template`].
pub fn create(turn: &mut Turn, owner: &Value, mut pod: Value) -> Result<String, String> {
    defaulting::defaults("Pod", &mut pod);
    let name = values::name(&pod).to_owned();
    admission::admit(turn.world, "Pod", &mut pod, None).map_err(|denied| format!("pods \"{name}\" is forbidden: {}", denied.message))?;
    turn.create(pod, &[values::uid(owner)]);
    Ok(name)
}

/// Brings a pod up to this moment, and says when it is next due.
pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let pod = turn.get_key(at)?;
    if values::text(pod, "/spec/nodeName").is_empty() {
        if values::deleting(pod) {
            if !values::has_finalizers(pod) {
                turn.remove(at);
            }
            return None;
        }
        if !scheduler::schedule(turn, at) {
            return scheduler::retry(turn, at);
        }
    }
    kubelet::sync(turn, at)
}
