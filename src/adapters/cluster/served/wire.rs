//! What goes on and what comes back: headers that are one connection's own stay behind, bodies stream, and what becomes something
//! else than HTTP becomes a tunnel.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use http::{
    HeaderMap, HeaderName, Request, Response, StatusCode,
    header::{self, CONNECTION, UPGRADE},
    request::Parts,
};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Bytes, Frame, SizeHint},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use kube::client::Body;
use tokio::sync::watch;
use tower::BoxError;

use super::super::transport::{Company, Raw};

pub(super) type Wire = Raw;

pub(super) fn whole(bytes: Bytes) -> Wire {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Of one connection (RFC 9110, 7.6.1), or made anew from the body.
const OWN: [HeaderName; 9] = [
    CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
];

/// Who asks, and from where, is ours to say: credentials of the gate, and what proxies in front of a server tell it.
fn is_callers_own(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::AUTHORIZATION | header::HOST | header::CONTENT_LENGTH | header::EXPECT | header::COOKIE | header::FORWARDED
    ) || name.as_str().starts_with("x-remote-")
        || name.as_str().starts_with("x-forwarded-")
}

pub(super) fn without_own(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let keeps = |name: &HeaderName| !OWN.contains(name) && !named.iter().any(|named| named == name.as_str());
    headers
        .iter()
        .filter(|(name, _)| keeps(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The same request, to be sent on a connection of ours.
pub(super) fn outbound(parts: &Parts, upgrades: bool, body: Body) -> Request<Body> {
    let mut headers = without_own(&parts.headers);
    let callers: Vec<HeaderName> = headers.keys().filter(|name| is_callers_own(name)).cloned().collect();
    for name in callers {
        headers.remove(name);
    }
    if upgrades && let Some(to) = parts.headers.get(UPGRADE) {
        headers.insert(UPGRADE, to.clone());
        headers.insert(CONNECTION, http::HeaderValue::from_static("Upgrade"));
    }
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    // Where it goes is not the caller's to say: of its address, path and query count.
    *request.uri_mut() = parts
        .uri
        .path_and_query()
        .map_or_else(http::Uri::default, |path| http::Uri::from(path.clone()));
    *request.headers_mut() = headers;
    request.extensions_mut().insert(Company::None);
    request
}

/// The answer with as much of its body as came with its head: a caller is sent both at once, and not woken for each.
pub(super) async fn begun(answer: Response<Wire>) -> Response<Wire> {
    let (parts, mut rest) = answer.into_parts();
    let mut first = None;
    for _ in 0..LOOKS {
        if let Some(frame) = rest.frame().now_or_never() {
            first = frame;
            break;
        }
        // Its connection hands over what it read when it has its turn.
        tokio::task::yield_now().await;
    }
    let body = match first {
        Some(first) => Begun { first: Some(first), rest }.boxed_unsync(),
        None => rest,
    };
    Response::from_parts(parts, body)
}

/// How often is looked whether the body began.
const LOOKS: u32 = 2;

/// A body whose first part was read already.
struct Begun {
    first: Option<Result<Frame<Bytes>, BoxError>>,
    rest: Wire,
}

impl http_body::Body for Begun {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().and_then(|first| first.as_ref().ok()).and_then(Frame::data_ref);
        let first = first.map_or(0, |data| data.len() as u64);
        let rest = self.rest.size_hint();
        let mut all = SizeHint::new();
        all.set_lower(rest.lower() + first);
        if let Some(upper) = rest.upper() {
            all.set_upper(upper + first);
        }
        all
    }
}

/// The answer, as it comes.
pub(super) fn inbound(answer: Response<Wire>) -> Response<Wire> {
    let (parts, body) = answer.into_parts();
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.headers_mut() = without_own(&parts.headers);
    response
}

/// A server that agreed to speak something else: both sides are joined until one of them, or the gate, ends.
pub(super) fn joined(caller: OnUpgrade, mut answer: Response<Wire>, mut life: watch::Receiver<()>) -> Response<Wire> {
    let server = hyper::upgrade::on(&mut answer);
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = without_own(answer.headers());
    if let Some(to) = answer.headers().get(UPGRADE) {
        response.headers_mut().insert(UPGRADE, to.clone());
        response.headers_mut().insert(CONNECTION, http::HeaderValue::from_static("Upgrade"));
    }
    tokio::spawn(async move {
        let Ok((caller, server)) = tokio::try_join!(caller, server) else {
            return;
        };
        let (mut caller, mut server) = (TokioIo::new(caller), TokioIo::new(server));
        tokio::select! {
            ended = tokio::io::copy_bidirectional(&mut caller, &mut server) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a tunnel through the gate ended");
                }
            }
            _ = life.changed() => {}
        }
    });
    response
}
