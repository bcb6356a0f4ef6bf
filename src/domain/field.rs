//! A place inside an object that survives reordering of lists.

mod difference;

pub use difference::{difference, difference_with_status, in_place, is_same, is_unchanged};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One step into an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Member of an object.
    Key(String),
    /// Element of a list, found by the value of one of its members (`containers[name=backend]`).
    Item { key: String, value: String },
    /// Element of a list without identity.
    Index(usize),
}

/// Path of a field: `spec.template.spec.containers[name=backend].image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    #[must_use]
    pub fn keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|&k| Segment::Key(k.to_owned())).collect())
    }

    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    #[must_use]
    pub fn item(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push(Segment::Item {
            key: key.into(),
            value: value.into(),
        });
        self
    }

    /// True when `self` is `other` or lies below it.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.0.len() >= other.0.len() && self.0[..other.0.len()] == other.0[..]
    }

    /// The value at this path, if there is one.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Item { key, value: wanted } => value.as_array()?.iter().find(|item| item_key(item, key).as_deref() == Some(wanted)),
            Segment::Index(index) => value.get(index),
        })
    }

    /// The paths of all plain values of an object, and of its lists as a whole.
    #[must_use]
    pub fn leaves(value: &Value) -> Vec<Self> {
        let mut leaves = Vec::new();
        leaves_below(&Self::default(), value, &mut leaves);
        leaves
    }

    /// The environment variable that a field belongs to: its value may be a secret whatever its name is.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        let env = self
            .0
            .iter()
            .position(|segment| matches!(segment, Segment::Key(key) if key == "env"))?;
        match self.0.get(env + 1)? {
            Segment::Item { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The RFC 6901 pointer of this path in `root` as it is now; `None` when a list element on the way is missing.
    /// The last segment may be absent (a field to be added).
    #[must_use]
    pub fn pointer(&self, root: &Value) -> Option<String> {
        let mut pointer = String::new();
        let mut here = Some(root);
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    here = here.and_then(|value| value.get(key));
                }
                Segment::Item { key, value: wanted } => {
                    let list = here.and_then(Value::as_array)?;
                    let index = list.iter().position(|item| item_key(item, key).as_deref() == Some(wanted))?;
                    pointer.push_str(&format!("/{index}"));
                    here = list.get(index);
                }
                Segment::Index(index) => {
                    pointer.push_str(&format!("/{index}"));
                    here = here.and_then(|value| value.get(index));
                }
            }
        }
        Some(pointer)
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => write!(f, "{key}")?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Item { value, .. } => write!(f, "[{value}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn leaves_below(path: &FieldPath, value: &Value, leaves: &mut Vec<FieldPath>) {
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .for_each(|(key, inner)| leaves_below(&path.clone().key(key), inner, leaves)),
        _ => leaves.push(path.clone()),
    }
}

/// A field that differs between two states of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: FieldPath,
    /// `None`: the field was not there.
    pub before: Option<Value>,
    /// `None`: the field is gone.
    pub after: Option<Value>,
}

/// The annotation by which `kubectl rollout restart` makes a template new: each restart has a moment of its own.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

impl FieldChange {
    /// The same as changes of plain values: what came as a whole comes member by member.
    #[must_use]
    pub fn leaves(&self) -> Vec<Self> {
        let mut paths: Vec<FieldPath> = Vec::new();
        for side in [&self.before, &self.after].into_iter().flatten() {
            paths.extend(FieldPath::leaves(side));
        }
        paths.sort();
        paths.dedup();
        let of = |side: &Option<Value>, path: &FieldPath| side.as_ref().and_then(|side| path.find(side)).cloned();
        let change = |path: FieldPath| Self {
            before: of(&self.before, &path),
            after: of(&self.after, &path),
            field: FieldPath([self.field.0.clone(), path.0].concat()),
        };
        paths
            .into_iter()
            .map(change)
            .filter(|change| change.before != change.after)
            .collect()
    }

    /// It marks a restart.
    #[must_use]
    pub fn is_restart(&self) -> bool {
        matches!(self.field.0.last(), Some(Segment::Key(key)) if key == RESTARTED_AT)
    }
}

/// A field and the value it shall have; `None` removes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldEdit {
    pub field: FieldPath,
    pub to: Option<Value>,
}

