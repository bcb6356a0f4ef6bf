use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::until;

/// A time that stands still while somebody is asked.
#[derive(Debug)]
pub struct Limit {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    left: Duration,
    /// Since when it runs; not while it stands still.
    since: Option<Instant>,
}

impl Limit {
    #[must_use]
    pub fn new(left: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                left,
                since: Some(Instant::now()),
            }),
            changed: Notify::new(),
        }
    }

    /// It stands still until this is dropped. One pause at a time.
    #[must_use = "the time goes on when this is dropped"]
    pub fn pause(&self) -> Pause<'_> {
        self.change(|state| {
            let ran = state.since.take().map(|since| since.elapsed());
            state.left = state.left.saturating_sub(ran.unwrap_or_default());
        });
        Pause(self)
    }

    /// Comes back when it is over.
    pub async fn over(&self) {
        loop {
            let changed = self.changed.notified();
            let end = {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.since.map(|since| since + state.left)
            };
            tokio::select! {
                () = changed => {}
                () = until(end) => return,
            }
        }
    }

    fn change(&self, what: impl FnOnce(&mut State)) {
        what(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_waiters();
    }
}

/// Time that does not count.
#[derive(Debug)]
pub struct Pause<'a>(&'a Limit);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.since = Some(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_stands_still_while_somebody_is_asked() {
        let limit = Limit::new(Duration::from_secs(10));
        let began = Instant::now();
        let asked = async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            let pause = limit.pause();
            tokio::time::sleep(Duration::from_secs(100)).await;
            drop(pause);
        };
        tokio::join!(asked, limit.over());
        assert_eq!(began.elapsed().as_secs(), 110);
    }
}
