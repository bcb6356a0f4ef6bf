//! Questions at the terminal.

use std::{
    io::{self, IsTerminal, stderr, stdin},
    sync::{Arc, Weak},
};

use super::{
    Form, Screen, change, line,
    look::{Look, Tone},
    refusal, unclear,
};
use crate::{
    app::guard::{Answer, Ask, Demand},
    domain::{
        errand::Asks,
        failure::{Failure, FailureKind, Result},
        plan::Plan,
        ports::Later,
        question::{Picked, Question},
        said,
    },
};

/// Columns that an answer needs on the line of its question.
const ROOM: usize = 12;

/// How often a question is asked before an answer that is none counts as a no.
const TRIES: u32 = 2;

/// What a question takes for an answer, and what is said to one that is none.
#[derive(Clone, Copy)]
struct Choices {
    shown: &'static str,
    hint: &'static str,
    /// `b` is one.
    instead: bool,
}

const PLAIN: Choices = Choices {
    shown: "[y/N]",
    hint: "Type y or yes; Enter alone means no.",
    instead: false,
};
const OR_BUILT_IN: Choices = Choices {
    shown: "[y/N/b = built-in]",
    hint: "Type y or yes, or b for the built-in engine to do it; Enter alone means no.",
    instead: true,
};
const OR_STOP: Choices = Choices {
    shown: "[y/N/b = stop it, built-in goes on]",
    hint: "Type y or yes, or b for the built-in engine to go on without it; Enter alone means no.",
    instead: true,
};

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
        blocking(move |waited| asking.picked(&question, &look, waited)).await
    }

    /// A yes or no that is about no plan.
    ///
    /// # Errors
    /// The terminal cannot be read; Ctrl-C.
    pub async fn confirm(&self, question: &str) -> Result<bool> {
        Ok(self.answered(question, PLAIN).await? == Answer::Yes)
    }

    /// The same, with a third answer where the built-in engine can do it instead of a tool.
    async fn answered(&self, question: &str, choices: Choices) -> Result<Answer> {
        self.screen.settle();
        let Choices { shown, hint, instead } = choices;
        let question = format!("{question} {shown} ");
        let asking = self.clone();
        blocking(move |waited| {
            for left in (0..TRIES).rev() {
                let Some(line) = asking.line(&question, waited)? else {
                    return Ok(Answer::No);
                };
                match line.to_lowercase().as_str() {
                    "y" | "yes" => return Ok(Answer::Yes),
                    "" => return Ok(Answer::No),
                    "b" | "builtin" | "built-in" if instead => return Ok(Answer::Instead),
                    _ if said::is_no(&line) => {
                        asking.refused(&line);
                        return Ok(Answer::No);
                    }
                    _ if left > 0 => asking.screen.remark(&[hint.to_owned()]),
                    _ => {}
                }
            }
            Ok(Answer::No)
        })
        .await
    }

    /// Whether `word` was typed after the reason to.
    ///
    /// # Errors
    /// The terminal cannot be read; Ctrl-C.
    pub async fn typed(&self, why: String, word: String) -> Result<bool> {
        Ok(self.worded(why, word, None).await? == Answer::Yes)
    }

    /// The same, with something else to type where the built-in engine can do it instead of a tool, and what that means.
    async fn worded(&self, why: String, word: String, instead: Option<(String, &'static str)>) -> Result<Answer> {
        self.screen.settle();
        let (_, look) = self.screen.looks();
        let why = look.paint(Tone::Careful, &look.shown(&format!("{why}.")));
        self.screen.remark(&look.wrapped(&why, 2));
        let asking = self.clone();
        blocking(move |waited| {
            let or = instead
                .as_ref()
                .map_or_else(String::new, |(typed, means)| format!(" ({typed} = {means})"));
            Ok(match asking.line(&format!("To approve, type {word}{or}: "), waited)? {
                // Whatever the word is, these are no yes.
                Some(typed) if instead.is_some_and(|(instead, _)| typed == instead) => Answer::Instead,
                Some(typed) if typed == word && !said::is_no(&typed) => Answer::Yes,
                Some(typed) => {
                    asking.refused(&typed);
                    Answer::No
                }
                None => Answer::No,
            })
        })
        .await
    }

    /// What a no says besides is a request of its own.
    fn refused(&self, line: &str) {
        if refusal::says_more(line) {
            self.screen.correct(line);
        }
    }

    /// A line as an answer; at the end of input nothing, and the screen goes on below the question.
    fn line(&self, question: &str, waited: &Weak<()>) -> io::Result<Option<String>> {
        let (_, look) = self.screen.looks();
        // A question that fills the line could not be rewritten as one.
        if look.live && look.columns(question) + ROOM <= look.width {
            return line::edited(&self.screen.veil().text(question));
        }
        let line = line::read(waited, || self.screen.ask(question))?;
        if line.is_none() {
            self.screen.remark(&[String::new()]);
        }
        Ok(line)
    }

    /// A choice by its number or its name. Nothing is chosen beforehand: Enter alone must not become a change.
    fn picked(&self, question: &Question, look: &Look, waited: &Weak<()>) -> io::Result<Option<String>> {
        self.screen.remark(&choices(question, look));
        let range = range(question);
        let mut unread = None;
        for left in (0..TRIES).rev() {
            let which = if question.choices.len() == 1 { "This one" } else { "Which one" };
            let Some(line) = self.line(&format!("{which}? [{range}, Enter: none] "), waited)? else {
                return Ok(None);
            };
            if line.is_empty() {
                break;
            }
            let hint = match question.picked(&line) {
                Picked::Request(request) => return Ok(Some(request)),
                Picked::Unclear(why) => why,
                Picked::Nothing if question.choices.len() == 1 => "Type y, or the name; Enter alone chooses none.".to_owned(),
                Picked::Nothing if question.asks_number() => format!("Type one of {range}; Enter alone chooses none."),
                Picked::Nothing => format!("Type a number of {range}, or the name; Enter alone chooses none."),
            };
            if left > 0 {
                self.screen.remark(&[hint]);
            }
            unread = Some(line);
        }
        self.screen.remark(&["None chosen: nothing was done.".to_owned()]);
        // Several words were a request of their own, and not a choice that was mistyped.
        if let Some(request) = unread.filter(|line| line.contains(' ')) {
            self.screen.not_run(&request);
        }
        Ok(None)
    }
}

