//! One call at the gate, from its first byte to its answer.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Instant,
};

use http::{
    HeaderMap, Method, Request, Response,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    request::Parts,
};
use hyper::{
    body::{Bytes, Incoming},
    upgrade::OnUpgrade,
};
use kube::client::Body;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tower::BoxError;

use super::{
    Policy, Refused, Tally,
    answer::Answer,
    asked::Asked,
    body::{self, LARGEST, Streams, whole},
    cover::Used,
    hide::hide,
    ledger::Ledger,
    onward::towards,
    preview::Previewed,
    refusal,
    wire::{self, Wire},
};
use crate::{
    adapters::{
        cluster::{Cluster, fault::Fault},
        passage::Passage,
    },
    domain::{
        ports::observe::Observe,
        risk::{Call, Risk},
    },
};

pub(super) struct Door {
    pub(super) cluster: Cluster,
    pub(super) policy: Policy,
    token: String,
    pub(super) tally: Arc<Tally>,
    life: watch::Receiver<()>,
    pub(super) streams: Streams,
    identity: tokio::sync::OnceCell<Option<String>>,
    pub(super) previewed: Mutex<Previewed>,
    ledger: Ledger,
    /// Of the grants.
    pub(super) used: Arc<Used>,
    /// Bytes of changes that are judged at a time: what is made of each to look at it takes many times as much.
    room: Semaphore,
    /// Bytes of changes that are here at a time, judged or waiting for it.
    bodies: Semaphore,
}

/// A few of the largest bodies, and thousands of the usual ones.
const BODIES: usize = 4 * LARGEST;

/// What goes with a call on its way.
pub(super) struct Sending<'a> {
    pub asked: &'a Asked,
    pub parts: &'a Parts,
    pub upgrade: Option<OnUpgrade>,
}

impl Door {
    pub(super) fn new(
        cluster: Cluster,
        policy: Policy,
        token: String,
        tally: Arc<Tally>,
        life: watch::Receiver<()>,
        ledger: Ledger,
    ) -> Self {
        Self {
            cluster,
            policy,
            token,
            tally,
            life,
            streams: Streams::new(),
            identity: tokio::sync::OnceCell::new(),
            previewed: Mutex::default(),
            ledger,
            used: Arc::default(),
            room: Semaphore::new(LARGEST),
            bodies: Semaphore::new(BODIES),
        }
    }

    /// Nothing more is to be done: the gate was shut.
    pub(super) fn is_shut(&self) -> bool {
        !matches!(self.life.has_changed(), Ok(false))
    }

