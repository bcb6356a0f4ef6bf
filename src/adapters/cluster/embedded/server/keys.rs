//! What a client needs to trust and be trusted: a CA of our own, the server's certificate, a token. Made once per folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use serde::{Deserialize, Serialize};

use crate::domain::failure::{Failure, FailureKind};

/// Below the server's folder.
const FILE: &str = "keys.json";

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

/// The server's own folder below the cluster's.
#[must_use]
pub fn folder(dir: &Path) -> PathBuf {
    dir.join("server")
}

impl Keys {
    /// The keys of a folder, made where there are none. They are one file, so that no two processes mix theirs, and one
    /// process makes them while others wait.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        if let Some(keys) = Self::read(dir) {
            return Ok(keys);
        }
        let folder = folder(dir);
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, error))?;
        let making = folder.join("making");
        let lock = std::fs::File::create(&making).map_err(|error| unwritable(&making, error))?;
        // A file system without locks: whoever writes last is who is read.
        let _ = lock.lock();
        if let Some(keys) = Self::read(dir) {
            return Ok(keys);
        }
        let keys =
            Self::make().map_err(|error| Failure::new(FailureKind::Failed, "the server's certificate could not be made").cause(error))?;
        let text = serde_json::to_string(&keys).unwrap_or_default();
        private(&folder.join(FILE), &text)?;
        Ok(Self::read(dir).unwrap_or(keys))
    }

    /// The keys of a folder, if they were made.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder(dir).join(FILE)).ok()?).ok()
    }

    fn make() -> Result<Self, rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(DnType::CommonName, "todo-agent embedded cluster");
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

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{} cannot be written", path.display()))
        .hint("check who may write there, or choose another place with `--state-dir DIR`")
        .cause(error)
}
