//! What differs between two objects.

use serde_json::Value;

use super::{FieldChange, FieldPath, Segment, identity, item_key};

/// The fields that differ, leaf by leaf, in the order of `after`. An object that is only on one side is one change.
/// Fields that the server alone writes are left out: `status`, and `metadata.{resourceVersion,generation,managedFields}`.
#[must_use]
pub fn difference(before: &Value, after: &Value) -> Vec<FieldChange> {
    let status = FieldPath::keys(&["status"]);
    let mut changes = difference_with_status(before, after);
    changes.retain(|change| !change.field.within(&status));
    changes
}

/// The same value: of a list whose elements have names the order does not count.
#[must_use]
pub fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    Order::Ignored.changes(one, other).is_empty()
}

/// The same value, and its lists in the same order.
#[must_use]
pub fn is_unchanged(one: Option<&Value>, other: Option<&Value>) -> bool {
    Order::Counts.changes(one, other).is_empty()
}

/// The same with `status`, for those who write it.
#[must_use]
pub fn difference_with_status(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Order::Counts.changes(Some(before), Some(after));
    let server = [
        FieldPath::keys(&["metadata", "resourceVersion"]),
        FieldPath::keys(&["metadata", "generation"]),
        FieldPath::keys(&["metadata", "managedFields"]),
    ];
    changes.retain(|change| !server.iter().any(|path| change.field.within(path)));
    changes
}

/// The same changes, each of which can be put back where it was. An element that went out of the middle of a list with names would come
/// back at its end: there the whole list is what was changed.
#[must_use]
pub fn in_place(changes: Vec<FieldChange>, before: &Value, after: &Value) -> Vec<FieldChange> {
    let gone = changes.iter().filter(|change| change.after.is_none()).map(|change| &change.field);
    let mut lists: Vec<FieldPath> = gone.filter_map(|field| out_of_the_middle(field, before, after)).collect();
    lists.dedup();
    let of_list = |change: &FieldChange| lists.iter().any(|list| change.field.within(list));
    let mut kept: Vec<FieldChange> = changes.into_iter().filter(|change| !of_list(change)).collect();
    kept.extend(lists.iter().map(|list| change(list, list.find(before), list.find(after))));
    kept
}

/// The list that an element went out of, if others that stood behind it are still there.
fn out_of_the_middle(field: &FieldPath, before: &Value, after: &Value) -> Option<FieldPath> {
    let (Segment::Item { key, value }, list) = field.0.split_last()? else {
        return None;
    };
    let list = FieldPath(list.to_vec());
    let (old, new) = (list.find(before)?.as_array()?, list.find(after)?.as_array()?);
    let id = |item: &Value| item_key(item, key);
    let behind = old.iter().skip_while(|item| id(item).as_deref() != Some(value)).skip(1);
    behind
        .into_iter()
        .any(|item| new.iter().any(|other| id(other) == id(item)))
        .then_some(list)
}

/// Whether the order of a list whose elements have names is part of its value. It is to who reads it: a variable sees those before it,
/// and init containers run one after the other.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Counts,
    Ignored,
}

impl Order {
    fn changes(self, before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        self.compare(&FieldPath::default(), before, after, &mut changes);
        changes
    }

    fn compare(self, path: &FieldPath, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
        match (before, after) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                for (key, value) in new {
                    self.compare(&path.clone().key(key), old.get(key), Some(value), changes);
                }
                for (key, value) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
                    self.compare(&path.clone().key(key), Some(value), None, changes);
                }
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) if !(old.is_empty() && new.is_empty()) => match identity(old, new) {
                Some(key) if self == Self::Counts && is_moved(old, new, key) => changes.push(change(path, before, after)),
                Some(key) => self.compare_named(path, key, (old, new), changes),
                None if old != new => changes.push(change(path, before, after)),
                None => {}
            },
            (old, new) if old != new => changes.push(change(path, before, after)),
            _ => {}
        }
    }

    fn compare_named(self, path: &FieldPath, key: &str, (old, new): (&[Value], &[Value]), changes: &mut Vec<FieldChange>) {
        let find = |list: &[Value], wanted: &str| list.iter().find(|item| item_key(item, key).as_deref() == Some(wanted)).cloned();
        for item in new {
            let id = item_key(item, key).unwrap_or_default();
            self.compare(&path.clone().item(key, &id), find(old, &id).as_ref(), Some(item), changes);
        }
        for item in old {
            let id = item_key(item, key).unwrap_or_default();
            if find(new, &id).is_none() {
                self.compare(&path.clone().item(key, &id), Some(item), None, changes);
            }
        }
    }
}

/// The elements that are on both sides stand in another order.
fn is_moved(old: &[Value], new: &[Value], key: &str) -> bool {
    let ids = |list: &[Value]| -> Vec<Option<String>> { list.iter().map(|item| item_key(item, key)).collect() };
    let (old, new) = (ids(old), ids(new));
    let kept = |ids: &[Option<String>], others: &[Option<String>]| -> Vec<Option<String>> {
        ids.iter().filter(|id| others.contains(id)).cloned().collect()
    };
    kept(&old, &new) != kept(&new, &old)
}

fn change(path: &FieldPath, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange {
        field: path.clone(),
        before: before.cloned(),
        after: after.cloned(),
    }
}
