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
    /// Since when it runs.
    since: Instant,
    pauses: u32,
}

impl Limit {
    #[must_use]
    pub fn new(left: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                left,
                since: Instant::now(),
                pauses: 0,
            }),
            changed: Notify::new(),
        }
    }

    /// It stands still until this is dropped.
    #[must_use = "the time goes on when this is dropped"]
    pub fn pause(&self) -> Pause<'_> {
        self.change(|state| {
            if state.pauses == 0 {
                state.left = state.left.saturating_sub(state.since.elapsed());
            }
            state.pauses += 1;
        });
        Pause(self)
    }

    /// Comes back when it is over.
    pub async fn over(&self) {
        loop {
            let changed = self.changed.notified();
            let end = {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                (state.pauses == 0).then(|| state.since + state.left)
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
        self.0.change(|state| {
            state.pauses -= 1;
            if state.pauses == 0 {
                state.since = Instant::now();
            }
        });
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
            let first = limit.pause();
            tokio::time::sleep(Duration::from_secs(50)).await;
            let second = limit.pause();
            drop(first);
            tokio::time::sleep(Duration::from_secs(50)).await;
            drop(second);
        };
        tokio::join!(asked, limit.over());
        assert_eq!(began.elapsed().as_secs(), 110);
    }
}
