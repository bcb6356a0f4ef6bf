//! The gate in front of the Kubernetes API: every call is classified and recorded, and a change passes only when it is
//! what was approved. It judges HTTP requests, never command text, so that it can stand before any program.

mod dry_run;
mod permit;

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use http::{
    Request, Response,
    header::{CONTENT_TYPE, UPGRADE},
};
use kube::client::Body;
use tower::{BoxError, Service, ServiceExt as _};

use dry_run::DryRun;
pub use permit::Permit;
pub(super) use permit::within;

use super::transport::{self, Raw, Ways};
use crate::{
    adapters::passage::{self, Passage},
    domain::{
        event::Event,
        failure::Failure,
        ports::record::Record,
        risk::{Call, Risk},
    },
};

pub type Permits = passage::Permits<Permit>;
pub type OpenPermit = passage::OpenPermit<Permit>;

/// A service over the API that lets through what may pass. Reads stream through unbuffered.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct Gate {
    ways: Ways,
    record: Arc<dyn Record>,
    permits: Permits,
    dry_run: DryRun,
}

impl Gate {
    /// `alone`: no other server answers for the one behind this gate.
    pub(super) fn new(ways: Ways, record: Arc<dyn Record>, alone: bool) -> Self {
        Self {
            ways,
            record,
            permits: Permits::default(),
            dry_run: DryRun::new(alone),
        }
    }

    /// Where approved changes are named for as long as they may be sent.
    #[must_use]
    pub fn permits(&self) -> &Permits {
        &self.permits
    }

    /// The same with what it shows to the server. Where a login program is asked for that, it has a limit of its own: this is to be waited
    /// for before the time of the server begins.
    pub(super) async fn ready(&self, mut request: Request<Body>) -> Result<Request<Body>, BoxError> {
        if let Some(renewing) = &self.ways.renewing {
            request.extensions_mut().insert(renewing.ready().await?);
        }
        Ok(request)
    }

    /// Sends to what lies behind a call that was judged elsewhere.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Raw>, BoxError> {
        match &self.ways.direct {
            Some(direct) => direct.clone().oneshot(request).await,
            None => transport::through(&self.ways.client, request).await,
        }
    }

    pub(super) fn record(&self) -> &Arc<dyn Record> {
        &self.record
    }

    /// Tells what the user should see.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.record.record(event);
    }

    /// Tells what the user may wonder about while a call takes its time.
    pub(super) fn note(&self, text: String) {
        // To wait is no change: it goes on where nothing can be recorded.
        let _ = self.record.record(Event::Note { text });
    }

    async fn pass(self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let call = Call::parse(
            request.method().as_str(),
            request.uri().path(),
            request.uri().query().unwrap_or_default(),
        );
        let passage = |risk| Passage {
            record: self.record.as_ref(),
            call: &call,
            risk,
        };
        if let Some(header) = turns_it(&request, &call) {
            let turned = passage(Risk::Unknown);
            let _ = turned.tell(false);
            return Err(turned.refusal(&format!("its header {header} can make something else of it")).into());
        }
        let risk = call.risk();
        let passage = passage(risk);
        let judged = match risk {
            Risk::Read | Risk::SecretRead => Ok(request),
            Risk::Change | Risk::Escalate if call.dry_run && self.honours_dry_run(&call).await => Ok(request),
            Risk::Destroy if call.dry_run && call.verb == "delete" && self.honours_dry_run(&call).await => {
                only_tries(passage, request).await
            }
            _ => self.judge(passage, request).await,
        };
        let told = passage.tell(judged.is_ok());
        let request = judged?;
        // A read is made even when it cannot be recorded.
        if !matches!(risk, Risk::Read | Risk::SecretRead) {
            told?;
        }
        let answer = passage.send(self.ways.client.send(request)).await;
        answer.map_err(|error| match error {
            // Unwrapped, so that what is below reads the cause and not the wrapping.
            kube::Error::Service(error) => error,
            error => error.into(),
        })
    }

    /// A change that is not a preview: passes with a permit that covers it, is refused otherwise.
    async fn judge(&self, passage: Passage<'_>, request: Request<Body>) -> Result<Request<Body>, Failure> {
        let permits = self.permits.matching(|permit| permit.is_for(passage.call));
        if permits.is_empty() || passage.risk == Risk::Unknown {
            return Err(passage.unapproved());
        }
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let kind = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let bytes = body
            .collect_bytes()
            .await
            .map_err(|error| passage.refusal("its body cannot be read").cause(error))?;
        let mut why = String::new();
        for permit in &permits {
            match permit.covers(kind, &query, &bytes) {
                Ok(()) => return Ok(Request::from_parts(parts, Body::from(bytes.to_vec()))),
                Err(reason) => why = reason,
            }
        }
        Err(passage.refusal(&why))
    }
}

/// A server that finds options in the body of a deletion does not look at the request line: `dryRun` must stand there too.
async fn only_tries(passage: Passage<'_>, request: Request<Body>) -> Result<Request<Body>, Failure> {
    let (parts, body) = request.into_parts();
    let bytes = body
        .collect_bytes()
        .await
        .map_err(|error| passage.refusal("its body cannot be read").cause(error))?;
    let options: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if options.get("dryRun") != Some(&serde_json::json!(["All"])) {
        return Err(passage.refusal("what is in its body does not say that it is only tried"));
    }
    Ok(Request::from_parts(parts, Body::from(bytes.to_vec())))
}

/// Headers by which something on the way takes a request for another.
pub(super) const TURNING: [&str; 5] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// A header that lets a server or a proxy do something else than the request line says, or as somebody else.
fn turns_it(request: &Request<Body>, call: &Call) -> Option<String> {
    // Whether it may be opened, its permit says.
    let tunnel = permit::is_tunnel(call) && request.headers().get(UPGRADE).is_some_and(|to| to == "websocket");
    let names = request.headers().keys().map(http::HeaderName::as_str);
    let turns = |name: &&str| TURNING.contains(name) || (*name == "upgrade" && !tunnel) || name.starts_with("impersonate-");
    names.into_iter().find(turns).map(str::to_owned)
}

impl Service<Request<Body>> for Gate {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        // The client waits for its own readiness in `send`.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().pass(request))
    }
}
