//! The stateful set controller: numbered pods, in order.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::replicaset::ready_since;
use super::turn::{Turn, finished, key};
use super::{defaulting, ident, pods, values};

const CONTROLLER: Source = Source::Controller("statefulset-controller");
const REVISION: &str = "controller-revision-hash";

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let set = turn.get_key(at)?.clone();
    let update = revision(&set);
    let before = match values::text(&set, "/status/currentRevision") {
        "" => update.clone(),
        current => current.to_owned(),
    };
    if !values::deleting(&set) {
        keep_revision(turn, &set, &update);
        act(turn, &set, &update, &before);
    }
    write_status(turn, &set, &update, &before)
}

fn revision(set: &Value) -> String {
    let hash = set
        .pointer("/spec/template")
        .map(|template| ident::template_hash(template, 0))
        .unwrap_or_default();
    format!("{}-{hash}", values::name(set))
}

/// The template of each revision is an object of its own.
pub fn keep_revision(turn: &mut Turn, owner: &Value, name: &str) {
    let at = (
        "ControllerRevision".to_owned(),
        values::namespace(owner).to_owned(),
        name.to_owned(),
    );
    if turn.get_key(&at).is_some() {
        return;
    }
    let number = turn
        .controlled("ControllerRevision", values::uid(owner))
        .iter()
        .map(|one| values::count(one, "/revision"))
        .max();
    let mut template = owner.pointer("/spec/template").cloned().unwrap_or_default();
    values::set(&mut template, &["$patch"], json!("replace"));
    let mut labels = values::map(owner, "/spec/template/metadata/labels").cloned().unwrap_or_default();
    labels.insert(REVISION.to_owned(), json!(name.rsplit('-').next().unwrap_or_default()));
    let revision = json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": { "name": name, "namespace": at.1, "labels": labels, "ownerReferences": [values::owner_reference(owner)] },
        "data": { "spec": { "template": template } },
        "revision": number.unwrap_or_default() + 1,
    });
    turn.create(revision, &[values::uid(owner)]);
}

/// The set's pods with their numbers, in order.
fn members(turn: &Turn, set: &Value) -> Vec<(i64, Value)> {
    let prefix = format!("{}-", values::name(set));
    let number = |pod: &Value| values::name(pod).strip_prefix(&prefix).and_then(|number| number.parse().ok());
    let mut found: Vec<(i64, Value)> = turn
        .controlled("Pod", values::uid(set))
        .into_iter()
        .filter_map(|pod| Some((number(pod)?, pod.clone())))
        .collect();
    found.sort_by_key(|(number, _)| *number);
    found
}

fn first_number(set: &Value) -> i64 {
    values::count(set, "/spec/ordinals/start")
}

fn is_ready(pod: &Value) -> bool {
    values::condition_is(pod, "Ready", "True") && !values::deleting(pod)
}

/// One step: replace failed pods, make missing ones, take surplus ones from the end, then update from the end.
fn act(turn: &mut Turn, set: &Value, update: &str, current: &str) {
    let replicas = values::int(set, "/spec/replicas").unwrap_or(1);
    let first = first_number(set);
    let parallel = values::text(set, "/spec/podManagementPolicy") == "Parallel";
    let members = members(turn, set);
    let partition = values::count(set, "/spec/updateStrategy/rollingUpdate/partition");
    for number in first..first + replicas {
        match members.iter().find(|(member, _)| *member == number) {
            Some((_, pod)) if finished(pod) => {
                turn.delete(&key(pod));
                return;
            }
            Some((_, pod)) if !is_ready(pod) => {
                if !parallel && !stuck_on_old(set, pod, update) {
                    return;
                }
            }
            Some(_) => {}
            None => {
                let revision = if number - first < partition { current } else { update };
                let made = make(turn, set, number, revision);
                if !parallel || !made {
                    return;
                }
            }
        }
    }
    for (_, pod) in members
        .iter()
        .rev()
        .filter(|(number, _)| *number >= first + replicas || *number < first)
    {
        if values::deleting(pod) {
            if parallel { continue } else { return }
        }
        remove(turn, set, pod);
        if !parallel {
            return;
        }
    }
    if values::text(set, "/spec/updateStrategy/type") != "OnDelete" {
        roll(turn, set, &members, update, first + partition);
    }
}

/// A pod of an old revision that does not come up is replaced rather than waited for.
fn stuck_on_old(set: &Value, pod: &Value, update: &str) -> bool {
    values::text(set, "/spec/updateStrategy/type") != "OnDelete" && label(pod) != update && !values::deleting(pod)
}

