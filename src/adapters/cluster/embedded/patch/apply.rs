//! Server-side apply: what a manager says is merged in, what it no longer says and nobody else applied goes.
//!
//! `metadata.managedFields` is kept for managers that apply, not for other writers: a conflict is seen between two who
//! apply, not between one who applies and one who patches.

use serde_json::{Map, Value, json};

use crate::adapters::cluster::embedded::facts::schema::{self, Field, Merge, Shape};

/// Marks a new object as made by this manager.
pub fn own(shape: Option<&Shape>, object: &mut Value, manager: &str, api_version: &str) {
    let set = fields(shape, object);
    write(object, manager, api_version, set);
}

/// A field that another manager applied with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub manager: String,
    /// `.spec.replicas`.
    pub field: String,
}

/// What applying would take from other managers.
#[must_use]
pub fn conflicts(shape: Option<&Shape>, live: &Value, applied: &Value, manager: &str) -> Vec<Conflict> {
    let mine = fields(shape, applied);
    let mut found = Vec::new();
    for entry in entries(live).filter(|entry| text(entry, "manager") != manager) {
        let mut paths = Vec::new();
        clashes(&mine, &entry["fieldsV1"], applied, live, "", &mut paths);
        found.extend(paths.into_iter().map(|field| Conflict {
            manager: text(entry, "manager"),
            field,
        }));
    }
    found
}

/// Merges an applied object into the live one.
pub fn merge(shape: Option<&Shape>, live: &mut Value, applied: &Value, manager: &str, api_version: &str) {
    let set = fields(shape, applied);
    let others: Vec<Value> = entries(live)
        .filter(|entry| text(entry, "manager") != manager)
        .map(|entry| entry["fieldsV1"].clone())
        .collect();
    let before = entries(live)
        .find(|entry| text(entry, "manager") == manager)
        .map(|entry| entry["fieldsV1"].clone())
        .unwrap_or_default();
    prune(live, &before, &set, &others.iter().collect::<Vec<_>>());
    value(shape, live, applied);
    write(live, manager, api_version, set);
}

fn entries(object: &Value) -> impl Iterator<Item = &Value> {
    object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|entry| entry["operation"] == "Apply")
}

fn write(object: &mut Value, manager: &str, api_version: &str, set: Value) {
    let old = entries(object).find(|entry| text(entry, "manager") == manager).cloned();
    // The time moves only with the set: an apply that changes nothing writes nothing.
    let time = old
        .filter(|entry| entry["fieldsV1"] == set && text(entry, "apiVersion") == api_version)
        .map_or_else(
            || crate::adapters::cluster::embedded::store::seconds(crate::adapters::clock::now()),
            |entry| text(&entry, "time"),
        );
    let entry = json!({
        "manager": manager, "operation": "Apply", "apiVersion": api_version, "time": time,
        "fieldsType": "FieldsV1", "fieldsV1": set,
    });
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let list = metadata.entry("managedFields").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    match list
        .iter_mut()
        .find(|known| known["operation"] == "Apply" && text(known, "manager") == manager)
    {
        Some(known) => *known = entry,
        None => list.push(entry),
    }
}

/// What an object says, as a `FieldsV1` set.
fn fields(shape: Option<&Shape>, object: &Value) -> Value {
    let mut set = set(shape, object);
    if let Some(top) = set.as_object_mut() {
        for identity in ["f:apiVersion", "f:kind"] {
            top.shift_remove(identity);
        }
        if let Some(Value::Object(metadata)) = top.get_mut("f:metadata") {
            for identity in [
                "name",
                "namespace",
                "uid",
                "resourceVersion",
                "creationTimestamp",
                "generation",
                "managedFields",
                "selfLink",
            ] {
                metadata.shift_remove(&format!("f:{identity}"));
            }
            if metadata.is_empty() {
                top.shift_remove("f:metadata");
            }
        }
    }
    set
}

