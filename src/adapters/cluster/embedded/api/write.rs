//! Creating, replacing and patching.

use serde_json::Value;

use super::answer::Reply;
use super::body::{self, Body};
use super::call::Call;
use super::list::shaped;
use super::options::Options;
use super::refusal::Refusal;
use super::{convert, decode, patch, prepare};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::lifecycle;
use crate::adapters::cluster::embedded::patch::managed;
use crate::adapters::cluster::embedded::store::{Change, seconds};

pub fn create(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let options = Options::read(call, "CreateOptions")?;
    let body = body::read(&call.content_type, &call.body, &call.kind.kind)?;
    let (object, warnings) = decode::decoded(call, &options, body)?;
    let stored = embedded
        .store()
        .change(options.dry_run, |change| insert(call, change, object, &options, Written::Whole))?;
    Ok(created(call, embedded, stored, warnings))
}

fn created(call: &Call, embedded: &Embedded, stored: Value, warnings: Vec<String>) -> Reply {
    match shaped(call, convert::served(&call.kind, stored), embedded, warnings) {
        Reply::Object(_, value, warnings) => Reply::Object(201, value, warnings),
        other => other,
    }
}

/// How an object was written: an apply has noted itself who owns what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Whole,
    Applied,
}

/// Stores an object that must not be there yet.
pub fn insert(call: &Call, change: &mut Change<'_>, object: Value, options: &Options, written: Written) -> Result<Value, Refusal> {
    let version = given(&object, "resourceVersion").map(str::to_owned);
    let mut object = prepare::for_create(call, change, object, options)?;
    if written == Written::Whole {
        let nothing = serde_json::json!({ "metadata": {} });
        managed::update(call.stored_shape().as_ref(), &nothing, &mut object, &writer(call, change));
    }
    prepare::generated(&call.kind, &mut object);
    prepare::count_template(&call.kind, None, &mut object);
    let (group, _) = call.kind.stored();
    let name = object
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if !name.is_empty()
        && let Some(there) = change.view().get(group, &call.kind.kind, call.namespace(), &name)?
    {
        let mut refusal = Refusal::already_exists(&call.kind, &name);
        if given(&there, "deletionTimestamp").is_some() {
            refusal.message.insert_str(0, "object is being deleted: ");
        }
        return Err(refusal);
    }
    prepare::admitted(call, change, &mut object, None)?;
    let mut stored = change.put(group, object)?;
    if options.dry_run {
        forget_version(&mut stored, version.as_deref());
    }
    Ok(stored)
}

fn writer(call: &Call, change: &Change<'_>) -> managed::Writer {
    call.writer(seconds(change.world.now))
}

pub fn update(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let options = Options::read(call, "UpdateOptions")?;
    let body = body::read(&call.content_type, &call.body, &call.kind.kind)?;
    let (object, warnings) = decode::decoded(call, &options, body)?;
    let (stored, new) = embedded.store().change(options.dry_run, |change| {
        same_name(call, &object)?;
        let old = match current(call, change) {
            Err(refusal) if refusal.code == 404 && made_by_put(call) => {
                return Ok((insert(call, change, object, &options, Written::Whole)?, true));
            }
            found => found?,
        };
        if given(&object, "name").is_none() {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                call.name()
            )));
        }
        if let Some(uid) = given(&object, "uid")
            && Some(uid) != given(&old, "uid")
        {
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                storage_key(call),
                given(&old, "uid").unwrap_or_default()
            );
            return Err(Refusal::conflict(&call.kind, call.name(), &why));
        }
        Ok::<_, Refusal>((replace(call, change, &old, object, &options, Written::Whole)?, false))
    })?;
    if new {
        return Ok(created(call, embedded, stored, warnings));
    }
    Ok(shaped(call, convert::served(&call.kind, stored), embedded, warnings))
}

/// The kinds of which the server makes an object that is put where there is none.
fn made_by_put(call: &Call) -> bool {
    const MADE: [(&str, &str); 11] = [
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("coordination.k8s.io", "Lease"),
        ("", "LimitRange"),
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "Service"),
        ("", "Endpoints"),
    ];
    call.address.subresource.is_none() && MADE.contains(&(call.kind.group.as_str(), call.kind.kind.as_str()))
}

/// Where the real server keeps the object, as some of its errors tell.
fn storage_key(call: &Call) -> String {
    let place = match (call.kind.group.as_str(), call.kind.plural.as_str()) {
        ("", "services") => "services/specs",
        ("", "endpoints") => "services/endpoints",
        ("", "nodes") => "minions",
        ("", "replicationcontrollers") => "controllers",
        ("networking.k8s.io", "ingresses") => "ingress",
        (_, plural) => plural,
    };
    [place, call.namespace(), call.name()]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| format!("/{part}"))
        .collect()
}

/// The stored object that the address names.
pub fn current(call: &Call, change: &Change<'_>) -> Result<Value, Refusal> {
    let (group, _) = call.kind.stored();
    let found = change.view().get(group, &call.kind.kind, call.namespace(), call.name())?;
    found.ok_or_else(|| Refusal::not_found(&call.kind, call.name()))
}

