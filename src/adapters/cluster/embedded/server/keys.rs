//! What a client needs to trust and be trusted: a CA of our own, the server's certificate, a token. Made once per folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::domain::failure::{Failure, FailureKind};

#[derive(Clone)]
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
    /// The keys of a folder, made where there are none.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        if let Some(keys) = Self::read(dir) {
            return Ok(keys);
        }
        let keys =
            Self::make().map_err(|error| Failure::new(FailureKind::Failed, "the server's certificate could not be made").cause(error))?;
        let folder = folder(dir);
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, error))?;
        for (name, text) in keys.files() {
            private(&folder.join(name), text)?;
        }
        // Another process may have made its own at the same time: the files decide.
        Ok(Self::read(dir).unwrap_or(keys))
    }

    /// The keys of a folder, if they were made.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        let read = |name: &str| std::fs::read_to_string(folder(dir).join(name)).ok().filter(|text| !text.is_empty());
        Some(Self {
            ca: read("ca.crt")?,
            certificate: read("server.crt")?,
            key: read("server.key")?,
            token: read("token")?,
        })
    }

    fn files(&self) -> [(&'static str, &str); 4] {
        [
            ("ca.crt", &self.ca),
            ("server.crt", &self.certificate),
            ("server.key", &self.key),
            ("token", &self.token),
        ]
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
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{} cannot be written", path.display()))
        .hint("check who may write there, or choose another place with `--state-dir DIR`")
        .cause(error)
}
