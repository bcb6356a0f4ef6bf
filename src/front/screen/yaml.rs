//! YAML that is read by people and by nobody else.

use serde_json::{Map, Value};

/// Plain YAML for reading: block style, strings without quotes where they cannot be misread.
#[must_use]
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    emit(value, 0, &mut text);
    text.trim_end().to_owned()
}

fn emit(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => emit_members(map, depth, out),
        Value::Array(list) if !list.is_empty() => {
            for item in list {
                out.push_str(&" ".repeat(depth));
                out.push_str("- ");
                let mut inner = String::new();
                emit(item, depth + 2, &mut inner);
                out.push_str(inner.trim_start_matches(' '));
            }
        }
        scalar => {
            out.push_str(&" ".repeat(depth));
            out.push_str(&plain(scalar, depth));
            out.push('\n');
        }
    }
}

fn emit_members(map: &Map<String, Value>, depth: usize, out: &mut String) {
    for (key, value) in map {
        out.push_str(&" ".repeat(depth));
        out.push_str(key);
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                emit(value, depth + 2, out);
            }
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                emit(value, depth, out);
            }
            scalar => {
                out.push(' ');
                out.push_str(&plain(scalar, depth + 2));
                out.push('\n');
            }
        }
    }
}

fn plain(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) if text.contains('\n') => {
            let indent = " ".repeat(depth);
            let lines = text.trim_end_matches('\n').split('\n').map(|line| format!("\n{indent}{line}"));
            format!("|{}", lines.collect::<String>())
        }
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A string that no YAML reader takes for something else.
fn is_plain(text: &str) -> bool {
    let first = text.chars().next();
    let like_other = matches!(
        text.to_lowercase().as_str(),
        "" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "~"
    );
    let like_number = first.is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) && text.parse::<f64>().is_ok();
    let bad_start = first.is_some_and(|c| "!&*?|>@`\"'%#{}[],-: ".contains(c));
    !like_other && !like_number && !bad_start && !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' '])
}
