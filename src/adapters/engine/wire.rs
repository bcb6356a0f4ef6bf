//! One connection for each call: a unix socket, a named pipe, TCP, or TCP with TLS.

use std::{io, sync::Arc, time::Duration};

use bollard::BollardRequest;
use http::{HeaderValue, Response, header::HOST};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::endpoint::{Endpoint, Host, Tls};

/// For a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an engine may be silent after it was asked for something that it only has to look up.
const SILENCE: Duration = Duration::from_secs(15);

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
                let stream = tokio::net::TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
                let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                let connector = tokio_rustls::TlsConnector::from(config.clone());
                Ok(Box::new(connector.connect(name, stream).await?))
            }
        }
    }
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
