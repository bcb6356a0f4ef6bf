//! A conversation: several requests with one record, each with what was said before.

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use super::{App, reach::Reach, session::Session, tee::Nobody};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        docker::Noun,
        failure::Result,
        kind::Kind,
        place::{Locality, Place},
        ports::{
            engine::Engine,
            observe::{Observe, Query},
        },
        request::RequestOptions,
        undo::UndoEntry,
    },
    stages::survey::engine,
    transcripts::Recorder,
};

/// A prompt waits no longer than this for a cluster.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many objects of a kind are offered for completion.
pub const MOST_NAMES: usize = 500;

/// The requests of one conversation.
#[derive(Debug)]
pub struct Talk<'a> {
    app: &'a App,
    recorder: OnceLock<Arc<Recorder>>,
    earlier: Mutex<Arc<Conversation>>,
}

/// Where requests go, as far as it is known without waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    pub context: String,
    pub namespace: String,
    /// `None` when the cluster was not asked, or did not answer.
    pub locality: Option<Locality>,
}

impl From<&Place> for Whereabouts {
    fn from(place: &Place) -> Self {
        Self {
            context: place.name().to_owned(),
            namespace: place.namespace.clone(),
            locality: Some(place.locality),
        }
    }
}

impl<'a> Talk<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self {
            app,
            recorder: OnceLock::new(),
            earlier: Mutex::default(),
        }
    }

    /// What is secret in these words is hidden from now on.
    pub fn learn(&self, words: &str) {
        self.app.redactor.learn(words);
    }

    /// The next request.
    #[must_use]
    pub fn session(&self, request: &str) -> Session<'a> {
        let recorder = self
            .recorder
            .get_or_init(|| Arc::new(self.app.begin(request).keeping_undo(self.app.undo_store())));
        Session::within(self.app, recorder.clone(), self.earlier())
    }

    /// What was said so far.
    #[must_use]
    pub fn earlier(&self) -> Arc<Conversation> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A request came to its end, whichever that was.
    pub fn remember(&self, turn: Turn) {
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut earlier).push(turn);
    }

    /// What this conversation changed, oldest first, also what is taken back or cannot be. What cannot be read is not told.
    #[must_use]
    pub fn changes(&self) -> Vec<UndoEntry> {
        let Some(id) = self.id() else { return Vec::new() };
        let is_own = |entry: &UndoEntry| {
            let rest = entry.id.strip_prefix(id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut changes = self.app.undo_store().list().unwrap_or_default();
        changes.retain(is_own);
        changes.reverse();
        changes
    }

    /// Id of the record, once there is one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let recorder = self.recorder.get()?;
        let kept = recorder.trouble().is_none() && recorder.events() > 0;
        kept.then(|| recorder.id())
    }
}

impl App {
    /// Where what is typed next goes. The embedded cluster is not started for it.
    ///
    /// # Errors
    /// The kubeconfig cannot be used, or the context is not in it.
    pub async fn whereabouts(&self, options: &RequestOptions) -> Result<Whereabouts> {
        let reach = Reach::new(self, options, Arc::new(Nobody));
        if reach.kubeconfig()?.is_none() {
            return Ok(Whereabouts {
                context: "embedded".to_owned(),
                namespace: options.namespace.clone().unwrap_or_else(|| "default".to_owned()),
                locality: Some(Locality::Embedded),
            });
        }
        let target = reach.cluster().await?.target().clone();
        let place = tokio::time::timeout(PATIENCE, reach.place()).await;
        Ok(match place {
            Ok(Ok(place)) => Whereabouts::from(&place),
            _ => Whereabouts {
                context: target.context,
                namespace: target.namespace,
                locality: None,
            },
        })
    }

    /// The contexts that there are, the names of namespaces and of what runs in the one that is meant, for completion. What cannot
    /// be asked in time is not offered.
    pub fn names(&self, options: &RequestOptions) -> impl Future<Output = Names> + Send + use<> {
        let reach = Reach::new(self, options, Arc::new(Nobody)).in_background();
        let embedded = self.dirs.embedded().exists();
        async move { names(&reach, embedded).await.unwrap_or_default() }
    }

    /// The names of what is in the engine, for completion; none when it does not answer in time.
    pub fn names_on_engine(&self, options: &RequestOptions) -> impl Future<Output = Vec<(Noun, String)>> + Send + use<> {
        let reach = Reach::new(self, options, Arc::new(Nobody));
        async move {
            let looks = Noun::ALL.map(engine::look);
            let lists = futures_util::future::join_all(looks.iter().map(|look| reach.look(look)));
            let lists = tokio::time::timeout(PATIENCE, lists).await.unwrap_or_default();
            let named = Noun::ALL.into_iter().zip(lists).flat_map(|(noun, list)| {
                let list = list.ok().flatten().unwrap_or_default();
                let items = engine::read(noun, &list)
                    .into_iter()
                    .filter(|item| item.owner.as_deref() != Some("no name"));
                items.map(move |item| (noun, item.object.name)).take(MOST_NAMES).collect::<Vec<_>>()
            });
            named.collect()
        }
    }

    /// Where the lines of earlier conversations are kept.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.dirs.state().join("chat").join("history")
    }
}

/// What Tab may complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub contexts: Vec<String>,
    pub namespaces: Vec<String>,
    pub objects: Vec<String>,
    /// Of a Docker Engine.
    pub engine: Vec<(Noun, String)>,
}

/// `embedded`: there is an embedded cluster already, and looking at it makes none.
async fn names(reach: &Reach, embedded: bool) -> Result<Names> {
    if reach.kubeconfig()?.is_none() && !embedded {
        return Ok(Names::default());
    }
    let target = reach.cluster().await?.target().clone();
    let here = Some(target.namespace);
    let kinds = Kind::well_known();
    let offered = kinds.iter().filter(|kind| kind.is_workload() || kind.plural == "services");
    let objects = futures_util::future::join_all(offered.map(|kind| listed(reach, kind, here.clone())));
    let namespaces = async {
        match kinds.iter().find(|kind| kind.plural == "namespaces") {
            Some(kind) => listed(reach, kind, None).await,
            None => Vec::new(),
        }
    };
    let (objects, namespaces) = tokio::join!(objects, namespaces);
    let mut objects: Vec<String> = objects.into_iter().flatten().collect();
    objects.sort();
    objects.dedup();
    Ok(Names {
        contexts: target.contexts,
        namespaces,
        objects,
        engine: Vec::new(),
    })
}

async fn listed(reach: &Reach, kind: &Kind, namespace: Option<String>) -> Vec<String> {
    let query = Query::all(kind.clone(), namespace);
    let listed = tokio::time::timeout(PATIENCE, reach.list(&query)).await;
    let objects = listed.ok().and_then(Result::ok).unwrap_or_default();
    objects.iter().filter_map(name_of).take(MOST_NAMES).collect()
}

/// Makes a folder that is for this user alone, and those above it.
///
/// # Errors
/// It cannot be made.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn name_of(object: &serde_json::Value) -> Option<String> {
    object.pointer("/metadata/name")?.as_str().map(str::to_owned)
}
