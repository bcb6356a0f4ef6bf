//! Fields of objects as they are stored, each value redacted by what it stands under.

use serde_json::Value;

use super::{Change, Field};
use crate::{
    domain::{
        field::{FieldChange, FieldPath, Segment},
        object::ObjectRef,
        undo::Reversal,
    },
    redact::{Redactor, is_secret_name, mark},
};

pub(super) fn change(object: &ObjectRef, subresource: &str, diff: &[FieldChange], redactor: &Redactor) -> Change {
    Change {
        object: object.to_string(),
        namespace: object.namespace.clone(),
        uid: object.uid.clone(),
        subresource: subresource.to_owned(),
        fields: diff
            .iter()
            .map(|c| field(object, &c.field, c.before.as_ref(), c.after.as_ref(), redactor))
            .collect(),
    }
}

pub(super) fn reversed(reversal: &Reversal, redactor: &Redactor) -> Change {
    let object = &reversal.object;
    Change {
        object: object.to_string(),
        namespace: object.namespace.clone(),
        uid: object.uid.clone(),
        subresource: reversal.subresource.clone(),
        fields: reversal
            .fields
            .iter()
            .map(|f| field(object, &f.field, f.before.as_ref(), f.ours.as_ref(), redactor))
            .collect(),
    }
}

/// One field with both values, each redacted by what it stands under: the last key or list element with a secret name,
/// or anything in the data of a Secret.
fn field(object: &ObjectRef, path: &FieldPath, before: Option<&Value>, after: Option<&Value>, redactor: &Redactor) -> Field {
    let secret = secret_name(object, path);
    let hide = |value: &Value| match &secret {
        Some(name) => Value::String(mark(name)),
        None => redactor.under(last_name(path), value),
    };
    Field {
        field: path.to_string(),
        before: before.map(hide),
        after: after.map(hide),
    }
}

fn secret_name(object: &ObjectRef, path: &FieldPath) -> Option<String> {
    let names = path.0.iter().map(|segment| match segment {
        Segment::Key(key) => key.as_str(),
        Segment::Item { value, .. } => value.as_str(),
        Segment::Index(_) => "",
    });
    if object.keeps_secret(path) {
        return Some(last_name(path).to_owned());
    }
    let last_key = names.clone().next_back();
    // Only `value` stands for the variable's own value; `valueFrom.secretKeyRef.name` and the like say where it is.
    let variable = path.0.iter().rev().nth(1).and_then(|segment| match segment {
        Segment::Item { value, .. } if last_key == Some("value") => Some(value.clone()),
        _ => None,
    });
    variable.filter(|name| is_secret_name(name))
}

fn last_name(path: &FieldPath) -> &str {
    match path.0.last() {
        Some(Segment::Key(key)) => key,
        Some(Segment::Item { value, .. }) => value,
        _ => "",
    }
}
