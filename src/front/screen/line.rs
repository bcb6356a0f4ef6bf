//! A line that somebody types, asked for after everything typed before was dropped.

use std::io;

/// The line without its end; nothing at the end of input.
///
/// Keys that were pressed before `ask` shows what they would answer are no answer. The terminal itself edits the line, so
/// that this works on every one, and the Enter is not left to the shell.
///
/// # Errors
/// The terminal cannot be read.
pub fn read(ask: impl FnOnce()) -> io::Result<Option<String>> {
    if let Err(error) = drop_typed() {
        tracing::debug!(%error, "keys from before could not be dropped");
    }
    ask();
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
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
