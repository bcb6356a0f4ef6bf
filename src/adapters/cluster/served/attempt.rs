//! A change, tried before it is sent: what the server says that it would do, and what takes that back.

use http::{Method, Response, request::Parts};
use hyper::body::Bytes;
use serde_json::Value;

use super::{change::Change, door::Door, effects::Effects, pin, refusal::not_found, reversal, wire::Wire};
use crate::domain::{
    field::{FieldChange, FieldPath, difference, difference_with_status, in_place},
    kind::Kind,
    loss,
    object::ObjectRef,
    risk::{Call, Risk},
};

/// Objects of a collection whose loss is kept one by one.
const MOST: usize = 500;

/// What came of trying.
pub(super) enum Attempt {
    /// The server says no already, and this is its answer.
    Refused(Response<Wire>),
    Known(Box<Effects>),
    /// It cannot be tried, for this reason.
    Unknown(String),
}

impl Door {
    /// Tries it. With `pins`, its body is changed so that it holds for this state of the object alone.
    pub(super) async fn attempt(&self, change: &mut Change<'_>, pins: bool) -> Attempt {
        if change.asked.call.risk() == Risk::Unknown {
            return Attempt::Unknown("it is not known what this call does".to_owned());
        }
        if !self.honours_dry_run(&change.asked.call).await {
            return Attempt::Unknown("whether it can be only tried is not known of this API".to_owned());
        }
        let tried = match change.asked.call.verb.as_str() {
            "create" => self.attempt_to_make(change, pins).await,
            "update" | "patch" => self.attempt_to_set(change, pins).await,
            "delete" => self.attempt_to_take(change, pins).await,
            "deletecollection" => self.attempt_to_clear(change, pins).await,
            _ => return Attempt::Unknown("it is not known what this call does".to_owned()),
        };
        tried.unwrap_or_else(|attempt| attempt)
    }

    async fn attempt_to_make(&self, change: &mut Change<'_>, pins: bool) -> Result<Attempt, Attempt> {
        if pins {
            let body = change
                .body
                .clone()
                .ok_or_else(|| Attempt::Unknown("its body cannot be read".to_owned()))?;
            change.rewrite(&body);
        }
        let after = self.try_out(change).await?;
        let kind = self.kind_of(&change.asked.call, &after).await?;
        let named = match &change.body {
            Some(body) => body.pointer("/metadata/name").is_some(),
            None => after.pointer("/metadata/generateName").is_none(),
        };
        Ok(Attempt::Known(Box::new(Effects::of_made(change, &kind, after, !named))))
    }

    async fn attempt_to_set(&self, change: &mut Change<'_>, pins: bool) -> Result<Attempt, Attempt> {
        let (before, after) = match pins {
            true => self.tried_on_one_state(change).await?,
            false => self.tried_as_it_is(change).await?,
        };
        let subresource = change.asked.call.subresource.as_str();
        let kind = self.kind_of(&change.asked.call, &after).await?;
        let Some(before) = before else {
            return Ok(Attempt::Known(Box::new(Effects::of_made(change, &kind, after, false))));
        };
        let object = ObjectRef::of(&kind, &before);
        // Where `status` is what is written, or where nothing keeps it apart, it is a field like any other.
        let diff = match subresource == "status" || !change.asked.call.is_builtin() {
            true => difference_with_status(&before, &after),
            false => difference(&before, &after),
        };
        let set = self.set_of_scale(&change.asked.call).await?;
        let (mut reversals, mut lasting) = (Vec::new(), Vec::new());
        let loss = loss::loses(&change.asked.call, &before, &after, set.as_ref());
        if let Some(why) = loss {
            lasting.push(reversal::lasting(&format!("what goes by the change of {object}"), why));
        }
        match subresource {
            _ if diff.is_empty() => {}
            _ if before.pointer("/metadata/deletionTimestamp").is_some() => lasting.push(reversal::lasting(
                &format!("change {object}"),
                "It is being taken away, and goes when nothing holds it any more.",
            )),
            "" => reversals.push(reversal::of_fields(&object, "", &in_place(diff.clone(), &before, &after))),
            // The same field of the object itself, however it is reached.
            "scale" if is_of_pods(&kind) => reversals.push(reversal::of_fields(&object, "", &only_replicas(&diff))),
            "scale" => reversals.push(reversal::of_fields(&object, "scale", &only_replicas(&diff))),
            "ephemeralcontainers" => lasting.push(reversal::lasting(
                &format!("add a container to {object}"),
                "An ephemeral container stays in its pod for as long as that is there.",
            )),
            other => lasting.push(reversal::lasting(
                &format!("{} of {object}", other),
                "What is written there is told by who watches over the object.",
            )),
        }
        Ok(Attempt::Known(Box::new(Effects {
            object,
            loses: loss.is_some(),
            before: Some(before),
            after: Some(after),
            diff,
            reversals,
            lasting,
            goes: Vec::new(),
            named_later: false,
        })))
    }

