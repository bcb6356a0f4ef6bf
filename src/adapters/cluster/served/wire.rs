//! What goes on and what comes back: headers that are one connection's own stay behind, bodies stream, and what becomes something
//! else than HTTP becomes a tunnel.

use std::{
    collections::VecDeque,
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
        header::AUTHORIZATION | header::HOST | header::CONTENT_LENGTH | header::EXPECT | header::COOKIE | header::FORWARDED | header::VIA
    ) || ["x-remote-", "x-forwarded-", "x-client-", "x-ssl-", "x-auth-"]
        .iter()
        .any(|of_proxy| name.as_str().starts_with(of_proxy))
        // The server makes its own; and some proxies take a low line for a hyphen.
        || name == "audit-id"
        || name.as_str().contains('_')
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

/// The answer with as much of its body as came with its head: a caller is sent all that at once, and not woken for each part.
pub(super) async fn begun(answer: Response<Wire>) -> Response<Wire> {
    let (parts, body) = answer.into_parts();
    let mut begun = Begun {
        came: VecDeque::new(),
        rest: Some(body),
    };
    begun.take_what_came();
    for _ in 0..LOOKS {
        if begun.rest.is_none() {
            break;
        }
        // A connection hands over what it read when it has its turn.
        tokio::task::yield_now().await;
        begun.take_what_came();
    }
    Response::from_parts(parts, begun.boxed_unsync())
}

/// How often is looked again for more of a body, and how many parts of it are taken.
const LOOKS: u32 = 2;
const PARTS: usize = 2;

/// A body of which some was read already.
struct Begun {
    came: VecDeque<Result<Frame<Bytes>, BoxError>>,
    /// None when it is over.
    rest: Option<Wire>,
}

impl Begun {
    fn take_what_came(&mut self) {
        while self.came.len() < PARTS
            && let Some(rest) = &mut self.rest
            && let Some(next) = rest.frame().now_or_never()
        {
            match next {
                Some(frame) => self.came.push_back(frame),
                None => self.rest = None,
            }
        }
    }
}

impl http_body::Body for Begun {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match (self.came.pop_front(), &mut self.rest) {
            (Some(frame), _) => Poll::Ready(Some(frame)),
            (None, Some(rest)) => Pin::new(rest).poll_frame(cx),
            (None, None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.came.is_empty() && self.rest.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let data = |frame: &Result<Frame<Bytes>, BoxError>| frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let came: usize = self.came.iter().map(data).sum();
        let rest = self
            .rest
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint);
        let mut all = SizeHint::new();
        all.set_lower(rest.lower() + came as u64);
        if let Some(upper) = rest.upper() {
            all.set_upper(upper + came as u64);
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body::Body as _;
    use http_body_util::StreamBody;

    use super::*;

    fn answer(parts: &'static [&'static str]) -> Response<Wire> {
        let frames = stream::iter(parts).map(|part| Ok::<_, Infallible>(Frame::data(Bytes::from_static(part.as_bytes()))));
        Response::new(StreamBody::new(frames).map_err(Into::into).boxed_unsync())
    }

    #[tokio::test]
    async fn an_answer_that_came_whole_has_a_length_and_no_other_has_one() {
        for (parts, length) in [
            (&[][..], Some(0)),
            (&["one"], Some(3)),
            (&["one", "two"], None),
            (&["one", "two", "three"], None),
        ] {
            let body = begun(answer(parts)).await.into_body();
            assert_eq!(body.size_hint().exact(), length, "{parts:?}");
            assert_eq!(body.collect().await.unwrap().to_bytes(), parts.concat(), "{parts:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_waits_with_its_body_is_sent_on_without_it() {
        let (more, parts) = tokio::sync::mpsc::channel::<&str>(1);
        let frames = stream::unfold(parts, |mut parts| async { parts.recv().await.map(|part| (part, parts)) });
        let frames = frames.map(|part| Ok::<_, Infallible>(Frame::data(Bytes::from_static(part.as_bytes()))));
        let waits = Response::new(StreamBody::new(Box::pin(frames)).map_err(Into::into).boxed_unsync());
        let mut body = begun(waits).await.into_body();
        more.send("late").await.unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "late");
    }
}
