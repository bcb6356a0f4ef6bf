//! The cluster, connected when it is first needed: a request that is not understood starts nothing.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::App;
use crate::{
    adapters::{
        cluster::{BuiltIn, Cluster, Connect, Limits, embedded::server, forward::Halt, install_crypto},
        engine::Engine,
        files,
        tools::{Surroundings, helm::Helm, look_for},
    },
    config::TrustStore,
    diagnostics::words::plain,
    domain::{
        answer::{ForwardAnswer, LogLine, Table},
        docker::{Logs, Noun},
        errand::Setup,
        event::Event,
        execution::Done,
        failure::{Failure, FailureKind, Result},
        inventory::ToolStatus,
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approved, Draft, How, Plan},
        ports::{
            self, Feed, Later,
            drive::Drive,
            engine::Look,
            observe::{LogQuery, Observe, Query, Seen},
            record::Record,
        },
        release::{self, ContextLine, Release},
        request::RequestOptions,
    },
};

/// The real cluster or the embedded one, behind both ports.
pub struct Reach {
    connect: Connect,
    trust: TrustStore,
    cluster: OnceCell<Reached>,
    /// Who is told of the calls.
    record: Arc<dyn Record>,
    /// The Docker Engine: connected for requests that are for one, and then no cluster is.
    docker: OnceCell<Engine>,
    docker_context: Option<String>,
    /// Ends a forward.
    halt: Arc<Halt>,
    /// `--timeout`.
    timeout: Option<Duration>,
    setups: BTreeMap<String, Setup>,
}

/// One connection, to look and to act.
struct Reached {
    cluster: Cluster,
    engine: BuiltIn,
}

impl Reach {
    pub fn new(app: &App, options: &RequestOptions, record: Arc<dyn Record>) -> Self {
        let timeout = options.timeout_seconds.map(Duration::from_secs);
        let limits = Limits::default().within(timeout);
        Self {
            connect: Connect {
                limits,
                context: options.context.clone(),
                namespace: options.namespace.clone(),
                require_real: options.require_real,
                logins: app.logins.clone(),
                ..Connect::from_env(app.dirs.embedded(), record.clone())
            },
            trust: app.trust(),
            cluster: OnceCell::new(),
            record,
            docker: OnceCell::new(),
            docker_context: options.docker_context.clone(),
            halt: Arc::default(),
            timeout,
            setups: app.setups(),
        }
    }

    /// Nobody waits for it: a login program does not speak with the user.
    #[must_use]
    pub fn in_background(mut self) -> Self {
        self.connect.in_background = true;
        self
    }

    /// A forward ends when this says so.
    #[must_use]
    pub fn until(self, halt: Arc<Halt>) -> Self {
        Self { halt, ..self }
    }

    async fn reached(&self) -> Result<&Reached> {
        self.cluster
            .get_or_try_init(|| async {
                install_crypto();
                let cluster = Cluster::connect(&self.connect).await?;
                Ok(Reached {
                    engine: cluster.built_in(),
                    cluster,
                })
            })
            .await
    }

    /// The files that name clusters; `None` when nothing names one.
    ///
    /// # Errors
    /// They are named and not there.
    pub(super) fn kubeconfig(&self) -> Result<Option<Vec<PathBuf>>> {
        self.connect.files()
    }

    pub(super) async fn cluster(&self) -> Result<&Cluster> {
        Ok(&self.reached().await?.cluster)
    }

    async fn engine(&self) -> Result<&BuiltIn> {
        Ok(&self.reached().await?.engine)
    }

    async fn docker(&self) -> Result<&Engine> {
        self.docker_for(false).await
    }

    /// `identity`: who it is will be asked next.
    async fn docker_for(&self, identity: bool) -> Result<&Engine> {
        self.docker
            .get_or_try_init(|| Engine::connect(self.docker_context.as_deref(), self.record.clone(), identity))
            .await
    }

    /// The helm of this machine, turned to the very cluster that is looked at.
    async fn own_helm(&self) -> Result<Helm> {
        let Some(files) = self.connect.files()? else {
            let served = server::kubeconfig_file(&self.connect.embedded_dir).await?;
            return Helm::find(&[served], server::CONTEXT).await;
        };
        Helm::find(&files, &self.cluster().await?.target().context).await
    }

    /// That helm failed is no end: what it did before that shows in its record, which is looked at next.
    async fn rolled_back(&self, plan: &Approved<Plan>, index: usize, revision: u64) -> Result<Done> {
        let start = Instant::now();
        let change = plan.get().changes.get(index);
        let change = change.ok_or_else(|| Failure::new(FailureKind::Failed, "there is nothing to roll back"))?;
        let object = &change.draft.object;
        let said = self.own_helm().await?.rollback(object, revision, self.timeout).await?;
        let newest = change.draft.before.get("revision").and_then(Value::as_u64);
        if let Some(said) = &said {
            let kept = self
                .cluster()
                .await?
                .releases(object.namespace.as_deref(), Some(&object.name))
                .await?;
            if kept.last().map(|one| one.revision) == newest {
                let what = format!("helm did not roll {object} back: {said}; nothing was changed");
                return Err(Failure::new(FailureKind::Failed, what));
            }
        }
        let what = match said {
            None => format!("rolled back to revision {revision}"),
            Some(said) => {
                self.record.record(Event::Note {
                    text: format!("helm says: {}", plain(&said)),
                })?;
                "helm was run".to_owned()
            }
        };
        Ok(Done {
            object: object.clone(),
            what,
            changed: change.diff.clone(),
            millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            after: Value::Null,
        })
    }

