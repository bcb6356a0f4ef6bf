//! A change: tried, judged, told with what takes it back, sent, and told again with what came of it.

use std::{
    collections::BTreeSet,
    io::Read as _,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Method, Response, StatusCode, request::Parts};
use hyper::body::Bytes;
use kube::client::Body;
use serde_json::Value;

use super::{
    super::{embedded::bodies, fault::may_have_been_sent},
    Policy, Tally,
    asked::Asked,
    attempt::{Answer, Attempt, Change, Effects, kind_named},
    body::LARGEST_ANSWER,
    cover::{Taken, covers},
    door::{Door, SHUT, hidden, millis},
    pin,
    policy::hold,
    refusal, reversal,
    wire::{self, Wire},
};
use crate::domain::{
    event::Event,
    execution::Done,
    held::{HeldCall, Verdict},
    loss,
    object::ObjectRef,
    reach::reaches_its_node,
    risk::Risk,
    undo::{Announcement, Lasting, Reversal},
};

/// How often a change is tried again when somebody else's came between.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// How often somebody is asked about one call, each time because it had become another change.
const ASKS: u32 = 3;

impl Door {
    pub(super) async fn change(self: &Arc<Self>, asked: Asked, parts: Parts, bytes: Bytes) -> Response<Wire> {
        let mut change = Change::of(&asked, &parts, bytes.clone());
        if matches!(self.policy, Policy::Hold { .. }) && change.moves_secrets() {
            return self.refuse(&asked, "it could show what is in a Secret");
        }
        if change.is_a_try() && (change.evicts() || self.honours_dry_run(&asked.call).await) {
            return match self.as_another(&asked) {
                Some(refused) => refused,
                None => {
                    change.only_tries();
                    self.only_try(&asked.trying(true), &change.parts_as_sent(), change.bytes).await
                }
            };
        }
        match &self.policy {
            Policy::Pass { allow } => match self.missing(&asked, allow) {
                Some(refused) => refused,
                None => self.change_allowed(&asked, &parts, bytes).await,
            },
            Policy::Preview { .. } if asked.call.adds_containers() => self.refuse(&asked, "a preview runs nothing"),
            Policy::Preview { allow } => self.change_previewed(&asked, &parts, bytes, allow).await,
            Policy::Hold { .. } => self.change_held(&asked, &parts, bytes).await,
        }
    }

    /// Why a try is not made: what somebody else may see is theirs.
    fn as_another(&self, asked: &Asked) -> Option<Response<Wire>> {
        match &self.policy {
            _ if !asked.impersonates => None,
            Policy::Pass { allow } | Policy::Preview { allow } if allow.contains(&Risk::Escalate) => None,
            _ => Some(self.refuse_for(asked, [Risk::Escalate].into())),
        }
    }

    /// The caller wants to see what would be.
    async fn only_try(&self, asked: &Asked, parts: &Parts, bytes: Bytes) -> Response<Wire> {
        if let Policy::Pass { allow } | Policy::Preview { allow } = &self.policy
            && asked.call.shows_a_secret()
            && !allow.contains(&Risk::SecretRead)
        {
            return self.refuse_for(asked, [Risk::SecretRead].into());
        }
        let passage = self.passage(asked);
        let _ = passage.tell(true);
        let mut request = wire::outbound(parts, false, Body::from(bytes));
        let hides = self.hides(asked);
        if hides {
            super::door::in_json(request.headers_mut());
        }
        match passage.send(self.onward(&asked.call, request)).await {
            Err(error) => self.no_answer(error, &asked.call),
            Ok(answer) if hides => match self.collected(answer).await {
                Ok(answer) => hidden(answer),
                Err(refused) => refused,
            },
            Ok(answer) => wire::inbound(answer),
        }
    }

    fn hides(&self, asked: &Asked) -> bool {
        matches!(self.policy, Policy::Hold { .. }) && asked.call.shows_a_secret()
    }

