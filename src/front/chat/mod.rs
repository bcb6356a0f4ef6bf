//! `todo-agent chat`: a conversation at the terminal, or one request a line from a pipe.

mod around;
pub mod command;
mod courtesy;
mod explain;
mod helper;
mod place;
mod prompt;
mod reader;
mod undone;

use std::sync::{Arc, Mutex};

use serde_json::json;

use self::{
    command::{COMMANDS, Typed},
    courtesy::Courtesy,
    reader::{Reader, Said},
    undone::Meant,
};
use super::{
    cli::{self, Bench, options::Options},
    screen::{
        Form,
        given::Given,
        line::Kept,
        look::{Look, Tone},
    },
};
use crate::{
    app::{Names, Talk, Whereabouts},
    domain::{
        failure::{Failure, FailureKind, Result},
        place::{Locality, Place},
    },
};

/// Ctrl-C, or the system's wish that the program ends.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();

/// Somebody can be talked with.
#[must_use]
pub fn can_be_had() -> bool {
    reader::is_terminal()
}

/// Holds a conversation until its end. At a terminal the exit code is 0: each request told its own end. From a pipe it is the
/// worst of all.
///
/// # Errors
/// The terminal cannot be used.
pub async fn hold(bench: &Bench<'_>) -> Result<u8> {
    let talk = bench.app.conversation();
    let at_terminal = can_be_had() && bench.screen.form() == Form::Text;
    let mut chat = Chat {
        bench,
        talk: &talk,
        options: bench.options.clone(),
        place: None,
        names: Arc::default(),
        at_terminal,
        worst: 0,
        steps: Vec::new(),
    };
    let ended = if at_terminal {
        chat.at_terminal().await
    } else {
        chat.of_pipe().await
    };
    chat.close();
    ended
}

struct Chat<'a> {
    bench: &'a Bench<'a>,
    talk: &'a Talk<'a>,
    /// What holds for the next request.
    options: Options,
    place: Option<Whereabouts>,
    names: Arc<Mutex<Names>>,
    at_terminal: bool,
    worst: u8,
    /// Each line of a pipe with its exit code.
    steps: Vec<serde_json::Value>,
}

