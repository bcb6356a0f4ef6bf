//! Reads are recorded behind their callers' backs, some at a time and on a thread of their own: writing down takes longer than passing on.
//! In order, and before any change that comes after them.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};

use super::door::millis;

use crate::domain::{
    event::Event,
    ports::record::Record,
    risk::{Call, Risk},
};

/// Reads that are not written down yet, and those on their way: whoever comes then waits.
const AHEAD: usize = 1024;

/// How long one waits for others to be written down with it, and how many they may be.
const PAUSE: Duration = Duration::from_millis(20);
const TOGETHER: usize = 256;

#[derive(Debug)]
enum Entry {
    Read(Box<Read>),
    Flush(oneshot::Sender<()>),
}

#[derive(Clone, Debug)]
pub(super) struct Ledger(mpsc::Sender<Entry>);

impl Ledger {
    pub(super) fn keep(record: Arc<dyn Record>) -> Self {
        let (sender, mut entries) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            while let Some(first) = entries.recv().await {
                let (reads, flushed) = together(first, &mut entries).await;
                let record = Arc::clone(&record);
                let written = tokio::task::spawn_blocking(move || reads.into_iter().for_each(|read| write(record.as_ref(), read)));
                let _ = written.await;
                if let Some(flushed) = flushed {
                    let _ = flushed.send(());
                }
            }
        });
        Self(sender)
    }

    /// A read that begins, once there is room to write it down. It is recorded when this is dropped, also where its caller goes away
    /// before.
    pub(super) async fn read(&self, call: &Call) -> Reading {
        Reading {
            place: self.0.clone().reserve_owned().await.ok(),
            call: call.clone(),
            start: Instant::now(),
            status: 0,
        }
    }

    /// Everything so far is written.
    pub(super) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.0.send(Entry::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
    }
}

/// What comes soon after it, up to where somebody waits for it to be written.
async fn together(first: Entry, entries: &mut mpsc::Receiver<Entry>) -> (Vec<Read>, Option<oneshot::Sender<()>>) {
    let mut reads = Vec::new();
    let mut pause = pin!(tokio::time::sleep(PAUSE));
    let mut next = Some(first);
    while let Some(entry) = next {
        match entry {
            Entry::Read(read) => reads.push(*read),
            Entry::Flush(done) => return (reads, Some(done)),
        }
        if reads.len() == TOGETHER {
            break;
        }
        next = tokio::select! {
            biased;
            () = &mut pause => None,
            entry = entries.recv() => entry,
        };
    }
    (reads, None)
}

#[derive(Debug)]
struct Read {
    call: Call,
    status: u16,
    millis: u64,
}

/// A read on its way.
pub(super) struct Reading {
    /// None: nobody writes any more.
    place: Option<mpsc::OwnedPermit<Entry>>,
    call: Call,
    start: Instant,
    /// Zero: no answer came.
    pub status: u16,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.send(Entry::Read(Box::new(Read {
                call: self.call.clone(),
                status: self.status,
                millis: millis(self.start),
            })));
        }
    }
}

/// A read is made even when it cannot be recorded.
fn write(record: &dyn Record, read: Read) {
    let Read { call, status, millis } = read;
    let summary = match status {
        0 => format!("{}: no answer", call.summary()),
        _ => call.summary(),
    };
    let _ = record.record(Event::Called {
        call,
        risk: Risk::Read,
        granted: true,
    });
    let _ = record.record(Event::Replied { summary, status, millis });
}
