use crate::domain::{event::Event, failure::Result};

/// Takes every event, in order.
///
/// # Errors
/// When an event that must be on disk before a change could not be written: the change is then not made.
pub trait Record: Send + Sync {
    fn record(&self, event: Event) -> Result<()>;
}
