//! The scheduler: does the pod fit on the node, and if not, why, in the scheduler's words.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::events::{Report, Source, report};
use super::super::turn::{Turn, finished};
use super::super::{NODE, nodes, quantity, selector, values};
use super::conditions;
use super::seen::Seen;
use crate::adapters::cluster::embedded::world::Key;

const NO_HELP: &str = "1 Preemption is not helpful for scheduling.";
const NO_VICTIM: &str = "1 No preemption victims found for incoming pod.";

/// Puts the pod on the node if it fits; true when it did.
pub fn schedule(turn: &mut Turn, at: &Key) -> bool {
    let Some(pod) = turn.get_key(at).cloned() else { return false };
    // Another scheduler's, and there is none.
    if !matches!(values::text(&pod, "/spec/schedulerName"), "" | "default-scheduler") {
        return false;
    }
    if pod
        .pointer("/spec/schedulingGates")
        .is_some_and(|gates| gates.as_array().is_some_and(|gates| !gates.is_empty()))
    {
        refuse(
            turn,
            at,
            pod,
            "SchedulingGated",
            "Scheduling is blocked due to non-empty scheduling gates",
            false,
        );
        return false;
    }
    match fit(turn, &pod) {
        Ok(()) => {
            bind(turn, pod);
            true
        }
        Err(why) => {
            refuse(turn, at, pod, "Unschedulable", &why, true);
            false
        }
    }
}

/// When the scheduler looks again without being asked: every five minutes.
pub fn retry(turn: &Turn, at: &Key) -> Option<Timestamp> {
    Seen::load(turn, at).retry
}

fn bind(turn: &mut Turn, mut pod: Value) {
    values::set(&mut pod, &["spec", "nodeName"], json!(NODE));
    conditions::set(&mut pod, turn.at, "PodScheduled", true, None);
    let message = format!("Successfully assigned {}/{} to {NODE}", values::namespace(&pod), values::name(&pod));
    turn.put(pod.clone());
    report(turn, &pod, &Report::normal(Source::Scheduler, "Scheduled", message), 1);
}

fn refuse(turn: &mut Turn, at: &Key, mut pod: Value, reason: &str, why: &str, tell: bool) {
    let known = values::condition(&pod, "PodScheduled").map(|condition| values::text(condition, "/message").to_owned());
    let mut seen = Seen::load(turn, at);
    let due = seen.retry.is_none_or(|retry| retry <= turn.at);
    if known.as_deref() == Some(why) && !due {
        return;
    }
    conditions::set(&mut pod, turn.at, "PodScheduled", false, Some((reason, why)));
    values::set(&mut pod, &["status", "phase"], json!("Pending"));
    turn.put(pod.clone());
    if tell {
        report(turn, &pod, &Report::warning(Source::Scheduler, "FailedScheduling", why), 1);
    }
    seen.retry = Some(values::after(turn.at, values::seconds(300)));
    seen.save(turn, at);
}

/// Whether the pod fits on the node.
fn fit(turn: &Turn, pod: &Value) -> Result<(), String> {
    let Some(node) = turn.get("Node", "", NODE) else {
        return Err("no nodes available to schedule pods".to_owned());
    };
    claims(turn, pod)?;
    let no = |what: &str, preemption: &str| {
        format!("0/1 nodes are available: {what}. no new claims to deallocate, preemption: 0/1 nodes are available: {preemption}")
    };
    let cordon = json!({ "key": nodes::UNSCHEDULABLE, "effect": "NoSchedule" });
    if node.pointer("/spec/unschedulable") == Some(&Value::Bool(true)) && !tolerates(pod, &cordon) {
        return Err(no("1 node(s) were unschedulable", NO_HELP));
    }
    if let Some(taint) = untolerated(node, pod) {
        return Err(no(&format!("1 node(s) had untolerated taint {taint}"), NO_HELP));
    }
    if !selected(node, pod) {
        return Err(no("1 node(s) didn't match Pod's node affinity/selector", NO_HELP));
    }
    let lacks = lacking(turn, node, pod);
    if lacks.is_empty() {
        return Ok(());
    }
    let helpless = lacks.iter().any(|(_, never)| *never);
    let what: Vec<String> = lacks.into_iter().map(|(what, _)| format!("1 {what}")).collect();
    Err(no(&what.join(", "), if helpless { NO_HELP } else { NO_VICTIM }))
}

