//! The connection to an API server: TLS with the kubeconfig's authority, HTTP/2 where the server knows it, so that all
//! calls of a request share one connection.

mod lanes;

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
    time::Duration,
};

use http::{Request, Response, Uri, header::UPGRADE};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{
        Builder,
        connect::{Connected, Connection, HttpConnector},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt},
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Mutex,
};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, util::BoxCloneSyncService};

use self::lanes::{Carried, Lanes};
use super::login::Renewing;

/// Makes ring the provider of cryptography for this process. To be called once, before the first connection; calling it
/// again does nothing.
pub fn install_crypto() {
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// How often an idle HTTP/2 connection is asked whether it lives, and how long it may take to say so: a laptop that
/// slept or changed its network must not wait for TCP to notice.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the first call goes alone, so that those beside it find its connection instead of opening their own.
const HEAD_START: Duration = Duration::from_secs(1);

/// Idle connections that are kept, and how long: each takes memory, and a new one some milliseconds.
const IDLE: usize = 16;
const IDLE_FOR: Duration = Duration::from_secs(30);

/// What an answer over HTTP/1.1 takes on its way, at most; heads of answers are shorter.
const BUFFER: usize = 128 * 1024;

/// The ways to one server.
#[derive(Clone)]
pub(super) struct Ways {
    pub(super) client: Client,
    /// The same without the queue that stands before it.
    pub(super) direct: Option<Direct>,
    /// Where a login program gives what is shown to it.
    pub(super) renewing: Option<Renewing>,
}

impl Ways {
    pub(super) fn by(client: Client) -> Self {
        Self {
            client,
            direct: None,
            renewing: None,
        }
    }

    /// As `config` says, and with a login where there is one. Touches no network.
    pub(super) fn to(config: &Config, renewing: Option<Renewing>, connect_timeout: Duration) -> Result<Self, kube::Error> {
        let way = match renewing.clone() {
            None => way(config, connect_timeout)?,
            Some(renewing) => Direct::new(tower::service_fn(move |request| renewing.send(request))),
        };
        Ok(Self {
            client: Client::new(way.clone(), config.default_namespace.clone()),
            direct: Some(way),
            renewing,
        })
    }
}

/// The way to the server that each caller takes by itself.
pub(super) type Direct = BoxCloneSyncService<Request<Body>, Response<Raw>, BoxError>;

/// The body of an answer, as it comes.
pub(super) type Raw = UnsyncBoxBody<Bytes, BoxError>;

/// A way with one credential. A program of an `auth-provider` is run.
pub(super) fn way(config: &Config, connect_timeout: Duration) -> Result<Direct, kube::Error> {
    if config.proxy_url.is_some() {
        // kube's own stack knows proxies; over one, HTTP/1.1 is what works everywhere.
        let client = ClientBuilder::try_from(config.clone())?.build();
        let send = move |request| {
            let client = client.clone();
            async move { through(&client, request).await }
        };
        return Ok(Direct::new(tower::service_fn(send)));
    }
    let any = connector(config, connect_timeout, &[b"h2", b"http/1.1"])?;
    let by_wire = ByWire {
        lanes: Lanes::over(any.clone()),
        any: http(any, Window::Grows),
        upgrade: http(connector(config, connect_timeout, &[b"http/1.1"])?, Window::Grows),
    };
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(by_wire);
    let service = FirstAlone::of(service);
    Ok(Direct::new(service.map_response(|answer: Response<Carried>| answer.map(raw))))
}

/// As it goes through kube's client.
pub(super) async fn through(client: &Client, request: Request<Body>) -> Result<Response<Raw>, BoxError> {
    match client.send(request).await {
        Ok(answer) => Ok(answer.map(raw)),
        // Unwrapped, so that what is below reads the cause and not the wrapping.
        Err(kube::Error::Service(error)) => Err(error),
        Err(error) => Err(error.into()),
    }
}

fn raw<B>(body: B) -> Raw
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}

type Hyper = hyper_util::client::legacy::Client<Connector, Body>;

/// Connections that speak one of these.
fn connector(config: &Config, connect_timeout: Duration, protocols: &[&[u8]]) -> Result<Connector, kube::Error> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let mut tls = config.rustls_client_config()?;
    tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Connector {
        http,
        tls: Arc::new(tls),
        name: config.tls_server_name.clone(),
        timeout: connect_timeout,
    })
}

