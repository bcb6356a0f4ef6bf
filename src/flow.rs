//! The order of the stages, and nothing else.

use std::sync::Arc;

use crate::domain::{
    outcome::Outcome,
    ports::{approve::Approve, drive::Drive, observe::Observe, record::Record},
    request::Request,
    undo::UndoEntry,
};

/// The walk of one request. `app` gives it its ports.
#[allow(missing_debug_implementations)]
pub struct Flow {
    pub observe: Arc<dyn Observe>,
    pub drive: Arc<dyn Drive>,
    pub approve: Arc<dyn Approve>,
    pub record: Arc<dyn Record>,
}

impl Flow {
    /// Understands, previews, asks, acts, verifies. Never fails by itself: a failure is an outcome, and was recorded.
    pub async fn walk(&self, _request: &Request) -> Outcome {
        Outcome::default()
    }

    /// Takes a request back: the same walk from the plan on.
    pub async fn undo(&self, _entry: &UndoEntry, _request: &Request) -> Outcome {
        Outcome::default()
    }
}
