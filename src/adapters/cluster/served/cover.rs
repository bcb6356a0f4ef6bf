//! Whether what a change would do lies within what was approved.

use serde_json::{Value, json};

use super::{
    super::gate::within,
    attempt::{Change, Effects},
};
use crate::domain::{
    field::{FieldChange, difference},
    grant::Grant,
    undo::made_again,
};

/// Why it does not, in words; of several grants for the object the last one says so.
pub(super) fn covers(grants: &[Grant], change: &Change<'_>, effects: &Effects) -> Result<(), String> {
    let mut why = "nobody approved it".to_owned();
    for grant in grants.iter().filter(|grant| is_for(grant, effects)) {
        match lies_within(grant, change, effects) {
            Ok(()) => return Ok(()),
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

/// The same object, in whichever version of the API.
fn is_for(grant: &Grant, effects: &Effects) -> bool {
    let (granted, object) = (&grant.object, &effects.object);
    let uid = granted.uid.as_ref().is_none_or(|uid| object.uid.as_ref() == Some(uid));
    granted.kind.group == object.kind.group
        && granted.kind.plural == object.kind.plural
        && granted.namespace == object.namespace
        && granted.name == object.name
        && uid
}

fn lies_within(grant: &Grant, change: &Change<'_>, effects: &Effects) -> Result<(), String> {
    match (&effects.before, &effects.after) {
        (_, None) => takes_it(grant, change),
        (None, Some(after)) => makes_it(grant, change, after),
        (Some(_), Some(_)) => sets_it(grant, change, effects),
    }
}

fn sets_it(grant: &Grant, change: &Change<'_>, effects: &Effects) -> Result<(), String> {
    let is_scale = |subresource: &str| matches!(subresource, "" | "scale");
    let subresource = change.asked.call.subresource.as_str();
    if grant.verb != "patch" || !(is_scale(&grant.subresource) && is_scale(subresource)) {
        return Err("another way of changing it was approved".to_owned());
    }
    let beyond: Vec<String> = effects
        .diff
        .iter()
        .filter(|change| !(within(&grant.fields, change) && had_what_was_shown(grant, change)))
        .map(|change| change.field.to_string())
        .collect();
    if beyond.is_empty() {
        return Ok(());
    }
    Err(format!("it would also set {}, which was not approved so", beyond.join(", ")))
}

fn had_what_was_shown(grant: &Grant, change: &FieldChange) -> bool {
    let shown = grant.fields.iter().find(|field| field.field == change.field);
    shown.is_none_or(|field| field.before == change.before)
}

/// The very object that was approved, as the server would make it.
fn makes_it(grant: &Grant, change: &Change<'_>, after: &Value) -> Result<(), String> {
    if grant.verb != "create" && !(grant.verb == "patch" && grant.body.is_some()) {
        return Err("it would be made anew, and that was not approved".to_owned());
    }
    // As it was approved, to the letter: what is sent is what was read of it.
    if grant.body.is_some() && grant.body == change.body {
        return Ok(());
    }
    let mut approved = json!({});
    for field in &grant.fields {
        if let ([crate::domain::field::Segment::Key(key)], Some(value), Some(object)) =
            (field.field.0.as_slice(), &field.after, approved.as_object_mut())
        {
            object.insert(key.clone(), value.clone());
        }
    }
    let other = difference(&made_again(&approved), &made_again(after));
    match other.first() {
        None => Ok(()),
        Some(other) => Err(format!("{} of it is not as it was approved", other.field)),
    }
}

/// It alone, and what it owns after it, in the usual way.
fn takes_it(grant: &Grant, change: &Change<'_>) -> Result<(), String> {
    if grant.verb != "delete" || change.asked.call.verb != "delete" {
        return Err("it would be taken away, and that was not approved".to_owned());
    }
    let usual = |(name, value): (&String, &Value)| match name.as_str() {
        "apiVersion" | "kind" | "preconditions" => true,
        "propagationPolicy" => value == "Background",
        _ => false,
    };
    let options = change.body.as_ref().and_then(Value::as_object);
    if change.asked.query.is_empty() && options.is_none_or(|options| options.iter().all(usual)) {
        return Ok(());
    }
    Err("it asks for more than to take it away".to_owned())
}
