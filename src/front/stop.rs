//! Ctrl-C, and the system's wish that the program ends, heard by one listener for as long as the program runs.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

/// Remembers that Ctrl-C was pressed until somebody takes notice. A listener for each wait would lose the presses
/// between two waits: from the first listener on the system no longer ends the program by itself. Being told to end, or losing
/// the terminal, ends a request in the same way: its record comes to its end.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    pressed: Arc<Notify>,
    listening: Arc<OnceLock<()>>,
    /// The system wants the program to end: more than a request is over.
    told_to_end: Arc<AtomicBool>,
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
            listen(self);
        });
        self.pressed.notified().await;
    }

    /// Takes notice of a press that was meant for something that is over.
    pub fn forget(&self) {
        let mut pressed = std::pin::pin!(self.pressed.notified());
        pressed.as_mut().enable();
    }

    /// SIGTERM, or what it is called elsewhere, came.
    #[must_use]
    pub fn is_told_to_end(&self) -> bool {
        self.told_to_end.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.told_to_end.store(true, Ordering::Relaxed);
        self.pressed.notify_one();
    }
}

/// SIGTERM, and SIGHUP where it is not ignored: `nohup` must go on working.
#[cfg(unix)]
fn listen(stop: &Stop) {
    use tokio::signal::unix::{SignalKind, signal};
    let hangup = (!hangup_is_ignored()).then(SignalKind::hangup);
    for kind in [Some(SignalKind::terminate()), hangup].into_iter().flatten() {
        let Ok(mut signal) = signal(kind) else { continue };
        let stop = stop.clone();
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                stop.end();
            }
        });
    }
}

/// What Linux tells of this process. Elsewhere it cannot be asked safely: there, `nohup` is known by what it does to the
/// streams, none of which is a terminal then.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    use std::io::IsTerminal;
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => mask & HANGUP != 0,
        None => !(std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()),
    }
}

/// Ctrl-Break, the closed console window, the end of the session.
#[cfg(windows)]
fn listen(stop: &Stop) {
    use tokio::signal::windows;
    macro_rules! hear {
        ($($kind:ident),*) => {$(
            if let Ok(mut signal) = windows::$kind() {
                let stop = stop.clone();
                tokio::spawn(async move {
                    while signal.recv().await.is_some() {
                        stop.end();
                    }
                });
            }
        )*};
    }
    hear!(ctrl_break, ctrl_close, ctrl_logoff, ctrl_shutdown);
}

#[cfg(not(any(unix, windows)))]
fn listen(_stop: &Stop) {}

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
