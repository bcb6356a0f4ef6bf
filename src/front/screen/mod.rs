//! The screen: a reader of the event stream that prints, for people or for machines. Nothing else prints.

pub mod answer;
pub mod asking;
pub mod change;
pub mod document;
pub mod failure;
pub mod fields;
pub mod given;
mod interrupted;
pub mod line;
mod live;
pub mod look;
pub mod machine;
pub mod pen;
mod plans;
pub mod record;
mod refusal;
pub mod story;
pub mod text;
pub mod unclear;
pub mod words;
mod yaml;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use self::{
    document::{Document, Ending},
    given::Given,
    look::{Colour, Look},
    pen::Pen,
    plans::Plans,
    text::{Manner, Text},
};
use crate::{
    app::veil::Veil,
    domain::{
        event::Event,
        failure::{Failure, Result},
        intent::Resolution,
        ports::record::Record,
    },
};

/// Exit code of a request that was met and whose answer nobody got.
pub const UNWRITTEN: u8 = 1;

/// Why an answer did not arrive.
#[must_use]
pub fn unwritten(reason: &str) -> String {
    format!("the answer could not be written: {reason}")
}

/// `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON document when all is done.
    Json,
    /// One JSON object for each event, as it happens.
    Jsonl,
}

/// Prints what happens.
#[derive(Debug)]
pub struct Screen {
    form: Form,
    veil: Veil,
    verbose: bool,
    given: Mutex<Given>,
    state: Mutex<State>,
    /// What a conversation goes on with: it was typed with a no, at a question.
    corrected: Mutex<Option<String>>,
    /// Told when nobody reads standard output any more.
    closed: Notify,
}

#[derive(Debug)]
struct State {
    text: Text,
    document: Document,
    plans: Plans,
    /// Documents of a script's requests, which become one document at its end.
    collected: Option<Vec<Value>>,
}

impl Screen {
    #[must_use]
    pub fn new(form: Form, colour: Colour, veil: Veil, manner: Manner) -> Self {
        let out = Pen::stdout(Look::of_stdout(colour));
        let err = Pen::stderr(Look::of_stderr(colour));
        Self::with_pens(form, out, err, veil, manner)
    }

