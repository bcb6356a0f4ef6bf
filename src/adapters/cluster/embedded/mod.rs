//! The embedded cluster: a Kubernetes API inside the process, simulated and said to be so.

mod api;
pub(in crate::adapters::cluster) mod bodies;
pub mod facts;
pub mod lifecycle;
mod patch;
pub mod server;
mod service;
mod store;
pub mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::failure::Failure;
pub use api::DATABASE;
pub use service::Service;
use store::{Outside, Store};
use world::Key;

/// A cluster in a folder. Cheap to clone; many processes may have the same folder open.
#[derive(Clone, Debug)]
pub struct Embedded {
    store: Arc<Store>,
}

impl Embedded {
    /// Opens the cluster of a folder, and makes it where there is none.
    ///
    /// # Errors
    /// A folder that cannot be written, a full disk, a damaged or newer database: each says which file.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        Self::open_with(dir, crate::adapters::clock::now, crate::adapters::engine::has_images)
    }

    /// As [`Embedded::open`], with a clock, and with what the local container engine says about images: it is given
    /// names, and gives back those that it has.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn open_with(
        dir: &Path,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        engine_has: impl Fn(&[String]) -> BTreeSet<String> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let outside = Outside {
            clock: Box::new(clock),
            engine_has: Box::new(engine_has),
        };
        Ok(Self {
            store: Arc::new(Store::open(dir, outside)?),
        })
    }

    /// The API as a service for `kube::Client::new(embedded.service(), "default")`.
    #[must_use]
    pub fn service(&self) -> Service {
        Service::new(self.clone())
    }

    /// Makes the cluster of a folder anew, as it was at first; a damaged database is kept beside the new one. Processes that have
    /// it open see the new one.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn reset(dir: &Path) -> Result<Self, Failure> {
        if let Ok(embedded) = Self::open(dir) {
            match embedded.store.change(false, |change| change.reset()) {
                Err(error) if error.is_beyond_use() => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(embedded),
            }
        }
        Store::make_room(dir)?;
        Self::open(dir)
    }

    /// Gives a workload (`Deployment`, `StatefulSet` or `DaemonSet`; namespace; name) a fault to practise on. Gives back
    /// what was changed, in one line.
    ///
    /// # Errors
    /// No such fault or workload, or one that this fault cannot be made with.
    pub fn break_with(&self, workload: &Key, fault: &str) -> Result<String, Failure> {
        self.store.change(false, |change| {
            let done = lifecycle::faults::apply(fault, workload, &mut change.world)?;
            change.flush()?;
            Ok(done)
        })
    }

    /// Takes all faults of a workload back. Gives back what was restored, nothing when there was no fault.
    ///
    /// # Errors
    /// No such workload.
    pub fn heal(&self, workload: &Key) -> Result<Vec<String>, Failure> {
        self.store.change(false, |change| {
            let done = lifecycle::faults::heal(workload, &mut change.world)?;
            change.flush()?;
            Ok(done)
        })
    }

    /// Makes an image known to the node, as loading it does.
    ///
    /// # Errors
    /// The database's own.
    pub fn load_image(&self, name: &str) -> Result<(), Failure> {
        self.store.change(false, |change| change.know_image(name))?;
        Ok(())
    }

    fn store(&self) -> &Arc<Store> {
        &self.store
    }
}
