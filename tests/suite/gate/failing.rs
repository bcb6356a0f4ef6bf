//! A change that was tried and announced, and then the server said no, or nothing at all: what takes back the changes before it is kept.

use todo_agent::{
    domain::{request::Request, risk::Risk, undo::Way},
    redact::Redactor,
    transcripts::{Recorder, Store, UndoStore},
};

use super::*;

/// What is made, and how it is taken away again.
struct Made {
    kind: &'static str,
    all: &'static str,
    take: (&'static str, &'static str),
}

const MAP: Made = Made {
    kind: "ConfigMap",
    all: "/api/v1/namespaces/todo/configmaps",
    take: ("DELETE", "/api/v1/namespaces/todo/configmaps/made"),
};
const POD: Made = Made {
    kind: "Pod",
    all: "/api/v1/namespaces/todo/pods",
    take: ("POST", "/api/v1/namespaces/todo/pods/made/eviction"),
};

type Answered = Result<http::Response<kube::client::Body>, tower::BoxError>;

/// A server on which it is made, and that answers its end like this.
async fn served(record: Arc<Recorder>, made: &'static Made, end: fn() -> Answered) -> Served {
    install_crypto();
    let object = json!({"apiVersion": "v1", "kind": made.kind, "metadata": {"name": "made", "namespace": "todo", "uid": "u1", "resourceVersion": "7"}});
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let tried = request.uri().query().unwrap_or_default().contains("dryRun=All");
        let answer = match (request.method().as_str(), request.uri().path()) == made.take && !tried {
            true => end(),
            false => Ok(http::Response::new(kube::client::Body::from(serde_json::to_vec(&object).unwrap()))),
        };
        async move { answer }
    });
    let connect = Connect::from_env("/nonexistent".into(), record);
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    Served::start(
        &Cluster::over(service, target, &connect),
        Policy::pass([Risk::Change, Risk::Destroy]),
    )
    .await
    .unwrap()
}

fn status(code: u16) -> Answered {
    let body = json!({"kind": "Status", "code": code, "message": "as it is"}).to_string();
    let response = http::Response::builder()
        .status(code)
        .body(kube::client::Body::from(body.into_bytes()));
    response.map_err(tower::BoxError::from)
}

/// What takes back a run that makes it, if so, and takes it away; and what stays.
async fn kept(makes: bool, made: &'static Made, end: fn() -> Answered) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let undo = UndoStore::at(dir.path().join("undo"));
    let recorder = Store::at(dir.path().join("transcripts")).begin("gate -- x", jiff::Timestamp::now, Redactor::new([]));
    let recorder = Arc::new(recorder.keeping_undo(undo.clone()));
    let requested = Event::Requested {
        request: Request {
            text: "gate -- x".to_owned(),
            options: todo_agent::domain::request::RequestOptions::default(),
        },
        version: String::new(),
    };
    recorder.record(requested).unwrap();
    let gate = served(Arc::clone(&recorder), made, end).await;
    let body = |kind: &str| serde_json::to_vec(&json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "made"}})).unwrap();
    let headers = [("content-type", JSON)];
    if makes {
        let answer = send(&gate, "POST", made.all, &headers, body(made.kind)).await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    let options = if made.take.0 == "POST" { body("Eviction") } else { Vec::new() };
    send(&gate, made.take.0, made.take.1, &headers, options).await;
    gate.close().await;
    let Some(entry) = undo.by_id(recorder.id()).unwrap() else {
        return Vec::new();
    };
    let told = entry.reversals.iter().map(|reversal| match reversal.way {
        Way::Delete => format!("take away {} of {:?}", reversal.object, reversal.object.uid.as_deref()),
        Way::Create(_) => format!("make {}", reversal.object),
        _ => format!("set {}", reversal.object),
    });
    told.chain(entry.lasting.iter().map(|part| format!("stays: {}", part.what)))
        .collect()
}

#[tokio::test]
async fn what_was_made_is_taken_back_unless_its_removal_is_known_to_be_done() {
    let (refused, broken) = (|| status(403), || status(500));
    let silent = || Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
    let taken = "take away configmap/made of Some(\"u1\")";
    assert_eq!(kept(true, &MAP, || status(200)).await, Vec::<String>::new());
    assert_eq!(kept(true, &MAP, refused).await, [taken]);
    assert_eq!(kept(true, &MAP, broken).await, [taken]);
    assert_eq!(kept(true, &MAP, silent).await, [taken]);
    // What was there before.
    assert_eq!(kept(false, &MAP, || status(200)).await, ["make configmap/made"]);
    assert_eq!(kept(false, &MAP, refused).await, Vec::<String>::new());
    assert_eq!(kept(false, &MAP, silent).await, ["make configmap/made"]);
}

#[tokio::test]
async fn a_pod_that_was_made_and_evicted_is_neither_taken_back_nor_told_to_stay() {
    let taken = "take away pod/made of Some(\"u1\")";
    let stays = "stays: create pods/made/eviction in namespace todo";
    assert_eq!(kept(true, &POD, || status(201)).await, Vec::<String>::new());
    // Its disruption budget says no.
    assert_eq!(kept(true, &POD, || status(429)).await, [taken]);
    assert_eq!(kept(true, &POD, || status(500)).await, [taken]);
    assert_eq!(kept(false, &POD, || status(201)).await, [stays]);
    assert_eq!(kept(false, &POD, || status(429)).await, Vec::<String>::new());
}

/// It may have been made: what was approved is approved once.
#[tokio::test]
async fn an_approved_change_of_which_nobody_knows_is_asked_about_before_it_is_made_again() {
    install_crypto();
    let service = tower::service_fn(|request: http::Request<kube::client::Body>| async move {
        let uri = request.uri().to_string();
        let changes = request.method() == "PATCH";
        if changes && !uri.contains("dryRun=All") {
            return status(504);
        }
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "todo-backend", "namespace": "default", "uid": "u1", "resourceVersion": "7"},
            "spec": {"replicas": if changes { 3 } else { 2 }},
        });
        Ok(http::Response::new(kube::client::Body::from(serde_json::to_vec(&object).unwrap())))
    });
    let connect = Connect::from_env("/nonexistent".into(), Arc::new(Events::default()));
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "default");
    let (policy, mut held) = Policy::hold(vec![hold::to_three("")]);
    let gate = Served::start(&Cluster::over(service, target, &connect), policy).await.unwrap();
    let asked = tokio::spawn(async move { held.recv().await.map(|one| one.call().call.summary()) });
    let mut codes = Vec::new();
    for _ in 0..2 {
        let body = serde_json::to_vec(&replicas(3)).unwrap();
        codes.push(send(&gate, "PATCH", BACKEND, &[("content-type", MERGE)], body).await.0);
    }
    assert_eq!(codes, [504, 403]);
    assert_eq!(asked.await.unwrap().as_deref(), Some("patch deployments/todo-backend"));
}