impl Ask for Terminal {
    fn ask<'a>(&'a self, plans: &'a [Plan], demand: Demand, replaceable: bool) -> Later<'a, Answer> {
        Box::pin(async move {
            self.screen.settle();
            self.screen.remark(&[String::new()]);
            match demand {
                Demand::Yes => {
                    let choices = if replaceable { OR_BUILT_IN } else { PLAIN };
                    self.answered(&change::question(plans), choices).await
                }
                Demand::Type { word, why } => {
                    let instead = replaceable.then(|| (format!("{word} b"), "built-in"));
                    self.worded(why, word, instead).await
                }
            }
        })
    }

    fn allow<'a>(&'a self, _asks: &'a Asks, demand: Demand, replaceable: bool) -> Later<'a, Answer> {
        Box::pin(async move {
            self.screen.settle();
            match demand {
                Demand::Yes => self.answered("      Allow?", if replaceable { OR_STOP } else { PLAIN }).await,
                Demand::Type { word, why } => {
                    let instead = replaceable.then(|| ("b".to_owned(), "stop it, built-in goes on"));
                    self.worded(why, word, instead).await
                }
            }
        })
    }
}

/// Choices by their places; choices that are numbers by themselves, for another number before them would be taken for one.
fn choices(question: &Question, look: &Look) -> Vec<String> {
    let shown = question.choices.iter().take(Question::SHOWN);
    let width = shown.clone().map(|choice| look.columns(&choice.label)).max().unwrap_or(0);
    let digits = question.choices.len().min(Question::SHOWN).to_string().len();
    let mut lines = look.wrapped(&look.paint(Tone::Strong, &question.text), 2);
    for (index, choice) in shown.enumerate() {
        let choice = unclear::choice_line(choice, width, look);
        if question.asks_number() {
            lines.extend(look.wrapped(&format!("  {choice}"), 4));
        } else {
            lines.extend(look.wrapped(&format!("  {:>digits$}  {choice}", index + 1), 4 + digits));
        }
    }
    lines.extend(unclear::further(question));
    lines
}

/// `1-3`, or the numbers that are choices; `y` where there is only one.
fn range(question: &Question) -> String {
    if question.choices.len() == 1 {
        return "y".to_owned();
    }
    if !question.asks_number() {
        return format!("1-{}", question.choices.len());
    }
    let labels: Vec<&str> = question.choices.iter().map(|choice| choice.label.as_str()).collect();
    labels.join(", ")
}

/// Reads the terminal on a thread of its own: the runtime goes on watching. The thread ends when nobody waits for it any more.
async fn blocking<T: Send + 'static>(read: impl FnOnce(&Weak<()>) -> io::Result<T> + Send + 'static) -> Result<T> {
    let _kept = line::Kept::now();
    let waits = Arc::new(());
    let waited = Arc::downgrade(&waits);
    match tokio::task::spawn_blocking(move || read(&waited)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
            Err(Failure::new(FailureKind::Interrupted, "stopped: nothing was changed"))
        }
        Ok(Err(error)) => Err(Failure::new(FailureKind::Failed, "the terminal cannot be read").cause(error)),
        Err(error) => Err(Failure::new(FailureKind::Failed, "the question could not be asked").cause(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::question::Choice, front::screen::look::tests::terminal};

    fn question(labels: &[&str]) -> Question {
        let choice = |label: &&str| Choice {
            label: (*label).to_owned(),
            detail: "now 2".to_owned(),
            request: String::new(),
        };
        Question {
            text: "Which?".to_owned(),
            choices: labels.iter().map(choice).collect(),
            ..Question::default()
        }
    }

    #[test]
    fn choices_that_are_numbers_are_not_numbered() {
        let look = terminal(80, true);
        let (names, numbers) = (question(&["web-2", "web-3"]), question(&["1", "3", "4"]));
        assert_eq!(choices(&names, &look), ["Which?", "  1  web-2  now 2", "  2  web-3  now 2"]);
        assert_eq!(choices(&numbers, &look), ["Which?", "  1  now 2", "  3  now 2", "  4  now 2"]);
        assert_eq!([range(&names), range(&numbers), range(&question(&["3"]))], ["1-2", "1, 3, 4", "y"]);
    }
}
