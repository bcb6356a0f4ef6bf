//! What a user of the kubeconfig shows to the server, looked at before it is used: kube tells a mistake in it in the words of
//! its libraries, or ends the program.

use std::{io, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use kube::config::AuthInfo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::Value;

use super::{bounded, fault::file_trouble, target::Target};
use crate::domain::failure::{Failure, FailureKind, Result};

/// # Errors
/// A token that cannot be sent, or a client certificate or its key that is missing or none.
pub(super) fn check(user: &AuthInfo, target: &Target) -> Result<()> {
    let name = target.user.as_deref().unwrap_or_default();
    // The way to its secret members; they stay in here.
    let members = serde_json::to_value(user).unwrap_or_default();
    let member = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let wrong = |what: &str, reason: &str| {
        let what = format!("the {what} of user \"{name}\" cannot be used: {reason}");
        Failure::new(FailureKind::Configuration, what).hint("Log in again with the program of your provider, or get a new kubeconfig.")
    };
    if member("token").is_some_and(|token| token.bytes().any(|byte| byte.is_ascii_control())) {
        return Err(wrong("token", "there is a line break or another control character in it"));
    }
    // Why it is not there is told where it is used, which is not to read one without an end.
    let endless = |file: &str| bounded::read(Path::new(file)).is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge);
    if let Some(file) = member("tokenFile").filter(|file| endless(file)) {
        return Err(wrong("token", &format!("{file} is too large for one")));
    }
    let certificate = pem(
        member("client-certificate-data"),
        member("client-certificate"),
        "client-certificate-data",
    );
    let key = pem(member("client-key-data"), member("client-key"), "client-key-data");
    let certificate = certificate.map_err(|reason| wrong("client certificate", &reason))?;
    let key = key.map_err(|reason| wrong("key", &reason))?;
    let (certificate, key) = match (certificate, key) {
        (None, None) => return Ok(()),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Err(wrong("client certificate", "its key is missing")),
        (None, Some(_)) => return Err(wrong("key", "the client certificate for it is missing")),
    };
    let is_certificate = CertificateDer::pem_slice_iter(&certificate)
        .next()
        .is_some_and(|first| first.is_ok());
    if !is_certificate {
        return Err(wrong("client certificate", "it is no PEM certificate"));
    }
    if PrivateKeyDer::from_pem_slice(&key).is_err() {
        return Err(wrong("key", "it is no PEM private key"));
    }
    Ok(())
}

/// Data wins over the file, as for kubectl.
fn pem(data: Option<&str>, file: Option<&str>, member: &str) -> std::result::Result<Option<Vec<u8>>, String> {
    if let Some(data) = data {
        let clean: String = data.split_whitespace().collect();
        return STANDARD.decode(clean).map(Some).map_err(|_| format!("{member} is not base64"));
    }
    let read = |file: &str| bounded::read(Path::new(file)).map_err(|error| format!("{file} {}", file_trouble(&error)));
    file.map(read).transpose()
}
