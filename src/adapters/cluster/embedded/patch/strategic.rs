//! Strategic merge patch: a merge that knows by which key the items of a list are the same, with its directives
//! (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`).

use serde_json::{Map, Value};

use super::order;
use crate::adapters::cluster::embedded::facts::schema::{self, Field, Merge, Shape};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

/// Merges a patch into an object of a type; without one, lists are replaced.
///
/// # Errors
/// A directive that is none, or an item without its merge key.
pub fn merge(shape: Option<&Shape>, target: &mut Value, patch: &Value) -> Result<(), String> {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return Ok(());
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return Ok(()) };
    let before = map.clone();
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            *map = cleaned(patch);
            return Ok(());
        }
        Some("delete") => {
            map.clear();
            return Ok(());
        }
        None | Some("merge") => {}
        Some(other) => {
            return Err(format!(
                "unknown patch type: {other} in map: {}",
                shown(&Value::Object(patch.clone()))
            ));
        }
    }
    if let Some(keep) = patch.get(RETAIN).and_then(Value::as_array) {
        map.retain(|key, _| keep.iter().any(|kept| kept == key));
    }
    for (key, value) in patch {
        if let Some(field) = key.strip_prefix(DELETE) {
            remove_primitives(map.get_mut(field), value);
        } else if !key.starts_with('$') {
            field(shape, map, key, value, patch)?;
        }
    }
    for (key, order) in patch {
        let Some(name) = key.strip_prefix(ORDER) else { continue };
        let key = field_of(shape, name)
            .and_then(|field| merge_of(&field))
            .and_then(|merge| merge.merge_key);
        let before = before.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if let (Some(Value::Array(items)), Value::Array(order)) = (map.get_mut(name), order) {
            order::arrange(items, before, order, key.as_deref());
        }
    }
    Ok(())
}

fn field(shape: Option<&Shape>, map: &mut Map<String, Value>, key: &str, value: &Value, patch: &Map<String, Value>) -> Result<(), String> {
    if value.is_null() {
        map.shift_remove(key);
        return Ok(());
    }
    let known = field_of(shape, key);
    let replace = known.as_ref().is_some_and(|field| field.replace);
    match value {
        Value::Object(_) if !replace => {
            let existed = map.contains_key(key);
            let inner = known.as_ref().map(|field| &field.shape);
            merge(inner, map.entry(key.to_owned()).or_insert(Value::Null), value)?;
            if value.get(DIRECTIVE) == Some(&"delete".into()) || (!existed && value.get(DIRECTIVE) == Some(&"delete".into())) {
                map.shift_remove(key);
            }
        }
        Value::Array(items) => {
            let merging = known.as_ref().and_then(|field| match &field.shape {
                Shape::List(item, merge) if merge.merges => Some((item.as_ref().clone(), merge.clone())),
                _ => None,
            });
            let ordered = patch.contains_key(&format!("{ORDER}{key}"));
            match (merging, map.get_mut(key)) {
                (Some((item, merge)), Some(Value::Array(existing))) => list(&item, &merge, existing, items, ordered)?,
                (Some(_), _) => {
                    let items = items.iter().filter(|item| item.get(DIRECTIVE).is_none()).map(tidy).collect();
                    map.insert(key.to_owned(), Value::Array(items));
                }
                (None, _) => {
                    map.insert(key.to_owned(), Value::Array(items.iter().map(tidy).collect()));
                }
            }
        }
        other => {
            map.insert(key.to_owned(), other.clone());
        }
    }
    Ok(())
}

fn list(item: &Field, merge_by: &Merge, existing: &mut Vec<Value>, patch: &[Value], ordered: bool) -> Result<(), String> {
    let before = existing.clone();
    let Some(key) = &merge_by.merge_key else {
        for value in patch {
            if !existing.contains(value) {
                existing.push(value.clone());
            }
        }
        if !ordered {
            order::arrange(existing, &before, patch, None);
        }
        return Ok(());
    };
    if patch.iter().any(|item| item.get(DIRECTIVE) == Some(&"replace".into())) {
        *existing = patch.iter().filter(|item| item.get(key).is_some()).map(tidy).collect();
        return Ok(());
    }
    for value in patch {
        let Some(id) = value.get(key) else {
            return Err(format!("map: {value} does not contain declared merge key: {key}"));
        };
        let place = existing.iter().position(|known| known.get(key) == Some(id));
        match (value.get(DIRECTIVE).and_then(Value::as_str), place) {
            (Some("delete"), _) => existing.retain(|known| known.get(key) != Some(id)),
            (_, Some(place)) => {
                if let Some(known) = existing.get_mut(place) {
                    merge(Some(&item.shape), known, value)?;
                }
            }
            (_, None) => existing.push(tidy(value)),
        }
    }
    if !ordered {
        // What is new stands before what was there, as the real server puts it.
        order::arrange(existing, &before, patch, Some(key));
    }
    Ok(())
}