fn label(pod: &Value) -> &str {
    pod.pointer("/metadata/labels")
        .and_then(|labels| labels.get(REVISION))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Deletes the last pod that is not of the new revision, when all after it are ready.
fn roll(turn: &mut Turn, set: &Value, members: &[(i64, Value)], update: &str, from: i64) {
    for (_, pod) in members.iter().rev().filter(|(number, _)| *number >= from) {
        if values::deleting(pod) {
            return;
        }
        if label(pod) != update {
            remove(turn, set, pod);
            return;
        }
        if !is_ready(pod) {
            return;
        }
    }
}

fn remove(turn: &mut Turn, set: &Value, pod: &Value) {
    turn.delete(&key(pod));
    let (name, set_name) = (values::name(pod), values::name(set));
    let message = format!("delete Pod {name} in StatefulSet {set_name} successful");
    report(turn, set, &Report::normal(CONTROLLER, "SuccessfulDelete", message), 1);
}

fn make(turn: &mut Turn, set: &Value, number: i64, revision: &str) -> bool {
    let set_name = values::name(set);
    let name = format!("{set_name}-{number}");
    let mut pod = pods::from_template(set, "/spec/template", &name);
    if let Some(template) = old_template(turn, set, revision) {
        values::set(&mut pod, &["spec"], template.get("spec").cloned().unwrap_or_default());
    }
    for (label, value) in [
        ("apps.kubernetes.io/pod-index", number.to_string()),
        (REVISION, revision.to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
    ] {
        values::set(&mut pod, &["metadata", "labels", label], json!(value));
    }
    values::set(&mut pod, &["spec", "hostname"], json!(name));
    if !values::text(set, "/spec/serviceName").is_empty() {
        values::set(&mut pod, &["spec", "subdomain"], json!(values::text(set, "/spec/serviceName")));
    }
    claims(turn, set, &name, &mut pod);
    match pods::create(turn, set, pod) {
        Ok(_) => {
            let message = format!("create Pod {name} in StatefulSet {set_name} successful");
            report(turn, set, &Report::normal(CONTROLLER, "SuccessfulCreate", message), 1);
            true
        }
        Err(refusal) => {
            let at = key(set);
            let told = turn.note(&at).is_some_and(|note| values::text(note, "/refusal") == refusal);
            if !told {
                let message = format!("create Pod {name} in StatefulSet {set_name} failed error: {refusal}");
                report(turn, set, &Report::warning(CONTROLLER, "FailedCreate", message), 1);
                turn.set_note(&at, json!({ "refusal": refusal }));
            }
            false
        }
    }
}

fn old_template(turn: &Turn, set: &Value, revision: &str) -> Option<Value> {
    turn.get("ControllerRevision", values::namespace(set), revision)?
        .pointer("/data/spec/template")
        .cloned()
}

/// Each pod has claims of its own, which stay when it goes.
fn claims(turn: &mut Turn, set: &Value, pod_name: &str, pod: &mut Value) {
    for template in values::list(set, "/spec/volumeClaimTemplates") {
        let volume = values::text(template, "/metadata/name");
        let name = format!("{volume}-{pod_name}");
        let mut volumes = values::list(pod, "/spec/volumes").to_vec();
        volumes.retain(|known| values::name_of(known) != volume);
        volumes.insert(0, json!({ "name": volume, "persistentVolumeClaim": { "claimName": name } }));
        values::set(pod, &["spec", "volumes"], Value::Array(volumes));
        if turn.get("PersistentVolumeClaim", values::namespace(set), &name).is_some() {
            continue;
        }
        let mut labels = values::map(set, "/spec/selector/matchLabels").cloned().unwrap_or_default();
        labels.extend(values::map(template, "/metadata/labels").cloned().unwrap_or_default());
        let mut claim = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": { "name": name, "namespace": values::namespace(set), "labels": labels },
            "spec": template.get("spec"),
            "status": { "phase": "Pending" },
        });
        defaulting::defaults("PersistentVolumeClaim", &mut claim);
        let _ = super::admission::admit(turn.world, "PersistentVolumeClaim", &mut claim, None);
        turn.create(claim, &[values::uid(set)]);
        let message = format!("create Claim {name} Pod {pod_name} in StatefulSet {} success", values::name(set));
        report(turn, set, &Report::normal(CONTROLLER, "SuccessfulCreate", message), 1);
    }
}

fn write_status(turn: &mut Turn, set: &Value, update: &str, before: &str) -> Option<Timestamp> {
    let members = members(turn, set);
    let replicas = values::int(set, "/spec/replicas").unwrap_or(1);
    let least = values::count(set, "/spec/minReadySeconds");
    let at = turn.at;
    let mut due = None;
    let count = |wanted: &dyn Fn(&Value) -> bool| members.iter().filter(|(_, pod)| wanted(pod)).count();
    let ready = count(&is_ready);
    let mut available = 0;
    for (_, pod) in members.iter().filter(|(_, pod)| is_ready(pod)) {
        let enough = ready_since(pod).map(|since| values::after(since, values::seconds(least)));
        match enough {
            Some(enough) if least > 0 && enough > at => due = values::sooner(due, Some(enough)),
            _ => available += 1,
        }
    }
    let updated = count(&|pod| label(pod) == update && !values::deleting(pod));
    let done = updated as i64 == replicas && ready as i64 == replicas && members.len() as i64 == replicas;
    let current = if done { update } else { before };
    let mut status = json!({
        "observedGeneration": values::count(set, "/metadata/generation"),
        "replicas": members.len(),
        "availableReplicas": available,
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
    });
    for (field, count) in [
        ("readyReplicas", ready),
        ("currentReplicas", count(&|pod| label(pod) == current)),
        ("updatedReplicas", updated),
    ] {
        if count > 0 {
            values::set(&mut status, &[field], json!(count));
        }
    }
    if let Some(mut set) = turn.get_key(&key(set)).cloned() {
        values::set(&mut set, &["status"], status);
        turn.put(set);
    }
    due
}