/// Stores an object (in the version of the call) over the old one (as stored).
pub fn replace(
    call: &Call,
    change: &mut Change<'_>,
    old: &Value,
    object: Value,
    options: &Options,
    written: Written,
) -> Result<Value, Refusal> {
    if let Some(version) = given(&object, "resourceVersion") {
        match version.parse::<u64>() {
            Err(_) => {
                return Err(Refusal::plain(
                    500,
                    format!("strconv.ParseUint: parsing \"{version}\": invalid syntax"),
                ));
            }
            // As good as none.
            Ok(0) => {}
            Ok(_) if Some(version) != given(old, "resourceVersion") => return Err(Refusal::modified(&call.kind, call.name())),
            Ok(_) => {}
        }
    }
    let status = call.address.subresource.as_deref() == Some("status");
    let mut new = prepare::for_update(call, old, object, status)?;
    if written == Written::Whole {
        managed::update(call.stored_shape().as_ref(), old, &mut new, &writer(call, change));
    }
    prepare::count_template(&call.kind, Some(old), &mut new);
    prepare::admitted(call, change, &mut new, Some(old))?;
    // A write that changes nothing writes nothing, not even when it was.
    if managed::same_but_times(old, &new) {
        new.clone_from(old);
    }
    let (group, _) = call.kind.stored();
    let finished = new.pointer("/metadata/deletionTimestamp").is_some()
        && new.pointer("/metadata/finalizers").is_none()
        && call.kind.kind != "Namespace"
        && new
            .pointer("/metadata/deletionGracePeriodSeconds")
            .and_then(Value::as_i64)
            .unwrap_or_default()
            == 0;
    let mut stored = change.put(group, new)?;
    if finished {
        change.delete(group, &call.kind.kind, call.namespace(), call.name())?;
    }
    if options.dry_run {
        forget_version(&mut stored, given(old, "resourceVersion"));
    }
    Ok(stored)
}

pub fn patch(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let options = Options::read(call, "PatchOptions")?;
    let patch = patch::Patch::read(call, &options)?;
    let written = if patch.applies() { Written::Applied } else { Written::Whole };
    let (stored, warnings, new) = embedded.store().change(options.dry_run, |change| {
        let writer = writer(call, change);
        let (group, _) = call.kind.stored();
        let old = change.view().get(group, &call.kind.kind, call.namespace(), call.name())?;
        let Some(old) = old else {
            let object = patch
                .create(call, &writer)?
                .ok_or_else(|| Refusal::not_found(&call.kind, call.name()))?;
            let (object, warnings) = decode::decoded(call, &options, plain(object))?;
            return Ok((insert(call, change, object, &options, written)?, warnings, true));
        };
        let served = convert::served(&call.kind, old.clone());
        let object = patch.apply(call, &served, &writer)?;
        let decoded = decode::decoded(call, &options, plain(object.clone()));
        let (object, warnings) = decoded.map_err(|refusal| patch.undecodable(&object, refusal))?;
        same_name(call, &object)?;
        if let Some(uid) = given(&object, "uid")
            && Some(uid) != given(&old, "uid")
        {
            let message = format!("Invalid value: \"{uid}\": field is immutable");
            let cause = prepare::cause("metadata.uid", "FieldValueInvalid", message);
            let mut causes = vec![cause.clone()];
            if call.kind.custom.is_none() {
                // What follows from the uid is wrong with it.
                causes.extend(lifecycle::validate(&call.kind.kind, &object, None));
                causes.extend((1..lifecycle::passes_over_marks(&call.kind.kind)).map(|_| cause.clone()));
            }
            return Err(Refusal::invalid(&call.kind, call.name(), &causes));
        }
        Ok::<_, Refusal>((replace(call, change, &old, object, &options, written)?, warnings, false))
    })?;
    if new {
        return Ok(created(call, embedded, stored, warnings));
    }
    Ok(shaped(call, convert::served(&call.kind, stored), embedded, warnings))
}

fn plain(value: Value) -> Body {
    Body {
        value,
        duplicates: Vec::new(),
    }
}

fn same_name(call: &Call, object: &Value) -> Result<(), Refusal> {
    if let Some(name) = given(object, "name")
        && name != call.name()
    {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name()
        )));
    }
    if call.kind.namespaced
        && let Some(namespace) = given(object, "namespace")
        && namespace != call.namespace()
    {
        return Err(Refusal::bad_request(prepare::OTHER_NAMESPACE));
    }
    Ok(())
}

fn given<'o>(object: &'o Value, field: &str) -> Option<&'o str> {
    object.get("metadata")?.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// A dry run counts no version: the answer has the old one, or none.
fn forget_version(object: &mut Value, old: Option<&str>) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        match old {
            Some(old) => metadata.insert("resourceVersion".into(), old.into()),
            None => metadata.shift_remove("resourceVersion"),
        };
    }
}
