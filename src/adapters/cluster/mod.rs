//! The Kubernetes API: client, gate, observation; and the embedded cluster behind the same service.
//!
//! [`connect`] finds out which cluster is named and makes a [`Cluster`] without touching the network. Everything that
//! leaves goes through the [`gate`]; everything that fails is translated in [`fault`], and nowhere else.

mod api;
mod bounded;
pub mod connect;
mod discovery;
mod drive;
pub mod embedded;
mod fault;
pub mod forward;
pub mod gate;
mod helm;
mod identity;
mod kubeconfig;
mod lines;
mod list;
mod login;
mod logs;
mod loopback;
mod observe;
mod place;
mod proxy;
mod room;
pub mod served;
mod table;
mod target;
mod transport;
mod watch;

use std::{sync::Arc, time::Duration};

use tokio::sync::OnceCell;

pub use self::{connect::Connect, drive::BuiltIn, login::Logins, target::Target, transport::install_crypto};

use self::{api::Api, fault::Fault};
use crate::domain::{failure::Failure, kind::Kind, place::Place, risk::Call};

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For an answer to begin, and for each further part of it.
    pub answer: Duration,
    /// For an answer to begin that a program behind the gate waits for: longer than an API server gives itself (`--request-timeout`, a
    /// minute), so that it is the server who tells.
    pub passed: Duration,
    /// For a login program of the kubeconfig that asks nobody.
    pub login: Duration,
    /// A watch gives up when the API server was gone for so long; so does the look after a change whose answer was lost.
    pub gone: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            passed: Duration::from_mins(2),
            login: Duration::from_mins(1),
            gone: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// The same, and nothing is waited for longer than this.
    #[must_use]
    pub fn within(self, most: Option<Duration>) -> Self {
        let within = |limit: Duration| most.map_or(limit, |most| limit.min(most));
        Self {
            connect: within(self.connect),
            answer: within(self.answer),
            passed: within(self.passed),
            login: within(self.login),
            gone: within(self.gone),
        }
    }
}

/// One cluster, named and ready to be asked. Cheap to clone; clones share connection and knowledge.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    api: Api,
    target: Target,
    limits: Limits,
    place: OnceCell<Place>,
    kinds: OnceCell<Vec<Kind>>,
}

impl Cluster {
    /// How the cluster is named and reached; costs no call.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// The gate that all calls go through.
    #[must_use]
    pub fn gate(&self) -> &gate::Gate {
        &self.inner.api.gate
    }

    /// The engine that does changes on this cluster.
    #[must_use]
    pub fn built_in(&self) -> BuiltIn {
        BuiltIn::new(self.clone())
    }

    fn api(&self) -> &Api {
        &self.inner.api
    }

    fn failure(&self, fault: Fault, call: &Call) -> Failure {
        fault.failure(&self.inner.target, call)
    }
}
