//! Questions at the terminal.

use std::{
    io::{IsTerminal, stderr, stdin},
    sync::Arc,
};

use dialoguer::Select;

use super::{
    Form, Screen, change, line,
    look::{Look, Tone},
    unclear,
};
use crate::{
    app::guard::{Ask, Demand},
    domain::{
        failure::{Failure, FailureKind, Result},
        intent::Question,
        plan::Plan,
        ports::Later,
    },
};

/// How often a question is asked before an answer that is none counts as a no.
const TRIES: u32 = 2;

/// Asks the person at the terminal.
#[derive(Clone, Debug)]
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
        let asking = self.clone();
        blocking(move || {
            let chosen = if look.live {
                select(&question, &look)?
            } else {
                asking.number(&question, &look)?
            };
            Ok(chosen
                .and_then(|index| question.choices.get(index))
                .map(|choice| choice.request.clone()))
        })
        .await
    }

    /// A yes or no that is about no plan.
    ///
    /// # Errors
    /// The terminal cannot be read; Ctrl-C.
    pub async fn confirm(&self, question: &str) -> Result<bool> {
        self.screen.settle();
        let question = format!("{question} [y/N] ");
        let asking = self.clone();
        blocking(move || {
            for left in (0..TRIES).rev() {
                let Some(line) = asking.line(&question)? else { return Ok(false) };
                match line.to_lowercase().as_str() {
                    "y" | "yes" => return Ok(true),
                    "" | "n" | "no" => return Ok(false),
                    _ if left > 0 => asking.screen.remark(&["Type y or yes; Enter alone means no.".to_owned()]),
                    _ => {}
                }
            }
            Ok(false)
        })
        .await
    }

    /// A line as an answer; at the end of input nothing, and the screen goes on below the question.
    fn line(&self, question: &str) -> dialoguer::Result<Option<String>> {
        let line = line::read(|| self.screen.ask(question))?;
        if line.is_none() {
            self.screen.remark(&[String::new()]);
        }
        Ok(line)
    }

    /// A choice where lines cannot be rewritten: its number.
    fn number(&self, question: &Question, look: &Look) -> dialoguer::Result<Option<usize>> {
        let width = label_width(question, look);
        let mut lines = look.wrapped(&look.paint(Tone::Strong, &question.text), 2);
        for (index, choice) in question.choices.iter().enumerate() {
            let line = format!("  {}  {}", index + 1, unclear::choice_line(choice, width, look));
            lines.extend(look.wrapped(&line, 5));
        }
        self.screen.remark(&lines);
        for _ in 0..TRIES {
            let Some(line) = self.line(&format!("Which one? [1-{}, Enter: none] ", question.choices.len()))? else {
                return Ok(None);
            };
            if line.is_empty() {
                return Ok(None);
            }
            let number = line
                .parse::<usize>()
                .ok()
                .filter(|number| (1..=question.choices.len()).contains(number));
            if let Some(number) = number {
                return Ok(Some(number - 1));
            }
        }
        Ok(None)
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
                    let asking = self.clone();
                    blocking(move || {
                        let typed = asking.line(&format!("To approve, type {word}: "))?;
                        Ok(typed.is_some_and(|typed| typed == word))
                    })
                    .await
                }
            }
        })
    }
}

/// A choice by moving to it.
fn select(question: &Question, look: &Look) -> dialoguer::Result<Option<usize>> {
    let width = label_width(question, look);
    let items: Vec<String> = question
        .choices
        .iter()
        .map(|choice| look.shown(&unclear::choice_line(choice, width, look)))
        .collect();
    if let Err(error) = line::drop_typed() {
        tracing::debug!(%error, "keys from before could not be dropped");
    }
    Select::with_theme(&Plain { unicode: look.unicode })
        .with_prompt(look.paint(Tone::Strong, &question.text))
        .items(&items)
        .default(0)
        .report(false)
        .interact_opt()
}

fn label_width(question: &Question, look: &Look) -> usize {
    question.choices.iter().map(|choice| look.columns(&choice.label)).max().unwrap_or(0)
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
    fn format_select_prompt(&self, f: &mut dyn std::fmt::Write, prompt: &str) -> std::fmt::Result {
        write!(f, "{prompt}")
    }

    fn format_select_prompt_item(&self, f: &mut dyn std::fmt::Write, text: &str, active: bool) -> std::fmt::Result {
        let sign = if self.unicode { "❯" } else { ">" };
        write!(f, "  {} {text}", if active { sign } else { " " })
    }
}
