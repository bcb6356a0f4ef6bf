//! A preview: changes go to the server as tries, so that admission, defaults and validation are its own; what it answers is kept, and
//! read again by name. A later change to such an object is merged here and tried whole. Where that does not carry, it ends.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{MutexGuard, PoisonError},
};

use http::{Method, Response, StatusCode, header::CONTENT_TYPE, request::Parts};
use hyper::body::Bytes;

use serde_json::{Value, json};

use super::{
    super::embedded::bodies,
    Policy, Would,
    answer::Answer,
    asked::Asked,
    attempt::{Attempt, kind_named},
    change::Change,
    door::Door,
    effects::Effects,
    pin, refusal,
    wire::Wire,
};
use crate::domain::{
    chosen,
    field::difference,
    object::ObjectRef,
    risk::{Call, Risk},
};

/// What was tried so far.
#[derive(Debug, Default)]
pub(super) struct Previewed {
    objects: HashMap<Key, Kept>,
    ended: Option<String>,
}

/// Group, resource, namespace, name.
type Key = (String, String, Option<String>, String);

#[derive(Clone, Debug)]
enum Kept {
    Is {
        object: Value,
        /// It is not on the server.
        new: bool,
    },
    Gone,
}

impl Door {
    fn kept(&self) -> MutexGuard<'_, Previewed> {
        self.previewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a read that the preview itself must give, where there is one.
    pub(super) fn preview_of_read(&self, asked: &Asked) -> Option<Response<Wire>> {
        let Policy::Preview { allow } = &self.policy else { return None };
        let ended = self.kept().ended.clone();
        if let Some(why) = ended {
            return Some(self.refuse(asked, &format!("the preview has ended: {why}")));
        }
        let call = &asked.call;
        if !matches!(call.verb.as_str(), "get" | "list" | "watch") || call.resource.is_empty() {
            return None;
        }
        match &call.name {
            Some(name) if call.verb == "get" => {
                let kept = self.kept().objects.get(&key(call, name)).cloned()?;
                if call.shows_a_secret() && !allow.contains(&Risk::SecretRead) {
                    return Some(self.refuse_for(asked, BTreeSet::from([Risk::SecretRead])));
                }
                let _ = self.passage(asked).tell(true);
                Some(match kept {
                    Kept::Gone => refusal::not_found(call, name),
                    Kept::Is { object, .. } if call.subresource.is_empty() => told(200, object),
                    Kept::Is { .. } => self.preview_ends(
                        asked,
                        &format!("{} of an object that is only previewed cannot be read", call.subresource),
                    ),
                })
            }
            _ => {
                let of_it = |known: &Key| {
                    let place = call.namespace.is_none() || known.2 == call.namespace;
                    (&known.0, &known.1) == (&call.group, &call.resource) && place
                };
                let touched = self.kept().objects.keys().any(of_it);
                touched.then(|| {
                    self.preview_ends(
                        asked,
                        &format!("a {} of {} would not show what was only tried", call.verb, call.resource),
                    )
                })
            }
        }
    }

    /// From here on nothing more is answered: it would not be true.
    fn preview_ends(&self, asked: &Asked, why: &str) -> Response<Wire> {
        self.kept().ended.get_or_insert_with(|| why.to_owned());
        self.tally.note(|end| {
            end.ended.get_or_insert_with(|| format!("{} ({why})", asked.told()));
        });
        self.refuse(asked, &format!("the preview ends here: {why}"))
    }

    pub(super) async fn change_previewed(&self, asked: &Asked, parts: &Parts, bytes: Bytes, allow: &BTreeSet<Risk>) -> Response<Wire> {
        if asked.call.shows_a_secret() && !allow.contains(&Risk::SecretRead) {
            return self.refuse_for(asked, BTreeSet::from([Risk::SecretRead]));
        }
        let _room = self.room_for(&bytes).await;
        if asked.impersonates {
            return self.preview_ends(asked, "what somebody else may do cannot be tried");
        }
        let name = asked.call.name.clone().or_else(|| {
            let change = Change::of(asked, parts, bytes.clone());
            let name = change.body.as_ref()?.pointer("/metadata/name")?.as_str()?;
            Some(name.to_owned())
        });
        let known = name
            .as_ref()
            .and_then(|name| self.kept().objects.get(&key(&asked.call, name)).cloned());
        match (known, name) {
            (Some(known), Some(name)) => self.change_kept(asked, parts, bytes, known, &name).await,
            _ => self.change_first(asked, parts, bytes).await,
        }
    }

