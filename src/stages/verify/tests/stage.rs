//! A cluster that follows a script, on a clock that stands still while nobody sleeps.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::super::Verify;
use crate::domain::{
    answer::{LogLine, Table},
    event::Event,
    execution::{Done, Execution},
    failure::{Failure, FailureKind, Result},
    field::{FieldChange, FieldPath},
    intent::Intent,
    inventory::ToolStatus,
    kind::Kind,
    object::ObjectRef,
    place::{Locality, Place},
    plan::Plan,
    ports::{
        Feed, Later,
        observe::{LogQuery, Observe, Query, Seen},
        record::Record,
    },
    risk::Risk,
    route::Route,
    step::Undoing,
    verification::{IsAvailable, PostCondition, Verification},
};

pub type News = Result<Seen>;

/// Watches by kind are fed by the test; lists are what was last told.
#[derive(Default)]
pub struct Cluster {
    feeds: Mutex<BTreeMap<String, UnboundedReceiver<News>>>,
    lists: Mutex<BTreeMap<String, Vec<Value>>>,
    pub watched: Mutex<Vec<String>>,
    pub gone: Mutex<bool>,
    /// Kinds that may not be listed or watched.
    pub forbidden: Mutex<Vec<&'static str>>,
    /// From this moment to that one, in milliseconds since the first call, nothing answers.
    pub away: Mutex<Option<(tokio::time::Instant, u64, u64)>>,
}

struct Fed(UnboundedReceiver<News>);

impl Feed<Seen> for Fed {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<News>> + Send + '_>> {
        Box::pin(async move {
            match self.0.recv().await {
                Some(news) => Some(news),
                None => std::future::pending().await,
            }
        })
    }
}

pub fn unreachable() -> Failure {
    Failure::new(FailureKind::Unreachable, "the cluster does not answer")
}

pub fn forbidden(verb: &str, kind: &str) -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        format!("user \"viewer\" may not {verb} {kind} in namespace \"todo\""),
    )
    .hint("ask for it")
}

impl Cluster {
    fn answer<'a, T: Send + 'a>(&'a self, value: T) -> Later<'a, T> {
        let away = self.away.lock().unwrap().is_some_and(|(since, from, to)| {
            let now = u64::try_from(since.elapsed().as_millis()).unwrap();
            (from..to).contains(&now)
        });
        let gone = away || *self.gone.lock().unwrap();
        Box::pin(async move { if gone { Err(unreachable()) } else { Ok(value) } })
    }
}

impl Observe for Cluster {
    fn place<'a>(&'a self) -> Later<'a, Place> {
        self.answer(place())
    }
    fn kinds<'a>(&'a self) -> Later<'a, Vec<Kind>> {
        self.answer(Vec::new())
    }
    fn get<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        let found = self
            .lists
            .lock()
            .unwrap()
            .get(&object.kind.kind)
            .and_then(|list| list.first().cloned());
        self.answer(found)
    }
    fn get_scale<'a>(&'a self, _: &'a ObjectRef) -> Later<'a, Option<Value>> {
        self.answer(None)
    }
    fn list<'a>(&'a self, query: &'a Query) -> Later<'a, Vec<Value>> {
        let kind = query.kind.kind.clone();
        if self.forbidden.lock().unwrap().contains(&kind.as_str()) {
            return Box::pin(async move { Err(forbidden("list", &kind)) });
        }
        let found = self.lists.lock().unwrap().get(&kind).cloned().unwrap_or_default();
        self.answer(found)
    }
    fn table<'a>(&'a self, _: &'a Query) -> Later<'a, Table> {
        self.answer(Table::default())
    }
    fn watch<'a>(&'a self, query: &'a Query) -> Later<'a, Box<dyn Feed<Seen>>> {
        self.watched.lock().unwrap().push(query.kind.kind.clone());
        let kind = query.kind.kind.clone();
        if self.forbidden.lock().unwrap().contains(&kind.as_str()) {
            return Box::pin(async move { Err(forbidden("list", &kind)) });
        }
        let feed = self.feeds.lock().unwrap().remove(&kind);
        let feed = feed.unwrap_or_else(|| unbounded_channel().1);
        Box::pin(async move { Ok(Box::new(Fed(feed)) as Box<dyn Feed<Seen>>) })
    }
    fn logs<'a>(&'a self, _: &'a LogQuery) -> Later<'a, Box<dyn Feed<LogLine>>> {
        Box::pin(async { Err(unreachable()) })
    }
    fn tools<'a>(&'a self, _: &'a [String]) -> Later<'a, Vec<ToolStatus>> {
        self.answer(Vec::new())
    }
}

#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Record for Told {
    fn record(&self, event: Event) -> Result<()> {
        if let Event::Progress { observation } = event {
            let line = format!("{} {:?} {}", observation.millis, observation.verdict, observation.saw);
            self.0.lock().unwrap().push(line);
        }
        Ok(())
    }
}

fn place() -> Place {
    Place {
        locality: Locality::Minikube,
        context: "minikube".to_owned(),
        server: String::new(),
        namespace: "todo".to_owned(),
        uid: None,
        version: None,
    }
}

pub fn web() -> ObjectRef {
    ObjectRef {
        kind: Kind::deployment(),
        namespace: Some("todo".to_owned()),
        name: "web".to_owned(),
        uid: Some("D".to_owned()),
    }
}

/// A deployment of three at generation 2, its controller having seen generation `observed`.
pub fn deployment(observed: u32, updated: u32, total: u32, available: u32) -> Value {
    json!({"kind": "Deployment",
        "metadata": {"name": "web", "namespace": "todo", "uid": "D", "generation": 2, "resourceVersion": "20"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}},
        "status": {"observedGeneration": observed, "updatedReplicas": updated, "replicas": total, "availableReplicas": available}})
}

