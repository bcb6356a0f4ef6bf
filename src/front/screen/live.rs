//! The line that lives while something is waited for, and settles in place.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use console::{Term, truncate_str};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::look::Look;

/// A wait shorter than this shows nothing.
const NOTICE: Duration = Duration::from_millis(500);
/// A wait longer than this says how to stop waiting.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);

/// Shows on a terminal's standard error what is waited for.
#[derive(Debug, Default)]
pub struct Live {
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
struct State {
    unicode: bool,
    /// While the line is on the screen.
    bar: Option<ProgressBar>,
    waiting: Option<(String, Instant)>,
    over: bool,
}

impl Live {
    /// Does nothing where lines cannot be rewritten.
    #[must_use]
    pub fn new(look: &Look) -> Self {
        if !look.live {
            return Self::default();
        }
        let state = Arc::new(Mutex::new(State {
            unicode: look.unicode,
            bar: None,
            waiting: None,
            over: false,
        }));
        let ticking = Arc::clone(&state);
        // A thread, because a wait may also be one that blocks the runtime.
        let started = thread::Builder::new().name("live line".to_owned()).spawn(move || tick(&ticking));
        Self {
            state: started.is_ok().then_some(state),
        }
    }

    /// From now on this is waited for.
    pub fn wait_for(&self, what: &str) {
        self.with(|state| {
            let since = state.waiting.as_ref().map_or_else(Instant::now, |(_, since)| *since);
            state.waiting = Some((what.to_owned(), since));
            if let Some(bar) = &state.bar {
                bar.set_message(message(what, since));
            }
        });
    }

    /// Nothing is waited for: the line goes away, and lines can be printed.
    pub fn clear(&self) {
        self.with(|state| {
            state.waiting = None;
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
        });
    }

    /// Prints while the line is out of the way; it comes back afterwards.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.state {
            Some(state) => {
                let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                match &state.bar {
                    Some(bar) => bar.suspend(print),
                    None => print(),
                }
            }
            None => print(),
        }
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &self.state {
            change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
        self.with(|state| state.over = true);
    }
}

fn tick(state: &Mutex<State>) {
    loop {
        thread::sleep(TICK);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.over {
            return;
        }
        let Some((what, since)) = state.waiting.clone() else { continue };
        if since.elapsed() >= NOTICE {
            let unicode = state.unicode;
            let bar = state.bar.get_or_insert_with(|| spinner(unicode));
            bar.set_message(message(&what, since));
            bar.tick();
        }
    }
}

fn spinner(unicode: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let ticks: &[&str] = if unicode {
        &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏", " "]
    } else {
        &["-", "\\", "|", "/", " "]
    };
    match ProgressStyle::with_template("  {spinner} {msg}") {
        Ok(style) => bar.with_style(style.tick_strings(ticks)),
        Err(_) => bar,
    }
}

/// Short enough to leave room for the `^C` that a terminal echoes: on a full line it would begin a new one, and the old
/// one could not be cleared any more.
fn message(what: &str, since: Instant) -> String {
    let waited = since.elapsed();
    let room = usize::from(Term::stderr().size().1).saturating_sub(8);
    let after = if waited < PATIENCE {
        String::new()
    } else {
        format!(" ({} s; Ctrl-C stops waiting)", waited.as_secs())
    };
    let before = truncate_str(what, room.saturating_sub(after.len()).max(10), "…");
    format!("{before}{after}")
}
