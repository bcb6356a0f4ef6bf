//! What `undo` takes back: the request that is meant, whether it still fits what is there, and what came before it.

use serde_json::Value;

use super::{super::reach::Reach, Session};
use crate::{
    domain::{
        docker::Noun,
        failure::{Failure, FailureKind, Result},
        place::Place,
        ports::{
            engine::{Engine, Look},
            observe::Observe,
        },
        request::RequestOptions,
        undo::{Reversal, UndoEntry, Way},
    },
    transcripts::UndoStore,
};

/// In the place of a record's id: every request of which something can be taken back.
pub const EVERYTHING: &str = "everything";

impl Session<'_> {
    /// What others did, or what was done before it began, is not what "that" means in a conversation, each request of which has an
    /// entry of its own: the record's id, and a number from the second on.
    fn may_mean(&self, entry: &UndoEntry) -> bool {
        let rest = entry.id.strip_prefix(self.recorder.id());
        self.alone || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn last_change(&self, store: &UndoStore, place: &Place) -> Result<UndoEntry> {
        let here = |entry: &UndoEntry| entry.cluster == place.uid;
        if let Some(entry) = store.last(|entry| here(entry) && self.may_mean(entry))? {
            return Ok(entry);
        }
        let gone = |what: String| Failure::new(FailureKind::NotFound, what);
        Err(match store.last(here)? {
            None => {
                gone(format!("there is nothing to take back on {}", place.name())).hint("`todo-agent transcript list` shows what was done.")
            }
            Some(other) => gone(format!(
                "nothing that this conversation did on {} is left to take back",
                place.name()
            ))
            .hint(format!(
                "The last change there was “{}”, not of this conversation; to take that back: `/undo {}`",
                other.request, other.id
            )),
        })
    }

    pub(super) async fn entry(&self, transcript: Option<&str>, options: &RequestOptions, reach: &Reach) -> Result<UndoEntry> {
        let store = self.app.undo_store();
        let only = match transcript {
            Some(EVERYTHING) => only(&store)?,
            _ => None,
        };
        let transcript = only.as_deref().or(transcript.filter(|id| *id != EVERYTHING));
        // What was done last was done on an engine: no cluster is asked then.
        let meant = match transcript {
            Some(id) => store.by_id(id)?,
            None => store.last(|entry| self.may_mean(entry))?,
        };
        let on_engine = meant.is_some_and(|entry| {
            let named = options.docker_context.as_ref().is_none_or(|context| *context == entry.context);
            named && !options.names_cluster && entry.is_on_engine()
        });
        let place = if on_engine || options.docker_context.is_some() {
            reach.engine(true).await?
        } else {
            reach.place().await?
        };
        let Some(transcript) = transcript else {
            let entry = self.last_change(&store, &place)?;
            if entry.reversals.is_empty() {
                let what = format!("the last change on {} cannot be taken back", place.name());
                return Err(stays(&what, &entry).hint(instead(self.before(&entry, None, reach).await.as_ref())));
            }
            return Ok(entry);
        };
        let entry = store.by_id(transcript)?.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("nothing is kept that would take \"{transcript}\" back"),
            )
            .hint("`todo-agent transcript list` shows what was done, and what changed something.")
        })?;
        if entry.undone {
            return Err(Failure::new(FailureKind::NotFound, format!("{transcript} was taken back already")));
        }
        if entry.cluster != place.uid {
            return Err(Failure::new(
                FailureKind::Usage,
                format!(
                    "{transcript} changed another place (context \"{}\") than {}",
                    entry.context,
                    place.name()
                ),
            )
            .hint(format!("todo-agent undo {transcript} {}", entry.option())));
        }
        if entry.reversals.is_empty() {
            return Err(stays("this cannot be taken back", &entry));
        }
        Ok(entry)
    }

    /// The request before it that can be taken back: what its objects were done to is still there, and what is to be made again is
    /// not. What cannot be asked is not offered.
    pub(super) async fn before(&self, entry: &UndoEntry, older_than: Option<&str>, reach: &Reach) -> Option<UndoEntry> {
        const MOST: usize = 10;
        let older = self.app.undo_store().reversible(entry.cluster.as_deref(), older_than).ok()?;
        for entry in older.into_iter().take(MOST) {
            let mut stands = true;
            for reversal in entry.reversals.iter().filter(|reversal| !entry.is_replaced(reversal)) {
                stands = stands && still_fits(reversal, reach).await;
            }
            if stands {
                return Some(entry);
            }
        }
        None
    }
}

/// What stays, and why.
fn stays(what: &str, entry: &UndoEntry) -> Failure {
    let parts: Vec<&str> = entry.lasting.iter().map(|part| part.what.as_str()).collect();
    let what = match parts.as_slice() {
        // What was made and what took it away took each other back.
        [] => format!("{what}: nothing of it is left (“{}”)", entry.request),
        parts => format!("{what}: {} (“{}”)", parts.join(", "), entry.request),
    };
    let mut whys: Vec<&str> = entry.lasting.iter().map(|part| part.why.as_str()).collect();
    whys.dedup();
    whys.into_iter().fold(Failure::new(FailureKind::Refused, what), Failure::hint)
}

/// Whether what was changed is there as it must be for the change to be taken back.
async fn still_fits(reversal: &Reversal, reach: &Reach) -> bool {
    let object = &reversal.object;
    let on_engine = Noun::of(object).is_some();
    if matches!(reversal.way, Way::Rollback(_)) {
        return true;
    }
    let found = if on_engine {
        reach.look(&Look::Object(object.clone())).await
    } else {
        reach.get(object).await
    };
    let Ok(found) = found else { return false };
    let renamed = |found: &Value| {
        let now = found.pointer("/metadata/uid").and_then(Value::as_str);
        !on_engine && object.uid.as_deref().is_some_and(|uid| now != Some(uid))
    };
    // A name that was taken away from an image is given to it again, where that is still there.
    let untagged = reversal.fields.iter().find(|field| on_engine && field.ours.is_none());
    if let Some(id) = untagged.and_then(|field| field.before.as_ref()?.as_str()) {
        let image = reach.look(&Look::Object(Noun::Image.named(id, None))).await;
        return found.is_none() && image.is_ok_and(|image| image.is_some());
    }
    let makes = matches!(reversal.way, Way::Create(_));
    match found {
        Some(found) => !makes && !renamed(&found),
        None => makes,
    }
}

/// What came before it, and how to ask for that.
pub(super) fn instead(before: Option<&UndoEntry>) -> String {
    before.map_or_else(
        || "Nothing from before it is left to take back.".to_owned(),
        |entry| {
            format!(
                "Before it came “{}”; to take that back: `todo-agent undo {}`",
                entry.request, entry.id
            )
        },
    )
}

/// The only request of which something can be taken back; nothing where there is none.
fn only(store: &UndoStore) -> Result<Option<String>> {
    const MOST: usize = 8;
    let mut open = store.list()?;
    open.retain(|entry| !entry.undone && !entry.reversals.is_empty());
    if open.len() < 2 {
        return Ok(open.pop().map(|entry| entry.id));
    }
    let several = Failure::new(FailureKind::Unclear, "one request is taken back at a time: nothing was changed");
    Err(open.iter().take(MOST).fold(several, |failure, entry| {
        failure.hint(format!("`todo-agent undo {}` takes back “{}”", entry.id, entry.request))
    }))
}
