//! What is kept to take a change back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    docker::IDENTITY,
    field::{FieldPath, put},
    object::ObjectRef,
};

/// The reverse of one change: for each field that we set, the value before and the value we gave it. A field that no
/// longer has our value is a conflict: somebody else changed it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reversal {
    pub object: ObjectRef,
    pub subresource: String,
    pub fields: Vec<ReversedField>,
    #[serde(default, skip_serializing_if = "Way::is_fields")]
    pub way: Way,
}

impl Reversal {
    /// Of an object that was made: it is taken away again, while these fields still have the values that it was given.
    #[must_use]
    pub fn of_made(object: &ObjectRef, fields: impl IntoIterator<Item = FieldPath>, after: &Value) -> Self {
        let reversed = |field: FieldPath| ReversedField {
            ours: field.find(after).cloned(),
            before: None,
            field,
        };
        Self {
            object: object.clone(),
            subresource: String::new(),
            fields: fields.into_iter().map(reversed).collect(),
            way: Way::Delete,
        }
    }
}

/// How a change is taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The fields get their old values again.
    #[default]
    Fields,
    /// We made the object: it is taken away. `fields` are those that we gave it.
    Delete,
    /// We took the object away: this one is made.
    Create(Value),
    /// The release was in this revision before: it becomes what that was. `fields` is the revision that we made.
    Rollback(u64),
}

impl Way {
    const fn is_fields(&self) -> bool {
        matches!(self, Self::Fields)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReversedField {
    pub field: FieldPath,
    /// `None`: the field was absent and will be removed again.
    pub before: Option<Value>,
    /// `None`: we removed the field.
    pub ours: Option<Value>,
}

/// A part of a request that nothing takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// `restart deployment/todo-backend`.
    pub what: String,
    /// One sentence.
    pub why: String,
}

/// The reverse of a whole request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UndoEntry {
    /// Id of the transcript of the request.
    pub id: String,
    pub request: String,
    pub at: Timestamp,
    /// Uid of kube-system of the cluster that was changed.
    pub cluster: Option<String>,
    pub context: String,
    /// In the order they were done; taken back in reverse.
    pub reversals: Vec<Reversal>,
    /// What stays. An entry with nothing else is kept so that the last change is not taken for an earlier one.
    #[serde(default)]
    pub lasting: Vec<Lasting>,
    pub undone: bool,
}

impl UndoEntry {
    /// It was a Docker Engine that was changed.
    #[must_use]
    pub fn is_on_engine(&self) -> bool {
        self.cluster.as_ref().is_some_and(|id| id.starts_with(IDENTITY))
    }

    /// What had the name of an object that was made, and was taken away for it. To make that again brings both back.
    #[must_use]
    pub fn replaced_by(&self, made: &Reversal) -> Option<&Value> {
        let of_it = |known: &&Reversal| made.way == Way::Delete && known.object.same_name(&made.object);
        self.reversals.iter().filter(of_it).find_map(|known| match &known.way {
            Way::Create(body) => Some(body),
            _ => None,
        })
    }

    /// Another of its name was made in its place.
    #[must_use]
    pub fn is_replaced(&self, gone: &Reversal) -> bool {
        let in_its_place = |known: &Reversal| known.way == Way::Delete && known.object.same_name(&gone.object);
        matches!(gone.way, Way::Create(_)) && self.reversals.iter().any(in_its_place)
    }

    /// The option that names the place again.
    #[must_use]
    pub fn option(&self) -> String {
        let option = if self.is_on_engine() { "--docker-context" } else { "--context" };
        format!("{option} {}", self.context)
    }
}

/// The object without what the server and its controllers wrote, so that it can be sent again.
#[must_use]
pub fn made_again(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "selfLink",
        ] {
            metadata.shift_remove(key);
        }
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.shift_remove("deployment.kubernetes.io/revision");
            if annotations.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    let service = object.get("kind").and_then(Value::as_str) == Some("Service");
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut).filter(|_| service) {
        // "None" is a wish; an address was given and may belong to somebody else by now.
        if spec.get("clusterIP").and_then(Value::as_str) != Some("None") {
            spec.shift_remove("clusterIP");
            spec.shift_remove("clusterIPs");
        }
    }
    object
}

/// The reversals of one request, in the order of their changes, as those of its end: of an object that was changed again, what it
/// was at first stays, and what it is last counts. Without this the second change would stand in the way of the first.
pub fn join(earlier: &mut Vec<Reversal>, later: Vec<Reversal>) {
    for reversal in later {
        let same = |known: &&mut Reversal| known.object.same_name(&reversal.object) && known.subresource == reversal.subresource;
        let Some(known) = earlier.iter_mut().rev().find(same) else {
            earlier.push(reversal);
            continue;
        };
        match (&mut known.way, reversal.way) {
            (Way::Fields, Way::Fields) => {
                for field in reversal.fields {
                    again(&mut known.fields, field);
                }
                known.fields.retain(|field| field.before != field.ours);
            }
            // Still ours; what it must look like to be taken away has changed.
            (Way::Delete, Way::Fields) => {
                for field in reversal.fields {
                    known
                        .fields
                        .retain(|known| !known.field.within(&field.field) && !field.field.within(&known.field));
                    known.fields.push(ReversedField { before: None, ..field });
                }
                known.object.uid = reversal.object.uid.or(known.object.uid.take());
            }
            // We made it and took it away.
            (Way::Delete, Way::Create(_)) => {
                let gone = known.clone();
                earlier.retain(|known| *known != gone);
            }
            // It was another's, and we had changed it before we took it away.
            (Way::Fields, Way::Create(mut body)) => {
                for field in known.fields.iter().rev() {
                    put_back(&mut body, field);
                }
                known.fields.clear();
                known.way = Way::Create(body);
            }
            (_, way) => earlier.push(Reversal {
                object: reversal.object,
                subresource: reversal.subresource,
                fields: reversal.fields,
                way,
            }),
        }
    }
}