fn set(shape: Option<&Shape>, value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                fields
                    .map(|(name, value)| {
                        let inner = match field_of(shape, name) {
                            Some(field) if field.atomic => json!({}),
                            Some(field) => set(Some(&field.shape), value),
                            None => set(None, value),
                        };
                        (format!("f:{name}"), inner)
                    })
                    .collect(),
            )
        }
        Value::Array(items) => match list_of(shape) {
            Some((item, merge)) if !merge.keys.is_empty() => items
                .iter()
                .map(|value| {
                    let mut inner = Map::from_iter([(".".to_owned(), json!({}))]);
                    if let Value::Object(fields) = set(Some(&item.shape), value) {
                        inner.extend(fields);
                    }
                    (format!("k:{}", Value::Object(keys(&item, &merge, value))), Value::Object(inner))
                })
                .collect::<Map<_, _>>()
                .into(),
            Some((_, merge)) if merge.set => items
                .iter()
                .map(|value| (format!("v:{value}"), json!({})))
                .collect::<Map<_, _>>()
                .into(),
            _ => json!({}),
        },
        _ => json!({}),
    }
}

/// Removes what the manager said before and says no longer, unless another applied it.
fn prune(live: &mut Value, before: &Value, now: &Value, others: &[&Value]) {
    let Some(before) = before.as_object() else { return };
    for (key, inner) in before.iter().filter(|(key, _)| *key != ".") {
        let others: Vec<&Value> = others.iter().filter_map(|set| set.get(key)).collect();
        let kept = now.get(key);
        if kept.is_none() && others.is_empty() {
            take(live, key);
        } else if let Some(value) = member(live, key) {
            prune(value, inner, kept.unwrap_or(&Value::Null), &others);
        }
    }
}

fn take(live: &mut Value, key: &str) {
    match (live, key.split_at_checked(2)) {
        (Value::Object(map), Some(("f:", name))) => {
            map.shift_remove(name);
        }
        (Value::Array(items), Some(("k:", wanted))) => {
            if let Ok(wanted) = serde_json::from_str::<Map<String, Value>>(wanted) {
                items.retain(|item| !same(item, &wanted));
            }
        }
        (Value::Array(items), Some(("v:", wanted))) => {
            if let Ok(wanted) = serde_json::from_str::<Value>(wanted) {
                items.retain(|item| *item != wanted);
            }
        }
        _ => {}
    }
}

fn member<'v>(live: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    match (live, key.split_at_checked(2)?) {
        (Value::Object(map), ("f:", name)) => map.get_mut(name),
        (Value::Array(items), ("k:", wanted)) => {
            let wanted: Map<String, Value> = serde_json::from_str(wanted).ok()?;
            items.iter_mut().find(|item| same(item, &wanted))
        }
        _ => None,
    }
}

fn look<'v>(live: &'v Value, key: &str) -> Option<&'v Value> {
    match (live, key.split_at_checked(2)?) {
        (Value::Object(map), ("f:", name)) => map.get(name),
        (Value::Array(items), ("k:", wanted)) => {
            let wanted: Map<String, Value> = serde_json::from_str(wanted).ok()?;
            items.iter().find(|item| same(item, &wanted))
        }
        _ => None,
    }
}

fn clashes(mine: &Value, theirs: &Value, applied: &Value, live: &Value, path: &str, found: &mut Vec<String>) {
    let (Some(mine), Some(theirs)) = (mine.as_object(), theirs.as_object()) else {
        return;
    };
    for (key, inner) in mine.iter().filter(|(key, _)| *key != ".") {
        let Some(their) = theirs.get(key) else { continue };
        let path = match key.split_at_checked(2) {
            Some(("f:", name)) => format!("{path}.{name}"),
            Some(("k:", keys)) => format!(
                "{path}[{}]",
                keys.trim_matches(['{', '}'])
                    .replace("\":", "=")
                    .replace('"', "")
                    .replace("name=", "name=\"")
                    + if keys.contains("\"name\"") { "\"" } else { "" }
            ),
            _ => continue,
        };
        let (Some(a), Some(b)) = (look(applied, key), look(live, key)) else {
            continue;
        };
        if inner.as_object().is_some_and(Map::is_empty) {
            if a != b {
                found.push(path);
            }
        } else {
            clashes(inner, their, a, b, &path, found);
        }
    }
}

