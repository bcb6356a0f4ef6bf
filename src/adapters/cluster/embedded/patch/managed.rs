//! Who wrote which field: `metadata.managedFields`, as the real server keeps it for every writer.

use serde_json::{Value, json};

use super::apply;
use super::fields::{self, Changes, Set};
use crate::adapters::cluster::embedded::facts::schema::Shape;

/// Who writes, and how the entry names it.
#[derive(Clone, Debug)]
pub struct Writer {
    pub manager: String,
    pub api_version: String,
    /// `status`, `scale`; empty for the object itself.
    pub subresource: String,
    /// Now, as the API writes it.
    pub time: String,
}

/// A field that others wrote with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// `"kubectl-create" using apps/v1 at 2026-01-01T00:00:00Z`
    pub manager: String,
    /// `.spec.replicas`.
    pub field: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    manager: String,
    applies: bool,
    api_version: String,
    subresource: String,
    time: String,
    set: Set,
}

/// Notes an update of `live` (an empty object where it is new) to `new`, both in the version of the writer.
pub fn update(shape: Option<&Shape>, live: &Value, new: &mut Value, writer: &Writer) {
    let changes = own_part(fields::changes(shape, live, new), &writer.subresource);
    let mut entries = given(live, new, writer);
    note(&mut entries, &changes, writer);
    write(new, entries);
}

/// As [`update`], for a writer within the server: what it changed of the status is another entry than the rest.
pub fn observe(shape: Option<&Shape>, live: &Value, new: &mut Value, manager: &str, time: &str) {
    let changes = fields::changes(shape, live, new);
    if changes == Changes::default() {
        return;
    }
    let mut entries = read(live);
    if text(new, "kind") == "Deployment" && live.pointer("/metadata/uid").is_some() {
        // Its controller sends the annotation of the revision along with the status.
        let writer = Writer {
            manager: manager.to_owned(),
            api_version: text(new, "apiVersion"),
            subresource: "status".to_owned(),
            time: time.to_owned(),
        };
        note(&mut entries, &changes, &writer);
        write(new, entries);
        return;
    }
    for subresource in ["", "status"] {
        let writer = Writer {
            manager: manager.to_owned(),
            api_version: text(new, "apiVersion"),
            subresource: subresource.to_owned(),
            time: time.to_owned(),
        };
        let part = |set: &Set| set.only(|step| (step == "f:status") == (subresource == "status"));
        let changes = Changes {
            touched: part(&changes.touched),
            removed: part(&changes.removed),
        };
        note(&mut entries, &changes, &writer);
    }
    write(new, entries);
}

/// Applies an object to a live one (an empty one where it is new). Gives back the result, with its managers.
///
/// # Errors
/// The fields that others wrote with another value, unless it is forced.
pub fn apply(shape: Option<&Shape>, live: &Value, applied: &Value, writer: &Writer, force: bool) -> Result<Value, Vec<Conflict>> {
    let mut entries = read(live);
    if entries.is_empty() && live.pointer("/metadata/uid").is_some() {
        let before = fields::changes(shape, &json!({ "metadata": {} }), live).touched;
        entries.push(Entry {
            manager: "before-first-apply".to_owned(),
            applies: false,
            api_version: writer.api_version.clone(),
            subresource: String::new(),
            time: writer.time.clone(),
            set: before.only(|step| step != "f:status"),
        });
    }
    let mine = |entry: &Entry| entry.applies && entry.manager == writer.manager && entry.subresource == writer.subresource;
    let last = entries.iter().find(|entry| mine(entry)).cloned();
    let set = fields::said(shape, applied).owned();
    let mut new = live.clone();
    if let Some(last) = &last {
        let others: Vec<&Set> = entries.iter().filter(|entry| !mine(entry)).map(|entry| &entry.set).collect();
        apply::prune(&mut new, &last.set, &set, &others);
    }
    apply::merge(shape, &mut new, applied);
    let changes = own_part(fields::changes(shape, live, &new), &writer.subresource);
    let conflicts = conflicts(entries.iter().filter(|entry| !mine(entry)), &changes.touched);
    let own = writer.manager == KUBECTL && only_last_applied(shape, live, &conflicts);
    if !(force || own || conflicts.is_empty()) {
        return Err(conflicts);
    }
    if writer.manager == KUBECTL && live.pointer(LAST_APPLIED).is_some() {
        let mut said = applied.clone();
        said.sort_all_objects();
        new["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = format!("{said}\n").into();
    }
    for entry in entries.iter_mut().filter(|entry| !mine(entry)) {
        entry.set = entry.set.without(&changes.touched).without(&changes.removed);
    }
    // The time moves only when the object does: an apply that changes nothing writes nothing, or a manager without a time.
    let time = match last {
        _ if changes != Changes::default() => writer.time.clone(),
        Some(last) => last.time,
        None => String::new(),
    };
    entries.retain(|entry| !mine(entry));
    entries.push(Entry {
        manager: writer.manager.clone(),
        applies: true,
        api_version: writer.api_version.clone(),
        subresource: writer.subresource.clone(),
        time,
        set,
    });
    write(&mut new, entries);
    Ok(new)
}

/// Whether two objects are the same but for when who wrote what.
#[must_use]
pub fn same_but_times(old: &Value, new: &Value) -> bool {
    let timeless = |object: &Value| {
        let mut object = object.clone();
        let mut entries = read(&object);
        for entry in &mut entries {
            entry.time.clear();
        }
        write(&mut object, entries);
        object
    };
    timeless(old) == timeless(new)
}

/// Makes a field an entry of its own in each manager's list, without a time: what writing a scale that changes nothing does.
pub fn set_apart(object: &mut Value, path: &[&str]) {
    let mut entries = read(object);
    let apart = Set::of(path);
    let mut own = Vec::new();
    for entry in &mut entries {
        if !entry.set.shared(&apart).is_empty() {
            own.push(Entry {
                set: apart.clone(),
                time: String::new(),
                ..entry.clone()
            });
            entry.set = entry.set.without(&apart);
        }
    }
    entries.extend(own);
    write(object, entries);
}

/// The manager whose client-side applies an apply of its own may go on from.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

/// Whether all that is in conflict was applied by kubectl itself, on the client's side, and stands as it was applied.
fn only_last_applied(shape: Option<&Shape>, live: &Value, conflicts: &[Conflict]) -> bool {
    let text = live.pointer(LAST_APPLIED).and_then(Value::as_str);
    let Some(last) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return false;
    };
    let since = fields::changes(shape, &last, live);
    let standing = fields::said(shape, &last).without(&since.touched).without(&since.removed).paths();
    conflicts.iter().all(|conflict| standing.contains(&conflict.field))
}

