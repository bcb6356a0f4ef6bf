//! Secrets in JSON: what the structure tells beyond the texts in it.

use serde_json::{Map, Value};

use super::{Redactor, has_mark, is_mark, is_secret_name, mark};

pub fn redact(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => redact_text(redactor, text),
        Value::Array(items) => {
            redact_flags(items);
            items.iter_mut().for_each(|item| redact(redactor, item));
        }
        Value::Object(map) => {
            redact_secret_object(map);
            redact_variable(map);
            redact_keys(redactor, map);
            for (key, value) in map.iter_mut() {
                if is_secret_name(key) {
                    redact_member(key, value);
                }
                redact(redactor, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Texts may themselves be JSON, as in the annotation `kubectl.kubernetes.io/last-applied-configuration`.
fn redact_text(redactor: &Redactor, text: &mut String) {
    let trimmed = text.trim();
    let is_json = (trimmed.starts_with('{') && trimmed.ends_with('}')) || (trimmed.starts_with('[') && trimmed.ends_with(']'));
    if is_json && let Ok(inner) = serde_json::from_str::<Value>(trimmed) {
        let mut hidden = inner.clone();
        redact(redactor, &mut hidden);
        if hidden != inner {
            *text = hidden.to_string();
        }
    }
    if let std::borrow::Cow::Owned(hidden) = redactor.text(text) {
        *text = hidden;
    }
}

/// `data` and `stringData` of a Kubernetes Secret; names of keys stay.
fn redact_secret_object(map: &mut Map<String, Value>) {
    let is_secret = map.get("kind").and_then(Value::as_str) == Some("Secret");
    let untyped = !map.contains_key("kind") && map.contains_key("stringData");
    if !is_secret && !untyped {
        return;
    }
    for member in ["data", "stringData"] {
        if let Some(Value::Object(data)) = map.get_mut(member) {
            data.iter_mut().for_each(|(key, value)| hide(key, value));
        }
    }
}

/// `{"name": "DATABASE_URL", "value": "…"}`, the form of environment variables.
fn redact_variable(map: &mut Map<String, Value>) {
    let name = ["name", "key", "Name", "Key"]
        .iter()
        .find_map(|key| map.get(*key))
        .and_then(Value::as_str);
    let is_name = |name: &&str| name.len() <= 128 && !name.contains(char::is_whitespace) && !has_mark(name) && is_secret_name(name);
    let Some(name) = name.filter(is_name).map(str::to_owned) else {
        return;
    };
    for member in ["value", "Value"] {
        if let Some(value) = map.get_mut(member) {
            hide(&name, value);
        }
    }
    // What it was before a change.
    if let Some(before) = map.get_mut("from").filter(|before| before.is_string()) {
        hide(&name, before);
    }
}

/// What stands under a secret name; objects are looked into, and keep what is not secret in them.
fn redact_member(key: &str, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().filter(|item| item.is_string()).for_each(|item| hide(key, item)),
        Value::Number(_) if key.to_lowercase().contains("token") => {}
        Value::String(_) | Value::Number(_) => hide(key, value),
        Value::Object(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// `["--password", "x"]`.
fn redact_flags(items: &mut [Value]) {
    let mut flag: Option<String> = None;
    for item in items {
        let Some(text) = item.as_str().map(str::to_owned) else {
            flag = None;
            continue;
        };
        if let Some(name) = flag.take()
            && !text.starts_with('-')
        {
            hide(&name, item);
        }
        flag = (text.starts_with('-') && !text.contains('=') && is_secret_name(&text)).then(|| text.trim_start_matches('-').to_owned());
    }
}

/// A known value may even be a key.
fn redact_keys(redactor: &Redactor, map: &mut Map<String, Value>) {
    if map
        .keys()
        .any(|key| matches!(redactor.known_values(key), std::borrow::Cow::Owned(_)))
    {
        *map = std::mem::take(map)
            .into_iter()
            .map(|(key, value)| (redactor.known_values(&key).into_owned(), value))
            .collect();
    }
}

fn hide(name: &str, value: &mut Value) {
    let keep = match value {
        Value::String(text) => text.is_empty() || is_mark(text),
        Value::Null | Value::Bool(_) => true,
        _ => false,
    };
    if !keep {
        *value = Value::String(mark(name));
    }
}