impl Chat<'_> {
    async fn at_terminal(&mut self) -> Result<u8> {
        let (out, _) = self.bench.screen.looks();
        let _kept = Kept::now();
        let mut reader =
            Reader::at_terminal(self.bench.app.history(), self.names.clone(), out.colour).map_err(|error| no_terminal(&error))?;
        self.give();
        let greeting = out.paint(Tone::Dim, "Ask in plain words. /help says what there is, Ctrl-D leaves.");
        self.bench.screen.say(&out.wrapped(&greeting, 0));
        self.whereabouts().await;
        let mut breaks = 0;
        loop {
            self.bench.screen.look_again(self.options.color.unwrap_or_default());
            let (look, _) = self.bench.screen.looks();
            self.bench.stop.forget();
            reader.ask(self.prompt(&look));
            let said = loop {
                tokio::select! {
                    said = reader.said() => break said,
                    () = self.bench.stop.pressed() => {
                        if self.bench.stop.is_told_to_end() {
                            return Ok(INTERRUPTED);
                        }
                        // Not from the editor, which takes Ctrl-C for itself: the line stays as it is.
                    }
                }
            };
            match said {
                Said::End => return Ok(0),
                Said::Break => {
                    breaks += 1;
                    if breaks > 1 {
                        self.bench.screen.remark(&["Ctrl-D or /quit leaves.".to_owned()]);
                    }
                    continue;
                }
                Said::Garbled => self.garbled(),
                Said::Trouble(why) => return Err(no_terminal(&why)),
                Said::Line(lines) => {
                    if self.lines(&lines, &mut reader).await.is_none() {
                        return Ok(0);
                    }
                }
            }
            breaks = 0;
            if self.bench.stop.is_told_to_end() {
                return Ok(INTERRUPTED);
            }
        }
    }

    /// What is pasted may be several lines, each a request; nothing when the user leaves.
    async fn lines(&mut self, lines: &str, reader: &mut Reader) -> Option<()> {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let mut next = Some(line.to_owned());
            while let Some(line) = next {
                self.talk.learn(&line);
                reader.keep(&line, &self.bench.screen.veil().line(&line));
                // What stops a request stops those that were pasted with it.
                if self.line(&line).await? == INTERRUPTED {
                    return Some(());
                }
                next = self.bench.screen.take_correction();
            }
        }
        Some(())
    }

    async fn of_pipe(&mut self) -> Result<u8> {
        let mut reader = Reader::of_pipe().map_err(|error| no_terminal(&error))?;
        self.bench.screen.collect();
        let mut number = 0;
        loop {
            reader.ask(self.prompt(&Look::plain()));
            let said = tokio::select! {
                biased;
                () = self.bench.stop.pressed() => return Ok(INTERRUPTED),
                said = reader.said() => said,
            };
            number += 1;
            match said {
                Said::End => return Ok(self.worst),
                Said::Break => return Ok(INTERRUPTED),
                Said::Trouble(why) => return Err(no_terminal(&why)),
                Said::Garbled => {
                    self.garbled();
                    self.ended(2);
                }
                Said::Line(line) => {
                    self.talk.learn(&line);
                    let Some(code) = self.line(&line).await else {
                        return Ok(self.worst);
                    };
                    self.ended(code);
                    if !line.trim().is_empty() {
                        let step = json!({"line": number, "request": line.trim(), "exit_code": code});
                        self.steps.push(step);
                    }
                    if code == INTERRUPTED {
                        return Ok(INTERRUPTED);
                    }
                }
            }
        }
    }

    fn ended(&mut self, code: u8) {
        self.worst = self.worst.max(code);
    }

    /// One line, and its exit code; nothing when the user leaves.
    async fn line(&mut self, line: &str) -> Option<u8> {
        let typed = match command::read(line) {
            Typed::UndoOf(which, line) => match undone::meant(&which, &self.talk.changes(), &self.talk.earlier()) {
                Meant::These(ids) => return Some(self.take_back(ids).await),
                Meant::Nothing => command::plainly(&line),
                Meant::Unclear(failure) => return Some(self.failed(&failure)),
            },
            Typed::Somewhere(name, line) => self.place_called(name, &line).await,
            // It answers what was asked. In a pipe an answer to nothing is a mistake.
            Typed::Courtesy(courtesy, line)
                if (self.waits() && !matches!(courtesy, Courtesy::Thanks | Courtesy::Greeting))
                    || (courtesy == Courtesy::Answer && !self.at_terminal) =>
            {
                Typed::Request(line)
            }
            typed => typed,
        };
        let told = match typed {
            Typed::Nothing | Typed::UndoOf(..) | Typed::Somewhere(..) => Ok(0),
            Typed::Courtesy(courtesy, _) => {
                let (look, _) = self.bench.screen.looks();
                self.bench.screen.say(&look.wrapped(courtesy.answer(), 0));
                Ok(0)
            }
            Typed::Quit => return None,
            Typed::Help => self.help(),
            Typed::Wrong(what) => Err(Failure::new(FailureKind::Usage, what).hint("/help lists what there is.")),
            Typed::Context(name) => self.context(name).await,
            Typed::Namespace(name) => self.namespace(name).await,
            Typed::Explain => self.explain(),
            Typed::Transcript => self.transcript(),
            Typed::Undo(id) => self.act(Act::Undo(id)).await,
            Typed::UndoThat => match undone::nothing_of(&self.talk.changes(), &self.talk.earlier()) {
                Some(failure) => Err(failure),
                None => self.act(Act::Undo(None)).await,
            },
            Typed::Program(command) => self.act(Act::Program(&command)).await,
            Typed::Request(words) => self.act(Act::Request(&words)).await,
        };
        Some(told.unwrap_or_else(|failure| self.failed(&failure)))
    }

    fn failed(&self, failure: &Failure) -> u8 {
        self.bench.screen.failure(failure);
        failure.kind.exit_code()
    }

    /// One after the other; what is not taken back stands in the way of what came before it.
    async fn take_back(&mut self, ids: Vec<String>) -> u8 {
        for id in ids {
            let code = self.act(Act::Undo(Some(id))).await.unwrap_or_else(|failure| self.failed(&failure));
            if code != 0 {
                return code;
            }
        }
        0
    }

    /// What was said last asked for an answer.
    fn waits(&self) -> bool {
        let earlier = self.talk.earlier();
        earlier
            .turns
            .last()
            .is_some_and(|turn| turn.asked.is_some() || turn.taught.is_some())
    }

    async fn act(&mut self, act: Act<'_>) -> Result<u8> {
        let (act, tried) = match act {
            Act::Request(words) => {
                let (words, tried) = command::tried(words);
                (Act::Request(words), tried)
            }
            other => (other, false),
        };
        let options = Options {
            dry_run: self.options.dry_run || tried,
            ..self.options.clone()
        };
        let bench = Bench {
            app: self.bench.app,
            screen: self.bench.screen,
            options: &options,
            stop: self.bench.stop.clone(),
            talk: Some(self.talk),
        };
        let code = match act {
            Act::Request(words) => cli::request(words, &bench).await,
            Act::Undo(id) => cli::Undo { transcript: id }.act(&bench).await,
            Act::Program(command) => Box::pin(command.act(&bench)).await,
        };
        self.bench.screen.settle();
        let earlier = self.talk.earlier();
        // The prompt tells the cluster; an engine has no namespaces.
        let place = earlier.turns.last().and_then(|turn| turn.place.as_ref());
        let place = place.filter(|place| place.locality != Locality::Engine).map(Whereabouts::from);
        if let Some(place) = place.filter(|_| self.at_terminal) {
            // A request may have named a namespace of its own; the next one goes where this one would have.
            let namespace = self.place.as_ref().map(|place| place.namespace.clone());
            self.place = Some(Whereabouts {
                namespace: namespace.unwrap_or(place.namespace),
                ..place
            });
        }
        if self.at_terminal {
            self.learn_names();
            if earlier
                .turns
                .last()
                .and_then(|turn| turn.place.as_ref())
                .is_some_and(Place::is_engine)
            {
                self.learn_names_on_engine();
            }
        }
        code
    }

    /// Commands in hints are what one types here.
    fn give(&self) {
        if self.at_terminal {
            self.bench.screen.give(Given {
                chat: true,
                ..self.options.given()
            });
        } else {
            self.bench.screen.give(self.options.given());
        }
    }

    fn help(&self) -> Result<u8> {
        cli::help::tell(self.bench)?;
        if self.bench.screen.form() != Form::Text {
            return Ok(0);
        }
        let (look, _) = self.bench.screen.looks();
        let width = COMMANDS.iter().map(|(command, _)| look.columns(command)).max().unwrap_or(0);
        let mut lines = vec![String::new(), look.paint(Tone::Strong, "In a conversation also")];
        let leaning = ["restart it", "and the frontend too", "no, the other one", "undo that"];
        lines.extend(leaning.iter().map(|example| format!("  {example}")));
        for (command, what) in COMMANDS {
            lines.extend(look.wrapped(&format!("  {}  {what}", look.padded(command, width)), width + 4));
        }
        self.bench.screen.say(&lines);
        Ok(0)
    }

    fn transcript(&self) -> Result<u8> {
        match self.talk.id() {
            Some(id) => cli::show_transcript(id, self.bench),
            None => {
                self.bench
                    .screen
                    .say(&["Nothing is recorded yet: a request makes the record.".to_owned()]);
                Ok(0)
            }
        }
    }

    fn explain(&self) -> Result<u8> {
        let earlier = self.talk.earlier();
        let (look, _) = self.bench.screen.looks();
        let lines = match earlier.turns.last() {
            Some(turn) => explain::lines(turn, self.bench.screen.veil(), &look),
            None => vec!["Nothing was asked yet.".to_owned()],
        };
        self.bench.screen.say(&lines);
        Ok(0)
    }

    fn garbled(&self) {
        let failure = Failure::new(FailureKind::Usage, "this line is no UTF-8 text: it was passed over");
        self.bench.screen.failure(&failure);
    }

    /// The record, once; and for machines the whole of it.
    fn close(&self) {
        let screen = self.bench.screen;
        if screen.form() == Form::Json {
            screen.close_script(&json!({"record": self.talk.id(), "steps": self.steps, "exit_code": self.worst}));
        } else if let Some(id) = self.talk.id().filter(|_| screen.form() == Form::Text && self.at_terminal) {
            let (_, look) = screen.looks();
            let lines = look.wrapped(&format!("Record: {id}"), 2);
            screen.remark(&lines.iter().map(|line| look.paint(Tone::Dim, line)).collect::<Vec<_>>());
        }
    }
}

/// What a line asks to be done.
enum Act<'a> {
    Request(&'a str),
    Undo(Option<String>),
    Program(&'a cli::Command),
}

fn no_terminal(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Usage, "the terminal cannot be read").cause(error)
}
