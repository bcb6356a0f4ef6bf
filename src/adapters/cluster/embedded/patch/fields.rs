//! Sets of fields, as `metadata.managedFields` writes them, and what two objects differ in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::adapters::cluster::embedded::facts::schema::{self, Field, Merge, Shape};

/// A set of paths, as a tree: steps are written `f:name`, `k:{"name":"web"}` or `v:"value"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// The path up to here is itself in the set.
    member: bool,
    below: BTreeMap<String, Set>,
}

impl Set {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.member && self.below.values().all(Self::is_empty)
    }

    /// One path.
    #[must_use]
    pub fn of(path: &[&str]) -> Self {
        match path {
            [] => Self {
                member: true,
                below: BTreeMap::new(),
            },
            [step, rest @ ..] => Self {
                member: false,
                below: BTreeMap::from([((*step).to_owned(), Self::of(rest))]),
            },
        }
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a || b)
    }

    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && !b)
    }

    #[must_use]
    pub fn shared(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && b)
    }

    fn combined(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let nothing = Self::default();
        let steps: BTreeSet<&String> = self.below.keys().chain(other.below.keys()).collect();
        let below = steps
            .into_iter()
            .map(|step| {
                let at = |set: &Self| set.below.get(step).cloned();
                let combined = at(self)
                    .unwrap_or_default()
                    .combined(other.below.get(step).unwrap_or(&nothing), keep);
                (step.clone(), combined)
            })
            .filter(|(_, set)| !set.is_empty())
            .collect();
        Self {
            member: keep(self.member, other.member),
            below,
        }
    }

    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.below.keys().map(String::as_str)
    }

    #[must_use]
    pub fn below(&self, step: &str) -> Option<&Self> {
        self.below.get(step)
    }

    /// The part under some of the first steps, or the part under all others.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let below = self.below.iter().filter(|(step, _)| wanted(step));
        Self {
            member: false,
            below: below.map(|(step, set)| (step.clone(), set.clone())).collect(),
        }
    }

    /// Without what identifies an object and what the server alone writes: nobody owns that.
    #[must_use]
    pub fn owned(mut self) -> Self {
        for step in ["f:apiVersion", "f:kind"] {
            self.below.remove(step);
        }
        if let Some(metadata) = self.below.get_mut("f:metadata") {
            metadata.member = false;
            for field in [
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "generation",
                "managedFields",
                "resourceVersion",
            ] {
                metadata.below.remove(&format!("f:{field}"));
            }
            if metadata.is_empty() {
                self.below.remove("f:metadata");
            }
        }
        self
    }

    #[must_use]
    pub fn read(value: &Value) -> Self {
        let Some(map) = value.as_object() else { return Self::default() };
        let below = map.iter().filter(|(step, _)| *step != ".");
        Self {
            member: map.is_empty() || map.contains_key("."),
            below: below.map(|(step, value)| (step.clone(), Self::read(value))).collect(),
        }
    }

    #[must_use]
    pub fn written(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.below.is_empty() {
            map.insert(".".to_owned(), json!({}));
        }
        map.extend(self.below.iter().map(|(step, set)| (step.clone(), set.written())));
        Value::Object(map)
    }

    /// Each path as error texts write it: `.spec.containers[name="web"].image`; those of a level before those below it.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, at: &str, paths: &mut Vec<String>) {
        let path = |step: &str| format!("{at}{}", shown(step));
        let members = self.below.iter().filter(|(_, set)| set.member);
        paths.extend(members.map(|(step, _)| path(step)));
        for (step, set) in &self.below {
            set.collect(&path(step), paths);
        }
    }
}

pub fn shown(step: &str) -> String {
    match step.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("k:", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        _ => String::new(),
    }
}

/// What an object says: every field that is written in it.
#[must_use]
pub fn said(shape: Option<&Shape>, object: &Value) -> Set {
    let mut set = Set::default();
    say(shape, false, object, &mut set);
    set
}

fn say(shape: Option<&Shape>, atomic: bool, value: &Value, set: &mut Set) {
    match value {
        _ if atomic => set.member = true,
        Value::Object(map) => {
            for (name, value) in map {
                let field = field_of(shape, name);
                let below = set.below.entry(format!("f:{name}")).or_default();
                say(field.as_ref().map(|field| &field.shape), whole(field.as_ref()), value, below);
                let named = shape.is_some_and(|shape| schema::structure(schema::resolved(shape)).is_some());
                below.member |= value.is_null() || value.as_object().is_some_and(Map::is_empty) || !named;
            }
        }
        Value::Array(items) => match items_of(shape) {
            Some((item, merge)) => {
                for value in items {
                    let below = set.below.entry(step_of(&item, &merge, value)).or_default();
                    say(Some(&item.shape), whole(Some(&item)), value, below);
                    below.member = true;
                }
            }
            None => set.member = true,
        },
        _ => set.member = true,
    }
}

/// What one object has that another has not, or has with another value; and what it has no longer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub touched: Set,
    pub removed: Set,
}

#[must_use]
pub fn changes(shape: Option<&Shape>, old: &Value, new: &Value) -> Changes {
    let mut changes = Changes::default();
    differ(shape, false, Some(old), Some(new), &mut changes);
    Changes {
        touched: changes.touched.owned(),
        removed: changes.removed.owned(),
    }
}

