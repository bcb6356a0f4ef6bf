//! The line that lives while something is waited for, and settles in place.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use console::{Term, truncate_str};

use super::{look::Look, words::harmless};

/// A wait shorter than this shows nothing.
const NOTICE: Duration = Duration::from_millis(500);
/// A wait longer than this says how to stop waiting.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);

/// What turns while the line lives.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const PLAIN_SPINNER: [&str; 4] = ["-", "\\", "|", "/"];

/// Shows on a terminal's standard error what is waited for.
#[derive(Debug, Default)]
pub struct Live {
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
struct State {
    term: Term,
    unicode: bool,
    /// The line is on the screen, the cursor right behind it.
    shown: bool,
    turn: usize,
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
            term: Term::buffered_stderr(),
            unicode: look.unicode,
            shown: false,
            turn: 0,
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
            if state.shown {
                state.draw();
            }
        });
    }

    /// Nothing is waited for: the line goes away, and lines can be printed.
    pub fn clear(&self) {
        self.with(|state| {
            state.waiting = None;
            state.wipe();
        });
    }

    /// Prints while the line is out of the way; it comes back afterwards.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        let Some(state) = &self.state else { return print() };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = state.shown;
        state.wipe();
        let printed = print();
        if shown {
            state.draw();
        }
        printed
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

impl State {
    fn draw(&mut self) {
        let Some((what, since)) = &self.waiting else { return };
        let signs: &[&str] = if self.unicode { &SPINNER } else { &PLAIN_SPINNER };
        let sign = signs.get(self.turn % signs.len()).copied().unwrap_or_default();
        let line = format!("  {sign} {}", message(what, *since, usize::from(self.term.size().1)));
        self.shown = true;
        self.send(|term| term.clear_line().and_then(|()| term.write_str(&line)));
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.send(Term::clear_line);
        }
    }

    /// A terminal that went away takes no line, and needs none.
    fn send(&self, write: impl FnOnce(&Term) -> std::io::Result<()>) {
        if let Err(error) = write(&self.term).and_then(|()| self.term.flush()) {
            tracing::debug!(%error, "the live line could not be written");
        }
    }
}

fn tick(state: &Mutex<State>) {
    loop {
        thread::sleep(TICK);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.over {
            return;
        }
        let waits = state.waiting.as_ref().is_some_and(|(_, since)| since.elapsed() >= NOTICE);
        if waits {
            state.turn += 1;
            state.draw();
        }
    }
}

/// Short enough to leave room for the `^C` that a terminal echoes: on a full line it would begin a new one, and the old
/// one could not be cleared any more.
fn message(what: &str, since: Instant, columns: usize) -> String {
    let waited = since.elapsed();
    let room = columns.saturating_sub(8);
    let after = if waited < PATIENCE {
        String::new()
    } else {
        format!(" ({} s; Ctrl-C stops waiting)", waited.as_secs())
    };
    let line = what.replace('\n', " ");
    let before = truncate_str(&harmless(&line), room.saturating_sub(after.len()).max(10), "…").into_owned();
    format!("{before}{after}")
}
