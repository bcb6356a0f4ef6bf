//! Whether what a change would do lies within what was approved.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{super::gate::within, change::Change, effects::Effects};
use crate::domain::{
    field::{FieldChange, FieldPath, difference},
    grant::Grant,
    held::is_usual,
    undo::made_again,
};

/// What was done of grants. Each part of one holds once: to do it again when somebody has taken it back is another wish.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<Vec<Part>>);

/// The number of a grant, and a field of it; the object as a whole has no name.
type Part = (usize, FieldPath);

/// Parts that a change takes up. Dropped before it was done, they are given back.
#[derive(Debug)]
pub(super) struct Taken {
    used: Arc<Used>,
    parts: Vec<Part>,
}

impl Taken {
    /// It was done, or what became of it is not known.
    pub(super) fn keep(mut self) {
        self.parts.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.parts.is_empty() {
            let mut used = self.used.0.lock().unwrap_or_else(PoisonError::into_inner);
            used.retain(|part| !self.parts.contains(part));
        }
    }
}

/// Takes up what covers it, or why nothing does, in words; of several grants for the object the last one says so.
pub(super) fn covers(grants: &[Grant], used: &Arc<Used>, change: &Change<'_>, effects: &Effects) -> Result<Taken, String> {
    let mut why = "nobody approved it".to_owned();
    for (number, grant) in grants.iter().enumerate().filter(|(_, grant)| is_for(grant, effects)) {
        let taken = lies_within(grant, change, effects).and_then(|()| take(used, number, effects));
        match taken {
            Ok(taken) => return Ok(taken),
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

fn take(used: &Arc<Used>, number: usize, effects: &Effects) -> Result<Taken, String> {
    let fields: Vec<FieldPath> = match (&effects.before, &effects.after) {
        (Some(_), Some(_)) => effects.diff.iter().map(|change| change.field.clone()).collect(),
        _ => vec![FieldPath::default()],
    };
    let mut known = used.0.lock().unwrap_or_else(PoisonError::into_inner);
    let was_done = |field: &FieldPath| {
        let overlaps = |(other, done): &Part| *other == number && (done.within(field) || field.within(done));
        known.iter().any(overlaps)
    };
    if fields.iter().any(was_done) {
        return Err("it was approved once, and was done once already or is being done".to_owned());
    }
    let parts: Vec<Part> = fields.into_iter().map(|field| (number, field)).collect();
    known.extend(parts.iter().cloned());
    drop(known);
    Ok(Taken {
        used: Arc::clone(used),
        parts,
    })
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
    if change.asked.query.is_empty() && is_usual(change.body.as_ref()) {
        return Ok(());
    }
    Err("it asks for more than to take it away".to_owned())
}