    /// An object that was not touched yet: the server is asked, and nothing is worked out here.
    async fn change_first(&self, asked: &Asked, parts: &Parts, bytes: Bytes) -> Response<Wire> {
        let mut change = Change::of(asked, parts, bytes);
        match self.attempt(&mut change, false).await {
            Attempt::Refused(answer) => answer,
            Attempt::Unknown(why) => self.preview_ends(asked, &why),
            Attempt::Known(effects) if asked.call.verb == "deletecollection" => {
                let gone = effects
                    .diff
                    .iter()
                    .filter_map(|change| change.before.as_ref()?.as_str())
                    .map(str::to_owned);
                let gone: Vec<String> = gone.collect();
                for name in gone {
                    self.kept().objects.insert(key(&asked.call, &name), Kept::Gone);
                }
                self.would(*effects);
                told(200, success())
            }
            Attempt::Known(mut effects) => {
                let sent = change.body.unwrap_or_default();
                effects.diff = chosen::promised(&effects.object.kind, &effects.diff, &sent);
                if asked.call.subresource == "scale" {
                    self.keep_scaled(asked, parts, &effects).await;
                }
                self.keep(asked, *effects)
            }
        }
    }

    /// What was scaled is read by its name as well.
    async fn keep_scaled(&self, asked: &Asked, parts: &Parts, effects: &Effects) {
        let path = parts.uri.path().trim_end_matches('/').trim_end_matches("/scale");
        let replicas = effects.after.as_ref().and_then(|after| after.pointer("/spec/replicas")).cloned();
        let Ok(answer) = self.ask(Method::GET, path, None, Bytes::new()).await else {
            return;
        };
        if let (Some(mut object), Some(replicas), true) = (answer.json(), replicas, answer.status.is_success())
            && let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
        {
            spec.insert("replicas".to_owned(), replicas);
            self.kept()
                .objects
                .insert(key(&asked.call, &effects.object.name), Kept::Is { object, new: false });
        }
    }

    /// The answer, as the server would have given it.
    fn keep(&self, asked: &Asked, effects: Effects) -> Response<Wire> {
        let key = key(&asked.call, &effects.object.name);
        let after = effects.after.clone();
        let made = effects.before.is_none();
        match &after {
            None => drop(self.kept().objects.insert(key, Kept::Gone)),
            Some(object) if asked.call.subresource.is_empty() => {
                let kept = Kept::Is {
                    object: object.clone(),
                    new: made,
                };
                self.kept().objects.insert(key, kept);
            }
            Some(_) => {}
        }
        self.would(effects);
        match after {
            None => told(200, success()),
            Some(object) => told(if made { 201 } else { 200 }, object),
        }
    }

    fn would(&self, effects: Effects) {
        let what = match (&effects.before, &effects.after) {
            (_, None) => "taken away",
            (None, Some(_)) => "made",
            _ => "changed",
        };
        if what == "changed" && effects.diff.is_empty() {
            return;
        }
        self.tally.note(|end| {
            end.would.push(Would {
                object: effects.object,
                what,
                diff: effects.diff,
            });
        });
    }

    /// An object that is another one by now: the change is worked out on that, and the whole is tried.
    async fn change_kept(&self, asked: &Asked, parts: &Parts, bytes: Bytes, known: Kept, name: &str) -> Response<Wire> {
        let change = Change::of(asked, parts, bytes);
        let Kept::Is { object, new } = known else {
            return match asked.call.verb.as_str() {
                "create" => self.preview_ends(asked, "an object that is only tried to be taken away cannot be made again"),
                _ => refusal::not_found(&asked.call, name),
            };
        };
        if !asked.call.subresource.is_empty() {
            return self.preview_ends(
                asked,
                &format!("{} of an object that is only previewed cannot be set", asked.call.subresource),
            );
        }
        let whole = match asked.call.verb.as_str() {
            "create" => return already_exists(&asked.call, name),
            "delete" if new => {
                let key = key(&asked.call, name);
                self.kept().objects.remove(&key);
                self.tally.note(|end| end.would.retain(|would| !would.is_of(&key)));
                return told(200, success());
            }
            "delete" => {
                let mut change = change;
                return match self.attempt(&mut change, false).await {
                    Attempt::Refused(answer) => answer,
                    Attempt::Unknown(why) => self.preview_ends(asked, &why),
                    Attempt::Known(effects) => self.keep(asked, *effects),
                };
            }
            "update" => change.body.clone(),
            "patch" => change
                .body
                .as_ref()
                .and_then(|patch| patched(&asked.call, &change.content_type, &object, patch)),
            _ => None,
        };
        let Some(mut whole) = whole else {
            return self.preview_ends(asked, "this change of an object that is only previewed cannot be worked out here");
        };
        self.try_whole(asked, parts, &mut whole, &object, new).await
    }

