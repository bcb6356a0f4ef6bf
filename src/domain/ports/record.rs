use crate::domain::{event::Event, failure::Result, undo::Announcement};

/// Takes every event, in order.
///
/// # Errors
/// When an event that must be on disk before a change could not be written: the change is then not made.
pub trait Record: Send + Sync {
    fn record(&self, event: Event) -> Result<()>;

    /// What was announced was made, or was not, as the server said. Where that is never told, both may be so. For what is kept to take it
    /// back alone: in the record stands the answer itself.
    fn settle(&self, _announced: Announcement, _made: bool) {}
}
