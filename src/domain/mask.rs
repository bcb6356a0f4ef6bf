//! What is shown in place of a secret.

/// Stands on the screen for a value that is not shown.
pub const HIDDEN: &str = "•••";
