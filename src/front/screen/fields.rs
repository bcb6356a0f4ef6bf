//! Changed fields in words that a user knows: `replicas`, `image`, `env LOG_LEVEL`; many of them as a diff of the object.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{
    look::{Look, Tone},
    yaml::yaml,
};
use crate::{
    app::veil::Veil,
    domain::{
        chosen,
        field::{FieldPath, Segment},
        mask::HIDDEN,
        object::ObjectRef,
        plan::{Change, How},
        undo::made_again,
    },
};

/// Of a field that is not there.
const NOT_SET: &str = "(not set)";

/// One changed field, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    pub before: String,
    pub after: String,
}

impl Row {
    /// Too large for one line: a structure.
    #[must_use]
    pub fn is_large(&self) -> bool {
        [&self.before, &self.after]
            .iter()
            .any(|text| text.contains('\n') || text.len() > 200)
    }
}

/// The changed fields of one change, secrets hidden.
#[must_use]
pub fn rows(change: &Change, veil: &Veil) -> Vec<Row> {
    let object = &change.draft.object;
    let mut rows: Vec<Row> = Vec::new();
    let promised = chosen::promised(&object.kind, &change.diff, &change.sent());
    let all = promised.iter().flat_map(|field| {
        row(
            object,
            &change.draft.before,
            &field.field,
            field.before.as_ref(),
            field.after.as_ref(),
            veil,
        )
    });
    for row in all {
        // A variable that came from a Secret and has a value now (or the other way) is one change of one variable.
        let half = |row: &Row| row.before == NOT_SET || row.after == NOT_SET;
        match rows.iter_mut().find(|known| known.label == row.label && half(known) && half(&row)) {
            Some(known) if known.after == NOT_SET => known.after = row.after,
            Some(known) => known.before = row.before,
            None => rows.push(row),
        }
    }
    rows
}

fn row(object: &ObjectRef, whole: &Value, path: &FieldPath, before: Option<&Value>, after: Option<&Value>, veil: &Veil) -> Vec<Row> {
    if let Some(expanded) =
        variables(object, whole, path, before, after, veil).or_else(|| members(object, whole, path, before, after, veil))
    {
        return expanded;
    }
    let name = secret_name(object, path);
    let (before, after) = (shown(&name, before, veil), shown(&name, after, veil));
    let after = if after == HIDDEN && before == HIDDEN {
        format!("{HIDDEN} (changed)")
    } else {
        after
    };
    vec![Row {
        label: label(path, whole),
        before,
        after,
    }]
}

/// A list of environment variables that is new, or gone, as a whole: each variable is a row.
fn variables(
    object: &ObjectRef,
    whole: &Value,
    path: &FieldPath,
    before: Option<&Value>,
    after: Option<&Value>,
    veil: &Veil,
) -> Option<Vec<Row>> {
    if path.0.last() != Some(&Segment::Key("env".to_owned())) {
        return None;
    }
    let (side, is_new) = match (before.and_then(Value::as_array), after.and_then(Value::as_array)) {
        (None, Some(list)) => (list, true),
        (Some(list), None) => (list, false),
        _ => return None,
    };
    let one = |item: &Value| {
        let name = item.get("name").and_then(Value::as_str)?;
        let path = path.clone().item("name", name);
        let (before, after) = if is_new { (None, Some(item)) } else { (Some(item), None) };
        row(object, whole, &path, before, after, veil).pop()
    };
    side.iter().map(one).collect()
}

/// A few plain members that came, or went, with their parent (the first annotations of a template): each is a row.
fn members(
    object: &ObjectRef,
    whole: &Value,
    path: &FieldPath,
    before: Option<&Value>,
    after: Option<&Value>,
    veil: &Veil,
) -> Option<Vec<Row>> {
    let is_item = matches!(path.0.last(), Some(Segment::Item { .. } | Segment::Index(_)));
    let (side, is_new) = match (before, after) {
        (None, Some(Value::Object(map))) => (map, true),
        (Some(Value::Object(map)), None) => (map, false),
        _ => return None,
    };
    if is_item || side.is_empty() || side.len() > 4 || side.values().any(|value| value.is_object() || value.is_array()) {
        return None;
    }
    let one = |(key, value)| {
        let path = path.clone().key(key);
        let (before, after) = if is_new { (None, Some(value)) } else { (Some(value), None) };
        row(object, whole, &path, before, after, veil)
    };
    Some(side.iter().flat_map(one).collect())
}

/// The name by which one knows whether a value is secret.
pub fn secret_name(object: &ObjectRef, path: &FieldPath) -> String {
    if object.keeps_secret(path) {
        return "secret".to_owned();
    }
    let last = path.0.iter().rev().find_map(|segment| match segment {
        Segment::Item { value, .. } => Some(value.clone()),
        Segment::Key(key) if key != "value" => Some(key.clone()),
        _ => None,
    });
    last.unwrap_or_default()
}