    pub(super) async fn answer(self: &Arc<Self>, mut request: Request<Incoming>) -> Response<Wire> {
        if !self.is_known(request.headers()) {
            return refusal::unauthorized();
        }
        let upgrade = hyper::upgrade::on(&mut request);
        let (parts, body) = request.into_parts();
        let asked = Asked::of(&parts);
        if let Some(why) = asked.is_never_passed(&parts) {
            return self.refuse(&asked, &why);
        }
        if asked.impersonates && matches!(self.policy, Policy::Hold { .. }) {
            return self.refuse(&asked, AS_ANOTHER);
        }
        let upgrade = asked.upgrades.then_some(upgrade);
        if let Some(answer) = self.preview_of_read(&asked) {
            return answer;
        }
        let sending = Sending {
            asked: &asked,
            parts: &parts,
            upgrade,
        };
        match asked.call.risk() {
            Risk::Read if !asked.impersonates => match self.read(&asked, body).await {
                Ok(bytes) => self.pass(sending, Body::from(bytes)).await,
                Err(refused) => refused,
            },
            Risk::Read | Risk::SecretRead => self.read_with_leave(sending, body).await,
            Risk::RunCode if !asked.call.adds_containers() => self.run_code(sending, body).await,
            // Whatever it does, it streams, and there is nothing in it that could be tried.
            Risk::Unknown if asked.reads() && !matches!(self.policy, Policy::Preview { .. }) => self.run_code(sending, body).await,
            _ => {
                let _kept = self.bodies.acquire_many(announced(&parts)).await;
                match whole(body).await {
                    Ok(bytes) => self.change(asked.clone(), parts, bytes).await,
                    Err(refused) => refused,
                }
            }
        }
    }

    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes).unwrap_or_default();
        let shown = shown.strip_prefix(b"Bearer ").unwrap_or_default();
        let known = self.token.as_bytes();
        // Each byte is looked at, whichever is wrong.
        shown.len() == known.len() && shown.iter().zip(known).fold(0, |other, (a, b)| other | (a ^ b)) == 0
    }

    /// Of a read only a review has a body that counts.
    pub(super) async fn read(&self, asked: &Asked, body: Incoming) -> Result<Bytes, Response<Wire>> {
        match asked.call.verb.as_str() {
            "create" => whole(body).await,
            _ => Ok(Bytes::new()),
        }
    }

    /// What is not allowed of it, as the caller is told.
    pub(super) fn missing(&self, asked: &Asked, allow: &BTreeSet<Risk>) -> Option<Response<Wire>> {
        let allowed = |risk: &&Risk| **risk == Risk::Read || allow.contains(*risk);
        let missing: BTreeSet<Risk> = asked.needs.iter().filter(|risk| !allowed(risk)).copied().collect();
        if missing.is_empty() {
            return None;
        }
        Some(self.refuse_for(asked, missing))
    }

    pub(super) fn refuse_for(&self, asked: &Asked, missing: BTreeSet<Risk>) -> Response<Wire> {
        let options: Vec<String> = missing.iter().map(|risk| format!("--allow {}", risk.name())).collect();
        let why = format!("it needs {}", options.join(" "));
        self.note_refusal(asked, &why, missing);
        refusal::forbidden(&format!("the gate of todo-agent does not let this pass: {}: {why}", asked.told()))
    }

    /// Not for any class of calls.
    pub(super) fn refuse(&self, asked: &Asked, why: &str) -> Response<Wire> {
        self.note_refusal(asked, why, BTreeSet::new());
        refusal::forbidden(&format!("the gate of todo-agent does not let this pass: {}: {why}", asked.told()))
    }

    fn note_refusal(&self, asked: &Asked, why: &str, needs: BTreeSet<Risk>) {
        let _ = self.passage(asked).tell(false);
        self.tally.refused(Refused {
            what: asked.told(),
            why: why.to_owned(),
            needs,
        });
    }

    pub(super) fn passage<'a>(&'a self, asked: &'a Asked) -> Passage<'a> {
        Passage {
            record: self.cluster.gate().record().as_ref(),
            call: &asked.call,
            risk: asked.risk,
        }
    }

    /// Sends it on; answer, and what becomes of the connection, stream.
    pub(super) async fn pass(&self, sending: Sending<'_>, body: Body) -> Response<Wire> {
        let Sending { asked, parts, upgrade } = sending;
        if asked.risk == Risk::Read && upgrade.is_none() {
            return self.pass_read(asked, parts, body).await;
        }
        self.in_order().await;
        // A yes that came while the gate was shut.
        if asked.risk > Risk::SecretRead && self.is_shut() {
            return self.refuse(asked, SHUT);
        }
        let passage = self.passage(asked);
        if let Err(failure) = passage.tell(true)
            && asked.risk > Risk::SecretRead
        {
            return refusal::status(500, "InternalError", &failure.what);
        }
        let request = towards(asked, parts, upgrade.is_some(), body);
        let answer = passage.send(self.onward(&asked.call, request)).await;
        match (answer, upgrade) {
            (Ok(answer), Some(caller)) if answer.status() == http::StatusCode::SWITCHING_PROTOCOLS => {
                wire::joined(caller, answer, self.life.clone())
            }
            (Ok(answer), _) => wire::inbound(answer),
            (Err(error), _) => self.no_answer(error, &asked.call),
        }
    }

    async fn pass_read(&self, asked: &Asked, parts: &Parts, body: Body) -> Response<Wire> {
        let mut reading = self.ledger.read(&asked.call).await;
        let request = towards(asked, parts, false, body);
        let answer = self.onward(&asked.call, request).await;
        reading.status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        drop(reading);
        match answer {
            Ok(answer) => wire::inbound(wire::begun(answer).await),
            Err(error) => self.no_answer(error, &asked.call),
        }
    }

    /// What was read before a change stands before it in the record.
    pub(super) async fn in_order(&self) {
        self.ledger.flush().await;
    }

    /// What is made of a change to look at it takes many times as much as its body.
    pub(super) async fn room_for(&self, bytes: &Bytes) -> Option<SemaphorePermit<'_>> {
        self.room.acquire_many(bytes.len().clamp(1, LARGEST) as u32).await.ok()
    }

    pub(super) async fn pass_hidden(&self, asked: &Asked, parts: &Parts) -> Response<Wire> {
        let passage = self.passage(asked);
        let _ = passage.tell(true);
        let mut request = wire::outbound(parts, false, Body::empty());
        in_json(request.headers_mut());
        match passage.send(self.onward(&asked.call, request)).await {
            Err(error) => self.no_answer(error, &asked.call),
            Ok(answer) => match self.collected(answer).await {
                Ok(answer) => hidden(answer),
                Err(refused) => refused,
            },
        }
    }

    pub(super) fn no_answer(&self, error: BoxError, call: &Call) -> Response<Wire> {
        let failure = self.cluster.failure(Fault::of_error(kube::Error::Service(error)), call);
        refusal::status(503, "ServiceUnavailable", &failure.what)
    }

    /// A call of our own about the caller's, as the caller would be answered.
    pub(super) async fn ask(&self, method: Method, path: &str, content_type: Option<&str>, bytes: Bytes) -> Result<Answer, Response<Wire>> {
        let mut request = Request::new(Body::from(bytes));
        *request.method_mut() = method;
        *request.uri_mut() = path
            .parse()
            .map_err(|_| refusal::bad_request("the path of the request cannot be read"))?;
        let headers = request.headers_mut();
        in_json(headers);
        headers.insert(
            USER_AGENT,
            http::HeaderValue::from_static(concat!("todo-agent/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(value) = content_type.and_then(|value| http::HeaderValue::from_str(value).ok()) {
            headers.insert(CONTENT_TYPE, value);
        }
        let call = Call::parse(
            request.method().as_str(),
            request.uri().path(),
            request.uri().query().unwrap_or_default(),
        );
        let passage = Passage {
            record: self.cluster.gate().record().as_ref(),
            risk: call.risk(),
            call: &call,
        };
        let _ = passage.tell(true);
        let answer = passage.send(self.onward(&call, request)).await;
        let answer = answer.map_err(|error| self.no_answer(error, &call))?;
        self.collected(answer).await
    }

    pub(super) async fn collected(&self, answer: Response<Wire>) -> Result<Answer, Response<Wire>> {
        let (parts, body) = answer.into_parts();
        let read = tokio::time::timeout(self.cluster.inner.limits.answer, body::answered(body)).await;
        let bytes = read
            .unwrap_or(Err("the answer of the cluster broke off"))
            .map_err(|why| refusal::status(503, "ServiceUnavailable", why))?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        })
    }

    pub(super) async fn honours_dry_run(&self, call: &Call) -> bool {
        let asked = self.cluster.gate().honours_dry_run(call);
        let in_time = tokio::time::timeout(self.cluster.inner.limits.answer, asked).await;
        in_time.unwrap_or_default()
    }

    /// Uid of kube-system: under it is kept what takes changes back.
    pub(super) async fn identity(&self) -> Option<String> {
        let place = async { self.cluster.place().await.ok().and_then(|place| place.uid) };
        self.identity.get_or_init(|| place).await.clone()
    }
}

