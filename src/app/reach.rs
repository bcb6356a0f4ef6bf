//! The cluster, connected when it is first needed: a request that is not understood starts nothing.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::App;
use crate::{
    adapters::{
        cluster::{BuiltIn, Cluster, Connect, Limits, forward::Halt, install_crypto},
        engine::Engine,
        files,
    },
    config::TrustStore,
    domain::{
        answer::{ForwardAnswer, LogLine, Table},
        docker::{Logs, Noun},
        execution::Done,
        failure::Result,
        inventory::ToolStatus,
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approved, Draft, Plan},
        ports::{
            self, Feed, Later,
            drive::Drive,
            engine::Look,
            observe::{LogQuery, Observe, Query, Seen},
            record::Record,
        },
        release::{ContextLine, Release},
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
}

/// One connection, to look and to act.
struct Reached {
    cluster: Cluster,
    engine: BuiltIn,
}

impl Reach {
    pub fn new(app: &App, options: &RequestOptions, record: Arc<dyn Record>) -> Self {
        let limits = Limits::default().within(options.timeout_seconds.map(Duration::from_secs));
        Self {
            connect: Connect {
                limits,
                context: options.context.clone(),
                namespace: options.namespace.clone(),
                require_real: options.require_real,
                ..Connect::from_env(app.dirs.embedded(), record.clone())
            },
            trust: app.trust(),
            cluster: OnceCell::new(),
            record,
            docker: OnceCell::new(),
            docker_context: options.docker_context.clone(),
            halt: Arc::default(),
        }
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
        self.docker
            .get_or_try_init(|| Engine::connect(self.docker_context.as_deref(), self.record.clone()))
            .await
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
        Box::pin(async move { self.cluster().await?.tools(names).await })
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
            self.engine().await?.apply(plan, index).await
        })
    }

    fn forward<'a>(&'a self, plan: &'a Approved<Plan>, index: usize) -> Later<'a, ForwardAnswer> {
        Box::pin(async move { self.engine().await?.forward_until(plan, index, &self.halt).await })
    }
}

impl ports::engine::Engine for Reach {
    fn engine<'a>(&'a self, identity: bool) -> Later<'a, Place> {
        Box::pin(async move { self.docker().await?.place(identity).await })
    }

    fn look<'a>(&'a self, look: &'a Look) -> Later<'a, Option<Value>> {
        Box::pin(async move { self.docker().await?.look(look).await })
    }

    fn container_logs<'a>(&'a self, query: &'a Logs) -> Later<'a, Box<dyn Feed<LogLine>>> {
        Box::pin(async move { self.docker().await?.logs(query).await })
    }
}
