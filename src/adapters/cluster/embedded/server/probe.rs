//! One call of our own server, to see that it is there and ours.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::keys::Keys;

/// A server on this machine that does not answer within this time is none.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the call was answered with 200, by a server that has our certificate.
pub async fn call(port: u16, keys: &Keys, method: &str, path: &str) -> bool {
    tokio::time::timeout(PATIENCE, exchange(port, keys, method, path))
        .await
        .ok()
        .flatten()
        .unwrap_or(false)
}

async fn exchange(port: u16, keys: &Keys, method: &str, path: &str) -> Option<bool> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(keys.ca.as_bytes()).ok()?).ok()?;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.ok()?;
    let name = ServerName::try_from("127.0.0.1").ok()?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        keys.token
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.ok()?;
    Some(head.ends_with(b" 200 OK") || head.windows(4).any(|part| part == b" 200"))
}
