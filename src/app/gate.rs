//! A program of the user's own behind the gate, with a record like any request.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    App,
    guard::{is_foreign, may_reach},
    reach::Reach,
    tee::{Nobody, Tee},
};
use crate::{
    adapters::{
        cluster::served::{Policy, Served},
        wrapped::{Exit, Wrapped},
    },
    domain::{
        effect::Effect,
        event::Event,
        failure::{Failure, FailureKind, Result},
        place::Place,
        ports::record::Record,
        request::Request,
        risk::Risk,
        undo::Lasting,
    },
    transcripts::Recorder,
};

pub use crate::adapters::cluster::served::{End, Refused, Would};

/// A program to be run, and what it may do.
#[derive(Debug)]
pub struct Wish {
    pub program: OsString,
    pub args: Vec<OsString>,
    pub allow: Vec<Risk>,
    /// Its text names the program; its options say which cluster is meant.
    pub request: Request,
}

/// The record of one run.
#[derive(Debug)]
pub struct Gated<'a> {
    app: &'a App,
    recorder: Arc<Recorder>,
    effect: Arc<Mutex<Effect>>,
}

/// A program that runs behind the gate.
#[derive(Debug)]
pub struct Running {
    served: Served,
    child: Wrapped,
}

/// What came of it.
#[derive(Debug)]
pub struct Ran {
    /// The program's own, or that something was refused.
    pub code: u8,
    pub end: End,
    /// Id of the record, where there is one.
    pub record: Option<String>,
    pub changed: bool,
    /// Something is kept that takes it back.
    pub reversible: bool,
    /// What nothing takes back.
    pub stays: Vec<Lasting>,
}

impl App {
    /// Opens the record of a program that is run behind the gate.
    #[must_use]
    pub fn gate(&self, text: &str) -> Gated<'_> {
        Gated {
            app: self,
            recorder: Arc::new(self.begin(text).keeping_undo(self.undo_store())),
            effect: Arc::default(),
        }
    }
}

impl Gated<'_> {
    /// Finds the cluster, opens the gate before it, and starts the program there.
    ///
    /// # Errors
    /// The cluster cannot be reached, is not one to be changed, or the program cannot be run.
    pub async fn start(&self, wish: &Wish) -> Result<Running> {
        let record = Arc::new(self.tee());
        record.record(Event::Requested {
            request: wish.request.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })?;
        let reach = Reach::new(self.app, &wish.request.options, record.clone());
        let place = reach.trusted().await?;
        record.record(Event::Met { place: place.clone() })?;
        self.guard(wish, &place)?;
        let allow = wish.allow.iter().copied();
        let policy = if wish.request.options.dry_run {
            Policy::preview(allow)
        } else {
            Policy::pass(allow)
        };
        let served = Served::start(reach.cluster().await?, policy).await?;
        let child = Wrapped::start(&wish.program, &wish.args, &served)?;
        Ok(Running { served, child })
    }

    /// What is not known to be local is changed only when it was named for that.
    fn guard(&self, wish: &Wish, place: &Place) -> Result<()> {
        let acts = wish.allow.iter().any(|risk| *risk > Risk::SecretRead) && !wish.request.options.dry_run;
        if acts {
            self.recorder.ready()?;
        }
        if !acts || !is_foreign(place) || may_reach(&wish.request.options, place) {
            return Ok(());
        }
        let what = format!(
            "the cluster of context \"{}\" is not known to be local: a program behind the gate may only read there",
            place.context
        );
        Err(Failure::new(FailureKind::Refused, what)
            .hint(format!("add `--context {} --allow-remote` for this program", place.context))
            .hint("`todo-agent trust cluster` once, if it is yours to change"))
    }

    /// It ended by itself.
    pub async fn finish(&self, running: Running, exit: Exit) -> Ran {
        let end = running.served.close().await;
        if wish_was_preview(&end) {
            self.tell(Event::Note {
                text: "Preview only: nothing was changed.".to_owned(),
            });
        }
        let code = if end.refusals > 0 {
            FailureKind::Refused.exit_code()
        } else {
            exit.code
        };
        self.close(code, end)
    }

    /// It never ran, for this reason.
    pub fn failed(&self, failure: &Failure) {
        self.tell(Event::Failed { failure: failure.clone() });
        let _ = self.close(failure.kind.exit_code(), End::default());
    }

    /// The user stopped it, before or while it ran.
    pub async fn stopped(&self, running: Option<Running>, code: u8) -> Ran {
        let end = match running {
            Some(running) => running.served.close().await,
            None => End::default(),
        };
        self.tell(Event::Note {
            text: "The program was stopped.".to_owned(),
        });
        if let Some(doubt) = self.effect().doubt() {
            self.tell(Event::Note { text: doubt.to_owned() });
        }
        // Whatever the program says of its end: it was stopped.
        Ran {
            code,
            ..self.close(FailureKind::Interrupted.exit_code(), end)
        }
    }

    fn close(&self, code: u8, end: End) -> Ran {
        self.tell(Event::Ended {
            exit_code: code,
            // What was not answered may have been done.
            changed: end.changed || end.open,
            verified: false,
        });
        let kept = self.recorder.trouble().is_none() && !self.recorder.is_withdrawn();
        let entry = self.app.undo_store().by_id(self.recorder.id()).ok().flatten();
        Ran {
            code,
            changed: end.changed,
            reversible: entry.as_ref().is_some_and(|entry| !entry.reversals.is_empty()),
            stays: entry.map(|entry| entry.lasting).unwrap_or_default(),
            end,
            record: kept.then(|| self.recorder.id().to_owned()),
        }
    }

    /// Why the record is not whole, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<Failure> {
        self.recorder.trouble()
    }

    fn tell(&self, event: Event) {
        if let Err(failure) = self.recorder.record(event) {
            tracing::warn!(%failure, "the record could not be closed");
        }
    }

    fn effect(&self) -> Effect {
        *self.effect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal is the program's.
    fn tee(&self) -> Tee {
        Tee {
            record: self.recorder.clone(),
            screen: Arc::new(Nobody),
            effect: self.effect.clone(),
            made: Mutex::default(),
        }
    }
}

fn wish_was_preview(end: &End) -> bool {
    !end.would.is_empty() || end.ended.is_some()
}

impl Running {
    /// Waits for the end of the program. Cancel-safe.
    ///
    /// # Errors
    /// The system does not tell how it ended.
    pub async fn ended(&mut self) -> Result<Exit> {
        self.child.ended().await
    }

    /// Ctrl-C was pressed, or we are told to end: so is the program.
    pub fn stop(&mut self, told_to_end: bool) {
        if told_to_end {
            self.child.terminate();
        } else {
            self.child.interrupt();
        }
    }

    /// It does not listen.
    pub fn end(&mut self) {
        self.child.end();
    }
}