    /// Its class is allowed: it goes on as it is, byte for byte, unless what comes of it hangs on the state of the object.
    async fn change_allowed(self: &Arc<Self>, asked: &Asked, parts: &Parts, bytes: Bytes) -> Response<Wire> {
        let Policy::Pass { allow } = &self.policy else {
            return self.refuse(asked, "nobody approved it");
        };
        let may_escalate = allow.contains(&Risk::Escalate);
        let mut attempt = 0;
        loop {
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
            let mut change = Change::of(asked, parts, bytes.clone());
            let own_state = change.body.as_ref().is_some_and(pin::names_its_state);
            let mut tried = self.attempt(&mut change, false).await;
            let pins = !may_escalate && hangs_on_state(&change, &tried);
            if pins {
                tried = self.attempt(&mut change, true).await;
            }
            let again = pins && !own_state && attempt < TRIES;
            let effects = match tried {
                // It changed between the look and the try.
                Attempt::Refused(answer) if again && is_of_another_state(&answer, &change) => continue,
                Attempt::Refused(answer) => return answer,
                Attempt::Known(effects) => Some(effects),
                Attempt::Unknown(_) => None,
            };
            let graver = graver(&change, effects.as_deref());
            let missing: BTreeSet<Risk> = graver.difference(allow).copied().collect();
            if !missing.is_empty() {
                return self.refuse_for(asked, missing);
            }
            let answer = self.send(ToSend::of(&change, effects, None)).await;
            if !again || !is_of_another_state(&answer, &change) {
                return answer;
            }
        }
    }

    /// It passes when it lies within what was approved; otherwise somebody is asked, as often as it is another change.
    async fn change_held(self: &Arc<Self>, asked: &Asked, parts: &Parts, bytes: Bytes) -> Response<Wire> {
        let Policy::Hold { grants, waiting } = &self.policy else {
            return self.refuse(asked, "nobody approved it");
        };
        let mut asks = 0;
        let mut approved: Option<Box<Effects>> = None;
        for attempt in 0..TRIES {
            tokio::time::sleep(PAUSE * attempt).await;
            let mut change = Change::of(asked, parts, bytes.clone());
            if let Some(body) = change.body.clone() {
                change.rewrite(&body);
            }
            let own_state = change.body.as_ref().is_some_and(pin::names_its_state);
            let again = !own_state && attempt + 1 < TRIES && asked.call.verb != "create";
            let (effects, covered) = match self.attempt(&mut change, true).await {
                Attempt::Refused(answer) if again && is_of_another_state(&answer, &change) => continue,
                Attempt::Refused(answer) => return answer,
                Attempt::Known(effects) => {
                    let covered = covers(grants, &self.used, &change, &effects);
                    (Some(effects), covered)
                }
                Attempt::Unknown(why) => match change.unseen() {
                    Some(unseen) => return self.refuse(asked, unseen),
                    None => (None, Err(why)),
                },
            };
            let as_before = match (&approved, &effects) {
                (Some(approved), Some(effects)) => approved.is_as(effects),
                _ => false,
            };
            let taken = match covered {
                Ok(taken) => Some(taken),
                Err(_) if as_before => None,
                // A yes for which there is no time left would be asked for in vain.
                Err(_) if asks == ASKS || attempt + 1 == TRIES => break,
                Err(why) => {
                    asks += 1;
                    match hold(waiting, held(&change, effects.as_deref(), why)).await {
                        Verdict::Pass => approved.clone_from(&effects),
                        Verdict::Refuse { reason } => return self.refuse(asked, &reason),
                    }
                    // Somebody may have thought about it for minutes.
                    if effects.as_ref().is_some_and(|effects| effects.is_loose(asked)) {
                        continue;
                    }
                    None
                }
            };
            let is_pinned = effects.as_ref().is_some_and(|effects| effects.before.is_some());
            let answer = self.send(ToSend::of(&change, effects, taken)).await;
            if is_pinned && again && is_of_another_state(&answer, &change) {
                continue;
            }
            return answer;
        }
        changed_again_and_again(asked)
    }