fn shown(name: &str, value: Option<&Value>, veil: &Veil) -> String {
    let Some(value) = value else { return NOT_SET.to_owned() };
    if let Some(source) = source(value) {
        return source;
    }
    // An element of `env` is shown by what it says, not by its structure.
    let value = match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("name") => return "(empty)".to_owned(),
        Value::Object(map) if map.len() == 2 && map.contains_key("name") => map.get("value").unwrap_or(value),
        other => other,
    };
    match veil.under(name, value) {
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text,
        Value::Object(map) => yaml(&Value::Object(map)),
        Value::Array(list) => yaml(&Value::Array(list)),
        other => other.to_string(),
    }
}

/// Where a variable has its value from: `from secret todo-secrets`.
fn source(value: &Value) -> Option<String> {
    let from = value.get("valueFrom").unwrap_or(value);
    let kinds = [("secretKeyRef", "secret"), ("configMapKeyRef", "configmap")];
    kinds.into_iter().find_map(|(member, kind)| {
        let name = from.get(member)?.get("name")?.as_str()?;
        Some(format!("from {kind} {name}"))
    })
}

/// A field of the template that pods are made from.
fn of_pods(path: &FieldPath) -> bool {
    path.0.iter().any(|segment| *segment == Segment::Key("template".to_owned()))
}

/// `replicas`, `image`, `env LOG_LEVEL`; the container is named where there is more than one.
fn label(path: &FieldPath, whole: &Value) -> String {
    let mut segments = path.0.as_slice();
    let mut container = None;
    let pod_spec = ["spec", "template", "spec"].map(|key| Segment::Key(key.to_owned()));
    if let Some(rest) = segments.strip_prefix(&pod_spec) {
        segments = rest;
        if let [Segment::Key(list), Segment::Item { value, .. }, rest @ ..] = segments
            && (list == "containers" || list == "initContainers")
        {
            segments = rest;
            container = Some(value.clone());
        }
    } else if let [Segment::Key(spec), rest @ ..] = segments
        && spec == "spec"
        && !rest.is_empty()
    {
        segments = rest;
    }
    let words = match segments {
        [Segment::Key(env), Segment::Item { value, .. }] if env == "env" => format!("env {value}"),
        [Segment::Key(env), Segment::Item { value, .. }, Segment::Key(key)] if env == "env" && (key == "value" || key == "valueFrom") => {
            format!("env {value}")
        }
        // Of the object itself it is an annotation like any other, and restarts nothing.
        [.., Segment::Key(annotation)] if annotation == "kubectl.kubernetes.io/restartedAt" && of_pods(path) => "restarted at".to_owned(),
        other => FieldPath(other.to_vec()).to_string(),
    };
    match container {
        Some(container) if containers(whole) > 1 => format!("{words} ({container})"),
        _ => words,
    }
}

fn containers(whole: &Value) -> usize {
    whole
        .pointer("/spec/template/spec/containers")
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// The object before and after as YAML, three lines around each difference; values of secrets hidden.
#[must_use]
pub fn as_diff(change: &Change, veil: &Veil, look: &Look) -> Vec<String> {
    let is_new = matches!(change.draft.how, How::Create(_) | How::Apply(_) | How::Follows) && change.draft.before.get("kind").is_none();
    let before = match change.draft.how {
        _ if is_new => String::new(),
        // What the server gave the one that goes it gives to the one that comes.
        How::Replace(_) => yaml(&readable(&made_again(&change.draft.before), veil)),
        _ => yaml(&readable(&change.draft.before, veil)),
    };
    let promised = chosen::promised_object(&change.draft.object.kind, &change.draft.before, &change.after, &change.sent());
    let after = yaml(&readable(&promised, veil));
    // A last line without its end would be another one than the same line with it.
    let (before, after) = (ended(before), ended(after));
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for (position, group) in diff.grouped_ops(3).iter().enumerate() {
        if position > 0 {
            lines.push(look.paint(Tone::Dim, "    …"));
        }
        for line in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = line.value().trim_end_matches('\n');
            lines.push(match line.tag() {
                ChangeTag::Delete => look.paint(Tone::Bad, &format!("  - {text}")),
                ChangeTag::Insert => look.paint(Tone::Good, &format!("  + {text}")),
                ChangeTag::Equal => format!("    {text}"),
            });
        }
    }
    if lines.is_empty() {
        // Only values that are never shown differ.
        lines.push(format!("    {HIDDEN} (changed)"));
    }
    lines
}

fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Without what the server alone writes, and with secrets hidden.
fn readable(object: &Value, veil: &Veil) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            for key in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
                metadata.shift_remove(key);
            }
        }
    }
    veil.hidden(&mut object);
    object
}

#[cfg(test)]
mod tests;
