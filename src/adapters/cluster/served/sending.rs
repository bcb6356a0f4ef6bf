//! A change on its way: told with what takes it back, sent, and told again with what came of it.

use std::{io::Read as _, sync::Arc, time::Instant};

use http::{Method, Response, StatusCode, request::Parts};
use hyper::body::Bytes;
use kube::client::Body;
use serde_json::Value;

use super::{
    super::{embedded::bodies, fault::may_have_been_sent},
    Tally,
    answer::Answer,
    asked::Asked,
    attempt::kind_named,
    body::LARGEST_ANSWER,
    change::Change,
    cover::Taken,
    door::{Door, SHUT, hidden, in_json, millis},
    effects::Effects,
    refusal, reversal,
    wire::{self, Wire},
};
use crate::domain::{
    event::Event,
    execution::Done,
    object::ObjectRef,
    undo::{Announcement, Lasting, Reversal},
};

impl Door {
    /// Sends it, whether or not its caller waits for the answer: what was sent is told to its end.
    pub(super) async fn send(self: &Arc<Self>, to_send: ToSend) -> Response<Wire> {
        let door = Arc::clone(self);
        let under_way = UnderWay::of(&door.tally);
        let sent = tokio::spawn(async move {
            let answer = door.sent(to_send).await;
            drop(under_way);
            answer
        });
        sent.await
            .unwrap_or_else(|_| refusal::status(500, "InternalError", "the gate failed"))
    }

    async fn sent(&self, to_send: ToSend) -> Response<Wire> {
        let ToSend {
            asked,
            parts,
            bytes,
            effects,
            taken,
        } = to_send;
        self.in_order().await;
        let record = self.cluster.gate().record();
        let named_later = effects.as_ref().is_some_and(|effects| effects.named_later);
        let announced = Announcement::make();
        let taken_back = match asked.call.subresource.as_str() {
            "eviction" => self.evicted(&asked).await,
            _ => taken_back(&asked, effects.as_deref()),
        };
        let changing = self.changing(&asked, taken_back, Some(announced)).await;
        // From here on nothing is waited for until it is sent.
        if self.is_shut() {
            return self.refuse(&asked, SHUT);
        }
        if let Err(failure) = record.record(changing) {
            return refusal::status(500, "InternalError", &failure.what);
        }
        let passage = self.passage(&asked);
        if let Err(failure) = passage.tell(true) {
            record.settle(announced, false);
            return refusal::status(500, "InternalError", &failure.what);
        }
        let start = Instant::now();
        let mut request = wire::outbound(&parts, false, Body::from(bytes));
        let hides = self.hides(&asked);
        if hides {
            in_json(request.headers_mut());
        }
        let answer = match passage.send(self.onward(&asked.call, request)).await {
            Ok(answer) => answer,
            Err(error) => {
                // Where nobody was reached, nothing was done, and what was approved is still to be done.
                if may_have_been_sent(&error) {
                    taken.into_iter().for_each(Taken::keep);
                    self.tally.note(|end| end.open = true);
                } else {
                    record.settle(announced, false);
                }
                return self.no_answer(error, &asked.call);
            }
        };
        if !answer.status().is_success() {
            match answer.status().is_client_error() {
                true => record.settle(announced, false),
                // It may have been made: what was approved for it is used up.
                false => {
                    taken.into_iter().for_each(Taken::keep);
                    self.tally.note(|end| end.open = true);
                }
            }
            return wire::inbound(answer);
        }
        record.settle(announced, true);
        taken.into_iter().for_each(Taken::keep);
        let changes = effects.as_ref().is_none_or(|effects| !effects.are_none());
        self.tally.note(|end| end.changed |= changes);
        let somebody_elses = answer.status() == StatusCode::OK
            && asked.call.verb != "create"
            && effects
                .as_ref()
                .is_some_and(|effects| effects.before.is_none() && effects.after.is_some());
        if somebody_elses {
            let why = "Somebody else made the object in the same moment, so what it was before is not known.";
            let stays = vec![reversal::lasting(&asked.told(), why)];
            let _ = record.record(self.changing(&asked, (Vec::new(), stays), None).await);
        }
        let encoded = answer.headers().get(http::header::CONTENT_ENCODING).cloned();
        let headers = answer.headers().clone();
        let answer = match self.collected(answer).await {
            Ok(answer) => answer,
            Err(refused) => return refused,
        };
        let mut made = made(&answer, encoded.as_ref());
        // The answer is in a form that we do not read; which one was made must be known all the same.
        if made.is_none()
            && let Some(effects) = effects
                .as_ref()
                .filter(|effects| effects.before.is_none() && effects.after.is_some() && !named_later)
        {
            let path = match asked.call.verb.as_str() {
                "create" => format!("{}/{}", parts.uri.path().trim_end_matches('/'), effects.object.name),
                _ => parts.uri.path().to_owned(),
            };
            let looked = self.ask(Method::GET, &path, None, Bytes::new()).await.ok();
            made = looked
                .and_then(|looked| looked.json())
                .filter(|value| value.pointer("/metadata/uid").is_some());
        }
        if named_later && let (Some(made), Some(effects)) = (&made, &effects) {
            let object = ObjectRef::of(&effects.object.kind, made);
            let reversals = vec![reversal::of_made(&object, None, made)];
            let _ = record.record(self.changing(&asked, (reversals, Vec::new()), None).await);
        }
        if let Some(effects) = effects {
            let mut done = done(&asked, *effects, made, start);
            if somebody_elses {
                // Without a uid, what was kept to take it away finds nothing that is ours.
                done.object.uid = None;
                "changed".clone_into(&mut done.what);
            }
            let _ = record.record(Event::Did { done });
        }
        if hides {
            return hidden(answer);
        }
        let mut response = Response::new(wire::whole(answer.bytes));
        *response.status_mut() = answer.status;
        *response.headers_mut() = wire::without_own(&headers);
        response
    }

