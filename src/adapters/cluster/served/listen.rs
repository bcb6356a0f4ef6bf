//! Connections: few, from this machine, and none of them forever in the way.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::door::Door;
use crate::domain::failure::{Failure, FailureKind, Result};

/// Connections at a time; the next one waits.
const MOST: usize = 1024;

/// Calls at a time on one connection: a program has many watches.
const STREAMS: u32 = 1000;

/// For a caller to show that it speaks TLS, and to say what it wants.
const PATIENCE: Duration = Duration::from_secs(15);

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
    let room = Arc::new(Semaphore::new(MOST));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            // Too many open files, or a caller that went away: the next one may work.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (acceptor, door) = (acceptor.clone(), Arc::clone(&door));
        connections.spawn(async move {
            connection(stream, acceptor, door).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, door: Arc<Door>) {
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await else {
        return;
    };
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    server
        .http2()
        .timer(TokioTimer::new())
        .adaptive_window(true)
        .max_concurrent_streams(STREAMS);
    if let Err(error) = server.serve_connection_with_upgrades(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection at the gate ended");
    }
}
