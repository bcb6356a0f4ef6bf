//! The gate as a server: the cluster for a program that is not ours, over TLS on 127.0.0.1, through the same classification and into
//! the same record as our own calls. The program gets a temporary kubeconfig and never the user's credentials.
//!
//! Who starts a program behind it:
//!
//! ```ignore
//! let (policy, mut held) = Policy::hold(grants);
//! let served = Served::start(&cluster, policy).await?;
//! served.surround(&mut command);                      // KUBECONFIG, and nothing that leads past it
//! let mut child = command.spawn()?;
//! loop {
//!     tokio::select! {
//!         ended = child.wait() => break,
//!         Some(held) = held.recv() => {                // its request waits, as long as this takes
//!             let verdict = ask_the_user(held.call()).await;
//!             held.answer(verdict);                    // a caller that went away meanwhile took its call with it
//!         }
//!     }
//! }
//! let end = served.close().await;                     // what was refused, whether anything was changed
//! ```
//!
//! Nothing is applied after [`Served::close`] or the drop of [`Served`]: connections end, held calls are dropped, the folder with the
//! kubeconfig is removed. [`Policy`] says what passes. Each change that passes is tried first (`dryRun=All`), and told with what takes
//! it back before it is sent, so `undo` works on what a program did.

mod answer;
mod around;
mod asked;
mod attempt;
mod body;
mod change;
mod cover;
mod door;
mod effects;
mod folder;
mod hide;
mod judge;
mod leave;
mod ledger;
mod listen;
mod onward;
mod patient;
mod pin;
mod policy;
mod preview;
mod refusal;
mod reversal;
mod sending;
mod tried;
mod weight;
mod wire;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::JoinHandle};

pub use self::policy::{Held, Policy};

use self::{door::Door, folder::Folder, ledger::Ledger};
use super::{Cluster, loopback::Keys};
use crate::domain::{failure::Result, field::FieldChange, object::ObjectRef, risk::Risk};

/// How long a change that was sent may take to be answered when all else is over.
const GRACE: Duration = Duration::from_secs(5);

/// Refusals that are kept one by one.
const KEPT: usize = 200;

/// A running server. Ends when dropped.
#[derive(Debug)]
pub struct Served {
    folder: Folder,
    port: u16,
    tally: Arc<Tally>,
    /// Connections and tunnels live as long as this does.
    open: watch::Sender<()>,
    listening: JoinHandle<()>,
    ledger: Ledger,
}

/// What came of it all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct End {
    /// Calls that were refused, the first [`KEPT`] of them, each once.
    pub refused: Vec<Refused>,
    /// How many there were in all.
    pub refusals: usize,
    /// Something was changed on the cluster.
    pub changed: bool,
    /// A change was sent, and what became of it is not known.
    pub open: bool,
    /// Of a preview: what would have been done, in order.
    pub would: Vec<Would>,
    /// Of a preview: why it came to its end before the program did.
    pub ended: Option<String>,
}

/// A change that was only tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Would {
    pub object: ObjectRef,
    /// `made`, `changed` or `taken away`.
    pub what: &'static str,
    pub diff: Vec<FieldChange>,
}

/// A call that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `patch deployments/web in namespace todo`.
    pub what: String,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// Classes of calls that would have had to be allowed.
    pub needs: BTreeSet<Risk>,
}

/// Counts what happens at the gate.
#[derive(Debug, Default)]
struct Tally {
    end: Mutex<End>,
    /// Changes that were sent and not answered yet.
    sent: watch::Sender<usize>,
}

impl Tally {
    fn note(&self, what: impl FnOnce(&mut End)) {
        what(&mut self.end.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn refused(&self, refused: Refused) {
        self.note(|end| {
            end.refusals += 1;
            if end.refused.len() < KEPT && !end.refused.contains(&refused) {
                end.refused.push(refused);
            }
        });
    }
}

impl Served {
    /// Opens the gate on a port of 127.0.0.1 that is free.
    ///
    /// # Errors
    /// No port, no keys, no folder for the kubeconfig.
    pub async fn start(cluster: &Cluster, policy: Policy) -> Result<Self> {
        let keys = Keys::make("todo-agent gate")?;
        let listener = listen::bind().await?;
        let port = listen::port(&listener)?;
        let target = cluster.target();
        let folder = Folder::make(&keys.kubeconfig(&target.context, &target.namespace, port))?;
        let acceptor = keys.acceptor()?;
        let (open, life) = watch::channel(());
        let tally = Arc::new(Tally::default());
        let ledger = Ledger::keep(Arc::clone(cluster.gate().record()));
        let door = Door::new(cluster.clone(), policy, keys.token, Arc::clone(&tally), life, ledger.clone());
        let listening = tokio::spawn(listen::listen(listener, acceptor, Arc::new(door)));
        Ok(Self {
            folder,
            port,
            tally,
            open,
            listening,
            ledger,
        })
    }

    /// The temporary kubeconfig: one context, of the same name and namespace.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        self.folder.kubeconfig()
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Points a child, and what it starts, at the gate. What it already found in its home it can still read.
    pub fn surround(&self, command: &mut tokio::process::Command) {
        around::surround(command, self.kubeconfig());
        // The port is another one each time: what kubectl learns of it is of no use later.
        command.env("KUBECACHEDIR", self.folder.cache());
    }

    /// What happened so far.
    #[must_use]
    pub fn so_far(&self) -> End {
        self.tally.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything that was read so far is told.
    pub async fn catch_up(&self) {
        let _ = tokio::time::timeout(GRACE, self.ledger.flush()).await;
    }

    /// No more calls; waits a moment for the answers to changes that were sent.
    pub async fn close(self) -> End {
        self.listening.abort();
        // What is not on its way yet is not sent any more.
        let _ = self.open.send(());
        let mut sent = self.tally.sent.subscribe();
        // What is waited for is let go before the next wait.
        let answered = matches!(tokio::time::timeout(GRACE, sent.wait_for(|sent| *sent == 0)).await, Ok(Ok(_)));
        let _ = tokio::time::timeout(GRACE, self.ledger.flush()).await;
        let mut end = self.so_far();
        end.open |= !answered;
        end
    }

    /// Where the kubeconfig and the caches of programs are.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = self.open.send(());
    }
}
