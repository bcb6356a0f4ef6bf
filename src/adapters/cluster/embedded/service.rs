//! The API as a tower service.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use http::{Request, Response};
use kube::client::Body;

use super::{Embedded, api};

/// Answers requests within this process. It must be called within a tokio runtime.
#[derive(Clone)]
pub struct Service {
    embedded: Embedded,
    /// kube's `Body` cannot be made from a stream outside kube: a client around our answers makes it.
    client: Arc<OnceLock<kube::Client>>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("embedded", &self.embedded).finish_non_exhaustive()
    }
}

impl Service {
    pub(super) fn new(embedded: Embedded) -> Self {
        Self {
            embedded,
            client: Arc::default(),
        }
    }
}

impl tower::Service<Request<Body>> for Service {
    type Response = Response<Body>;
    type Error = tower::BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let client = self.client.get_or_init(|| {
            let embedded = self.embedded.clone();
            let inner = tower::service_fn(move |request| {
                let embedded = embedded.clone();
                async move { Ok::<_, tower::BoxError>(api::answer(embedded, request).await) }
            });
            kube::Client::new(inner, "default")
        });
        let client = client.clone();
        Box::pin(async move { client.send(request).await.map_err(Into::into) })
    }
}