fn remove_primitives(list: Option<&mut Value>, gone: &Value) {
    if let (Some(Value::Array(items)), Value::Array(gone)) = (list, gone) {
        items.retain(|item| !gone.contains(item));
    }
}

fn field_of(shape: Option<&Shape>, name: &str) -> Option<Field> {
    match schema::resolved(shape?) {
        Shape::Map(item) => Some(item.as_ref().clone()),
        shape => schema::structure(shape)?.fields.get(name).cloned(),
    }
}

fn merge_of(field: &Field) -> Option<Merge> {
    match &field.shape {
        Shape::List(_, merge) => Some(merge.clone()),
        _ => None,
    }
}

/// A value as Go prints its maps and lists.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut parts: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", shown(value))).collect();
            parts.sort();
            format!("map[{}]", parts.join(" "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// A new value without directives and nulls.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(cleaned(map)),
        Value::Array(items) => Value::Array(items.iter().map(tidy).collect()),
        other => other.clone(),
    }
}

fn cleaned(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter()
        .filter(|(key, value)| {
            !value.is_null() && *key != DIRECTIVE && *key != RETAIN && !key.starts_with(ORDER) && !key.starts_with(DELETE)
        })
        .map(|(key, value)| (key.clone(), tidy(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(mut target: Value, patch: Value) -> Value {
        merge(schema::named("apps", "v1", "Deployment").as_ref(), &mut target, &patch).unwrap();
        target
    }

    fn with_containers(containers: Value) -> Value {
        json!({ "spec": { "template": { "spec": { "containers": containers } } } })
    }

    #[test]
    fn containers_merge_by_name_and_their_environment_too() {
        let before = with_containers(json!([
            { "name": "web", "image": "a", "env": [{ "name": "X", "value": "1" }, { "name": "Y", "value": "2" }] },
            { "name": "side", "image": "s" },
        ]));
        let patch = with_containers(json!([
            { "name": "web", "image": "b", "env": [{ "name": "X", "$patch": "delete" }, { "name": "Z", "value": "3" }] },
        ]));
        assert_eq!(
            patched(before, patch),
            with_containers(json!([
                { "name": "web", "image": "b", "env": [{ "name": "Z", "value": "3" }, { "name": "Y", "value": "2" }] },
                { "name": "side", "image": "s" },
            ]))
        );
    }

    #[test]
    fn the_order_asked_for_is_kept_and_items_of_the_server_stay_where_they_were() {
        let before = with_containers(json!([{ "name": "a" }, { "name": "injected" }, { "name": "b" }]));
        let patch = json!({ "spec": { "template": { "spec": {
            "$setElementOrder/containers": [{ "name": "b" }, { "name": "a" }],
            "containers": [{ "name": "b", "image": "x" }],
        } } } });
        assert_eq!(
            patched(before, patch),
            with_containers(json!([{ "name": "injected" }, { "name": "b", "image": "x" }, { "name": "a" }]))
        );
    }

    #[test]
    fn retained_keys_push_others_out() {
        let before = json!({ "spec": { "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1 } } } });
        let patch = json!({ "spec": { "strategy": { "$retainKeys": ["type"], "type": "Recreate" } } });
        assert_eq!(patched(before, patch), json!({ "spec": { "strategy": { "type": "Recreate" } } }));
    }

    #[test]
    fn maps_and_lists_are_replaced_or_emptied_when_told_so() {
        let before = json!({ "metadata": { "labels": { "a": "1" }, "finalizers": ["x", "y"] }, "spec": { "replicas": 1 } });
        let patch = json!({
            "metadata": { "labels": { "$patch": "replace", "b": "2" }, "$deleteFromPrimitiveList/finalizers": ["x"] },
            "spec": { "replicas": null },
        });
        assert_eq!(
            patched(before, patch),
            json!({ "metadata": { "labels": { "b": "2" }, "finalizers": ["y"] }, "spec": {} })
        );
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let mut target = with_containers(json!([{ "name": "a" }]));
        let patch = with_containers(json!([{ "image": "a" }]));
        assert_eq!(
            merge(schema::named("apps", "v1", "Deployment").as_ref(), &mut target, &patch),
            Err("map: {\"image\":\"a\"} does not contain declared merge key: name".into())
        );
    }
}
