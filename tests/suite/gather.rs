//! What is fetched for a snapshot, from a cluster that holds the captured objects.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use todo_agent::{
    diagnostics::{Need, Snapshot, gather, judge},
    domain::{
        answer::{LogLine, Table},
        failure::{Failure, FailureKind, Result},
        intent::Scope,
        inventory::ToolStatus,
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        ports::{
            Feed, Later,
            observe::{LogQuery, Observe, Query, Seen},
        },
    },
};

/// Serves the objects of a fixture; equality selectors only.
struct Captured {
    snapshot: Snapshot,
    forbidden: Vec<&'static str>,
    asked: Mutex<Vec<String>>,
}

struct Lines(Vec<LogLine>);

impl Feed<LogLine> for Lines {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Result<LogLine>>> + Send + '_>> {
        let next = (!self.0.is_empty()).then(|| Ok(self.0.remove(0)));
        Box::pin(async move { next })
    }
}

fn fixture(name: &str) -> Captured {
    let path = format!("{}/tests/fixtures/diagnostics/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Captured {
        snapshot: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
        forbidden: Vec::new(),
        asked: Mutex::new(Vec::new()),
    }
}

fn not_now<'a, T: Send + 'a>() -> Later<'a, T> {
    Box::pin(async { Err(Failure::new(FailureKind::Failed, "not served here")) })
}

fn matches(object: &Value, labels: &str) -> bool {
    labels
        .split(',')
        .filter_map(|term| term.split_once('='))
        .all(|(key, value)| object["metadata"]["labels"][key] == value)
}

impl Observe for Captured {
    fn place<'a>(&'a self) -> Later<'a, Place> {
        Box::pin(async {
            Ok(Place {
                locality: Locality::Minikube,
                context: "minikube".to_owned(),
                server: String::new(),
                namespace: "todo".to_owned(),
                uid: None,
                version: None,
            })
        })
    }
    fn kinds<'a>(&'a self) -> Later<'a, Vec<Kind>> {
        not_now()
    }
    fn get<'a>(&'a self, object: &'a ObjectRef) -> Later<'a, Option<Value>> {
        let all = self.snapshot.all(&object.kind.kind);
        let found = all.iter().find(|o| o["metadata"]["name"] == object.name.as_str()).cloned();
        Box::pin(async move { Ok(found) })
    }
    fn get_scale<'a>(&'a self, _: &'a ObjectRef) -> Later<'a, Option<Value>> {
        not_now()
    }
    fn list<'a>(&'a self, query: &'a Query) -> Later<'a, Vec<Value>> {
        let kind = query.kind.kind.as_str();
        let labels = query.labels.clone().unwrap_or_default();
        self.asked.lock().unwrap().push(format!("{} {labels}", query.kind.plural));
        if self.forbidden.contains(&kind) {
            let what = format!("you may not list {}", query.kind.plural);
            return Box::pin(async { Err(Failure::new(FailureKind::Forbidden, what)) });
        }
        let found = self
            .snapshot
            .all(kind)
            .iter()
            .filter(|object| matches(object, &labels))
            .cloned()
            .collect();
        Box::pin(async move { Ok(found) })
    }
    fn table<'a>(&'a self, _: &'a Query) -> Later<'a, Table> {
        not_now()
    }
    fn watch<'a>(&'a self, _: &'a Query) -> Later<'a, Box<dyn Feed<Seen>>> {
        not_now()
    }
    fn logs<'a>(&'a self, query: &'a LogQuery) -> Later<'a, Box<dyn Feed<LogLine>>> {
        let run = if query.previous { "previous" } else { "present" };
        self.asked
            .lock()
            .unwrap()
            .push(format!("log {} {run} {:?}", query.container, query.tail));
        let of_run = self
            .snapshot
            .logs
            .iter()
            .filter(|t| t.pod == query.pod && t.container == query.container && t.previous == query.previous);
        let line = |text: &String| LogLine {
            pod: query.pod.clone(),
            container: query.container.clone(),
            text: text.clone(),
        };
        let lines: Vec<LogLine> = of_run.flat_map(|tail| tail.lines.iter().map(line)).collect();
        Box::pin(async move { Ok(Box::new(Lines(lines)) as Box<dyn Feed<LogLine>>) })
    }
    fn tools<'a>(&'a self, _: &'a [String]) -> Later<'a, Vec<ToolStatus>> {
        not_now()
    }
}

