//! Ctrl-C, heard by one listener for as long as the program runs.

use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

/// Remembers that Ctrl-C was pressed until somebody takes notice. A listener for each wait would lose the presses
/// between two waits: from the first listener on the system no longer ends the program by itself.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    pressed: Arc<Notify>,
    listening: Arc<OnceLock<()>>,
}

impl Stop {
    /// Waits for the next press, or takes notice of one that came before. Listening begins with the first wait: until then,
    /// Ctrl-C ends the program at once.
    pub async fn pressed(&self) {
        self.listening.get_or_init(|| {
            let pressed = Arc::clone(&self.pressed);
            tokio::spawn(async move {
                while tokio::signal::ctrl_c().await.is_ok() {
                    pressed.notify_one();
                }
            });
        });
        self.pressed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_press_between_two_requests_is_not_lost_and_counts_once() {
        let stop = Stop::default();
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, stop.pressed()).await.is_err());
        stop.pressed.notify_one();
        assert!(tokio::time::timeout(soon, stop.pressed()).await.is_ok());
        assert!(tokio::time::timeout(soon, stop.pressed()).await.is_err());
    }
}
