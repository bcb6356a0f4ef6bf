//! What both gates do alike with a call that passes them: it is told before it is sent and when it is answered, and a change needs a
//! permit that is open. What a permit allows, each gate knows for itself.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::domain::{
    event::Event,
    failure::{Failure, FailureKind, Result},
    ports::record::Record,
    risk::{Call, Risk},
};

/// One call at a gate.
#[derive(Clone, Copy)]
pub struct Passage<'a> {
    pub record: &'a dyn Record,
    pub call: &'a Call,
    pub risk: Risk,
}

impl Passage<'_> {
    /// Tells the call as it is judged. Nothing is let through by this.
    ///
    /// # Errors
    /// The record cannot be written: a change is not sent then.
    pub fn tell(&self, granted: bool) -> Result<()> {
        self.record.record(Event::Called {
            call: self.call.clone(),
            risk: self.risk,
            granted,
        })
    }

    /// Sends it, and tells what came back. What was sent was sent: that this cannot be told is found by the next change.
    pub async fn send<T, E>(&self, answer: impl Future<Output = Result<http::Response<T>, E>>) -> Result<http::Response<T>, E> {
        let summary = self.call.summary();
        let start = Instant::now();
        let answer = answer.await;
        let replied = Event::Replied {
            summary: match &answer {
                Ok(_) => summary,
                Err(_) => format!("{summary}: no answer"),
            },
            // Zero: no answer came.
            status: answer.as_ref().map_or(0, |answer| answer.status().as_u16()),
            millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let _ = self.record.record(replied);
        answer
    }

    /// Why a change is not sent for which no permit is open.
    #[must_use]
    pub fn unapproved(&self) -> Failure {
        self.refusal(match self.risk {
            Risk::Unknown => "it is not known what this call does",
            Risk::RunCode => "it would run a program, and that was not approved",
            Risk::Destroy => "it would take something away, and that was not approved",
            _ => "nobody approved it",
        })
    }

    #[must_use]
    pub fn refusal(&self, reason: &str) -> Failure {
        let what = format!("refused to {}: {reason}", self.call.summary());
        Failure::new(FailureKind::Refused, what)
    }
}

/// What may be sent just now.
#[derive(Debug)]
pub struct Permits<P> {
    open: Arc<Mutex<Vec<Numbered<P>>>>,
    next: Arc<AtomicU64>,
}

type Numbered<P> = (u64, Arc<P>);

/// Closes its permit when dropped.
#[derive(Debug)]
pub struct OpenPermit<P> {
    permits: Permits<P>,
    id: u64,
}

impl<P> Default for Permits<P> {
    fn default() -> Self {
        Self {
            open: Arc::default(),
            next: Arc::default(),
        }
    }
}

impl<P> Clone for Permits<P> {
    fn clone(&self) -> Self {
        Self {
            open: self.open.clone(),
            next: self.next.clone(),
        }
    }
}

impl<P> Permits<P> {
    #[must_use = "the permit closes when this is dropped"]
    pub fn open(&self, permit: P) -> OpenPermit<P> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push((id, Arc::new(permit)));
        OpenPermit { permits: self.clone(), id }
    }

    pub fn matching(&self, is_for: impl Fn(&P) -> bool) -> Vec<Arc<P>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let fit = open.iter().filter(|(_, permit)| is_for(permit));
        fit.map(|(_, permit)| Arc::clone(permit)).collect()
    }
}

impl<P> Drop for OpenPermit<P> {
    fn drop(&mut self) {
        let mut open = self.permits.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(id, _)| *id != self.id);
    }
}
