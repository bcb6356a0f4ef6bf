//! Now, from one place.

/// The time of this machine.
#[must_use]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
