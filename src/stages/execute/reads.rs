//! The read steps.

use serde_json::Value;

use super::Execute;
use crate::{
    diagnostics::{
        Need, Snapshot, gather, health, judge, lone_pods, services,
        states::{rollout, workload_state},
        workloads,
    },
    domain::{
        answer::{Answer, OverviewAnswer, RolloutAnswer},
        failure::{Failure, FailureKind, Result},
        intent::Scope,
        kind::Kind,
        object::ObjectRef,
        ports::observe::Query,
        step::{List, Step},
    },
};

/// What is only kept: nothing of it runs, and nothing of it can be ready.
const NO_HEALTH: [&str; 7] = [
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
];

impl Execute {
    pub(super) async fn read(&self, step: &Step) -> Result<Answer> {
        match step {
            Step::Overview(overview) => self.overview(&overview.scope).await.map(Answer::Overview),
            Step::List(list) => self.list(list).await,
            Step::Watch(watch) => match self.watch(watch).await? {},
            Step::Describe(describe) => self.describe(describe).await.map(Answer::Description),
            Step::Logs(logs) => self.logs(logs).await.map(Answer::Logs),
            Step::Events(events) => self.happened(events).await.map(Answer::Events),
            Step::Health(health) => self.health(&health.scope, health.of.as_ref(), false).await,
            Step::Diagnose(diagnose) => self.health(&diagnose.scope, diagnose.of.as_ref(), true).await,
            Step::RolloutStatus(rollout) => self.rollout(&rollout.workload).await.map(Answer::Rollout),
            Step::Docker(docker) => self.on_engine(docker).await,
            Step::RolloutHistory(history) => self.history(history).await,
            Step::Top(top) => self.usage(top).await,
            Step::Sizing(sizing) => self.sizing(sizing).await.map(Answer::Sizing),
            Step::CanI(can) => self.may_i(can).await,
            Step::Contexts(_) => self.contexts().await,
            Step::Manifest(manifest) => self.manifest(manifest).await,
            Step::Readers(readers) => self.readers(&readers.object).await,
            Step::WhoCan(can) => self.who_can(can).await,
            Step::Explain(explain) => self.explain(explain).await,
            Step::HelmList(list) => self.releases(list).await,
            Step::HelmRelease(release) => self.release(release).await,
            _ => Err(Failure::new(
                FailureKind::Refused,
                format!("the step \"{}\" changes something: it needs a plan", step.name()),
            )),
        }
    }

    /// `None`: all namespaces.
    pub(super) async fn namespace(&self, scope: &Scope) -> Result<Option<String>> {
        match &scope.namespace {
            _ if scope.all_namespaces => Ok(None),
            Some(named) => Ok(Some(named.clone())),
            None => self.observe.place().await.map(|place| Some(place.namespace)),
        }
    }

    async fn overview(&self, scope: &Scope) -> Result<OverviewAnswer> {
        let snapshot = self.look(scope, None).await?;
        self.overview_of(scope, snapshot).await
    }

    async fn overview_of(&self, scope: &Scope, snapshot: Snapshot) -> Result<OverviewAnswer> {
        Ok(OverviewAnswer {
            namespace: self.namespace(scope).await?,
            workloads: workloads(&snapshot),
            lone_pods: lone_pods(&snapshot),
            services: services(&snapshot),
            findings: judge(&snapshot),
            unseen: snapshot.unseen,
        })
    }

