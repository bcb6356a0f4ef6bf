//! A watch that keeps going: what is there first, then each change, over dropped connections and expired versions.

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};

use super::{
    Cluster,
    fault::{Fault, Status},
    lines::Lines,
    list::base,
};
use crate::domain::{
    failure::Result,
    object::ObjectRef,
    ports::{
        Feed,
        observe::{Query, Seen},
    },
};

/// The server ends a watch after this many seconds, and we begin the next: a connection that died without a word is
/// noticed at the latest then.
const SERVER_ENDS_AFTER: u64 = 240;
const SILENT_TOO_LONG: Duration = Duration::from_secs(SERVER_ENDS_AFTER + 20);

/// The pause before the next try, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// No single object comes near this; etcd's own limit is 1.5 MB.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

impl Cluster {
    pub(super) fn start_watch(&self, query: Query) -> Box<dyn Feed<Seen>> {
        let (seen, feed) = mpsc::channel(64);
        let watch = Watch {
            cluster: self.clone(),
            query,
            seen,
            known: BTreeMap::new(),
            version: String::new(),
            complete: false,
        };
        // A task of its own makes `next` cancel-safe: nothing is lost when the reader looks elsewhere for a while.
        Box::new(WatchFeed {
            feed,
            task: tokio::spawn(watch.run()),
        })
    }
}

struct WatchFeed {
    feed: mpsc::Receiver<Result<Seen>>,
    task: JoinHandle<()>,
}

impl Feed<Seen> for WatchFeed {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Result<Seen>>> + Send + '_>> {
        Box::pin(self.feed.recv())
    }
}

impl Drop for WatchFeed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Watch {
    cluster: Cluster,
    query: Query,
    seen: mpsc::Sender<Result<Seen>>,
    /// By namespace and name: what the reader was told last, and its version.
    known: BTreeMap<(String, String), (ObjectRef, String)>,
    /// Where the next watch begins; empty when everything must be listed first.
    version: String,
    complete: bool,
}

/// Why a round ended.
enum End {
    /// The reader is gone.
    Unheard,
    /// Begin again where it stopped.
    Dropped(Option<Fault>),
    /// The version is too old: list again.
    Expired,
    /// Trying again does not help.
    Final(Fault),
}

impl Watch {
    async fn run(mut self) {
        // Since when nothing was heard of the server.
        let mut silent_since: Option<Instant> = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let mut heard = false;
            let end = self.round(&mut heard).await;
            if heard {
                silent_since = None;
                pause = FIRST_PAUSE;
            }
            let fault = match end {
                End::Unheard => return,
                End::Expired => {
                    self.version.clear();
                    None
                }
                End::Dropped(fault) => fault,
                End::Final(fault) => return self.give_up(fault).await,
            };
            let since = *silent_since.get_or_insert(if heard { Instant::now() } else { began });
            if let Some(fault) = fault
                && !heard
                && since.elapsed() + pause > self.cluster.inner.limits.gone
            {
                return self.give_up(fault).await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn give_up(self, fault: Fault) {
        let call = base(&self.query).with("watch", "true").call();
        let failure = self.cluster.failure(fault, &call);
        // An error says the same to a reader that is gone.
        let _ = self.seen.send(Err(failure)).await;
    }

    /// Lists when it must, then watches until something ends it.
    async fn round(&mut self, heard: &mut bool) -> End {
        if self.version.is_empty() {
            match self.cluster.list_now(&self.query).await {
                Ok(listed) => {
                    *heard = true;
                    if !self.tell_list(listed.items).await {
                        return End::Unheard;
                    }
                    self.version = listed.version;
                }
                Err(fault) if fault.is_passing() => return End::Dropped(Some(fault)),
                Err(fault) => return End::Final(fault),
            }
        }
        let ask = base(&self.query)
            .with("watch", "true")
            .with("allowWatchBookmarks", "true")
            .with("resourceVersion", self.version.clone())
            .with("timeoutSeconds", SERVER_ENDS_AFTER.to_string());
        let body = match self.cluster.api().open(&ask).await {
            Ok(body) => body,
            Err(fault) if fault.code() == Some(410) => return End::Expired,
            Err(fault) if fault.is_passing() => return End::Dropped(Some(fault)),
            Err(fault) => return End::Final(fault),
        };
        *heard = true;
        let mut lines = Lines::new(body, LONGEST_LINE);
        loop {
            let line = match tokio::time::timeout(SILENT_TOO_LONG, lines.next()).await {
                Err(_) | Ok(None) => return End::Dropped(None),
                Ok(Some(Err(fault))) => return End::Dropped(Some(fault)),
                Ok(Some(Ok(line))) => line,
            };
            // The last line of a connection that broke may be half a one; the next round gets it whole.
            let Ok(mut event) = serde_json::from_slice::<Value>(&line) else {
                continue;
            };
            let object = event.get_mut("object").map(Value::take).unwrap_or_default();
            if let Some(end) = self
                .tell_event(event.get("type").and_then(Value::as_str).unwrap_or_default(), object)
                .await
            {
                return end;
            }
        }
    }

    async fn tell_event(&mut self, what: &str, object: Value) -> Option<End> {
        let version = object
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let heard = match what {
            "ADDED" | "MODIFIED" => self.tell(object).await,
            "DELETED" => {
                let gone = ObjectRef::of(&self.query.kind, &object);
                self.known.remove(&key(&gone));
                self.seen.send(Ok(Seen::Gone(gone))).await.is_ok()
            }
            "BOOKMARK" => true,
            "ERROR" => {
                let status = Status::of_value(&object, 500);
                if status.code == 410 {
                    return Some(End::Expired);
                }
                let fault = Fault::Status(Box::new(status));
                return Some(if fault.is_passing() {
                    End::Dropped(Some(fault))
                } else {
                    End::Final(fault)
                });
            }
            _ => true,
        };
        if !version.is_empty() {
            self.version = version;
        }
        (!heard).then_some(End::Unheard)
    }

    /// Tells what is new against what the reader knows already; `false` when the reader is gone.
    async fn tell_list(&mut self, items: Vec<Value>) -> bool {
        let mut before = std::mem::take(&mut self.known);
        for item in items {
            let object = ObjectRef::of(&self.query.kind, &item);
            let version = item
                .pointer("/metadata/resourceVersion")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let same = match before.remove(&key(&object)) {
                Some((told, _)) if told.uid != object.uid => {
                    if self.seen.send(Ok(Seen::Gone(told))).await.is_err() {
                        return false;
                    }
                    false
                }
                Some((_, told)) => told == version,
                None => false,
            };
            if same {
                self.known.insert(key(&object), (object, version.to_owned()));
            } else if !self.tell(item).await {
                return false;
            }
        }
        for (gone, _) in before.into_values() {
            if self.seen.send(Ok(Seen::Gone(gone))).await.is_err() {
                return false;
            }
        }
        if !self.complete {
            self.complete = true;
            return self.seen.send(Ok(Seen::Complete)).await.is_ok();
        }
        true
    }

    async fn tell(&mut self, object: Value) -> bool {
        let name = ObjectRef::of(&self.query.kind, &object);
        let version = object
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.known.insert(key(&name), (name, version.to_owned()));
        self.seen.send(Ok(Seen::Is(object))).await.is_ok()
    }
}

fn key(object: &ObjectRef) -> (String, String) {
    (object.namespace.clone().unwrap_or_default(), object.name.clone())
}