    /// The same onto other streams.
    #[must_use]
    pub fn with_pens(form: Form, out: Pen, mut err: Pen, veil: Veil, manner: Manner) -> Self {
        if form != Form::Text {
            // A machine reads: no line that is rewritten, no news beside the document.
            err.look.live = false;
        }
        Self {
            form,
            veil: veil.clone(),
            verbose: manner.verbose,
            given: Mutex::new(manner.given.clone()),
            state: Mutex::new(State {
                text: Text::new(out, err, veil, manner),
                document: Document::default(),
                plans: Plans::default(),
                collected: None,
            }),
            corrected: Mutex::default(),
            closed: Notify::new(),
        }
    }

    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Options that commands in hints repeat.
    #[must_use]
    pub fn given(&self) -> Given {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on commands in hints repeat these.
    pub fn give(&self, given: Given) {
        self.state().text.give(given.clone());
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = given;
    }

    /// The terminal may have another size than it had.
    pub fn look_again(&self, colour: Colour) {
        let mut state = self.state();
        state.text.out.look = Look::of_stdout(colour);
        let live = state.text.err.look.live;
        state.text.err.look = Look {
            live,
            ..Look::of_stderr(colour)
        };
    }

    #[must_use]
    pub const fn veil(&self) -> &Veil {
        &self.veil
    }

    /// Lines of the answer that come from no event.
    pub fn say(&self, lines: &[String]) {
        self.state().text.to_out(lines);
    }

    /// Lines beside the answer.
    pub fn remark(&self, lines: &[String]) {
        self.state().text.to_err(lines);
    }

    /// A question; what is typed follows on its line.
    pub fn ask(&self, question: &str) {
        self.state().text.ask(question);
    }

    /// The request that came with a no, once.
    pub fn take_correction(&self) -> Option<String> {
        self.corrected.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Where nothing is asked for after this, it is told that it was not run.
    fn correct(&self, line: &str) {
        if self.given().chat {
            *self.corrected.lock().unwrap_or_else(PoisonError::into_inner) = Some(line.to_owned());
        } else {
            self.not_run(line);
        }
    }

    fn not_run(&self, line: &str) {
        let (_, look) = self.looks();
        self.remark(&look.wrapped(&format!("not run: \"{}\"", look.shown(line)), 2));
    }

    /// A JSON value as the answer.
    pub fn say_json(&self, value: &Value) {
        let text = if self.form == Form::Json {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        let mut state = self.state();
        state.text.out.raw(&[&text.unwrap_or_default(), "\n"]);
        state.text.out.flush();
    }

    /// A failure that no event told.
    pub fn failure(&self, failure: &Failure) {
        let mut completed = failure.clone();
        self.given().failure(&mut completed, None);
        let failure = &completed;
        if self.form == Form::Text {
            let mut state = self.state();
            state.text.settle();
            let look = *state.text.look().1;
            let lines = failure::lines(failure, &self.veil, &look, self.verbose);
            state.text.to_err(&lines);
        } else {
            let mut document = serde_json::json!({
                "schema": document::SCHEMA,
                "exit_code": failure.kind.exit_code(),
                "failure": failure,
            });
            self.veil.json(&mut document);
            self.say_json(&document);
        }
    }

    /// What is not clear, as text.
    pub fn unclear(&self, resolution: &Resolution) {
        if self.form == Form::Text {
            self.state().text.unclear(resolution);
        }
    }

    /// The end of a request: in text the place of its record, as JSON the whole document.
    pub fn close(&self, ending: &Ending) {
        match self.form {
            Form::Text => {
                let mut state = self.state();
                state.text.settle();
                if let Some(record) = ending.record.as_ref().filter(|_| self.verbose || state.text.was_change()) {
                    let look = *state.text.look().1;
                    let lines = look.wrapped(&format!("Record: {record}"), 2);
                    let lines: Vec<String> = lines.iter().map(|line| look.paint(look::Tone::Dim, line)).collect();
                    state.text.to_err(&lines);
                }
            }
            Form::Json => {
                let document = self.state().document.take(ending, &self.veil);
                let mut state = self.state();
                if let Some(collected) = &mut state.collected {
                    collected.push(document);
                } else {
                    drop(state);
                    self.say_json(&document);
                }
            }
            Form::Jsonl => {
                self.say_event(
                    "closed",
                    serde_json::json!({"record": ending.record, "exit_code": ending.exit_code}),
                );
            }
        }
    }

    /// What happened to the run as a whole, as a line among the events.
    fn say_event(&self, event: &str, data: Value) {
        let mut line = serde_json::json!({"schema": document::SCHEMA, "at": Timestamp::now(), "event": event});
        self.veil_into(&mut line, serde_json::json!({"data": data}));
        self.say_json(&line);
    }

    /// From now on the documents of requests are kept for one at the end.
    pub fn collect(&self) {
        if self.form == Form::Json {
            self.state().collected = Some(Vec::new());
        }
    }

    /// The end of a script, whose requests are in the document too.
    pub fn close_script(&self, members: &Value) {
        if self.form == Form::Jsonl {
            return self.say_event("script_closed", members.clone());
        }
        let results = self.state().collected.take();
        let mut document = members.clone();
        if let (Some(map), Some(results)) = (document.as_object_mut(), results) {
            map.insert("results".to_owned(), Value::Array(results));
        }
        self.say_document(document);
    }

    /// A document that answers a command.
    pub fn say_document(&self, members: Value) {
        let mut document = serde_json::json!({"schema": document::SCHEMA});
        self.veil_into(&mut document, members);
        self.say_json(&document);
    }

    fn veil_into(&self, document: &mut Value, mut members: Value) {
        self.veil.json(&mut members);
        if let (Some(map), Value::Object(members)) = (document.as_object_mut(), members) {
            map.extend(members);
        }
    }

    /// Text as it is, for programs: completion scripts, kubeconfig, exports.
    pub fn say_raw(&self, text: &str) {
        let mut state = self.state();
        state.text.out.raw(&[text]);
        state.text.out.flush();
    }

    /// Whether the request may be left when nobody reads its answer: not when it changes something, nor while it is not
    /// known whether it will.
    #[must_use]
    pub fn may_stop(&self) -> bool {
        self.state().plans.are_reads()
    }

    /// Ends every wait, so that something else can use the terminal.
    pub fn settle(&self) {
        self.state().text.settle();
    }

    /// The exit code of a run whose answer did not arrive as a whole. That is said, also where a machine reads.
    #[must_use]
    pub fn delivered(&self, code: u8) -> u8 {
        let mut state = self.state();
        let Some(reason) = state.text.out.trouble().map(str::to_owned) else {
            return code;
        };
        let look = state.text.err.look;
        let line = format!("{} {}", look.paint(look::Tone::Bad, "error:"), unwritten(&reason));
        state.text.err.lines(&look.wrapped(&line, 2));
        if code == 0 { UNWRITTEN } else { code }
    }

    /// The looks of standard output and standard error.
    #[must_use]
    pub fn looks(&self) -> (Look, Look) {
        let state = self.state();
        let (out, err) = state.text.look();
        (*out, *err)
    }

    /// Sends off log lines that wait in the buffer.
    pub fn flush(&self) {
        self.state().text.flush();
    }

    /// Waits until nobody reads standard output any more.
    pub async fn closed(&self) {
        self.closed.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: &Event) {
        let given = self.given();
        let mut state = self.state();
        state.plans.hear(event);
        let event = given.event(event, state.plans.home(), state.plans.elsewhere());
        let event = event.as_ref();
        match self.form {
            Form::Text => state.text.hear(event, Timestamp::now()),
            Form::Json => state.document.hear(event),
            Form::Jsonl => {
                let line = document::line(event, Timestamp::now(), &self.veil);
                let text = serde_json::to_string(&line).unwrap_or_default();
                state.text.out.raw(&[&text, "\n"]);
                if !matches!(event, Event::Line { .. }) {
                    state.text.out.flush();
                }
            }
        }
        if state.plans.follow() && matches!(event, Event::Line { .. }) {
            state.text.out.flush();
        }
        if state.text.out.is_closed() {
            self.closed.notify_one();
        }
    }
}

impl Record for Screen {
    fn record(&self, event: Event) -> Result<()> {
        self.hear(&event);
        Ok(())
    }
}
