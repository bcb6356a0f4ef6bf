//! Connections that watches share: one for each watch would take more memory than all that comes over it, and a server allows only so
//! many on one. None of those who share one holds up the others: there is room for what is sent to each and not read yet.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::{Bytes, Incoming};
use kube::client::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use super::{BoxFuture, Connector, FirstAlone, Hyper, Window, http};

/// Answers on one connection; servers allow a hundred and more.
const SEATS: u32 = 32;

/// What may be sent to one that does not read.
const AHEAD: u32 = 128 * 1024;

/// Where the server speaks HTTP/1.1 alone, each has a connection of its own here as well.
#[derive(Clone)]
pub(super) struct Lanes {
    connector: Connector,
    all: Arc<Mutex<Vec<Lane>>>,
}

/// One connection, and what is free on it.
struct Lane {
    client: Shared,
    seats: Arc<Semaphore>,
}

type Shared = FirstAlone<Hyper>;

impl Lanes {
    pub(super) fn over(connector: Connector) -> Self {
        Self {
            connector,
            all: Arc::default(),
        }
    }

    pub(super) fn send(&self, request: Request<Body>) -> BoxFuture<Carried> {
        let (client, seat) = self.seat();
        Box::pin(async move {
            let answer = client.oneshot(request).await?;
            Ok(answer.map(|body| Carried { body, _seat: seat }))
        })
    }

    /// On the first connection that has one.
    fn seat(&self) -> (Shared, Option<OwnedSemaphorePermit>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |lane: &Lane| Some((lane.client.clone(), Arc::clone(&lane.seats).try_acquire_owned().ok()?));
        if let Some((client, seat)) = all.iter().find_map(free) {
            return (client, Some(seat));
        }
        let window = Window::Each(AHEAD, AHEAD * SEATS);
        let lane = Lane {
            client: FirstAlone::of(http(self.connector.clone(), window)),
            seats: Arc::new(Semaphore::new(SEATS as usize)),
        };
        let seated = (lane.client.clone(), Arc::clone(&lane.seats).try_acquire_owned().ok());
        all.push(lane);
        seated
    }
}

/// The body of an answer, and the seat that it has as long as it lasts.
pub(super) struct Carried {
    body: Incoming,
    _seat: Option<OwnedSemaphorePermit>,
}

impl Carried {
    pub(super) fn alone(body: Incoming) -> Self {
        Self { body, _seat: None }
    }
}

impl HttpBody for Carried {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