/// Claims that the pod uses must be there and bound.
fn claims(turn: &Turn, pod: &Value) -> Result<(), String> {
    for volume in values::list(pod, "/spec/volumes") {
        let claim = values::text(volume, "/persistentVolumeClaim/claimName");
        if claim.is_empty() {
            continue;
        }
        match turn.get("PersistentVolumeClaim", values::namespace(pod), claim) {
            None => {
                return Err(format!(
                    "0/1 nodes are available: persistentvolumeclaim \"{claim}\" not found. not found"
                ));
            }
            Some(found) if values::deleting(found) => {
                return Err(format!(
                    "0/1 nodes are available: persistentvolumeclaim \"{claim}\" is being deleted. not found"
                ));
            }
            Some(found) if values::text(found, "/status/phase") != "Bound" => {
                return Err("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found".to_owned());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The first taint that keeps the pod away, as the scheduler prints it.
fn untolerated(node: &Value, pod: &Value) -> Option<String> {
    let taints = values::list(node, "/spec/taints")
        .iter()
        .filter(|taint| values::text(taint, "/effect") != "PreferNoSchedule");
    let taint = taints.into_iter().find(|taint| !tolerates(pod, taint))?;
    Some(format!("{{{}: {}}}", values::text(taint, "/key"), values::text(taint, "/value")))
}

fn tolerates(pod: &Value, taint: &Value) -> bool {
    values::list(pod, "/spec/tolerations").iter().any(|toleration| {
        let field = |field: &str| values::text(toleration, field);
        let effect = field("/effect").is_empty() || field("/effect") == values::text(taint, "/effect");
        let key = field("/key").is_empty() || field("/key") == values::text(taint, "/key");
        effect && key && (field("/operator") == "Exists" || field("/value") == values::text(taint, "/value"))
    })
}

/// Node selector and required node affinity.
fn selected(node: &Value, pod: &Value) -> bool {
    let labels = values::map(node, "/metadata/labels");
    let plain = values::map(pod, "/spec/nodeSelector").is_none_or(|wanted| selector::contains(wanted, labels));
    let pointer = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = values::list(pod, pointer);
    plain && (terms.is_empty() || terms.iter().any(|term| selector::matches(term, node)))
}

/// What is missing, and whether it could never be there.
fn lacking(turn: &Turn, node: &Value, pod: &Value) -> Vec<(&'static str, bool)> {
    let others: Vec<&Value> = turn
        .placed()
        .filter(|other| values::text(other, "/spec/nodeName") == NODE && !finished(other))
        .collect();
    let mut lacks = Vec::new();
    let has = |field: &str| quantity::milli(values::text(node, &format!("/status/allocatable/{field}"))).unwrap_or(i128::MAX);
    if others.len() as i128 * 1000 + 1000 > has("pods") {
        lacks.push(("Too many pods", false));
    }
    let host_ports = |pod: &Value| -> Vec<i64> {
        let containers = values::list(pod, "/spec/containers").iter();
        containers
            .flat_map(|container| values::list(container, "/ports"))
            .filter_map(|port| values::int(port, "/hostPort"))
            .collect()
    };
    let wanted = host_ports(pod);
    if !wanted.is_empty()
        && others
            .iter()
            .any(|other| host_ports(other).iter().any(|port| wanted.contains(port)))
    {
        lacks.push(("node(s) didn't have free ports for the requested pod ports", false));
    }
    for (resource, words) in [("cpu", "Insufficient cpu"), ("memory", "Insufficient memory")] {
        let wanted = requests(pod, resource);
        let used: i128 = others.iter().map(|other| requests(other, resource)).sum();
        if wanted > 0 && wanted + used > has(resource) {
            lacks.push((words, wanted > has(resource)));
        }
    }
    lacks
}

/// What a pod asks for: its containers together, or its largest init container.
pub fn requests(pod: &Value, resource: &str) -> i128 {
    let of = |container: &Value| {
        let pointer = format!("/resources/requests/{resource}");
        quantity::milli(&plain(container.pointer(&pointer))).unwrap_or_default()
    };
    let main: i128 = values::list(pod, "/spec/containers").iter().map(of).sum();
    let init = values::list(pod, "/spec/initContainers").iter().map(of).max().unwrap_or_default();
    main.max(init)
}

/// A quantity may be written as a number.
fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
