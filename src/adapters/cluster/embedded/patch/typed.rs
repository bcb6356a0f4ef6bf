//! Checks an applied object against its types, in the words of the real server's library for server-side apply.

use serde_json::Value;

use super::fields::{items_of, step_of};
use crate::adapters::cluster::embedded::facts::schema::{self, Shape};

/// # Errors
/// What is wrong, all in one text.
pub fn check(shape: &Shape, value: &Value) -> Result<(), String> {
    let mut wrong = Vec::new();
    walk(shape, value, "", &mut wrong);
    match wrong.as_slice() {
        [] => Ok(()),
        [only] => Err(only.clone()),
        many => Err(format!("errors:\n  {}", many.join("\n  "))),
    }
}

fn walk(shape: &Shape, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let quantity = schema::type_name(shape) == Some("Quantity");
    let shape = schema::resolved(shape);
    let mut expected = |what: &str, found: String| {
        let place = if at.is_empty() { String::new() } else { format!("{at}: ") };
        wrong.push(format!("{place}expected {what}, got {found}"));
    };
    match shape {
        _ if value.is_null() => {}
        Shape::Any => {}
        Shape::Either => scalar(value, &mut expected),
        _ if quantity => scalar(value, &mut expected),
        Shape::String | Shape::Time | Shape::Bytes if !value.is_string() => {
            expected("string", format!("&value.valueUnstructured{{Value:{}}}", go(value)));
        }
        Shape::Int32 | Shape::Int64 | Shape::Number if !value.is_number() => {
            expected("numeric (int or float)", go_type(value).to_owned());
        }
        Shape::Bool if !value.is_boolean() => expected("boolean", format!("&{{{}}}", go(value))),
        Shape::List(item, _) => match value.as_array() {
            None => expected("list", format!("&{{{}}}", go(value))),
            Some(items) => {
                let keyed = items_of(Some(shape));
                for (index, inner) in items.iter().enumerate() {
                    let step = match &keyed {
                        Some((item, merge)) => super::fields::shown(&step_of(item, merge, inner)),
                        None => format!("[{index}]"),
                    };
                    walk(&item.shape, inner, &format!("{at}{step}"), wrong);
                }
            }
        },
        Shape::Map(item) => match value.as_object() {
            None => expected("map", format!("&{{{}}}", go(value))),
            Some(map) => map
                .iter()
                .for_each(|(name, inner)| walk(&item.shape, inner, &format!("{at}.{name}"), wrong)),
        },
        Shape::Type(_) => {
            let Some(structure) = schema::structure(shape) else { return };
            let Some(map) = value.as_object() else {
                expected("map", format!("&{{{}}}", go(value)));
                return;
            };
            for (name, inner) in map {
                let Some(field) = structure.fields.get(name) else {
                    wrong.push(format!("{at}.{name}: field not declared in schema"));
                    return;
                };
                walk(&field.shape, inner, &format!("{at}.{name}"), wrong);
            }
        }
        _ => {}
    }
}

fn scalar(value: &Value, expected: &mut impl FnMut(&str, String)) {
    if value.is_array() || value.is_object() {
        expected("any scalar", format!("&{{{}}}", go(value)));
    }
}

/// As Go prints a value.
fn go(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let fields: Vec<String> = map.iter().map(|(name, value)| format!("{name}:{}", go(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

const fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let deployment = schema::named("apps", "v1", "Deployment").unwrap();
        let told = |value: Value| check(&deployment, &value).unwrap_err();
        assert_eq!(told(json!({ "unknown": 1 })), ".unknown: field not declared in schema");
        assert_eq!(
            told(json!({ "metadata": { "labels": { "a": 1 } } })),
            ".metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}"
        );
        assert_eq!(
            told(json!({ "spec": { "replicas": "x", "template": { "spec": { "containers": [{ "name": "web", "imagee": "x" }] } } } })),
            "errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.template.spec.containers[name=\"web\"].imagee: field not declared in schema"
        );
        assert_eq!(check(&deployment, &json!({ "spec": { "replicas": 3, "selector": null } })), Ok(()));
    }
}
