//! The server itself, in the foreground: the API over TLS on 127.0.0.1.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::keys::Keys;
use super::lock::hold;
use super::{Address, STOP};
use crate::adapters::cluster::embedded::{Embedded, api};
use crate::domain::failure::{Failure, FailureKind};

/// Serves the cluster of a folder until it is told to stop; port 0 takes any. One server per folder at a time.
///
/// # Errors
/// Another server of the same folder, a port that is taken, a cluster that does not open.
pub async fn serve(dir: &Path, port: u16) -> Result<(), Failure> {
    let embedded = Embedded::open(dir)?;
    serve_cluster(embedded, dir, port).await
}

/// As [`serve`], for a cluster that is open already.
///
/// # Errors
/// As [`serve`].
pub async fn serve_cluster(embedded: Embedded, dir: &Path, port: u16) -> Result<(), Failure> {
    let keys = Keys::open(dir)?;
    let lock = hold(dir)?;
    let listener = listen(dir, port).await?;
    let local = listener.local_addr().map_err(|error| failed("the server has no address", error))?;
    let acceptor = keys.acceptor()?;
    Address {
        port: local.port(),
        pid: std::process::id(),
    }
    .write(dir)?;
    let stop = Arc::new(Notify::new());
    let served = Served {
        embedded,
        token: keys.token.into(),
        stop: Arc::clone(&stop),
    };
    loop {
        tokio::select! {
            () = stop.notified() => break,
            () = interrupted() => break,
            accepted = listener.accept() => {
                // Too many open files, or a caller that went away: the next one may work.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    continue;
                };
                tokio::spawn(connection(stream, acceptor.clone(), served.clone()));
            }
        }
    }
    Address::forget(dir);
    drop(lock);
    // The answer to the call that stopped us is still on its way.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    Ok(())
}

#[derive(Clone)]
struct Served {
    embedded: Embedded,
    token: Arc<str>,
    stop: Arc<Notify>,
}

/// The port that was asked for; or the one of last time, so that an old kubeconfig still works; or any.
async fn listen(dir: &Path, port: u16) -> Result<TcpListener, Failure> {
    let last = Address::last(dir);
    let candidates = if port == 0 { vec![last.unwrap_or_default(), 0] } else { vec![port] };
    let mut error = None;
    for port in candidates {
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            Ok(listener) => return Ok(listener),
            Err(why) => error = Some(why),
        }
    }
    let mut failure = Failure::new(FailureKind::Failed, format!("port {port} on 127.0.0.1 cannot be opened"));
    if let Some(error) = error {
        failure = failure.cause(error);
    }
    Err(failure)
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, served: Served) {
    let _ = stream.set_nodelay(true);
    // A caller who does not speak TLS, or goes away: nothing to tell anybody.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request| {
        let served = served.clone();
        async move { Ok::<_, Infallible>(served.answer(request).await) }
    });
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .await;
}

impl Served {
    async fn answer(self, request: Request<Incoming>) -> Response<api::Wire> {
        let token = request
            .headers()
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if token != Some(&self.token) {
            return api::unauthorized();
        }
        if request.uri().path() == STOP && request.method() == http::Method::POST {
            self.stop.notify_one();
            return Response::new(Full::new(Bytes::from("ok")).map_err(|never| match never {}).boxed_unsync());
        }
        api::answer(self.embedded, request).await
    }
}

/// Ctrl-C or a request of the system to end; a closed terminal is no reason.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = signal(SignalKind::hangup());
        if let (Ok(mut terminate), Ok(_hangup)) = (signal(SignalKind::terminate()), hangup) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn failed(what: &str, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Failed, what).cause(error)
}
