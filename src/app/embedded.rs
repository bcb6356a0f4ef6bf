//! The embedded cluster as its own commands see it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{App, tee::Nobody};
use crate::{
    adapters::cluster::{
        Cluster, Connect,
        embedded::{Embedded, lifecycle::faults::FAULTS, server},
    },
    domain::{
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        object::ObjectRef,
        ports::observe::{Observe, Query},
    },
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

    /// Makes it anew, as it was at first.
    ///
    /// # Errors
    /// It cannot be removed or made.
    pub fn reset(&self) -> Result<()> {
        Embedded::reset(&self.dir).map(drop)
    }

    /// Gives a workload a fault to practise on; what was changed, in one line. `word` is its name or a part of it.
    ///
    /// # Errors
    /// No such fault or workload.
    pub async fn break_with(&self, word: &str, namespace: &str, fault: &str) -> Result<String> {
        let key = self.workload(word, namespace).await?;
        Embedded::open(&self.dir)?.break_with(&key, fault)
    }

    /// Takes all faults of a workload back; what was restored.
    ///
    /// # Errors
    /// No such workload.
    pub async fn heal(&self, word: &str, namespace: &str) -> Result<Vec<String>> {
        let key = self.workload(word, namespace).await?;
        Embedded::open(&self.dir)?.heal(&key)
    }

    /// The workload that is named whole, or the only one with this word in its name.
    async fn workload(&self, word: &str, namespace: &str) -> Result<(String, String, String)> {
        let connect = Connect {
            kubeconfig: None,
            home: None,
            ..Connect::from_env(self.dir.clone(), Arc::new(Nobody))
        };
        let cluster = Cluster::connect(&connect).await?;
        let mut known = Vec::new();
        for kind in Kind::well_known().into_iter().filter(Kind::is_workload) {
            let objects = cluster.list(&Query::all(kind.clone(), Some(namespace.to_owned()))).await?;
            known.extend(objects.iter().map(|object| ObjectRef::of(&kind, object)));
        }
        let word = word.rsplit('/').next().unwrap_or(word);
        let exact = known.iter().filter(|object| object.name == word).collect::<Vec<_>>();
        let found = if exact.is_empty() {
            known
                .iter()
                .filter(|object| object.name.split('-').any(|part| part == word))
                .collect()
        } else {
            exact
        };
        match found.as_slice() {
            [one] => Ok((one.kind.kind.clone(), namespace.to_owned(), one.name.clone())),
            _ => {
                let names: Vec<String> = known.iter().map(ToString::to_string).collect();
                let failure = Failure::new(
                    FailureKind::NotFound,
                    format!("no one workload in {namespace} of the embedded cluster is \"{word}\""),
                );
                Err(failure.hint(format!("there are: {}", names.join(", "))))
            }
        }
    }

    /// Makes an image known to its node, as loading it does.
    ///
    /// # Errors
    /// The database's own.
    pub fn load(&self, image: &str) -> Result<()> {
        Embedded::open(&self.dir)?.load_image(image)
    }
}

/// Faults to practise on: name and what it does.
#[must_use]
pub fn faults() -> Vec<(&'static str, &'static str)> {
    FAULTS.iter().map(|fault| (fault.name, fault.summary)).collect()
}

/// The hidden command by which the server runs in the background.
///
/// # Errors
/// The port cannot be had, or the cluster not be opened.
pub async fn serve(dir: &Path, port: u16) -> Result<()> {
    server::serve(dir, port).await.map(drop)
}
