//! The commands of a tool, told as they come.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::sync::Notify;

use super::NAME;
use crate::{
    adapters::cluster::served::Served,
    domain::{event::Event, ports::record::Record},
};

/// Somebody who is asked waits no longer than this for what was done before.
const PATIENCE: Duration = Duration::from_secs(5);

/// Commands that were heard, to be told behind what the one before them read.
#[derive(Debug, Default)]
pub(super) struct News {
    commands: Mutex<VecDeque<String>>,
    comes: Notify,
}

impl News {
    pub(super) fn add(&self, command: String) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).push_back(command);
        self.comes.notify_one();
    }

    fn first(&self) -> Option<String> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).front().cloned()
    }

    pub(super) async fn tell(&self, served: &Served, record: &dyn Record) -> Infallible {
        loop {
            let Some(command) = self.first() else {
                self.comes.notified().await;
                continue;
            };
            served.catch_up().await;
            // That it works is news; where it cannot be told it works all the same.
            let tool = NAME.to_owned();
            let _ = record.record(Event::Running { tool, command });
            self.commands.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        }
    }

    /// Lets the telling come to the end of what was heard.
    pub(super) async fn told(&self, mut telling: Pin<&mut impl Future<Output = Infallible>>) {
        let told = std::future::poll_fn(|context| {
            let _ = telling.as_mut().poll(context);
            if self.first().is_none() { Poll::Ready(()) } else { Poll::Pending }
        });
        let _ = tokio::time::timeout(PATIENCE, told).await;
    }
}
