//! One request with its record: the parts put together, and the walk.

mod entry;

use std::sync::{Arc, Mutex, PoisonError};

pub use entry::EVERYTHING;
use entry::instead;

use super::{
    App,
    guard::{Ask, Guard},
    helpers::Helpers,
    reach::Reach,
    tee::Tee,
};
use crate::{
    adapters::{cluster::forward::Halt, tools::Surroundings},
    domain::{
        conversation::{Conversation, Turn},
        effect::Effect,
        event::Event,
        failure::{Failure, FailureKind, Result},
        outcome::Outcome,
        ports::record::Record,
        request::Request,
    },
    flow::Flow,
    stages::{execute::errand::Outfit, plan::Planner},
    transcripts::Recorder,
};

/// An open record and the program's parts.
#[derive(Debug)]
pub struct Session<'a> {
    app: &'a App,
    recorder: Arc<Recorder>,
    effect: Arc<Mutex<Effect>>,
    /// What was said before, and what this request becomes.
    earlier: Arc<Conversation>,
    turn: Arc<Mutex<Turn>>,
    /// The record is this request's alone.
    alone: bool,
    halt: Arc<Halt>,
}

/// The parts for one walk.
struct Parts {
    record: Arc<Tee>,
    reach: Arc<Reach>,
    flow: Flow,
}

impl<'a> Session<'a> {
    pub(super) fn alone(app: &'a App, recorder: Recorder) -> Self {
        Self {
            alone: true,
            ..Self::within(app, Arc::new(recorder), Arc::default())
        }
    }

    /// A request of a conversation, with what was said before.
    pub(super) fn within(app: &'a App, recorder: Arc<Recorder>, earlier: Arc<Conversation>) -> Self {
        Self {
            app,
            recorder,
            effect: Arc::default(),
            earlier,
            turn: Arc::default(),
            alone: false,
            halt: Arc::default(),
        }
    }

    /// What the request was and became so far, also when it was broken off.
    #[must_use]
    pub fn turn(&self) -> Turn {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let effect = self.effect();
        Turn {
            id: self.recorder.request_id(),
            // Also where it was stopped before its end.
            changed: turn.changed || effect.made || effect.open,
            ..turn
        }
    }

