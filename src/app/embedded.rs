//! The embedded cluster as its own commands see it.

use std::path::{Path, PathBuf};

use super::App;
use crate::{
    adapters::cluster::embedded::{Embedded, server},
    domain::failure::Result,
};

pub use crate::adapters::cluster::embedded::server::{Address, SERVE_COMMAND};

/// The embedded cluster of this user.
#[derive(Clone, Debug)]
pub struct EmbeddedCluster {
    dir: PathBuf,
}

impl App {
    #[must_use]
    pub fn embedded(&self) -> EmbeddedCluster {
        EmbeddedCluster { dir: self.dirs.embedded() }
    }
}

impl EmbeddedCluster {
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Serves it on loopback in the background, unless that is done already.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn start(&self) -> Result<Address> {
        server::start(&self.dir).await
    }

    /// Ends the server; whether there was one.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(&self) -> Result<bool> {
        server::stop(&self.dir).await
    }

    /// Where it is served, if it is.
    pub async fn status(&self) -> Option<Address> {
        server::status(&self.dir).await
    }

    /// What kubectl and helm need.
    ///
    /// # Errors
    /// It was never served.
    pub fn kubeconfig(&self) -> Result<String> {
        server::kubeconfig(&self.dir)
    }

    /// Makes an image known to its node, as loading it does.
    ///
    /// # Errors
    /// The database's own.
    pub fn load(&self, image: &str) -> Result<()> {
        Embedded::open(&self.dir)?.load_image(image)
    }
}

/// The hidden command by which the server runs in the background.
///
/// # Errors
/// The port cannot be had, or the cluster not be opened.
pub async fn serve(dir: &Path, port: u16) -> Result<()> {
    server::serve(dir, port).await.map(drop)
}
