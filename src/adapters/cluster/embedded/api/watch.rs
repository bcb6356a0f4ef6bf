//! Watching: the history as it grows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer::Reply;
use super::call::Call;
use super::convert;
use super::list::{self, Selection};
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::store::{Event, EventKind, Events, POLL};

/// A watch that names no end is ended after this long, as the real server ends it after 30 to 60 minutes.
const LONGEST: Duration = Duration::from_secs(45 * 60);

/// How often a quiet watch says where it is.
const BOOKMARK: Duration = Duration::from_secs(60);

struct Watch {
    call: Arc<Call>,
    embedded: Embedded,
    selection: Selection,
    cursor: u64,
    changes: tokio::sync::watch::Receiver<u64>,
    end: Instant,
    bookmark: Option<Instant>,
    /// What is to be sent before the history is read.
    first: Option<Vec<Value>>,
    first_table: bool,
    over: bool,
}

/// Starts a watch: what is there already is read before the answer begins, so that a refusal is a plain one.
pub fn start(call: Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let selection = Selection::read(&call)?;
    let version = list::version(&call)
        .map_err(|refusal| Refusal::plain(500, refusal.message.trim_start_matches("invalid resource version: ")))?
        .filter(|version| *version > 0);
    let initial = call.query.has("sendInitialEvents").then(|| call.query.flag("sendInitialEvents"));
    if initial.is_some() && call.query.get("resourceVersionMatch") != Some("NotOlderThan") {
        let message = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        let cause = super::prepare::cause("resourceVersionMatch", "FieldValueForbidden", message);
        return Err(Refusal::invalid_object("meta.k8s.io", "ListOptions", "", &[cause]));
    }
    let seconds = call
        .query
        .get("timeoutSeconds")
        .and_then(|text| text.parse().ok())
        .filter(|seconds| *seconds > 0)
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST));
    let bookmarks = call.query.flag("allowWatchBookmarks");
    let changes = embedded.store().changes();
    let mut watch = Watch {
        selection,
        cursor: 0,
        changes,
        end: Instant::now() + seconds.unwrap_or(LONGEST),
        bookmark: bookmarks.then(|| Instant::now() + BOOKMARK),
        first: None,
        first_table: true,
        over: false,
        embedded: embedded.clone(),
        call: Arc::new(call),
    };
    watch.begin(version, initial)?;
    let frames = stream::unfold(watch, |watch| async move {
        let (bytes, watch) = watch.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(bytes)), watch))
    });
    Ok(Reply::Stream {
        content_type: "application/json",
        body: StreamBody::new(frames).map_err(|never| match never {}).boxed_unsync(),
    })
}

impl Watch {
    /// Finds where the watch starts, and what it says first.
    fn begin(&mut self, version: Option<u64>, initial: Option<bool>) -> Result<(), Refusal> {
        let (group, _) = self.call.kind.stored();
        let namespace = self.call.address.namespace.as_deref();
        let (objects, now) = self.embedded.store().read(|view| -> Result<_, Refusal> {
            let objects = view.list(group, &self.call.kind.kind, namespace, None)?;
            Ok((objects, view.rv()?))
        })?;
        if let Some(version) = version.filter(|version| *version > now) {
            // A database that was reset counts from the beginning again.
            self.first = Some(vec![error(&Refusal::expired(format!(
                "too old resource version: {version} ({now})"
            )))]);
            self.over = true;
            return Ok(());
        }
        let list = initial.unwrap_or(version.is_none());
        self.cursor = if list { now } else { version.unwrap_or(now) };
        if list {
            let mut first = Vec::new();
            for object in objects {
                let object = convert::served(&self.call.kind, object);
                if self.selection.matches(&object) {
                    first.push(self.event("ADDED", object));
                }
            }
            if initial == Some(true) && self.bookmark.is_some() {
                first.push(self.bookmark(now, true));
            }
            self.first = Some(first);
        }
        Ok(())
    }

    /// The next lines, or none when the watch is over.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
                return Some((lines(&first), self));
            }
            if self.over || Instant::now() >= self.end {
                return None;
            }
            self.changes.mark_unchanged();
            let (events, watch) = self.read().await?;
            self = watch;
            if !events.is_empty() {
                return Some((lines(&events), self));
            }
            if self.bookmark.is_some_and(|at| Instant::now() >= at) {
                self.bookmark = Some(Instant::now() + BOOKMARK);
                return Some((lines(&[self.bookmark(self.cursor, false)]), self));
            }
            self.wait().await;
        }
    }

    /// What happened since the cursor.
    async fn read(mut self) -> Option<(Vec<Value>, Self)> {
        tokio::task::spawn_blocking(move || {
            let (group, _) = self.call.kind.stored();
            let found = self.embedded.store().read(|view| -> Result<_, Refusal> {
                Ok(view.events(self.cursor, group, &self.call.kind.kind, self.call.address.namespace.as_deref())?)
            });
            let lines = match found {
                Ok(Events::Known(events, cursor)) => {
                    self.cursor = cursor;
                    events.into_iter().filter_map(|event| self.seen(event)).collect()
                }
                Ok(Events::Compacted(since)) => {
                    self.over = true;
                    vec![error(&Refusal::expired(format!(
                        "too old resource version: {} ({since})",
                        self.cursor
                    )))]
                }
                Err(refusal) => {
                    self.over = true;
                    vec![error(&refusal)]
                }
            };
            (lines, self)
        })
        .await
        .ok()
    }

    async fn wait(&mut self) {
        let until = (Instant::now() + POLL).min(self.end);
        if tokio::time::timeout_at(until, self.changes.changed()).await.is_err() {
            let embedded = self.embedded.clone();
            // An error shows at the next read.
            let _ = tokio::task::spawn_blocking(move || embedded.store().poll()).await;
        }
    }

    /// One line of the history as this watch sees it: objects come into the selection and leave it.
    fn seen(&mut self, event: Event) -> Option<Value> {
        let now = convert::served(&self.call.kind, event.object);
        let matches = self.selection.matches(&now);
        let before = event.previous.map(|object| convert::served(&self.call.kind, object));
        let matched = before.as_ref().is_some_and(|object| self.selection.matches(object));
        match (event.kind, matched, matches) {
            (EventKind::Added, _, true) | (EventKind::Modified, false, true) => Some(self.event("ADDED", now)),
            (EventKind::Modified, true, true) => Some(self.event("MODIFIED", now)),
            (EventKind::Deleted, _, true) => Some(self.event("DELETED", now)),
            (EventKind::Modified, true, false) => {
                let mut last = before.unwrap_or_default();
                last["metadata"]["resourceVersion"] = event.rv.to_string().into();
                Some(self.event("DELETED", last))
            }
            _ => None,
        }
    }

    fn event(&mut self, word: &str, object: Value) -> Value {
        let object = list::item(&self.call, &self.embedded, object, self.first_table);
        self.first_table = false;
        json!({ "type": word, "object": object })
    }

    fn bookmark(&self, rv: u64, end_of_initial: bool) -> Value {
        let mut metadata = json!({ "resourceVersion": rv.to_string(), "creationTimestamp": null });
        if end_of_initial {
            metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        let kind = &self.call.kind;
        json!({ "type": "BOOKMARK", "object": { "kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata } })
    }
}

fn error(refusal: &Refusal) -> Value {
    json!({ "type": "ERROR", "object": refusal.status() })
}

fn lines(events: &[Value]) -> Bytes {
    let mut text = String::new();
    for event in events {
        text.push_str(&event.to_string());
        text.push('\n');
    }
    text.into()
}
