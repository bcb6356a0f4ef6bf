//! One connection for each call: a unix socket, a named pipe, TCP, or TCP with TLS.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bollard::BollardRequest;
use http::{HeaderValue, Response, header::HOST};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::endpoint::{Endpoint, Host, Tls};
use crate::domain::failure::{Failure, FailureKind};

/// For a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an engine may be silent after it was asked for something that it only has to look up.
const SILENCE: Duration = Duration::from_secs(15);

/// Bytes of an answer that is read as a whole. An engine with ten thousand containers says less.
const LARGEST: u64 = 64 * 1024 * 1024;

/// How long such an answer may take from its first byte to its last.
const WHOLE: Duration = Duration::from_secs(60);

/// What only looks and is no stream: logs, events and the like are told as they come.
fn is_read_whole(request: &BollardRequest) -> bool {
    const STREAMS: [&str; 6] = ["/logs", "/events", "/stats", "/attach", "/get", "/archive"];
    let path = request.uri().path();
    request.method() == http::Method::GET && !STREAMS.iter().any(|end| path.ends_with(end))
}

/// A connection on which no more than so many bytes are read, and not for longer than it takes.
struct Bounded {
    stream: Box<dyn Stream>,
    left: u64,
    /// Of an answer that is read as a whole: when it began to come.
    begun: Option<Option<Instant>>,
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = u64::try_from(buffer.filled().len() - before).unwrap_or(u64::MAX);
        if let Some(begun) = &mut self.begun
            && begun.get_or_insert_with(Instant::now).elapsed() > WHOLE
        {
            return Poll::Ready(Err(io::Error::other(dripping())));
        }
        match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::Error::other(endless()))),
        }
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn endless() -> Failure {
    let what = format!(
        "the engine's answer does not end: more than {} MiB of it came",
        LARGEST / (1024 * 1024)
    );
    Failure::new(FailureKind::Failed, what).hint("Is it a Docker Engine that answers there? `docker version` tells.")
}

fn dripping() -> Failure {
    let what = format!("the engine's answer does not end: it still came after {} s", WHOLE.as_secs());
    Failure::new(FailureKind::Failed, what).hint("Is it a Docker Engine that answers there, and is the way to it a good one?")
}

/// Something bytes go through in both directions.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections to one engine.
#[derive(Clone)]
pub struct Wire {
    host: Host,
    tls: Option<Arc<ClientConfig>>,
}

impl Wire {
    /// # Errors
    /// Certificates that cannot be read.
    pub fn to(endpoint: &Endpoint) -> io::Result<Self> {
        Ok(Self {
            host: endpoint.host.clone(),
            tls: endpoint.tls.as_ref().map(client).transpose()?.map(Arc::new),
        })
    }

    /// # Errors
    /// No connection, or no answer on it.
    pub async fn send(&self, request: BollardRequest) -> io::Result<Response<Incoming>> {
        let stream = tokio::time::timeout(CONNECT, self.open())
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let whole = is_read_whole(&request);
        let stream = Bounded {
            stream,
            left: if whole { LARGEST } else { u64::MAX },
            begun: whole.then_some(None),
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // Lives for as long as its answer is read.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the engine ended");
            }
        });
        // What only looks is answered at once, except where the engine must count all that it has; a change may take its time.
        let looks = request.method() == http::Method::GET && !request.uri().path().ends_with("/system/df");
        let answer = sender.send_request(relative(request));
        if !looks {
            return answer.await.map_err(io::Error::other);
        }
        let answer = tokio::time::timeout(SILENCE, answer).await;
        answer
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
            .map_err(io::Error::other)
    }

    async fn open(&self) -> io::Result<Box<dyn Stream>> {
        match &self.host {
            #[cfg(unix)]
            Host::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
            #[cfg(not(unix))]
            Host::Unix(_) => Err(io::Error::from(io::ErrorKind::Unsupported)),
            #[cfg(windows)]
            Host::Pipe(path) => pipe(path).await,
            #[cfg(not(windows))]
            Host::Pipe(_) => Err(io::Error::from(io::ErrorKind::Unsupported)),
            Host::Tcp { host, port } => {
                let known = tokio::net::lookup_host((host.as_str(), *port)).await;
                let places: Vec<_> = known.map_err(|error| nowhere(host, &error))?.collect();
                let stream = tokio::net::TcpStream::connect(places.as_slice()).await?;
                stream.set_nodelay(true)?;
                let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
                let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                let connector = tokio_rustls::TlsConnector::from(config.clone());
                Ok(Box::new(connector.connect(name, stream).await?))
            }
        }
    }
}

