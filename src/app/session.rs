//! One request with its record: the parts put together, and the walk.

use std::sync::Arc;

use super::{
    App,
    guard::{Ask, Guard},
    reach::Reach,
    tee::Tee,
};
use crate::{
    domain::{
        event::Event,
        failure::{Failure, FailureKind, Result},
        outcome::Outcome,
        ports::{observe::Observe, record::Record},
        request::Request,
        undo::UndoEntry,
    },
    flow::Flow,
    stages::plan::Planner,
    transcripts::Recorder,
};

/// An open record and the program's parts.
#[derive(Debug)]
pub struct Session<'a> {
    app: &'a App,
    recorder: Arc<Recorder>,
}

/// The parts for one walk.
struct Parts {
    record: Arc<Tee>,
    reach: Arc<Reach>,
    flow: Flow,
}

impl<'a> Session<'a> {
    pub(super) fn new(app: &'a App, recorder: Recorder) -> Self {
        Self {
            app,
            recorder: Arc::new(recorder),
        }
    }

    /// Id of the record; nothing when it could not be opened.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.recorder.trouble().is_none().then(|| self.recorder.id())
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
        let entry = match self.entry(transcript, &parts.reach).await {
            Ok(entry) => entry,
            Err(failure) => return self.stillborn(request, screen, failure),
        };
        let outcome = parts.flow.undo(&entry, request).await;
        if outcome.changed
            && let Err(failure) = self.app.undo_store().mark_undone(&entry.id)
        {
            tracing::warn!(%failure, "what was taken back is not marked");
        }
        outcome
    }

    /// The user stopped it.
    pub fn interrupted(&self) {
        self.end(130);
    }

    /// Nobody reads the answer any more.
    pub fn left(&self) {
        self.end(0);
    }

    fn end(&self, exit_code: u8) {
        let ended = Event::Ended {
            exit_code,
            changed: false,
            verified: false,
        };
        if let Err(failure) = self.recorder.record(ended) {
            tracing::warn!(%failure, "the record could not be closed");
        }
    }

    fn parts(&self, request: &Request, screen: Arc<dyn Record>, somebody: Option<Arc<dyn Ask>>) -> Result<Parts> {
        let library = self.app.library()?;
        let record = Arc::new(Tee {
            record: self.recorder.clone(),
            screen,
        });
        let reach = Arc::new(Reach::new(self.app, &request.options, record.clone()));
        let guard = Arc::new(Guard::new(request.options.clone(), somebody));
        let planner = Planner::new(library.playbooks.clone(), reach.clone(), reach.clone());
        let flow = Flow::new(
            library.understand.clone(),
            planner,
            reach.clone(),
            reach.clone(),
            guard,
            record.clone(),
        );
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

    async fn entry(&self, transcript: Option<&str>, reach: &Reach) -> Result<UndoEntry> {
        let place = reach.place().await?;
        let store = self.app.undo_store();
        let Some(transcript) = transcript else {
            return store.latest(place.uid.as_deref())?.ok_or_else(|| {
                Failure::new(FailureKind::NotFound, format!("there is nothing to take back on {}", place.name()))
                    .hint("`todo-agent transcript list` shows what was done.")
            });
        };
        let entry = store.by_id(transcript)?.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("nothing is kept that would take \"{transcript}\" back"),
            )
            .hint("`todo-agent transcript list` shows what was done, and what changed something.")
        })?;
        if entry.undone {
            return Err(Failure::new(FailureKind::NotFound, format!("{transcript} was taken back already")));
        }
        if entry.cluster != place.uid {
            return Err(Failure::new(
                FailureKind::Usage,
                format!(
                    "{transcript} changed another cluster (context \"{}\") than {}",
                    entry.context,
                    place.name()
                ),
            )
            .hint(format!("todo-agent undo {transcript} --context {}", entry.context)));
        }
        Ok(entry)
    }

    /// A request that ended before its walk began is told and recorded like any other.
    fn stillborn(&self, request: &Request, screen: Arc<dyn Record>, failure: Failure) -> Outcome {
        let tee = Tee {
            record: self.recorder.clone(),
            screen,
        };
        let exit_code = failure.kind.exit_code();
        let events = [
            Event::Requested {
                request: request.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
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