fn differ(shape: Option<&Shape>, atomic: bool, old: Option<&Value>, new: Option<&Value>, found: &mut Changes) {
    let empty = |value: Option<&Value>| {
        value.is_none_or(|value| {
            value.is_null() || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
        })
    };
    let any = |is: fn(&Value) -> bool| old.is_some_and(is) || new.is_some_and(is);
    let lists = any(Value::is_array);
    let leaf = atomic || (empty(old) && empty(new)) || !(any(Value::is_object) || lists) || (lists && items_of(shape).is_none());
    if leaf {
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => found.removed.member = true,
            (None, Some(_)) => found.touched.member = true,
            (Some(old), Some(new)) => found.touched.member |= old != new && !(empty(Some(old)) && empty(Some(new))),
        }
        return;
    }
    if lists {
        differ_items(shape, old, new, found);
    } else {
        differ_fields(shape, old, new, found);
    }
    found.touched.member |= old.is_none();
    found.removed.member |= new.is_none();
}

fn differ_fields(shape: Option<&Shape>, old: Option<&Value>, new: Option<&Value>, found: &mut Changes) {
    let nothing = Value::Object(Map::new());
    // A structure that is no pointer is always there, if only empty; so is what must be there, as zero.
    let always: &BTreeSet<String> = shape.map(|shape| schema::always(schema::resolved(shape))).unwrap_or(&schema::NONE);
    let structure = shape.and_then(|shape| schema::structure(schema::resolved(shape)));
    let required = structure.map_or(&[][..], |structure| &structure.required);
    let names: BTreeSet<&String> = [old, new]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .collect();
    for name in names {
        let field = field_of(shape, name);
        let usual = field.as_ref().and_then(|field| match schema::resolved(&field.shape) {
            shape @ Shape::Type(_) => (always.contains(name) && schema::structure(shape).is_some()).then(|| nothing.clone()),
            Shape::Time => (always.contains(name) && name != "creationTimestamp").then_some(Value::Null),
            shape => required.contains(name).then(|| schema::zero(shape)).flatten(),
        });
        let at = |value: Option<&'_ Value>| {
            let value = value?;
            value.get(name).cloned().or_else(|| usual.clone())
        };
        let (old, new) = (at(old), at(new));
        let inner = field.as_ref().map(|field| &field.shape);
        under(found, format!("f:{name}"), |below| {
            differ(inner, whole(field.as_ref()), old.as_ref(), new.as_ref(), below)
        });
    }
}

fn differ_items(shape: Option<&Shape>, old: Option<&Value>, new: Option<&Value>, found: &mut Changes) {
    let Some((item, merge)) = items_of(shape) else { return };
    let steps = |value: Option<&Value>| -> Vec<(String, Value)> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.map(|value| (step_of(&item, &merge, value), value.clone())).collect()
    };
    let (old, new) = (steps(old), steps(new));
    let all: BTreeSet<&String> = old.iter().chain(&new).map(|(step, _)| step).collect();
    let at = |list: &[(String, Value)], step: &str| list.iter().find(|(known, _)| known == step).map(|(_, value)| value.clone());
    for step in all {
        let (old, new) = (at(&old, step), at(&new, step));
        under(found, step.clone(), |below| {
            differ(Some(&item.shape), whole(Some(&item)), old.as_ref(), new.as_ref(), below)
        });
    }
}

fn under(found: &mut Changes, step: String, walk: impl FnOnce(&mut Changes)) {
    let mut below = Changes::default();
    walk(&mut below);
    for (set, below) in [(&mut found.touched, below.touched), (&mut found.removed, below.removed)] {
        if !below.is_empty() {
            set.below.insert(step.clone(), below);
        }
    }
}

/// Whether a field is replaced as a whole: for itself, or because its type is.
fn whole(field: Option<&Field>) -> bool {
    field.is_some_and(|field| field.atomic || schema::structure(&field.shape).is_some_and(|structure| structure.atomic))
}

pub fn field_of(shape: Option<&Shape>, name: &str) -> Option<Field> {
    match schema::resolved(shape?) {
        Shape::Map(item) => Some(item.as_ref().clone()),
        shape => schema::structure(shape)?.fields.get(name).cloned(),
    }
}

/// Whether a field of an object is replaced as a whole when it is applied.
pub fn replaced(field: Option<&Field>) -> bool {
    whole(field)
}

/// The items of a list whose items are told apart: by keys, or as values of a set.
pub fn items_of(shape: Option<&Shape>) -> Option<(Field, Merge)> {
    match shape? {
        Shape::List(item, merge) if !merge.keys.is_empty() || merge.set => Some((item.as_ref().clone(), merge.clone())),
        _ => None,
    }
}

pub fn step_of(item: &Field, merge: &Merge, value: &Value) -> String {
    if merge.set {
        format!("v:{value}")
    } else {
        format!("k:{}", Value::Object(keys(item, merge, value)))
    }
}

/// The keys of an item, with the defaults of those that it leaves out.
pub fn keys(item: &Field, merge: &Merge, value: &Value) -> Map<String, Value> {
    merge
        .keys
        .iter()
        .filter_map(|key| {
            let default = || field_of(Some(&item.shape), key)?.default;
            Some((key.clone(), value.get(key).cloned().or_else(default)?))
        })
        .collect()
}