/// A name that leads to no machine: nobody was spoken to.
fn nowhere(host: &str, error: &io::Error) -> io::Error {
    io::Error::new(
        io::ErrorKind::AddrNotAvailable,
        format!("no machine is known as \"{host}\" ({error})"),
    )
}

/// All instances of the pipe may be busy for a moment.
#[cfg(windows)]
async fn pipe(path: &str) -> io::Result<Box<dyn Stream>> {
    const ERROR_PIPE_BUSY: i32 = 231;
    loop {
        match tokio::net::windows::named_pipe::ClientOptions::new().open(path) {
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => tokio::time::sleep(Duration::from_millis(20)).await,
            opened => return Ok(Box::new(opened?)),
        }
    }
}

/// The request as HTTP/1.1 puts it on a connection of its own: path and query alone, and a host.
fn relative(request: BollardRequest) -> BollardRequest {
    let (mut parts, body) = request.into_parts();
    if let Some(path) = parts.uri.path_and_query() {
        parts.uri = http::Uri::from(path.clone());
    }
    parts.headers.insert(HOST, HeaderValue::from_static("docker"));
    BollardRequest::from_parts(parts, body)
}

/// `ca.pem`, `cert.pem` and `key.pem` of a folder, each where it is there.
fn client(tls: &Tls) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = tls.dir.join("ca.pem");
    if ca.exists() {
        for certificate in CertificateDer::pem_file_iter(&ca).map_err(|error| unreadable(&ca, &error))? {
            let certificate = certificate.map_err(|error| unreadable(&ca, &error))?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = if tls.verify {
        builder.with_root_certificates(roots)
    } else {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(unverified::Anybody(provider)))
    };
    let (cert, key) = (tls.dir.join("cert.pem"), tls.dir.join("key.pem"));
    if !cert.exists() {
        return Ok(builder.with_no_client_auth());
    }
    let chain = CertificateDer::pem_file_iter(&cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&cert, &error))?;
    let key_der = PrivateKeyDer::from_pem_file(&key).map_err(|error| unreadable(&key, &error))?;
    builder.with_client_auth_cert(chain, key_der).map_err(io::Error::other)
}

fn unreadable(path: &std::path::Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} cannot be read: {error}", path.display()))
}

/// For a context that its author made with `skip-tls-verify=true`.
mod unverified {
    use std::sync::Arc;

    use rustls::{
        DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    };

    #[derive(Debug)]
    pub struct Anybody(pub Arc<CryptoProvider>);

    impl ServerCertVerifier for Anybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    use http_body_util::BodyExt;

    use super::*;

    /// Sends without end to each who asks.
    fn talker() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 64];
                let _ = stream.read(&mut head);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                let chunk = [b"100000\r\n", [b' '; 0x10_0000].as_slice(), b"\r\n"].concat();
                while stream.write_all(&chunk).is_ok() {}
            }
        });
        port
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up_on_and_a_stream_is_not() {
        let endpoint = Endpoint {
            context: "default".to_owned(),
            address: "tcp://127.0.0.1".to_owned(),
            host: Host::Tcp {
                host: "127.0.0.1".to_owned(),
                port: talker(),
            },
            tls: None,
            said_by: "DOCKER_HOST".to_owned(),
        };
        let wire = Wire::to(&endpoint).unwrap();
        let ask = |path: &str| {
            wire.send(
                http::Request::get(path)
                    .body(bollard::body_full(hyper::body::Bytes::new()))
                    .unwrap(),
            )
        };
        let whole = ask("/containers/json").await.unwrap().into_body().collect().await.unwrap_err();
        let told = super::super::fault::failure(bollard::errors::Error::from(whole), &endpoint, "list containers");
        assert_eq!(told.what, "the engine's answer does not end: more than 64 MiB of it came");
        let mut stream = ask("/containers/a/logs").await.unwrap().into_body();
        let mut bytes = 0;
        while bytes < 65 * 1024 * 1024 {
            bytes += stream.frame().await.unwrap().unwrap().into_data().map_or(0, |data| data.len());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_drips_is_not_read_for_ever() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for (whole, expected) in [
            (true, Some("the engine's answer does not end: it still came after 60 s")),
            (false, None),
        ] {
            let (mut far, near) = tokio::io::duplex(8);
            let mut stream = Bounded {
                stream: Box::new(near),
                left: u64::MAX,
                begun: whole.then_some(None),
            };
            // The time until the first byte is not counted: the engine may have much to look up.
            tokio::time::advance(WHOLE * 2).await;
            far.write_all(b"a").await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'a');
            tokio::time::advance(WHOLE + Duration::from_secs(1)).await;
            far.write_all(b"b").await.unwrap();
            let told = stream.read_u8().await.err().map(|error| error.to_string());
            assert_eq!(told.as_deref(), expected);
        }
    }
}
