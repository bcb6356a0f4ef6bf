//! Deleting: at once, after a time of grace, or when all who hold the object have let go.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::answer::Reply;
use super::call::Call;
use super::list::{Selection, shaped, whole};
use super::refusal::Refusal;
use super::{body, convert, write};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::store::{Change, seconds};

/// Jobs of this API are the only ones whose pods stay by default.
const ORPHANED: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

/// Kinds of which the server gives back the object itself when it is gone, and no `Status`.
const RETURNED: [&str; 7] = [
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodTemplate",
    "ResourceQuota",
    "Service",
    "ServiceAccount",
];

/// How an object is deleted: as the `DeleteOptions` of the body say, or the query where there is no body.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    pub grace: Option<i64>,
    pub propagation: Option<String>,
    pub uid: Option<String>,
    pub version: Option<String>,
    pub dry_run: bool,
}

impl Deletion {
    fn read(call: &Call) -> Result<Self, Refusal> {
        if call.body.is_empty() {
            return Self::of(&in_query(call));
        }
        let body = body::read(&call.content_type, &call.body, "DeleteOptions")?.value;
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let (kind, version) = (text("kind"), text("apiVersion"));
        if !matches!(kind.as_str(), "" | "DeleteOptions") {
            return Err(Refusal::plain(500, super::decode::unregistered(&kind, &version)));
        }
        Self::of(&body)
    }

    /// From a `DeleteOptions` object, which an eviction carries too.
    pub fn of(options: &Value) -> Result<Self, Refusal> {
        let text = |pointer: &str| options.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let orphan = options.get("orphanDependents").and_then(Value::as_bool) == Some(true);
        let propagation = text("/propagationPolicy");
        if orphan && propagation.is_some() {
            let policy = propagation.unwrap_or_default();
            let message = format!("Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set");
            let cause = super::prepare::cause("propagationPolicy", "FieldValueInvalid", message);
            return Err(Refusal::invalid_object("meta.k8s.io", "DeleteOptions", "", &[cause]));
        }
        let propagation = propagation.or_else(|| orphan.then(|| "Orphan".to_owned()));
        if let Some(policy) = propagation.as_deref()
            && !matches!(policy, "Background" | "Foreground" | "Orphan")
        {
            let message = format!("Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
            let cause = super::prepare::cause("propagationPolicy", "FieldValueNotSupported", message);
            return Err(Refusal::invalid_object("meta.k8s.io", "DeleteOptions", "", &[cause]));
        }
        let other = options
            .get("dryRun")
            .filter(|list| list.as_array().is_some_and(|list| list.iter().any(|one| one != "All")));
        if let Some(list) = other {
            let message = format!("Unsupported value: {list}: supported values: \"All\"");
            let cause = super::prepare::cause("dryRun", "FieldValueNotSupported", message);
            return Err(Refusal::invalid_object("meta.k8s.io", "DeleteOptions", "", &[cause]));
        }
        Ok(Self {
            grace: options.get("gracePeriodSeconds").and_then(Value::as_i64),
            propagation,
            uid: text("/preconditions/uid"),
            version: text("/preconditions/resourceVersion"),
            dry_run: options.get("dryRun").and_then(Value::as_array).is_some_and(|list| !list.is_empty()),
        })
    }
}

fn in_query(call: &Call) -> Value {
    let mut options = json!({});
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            options[name] = value;
        }
    };
    let text = |name: &str| call.query.get(name).map(str::to_owned);
    let orphan = call.query.has("orphanDependents") && call.query.flag("orphanDependents");
    put("orphanDependents", orphan.then_some(true.into()));
    put("propagationPolicy", text("propagationPolicy").map(Value::from));
    let grace = text("gracePeriodSeconds").and_then(|seconds| seconds.parse::<i64>().ok());
    put("gracePeriodSeconds", grace.map(Value::from));
    put("dryRun", text("dryRun").map(|one| json!([one])));
    options
}

