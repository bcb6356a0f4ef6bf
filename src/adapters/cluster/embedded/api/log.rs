//! Logs of containers: the lines that the simulated programs have written by now, and those that they go on to write.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use jiff::{SignedDuration, Timestamp};

use super::answer::Reply;
use super::call::Call;
use super::prepare::cause;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::lifecycle::logs::{self, Line, Query};

/// A reader who follows looks again at least this often: the container may have been stopped meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// One reader of one container.
#[derive(Clone)]
struct Reader {
    embedded: Embedded,
    namespace: String,
    pod: String,
    query: Query,
    timestamps: bool,
    /// Bytes that may still be sent.
    limit: Option<usize>,
}

/// What a look at a log finds.
struct Look {
    lines: Vec<Line>,
    ended: bool,
    next: Option<Timestamp>,
    now: Timestamp,
}

pub fn start(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let mut reader = Reader::read(call, embedded)?;
    let look = reader.look()?.ok_or_else(|| Refusal::not_found(&call.kind, call.name()))?;
    let text = reader.text(&look.lines);
    if !call.query.flag("follow") {
        return Ok(Reply::Bytes {
            content_type: "text/plain",
            headers: Vec::new(),
            bytes: text,
        });
    }
    // What is there already is sent before anything is waited for: a silent program writes nothing more.
    let frames = stream::unfold(Some((reader, look, Some(text))), |state| async move {
        let (mut reader, look, text) = state?;
        let (reader, look, text) = match text {
            Some(text) => (reader, look, text),
            None => reader.follow(look).await?,
        };
        let over = look.ended || reader.limit == Some(0);
        Some((Ok::<_, Infallible>(Frame::data(text)), (!over).then_some((reader, look, None))))
    });
    Ok(Reply::Stream {
        content_type: "text/plain",
        body: StreamBody::new(frames).map_err(|never| match never {}).boxed_unsync(),
    })
}

impl Reader {
    fn read(call: &Call, embedded: &Embedded) -> Result<Self, Refusal> {
        let number = |name: &str, least: i64, what: &str| -> Result<Option<i64>, Refusal> {
            let Some(text) = call.query.get(name) else { return Ok(None) };
            let number: i64 = text
                .parse()
                .map_err(|_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")))?;
            if number >= least {
                return Ok(Some(number));
            }
            let cause = cause(
                name,
                "FieldValueInvalid",
                format!("Invalid value: {number}: must be greater than {what}"),
            );
            Err(Refusal::invalid_object("", "PodLogOptions", call.name(), &[cause]))
        };
        let tail = number("tailLines", 0, "or equal to 0")?;
        let limit = number("limitBytes", 1, "0")?;
        let seconds = number("sinceSeconds", 1, "0")?;
        let time =
            match call.query.get("sinceTime") {
                None => None,
                Some(text) => {
                    let time = text.parse::<Timestamp>();
                    Some(time.map_err(|_| {
                        Refusal::bad_request(format!("parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse"))
                    })?)
                }
            };
        if seconds.is_some() && time.is_some() {
            let message = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified";
            let cause = cause("", "FieldValueForbidden", message);
            return Err(Refusal::invalid_object("", "PodLogOptions", call.name(), &[cause]));
        }
        let ago = seconds.map(SignedDuration::from_secs);
        Ok(Self {
            embedded: embedded.clone(),
            namespace: call.namespace().to_owned(),
            pod: call.name().to_owned(),
            query: Query {
                container: call.query.get("container").map(str::to_owned),
                previous: call.query.flag("previous"),
                since: time.or_else(|| embedded.store().now().checked_sub(ago?).ok()),
                tail: tail.and_then(|tail| usize::try_from(tail).ok()),
            },
            timestamps: call.query.flag("timestamps"),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        })
    }

    /// The log as it is now; none when the pod is gone.
    fn look(&self) -> Result<Option<Look>, Refusal> {
        let now = self.embedded.store().now();
        self.embedded.store().read(|view| {
            let (world, _) = view.world(now)?;
            let Some(pod) = world.get("Pod", &self.namespace, &self.pod) else {
                return Ok(None);
            };
            let refused = Refusal::bad_request;
            let ended = self.query.previous || logs::ended(&world, pod, &self.query).map_err(refused)?;
            Ok(Some(Look {
                lines: logs::logs(&world, pod, &self.query).map_err(refused)?,
                next: logs::next_line(&world, pod, &self.query, now).map_err(refused)?,
                ended,
                now,
            }))
        })
    }

    /// Waits for the next lines; none when there will be no more.
    async fn follow(&mut self, mut last: Look) -> Option<(Self, Look, Bytes)> {
        // All lines up to the last look were sent.
        self.query.tail = None;
        loop {
            let wait = last
                .next
                .map(|next| next.duration_since(last.now))
                .and_then(|wait| Duration::try_from(wait).ok());
            tokio::time::sleep(wait.unwrap_or(LOOK_AGAIN).clamp(Duration::from_millis(10), LOOK_AGAIN)).await;
            self.query.since = last.now.checked_add(SignedDuration::from_nanos(1)).ok();
            let reader = self.clone();
            let look = tokio::task::spawn_blocking(move || reader.look()).await.ok()?;
            // A pod that is gone, or a container that is waiting to start again: the run that was followed is over.
            let look = look.ok().flatten()?;
            if !look.lines.is_empty() || look.ended {
                let text = self.text(&look.lines);
                return Some((self.clone(), look, text));
            }
            last = look;
        }
    }

    fn text(&mut self, lines: &[Line]) -> Bytes {
        let mut text = String::new();
        for (at, line) in lines {
            if self.timestamps {
                text.push_str(&at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ ").to_string());
            }
            text.push_str(line);
            text.push('\n');
        }
        let mut bytes = text.into_bytes();
        if let Some(limit) = &mut self.limit {
            bytes.truncate(*limit);
            *limit -= bytes.len();
        }
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_cuts_the_text_and_then_all_that_follows() {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = Reader {
            embedded: Embedded::open(dir.path()).unwrap(),
            namespace: String::new(),
            pod: String::new(),
            query: Query::default(),
            timestamps: true,
            limit: Some(34),
        };
        let at: Timestamp = "2026-01-01T00:00:00.5Z".parse().unwrap();
        assert_eq!(reader.text(&[(at, "hello".into())]), "2026-01-01T00:00:00.500000000Z hel");
        assert_eq!((reader.text(&[(at, "more".into())]), reader.limit), (Bytes::new(), Some(0)));
    }
}
