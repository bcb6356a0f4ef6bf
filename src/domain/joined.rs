//! What a request did, one thing after the other, as what takes all of it back.

use serde_json::Value;

use super::{
    field::{FieldPath, put},
    object::ObjectRef,
    undo::{Lasting, Reversal, ReversedField, UndoEntry, Way},
};

impl Lasting {
    /// It is said to stay for as long as its name is not known.
    fn waits_for(&self, made: &Reversal) -> bool {
        let is_it = |object: &ObjectRef| object.same_name(&made.object.unnamed());
        made.way == Way::Delete && self.object.as_deref().is_some_and(is_it)
    }
}

impl UndoEntry {
    /// What came next of the same request. What is made and taken away by it leaves nothing to take back, and nothing that stays.
    pub fn go_on(&mut self, reversals: Vec<Reversal>, lasting: Vec<Lasting>) {
        for made in &reversals {
            if let Some(at) = self.lasting.iter().position(|part| part.waits_for(made)) {
                self.lasting.remove(at);
            }
        }
        for part in lasting {
            let is_ours = part.object.as_ref().is_some_and(|gone| self.made(gone));
            if let Some(gone) = part.object.as_ref().filter(|gone| !gone.name.is_empty()) {
                self.reversals
                    .retain(|known| !(is_in(&known.object, gone) || is_ours && known.object.same_name(gone)));
                self.lasting
                    .retain(|known| !known.object.as_ref().is_some_and(|object| is_in(object, gone)));
            }
            if !is_ours {
                self.lasting.push(part);
            }
        }
        join(&mut self.reversals, reversals);
    }

    pub(super) fn made(&self, object: &ObjectRef) -> bool {
        let is_it = |known: &Reversal| {
            let same = known.object.uid.is_none() || known.object.uid == object.uid;
            known.way == Way::Delete && known.object.same_name(object) && same
        };
        self.reversals.iter().any(is_it)
    }
}

/// It goes with that namespace.
fn is_in(object: &ObjectRef, gone: &ObjectRef) -> bool {
    gone.kind.group.is_empty() && gone.kind.kind == "Namespace" && object.namespace.as_ref() == Some(&gone.name)
}

/// The reversals of one request, in the order of their changes, as those of its end: of an object that was changed again, what it
/// was at first stays, and what it is last counts. Without this the second change would stand in the way of the first.
pub(super) fn join(earlier: &mut Vec<Reversal>, later: Vec<Reversal>) {
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
                put_back(&mut body, &known.fields);
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

pub(super) fn put_back(body: &mut Value, fields: &[ReversedField]) {
    for field in fields.iter().rev() {
        put(body, &field.field, field.before.as_ref());
    }
}

/// What is left of a path below one that it begins with.
fn below(root: &FieldPath, path: &FieldPath) -> FieldPath {
    FieldPath(path.0.iter().skip(root.0.len()).cloned().collect())
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::domain::kind::Kind;

    pub fn reversal(fields: &[(&[&str], Value, Value)], way: Way) -> Reversal {
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

    pub fn entry(reversals: Vec<Reversal>, lasting: Vec<Lasting>) -> UndoEntry {
        UndoEntry {
            id: String::new(),
            request: String::new(),
            at: Timestamp::UNIX_EPOCH,
            cluster: None,
            context: String::new(),
            reversals,
            lasting,
            open: Vec::new(),
            undone: false,
        }
    }

    pub fn stays(object: Option<ObjectRef>) -> Lasting {
        Lasting {
            what: "x".to_owned(),
            why: String::new(),
            object: object.map(Box::new),
        }
    }

    pub fn of_kind(kind: &str, name: &str, uid: Option<&str>) -> ObjectRef {
        let kind = Kind::well_known().into_iter().find(|known| known.kind == kind).unwrap();
        ObjectRef {
            namespace: kind.namespaced.then(|| "todo".to_owned()),
            kind,
            name: name.to_owned(),
            uid: uid.map(str::to_owned),
        }
    }

    pub fn made(object: ObjectRef) -> Reversal {
        Reversal {
            object,
            ..reversal(&[], Way::Delete)
        }
    }

    fn all(entries: Vec<UndoEntry>) -> UndoEntry {
        entries
            .into_iter()
            .reduce(|mut entry, next| {
                entry.go_on(next.reversals, next.lasting);
                entry
            })
            .unwrap()
    }

    #[test]
    fn what_is_made_and_taken_away_for_good_leaves_nothing() {
        let pod = |uid: &str| of_kind("Pod", "once", Some(uid));
        let makes = |uid: &str| entry(vec![made(pod(uid))], Vec::new());
        let takes = |uid: &str| entry(Vec::new(), vec![stays(Some(pod(uid)))]);
        assert_eq!(all(vec![makes("1"), takes("1")]), entry(Vec::new(), Vec::new()));
        // Another of its name was not ours.
        assert_eq!(all(vec![takes("0"), makes("1"), takes("1")]), takes("0"));
        assert_eq!(
            all(vec![makes("1"), takes("2")]),
            entry(vec![made(pod("1"))], vec![stays(Some(pod("2")))])
        );
    }

    #[test]
    fn what_goes_with_its_namespace_goes_with_what_takes_it_back() {
        let namespace = of_kind("Namespace", "todo", Some("n"));
        let makes = entry(
            vec![made(namespace.clone()), made(of_kind("ConfigMap", "in-it", Some("c")))],
            Vec::new(),
        );
        let takes = entry(Vec::new(), vec![stays(Some(namespace.clone()))]);
        let pod = entry(Vec::new(), vec![stays(Some(of_kind("Pod", "in-it", Some("p")))), stays(None)]);
        assert_eq!(all(vec![makes, pod, takes.clone()]), entry(Vec::new(), vec![stays(None)]));
        // It was there before.
        let makes = entry(vec![made(of_kind("ConfigMap", "in-it", Some("c")))], Vec::new());
        assert_eq!(all(vec![makes, takes.clone()]), takes);
    }

    #[test]
    fn what_gets_its_name_from_the_server_stays_until_it_is_known() {
        let unnamed = || entry(Vec::new(), vec![stays(Some(of_kind("Job", "", None)))]);
        let job = || made(of_kind("Job", "j-1", Some("1")));
        assert_eq!(
            all(vec![unnamed(), unnamed(), entry(vec![job()], Vec::new())]),
            entry(vec![job()], unnamed().lasting)
        );
    }

    #[test]
    fn what_the_server_names_anew_each_time_is_known_by_what_it_made() {
        let object =
            |volume: &str| json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"volumeMounts": [{"name": volume}]}]}});
        let sent = || [FieldPath::keys(&["spec", "containers"])];
        let mut tried = Reversal::of_made(&of_kind("Pod", "p", None), sent(), &object("tried"));
        tried.was_made("1", &object("real"));
        assert_eq!(tried, Reversal::of_made(&of_kind("Pod", "p", Some("1")), sent(), &object("real")));
    }
}
