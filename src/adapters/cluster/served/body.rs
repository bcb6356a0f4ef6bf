//! Bodies of requests: read whole where they are judged, passed on as they come where they are not.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{Request, Response};
use http_body_util::{BodyExt, Limited, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Incoming};
use kube::{Client, client::Body};
use tower::BoxError;

use super::{patient::Patient, refusal, wire::Wire};

/// What an API server takes as an object (`MaxRequestBodyBytes` of k8s.io/apiserver).
pub(super) const LARGEST: usize = 3 * 1024 * 1024;

/// Of an answer, what is read whole here, as it comes and as it is packed out: more than any object, and enough for long lists.
pub(super) const LARGEST_ANSWER: usize = 128 * 1024 * 1024;

/// For a body to come to its end; of one that is passed on, to go on.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The whole body, or why it is not taken.
pub(super) async fn whole(body: Incoming) -> Result<Bytes, Response<Wire>> {
    let read = Limited::new(body, LARGEST).collect();
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(refusal::too_large()),
        Ok(Err(_)) => Err(refusal::bad_request("the body of the request broke off")),
        Err(_) => Err(refusal::status(408, "Timeout", "the body of the request did not come to its end")),
    }
}

/// The whole body of an answer, or why it cannot be read.
pub(super) async fn answered(mut body: Wire) -> Result<Bytes, &'static str> {
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| "the answer of the cluster broke off")?.into_data();
        all.extend_from_slice(&data.unwrap_or_default());
        if all.len() > LARGEST_ANSWER {
            return Err("the answer of the cluster is too long to be read here");
        }
    }
    Ok(all.into())
}

type Carried = Arc<Mutex<Option<UnsyncBoxBody<Bytes, BoxError>>>>;

/// Makes bodies of streams: kube's own cannot be made outside kube, except as the answer of a client.
#[derive(Clone)]
pub(super) struct Streams {
    client: Client,
}

impl Streams {
    pub(super) fn new() -> Self {
        let service = tower::service_fn(|mut request: Request<Body>| {
            let carried = request.extensions_mut().remove::<Carried>();
            let taken = carried.and_then(|carried| carried.lock().unwrap_or_else(PoisonError::into_inner).take());
            let empty = || {
                http_body_util::Empty::new()
                    .map_err(|never: Infallible| match never {})
                    .boxed_unsync()
            };
            let response = Response::new(taken.unwrap_or_else(empty));
            async move { Ok::<_, Infallible>(response) }
        });
        Self {
            client: Client::new(service, "default"),
        }
    }

    pub(super) async fn of(&self, body: Incoming) -> Body {
        let carried: Carried = Arc::new(Mutex::new(Some(Patient::of(body).boxed_unsync())));
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(carried);
        match self.client.send(request).await {
            Ok(response) => response.into_body(),
            Err(_) => Body::empty(),
        }
    }
}
