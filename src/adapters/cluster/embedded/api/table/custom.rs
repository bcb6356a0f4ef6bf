//! Tables of custom kinds: the printer columns of their definition.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::column;
use super::text::{age, items, since, string};
use crate::adapters::cluster::embedded::facts::Kind;

pub fn columns(kind: &Kind) -> Value {
    let mut columns = vec![column("Name", "string", "name", "", 0)];
    let own = printer(kind);
    for definition in own {
        columns.push(column(
            &string(definition, "/name"),
            &string(definition, "/type"),
            &string(definition, "/format"),
            &string(definition, "/description"),
            definition.get("priority").and_then(Value::as_i64).unwrap_or_default(),
        ));
    }
    if own.is_empty() {
        columns.push(column("Age", "date", "", "", 0));
    }
    columns.into()
}

pub fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![json!(string(object, "/metadata/name"))];
    let own = printer(kind);
    for definition in own {
        let value = find(object, &string(definition, "/jsonPath"));
        cells.push(match (value, string(definition, "/type").as_str()) {
            (Some(value), "date") => since(value.as_str().unwrap_or_default(), now).into(),
            (Some(Value::Object(_) | Value::Array(_)), "string") => value.map(Value::to_string).into(),
            (Some(value), _) => value.clone(),
            (None, _) => Value::Null,
        });
    }
    if own.is_empty() {
        cells.push(age(object, now));
    }
    cells
}

fn printer(kind: &Kind) -> &[Value] {
    kind.custom
        .as_ref()
        .map(|version| items(version, "/additionalPrinterColumns"))
        .unwrap_or_default()
}

/// Follows a path like `.status.conditions[?(@.type=="Ready")].status` or `.spec.hosts[0]`.
fn find<'o>(object: &'o Value, path: &str) -> Option<&'o Value> {
    let mut value = object;
    let mut rest = path.trim_start_matches('.');
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (inside, after) = inside.split_once(']')?;
            value = match inside.strip_prefix("?(@.").and_then(|test| test.strip_suffix(')')) {
                Some(test) => {
                    let (key, wanted) = test.split_once("==")?;
                    let wanted = wanted.trim().trim_matches(['"', '\'']);
                    value
                        .as_array()?
                        .iter()
                        .find(|item| item.get(key.trim()).and_then(Value::as_str) == Some(wanted))?
                }
                None => match inside.parse::<usize>() {
                    Ok(index) => value.get(index)?,
                    Err(_) => value.get(inside.trim_matches(['"', '\'']))?,
                },
            };
            rest = after.trim_start_matches('.');
        } else {
            // A dot within a key is written `\.`.
            let mut end = 0;
            let bytes = rest.as_bytes();
            while end < bytes.len() && !(matches!(bytes.get(end), Some(b'.' | b'[')) && (end == 0 || bytes.get(end - 1) != Some(&b'\\'))) {
                end += 1;
            }
            let (key, after) = rest.split_at_checked(end)?;
            value = value.get(key.replace("\\.", "."))?;
            rest = after.trim_start_matches('.');
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_fields_items_and_conditions() {
        let object = json!({
            "metadata": { "labels": { "a.b/c": "1" } }, "spec": { "hosts": ["x", "y"] },
            "status": { "conditions": [{ "type": "Other" }, { "type": "Ready", "status": "True" }] },
        });
        for (path, found) in [
            (".spec.hosts[1]", Some(json!("y"))),
            (".status.conditions[?(@.type==\"Ready\")].status", Some(json!("True"))),
            (".metadata.labels.a\\.b/c", Some(json!("1"))),
            (".spec.nothing", None),
        ] {
            assert_eq!(find(&object, path), found.as_ref(), "{path}");
        }
    }
}
