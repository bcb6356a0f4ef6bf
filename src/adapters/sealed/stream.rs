//! What a child prints, as it comes.

use tokio::io::{AsyncRead, AsyncReadExt};

/// A longer line is heard in pieces.
const LONGEST_LINE: usize = 16 * 1024;

pub(super) struct Stream<R> {
    from: Option<R>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    pub(super) fn new(from: Option<R>) -> Self {
        Self {
            from,
            buffer: vec![0; 16 * 1024],
        }
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.from.is_none()
    }

    /// Cancel-safe: what was read is in the buffer when this returns, and nothing was when it does not.
    pub(super) async fn read(&mut self) -> usize {
        let Some(from) = &mut self.from else { return 0 };
        let read = from.read(&mut self.buffer).await.unwrap_or(0);
        if read == 0 {
            self.from = None;
        }
        read
    }

    pub(super) fn bytes(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
    }
}

#[derive(Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    pub(super) fn add(&mut self, bytes: &[u8], hear: &mut impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.ends_with(b"\n") || self.rest.len() >= LONGEST_LINE {
                self.end(hear);
            }
        }
    }

    pub(super) fn end(&mut self, hear: &mut impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.rest);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            hear(line);
        }
    }
}
