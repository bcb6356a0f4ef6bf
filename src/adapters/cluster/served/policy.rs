//! What passes.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, oneshot};

use crate::domain::{
    grant::Grant,
    held::{HeldCall, Verdict},
    risk::Risk,
};

/// Calls that wait at the same time; a program that sends more waits to be heard.
const WAITING: usize = 64;

/// What passes, and what becomes of the rest.
#[derive(Debug)]
pub enum Policy {
    /// Reads, and calls of these classes. The rest is refused with what it would have needed. For the user's own programs: what they
    /// send and get is not touched.
    Pass { allow: BTreeSet<Risk> },
    /// As if everything passed, and nothing is changed: changes are tried, and what would be is what is read afterwards by name. Values
    /// of Secrets are read only where `allow` says so.
    Preview { allow: BTreeSet<Risk> },
    /// Reads, and changes that lie within these grants. The rest waits for a yes. Values of Secrets are hidden in all answers, but
    /// for what somebody said yes to: a watch of Secrets, a token. Nothing passes that acts as somebody else.
    Hold { grants: Vec<Grant>, waiting: mpsc::Sender<Held> },
}

impl Policy {
    #[must_use]
    pub fn pass(allow: impl IntoIterator<Item = Risk>) -> Self {
        Self::Pass {
            allow: allow.into_iter().collect(),
        }
    }

    #[must_use]
    pub fn preview(allow: impl IntoIterator<Item = Risk>) -> Self {
        Self::Preview {
            allow: allow.into_iter().collect(),
        }
    }

    /// And where the calls come that need a yes. When nobody listens there any more, they are refused.
    #[must_use]
    pub fn hold(grants: Vec<Grant>) -> (Self, mpsc::Receiver<Held>) {
        let (waiting, held) = mpsc::channel(WAITING);
        (Self::Hold { grants, waiting }, held)
    }
}

/// A call that waits. Dropped without an answer, it is refused.
#[derive(Debug)]
pub struct Held {
    call: HeldCall,
    answer: oneshot::Sender<Verdict>,
}

impl Held {
    #[must_use]
    pub const fn call(&self) -> &HeldCall {
        &self.call
    }

    /// Whether the caller was still there to hear it.
    pub fn answer(self, verdict: Verdict) -> bool {
        self.answer.send(verdict).is_ok()
    }

    /// Waits until the caller goes away: its call is gone with it.
    pub async fn dropped(&mut self) {
        self.answer.closed().await;
    }
}

/// Waits for the answer. To drop this is to drop the call.
pub(super) async fn hold(waiting: &mpsc::Sender<Held>, call: HeldCall) -> Verdict {
    let (answer, verdict) = oneshot::channel();
    let nobody = || Verdict::Refuse {
        reason: "nobody is there to approve it".to_owned(),
    };
    if waiting.send(Held { call, answer }).await.is_err() {
        return nobody();
    }
    verdict.await.unwrap_or_else(|_| nobody())
}
