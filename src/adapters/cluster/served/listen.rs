//! Connections: few, from this machine, and none of them forever in the way. Whoever has not shown the token is a stranger, and strangers
//! take no place from those who have.

use std::{
    collections::VecDeque,
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{AbortHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use super::door::Door;
use crate::domain::failure::{Failure, FailureKind, Result};

/// Connections at a time of those who have the token; the next one waits.
const MOST: usize = 1024;

/// Connections that have not shown it yet. One more ends the oldest of them.
const STRANGERS: usize = 512;

/// Handshakes at a time, for each takes memory that it gives back; a caller that takes its time holds up the others no longer than this.
const HANDSHAKES: usize = 4;
const HELD_UP: Duration = Duration::from_millis(100);

/// Calls at a time on one connection: a program has many watches.
const STREAMS: u32 = 1000;

/// What a caller may send before it is passed on, in one call and in all of a connection. It is near, so that little is enough: with a window
/// that grows by itself, what goes through a slow server would be kept here.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// What waits for a caller that does not read, in one answer.
const SEND_BUFFER: usize = 64 * 1024;
const BUFFER: usize = 128 * 1024;

/// For a caller to show that it speaks TLS, to say what it wants, and to show the token.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often a connection that is silent is asked whether anybody is there, and how long that may take.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// For the answer to whoever has no token to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) async fn bind() -> Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(|error| Failure::new(FailureKind::Failed, "no port of 127.0.0.1 can be opened").cause(error))
}

pub(super) fn port(listener: &TcpListener) -> Result<u16> {
    let address = listener.local_addr();
    address
        .map(|address| address.port())
        .map_err(|error| Failure::new(FailureKind::Failed, "the server has no address").cause(error))
}

/// Until it is aborted, and all connections with it.
pub(super) async fn listen(listener: TcpListener, acceptor: TlsAcceptor, door: Arc<Door>) {
    let hall = Arc::new(Hall::new());
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            // Too many open files, or a caller that went away: the next one may work.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let guest = hall.guest();
        let number = guest.number;
        let connection = connection(stream, acceptor.clone(), Arc::clone(&door), guest);
        hall.strangers.enter(number, || connections.spawn(connection));
    }
}

/// Who is there.
struct Hall {
    strangers: Strangers,
    room: Arc<Semaphore>,
    handshakes: Semaphore,
    next: AtomicU64,
}

impl Hall {
    fn new() -> Self {
        Self {
            strangers: Strangers::default(),
            room: Arc::new(Semaphore::new(MOST)),
            handshakes: Semaphore::new(HANDSHAKES),
            next: AtomicU64::new(0),
        }
    }

    fn guest(self: &Arc<Self>) -> Guest {
        Guest {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            hall: Arc::clone(self),
            place: tokio::sync::OnceCell::new(),
        }
    }
}

/// Connections without the token, the oldest first.
#[derive(Default)]
struct Strangers(Mutex<VecDeque<(u64, AbortHandle)>>);

impl Strangers {
    /// It begins only when it is entered: one that was known before would stay a stranger.
    fn enter(&self, number: u64, begin: impl FnOnce() -> AbortHandle) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, task)| !task.is_finished());
        if all.len() >= STRANGERS
            && let Some((_, oldest)) = all.pop_front()
        {
            oldest.abort();
        }
        all.push_back((number, begin()));
    }

    fn leave(&self, number: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(other, _)| *other != number);
    }
}

/// One connection.
struct Guest {
    number: u64,
    hall: Arc<Hall>,
    /// Of one who is known.
    place: tokio::sync::OnceCell<Option<OwnedSemaphorePermit>>,
}

impl Guest {
    /// The token was shown.
    async fn is_known(&self) {
        let welcome = async {
            self.hall.strangers.leave(self.number);
            Arc::clone(&self.hall.room).acquire_owned().await.ok()
        };
        self.place.get_or_init(|| welcome).await;
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, door: Arc<Door>, guest: Guest) {
    let _ = stream.set_nodelay(true);
    let turn = tokio::time::timeout(HELD_UP, guest.hall.handshakes.acquire()).await;
    // What is large only for a moment is put apart, so that it is not kept as long as the connection is.
    let accepted = Box::pin(tokio::time::timeout(PATIENCE, acceptor.accept(stream))).await;
    let Ok(Ok(stream)) = accepted else {
        return;
    };
    drop(turn);
    // Whether the first call showed the token.
    let (shown, mut seen) = watch::channel(None);
    let (shown, guest) = (Arc::new(shown), Arc::new(guest));
    let service = service_fn(move |request| {
        let (door, shown, guest) = (Arc::clone(&door), Arc::clone(&shown), Arc::clone(&guest));
        async move {
            let token = door.is_known(hyper::Request::headers(&request));
            // Before it waits for room: to wait is not to be unwelcome.
            shown.send_if_modified(|first| first.is_none() && first.replace(token).is_none());
            if token {
                guest.is_known().await;
            }
            let is_head = request.method() == http::Method::HEAD;
            let mut answer = Box::pin(door.answer(request)).await;
            if is_head {
                // Refusals have one, and with it the answer is against the protocol.
                *answer.body_mut() = super::wire::whole(hyper::body::Bytes::new());
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(BUFFER);
    server
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(STREAMS);
    let mut serving = pin!(server.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = is_unwelcome(&mut seen) => {
            serving.as_mut().graceful_shutdown();
            match tokio::time::timeout(LAST_WORDS, serving).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection at the gate ended");
    }
}

/// Until it is plain that a connection is of no use to anybody who may use the gate: its first call had no token, or it made none in time.
async fn is_unwelcome(seen: &mut watch::Receiver<Option<bool>>) {
    let first = tokio::time::timeout(PATIENCE, seen.wait_for(Option::is_some)).await;
    let token = first.is_ok_and(|first| first.is_ok_and(|first| *first == Some(true)));
    if token {
        std::future::pending::<()>().await;
    }
}
