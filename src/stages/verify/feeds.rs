//! Watches, each in a task of its own, told through one channel. They end with the session.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::{Sender, channel},
    task::JoinSet,
};

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    ports::observe::{Observe, Query, Seen},
};

/// Between two looks where a user may look but not watch.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a watch tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Object,
    Pods,
    ReplicaSets,
    Events,
}

/// News of the object with this index.
#[derive(Debug)]
pub struct News {
    pub index: usize,
    pub subject: Subject,
    pub seen: Result<Seen>,
}

pub struct Feeds {
    observe: Arc<dyn Observe>,
    tell: Sender<News>,
    tasks: JoinSet<()>,
}

impl Feeds {
    pub fn new(observe: &Arc<dyn Observe>) -> (Self, tokio::sync::mpsc::Receiver<News>) {
        let (tell, hear) = channel(256);
        let feeds = Self {
            observe: Arc::clone(observe),
            tell,
            tasks: JoinSet::new(),
        };
        (feeds, hear)
    }

    /// Watches one object; where that is forbidden, looks at it every second. A cluster that does not answer is asked
    /// again: how long is waited for it is not decided here.
    pub fn watch_object(&mut self, index: usize, object: &ObjectRef) {
        let (observe, tell, object) = (Arc::clone(&self.observe), self.tell.clone(), object.clone());
        self.tasks.spawn(async move {
            let query = Query::one(&object);
            while !tell.is_closed() {
                match forward(&*observe, &query, index, Subject::Object, &tell).await {
                    Ok(()) => return,
                    Err(failure) if failure.kind == FailureKind::Forbidden => return look(&*observe, &object, index, &tell).await,
                    Err(failure) => {
                        let passing = failure.kind == FailureKind::Unreachable;
                        send(&tell, index, Subject::Object, Err(failure)).await;
                        if !passing {
                            return;
                        }
                    }
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        });
    }

    /// Watches what belongs to an object. It only adds words and reasons: that it cannot be seen is no failure.
    pub fn watch(&mut self, index: usize, subject: Subject, query: Query) {
        let (observe, tell) = (Arc::clone(&self.observe), self.tell.clone());
        self.tasks.spawn(async move {
            // A failure here leaves the words poorer; what the verdict rests on is looked at once more at the end.
            let passing = |end: &Result<()>| end.as_ref().is_err_and(|failure| failure.kind == FailureKind::Unreachable);
            while passing(&forward(&*observe, &query, index, subject, &tell).await) && !tell.is_closed() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        });
    }
}

/// Tells everything that a watch sees, until nobody listens or the watch fails. A watch that just ends is begun again.
async fn forward(observe: &dyn Observe, query: &Query, index: usize, subject: Subject, tell: &Sender<News>) -> Result<()> {
    loop {
        let mut feed = observe.watch(query).await?;
        while let Some(seen) = feed.next().await {
            if tell
                .send(News {
                    index,
                    subject,
                    seen: Ok(seen?),
                })
                .await
                .is_err()
            {
                return Ok(());
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn look(observe: &dyn Observe, object: &ObjectRef, index: usize, tell: &Sender<News>) {
    loop {
        let seen = match observe.get(object).await {
            Ok(Some(value)) => Ok(Seen::Is(value)),
            Ok(None) => Ok(Seen::Gone(object.clone())),
            Err(failure) => Err(failure),
        };
        let last = seen.as_ref().is_err_and(|failure| failure.kind != FailureKind::Unreachable);
        send(tell, index, Subject::Object, seen).await;
        if last || tell.is_closed() {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn send(tell: &Sender<News>, index: usize, subject: Subject, seen: Result<Seen, Failure>) {
    // Nobody listens any more: the session is over.
    let _ = tell.send(News { index, subject, seen }).await;
}