    /// Id of the record; nothing when it could not be opened.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let kept = self.recorder.trouble().is_none() && !self.recorder.is_withdrawn();
        kept.then(|| self.recorder.id())
    }

    /// Why the record is not whole, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<Failure> {
        self.recorder.trouble()
    }

    /// Understands, previews, asks, acts, verifies.
    pub async fn walk(&self, request: &Request, screen: Arc<dyn Record>, somebody: Option<Arc<dyn Ask>>) -> Outcome {
        match self.parts(request, screen.clone(), somebody) {
            Ok(parts) => {
                self.remark_on_playbooks(&parts.record);
                parts.flow.walk(request).await
            }
            Err(failure) => self.stillborn(request, screen, failure),
        }
    }

    /// Takes back the last request on this cluster, or the one with this record.
    pub async fn undo(
        &self,
        transcript: Option<&str>,
        request: &Request,
        screen: Arc<dyn Record>,
        somebody: Option<Arc<dyn Ask>>,
    ) -> Outcome {
        let parts = match self.parts(request, screen.clone(), somebody) {
            Ok(parts) => parts,
            Err(failure) => return self.stillborn(request, screen, failure),
        };
        self.recorder.takes_back();
        // First of every record, before the calls that find out which cluster this is.
        if let Err(failure) = parts.record.record(requested(request)) {
            return Self::ended_early(&parts.record, failure);
        }
        let entry = match self.entry(transcript, &request.options, &parts.reach).await {
            Ok(entry) => entry,
            Err(failure) => {
                // To ask again what can be taken back is no part of the history of what was done.
                if self.alone && failure.kind != FailureKind::Unreachable {
                    self.recorder.withdraw();
                }
                return Self::ended_early(&parts.record, failure);
            }
        };
        if !request.options.dry_run
            && let Err(failure) = self.app.undo_store().can_mark(&entry)
        {
            return Self::ended_early(&parts.record, failure.hint("Nothing was changed."));
        }
        self.recorder.brings_back(&entry);
        let outcome = parts.flow.undo(&entry, request).await;
        if !request.options.dry_run
            && took_all_back(&outcome)
            && let Err(failure) = self.app.undo_store().mark_undone(&entry.id)
        {
            tracing::warn!(%failure, "what was taken back is not marked");
        }
        // It stands in the way of what came before it, and would do so each time.
        let stuck = outcome
            .failure
            .as_ref()
            .is_some_and(|failure| matches!(failure.kind, FailureKind::Conflict | FailureKind::NotFound));
        if transcript.is_none()
            && stuck
            && let Some(older) = self.before(&entry, Some(&entry.id), &parts.reach).await
            && let Err(failure) = parts.record.screen.record(Event::Note {
                text: instead(Some(&older)),
            })
        {
            tracing::warn!(%failure, "what came before could not be shown");
        }
        outcome
    }

    /// True when that was the way to end what is going on: the walk comes to its end by itself.
    #[must_use]
    pub fn halts(&self) -> bool {
        self.halt.ask()
    }

    /// The user stopped it. What is known of its changes.
    pub fn interrupted(&self) -> Effect {
        let effect = self.stopped();
        if let Some(doubt) = effect.doubt() {
            self.last_words(Event::Note { text: doubt.to_owned() });
        }
        self.end(130);
        effect
    }

    /// Nobody reads the answer any more.
    pub fn left(&self) {
        self.end(0);
    }

    fn end(&self, exit_code: u8) {
        self.last_words(Event::Ended {
            exit_code,
            changed: self.effect().made,
            verified: false,
        });
    }

    fn last_words(&self, event: Event) {
        if let Err(failure) = self.recorder.record(event) {
            tracing::warn!(%failure, "the record could not be closed");
        }
    }

    /// What is so now; nothing is begun after it.
    fn stopped(&self) -> Effect {
        let mut effect = self.effect.lock().unwrap_or_else(PoisonError::into_inner);
        let now = *effect;
        effect.over = true;
        now
    }

    fn effect(&self) -> Effect {
        *self.effect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tee(&self, screen: Arc<dyn Record>) -> Tee {
        Tee {
            record: self.recorder.clone(),
            screen,
            effect: self.effect.clone(),
            made: Mutex::default(),
        }
    }

    fn parts(&self, request: &Request, screen: Arc<dyn Record>, somebody: Option<Arc<dyn Ask>>) -> Result<Parts> {
        let library = self.app.library()?;
        let record = Arc::new(self.tee(screen));
        let reach = Arc::new(Reach::new(self.app, &request.options, record.clone()).until(self.halt.clone()));
        let guard = Arc::new(Guard::new(request.options.clone(), somebody, self.recorder.clone()));
        let here = Surroundings::of_this_process().with(self.app.setups(), self.app.kept());
        let helpers = Helpers::new(reach.clone(), guard.clone(), record.clone(), self.app.redactor.clone(), here);
        let helpers = Arc::new(helpers);
        let planner = Planner::new(library.playbooks.clone(), reach.clone(), reach.clone(), reach.clone());
        let flow = Flow::new(
            library.understand.clone(),
            planner,
            reach.clone(),
            reach.clone(),
            reach.clone(),
            guard.clone(),
            record.clone(),
        )
        .through(Outfit {
            delegate: helpers,
            prompts: library.prompts.clone(),
        })
        .within(self.earlier.clone(), self.turn.clone());
        Ok(Parts { record, reach, flow })
    }

    /// Playbooks that are not used are no failure, but the user may wonder.
    fn remark_on_playbooks(&self, record: &Tee) {
        if let Ok(library) = self.app.library()
            && let Some(note) = &library.note
            && let Err(failure) = record.screen.record(Event::Note { text: note.clone() })
        {
            tracing::warn!(%failure, "a note could not be shown");
        }
    }

    /// A request that ended before its walk began is told and recorded like any other.
    fn stillborn(&self, request: &Request, screen: Arc<dyn Record>, failure: Failure) -> Outcome {
        let tee = self.tee(screen);
        if let Err(unrecorded) = tee.record(requested(request)) {
            tracing::warn!(%unrecorded, "the record could not be written");
        }
        Self::ended_early(&tee, failure)
    }

    fn ended_early(tee: &Tee, failure: Failure) -> Outcome {
        let exit_code = failure.kind.exit_code();
        let events = [
            Event::Failed { failure: failure.clone() },
            Event::Ended {
                exit_code,
                changed: false,
                verified: false,
            },
        ];
        for event in events {
            if let Err(unrecorded) = tee.record(event) {
                tracing::warn!(%unrecorded, "the record could not be written");
            }
        }
        Outcome {
            exit_code,
            failure: Some(failure),
            ..Outcome::default()
        }
    }
}

fn requested(request: &Request) -> Event {
    Event::Requested {
        request: request.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Every reversal was sent, or what it would bring back is there already. After any other failure some may not have been
/// sent, and the entry must stay to be used again.
fn took_all_back(outcome: &Outcome) -> bool {
    let all_sent = outcome
        .failure
        .as_ref()
        .is_none_or(|failure| failure.kind == FailureKind::NotVerified);
    (outcome.changed || outcome.verified) && all_sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_done_undo_does_not_count_as_done() {
        let outcome = |changed, verified, failure: Option<FailureKind>| Outcome {
            changed,
            verified,
            failure: failure.map(|kind| Failure::new(kind, "x")),
            ..Outcome::default()
        };
        let taken_back = [
            outcome(true, true, None),
            outcome(true, false, Some(FailureKind::NotVerified)),
            outcome(true, false, Some(FailureKind::Conflict)),
            outcome(true, false, Some(FailureKind::LostSight)),
            outcome(false, true, None),
            outcome(false, false, None),
        ]
        .map(|outcome| took_all_back(&outcome));
        assert_eq!(taken_back, [true, true, false, false, true, false]);
    }
}
