//! A line that somebody types, asked for after everything typed before was dropped.

use std::{fmt, io, sync::Weak};

use console::{Key, Term};
use dialoguer::{Input, theme::Theme};

/// The line without its end; nothing at the end of input.
///
/// Keys that were pressed before `ask` shows what they would answer are no answer. The terminal itself edits the line, so
/// that this works on every one, and the Enter is not left to the shell. When nobody waits for it any more (`waited`), the line
/// that comes is somebody else's.
///
/// # Errors
/// The terminal cannot be read; nobody waits.
pub fn read(waited: &Weak<()>, ask: impl FnOnce()) -> io::Result<Option<String>> {
    forget_typed();
    ask();
    until_typed(waited)?;
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// As [`read`], on a terminal whose lines can be rewritten: `question` is shown with the line that answers it.
///
/// # Errors
/// The terminal cannot be read; Ctrl-C.
pub fn edited(question: &str) -> io::Result<Option<String>> {
    forget_typed();
    let _kept = Kept::now();
    read_keys();
    let question = question.trim_end();
    let Some(begun) = first_key(question)? else { return Ok(None) };
    if begun.is_empty() {
        return Ok(Some(begun));
    }
    let input = Input::<String>::with_theme(&Plain)
        .with_prompt(question)
        .with_initial_text(begun)
        .allow_empty(true);
    let line = input.interact_text().map_err(|dialoguer::Error::IO(error)| error)?;
    Ok(Some(line.trim().to_owned()))
}

/// What the line begins with, empty for Enter alone; nothing for Ctrl-D, which the editor of lines knows nothing of.
fn first_key(question: &str) -> io::Result<Option<String>> {
    let term = Term::stderr();
    term.write_str(&format!("{question} "))?;
    term.flush()?;
    loop {
        match term.read_key()? {
            // NUL is what Linux keeps of a Ctrl-D that came before keys were read one by one (n_tty: an end of file in a line that
            // is not read yet).
            Key::Char('\u{4}' | '\0') => {
                term.write_line("")?;
                return Ok(None);
            }
            Key::Enter => {
                term.write_line("")?;
                return Ok(Some(String::new()));
            }
            Key::Char(c) if !c.is_control() => {
                term.clear_line()?;
                return Ok(Some(c.to_string()));
            }
            _ => {}
        }
    }
}

/// Nothing but the question and the answer.
struct Plain;

impl Theme for Plain {
    fn format_input_prompt(&self, f: &mut dyn fmt::Write, prompt: &str, _: Option<&str>) -> fmt::Result {
        write!(f, "{prompt} ")
    }

    fn format_input_prompt_selection(&self, f: &mut dyn fmt::Write, prompt: &str, answer: &str) -> fmt::Result {
        write!(f, "{prompt} {answer}")
    }
}

/// The terminal's own way of reading, brought back when a question is broken off: a key is waited for in another.
#[cfg(unix)]
#[derive(Debug)]
pub struct Kept(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Kept {
    pub fn now() -> Self {
        Self(rustix::termios::tcgetattr(io::stdin()).ok())
    }
}

#[cfg(unix)]
impl Drop for Kept {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(kept) = &self.0
            && let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, kept)
        {
            tracing::debug!(%error, "the terminal could not be set back");
        }
    }
}

/// Waiting for a key changes nothing here.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Kept;

#[cfg(not(unix))]
impl Kept {
    pub const fn now() -> Self {
        Self
    }
}

/// Keys come one by one from here on, Ctrl-C too: one that is pressed as soon as the question is seen is not lost between the
/// terminal's own way of reading and the other.
#[cfg(unix)]
fn read_keys() {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let set = tcgetattr(io::stdin()).and_then(|mut modes| {
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Now, &modes)
    });
    if let Err(error) = set {
        tracing::debug!(%error, "keys cannot be read one by one beforehand");
    }
}

/// Each key is waited for in a mode of its own.
#[cfg(not(unix))]
const fn read_keys() {}

/// Ends when there is a line to read. Where this system cannot tell (macOS for some terminals), at once.
#[cfg(unix)]
fn until_typed(waited: &Weak<()>) -> io::Result<()> {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };
    const LOOK: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let terminal = io::stdin();
    let typed = loop {
        let typed = poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&LOOK));
        if waited.strong_count() == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if !matches!(typed, Ok(0) | Err(Errno::INTR)) {
            break typed;
        }
    };
    typed.map(drop).map_err(io::Error::from)
}

/// Ctrl-C ends the reading itself.
#[cfg(not(unix))]
const fn until_typed(_: &Weak<()>) -> io::Result<()> {
    Ok(())
}

fn forget_typed() {
    if let Err(error) = drop_typed() {
        tracing::debug!(%error, "keys from before could not be dropped");
    }
}

/// Drops what was typed and not yet read.
///
/// # Errors
/// Standard input is no terminal.
#[cfg(unix)]
pub fn drop_typed() -> io::Result<()> {
    use rustix::termios::{QueueSelector, tcflush};
    Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
}

/// Drops what was typed and not yet read.
///
/// # Errors
/// Standard input is no console.
#[cfg(windows)]
pub fn drop_typed() -> io::Result<()> {
    use crossterm_winapi::{Console, Handle};
    Console::from(Handle::current_in_handle()?).read_console_input().map(drop)
}

/// Nothing is known of other systems' terminals.
///
/// # Errors
/// None.
#[cfg(not(any(unix, windows)))]
pub fn drop_typed() -> io::Result<()> {
    Ok(())
}