    async fn attempt_to_take(&self, change: &mut Change<'_>, pins: bool) -> Result<Attempt, Attempt> {
        let before = self.look(change.asked, change.parts).await?;
        let Some(before) = before else {
            // It says itself that there is nothing; and nobody is asked about what is not there.
            return Err(match (pins, &change.asked.call.name) {
                (true, Some(name)) => Attempt::Refused(not_found(&change.asked.call, name)),
                _ => Attempt::Unknown("it is not there".to_owned()),
            });
        };
        if pins {
            let options = if change.bytes.is_empty() {
                Some(pin::no_options())
            } else {
                change.body.clone()
            };
            let body = options.and_then(|options| pin::pinned("delete", &options, &before));
            let body = body.ok_or_else(|| Attempt::Unknown("its options cannot be read".to_owned()))?;
            change.rewrite(&body);
        }
        self.try_out(change).await?;
        let kind = self.kind_of(&change.asked.call, &before).await?;
        let object = ObjectRef::of(&kind, &before);
        let (mut reversals, mut lasting) = (Vec::new(), Vec::new());
        match reversal::of_gone(&object, &before) {
            Ok(reversal) => reversals.push(reversal),
            Err(stays) => lasting.push(stays),
        }
        Ok(Attempt::Known(Box::new(Effects {
            diff: vec![gone(&object.name)],
            object,
            before: Some(before),
            after: None,
            reversals,
            lasting,
            loses: false,
            goes: Vec::new(),
            named_later: false,
        })))
    }

    async fn attempt_to_clear(&self, change: &Change<'_>, pins: bool) -> Result<Attempt, Attempt> {
        if pins && change.body.is_none() && !change.bytes.is_empty() {
            return Err(Attempt::Unknown("its options cannot be read".to_owned()));
        }
        self.try_out(change).await?;
        let listed = self.ask(Method::GET, &with_selectors(change.parts), None, Bytes::new()).await;
        let listed = listed.map_err(Attempt::Refused)?;
        if !listed.status.is_success() {
            return Err(Attempt::Unknown("what would go cannot be read".to_owned()));
        }
        let list = listed
            .json()
            .ok_or_else(|| Attempt::Unknown("what would go cannot be read".to_owned()))?;
        let more = !is_limited(change.parts)
            && list
                .pointer("/metadata/continue")
                .and_then(Value::as_str)
                .is_some_and(|token| !token.is_empty());
        if more && pins {
            let why = format!("more than {MOST} objects would go, too many to be shown");
            return Err(Attempt::Refused(self.refuse(change.asked, &why)));
        }
        let kind = list.get("kind").and_then(Value::as_str).unwrap_or_default();
        let kind = kind.strip_suffix("List").unwrap_or(kind);
        let kind = kind_named(&change.asked.call, kind);
        let items = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let (mut reversals, mut lasting) = (Vec::new(), Vec::new());
        let (mut diff, mut goes) = (Vec::new(), Vec::new());
        for item in items {
            let mut item = item.clone();
            // In a list, what is the same for all is left out.
            if let Some(object) = item.as_object_mut() {
                object.entry("apiVersion").or_insert_with(|| kind.api_version().into());
                object.entry("kind").or_insert_with(|| kind.kind.clone().into());
            }
            let object = ObjectRef::of(&kind, &item);
            diff.push(gone(&object.name));
            match reversal::of_gone(&object, &item) {
                Ok(reversal) => reversals.push(reversal),
                Err(stays) => lasting.push(stays),
            }
            goes.push(object);
        }
        if more {
            lasting.push(reversal::lasting(
                &format!("delete more than {MOST} {}", kind.plural),
                "They are too many to be kept.",
            ));
        }
        let object = ObjectRef {
            kind,
            namespace: change.asked.call.namespace.clone(),
            name: "*".to_owned(),
            uid: None,
        };
        Ok(Attempt::Known(Box::new(Effects {
            object,
            before: None,
            after: None,
            diff,
            reversals,
            lasting,
            loses: false,
            goes,
            named_later: false,
        })))
    }