pub fn replica_set(name: &str, revision: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "todo", "uid": name, "annotations": {"deployment.kubernetes.io/revision": revision},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "D", "controller": true}]}})
}

pub fn pod(name: &str, set: &str, status: Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "todo", "uid": name,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": set, "controller": true}]},
        "spec": {"nodeName": "minikube", "containers": [{"name": "web", "image": "web:2"}]}, "status": status})
}

pub fn ready(restarts: u32) -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "web", "ready": true, "restartCount": restarts, "state": {"running": {}}}]})
}

pub fn waiting(reason: &str, message: &str) -> Value {
    json!({"phase": "Pending", "containerStatuses": [{"name": "web", "restartCount": 0, "state": {"waiting": {"reason": reason, "message": message}}}]})
}

pub struct Stage {
    pub cluster: Arc<Cluster>,
    tell: BTreeMap<&'static str, UnboundedSender<News>>,
    conditions: Vec<PostCondition>,
    pub template_changed: bool,
    /// From how many replicas it was scaled to three.
    pub raised_from: Option<u32>,
}

impl Stage {
    pub fn new(conditions: Vec<PostCondition>) -> Self {
        let cluster = Cluster::default();
        let mut tell = BTreeMap::new();
        for kind in ["Deployment", "Pod", "ReplicaSet", "Event"] {
            let (send, receive) = unbounded_channel();
            cluster.feeds.lock().unwrap().insert(kind.to_owned(), receive);
            tell.insert(kind, send);
        }
        Self {
            cluster: Arc::new(cluster),
            tell,
            conditions,
            template_changed: false,
            raised_from: None,
        }
    }

    pub fn available() -> Self {
        Self::new(vec![PostCondition::Available(IsAvailable { workload: web() })])
    }

    /// At these milliseconds the cluster tells this.
    pub fn script(&self, script: Vec<(u64, &'static str, News)>) {
        let (tell, cluster) = (self.tell.clone(), Arc::clone(&self.cluster));
        tokio::spawn(async move {
            let mut now = 0;
            for (at, kind, news) in script {
                tokio::time::sleep(Duration::from_millis(at - now)).await;
                now = at;
                if let Ok(Seen::Is(object)) = &news {
                    let mut lists = cluster.lists.lock().unwrap();
                    let list = lists.entry(kind.to_owned()).or_default();
                    list.retain(|known| known["metadata"]["name"] != object["metadata"]["name"]);
                    list.push(object.clone());
                }
                let _ = tell[kind].send(news);
            }
        });
    }

    /// From this moment the lists have this object; no watch tells of it.
    pub fn only_listed(&self, at: u64, kind: &'static str, object: Value) {
        let cluster = Arc::clone(&self.cluster);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(at)).await;
            cluster.lists.lock().unwrap().entry(kind.to_owned()).or_default().push(object);
        });
    }

    pub fn away(&self, from: u64, to: u64) {
        *self.cluster.away.lock().unwrap() = Some((tokio::time::Instant::now(), from, to));
    }

    /// What a second watch of this kind tells, from this moment on.
    pub fn fed_again(&self, at: u64, kind: &'static str, news: Vec<News>) {
        let cluster = Arc::clone(&self.cluster);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let (send, receive) = unbounded_channel();
            cluster.feeds.lock().unwrap().insert(kind.to_owned(), receive);
            tokio::time::sleep(Duration::from_millis(at - 500)).await;
            news.into_iter().for_each(|one| send.send(one).unwrap());
            std::future::pending::<()>().await;
        });
    }

    pub async fn verify(&self, patience: u64) -> (Vec<String>, Result<Verification>) {
        let changed = FieldChange {
            field: FieldPath::keys(&["spec", if self.template_changed { "template" } else { "replicas" }]),
            before: self.raised_from.map(Value::from),
            after: self.raised_from.map(|_| json!(3)),
        };
        let execution = Execution {
            done: vec![Done {
                object: web(),
                what: String::new(),
                changed: vec![changed],
                millis: 0,
                after: json!({"kind": "Deployment", "metadata": {"generation": 2, "resourceVersion": "20"}}),
            }],
            answers: Vec::new(),
            failure: None,
        };
        let plan = Plan {
            intent: Intent {
                playbook: "scale".to_owned(),
                clause: String::new(),
                slots: BTreeMap::new(),
                readings_of_names: Vec::new(),
                keeps: false,
            },
            title: String::new(),
            place: place(),
            route: Route {
                tool: "builtin".to_owned(),
                version: None,
                why: None,
                passed_over: Vec::new(),
            },
            risk: Risk::Change,
            reads: Vec::new(),
            changes: Vec::new(),
            verify: self.conditions.clone(),
            undoing: Undoing::Restore,
            notes: Vec::new(),
            equivalent: Vec::new(),
            open: false,
            proposed: None,
        };
        let told = Arc::new(Told::default());
        let observe: Arc<dyn Observe> = Arc::clone(&self.cluster) as Arc<dyn Observe>;
        let record: Arc<dyn Record> = Arc::clone(&told) as Arc<dyn Record>;
        let verify = Verify::new(observe, record);
        let end = verify.verify(&plan, &execution, Duration::from_secs(patience)).await;
        let lines = told.0.lock().unwrap().clone();
        (lines, end)
    }
}

pub fn is(object: Value) -> News {
    Ok(Seen::Is(object))
}
