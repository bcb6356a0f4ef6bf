//! The folder with the kubeconfig of one program: for this user alone, and gone with the server.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    adapters::cluster::loopback::private,
    domain::failure::{Failure, FailureKind, Result},
};

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    kubeconfig: PathBuf,
}

impl Folder {
    pub(super) fn make(kubeconfig: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("todo-agent-gate-{}", uuid::Uuid::new_v4().simple()));
        create(&path).map_err(|error| {
            let what = format!("a folder for a temporary kubeconfig cannot be made at {}", path.display());
            Failure::new(FailureKind::Configuration, what).cause(error)
        })?;
        let folder = Self {
            kubeconfig: path.join("kubeconfig"),
            path,
        };
        private(&folder.kubeconfig, kubeconfig)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    pub(super) fn cache(&self) -> PathBuf {
        self.path.join("cache")
    }
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(false);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "the folder of a temporary kubeconfig could not be removed");
        }
    }
}