    /// The set whose replicas are scaled, which says whether their claims go with them.
    async fn set_of_scale(&self, call: &Call) -> Result<Option<Value>, Attempt> {
        let (Call { group, version, .. }, Some(namespace), Some(name)) = (call, &call.namespace, &call.name) else {
            return Ok(None);
        };
        if (call.resource.as_str(), call.subresource.as_str()) != ("statefulsets", "scale") {
            return Ok(None);
        }
        let path = format!("/apis/{group}/{version}/namespaces/{namespace}/statefulsets/{name}");
        let found = self.ask(Method::GET, &path, None, Bytes::new()).await.ok();
        let set = found.filter(|found| found.status.is_success()).and_then(|found| found.json());
        let set = set.ok_or_else(|| Attempt::Unknown("the set that is scaled cannot be read".to_owned()))?;
        Ok(Some(set))
    }

    /// Its kind. Of a subresource's answer, the kind of the object that it belongs to.
    async fn kind_of(&self, call: &Call, value: &Value) -> Result<Kind, Attempt> {
        let named = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        if call.subresource.is_empty() && !named.is_empty() {
            return Ok(kind_named(call, named));
        }
        let is_it = |kind: &Kind| kind.group == call.group && kind.plural == call.resource;
        if let Some(kind) = Kind::well_known().into_iter().find(is_it) {
            return Ok(Kind {
                version: call.version.clone(),
                ..kind
            });
        }
        let kinds = crate::domain::ports::observe::Observe::kinds(&self.cluster)
            .await
            .unwrap_or_default();
        let found = kinds.into_iter().find(is_it);
        found.ok_or_else(|| Attempt::Unknown("of which kind it is cannot be found out".to_owned()))
    }
}

fn only_replicas(diff: &[FieldChange]) -> Vec<FieldChange> {
    let replicas = FieldPath::keys(&["spec", "replicas"]);
    diff.iter().filter(|change| change.field == replicas).cloned().collect()
}

/// Where `spec.replicas` is what `scale` sets.
fn is_of_pods(kind: &Kind) -> bool {
    kind.group == "apps" || (kind.group.is_empty() && kind.plural == "replicationcontrollers")
}

pub(super) fn kind_named(call: &Call, kind: &str) -> Kind {
    let is_namespace = call.group.is_empty() && call.resource == "namespaces";
    Kind {
        group: call.group.clone(),
        version: call.version.clone(),
        kind: kind.to_owned(),
        plural: call.resource.clone(),
        namespaced: call.namespace.is_some() && !is_namespace,
        short_names: Vec::new(),
    }
}

fn gone(name: &str) -> FieldChange {
    FieldChange {
        field: FieldPath::keys(&["metadata", "name"]),
        before: Some(Value::from(name)),
        after: None,
    }
}

/// The list of what goes: a server takes away as many as it would list.
fn with_selectors(parts: &Parts) -> String {
    let mut query: Vec<&str> = counted(parts).collect();
    let most = format!("limit={MOST}");
    if !is_limited(parts) {
        query.push(&most);
    }
    format!("{}?{}", parts.uri.path(), query.join("&"))
}

/// No more than so many go: the rest stays.
fn is_limited(parts: &Parts) -> bool {
    counted(parts).any(|pair| pair.starts_with("limit="))
}

fn counted(parts: &Parts) -> impl Iterator<Item = &str> {
    let counts = |pair: &&str| {
        let names = ["labelSelector=", "fieldSelector=", "limit=", "continue="];
        names.iter().any(|name| pair.starts_with(name)) && *pair != "limit=0"
    };
    parts.uri.query().unwrap_or_default().split('&').filter(counts)
}
