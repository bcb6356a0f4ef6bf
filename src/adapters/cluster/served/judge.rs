//! What becomes of a change: it is tried and judged, and passes, waits for somebody or is refused.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use http::{Response, StatusCode, request::Parts};
use hyper::body::Bytes;
use kube::client::Body;
use serde_json::Value;

use super::{
    Policy,
    asked::Asked,
    attempt::Attempt,
    change::Change,
    cover::covers,
    door::{Door, hidden, in_json},
    effects::Effects,
    pin,
    policy::hold,
    refusal,
    sending::ToSend,
    weight::graver,
    wire::{self, Wire},
};
use crate::domain::{
    held::{HeldCall, Verdict},
    reach::reaches_its_node,
    risk::Risk,
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
            in_json(request.headers_mut());
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

    pub(super) fn hides(&self, asked: &Asked) -> bool {
        matches!(self.policy, Policy::Hold { .. }) && asked.call.shows_a_secret()
    }

    /// Its class is allowed: it goes on as it is, byte for byte, unless what comes of it hangs on the state of the object.
    async fn change_allowed(self: &Arc<Self>, asked: &Asked, parts: &Parts, bytes: Bytes) -> Response<Wire> {
        let Policy::Pass { allow } = &self.policy else {
            return self.refuse(asked, "nobody approved it");
        };
        let _room = self.room_for(&bytes).await;
        let may_all = allow.contains(&Risk::Escalate) && allow.contains(&Risk::Destroy);
        let mut attempt = 0;
        loop {
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
            let mut change = Change::of(asked, parts, bytes.clone());
            let own_state = change.body.as_ref().is_some_and(pin::names_its_state);
            let mut tried = self.attempt(&mut change, false).await;
            let pins = !may_all && hangs_on_state(&change, &tried);
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
            let room = self.room_for(&bytes).await;
            let tried = self.attempt(&mut change, true).await;
            // Not while somebody thinks about it.
            drop(room);
            let (effects, covered) = match tried {
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

/// What becomes of it is another thing on another state of the object, and one of them may be graver than the other.
fn hangs_on_state(change: &Change<'_>, tried: &Attempt) -> bool {
    let Attempt::Known(effects) = tried else { return false };
    let (Some(_), Some(after)) = (&effects.before, &effects.after) else {
        return false;
    };
    let by_place = change.body.as_ref().is_some_and(Value::is_array);
    let has_containers = change.asked.call.subresource.is_empty() || change.asked.call.adds_containers();
    by_place || has_containers && reaches_its_node(None, Some(after))
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