pub fn delete(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let mut deletion = Deletion::read(call)?;
    let warnings = orphans(call, &mut deletion);
    let changed = embedded.store().change(deletion.dry_run, |change| {
        let object = write::current(call, change)?;
        let left = one(call, change, &object, &deletion)?;
        let mut object = if call.kind.kind == "Pod" {
            marked(change, &object, 0, &[], false)
        } else {
            object
        };
        if !deletion.dry_run && left.is_none() {
            object["metadata"]["resourceVersion"] = change.view().rv()?.to_string().into();
        }
        Ok::<_, Refusal>((object, left))
    });
    let (object, left) = match changed {
        Ok(changed) => changed,
        // What is warned of is warned of in any case.
        Err(refusal) => return Ok(Reply::Object(refusal.code, refusal.status(), warnings)),
    };
    Ok(match left {
        Some(object) => shaped(call, convert::served(&call.kind, object), embedded, warnings),
        None if RETURNED.contains(&call.kind.kind.as_str()) => shaped(call, convert::served(&call.kind, object), embedded, Vec::new()),
        None => Reply::Object(200, gone(call, &object), warnings),
    })
}

/// What the server says of an object that is no more.
fn gone(call: &Call, object: &Value) -> Value {
    let mut details = json!({ "name": object["metadata"]["name"] });
    if !call.kind.group.is_empty() {
        details["group"] = call.kind.group.as_str().into();
    }
    details["kind"] = call.kind.plural.as_str().into();
    details["uid"] = object["metadata"]["uid"].clone();
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}

pub fn collection(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let mut deletion = Deletion::read(call)?;
    let warnings = orphans(call, &mut deletion);
    let selection = Selection::read(call)?;
    let (items, rv) = embedded.store().change(deletion.dry_run, |change| {
        let (group, _) = call.kind.stored();
        let all = change
            .view()
            .list(group, &call.kind.kind, call.address.namespace.as_deref(), None)?;
        let mut items = Vec::new();
        for object in all {
            if selection.matches(&convert::served(&call.kind, object.clone())) {
                one(call, change, &object, &deletion)?;
                items.push(convert::served(&call.kind, object));
            }
        }
        Ok::<_, Refusal>((items, change.view().rv()?))
    })?;
    let list = whole(&call.kind, json!({ "resourceVersion": rv.to_string() }), items);
    Ok(Reply::Object(200, list, warnings))
}

/// Pods of jobs stay unless it is said what is to become of them; gives back the warning of it.
fn orphans(call: &Call, deletion: &mut Deletion) -> Vec<String> {
    if call.kind.kind != "Job" || deletion.propagation.is_some() {
        return Vec::new();
    }
    deletion.propagation = Some("Orphan".to_owned());
    vec![ORPHANED.to_owned()]
}

