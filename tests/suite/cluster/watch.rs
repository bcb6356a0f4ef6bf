//! A watch survives what happens to connections, and gives up when nothing answers any more.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Request;
use kube::client::Body;
use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{Cluster, Connect, Limits, Target},
    domain::{
        failure::FailureKind,
        kind::Kind,
        ports::observe::{LogQuery, Observe, Query, Seen},
    },
};

use super::{Answer, Notes, json_answer};

fn pod(name: &str, uid: &str, version: u32) -> Value {
    json!({"metadata": {"name": name, "namespace": "todo", "uid": uid, "resourceVersion": version.to_string()}})
}

fn list(version: u32, items: &[Value]) -> (u16, String) {
    (
        200,
        json!({"kind": "PodList", "metadata": {"resourceVersion": version.to_string()}, "items": items}).to_string(),
    )
}

fn events(events: &[(&str, Value)]) -> (u16, String) {
    (
        200,
        events
            .iter()
            .map(|(what, object)| format!("{}\n", json!({"type": what, "object": object})))
            .collect(),
    )
}

type Script = Arc<Mutex<VecDeque<(u16, String)>>>;

/// Gives its answers one after the other, then refuses connections; keeps the requests.
fn scripted(answers: Vec<(u16, String)>, asked: Arc<Mutex<Vec<String>>>, gone: Duration) -> Cluster {
    let script: Script = Arc::new(Mutex::new(answers.into()));
    let service = tower::service_fn(move |request: Request<Body>| {
        asked.lock().unwrap().push(request.uri().to_string());
        let next = script.lock().unwrap().pop_front();
        Box::pin(async move {
            match next {
                Some((code, body)) => Ok(json_answer(code, body)),
                None => Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into()),
            }
        }) as Answer
    });
    let limits = Limits { gone, ..Limits::default() };
    let connect = Connect {
        limits,
        ..Connect::from_env("/nonexistent".into(), Arc::new(Notes::default()))
    };
    Cluster::over(service, Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo"), &connect)
}

#[tokio::test]
async fn a_watch_goes_on_where_it_was_and_lists_again_when_it_must() {
    let expired = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"});
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answers = vec![
        list(5, &[pod("a", "u1", 1), pod("b", "u2", 2)]),
        events(&[
            ("MODIFIED", pod("a", "u1", 6)),
            ("BOOKMARK", json!({"metadata": {"resourceVersion": "9"}})),
        ]),
        // The connection ended; this one is overloaded, the next goes on from the bookmark.
        (429, String::new()),
        (429, String::new()),
        (429, String::new()),
        events(&[("DELETED", pod("b", "u2", 10)), ("ERROR", expired)]),
        // While it was not looking: a was made anew, c came.
        list(20, &[pod("a", "u9", 15), pod("c", "u3", 16)]),
        (200, String::new()),
    ];
    let cluster = scripted(answers, asked.clone(), Duration::from_millis(2500));
    let mut watch = cluster.watch(&Query::all(Kind::pod(), Some("todo".to_owned()))).await.unwrap();
    let mut seen = Vec::new();
    let failure = loop {
        match watch.next().await.unwrap() {
            Ok(Seen::Is(object)) => {
                let meta = &object["metadata"];
                seen.push(format!(
                    "{} {}",
                    meta["name"].as_str().unwrap(),
                    meta["resourceVersion"].as_str().unwrap()
                ));
            }
            Ok(Seen::Gone(object)) => seen.push(format!("{} {} gone", object.name, object.uid.unwrap())),
            Ok(Seen::Complete) => seen.push("complete".to_owned()),
            Err(failure) => break failure,
        }
    };
    assert_eq!(seen, ["a 1", "b 2", "complete", "a 6", "b u2 gone", "a u1 gone", "a 15", "c 16"]);
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(watch.next().await.is_none());
    let asked = asked.lock().unwrap();
    let versions: Vec<&str> = asked
        .iter()
        .filter_map(|uri| uri.split("resourceVersion=").nth(1)?.split('&').next())
        .take(6)
        .collect();
    assert_eq!(versions, ["5", "9", "9", "9", "9", "20"]);
}

#[tokio::test]
async fn a_watch_that_is_forbidden_ends_at_once() {
    let no = json!({"kind": "Status", "code": 403, "message": r#"pods is forbidden: User "bob" cannot watch resource "pods" in API group "" in the namespace "todo""#});
    let cluster = scripted(vec![list(5, &[]), (403, no.to_string())], Arc::default(), Duration::from_secs(60));
    let mut watch = cluster.watch(&Query::all(Kind::pod(), Some("todo".to_owned()))).await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(Seen::Complete)));
    assert_eq!(
        watch.next().await.unwrap().unwrap_err().what,
        "user \"bob\" may not watch pods in namespace \"todo\""
    );
}

#[tokio::test]
async fn long_lists_are_read_in_pages_and_begun_anew_when_they_expire() {
    let page = |token: &str, name: &str| {
        let list = json!({"kind": "PodList", "metadata": {"continue": token}, "items": [pod(name, "u", 1)]});
        (200, list.to_string())
    };
    let expired = json!({"kind": "Status", "code": 410, "reason": "Expired"});
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answers = vec![page("t/1", "a"), (410, expired.to_string()), page("t2", "a"), page("", "b")];
    let cluster = scripted(answers, asked.clone(), Duration::ZERO);
    let pods = cluster.list(&Query::all(Kind::pod(), None)).await.unwrap();
    let names: Vec<String> = pods
        .iter()
        .map(|pod| format!("{} {} {}", pod["apiVersion"], pod["kind"], pod["metadata"]["name"]))
        .collect();
    assert_eq!(names, [r#""v1" "Pod" "a""#, r#""v1" "Pod" "b""#]);
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "/api/v1/pods?limit=500&resourceVersion=0",
            "/api/v1/pods?limit=500&continue=t%2F1",
            "/api/v1/pods?resourceVersion=0",
            "/api/v1/pods?continue=t2",
        ]
    );
}

#[tokio::test]
async fn a_hundred_thousand_lines_of_log_are_read_in_no_time() {
    let body: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
    let cluster = scripted(vec![(200, body)], Arc::default(), Duration::ZERO);
    let query = LogQuery {
        namespace: "todo".to_owned(),
        pod: "a".to_owned(),
        container: "c".to_owned(),
        follow: true,
        since_seconds: Some(60),
        tail: Some(5),
        previous: false,
    };
    let start = std::time::Instant::now();
    let mut logs = cluster.logs(&query).await.unwrap();
    let (mut count, mut last) = (0, String::new());
    while let Some(line) = logs.next().await {
        last = line.unwrap().text;
        count += 1;
    }
    assert_eq!((count, last.as_str()), (100_000, "line 99999"));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