/// What of a change this address may own: the object's writes all but the status, the status' all but what is wanted.
fn own_part(changes: Changes, subresource: &str) -> Changes {
    let wanted = |step: &str| match subresource {
        "status" => step != "f:spec",
        _ => step != "f:status",
    };
    Changes {
        touched: changes.touched.only(wanted),
        removed: changes.removed.only(wanted),
    }
}

fn note(entries: &mut Vec<Entry>, changes: &Changes, writer: &Writer) {
    for entry in entries.iter_mut() {
        let mine = !entry.applies
            && entry.manager == writer.manager
            && entry.api_version == writer.api_version
            && entry.subresource == writer.subresource;
        entry.set = entry.set.without(&changes.removed);
        if mine && !changes.touched.is_empty() {
            entry.set = entry.set.union(&changes.touched);
            entry.time.clone_from(&writer.time);
        } else {
            entry.set = entry.set.without(&changes.touched);
        }
    }
    let known = |entry: &Entry| {
        !entry.applies
            && entry.manager == writer.manager
            && entry.api_version == writer.api_version
            && entry.subresource == writer.subresource
    };
    if !changes.touched.is_empty() && !entries.iter().any(known) {
        entries.push(Entry {
            manager: writer.manager.clone(),
            applies: false,
            api_version: writer.api_version.clone(),
            subresource: writer.subresource.clone(),
            time: writer.time.clone(),
            set: changes.touched.clone(),
        });
    }
}

fn conflicts<'e>(others: impl Iterator<Item = &'e Entry>, touched: &Set) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = others
        .flat_map(|entry| {
            let fields = entry.set.shared(touched).paths();
            fields.into_iter().map(|field| Conflict {
                manager: named(entry),
                field,
            })
        })
        .collect();
    found.sort_by(|a, b| a.manager.cmp(&b.manager));
    found
}

fn named(entry: &Entry) -> String {
    let mut text = format!("\"{}\"", entry.manager);
    if !entry.subresource.is_empty() {
        text.push_str(&format!(" with subresource \"{}\"", entry.subresource));
    }
    if !entry.applies {
        text.push_str(&format!(" using {}", entry.api_version));
    }
    text
}

/// The entries that a write starts from: those that it brings itself, else the live object's.
fn given(live: &Value, new: &Value, writer: &Writer) -> Vec<Entry> {
    if !writer.subresource.is_empty() {
        return read(live);
    }
    let list = new.pointer("/metadata/managedFields").and_then(Value::as_array);
    if list.is_some_and(|list| matches!(list.as_slice(), [only] if only.as_object().is_some_and(serde_json::Map::is_empty))) {
        return Vec::new();
    }
    let brought = read(new);
    if brought.is_empty() { read(live) } else { brought }
}

fn read(object: &Value) -> Vec<Entry> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter(|entry| matches!(entry["operation"].as_str(), Some("Apply" | "Update")))
        .map(|entry| Entry {
            manager: text(entry, "manager"),
            applies: entry["operation"] == "Apply",
            api_version: text(entry, "apiVersion"),
            subresource: text(entry, "subresource"),
            time: text(entry, "time"),
            set: Set::read(&entry["fieldsV1"]),
        })
        .collect()
}

fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.set.is_empty());
    entries.sort_by(|a, b| {
        let order = |entry: &Entry| {
            (
                !entry.applies,
                entry.time.clone(),
                entry.manager.clone(),
                entry.api_version.clone(),
                entry.subresource.clone(),
            )
        };
        order(a).cmp(&order(b))
    });
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if entries.is_empty() {
        metadata.shift_remove("managedFields");
        return;
    }
    let list = entries.into_iter().map(|entry| {
        let mut written = json!({
            "manager": entry.manager, "operation": if entry.applies { "Apply" } else { "Update" }, "apiVersion": entry.api_version,
            "fieldsType": "FieldsV1", "fieldsV1": entry.set.written(),
        });
        if !entry.time.is_empty() {
            written["time"] = entry.time.into();
        }
        if !entry.subresource.is_empty() {
            written["subresource"] = entry.subresource.into();
        }
        written
    });
    metadata.insert("managedFields".to_owned(), list.collect());
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