fn value(shape: Option<&Shape>, live: &mut Value, applied: &Value) {
    match applied {
        Value::Object(fields) if live.is_object() => {
            let Some(map) = live.as_object_mut() else { return };
            for (name, applied) in fields {
                match field_of(shape, name) {
                    _ if applied.is_null() => {}
                    Some(field) if field.atomic => {
                        map.insert(name.clone(), applied.clone());
                    }
                    field => value(
                        field.as_ref().map(|field| &field.shape),
                        map.entry(name.clone()).or_insert(Value::Null),
                        applied,
                    ),
                }
            }
        }
        Value::Array(items) if live.is_array() => match (list_of(shape), live.as_array_mut()) {
            (Some((item, merge)), Some(list)) if !merge.keys.is_empty() => {
                for applied in items {
                    let wanted = keys(&item, &merge, applied);
                    match list.iter_mut().find(|known| keys(&item, &merge, known) == wanted) {
                        Some(known) => value(Some(&item.shape), known, applied),
                        None => list.push(applied.clone()),
                    }
                }
            }
            (Some((_, merge)), Some(list)) if merge.set => {
                for applied in items {
                    if !list.contains(applied) {
                        list.push(applied.clone());
                    }
                }
            }
            _ => *live = applied.clone(),
        },
        other => *live = other.clone(),
    }
}

fn field_of(shape: Option<&Shape>, name: &str) -> Option<Field> {
    match schema::resolved(shape?) {
        Shape::Map(item) => Some(item.as_ref().clone()),
        shape => schema::structure(shape)?.fields.get(name).cloned(),
    }
}

fn list_of(shape: Option<&Shape>) -> Option<(Field, Merge)> {
    match shape? {
        Shape::List(item, merge) => Some((item.as_ref().clone(), merge.clone())),
        _ => None,
    }
}

/// The keys of an item, with the defaults of those that it leaves out.
fn keys(item: &Field, merge: &Merge, value: &Value) -> Map<String, Value> {
    merge
        .keys
        .iter()
        .filter_map(|key| {
            let default = || field_of(Some(&item.shape), key)?.default;
            Some((key.clone(), value.get(key).cloned().or_else(default)?))
        })
        .collect()
}

fn same(item: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(key, value)| item.get(key) == Some(value))
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Option<Shape> {
        schema::named("apps", "v1", "Deployment")
    }

    fn object(labels: Value, containers: Value) -> Value {
        json!({ "metadata": { "name": "a", "labels": labels }, "spec": { "template": { "spec": { "containers": containers } } } })
    }

    fn without_managers(mut object: Value) -> Value {
        object["metadata"].as_object_mut().unwrap().shift_remove("managedFields");
        object
    }

    #[test]
    fn what_a_manager_no_longer_says_goes_and_what_others_did_stays() {
        let mut live = object(
            json!({ "a": "1", "b": "2" }),
            json!([{ "name": "web", "image": "x", "env": [{ "name": "A", "value": "1" }] }]),
        );
        own(deployment().as_ref(), &mut live, "me", "apps/v1");
        live["metadata"]["labels"]["c"] = "3".into();
        live["spec"]["template"]["spec"]["containers"][0]["terminationMessagePath"] = "/dev/x".into();
        let applied = object(
            json!({ "a": "1" }),
            json!([{ "name": "web", "image": "y" }, { "name": "side", "image": "s" }]),
        );
        merge(deployment().as_ref(), &mut live, &applied, "me", "apps/v1");
        assert_eq!(
            without_managers(live),
            object(
                json!({ "a": "1", "c": "3" }),
                json!([{ "name": "web", "image": "y", "terminationMessagePath": "/dev/x" }, { "name": "side", "image": "s" }])
            )
        );
    }

    #[test]
    fn the_set_of_a_manager_is_written_as_the_real_server_writes_it() {
        let mut live = object(json!({ "a": "1" }), json!([{ "name": "web", "ports": [{ "containerPort": 80 }] }]));
        own(deployment().as_ref(), &mut live, "me", "apps/v1");
        assert_eq!(
            live["metadata"]["managedFields"][0]["fieldsV1"],
            json!({
                "f:metadata": { "f:labels": { "f:a": {} } },
                "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"web\"}": {
                    ".": {}, "f:name": {},
                    "f:ports": { "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } },
                } } } } },
            })
        );
    }

    #[test]
    fn two_who_apply_different_values_are_in_conflict() {
        let mut live = json!({ "metadata": { "name": "a" }, "spec": { "replicas": 2 } });
        own(deployment().as_ref(), &mut live, "one", "apps/v1");
        let applied = json!({ "metadata": { "name": "a" }, "spec": { "replicas": 3 } });
        assert_eq!(
            conflicts(deployment().as_ref(), &live, &applied, "two"),
            [Conflict {
                manager: "one".into(),
                field: ".spec.replicas".into()
            }]
        );
        assert_eq!(conflicts(deployment().as_ref(), &live, &live.clone(), "two"), []);
    }
}