fn of(kind: &str, name: &str, namespace: &str) -> ObjectRef {
    ObjectRef {
        kind: Kind::well_known().into_iter().find(|known| known.kind == kind).unwrap(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        uid: None,
    }
}

async fn look(cluster: &Arc<Captured>, of: Option<&ObjectRef>) -> Result<Snapshot> {
    let scope = Scope {
        namespace: Some("diag-crash".to_owned()),
        ..Scope::default()
    };
    // The captured faults are of their own time.
    let mut snapshot = gather(&**cluster, &scope, of, &Need::findings()).await?;
    snapshot.now = cluster.snapshot.now;
    Ok(snapshot)
}

fn counts(snapshot: &Snapshot) -> BTreeMap<&str, usize> {
    snapshot
        .objects
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(kind, list)| (kind.as_str(), list.len()))
        .collect()
}

#[tokio::test]
async fn one_log_is_read_for_each_failing_container_of_each_workload() {
    let cluster = Arc::new(fixture("crash"));
    let snapshot = look(&cluster, None).await.unwrap();
    let mut logs: Vec<String> = cluster
        .asked
        .lock()
        .unwrap()
        .iter()
        .filter(|asked| asked.starts_with("log"))
        .cloned()
        .collect();
    logs.sort();
    assert_eq!(
        logs,
        [
            "log api previous Some(20)",
            "log done previous Some(20)",
            "log import present Some(20)",
            "log migrate previous Some(20)",
        ]
    );
    assert_eq!(snapshot.subject, "9 pods in diag-crash");
    assert_eq!(snapshot.unseen, []);
}

#[tokio::test]
async fn of_one_workload_only_what_belongs_to_it_is_seen() {
    let cluster = Arc::new(fixture("crash"));
    let snapshot = look(&cluster, Some(&of("Deployment", "api", "diag-crash"))).await.unwrap();
    assert_eq!(
        counts(&snapshot),
        BTreeMap::from([("Deployment", 1), ("Event", 2), ("Pod", 2), ("ReplicaSet", 1)])
    );
    assert_eq!(snapshot.subject, "api");
    let whats: Vec<_> = judge(&snapshot).into_iter().map(|finding| finding.what).collect();
    assert_eq!(whats, ["crashes: exit code 1 (8 restarts, 2 pods)"]);
    let asked = cluster.asked.lock().unwrap();
    assert!(asked.contains(&"pods app=api".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn a_service_of_the_workloads_name_that_selects_nothing_belongs_to_it() {
    let mut captured = fixture("service");
    let services = captured.snapshot.objects.get_mut("Service").unwrap();
    for service in services.iter_mut() {
        // Both bear the workload's name; one selects the pods of another workload.
        if service["metadata"]["name"] == "wrong" || service["metadata"]["name"] == "zero" {
            service["metadata"]["name"] = "todo-backend".into();
        }
    }
    let other = serde_json::json!({"metadata": {"name": "z", "namespace": "diag-service", "uid": "z", "labels": {"app": "zero"}}});
    captured.snapshot.objects.get_mut("Pod").unwrap().push(other);
    let cluster = Arc::new(captured);
    let snapshot = look(&cluster, Some(&of("Deployment", "todo-backend", "diag-service")))
        .await
        .unwrap();
    let whats: Vec<_> = judge(&snapshot).into_iter().map(|finding| finding.what).collect();
    assert_eq!(
        whats,
        [
            "selects app=backend: no pod bears these labels",
            "port 80 leads to the port named web, which no container declares",
            "port 80 leads to port 8000, which no container declares",
        ]
    );
}

#[tokio::test]
async fn who_may_see_neither_pods_nor_workloads_is_told_so_instead_of_an_empty_answer() {
    let mut captured = fixture("service");
    captured.forbidden = vec!["Pod", "Deployment", "StatefulSet", "DaemonSet"];
    let failure = look(&Arc::new(captured), None).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.what.as_str()),
        (FailureKind::Forbidden, "you may not list pods")
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_unseen_and_nothing_is_concluded_from_it() {
    let mut captured = fixture("service");
    captured.forbidden = vec!["Pod", "StorageClass"];
    let snapshot = look(&Arc::new(captured), None).await.unwrap();
    let unseen: Vec<_> = snapshot
        .unseen
        .iter()
        .map(|one| (one.what.as_str(), one.why.as_str(), one.forbidden))
        .collect();
    // Nobody claims a volume here: the storage classes are not missed.
    assert_eq!(unseen, [("pods", "you may not list pods", true)]);
    assert_eq!(judge(&snapshot), []);
}

#[tokio::test]
async fn an_object_that_is_not_there_is_said_so() {
    let failure = look(&Arc::new(fixture("crash")), Some(&of("Deployment", "nope", "diag-crash")))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.what.as_str()),
        (FailureKind::NotFound, "deployment/nope is not there")
    );
}
