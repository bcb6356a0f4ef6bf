//! Writes lines to the two streams. The only place that does.

use std::io::{self, BufWriter, ErrorKind, Write};

use super::{
    look::Look,
    words::{colourless, harmless},
};

/// Enough that a long log costs few system calls.
const BUFFER: usize = 64 * 1024;

/// One stream with its look.
pub struct Pen {
    pub look: Look,
    to: BufWriter<Box<dyn Write + Send>>,
    /// Nobody reads any more: `| head -1` is no failure.
    closed: bool,
    /// Why something could not be written, where somebody would have read it.
    trouble: Option<String>,
}

impl std::fmt::Debug for Pen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pen")
            .field("look", &self.look)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl Pen {
    #[must_use]
    pub fn stdout(look: Look) -> Self {
        Self::new(look, Box::new(io::stdout()))
    }

    #[must_use]
    pub fn stderr(look: Look) -> Self {
        Self::new(look, Box::new(io::stderr()))
    }

    #[must_use]
    pub fn new(look: Look, to: Box<dyn Write + Send>) -> Self {
        Self {
            look,
            to: BufWriter::with_capacity(BUFFER, to),
            closed: false,
            trouble: None,
        }
    }

    /// Writes lines and sends them off.
    pub fn lines<'a>(&mut self, lines: impl IntoIterator<Item = &'a String>) {
        for line in lines {
            let shown = self.look.shown(line);
            let clean = if self.look.colour { harmless(&shown) } else { colourless(&shown) };
            self.raw(&[clean.as_ref(), "\n"]);
        }
        self.flush();
    }

    /// Writes parts as they are, into the buffer.
    pub fn raw(&mut self, parts: &[&str]) {
        if self.closed {
            return;
        }
        for part in parts {
            let written = self.to.write_all(part.as_bytes());
            self.judge(written);
        }
    }

    pub fn flush(&mut self) {
        if !self.closed {
            let flushed = self.to.flush();
            self.judge(flushed);
        }
    }

    /// Nobody reads this stream any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Why a part of what was written did not arrive; nothing when its reader went away.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// A stream that cannot be written is not written again. A full disk behind a redirection must not stop a change
    /// half-way; what it lost is in the record, and is told at the end.
    fn judge(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            if error.kind() != ErrorKind::BrokenPipe {
                tracing::warn!(%error, "output could not be written");
                self.trouble.get_or_insert_with(|| error.to_string());
            }
            self.closed = true;
        }
    }
}
