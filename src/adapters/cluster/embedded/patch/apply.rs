//! Server-side apply: what a manager says is merged in, and what it no longer says and nobody else owns goes.

use serde_json::{Map, Value};

use super::fields::{Set, field_of, items_of, keys, replaced};
use crate::adapters::cluster::embedded::facts::schema::Shape;

/// Removes what the manager said before and says no longer, unless another owns it.
pub fn prune(live: &mut Value, before: &Set, now: &Set, others: &[&Set]) {
    for step in before.steps() {
        let others: Vec<&Set> = others.iter().filter_map(|set| set.below(step)).collect();
        match (now.below(step), before.below(step)) {
            (None, _) if others.is_empty() => take(live, step),
            (kept, Some(inner)) => {
                if let Some(value) = member(live, step) {
                    prune(value, inner, kept.unwrap_or(&Set::default()), &others);
                }
            }
            _ => {}
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

/// Merges what is applied into what there is.
pub fn merge(shape: Option<&Shape>, live: &mut Value, applied: &Value) {
    match applied {
        Value::Object(fields) if live.is_object() => {
            let Some(map) = live.as_object_mut() else { return };
            for (name, applied) in fields {
                match field_of(shape, name) {
                    _ if applied.is_null() => {}
                    field if replaced(field.as_ref()) => {
                        map.insert(name.clone(), applied.clone());
                    }
                    field => merge(
                        field.as_ref().map(|field| &field.shape),
                        map.entry(name.clone()).or_insert(Value::Null),
                        applied,
                    ),
                }
            }
        }
        Value::Array(items) if live.is_array() => match (items_of(shape), live.as_array_mut()) {
            (Some((item, by)), Some(list)) if !by.keys.is_empty() => {
                for applied in items {
                    let wanted = keys(&item, &by, applied);
                    match list.iter_mut().find(|known| keys(&item, &by, known) == wanted) {
                        Some(known) => merge(Some(&item.shape), known, applied),
                        None => list.push(applied.clone()),
                    }
                }
            }
            (Some((_, by)), Some(list)) if by.set => {
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

fn same(item: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(key, value)| item.get(key) == Some(value))
}