/// Why a tool's call is refused, whatever somebody would say to it: what another one may see and do, nobody here can tell.
pub(super) const AS_ANOTHER: &str = "it acts as somebody else";

pub(super) const SHUT: &str = "the gate was shut before it was sent";

/// To be read by us.
pub(super) fn in_json(headers: &mut HeaderMap) {
    let table = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("as=Table"));
    let accept = match table {
        true => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        false => "application/json",
    };
    headers.insert(ACCEPT, http::HeaderValue::from_static(accept));
    headers.remove(ACCEPT_ENCODING);
}

/// An answer about Secrets without their values.
pub(super) fn hidden(mut answer: Answer) -> Response<Wire> {
    match answer.json() {
        Some(mut value) => {
            hide(&mut value);
            answer.bytes = serde_json::to_vec(&value).unwrap_or_default().into();
            answer.told()
        }
        None => refusal::status(
            500,
            "InternalError",
            "the gate cannot read the answer about Secrets, and does not pass it on unread",
        ),
    }
}

/// Milliseconds since then.
pub(super) fn millis(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// How long a body says that it is; of one that does not say it, as long as it may be.
fn announced(parts: &Parts) -> u32 {
    let said = parts
        .headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    said.unwrap_or(LARGEST).clamp(1, LARGEST) as u32
}
