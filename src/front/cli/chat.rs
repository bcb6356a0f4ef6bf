//! `todo-agent chat`: one request after the other.

use super::Bench;
use crate::{domain::failure::Result, front::chat};

/// One request after the other, each understood with those before it
#[derive(Debug, clap::Args)]
pub struct Chat {}

impl Chat {
    /// # Errors
    /// None that was not told already.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        chat::hold(bench).await
    }
}