/// The JSON patch (RFC 6902) that makes `edits` true of `current`, built step by step so that later edits see earlier ones.
/// Missing parents are created; a missing list element named by the last segment is appended. Edits that are true
/// already give no operation.
///
/// # Errors
/// The path that leads through a value which is neither an object nor a list.
pub fn json_patch(edits: &[FieldEdit], current: &Value) -> Result<Vec<Value>, FieldPath> {
    let mut object = current.clone();
    let mut patch = Vec::new();
    for edit in edits {
        match &edit.to {
            Some(value) if edit.field.find(&object) == Some(value) => {}
            Some(value) => patch.push(set(&mut object, &edit.field, value).ok_or_else(|| edit.field.clone())?),
            None => {
                if edit.field.find(&object).is_some() {
                    let pointer = edit.field.pointer(&object).ok_or_else(|| edit.field.clone())?;
                    remove(&mut object, &pointer);
                    patch.push(json!({"op": "remove", "path": pointer}));
                }
            }
        }
    }
    Ok(patch)
}

/// Sets `path` in `object` and returns the operation that does the same: on the shallowest node that was missing.
fn set(object: &mut Value, path: &FieldPath, value: &Value) -> Option<Value> {
    let present = (0..=path.0.len())
        .rev()
        .find(|&n| FieldPath(path.0[..n].to_vec()).find(object).is_some_and(|v| !v.is_null()))?;
    if present == path.0.len() {
        let pointer = path.pointer(object)?;
        *object.pointer_mut(&pointer)? = value.clone();
        return Some(json!({"op": "replace", "path": pointer, "value": value}));
    }
    let missing = path.0[present..].iter().skip(1).rev().fold(value.clone(), wrap);
    let parent = FieldPath(path.0[..present].to_vec()).pointer(object)?;
    let (pointer, node) = match (object.pointer_mut(&parent)?, &path.0[present]) {
        (Value::Object(map), Segment::Key(key)) => {
            map.insert(key.clone(), missing.clone());
            (format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1")), missing)
        }
        (Value::Array(list), Segment::Item { key, value }) => {
            let item = with_identity(missing, key, value);
            list.push(item.clone());
            (format!("{parent}/-"), item)
        }
        _ => return None,
    };
    Some(json!({"op": "add", "path": pointer, "value": node}))
}

fn wrap(inner: Value, segment: &Segment) -> Value {
    match segment {
        Segment::Key(key) => json!({key: inner}),
        Segment::Item { key, value } => json!([with_identity(inner, key, value)]),
        Segment::Index(_) => json!([inner]),
    }
}

fn with_identity(item: Value, key: &str, value: &str) -> Value {
    let mut identified = json!({key: value});
    if let (Some(to), Value::Object(from)) = (identified.as_object_mut(), item) {
        to.extend(from);
    }
    identified
}

/// Sets or removes the value at `path`, as far as the way there leads.
pub(super) fn put(object: &mut Value, path: &FieldPath, to: Option<&Value>) {
    match to {
        Some(value) => drop(set(object, path, value)),
        None => {
            if path.find(object).is_some()
                && let Some(pointer) = path.pointer(object)
            {
                remove(object, &pointer);
            }
        }
    }
}

fn remove(object: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(list)) => {
            if let Ok(index) = last.parse::<usize>()
                && index < list.len()
            {
                list.remove(index);
            }
        }
        _ => {}
    }
}

/// Members that identify an element of a list of objects, first match wins. These are the merge keys of the Kubernetes
/// API (`x-kubernetes-list-map-keys`) that occur in the kinds we change.
const ITEM_KEYS: [&str; 7] = ["name", "containerPort", "port", "mountPath", "key", "ip", "type"];

fn item_key(item: &Value, key: &str) -> Option<String> {
    match item.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The member that identifies every element of both lists uniquely, if there is one.
fn identity(before: &[Value], after: &[Value]) -> Option<&'static str> {
    ITEM_KEYS.into_iter().find(|key| {
        [before, after].into_iter().all(|list| {
            let mut seen: Vec<String> = list.iter().filter_map(|item| item_key(item, key)).collect();
            let complete = seen.len() == list.len();
            seen.sort();
            seen.dedup();
            complete && seen.len() == list.len()
        })
    })
}

#[cfg(test)]
mod tests;