    async fn try_whole(&self, asked: &Asked, parts: &Parts, whole: &mut Value, before: &Value, new: bool) -> Response<Wire> {
        let path = parts.uri.path();
        let (method, path) = match new {
            true => (Method::POST, path.rsplit_once('/').map_or(path, |(collection, _)| collection)),
            false => (Method::PUT, path),
        };
        if let Some(metadata) = whole.get_mut("metadata").and_then(Value::as_object_mut)
            && new
        {
            for name in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
                metadata.shift_remove(name);
            }
        }
        let bytes = Bytes::from(serde_json::to_vec(whole).unwrap_or_default());
        let answer = match self
            .ask(method, &format!("{path}?dryRun=All"), Some("application/json"), bytes)
            .await
        {
            Ok(answer) => answer,
            Err(answer) => return answer,
        };
        let (true, Some(after)) = (answer.status.is_success(), answer.json()) else {
            return answer.told();
        };
        let name = asked.call.name.clone().unwrap_or_default();
        let kept = Kept::Is {
            object: after.clone(),
            new,
        };
        let key = key(&asked.call, &name);
        self.kept().objects.insert(key.clone(), kept);
        self.tally.note(|end| {
            let made = end.would.iter_mut().find(|would| new && would.is_of(&key));
            if let Some(made) = made {
                // It is made as what it is by now.
                made.diff = difference(&json!({}), &after);
                return;
            }
            let diff = difference(before, &after);
            if !diff.is_empty() {
                let kind = before.get("kind").and_then(Value::as_str).unwrap_or_default();
                end.would.push(Would {
                    object: ObjectRef::of(&kind_named(&asked.call, kind), before),
                    what: "changed",
                    diff,
                });
            }
        });
        told(200, after)
    }
}

impl Would {
    fn is_of(&self, key: &Key) -> bool {
        let ObjectRef { kind, namespace, name, .. } = &self.object;
        (&kind.group, &kind.plural, namespace, name) == (&key.0, &key.1, &key.2, &key.3)
    }
}

fn key(call: &Call, name: &str) -> Key {
    let is_namespace = call.group.is_empty() && call.resource == "namespaces";
    let namespace = call.namespace.clone().filter(|_| !is_namespace);
    (call.group.clone(), call.resource.clone(), namespace, name.to_owned())
}

fn patched(call: &Call, content_type: &str, object: &Value, patch: &Value) -> Option<Value> {
    match pin::media(content_type) {
        "application/merge-patch+json" => Some(bodies::merged(object, patch)),
        "application/strategic-merge-patch+json" => bodies::strategic(&call.group, &call.version, &call.resource, object, patch),
        "application/json-patch+json" => {
            let operations: json_patch::Patch = serde_json::from_value(patch.clone()).ok()?;
            let mut object = object.clone();
            json_patch::patch(&mut object, &operations).ok()?;
            Some(object)
        }
        _ => None,
    }
}

fn told(code: u16, value: Value) -> Response<Wire> {
    let mut headers = http::HeaderMap::new();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let answer = Answer {
        status: StatusCode::from_u16(code).unwrap_or(StatusCode::OK),
        headers,
        bytes: serde_json::to_vec(&value).unwrap_or_default().into(),
    };
    answer.told()
}

fn success() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
}

fn already_exists(call: &Call, name: &str) -> Response<Wire> {
    refusal::status(
        409,
        "AlreadyExists",
        &format!("{} \"{name}\" already exists", refusal::qualified(call)),
    )
}