    /// Sends it, whether or not its caller waits for the answer: what was sent is told to its end.
    async fn send(self: &Arc<Self>, to_send: ToSend) -> Response<Wire> {
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
            "eviction" => self.evicted(&asked, &parts).await,
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
            super::door::in_json(request.headers_mut());
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
            if answer.status().is_client_error() {
                record.settle(announced, false);
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
    async fn evicted(&self, asked: &Asked, parts: &Parts) -> TakenBack {
        let path = parts.uri.path().trim_end_matches('/').trim_end_matches("/eviction");
        let pod = self.ask(Method::GET, path, None, Bytes::new()).await.ok();
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
            let unnamed = ObjectRef {
                name: String::new(),
                ..effects.object.clone()
            };
            let part = Lasting {
                object: Some(Box::new(unnamed)),
                ..reversal::lasting(&asked.told(), why)
            };
            (Vec::new(), vec![part])
        }
        Some(effects) => (effects.reversals.clone(), effects.lasting.clone()),
        None => stays("It could not be tried first, so what it changed is not known."),
    }
}

/// The classes that what comes of it belongs to, beside those of the call.
fn graver(change: &Change<'_>, effects: Option<&Effects>) -> BTreeSet<Risk> {
    let escalates = reaches(change.asked, effects).then_some(Risk::Escalate);
    let destroys = loses(change, effects).then_some(Risk::Destroy);
    escalates.into_iter().chain(destroys).collect()
}

/// More goes than what it names, now or later.
fn loses(change: &Change<'_>, effects: Option<&Effects>) -> bool {
    let call = &change.asked.call;
    let of_known = |effects: &Effects| match (&effects.before, &effects.after) {
        (Some(before), Some(after)) => loss::loses(call, before, after, effects.whole.as_ref()),
        _ => false,
    };
    matches!(call.verb.as_str(), "update" | "patch") && effects.map_or_else(|| loss::may_lose(call, change.body.as_ref()), of_known)
}

/// Containers of it reach their node. What could not be tried may give its pods anything.
fn reaches(asked: &Asked, effects: Option<&Effects>) -> bool {
    match effects {
        Some(effects) => reaches_its_node(effects.before.as_ref(), effects.after.as_ref()),
        None => asked.call.may_reach_nodes(),
    }
}

/// A call as somebody is asked about it.
fn held(change: &Change<'_>, effects: Option<&Effects>, why: String) -> HeldCall {
    let asked = change.asked;
    let why = match asked.call.adds_containers() {
        true => "it would run a program in a pod, and the container stays there".to_owned(),
        false => why,
    };
    let risk = graver(change, effects).into_iter().fold(asked.risk, Risk::max);
    HeldCall {
        call: asked.call.clone(),
        risk,
        object: effects.map(|effects| effects.object.clone()),
        diff: effects.map(|effects| effects.diff.clone()).unwrap_or_default(),
        request: asked.as_sent(change.parts, change.body.clone()),
        command: Vec::new(),
        why,
    }
}

/// What becomes of it is another thing on another state of the object, and one of them may be containers that reach their node.
fn hangs_on_state(change: &Change<'_>, tried: &Attempt) -> bool {
    let Attempt::Known(effects) = tried else { return false };
    let (Some(_), Some(after)) = (&effects.before, &effects.after) else {
        return false;
    };
    let by_place = change.body.as_ref().is_some_and(Value::is_array);
    (change.asked.call.subresource.is_empty() || change.asked.call.adds_containers()) && (by_place || reaches_its_node(None, Some(after)))
}

/// The server says that the object is not in the state any more that the change is for. A JSON patch is refused by its own tests.
fn is_of_another_state(answer: &Response<Wire>, change: &Change<'_>) -> bool {
    let by_tests = answer.status() == StatusCode::UNPROCESSABLE_ENTITY && change.body.as_ref().is_some_and(Value::is_array);
    answer.status() == StatusCode::CONFLICT || by_tests
}

fn changed_again_and_again(asked: &Asked) -> Response<Wire> {
    refusal::status(
        409,
        "Conflict",
        &format!(
            "the object is changed by somebody else again and again: {} was not done",
            asked.told()
        ),
    )
}

/// All that a change needs on its way.
struct ToSend {
    asked: Asked,
    parts: Parts,
    bytes: Bytes,
    effects: Option<Box<Effects>>,
    taken: Option<Taken>,
}

impl ToSend {
    fn of(change: &Change<'_>, effects: Option<Box<Effects>>, taken: Option<Taken>) -> Self {
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