/// One more change among those of an object.
fn again(known: &mut Vec<ReversedField>, field: ReversedField) {
    if let Some(same) = known.iter_mut().find(|known| known.field == field.field) {
        same.ours = field.ours;
        return;
    }
    // A part of what we set as a whole.
    if let Some(whole) = known.iter_mut().find(|known| field.field.within(&known.field)) {
        let rest = below(&whole.field, &field.field);
        if let Some(ours) = &mut whole.ours {
            put(ours, &rest, field.ours.as_ref());
        }
        return;
    }
    // The whole of which we set parts before.
    let (parts, others): (Vec<_>, Vec<_>) = std::mem::take(known)
        .into_iter()
        .partition(|known| known.field.within(&field.field));
    *known = others;
    let mut field = field;
    for part in parts {
        let rest = below(&field.field, &part.field);
        if let Some(before) = &mut field.before {
            put(before, &rest, part.before.as_ref());
        }
    }
    known.push(field);
}

fn put_back(body: &mut Value, field: &ReversedField) {
    put(body, &field.field, field.before.as_ref());
}

/// What is left of a path below one that it begins with.
fn below(root: &FieldPath, path: &FieldPath) -> FieldPath {
    FieldPath(path.0.iter().skip(root.0.len()).cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::kind::Kind;

    fn reversal(fields: &[(&[&str], Value, Value)], way: Way) -> Reversal {
        let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        Reversal {
            object: ObjectRef {
                kind: Kind::deployment(),
                namespace: Some("todo".to_owned()),
                name: "web".to_owned(),
                uid: None,
            },
            subresource: String::new(),
            fields: fields
                .iter()
                .map(|(path, before, ours)| ReversedField {
                    field: FieldPath::keys(path),
                    before: some(before),
                    ours: some(ours),
                })
                .collect(),
            way,
        }
    }

    fn joined(all: Vec<Reversal>) -> Vec<Reversal> {
        let mut joined = Vec::new();
        all.into_iter().for_each(|one| join(&mut joined, vec![one]));
        joined
    }

    #[test]
    fn what_was_changed_twice_goes_back_to_what_it_was_at_first() {
        let set = |before: Value, ours: Value| reversal(&[(&["spec", "replicas"], before, ours)], Way::Fields);
        assert_eq!(
            joined(vec![set(json!(2), json!(3)), set(json!(3), json!(5))]),
            [set(json!(2), json!(5))]
        );
        // And back by its own hand: nothing is left of it.
        assert_eq!(
            joined(vec![set(json!(2), json!(3)), set(json!(3), json!(2))]),
            [reversal(&[], Way::Fields)]
        );
    }

    #[test]
    fn parts_and_wholes_are_one() {
        let labels: &[&str] = &["metadata", "labels"];
        let one: &[&str] = &["metadata", "labels", "a"];
        let whole_then_part = joined(vec![
            reversal(&[(labels, json!({"a": "0"}), json!({"a": "1"}))], Way::Fields),
            reversal(&[(one, json!("1"), json!("2"))], Way::Fields),
        ]);
        assert_eq!(
            whole_then_part,
            [reversal(&[(labels, json!({"a": "0"}), json!({"a": "2"}))], Way::Fields)]
        );
        let part_then_whole = joined(vec![
            reversal(&[(one, json!("0"), json!("1"))], Way::Fields),
            reversal(&[(labels, json!({"a": "1"}), Value::Null)], Way::Fields),
        ]);
        assert_eq!(
            part_then_whole,
            [reversal(&[(labels, json!({"a": "0"}), Value::Null)], Way::Fields)]
        );
    }

    #[test]
    fn what_was_made_is_taken_away_as_it_is_at_the_end_and_what_was_taken_away_is_made_as_it_was_at_first() {
        let replicas: &[&str] = &["spec", "replicas"];
        let made = reversal(&[(replicas, Value::Null, json!(1))], Way::Delete);
        let scaled = reversal(&[(replicas, json!(1), json!(3))], Way::Fields);
        let gone = |count: u32| reversal(&[], Way::Create(json!({"spec": {"replicas": count}})));
        assert_eq!(
            joined(vec![made.clone(), scaled.clone()]),
            [reversal(&[(replicas, Value::Null, json!(3))], Way::Delete)]
        );
        assert_eq!(joined(vec![made, scaled.clone(), gone(3)]), []);
        assert_eq!(joined(vec![scaled, gone(3)]), [gone(1)]);
    }
}
