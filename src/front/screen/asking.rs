//! Questions at the terminal.

use std::{
    io::{IsTerminal, stderr, stdin},
    sync::Arc,
};

use dialoguer::{Confirm, Input, Select, theme::SimpleTheme};

use super::{Form, Screen, change, look::Tone, unclear};
use crate::{
    app::guard::{Ask, Demand},
    domain::{
        failure::{Failure, FailureKind, Result},
        intent::Question,
        plan::Plan,
        ports::Later,
    },
};

/// Asks the person at the terminal.
#[derive(Debug)]
pub struct Terminal {
    screen: Arc<Screen>,
}

impl Terminal {
    /// `None` where nobody can be asked: no terminal, or a machine reads the answer.
    #[must_use]
    pub fn new(screen: &Arc<Screen>) -> Option<Self> {
        let there = stdin().is_terminal() && stderr().is_terminal() && screen.form() == Form::Text;
        there.then(|| Self {
            screen: Arc::clone(screen),
        })
    }

    /// The request that the user chose, or nothing when they left it.
    ///
    /// # Errors
    /// The terminal cannot be read; Ctrl-C.
    pub async fn choose(&self, question: Question) -> Result<Option<String>> {
        self.screen.settle();
        let (_, look) = self.screen.looks();
        blocking(move || {
            let width = question.choices.iter().map(|choice| look.columns(&choice.label)).max().unwrap_or(0);
            let items: Vec<String> = question
                .choices
                .iter()
                .map(|choice| look.shown(&unclear::choice_line(choice, width, &look)))
                .collect();
            let theme = Plain { unicode: look.unicode };
            let chosen = Select::with_theme(&theme)
                .with_prompt(look.paint(Tone::Strong, &question.text))
                .items(&items)
                .default(0)
                .report(false)
                .interact_opt()?;
            Ok(chosen
                .and_then(|index| question.choices.get(index))
                .map(|choice| choice.request.clone()))
        })
        .await
    }
}

impl Terminal {
    /// A yes or no that is about no plan.
    ///
    /// # Errors
    /// The terminal cannot be read; Ctrl-C.
    pub async fn confirm(&self, question: &str) -> Result<bool> {
        self.screen.settle();
        let (_, look) = self.screen.looks();
        let question = look.shown(question);
        let theme = Plain { unicode: look.unicode };
        blocking(move || Confirm::with_theme(&theme).with_prompt(question).default(false).interact()).await
    }
}

impl Ask for Terminal {
    fn ask<'a>(&'a self, plans: &'a [Plan], demand: Demand) -> Later<'a, bool> {
        Box::pin(async move {
            self.screen.settle();
            let (_, look) = self.screen.looks();
            self.screen.remark(&[String::new()]);
            match demand {
                Demand::Yes => self.confirm(&change::question(plans)).await,
                Demand::Type { word, why } => {
                    let why = look.paint(Tone::Careful, &look.shown(&format!("{why}.")));
                    self.screen.remark(&look.wrapped(&why, 2));
                    let prompt = format!("To approve, type {word}");
                    let typed: String = blocking(move || {
                        Input::with_theme(&SimpleTheme)
                            .with_prompt(prompt)
                            .allow_empty(true)
                            .interact_text()
                    })
                    .await?;
                    Ok(typed.trim() == word)
                }
            }
        })
    }
}

/// Reads the terminal on a thread of its own: the runtime goes on watching.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> dialoguer::Result<T> + Send + 'static) -> Result<T> {
    let read = tokio::task::spawn_blocking(read).await;
    // A question that was broken off leaves the cursor hidden.
    if !matches!(read, Ok(Ok(_)))
        && let Err(error) = console::Term::stderr().show_cursor()
    {
        tracing::debug!(%error, "the cursor could not be shown");
    }
    match read {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(dialoguer::Error::IO(error))) if error.kind() == std::io::ErrorKind::Interrupted => {
            Err(Failure::new(FailureKind::Interrupted, "stopped: nothing was changed"))
        }
        Ok(Err(error)) => Err(Failure::new(FailureKind::Failed, "the terminal cannot be read").cause(error)),
        Err(error) => Err(Failure::new(FailureKind::Failed, "the question could not be asked").cause(error)),
    }
}

/// Plain prompts that work on every terminal.
struct Plain {
    unicode: bool,
}

impl dialoguer::theme::Theme for Plain {
    fn format_confirm_prompt(&self, f: &mut dyn std::fmt::Write, prompt: &str, _default: Option<bool>) -> std::fmt::Result {
        write!(f, "{prompt} [y/N] ")
    }

    fn format_confirm_prompt_selection(&self, f: &mut dyn std::fmt::Write, prompt: &str, selection: Option<bool>) -> std::fmt::Result {
        let answer = if selection == Some(true) { "y" } else { "n" };
        write!(f, "{prompt} [y/N] {answer}")
    }

    fn format_select_prompt(&self, f: &mut dyn std::fmt::Write, prompt: &str) -> std::fmt::Result {
        write!(f, "{prompt}")
    }

    fn format_select_prompt_item(&self, f: &mut dyn std::fmt::Write, text: &str, active: bool) -> std::fmt::Result {
        let sign = if self.unicode { "❯" } else { ">" };
        write!(f, "  {} {text}", if active { sign } else { " " })
    }
}
