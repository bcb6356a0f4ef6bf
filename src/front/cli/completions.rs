//! `todo-agent completions SHELL`.

use clap_complete::Shell;

use super::{Bench, fit};
use crate::domain::failure::{Failure, FailureKind, Result};

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  todo-agent completions bash > ~/.local/share/bash-completion/completions/todo-agent\n  todo-agent completions zsh > \"${fpath[1]}/_todo-agent\""
)]
pub struct Completions {
    pub shell: Shell,
}

impl Completions {
    /// # Errors
    /// None in practice: the scripts are text.
    pub fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut fit::command(), "todo-agent", &mut script);
        let script = String::from_utf8(script)
            .map_err(|error| Failure::new(FailureKind::Failed, "the completion script is no text").cause(error.utf8_error()))?;
        bench.screen.say_raw(&script);
        Ok(0)
    }
}
