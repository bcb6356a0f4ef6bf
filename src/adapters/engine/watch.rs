//! A change may take its time for as long as the engine is there: one that answers nothing else either is given up on.

use std::{future::Future, time::Duration};

use bollard::errors::Error;

use super::{Engine, fault};

/// Between two questions whether the engine is still there. Each waits as long as any look does.
const BETWEEN: Duration = Duration::from_secs(10);

impl Engine {
    /// # Errors
    /// Those of the work; [`Error::RequestTimeoutError`] when the engine went silent over it.
    pub(super) async fn while_it_answers<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.silence() => Err(Error::RequestTimeoutError),
        }
    }

    /// Ends when the engine does not answer.
    async fn silence(&self) {
        loop {
            tokio::time::sleep(BETWEEN).await;
            match self.docker.ping().await {
                Err(error) if fault::is_unanswered(&error) => return,
                _ => {}
            }
        }
    }
}
