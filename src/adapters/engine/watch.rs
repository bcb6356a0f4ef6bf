//! A change may take its time for as long as the engine is there: one that answers nothing else either is given up on.

use std::{future::Future, sync::Arc, time::Duration};

use bollard::errors::Error;

use super::{Engine, Gate, Unrecorded, answered, fault};

/// Between two questions whether the engine is still there. Each waits as long as any look does.
const BETWEEN: Duration = Duration::from_secs(10);

/// So many in a row are not answered by an engine that is gone; one alone is lost under a heavy build, or with its connection.
const UNANSWERED: usize = 2;

impl Engine {
    /// # Errors
    /// Those of the work; [`Error::RequestTimeoutError`] when the engine went silent over it.
    pub(super) async fn while_it_answers<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => done,
            () = silence(|| self.is_there()) => Err(Error::RequestTimeoutError),
        }
    }

    /// Questions that are asked by the clock are no part of a record.
    async fn is_there(&self) -> bool {
        let gate = Gate {
            record: Arc::new(Unrecorded),
            ..self.gate.clone()
        };
        answered(&gate, "/_ping")
            .await
            .map_or_else(|error| !fault::is_unanswered(&error), |_| true)
    }
}

/// Ends when nobody answers any more.
async fn silence<F: Future<Output = bool>>(is_there: impl Fn() -> F) {
    let mut unanswered = 0;
    while unanswered < UNANSWERED {
        tokio::time::sleep(BETWEEN).await;
        unanswered = if is_there().await { 0 } else { unanswered + 1 };
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::ready};

    use super::*;
    use crate::{
        adapters::engine::fake::{Fake, Reply},
        domain::event::Event,
    };

    #[tokio::test(start_paused = true)]
    async fn one_question_without_an_answer_gives_up_nothing() {
        let asked = Cell::new(0_usize);
        let answers = [true, false, true, false, false];
        silence(|| {
            let at = asked.replace(asked.get() + 1);
            ready(answers[at])
        })
        .await;
        assert_eq!(asked.get(), answers.len());
    }

    #[tokio::test]
    async fn whether_it_is_there_is_asked_and_not_recorded() {
        let fake = Fake::start(vec![("GET /_ping", Reply::ok("OK"))]);
        let engine = fake.engine();
        assert!(engine.is_there().await);
        assert_eq!(fake.heard(), ["GET /_ping"]);
        assert_eq!(fake.recorded(), Vec::<Event>::new());
        drop(fake);
        let nobody = Fake::nobody();
        assert!(!nobody.engine().is_there().await);
    }
}
