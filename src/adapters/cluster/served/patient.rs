//! The body of a caller that is passed on as it comes: of any length, and no pause in it is longer than that of one which is read whole.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use hyper::body::Bytes;
use tokio::time::{Sleep, sleep};
use tower::BoxError;

use super::body::PATIENCE;

pub(super) struct Patient<B> {
    body: B,
    /// Runs while something is waited for.
    over: Option<Pin<Box<Sleep>>>,
}

impl<B> Patient<B> {
    pub(super) const fn of(body: B) -> Self {
        Self { body, over: None }
    }
}

impl<B> Body for Patient<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.over = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let over = self.over.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        over.as_mut().poll(cx).map(|()| {
            let silent = io::Error::new(io::ErrorKind::TimedOut, "the body of the request did not go on");
            Some(Err(silent.into()))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    async fn collected(pauses: Vec<Duration>) -> Result<Bytes, String> {
        let frames = stream::iter(pauses).then(async |pause| {
            sleep(pause).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
        });
        let collected = Patient::of(StreamBody::new(Box::pin(frames))).collect().await;
        collected
            .map(http_body_util::Collected::to_bytes)
            .map_err(|error| error.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_goes_on_is_waited_for_and_one_that_does_not_is_broken_off() {
        let most = PATIENCE - Duration::from_secs(1);
        assert_eq!(collected(vec![most; 3]).await, Ok(Bytes::from_static(b"xxx")));
        let silent = vec![most, PATIENCE + Duration::from_secs(1)];
        assert_eq!(collected(silent).await, Err("the body of the request did not go on".to_owned()));
    }
}
