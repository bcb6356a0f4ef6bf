//! A body cut into lines as it comes.

use http_body_util::BodyExt;
use kube::client::Body;

use super::fault::Fault;

/// Lines of a streaming body. Cancel-safe: what was read is kept here.
pub(super) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were given away.
    given: usize,
    /// Bytes of `buffer` that hold no line end.
    searched: usize,
    /// A longer line is given away in pieces.
    longest: usize,
    ended: bool,
}

impl Lines {
    pub(super) fn new(body: Body, longest: usize) -> Self {
        Self {
            body,
            buffer: Vec::new(),
            given: 0,
            searched: 0,
            longest,
            ended: false,
        }
    }

    /// The next line without its end; `None` at the end of the body.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<u8>, Fault>> {
        loop {
            if let Some(line) = self.cut() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.drain(..self.given);
                        self.searched -= self.given;
                        self.given = 0;
                        self.buffer.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Some(Err(Fault::of_error(error)));
                }
                None => self.ended = true,
            }
        }
    }

    fn cut(&mut self) -> Option<Vec<u8>> {
        let found = self.buffer.get(self.searched..)?.iter().position(|byte| *byte == b'\n');
        let (end, next) = match found.map(|at| self.searched + at) {
            Some(at) => (at, at + 1),
            // The last line may lack its end.
            None => (self.buffer.len(), self.buffer.len()),
        };
        self.searched = end;
        if end - self.given > self.longest {
            let piece = self.given..self.given + self.longest;
            self.given = piece.end;
            return self.buffer.get(piece).map(<[u8]>::to_vec);
        }
        if found.is_none() && !(self.ended && end > self.given) {
            return None;
        }
        let line = self.buffer.get(self.given..end)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        self.given = next;
        self.searched = next;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines_of(chunks: &[&'static [u8]], longest: usize) -> Vec<String> {
        let chunks: Vec<_> = chunks.iter().map(|chunk| hyper::body::Bytes::from_static(chunk)).collect();
        let stream = futures_util::stream::iter(
            chunks
                .into_iter()
                .map(|bytes| Ok::<_, std::io::Error>(http_body::Frame::data(bytes))),
        );
        let client = kube::Client::new(
            tower::service_fn(move |_: http::Request<Body>| {
                let stream = stream.clone();
                async move { Ok::<_, std::convert::Infallible>(http::Response::new(http_body_util::StreamBody::new(stream))) }
            }),
            "default",
        );
        let answer = client.send(http::Request::new(Body::empty())).await.unwrap();
        let mut lines = Lines::new(answer.into_body(), longest);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await {
            all.push(String::from_utf8_lossy(&line.unwrap()).into_owned());
        }
        all
    }

    #[tokio::test]
    async fn lines_are_cut_wherever_the_chunks_end() {
        assert_eq!(
            lines_of(&[b"one\ntw", b"o\r\n\n", b"thr\xffee", b""], 100).await,
            ["one", "two", "", "thr\u{fffd}ee"]
        );
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_comes_in_pieces() {
        assert_eq!(lines_of(&[b"abcde", b"fgh\nij\n"], 3).await, ["abc", "def", "gh", "ij"]);
    }
}
