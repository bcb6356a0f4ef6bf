//! A Kubernetes API for other programs of this machine: what a server on 127.0.0.1 needs so that kubectl trusts it and is trusted
//! by it. TLS with an authority of its own and a token, for kubectl drops tokens over plain HTTP.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

use crate::domain::failure::{Failure, FailureKind};

/// What a server shows, and what its clients show to it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    pub ca: String,
    pub certificate: String,
    pub key: String,
    pub token: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// New ones; the private key of the authority is forgotten.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn make(authority: &str) -> Result<Self, Failure> {
        Self::made(authority).map_err(|error| Failure::new(FailureKind::Failed, "the server's certificate could not be made").cause(error))
    }

    fn made(authority: &str) -> Result<Self, rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(DnType::CommonName, authority);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_certificate = ca.self_signed(&ca_key)?;
        let issuer = Issuer::new(ca, ca_key);
        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "127.0.0.1");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = server.signed_by(&key, &issuer)?;
        Ok(Self {
            ca: ca_certificate.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            token: format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()),
        })
    }

    /// Takes TLS connections, HTTP/2 and HTTP/1.1 on them.
    ///
    /// # Errors
    /// Keys that do not read.
    pub fn acceptor(&self) -> Result<TlsAcceptor, Failure> {
        let damaged = |error: &dyn std::fmt::Display| {
            Failure::new(FailureKind::Configuration, "the server's certificate does not read")
                .hint("`todo-agent cluster reset` makes a new one")
                .cause(error)
        };
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(|error| damaged(&error))?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| damaged(&error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
            .map_err(|error| damaged(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// What kubectl and helm need to reach the server at this port: one context.
    #[must_use]
    pub fn kubeconfig(&self, context: &str, namespace: &str, port: u16) -> String {
        let (context, namespace) = (quoted(context), quoted(namespace));
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {context}\nclusters:\n- name: {context}\n  cluster:\n    server: https://127.0.0.1:{port}\n    certificate-authority-data: {ca}\nusers:\n- name: {context}\n  user:\n    token: {token}\ncontexts:\n- name: {context}\n  context:\n    cluster: {context}\n    user: {context}\n    namespace: {namespace}\n",
            ca = STANDARD.encode(&self.ca),
            token = self.token,
        )
    }
}

/// A name as YAML, in quotes unless nobody can take it for something else.
fn quoted(name: &str) -> String {
    let plain = name.len() > 5
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.chars().map(escaped).collect::<String>())
    }
}

/// As YAML 1.1 and 1.2 read it alike: both take some characters beyond ASCII for line breaks, or do not take them at all.
fn escaped(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        '\0'..='\u{FFFF}' => format!("\\u{:04X}", u32::from(c)),
        _ => format!("\\U{:08X}", u32::from(c)),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let draft = path.with_extension(format!("{}.draft", uuid::Uuid::new_v4().simple()));
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        unwritable(path, error)
    })
}

pub fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{} cannot be written", path.display()))
        .hint("check who may write there, or choose another place with `--state-dir DIR`")
        .cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_on_one_line() {
        for name in [
            "dev",
            "minikube",
            "a\nb\u{1b}[31m",
            "x\u{85}y\u{2028}z\u{7f}",
            "true",
            "\"q\\",
            "ü🦀",
            "",
        ] {
            let text = quoted(name);
            assert!(text.is_ascii() && text.lines().count() == 1, "{text}");
            assert_eq!(serde_saphyr::from_str::<String>(&text).unwrap(), name, "{text}");
        }
    }
}