/// How much a server may send before it is read.
#[derive(Clone, Copy)]
enum Window {
    /// As the way allows.
    Grows,
    /// So much in one answer, and all of them at once.
    Each(u32, u32),
}

fn http(connector: Connector, window: Window) -> Hyper {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_FOR)
        .pool_max_idle_per_host(IDLE)
        .http1_max_buf_size(BUFFER)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_TIMEOUT);
    match window {
        Window::Grows => builder.http2_adaptive_window(true),
        Window::Each(stream, connection) => builder
            .http2_initial_stream_window_size(stream)
            .http2_initial_connection_window_size(connection),
    };
    builder.build(connector)
}

/// With whom a request shares its connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Company {
    /// With nobody: a reader who takes its time would hold up all others on it.
    None,
    /// With few, and room for each of them: what lasts long and says little.
    Lasting,
}

/// What becomes something else than HTTP needs a connection of its own: HTTP/2 knows no `Upgrade`.
#[derive(Clone)]
struct ByWire {
    any: Hyper,
    upgrade: Hyper,
    lanes: Lanes,
}

impl Service<Request<Body>> for ByWire {
    type Response = Response<Carried>;
    type Error = BoxError;
    type Future = BoxFuture<Carried>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let company = request.extensions().get::<Company>().copied();
        let by_itself = request.headers().contains_key(UPGRADE);
        if let Some(Company::Lasting) = company.filter(|_| !by_itself) {
            return self.lanes.send(request);
        }
        let alone = by_itself || company.is_some();
        let answer = if alone { &self.upgrade } else { &self.any }.request(request);
        Box::pin(async move { Ok(answer.await?.map(Carried::alone)) })
    }
}

pub(super) type BoxFuture<B> = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

/// Opens TCP and, for https, TLS on it.
#[derive(Clone)]
struct Connector {
    http: HttpConnector,
    tls: Arc<rustls::ClientConfig>,
    /// `tls-server-name` of the kubeconfig.
    name: Option<String>,
    timeout: Duration,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(cx).map_err(BoxError::from)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tcp = self.http.call(uri.clone());
        let (tls, name, timeout) = (Arc::clone(&self.tls), self.name.clone(), self.timeout);
        Box::pin(async move {
            let open = async {
                let tcp = tcp.await?.into_inner();
                if uri.scheme_str() != Some("https") {
                    return Ok::<_, BoxError>(Wire {
                        io: Box::new(tcp),
                        h2: false,
                    });
                }
                let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                let name = ServerName::try_from(name.unwrap_or(host))?;
                let tls = tokio_rustls::TlsConnector::from(tls).connect(name, tcp).await?;
                let h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
                Ok(Wire { io: Box::new(tls), h2 })
            };
            match tokio::time::timeout(timeout, open).await {
                Ok(wire) => wire.map(TokioIo::new),
                Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", timeout.as_secs())).into()),
            }
        })
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection.
struct Wire {
    io: Box<dyn Io>,
    h2: bool,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        if self.h2 {
            Connected::new().negotiated_h2()
        } else {
            Connected::new()
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Lets the first call open the connection before the others go.
#[derive(Clone)]
pub(super) struct FirstAlone<S> {
    inner: S,
    warm: Arc<AtomicBool>,
    door: Arc<Mutex<()>>,
}

impl<S> FirstAlone<S> {
    pub(super) fn of(inner: S) -> Self {
        Self {
            inner,
            warm: Arc::default(),
            door: Arc::default(),
        }
    }
}

impl<S, B> Service<Request<Body>> for FirstAlone<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<B>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        // The clone that is called is made ready there.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = self.inner.clone().map_err(Into::into);
        let (warm, door) = (Arc::clone(&self.warm), Arc::clone(&self.door));
        Box::pin(async move {
            if warm.load(Ordering::Acquire) {
                return inner.oneshot(request).await;
            }
            let alone = door.lock().await;
            if warm.load(Ordering::Acquire) {
                drop(alone);
                return inner.oneshot(request).await;
            }
            let mut call = std::pin::pin!(inner.oneshot(request));
            let answer = tokio::time::timeout(HEAD_START, &mut call).await;
            // Also after a failure: what does not answer shall not be waited for by one call after another.
            warm.store(true, Ordering::Release);
            drop(alone);
            match answer {
                Ok(answer) => answer,
                Err(_) => call.await,
            }
        })
    }
}