/// Deletes one object; gives back what is left of it for now.
pub fn one(call: &Call, change: &mut Change<'_>, object: &Value, deletion: &Deletion) -> Result<Option<Value>, Refusal> {
    let kind = &call.kind;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
    preconditions(call, object, deletion)?;
    if kind.kind == "Namespace" && matches!(name, "default" | "kube-system" | "kube-public") {
        let message = format!("namespaces \"{name}\" is forbidden: this namespace may not be deleted");
        return Err(Refusal::new(403, "Forbidden", message).with(json!({ "name": name, "kind": "namespaces" })));
    }
    let mut finalizers: Vec<String> = object
        .pointer("/metadata/finalizers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|finalizer| finalizer.as_str().map(str::to_owned))
        .collect();
    let policy = match deletion.propagation.as_deref() {
        Some("Foreground") => Some("foregroundDeletion"),
        Some("Orphan") => Some("orphan"),
        _ => None,
    };
    if deletion.propagation.is_some() {
        finalizers.retain(|finalizer| !matches!(finalizer.as_str(), "foregroundDeletion" | "orphan"));
        finalizers.extend(policy.map(str::to_owned));
    }
    let grace = if kind.kind == "Pod" && kind.group.is_empty() {
        grace(object, deletion)
    } else {
        0
    };
    let (group, _) = kind.stored();
    if grace == 0 && finalizers.is_empty() && kind.kind != "Namespace" {
        change.delete(group, &kind.kind, namespace, name)?;
        if kind.kind == "CustomResourceDefinition" && kind.custom.is_none() {
            instances(change, object)?;
        }
        return Ok(None);
    }
    let marked = marked(change, object, grace, &finalizers, kind.kind == "Namespace");
    let mut stored = change.put(group, marked)?;
    if deletion.dry_run {
        // A dry run counts no version.
        stored["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
    }
    Ok(Some(stored))
}

/// With a definition go the objects that it made possible.
fn instances(change: &mut Change<'_>, definition: &Value) -> Result<(), Refusal> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    for object in change.view().list(group, kind, None, None)? {
        let name = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        change.delete(group, kind, name("namespace"), name("name"))?;
    }
    Ok(())
}

fn preconditions(call: &Call, object: &Value, deletion: &Deletion) -> Result<(), Refusal> {
    for (wanted, field, word) in [
        (&deletion.uid, "uid", "UID"),
        (&deletion.version, "resourceVersion", "ResourceVersion"),
    ] {
        let is = object["metadata"][field].as_str().unwrap_or_default();
        if let Some(wanted) = wanted
            && wanted != is
        {
            let kind = &call.kind;
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            if kind.kind == "Namespace" && kind.group.is_empty() {
                let why = format!("Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {is}");
                return Err(Refusal::conflict(kind, name, &why));
            }
            let message = format!(
                "Operation cannot be fulfilled on {} \"{name}\": the {word} in the precondition ({wanted}) does not match the {word} in record ({is}). The object might have been {}",
                kind.qualified(),
                if field == "uid" { "deleted and then recreated" } else { "modified" }
            );
            let mut details = json!({ "name": name });
            if !kind.group.is_empty() {
                details["group"] = kind.group.as_str().into();
            }
            details["kind"] = kind.kind.as_str().into();
            return Err(Refusal::new(409, "Conflict", message).with(details));
        }
    }
    Ok(())
}

/// Seconds until a pod is gone: none when no node runs it.
fn grace(pod: &Value, deletion: &Deletion) -> i64 {
    let asked = deletion
        .grace
        .or_else(|| pod.pointer("/spec/terminationGracePeriodSeconds")?.as_i64());
    let running = pod
        .pointer("/spec/nodeName")
        .and_then(Value::as_str)
        .is_some_and(|node| !node.is_empty())
        && !matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
    if running { asked.unwrap_or(30).max(0) } else { 0 }
}

fn marked(change: &Change<'_>, object: &Value, grace: i64, finalizers: &[String], namespace: bool) -> Value {
    let mut marked = object.clone();
    let now = change.world.now;
    let at = now.checked_add(SignedDuration::from_secs(grace)).unwrap_or(now);
    let metadata = &mut marked["metadata"];
    // A second deletion can only make the time shorter.
    let sooner = metadata
        .get("deletionGracePeriodSeconds")
        .and_then(Value::as_i64)
        .is_none_or(|before| grace < before);
    if metadata.get("deletionTimestamp").is_none() || sooner {
        if metadata.get("deletionTimestamp").is_none()
            && let Some(generation) = metadata.get("generation").and_then(Value::as_i64)
        {
            metadata["generation"] = (generation + 1).into();
        }
        metadata["deletionTimestamp"] = seconds(at).into();
        metadata["deletionGracePeriodSeconds"] = grace.into();
    }
    if !finalizers.is_empty() {
        metadata["finalizers"] = finalizers.into();
    }
    if namespace {
        metadata
            .as_object_mut()
            .map(|metadata| metadata.shift_remove("deletionGracePeriodSeconds"));
        marked["status"]["phase"] = "Terminating".into();
    }
    marked
}