    pub(super) async fn trusted(&self) -> Result<Place> {
        let mut place = self.cluster().await?.place().await?;
        if place.locality == Locality::Remote
            && let Some(uid) = &place.uid
            && self.trust.is_cluster_trusted(uid)?
        {
            place.locality = Locality::Trusted;
        }
        Ok(place)
    }
}

impl Observe for Reach {
    fn place<'a>(&'a self) -> Later<'a, Place> {
        Box::pin(self.trusted())
    }

    fn named<'a>(&'a self) -> Later<'a, Place> {
        Box::pin(async move {
            match self.connect.named()? {
                Some(place) => Ok(place),
                None => self.trusted().await,
            }
        })
    }

    fn kinds<'a>(&'a self) -> Later<'a, Vec<Kind>> {
        Box::pin(async move { self.cluster().await?.kinds().await })
    }

    fn get<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        Box::pin(async move { self.cluster().await?.get(object).await })
    }

    fn get_scale<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        Box::pin(async move { self.cluster().await?.get_scale(object).await })
    }

    fn list<'a>(&'a self, query: &'a Query) -> Later<'a, Vec<Value>> {
        Box::pin(async move { self.cluster().await?.list(query).await })
    }

    fn table<'a>(&'a self, query: &'a Query) -> Later<'a, Table> {
        Box::pin(async move { self.cluster().await?.table(query).await })
    }

    fn watch<'a>(&'a self, query: &'a Query) -> Later<'a, Box<dyn Feed<Seen>>> {
        Box::pin(async move { self.cluster().await?.watch(query).await })
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> Later<'a, Box<dyn Feed<LogLine>>> {
        Box::pin(async move { self.cluster().await?.logs(query).await })
    }

    fn review<'a>(&'a self, review: &'a Value) -> Later<'a, Value> {
        Box::pin(async move { self.cluster().await?.review(review).await })
    }

    fn openapi<'a>(&'a self, api_version: &'a str) -> Later<'a, Value> {
        Box::pin(async move { self.cluster().await?.openapi(api_version).await })
    }

    fn releases<'a>(&'a self, namespace: Option<&'a str>, name: Option<&'a str>) -> Later<'a, Vec<Release>> {
        Box::pin(async move { self.cluster().await?.releases(namespace, name).await })
    }

    fn helm<'a>(&'a self) -> Later<'a, release::Helm> {
        Box::pin(async move { self.own_helm().await?.tell().await })
    }

    fn contexts<'a>(&'a self) -> Later<'a, Vec<ContextLine>> {
        Box::pin(async move { self.connect.contexts() })
    }

    fn files<'a>(&'a self, path: &'a str) -> Later<'a, Vec<(String, Vec<u8>)>> {
        Box::pin(async move { files::read(path) })
    }

    fn variable<'a>(&'a self, name: &'a str) -> Later<'a, String> {
        Box::pin(async move { files::variable(name) })
    }

    fn tools<'a>(&'a self, names: &'a [String]) -> Later<'a, Vec<ToolStatus>> {
        Box::pin(async move { Ok(look_for(names, &Surroundings::of_this_process().with(self.setups.clone(), []))) })
    }
}

impl Drive for Reach {
    fn preview<'a>(&'a self, draft: &'a Draft) -> Later<'a, Value> {
        Box::pin(async move { self.engine().await?.preview(draft).await })
    }

    fn apply<'a>(&'a self, plan: &'a Approved<Plan>, index: usize) -> Later<'a, Done> {
        Box::pin(async move {
            let on_engine = plan
                .get()
                .changes
                .get(index)
                .is_some_and(|change| Noun::of(&change.draft.object).is_some());
            if on_engine {
                return self.docker().await?.apply(plan, index).await;
            }
            let change = plan.get().changes.get(index);
            if let Some(How::Rollback(revision)) = change.map(|change| &change.draft.how) {
                return self.rolled_back(plan, index, *revision).await;
            }
            self.engine().await?.apply(plan, index).await
        })
    }

    fn forward<'a>(&'a self, plan: &'a Approved<Plan>, index: usize) -> Later<'a, ForwardAnswer> {
        Box::pin(async move { self.engine().await?.forward_until(plan, index, &self.halt).await })
    }
}

impl ports::engine::Engine for Reach {
    fn engine<'a>(&'a self, identity: bool) -> Later<'a, Place> {
        Box::pin(async move { self.docker_for(identity).await?.place(identity).await })
    }

    fn look<'a>(&'a self, look: &'a Look) -> Later<'a, Option<Value>> {
        Box::pin(async move { self.docker().await?.look(look).await })
    }

    fn container_logs<'a>(&'a self, query: &'a Logs) -> Later<'a, Box<dyn Feed<LogLine>>> {
        Box::pin(async move { self.docker().await?.logs(query).await })
    }
}