    async fn health(&self, scope: &Scope, of: Option<&ObjectRef>, explain: bool) -> Result<Answer> {
        if let Some(of) = of.filter(|of| NO_HEALTH.contains(&of.kind.kind.as_str())) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("{of} does not run: it is neither ready nor healthy, and never ill"),
            )
            .hint(format!("todo-agent \"describe {of}\""))
            .hint("todo-agent \"is my app healthy\""));
        }
        let snapshot = self.look(scope, of).await?;
        let health = health(&snapshot, explain);
        // Of nothing it is not said that it is healthy.
        if of.is_none() && health.workloads.is_empty() && snapshot.all("Pod").is_empty() {
            return self.overview_of(scope, snapshot).await.map(Answer::Overview);
        }
        Ok(Answer::Health(health))
    }

    /// A snapshot of what is there; an empty one only of a namespace that exists.
    pub(super) async fn look(&self, scope: &Scope, of: Option<&ObjectRef>) -> Result<Snapshot> {
        let snapshot = gather(self.observe.as_ref(), scope, of, &Need::findings()).await?;
        if of.is_none() && is_empty(&snapshot) {
            self.confirm(self.namespace(scope).await?.as_deref()).await?;
        }
        Ok(snapshot)
    }

    async fn rollout(&self, workload: &ObjectRef) -> Result<RolloutAnswer> {
        let scope = Scope {
            namespace: workload.namespace.clone(),
            ..Scope::default()
        };
        let snapshot = self.look(&scope, Some(workload)).await?;
        let object = snapshot
            .all(&workload.kind.kind)
            .iter()
            .find(|object| text(object, "/metadata/name") == workload.name);
        let object = object.ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{workload} is not there any more")))?;
        let rollout = rollout(&workload.kind, object);
        Ok(RolloutAnswer {
            state: workload_state(&workload.kind, object, snapshot.all("ReplicaSet"), snapshot.all("Pod")),
            complete: rollout.complete,
            words: if rollout.complete && object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
                format!("{}, its rollout is paused", rollout.words)
            } else {
                rollout.words
            },
            revision: Some(text(object, "/metadata/annotations/deployment.kubernetes.io~1revision"))
                .filter(|revision| !revision.is_empty()),
            findings: judge(&snapshot),
            unseen: snapshot.unseen,
        })
    }

    /// An empty answer is true only of a namespace that exists. Who may not look at namespaces gets the empty answer.
    pub(super) async fn confirm(&self, namespace: Option<&str>) -> Result<()> {
        let Some(name) = namespace else { return Ok(()) };
        let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == "Namespace") else {
            return Ok(());
        };
        let object = ObjectRef {
            kind,
            namespace: None,
            name: name.to_owned(),
            uid: None,
        };
        let Ok(None) = self.observe.get(&object).await else { return Ok(()) };
        let mut failure = Failure::new(FailureKind::NotFound, format!("there is no namespace \"{name}\""));
        let others = self.observe.list(&Query::all(object.kind, None)).await.unwrap_or_default();
        let names = others.iter().map(|other| text(other, "/metadata/name"));
        let near = names
            .map(|other| (strsim::osa_distance(name, &other), other))
            .min()
            .filter(|(distance, other)| *distance <= 2.max(other.chars().count() / 3));
        if let Some((_, near)) = near {
            failure = failure.hint(format!("Did you mean `-n {near}`?"));
        }
        Err(failure.hint("`todo-agent \"list namespaces\"` shows them."))
    }

    /// The server's own table; of a workload: what its selector matches, or what selects it.
    async fn list(&self, list: &List) -> Result<Answer> {
        let namespace = match &list.of {
            Some(of) => of.namespace.clone(),
            None => self.namespace(&list.scope).await?,
        };
        let mut query = Query::all(list.kind.clone(), namespace.filter(|_| list.kind.namespaced));
        query.labels = list.scope.selector.clone();
        query.fields = list.fields.clone();
        let Some(of) = &list.of else {
            return self.list_as(list, &query).await;
        };
        let mut table = self.related(&list.kind, &mut query, of).await?;
        if list.output.as_deref() == Some("wide") {
            table.columns.iter_mut().for_each(|column| column.wide = false);
        }
        Ok(Answer::Table(table))
    }
}

/// The text at a JSON pointer, empty when there is none.
pub(super) fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Nothing of the namespaces that were looked at; kinds of the whole cluster say nothing about them.
fn is_empty(snapshot: &Snapshot) -> bool {
    let namespaced = |kind: &str| Kind::well_known().iter().any(|known| known.kind == kind && known.namespaced);
    snapshot
        .objects
        .iter()
        .all(|(kind, objects)| objects.is_empty() || !namespaced(kind))
}