    /// Which pod goes, if it is there.
    async fn evicted(&self, asked: &Asked) -> TakenBack {
        let (namespace, name) = (asked.call.namespace.as_deref(), asked.call.name.as_deref());
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}",
            namespace.unwrap_or_default(),
            name.unwrap_or_default()
        );
        let pod = self.ask(Method::GET, &path, None, Bytes::new()).await.ok();
        let pod = pod.filter(|pod| pod.status.is_success()).and_then(|pod| pod.json());
        let why = "A pod that was evicted is not brought back: what owns it makes a new one, and what nobody owns is gone with its state.";
        let part = Lasting {
            object: pod.map(|pod| Box::new(ObjectRef::of(&kind_named(&asked.call, "Pod"), &pod))),
            ..reversal::lasting(&asked.told(), why)
        };
        (Vec::new(), vec![part])
    }

    /// What is on disk before anything is sent.
    async fn changing(&self, asked: &Asked, (reversals, lasting): TakenBack, announced: Option<Announcement>) -> Event {
        Event::Changing {
            title: asked.told(),
            cluster: self.identity().await,
            reversals,
            lasting,
            announced,
        }
    }
}

/// What takes a change back, and what of it nothing does.
type TakenBack = (Vec<Reversal>, Vec<Lasting>);

/// As far as that is known beforehand.
fn taken_back(asked: &Asked, effects: Option<&Effects>) -> TakenBack {
    let stays = |why: &str| (Vec::new(), vec![reversal::lasting(&asked.told(), why)]);
    match effects {
        Some(effects) if effects.named_later => {
            let why = "The server gave it its name, and the answer that told it was not read.";
            let part = Lasting {
                object: Some(Box::new(effects.object.unnamed())),
                ..reversal::lasting(&asked.told(), why)
            };
            (Vec::new(), vec![part])
        }
        Some(effects) => (effects.reversals.clone(), effects.lasting.clone()),
        None => stays("It could not be tried first, so what it changed is not known."),
    }
}

/// All that a change needs on its way.
pub(super) struct ToSend {
    asked: Asked,
    parts: Parts,
    bytes: Bytes,
    effects: Option<Box<Effects>>,
    taken: Option<Taken>,
}

impl ToSend {
    pub(super) fn of(change: &Change<'_>, effects: Option<Box<Effects>>, taken: Option<Taken>) -> Self {
        Self {
            asked: change.asked.trying(change.is_a_try()),
            parts: change.parts_as_sent(),
            bytes: change.bytes.clone(),
            effects,
            taken,
        }
    }
}

/// A change that was sent and is not answered yet, however that ends.
struct UnderWay(Arc<Tally>);

impl UnderWay {
    fn of(tally: &Arc<Tally>) -> Self {
        tally.sent.send_modify(|sent| *sent += 1);
        Self(Arc::clone(tally))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.sent.send_modify(|sent| *sent -= 1);
    }
}

/// The object in the answer, where it is one.
fn made(answer: &Answer, encoding: Option<&http::HeaderValue>) -> Option<Value> {
    let mut plain = Vec::new();
    let bytes = match encoding {
        Some(encoding) if encoding == "gzip" => {
            let mut reader = flate2::read::GzDecoder::new(answer.bytes.as_ref()).take(LARGEST_ANSWER as u64);
            reader.read_to_end(&mut plain).ok()?;
            plain.as_slice()
        }
        _ => answer.bytes.as_ref(),
    };
    let value: Value = serde_json::from_slice(bytes).ok().or_else(|| bodies::of_protobuf(bytes))?;
    value.pointer("/metadata/uid").is_some().then_some(value)
}

/// What the server begins its name with.
fn prefix(object: Option<&Value>) -> &str {
    let prefix = object.and_then(|object| object.pointer("/metadata/generateName")?.as_str());
    prefix.unwrap_or_default()
}

fn done(asked: &Asked, effects: Effects, made: Option<Value>, start: Instant) -> Done {
    let uid = made
        .as_ref()
        .and_then(|made| made.pointer("/metadata/uid"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let what = match (asked.call.verb.as_str(), &effects.before) {
        ("delete" | "deletecollection", _) => "taken away",
        (_, None) => "made",
        _ => "changed",
    };
    let object = match made.as_ref().filter(|_| effects.named_later) {
        Some(made) => ObjectRef::of(&effects.object.kind, made),
        // The try had another name.
        None if effects.named_later => ObjectRef {
            name: format!("{}*", prefix(effects.after.as_ref())),
            ..effects.object
        },
        None => effects.object,
    };
    Done {
        object: ObjectRef {
            uid: object.uid.clone().or(uid),
            ..object
        },
        what: what.to_owned(),
        changed: effects.diff,
        millis: millis(start),
        after: made.or(effects.after).unwrap_or_default(),
    }
}
