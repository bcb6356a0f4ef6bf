//! What somebody is asked about a call, and what their yes is worth.

use todo_agent::{
    adapters::cluster::served::Held,
    domain::{
        held::{HeldCall, Verdict},
        risk::Risk,
    },
};
use tokio::sync::mpsc;

use super::{hold::to_three, *};

const NS: &str = "/api/v1/namespaces/default";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"of": "it"}}, "data": data})
}

async fn beside(ground: &Ground, method: &str, path: &str, content_type: &str, body: &Value) -> u16 {
    let other = ground.beside().await;
    let bytes = if body.is_null() {
        Vec::new()
    } else {
        serde_json::to_vec(body).unwrap()
    };
    send(&other, method, path, &[("content-type", content_type)], bytes).await.0
}

/// Says no to everything, and keeps what was asked.
fn refusing(mut held: mpsc::Receiver<Held>) -> Arc<Mutex<Vec<HeldCall>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keeps = heard.clone();
    tokio::spawn(async move {
        while let Some(one) = held.recv().await {
            keeps.lock().unwrap().push(one.call().clone());
            one.answer(Verdict::Refuse { reason: "no".to_owned() });
        }
    });
    heard
}

#[tokio::test]
async fn what_cannot_be_tried_is_shown_as_it_would_be_sent_or_refused() {
    let (policy, held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let heard = refusing(held);
    let last = || {
        let call = heard.lock().unwrap().pop().unwrap();
        format!(
            "{} {} {} {:?} ({})",
            call.request.method,
            call.request.path,
            call.request.body.unwrap_or_default(),
            call.command,
            call.why
        )
    };
    let binding = json!({"target": {"kind": "Node", "name": "minikube"}});
    ground.call("POST", &format!("{NS}/pods/a/binding"), JSON, &binding).await;
    assert_eq!(
        last(),
        format!("POST {NS}/pods/a/binding {binding} [] (whether it can be only tried is not known of this API)")
    );
    ground
        .call(
            "POST",
            &format!("{NS}/pods/a/exec?command=sh&command=a+b&container=c&stdin=true"),
            JSON,
            &Value::Null,
        )
        .await;
    assert_eq!(
        last(),
        format!(
            "POST {NS}/pods/a/exec?command=sh&command=a+b&container=c&stdin=true null [\"sh\", \"a b\"] (it would run a program, or open a way to one)"
        )
    );
    ground
        .send(
            "POST",
            &format!("{NS}/services/a/proxy/admin?x=1"),
            &[("content-type", "text/plain")],
            b"drop all".to_vec(),
        )
        .await;
    assert_eq!(
        last(),
        format!("POST {NS}/services/a/proxy/admin?x=1 \"drop all\" [] (it would run a program, or open a way to one)")
    );
    ground
        .call("POST", &format!("{NS}/pods/a/portforward?ports=80"), JSON, &Value::Null)
        .await;
    assert_eq!(
        last(),
        format!("POST {NS}/pods/a/portforward?ports=80 null [] (it would open a way to every port of the pod)")
    );
    let unreadable = "what is in its body cannot be read, so nobody can say yes to it";
    let too_long = "its body is too long to be shown, so nobody can say yes to it";
    for (method, path, content_type, body, why) in [
        ("POST", "pods/a/binding", "text/plain", b"{}".to_vec(), unreadable),
        ("POST", "pods/a/binding", JSON, b"{".to_vec(), unreadable),
        (
            "POST",
            "services/a/proxy/x",
            "application/octet-stream",
            vec![0xff, 0xfe],
            unreadable,
        ),
        ("POST", "services/a/proxy/x", "text/plain", vec![b' '; 70_000], too_long),
        (
            "PATCH",
            "pods/a/ephemeralcontainers",
            "application/vnd.kubernetes.protobuf",
            b"k8s\0\x0a".to_vec(),
            unreadable,
        ),
        (
            "DELETE",
            "pods?labelSelector=a%3Db",
            "application/vnd.kubernetes.protobuf",
            b"k8s\0\x0a".to_vec(),
            unreadable,
        ),
    ] {
        let answer = ground
            .send(method, &format!("{NS}/{path}"), &[("content-type", content_type)], body)
            .await;
        assert!(message(&answer).ends_with(why), "{path} {content_type}: {answer:?}");
    }
    assert_eq!(heard.lock().unwrap().len(), 0);
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_is_asked_about_what_is_not_there() {
    let (policy, held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let heard = refusing(held);
    let gone = ground.call("DELETE", &format!("{NS}/pods/no-such"), JSON, &Value::Null).await;
    assert_eq!(message(&gone), "404 pods \"no-such\" not found");
    assert_eq!(heard.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_written_to_status_is_seen() {
    let (policy, held) = Policy::hold(vec![to_three("")]);
    let ground = ground(policy).await;
    let heard = refusing(held);
    let status = json!({"status": {"availableReplicas": 0}});
    ground.call("PATCH", &format!("{BACKEND}/status"), MERGE, &status).await;
    let asked = heard.lock().unwrap().pop().unwrap();
    let fields: Vec<String> = asked.diff.iter().map(|change| change.field.to_string()).collect();
    assert_eq!(fields, ["status.availableReplicas"]);
    // Without a subresource of its own, `status` is a field like any other.
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let made = beside(
        &ground,
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        JSON,
        &definition,
    )
    .await;
    assert_eq!(made, 201);
    let things = "/apis/example.com/v1/namespaces/default/things";
    let thing = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "status": {"phase": "bad"}});
    for _ in 0..100 {
        if beside(&ground, "POST", things, JSON, &thing).await == 201 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    ground
        .call("PATCH", &format!("{things}/one"), MERGE, &json!({"status": {"phase": "good"}}))
        .await;
    let asked = heard.lock().unwrap().pop().unwrap();
    let fields: Vec<String> = asked.diff.iter().map(|change| change.field.to_string()).collect();
    assert_eq!(fields, ["status.phase"]);
}

/// Waits for the next question.
async fn next(held: &mut mpsc::Receiver<Held>) -> Held {
    tokio::time::timeout(std::time::Duration::from_secs(20), held.recv())
        .await
        .unwrap()
        .unwrap()
}

fn names(held: &Held) -> Vec<&str> {
    let names = held.call().diff.iter().filter_map(|change| change.before.as_ref()?.as_str());
    names.collect()
}

#[tokio::test]
async fn of_a_collection_goes_what_was_shown_and_what_came_since_is_asked_for_again() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    for name in ["a", "b"] {
        assert_eq!(beside(&ground, "POST", MAPS, JSON, &map(name, &json!({}))).await, 201);
    }
    let path = format!("{MAPS}?labelSelector=of%3Dit");
    let calling = ground.call("DELETE", &path, JSON, &Value::Null);
    let asking = async {
        let first = next(&mut held).await;
        assert_eq!(names(&first), ["a", "b"]);
        assert_eq!(beside(&ground, "DELETE", &format!("{MAPS}/b"), JSON, &Value::Null).await, 200);
        assert_eq!(beside(&ground, "POST", MAPS, JSON, &map("b", &json!({}))).await, 201);
        assert!(first.answer(Verdict::Pass));
        // Another one of the same name.
        let second = next(&mut held).await;
        assert_eq!(names(&second), ["a", "b"]);
        assert_eq!(beside(&ground, "POST", MAPS, JSON, &map("c", &json!({}))).await, 201);
        assert!(second.answer(Verdict::Pass));
        let third = next(&mut held).await;
        assert_eq!(names(&third), ["a", "b", "c"]);
        assert!(third.answer(Verdict::Pass));
    };
    let (answer, ()) = tokio::join!(calling, asking);
    assert_eq!(answer.0, 200, "{answer:?}");
    let left = ground.get(&path).await;
    assert_eq!(left.1["items"], json!([]));
    assert_eq!(ground.events.changes().last().unwrap(), "deletecollection configmaps");
}

/// Each time another one is there: that is told in the end, and somebody is not asked for ever.
#[tokio::test]
async fn a_call_that_is_another_one_again_and_again_is_asked_about_three_times() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    assert_eq!(beside(&ground, "POST", MAPS, JSON, &map("a", &json!({}))).await, 201);
    let path = format!("{MAPS}?labelSelector=of%3Dit");
    let calling = ground.call("DELETE", &path, JSON, &Value::Null);
    let mut asked = 0;
    let asking = async {
        while let Some(one) = held.recv().await {
            asked += 1;
            let more = map(&format!("more-{asked}"), &json!({}));
            assert_eq!(beside(&ground, "POST", MAPS, JSON, &more).await, 201);
            one.answer(Verdict::Pass);
        }
    };
    let answer = tokio::select! {
        answer = calling => answer,
        () = asking => panic!("nobody is asked any more"),
    };
    assert_eq!(
        message(&answer),
        "409 the object is changed by somebody else again and again: deletecollection configmaps in namespace default was not done"
    );
    assert_eq!(asked, 3);
    assert_eq!(ground.get(&path).await.1["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_was_to_be_made_and_is_there_by_now_is_asked_for_as_the_change_that_it_is() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let path = format!("{MAPS}/new?fieldManager=x&force=true");
    let ours = map("new", &json!({"a": "ours"}));
    let calling = ground.call("PATCH", &path, "application/apply-patch+yaml", &ours);
    let asking = async {
        let first = next(&mut held).await;
        assert!(first.call().diff.iter().any(|change| change.field.to_string() == "data"));
        assert_eq!(beside(&ground, "POST", MAPS, JSON, &map("new", &json!({"a": "theirs"}))).await, 201);
        assert!(first.answer(Verdict::Pass));
        let second = next(&mut held).await;
        let change = second
            .call()
            .diff
            .iter()
            .find(|change| change.field.to_string() == "data.a")
            .unwrap();
        assert_eq!((&change.before, &change.after), (&Some(json!("theirs")), &Some(json!("ours"))));
        second.answer(Verdict::Refuse { reason: "no".to_owned() });
    };
    let (answer, ()) = tokio::join!(calling, asking);
    assert_eq!(answer.0, 403, "{answer:?}");
    assert_eq!(ground.get(&format!("{MAPS}/new")).await.1["data"]["a"], "theirs");
    // Nobody came between: it is tried once more, and nobody is asked twice.
    let path = format!("{MAPS}/other?fieldManager=x");
    let ours = map("other", &json!({"a": "ours"}));
    let calling = ground.call("PATCH", &path, "application/apply-patch+yaml", &ours);
    let asking = async { next(&mut held).await.answer(Verdict::Pass) };
    let (answer, _) = tokio::join!(calling, asking);
    assert_eq!(answer.0, 201, "{answer:?}");
}

#[tokio::test]
async fn a_grant_holds_once() {
    let (policy, held) = Policy::hold(vec![to_three("scale")]);
    let ground = ground(policy).await;
    let heard = refusing(held);
    let scale = format!("{BACKEND}/scale");
    assert_eq!(ground.call("PATCH", &scale, MERGE, &replicas(3)).await.0, 200);
    // It is so already: nothing is done again.
    assert_eq!(ground.call("PATCH", &scale, MERGE, &replicas(3)).await.0, 200);
    assert_eq!(beside(&ground, "PATCH", &scale, MERGE, &replicas(2)).await, 200);
    assert_eq!(ground.call("PATCH", BACKEND, MERGE, &replicas(3)).await.0, 403);
    let asked = heard.lock().unwrap().pop().unwrap();
    assert_eq!(asked.why, "it was approved once, and was done once already or is being done");
    assert_eq!(ground.replicas().await, json!(2));
}

/// A server that answers what is asked of it, and keeps what it was asked.
#[derive(Clone, Default)]
struct Fake {
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    /// Answers to changes that are no tries, the last one again and again.
    says: Arc<Mutex<Vec<u16>>>,
    /// Answers to tries, each once.
    tries: Arc<Mutex<Vec<u16>>>,
    /// Calls of this path wait for a permit.
    stops: Option<(&'static str, Arc<tokio::sync::Semaphore>)>,
}

impl Fake {
    async fn answer(self, request: http::Request<kube::client::Body>) -> Result<http::Response<kube::client::Body>, tower::BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await?;
        let path = parts.uri.path();
        if let Some((stopped, permits)) = &self.stops
            && path == *stopped
        {
            permits.acquire().await?.forget();
        }
        let tried = parts.uri.query().unwrap_or_default().contains("dryRun=All");
        let changes = parts.method != "GET" && !tried;
        let status = if changes {
            let sent = serde_json::from_slice(&body).unwrap_or_default();
            self.asked.lock().unwrap().push((format!("{} {path}", parts.method), sent));
            let mut says = self.says.lock().unwrap();
            if says.len() > 1 {
                says.remove(0)
            } else {
                says.first().copied().unwrap_or(200)
            }
        } else {
            let mut tries = self.tries.lock().unwrap();
            if tried && !tries.is_empty() { tries.remove(0) } else { 200 }
        };
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "todo", "uid": "u1", "resourceVersion": "7"},
            "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "c"}]}}}});
        let answer = http::Response::builder().status(status);
        Ok(answer.body(kube::client::Body::from(serde_json::to_vec(&object).unwrap()))?)
    }

    async fn served(&self, policy: Policy) -> Served {
        install_crypto();
        let fake = self.clone();
        let service = tower::service_fn(move |request| fake.clone().answer(request));
        let connect = Connect::from_env("/nonexistent".into(), Arc::new(Events::default()));
        let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
        Served::start(&Cluster::over(service, target, &connect), policy).await.unwrap()
    }
}

const WEB: &str = "/apis/apps/v1/namespaces/todo/deployments/web";
const PATCH: &str = "application/json-patch+json";

#[tokio::test]
async fn a_patch_that_hangs_on_the_state_is_held_to_it_where_not_all_is_allowed() {
    let copies = json!([{"op": "copy", "from": "/spec/paused", "path": "/spec/template/spec/hostPID"}]);
    let (sent, tests) = (copies[0].clone(), ["/metadata/uid", "/metadata/resourceVersion"]);
    let fake = Fake {
        says: Arc::new(Mutex::new(vec![422, 422, 200])),
        ..Fake::default()
    };
    let served = fake.served(Policy::pass([Risk::Change])).await;
    let body = serde_json::to_vec(&copies).unwrap();
    let answer = send(&served, "PATCH", WEB, &[("content-type", PATCH)], body.clone()).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    let asked = std::mem::take(&mut *fake.asked.lock().unwrap());
    assert_eq!(asked.len(), 3, "{asked:?}");
    for (_, patch) in asked {
        let paths: Vec<&str> = patch
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["op"] == "test")
            .filter_map(|one| one["path"].as_str())
            .collect();
        assert_eq!((paths.as_slice(), &patch[2]), (&tests[..], &sent));
    }
    // Where it may be anything, and where nothing hangs on the state, it goes on as it is.
    let merge = json!({"spec": {"replicas": 3}});
    assert_eq!(
        send(
            &served,
            "PATCH",
            WEB,
            &[("content-type", MERGE)],
            serde_json::to_vec(&merge).unwrap()
        )
        .await
        .0,
        200
    );
    let all = fake.served(Policy::pass([Risk::Change, Risk::Destroy, Risk::Escalate])).await;
    assert_eq!(send(&all, "PATCH", WEB, &[("content-type", PATCH)], body).await.0, 200);
    let asked = std::mem::take(&mut *fake.asked.lock().unwrap());
    assert_eq!(asked.into_iter().map(|(_, body)| body).collect::<Vec<_>>(), [merge, copies]);
}

/// The object may change between the look at it and the try: the tests that hold the patch to its state fail then.
#[tokio::test]
async fn a_try_that_somebody_elses_change_refuses_is_made_once_more() {
    let copies = json!([{"op": "copy", "from": "/spec/paused", "path": "/spec/template/spec/hostPID"}]);
    let body = serde_json::to_vec(&copies).unwrap();
    let fake = Fake::default();
    let passes = fake.served(Policy::pass([Risk::Change])).await;
    // The first of two tries is not held to anything.
    fake.tries.lock().unwrap().extend([200, 422]);
    let answer = send(&passes, "PATCH", WEB, &[("content-type", PATCH)], body.clone()).await;
    assert_eq!((answer.0, fake.asked.lock().unwrap().len()), (200, 1), "{answer:?}");
    let (policy, mut held) = Policy::hold(Vec::new());
    let holds = fake.served(policy).await;
    fake.tries.lock().unwrap().push(422);
    let calling = send(&holds, "PATCH", WEB, &[("content-type", PATCH)], body);
    let asking = async { next(&mut held).await.answer(Verdict::Pass) };
    let (answer, _) = tokio::join!(calling, asking);
    assert_eq!((answer.0, fake.asked.lock().unwrap().len()), (200, 2), "{answer:?}");
    // What is there already is there: nobody's change is in its way.
    fake.tries.lock().unwrap().extend([409, 200]);
    let made = serde_json::to_vec(&map("new", &json!({}))).unwrap();
    let answer = send(
        &holds,
        "POST",
        "/api/v1/namespaces/todo/configmaps",
        &[("content-type", JSON)],
        made,
    )
    .await;
    assert_eq!((answer.0, fake.tries.lock().unwrap().len()), (409, 1), "{answer:?}");
}

/// Who the cluster is, is asked before a change is sent: as long as that is not answered, it waits.
#[tokio::test]
async fn a_change_that_waits_when_the_gate_is_shut_is_not_sent() {
    let permits = Arc::new(tokio::sync::Semaphore::new(0));
    let fake = Fake {
        stops: Some(("/api/v1/namespaces/kube-system", permits.clone())),
        ..Fake::default()
    };
    for shut in [true, false] {
        let served = fake.served(Policy::pass([Risk::Change])).await;
        let client = client(&served).await;
        let request = http::Request::patch(WEB).header("content-type", MERGE);
        let request = request
            .body(kube::client::Body::from(serde_json::to_vec(&replicas(3)).unwrap()))
            .unwrap();
        let calling = tokio::spawn(async move { client.send(request).await.map(|answer| answer.status().as_u16()) });
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        if shut {
            let closing = tokio::spawn(served.close());
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            permits.add_permits(100);
            let end = closing.await.unwrap();
            assert_eq!((end.changed, end.open), (false, false));
            assert_eq!(fake.asked.lock().unwrap().len(), 0);
            assert!(calling.await.unwrap().is_err());
        } else {
            assert_eq!(calling.await.unwrap().unwrap(), 200);
            assert_eq!(fake.asked.lock().unwrap().len(), 1);
        }
    }
}

/// The connection to the server breaks while a change is under way, and while something is watched.
#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_is_told_and_what_it_may_have_done_is_open() {
    install_crypto();
    let events = Arc::new(Events::default());
    let service = tower::service_fn(|request: http::Request<kube::client::Body>| {
        let tried = request.uri().query().unwrap_or_default().contains("dryRun=All");
        let watches = request.uri().query().unwrap_or_default().contains("watch=");
        let patches = request.method() == "PATCH" && !tried;
        async move {
            let broken = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            if patches {
                return Err(tower::BoxError::from(broken()));
            }
            let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "todo", "uid": "u1", "resourceVersion": "7"},
                "spec": {"replicas": if tried { 3 } else { 1 }}});
            let line = format!("{{\"type\":\"ADDED\",\"object\":{object}}}\n");
            let parts: Vec<Result<http_body::Frame<hyper::body::Bytes>, std::io::Error>> = match watches {
                true => vec![Ok(http_body::Frame::data(line.into())), Err(broken())],
                false => vec![Ok(http_body::Frame::data(serde_json::to_vec(&object).unwrap().into()))],
            };
            // One after the other, as from a network.
            let parts = futures_util::StreamExt::then(futures_util::stream::iter(parts), |part| async {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                part
            });
            let body = http_body_util::StreamBody::new(parts);
            Ok(http::Response::new(body))
        }
    });
    let connect = Connect::from_env("/nonexistent".into(), events.clone());
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    let served = Served::start(&Cluster::over(service, target, &connect), Policy::pass([Risk::Change]))
        .await
        .unwrap();
    let watch = format!("GET {WEB}?watch=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nConnection: close\r\n\r\n");
    let heard = raw::say(&served, &watch).await;
    assert!(heard.contains("ADDED") && !heard.ends_with("0\r\n\r\n"), "{heard}");
    let body = replicas(3).to_string();
    let patch = format!(
        "PATCH {WEB} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nConnection: close\r\nContent-Type: {MERGE}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw::say(&served, &patch).await;
    assert!(
        raw::statuses(&answer) == ["503"] && answer.contains("ServiceUnavailable"),
        "{answer}"
    );
    assert_eq!(send(&served, "GET", WEB, &[], Vec::new()).await.0, 200);
    assert_eq!(events.reversals().len(), 1);
    let end = served.close().await;
    assert!(end.open, "{end:?}");
}

/// What goes through a proxy goes through here: nothing of it is kept for a server that does not take it.
#[tokio::test]
async fn a_body_without_end_waits_for_the_server_and_not_in_memory() {
    install_crypto();
    let service = tower::service_fn(|request: http::Request<kube::client::Body>| async move {
        let _kept = request;
        std::future::pending::<Result<http::Response<kube::client::Body>, tower::BoxError>>().await
    });
    let connect = Connect::from_env("/nonexistent".into(), Arc::new(Events::default()));
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    let served = Served::start(&Cluster::over(service, target, &connect), Policy::pass([Risk::RunCode]))
        .await
        .unwrap();
    let head =
        format!("POST {NS}/services/a/proxy/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nTransfer-Encoding: chunked\r\n\r\n");
    let (mut wire, token) = raw::wire(&served).await;
    tokio::io::AsyncWriteExt::write_all(&mut wire, head.replace("TOKEN", &token).as_bytes())
        .await
        .unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut sent = 0;
    let patience = std::time::Duration::from_millis(500);
    while sent < 256 * 1024 * 1024 {
        let write = tokio::io::AsyncWriteExt::write_all(&mut wire, chunk.as_bytes());
        if !matches!(tokio::time::timeout(patience, write).await, Ok(Ok(()))) {
            break;
        }
        sent += chunk.len();
    }
    // What the system keeps for two sockets is most of it.
    assert!(sent < 16 * 1024 * 1024, "{sent} bytes were taken");
}

/// Connections that show no token.
#[tokio::test]
async fn strangers_are_in_nobodys_way() {
    let ground = ground(Policy::pass([])).await;
    let mut strangers = Vec::new();
    for _ in 0..700 {
        match tokio::net::TcpStream::connect(("127.0.0.1", ground.served.port())).await {
            Ok(stream) => strangers.push(stream),
            // No more files for this process.
            Err(_) => break,
        }
    }
    strangers.truncate(strangers.len().saturating_sub(100));
    let start = std::time::Instant::now();
    assert_eq!(ground.get(BACKEND).await.0, 200);
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    // Who shows another token hears so, and is left.
    let wrong = "GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n";
    let (mut wire, _) = raw::wire(&ground.served).await;
    tokio::io::AsyncWriteExt::write_all(&mut wire, wrong.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut wire, &mut heard);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), read).await;
    assert!(ended.is_ok(), "{}", String::from_utf8_lossy(&heard));
    assert_eq!(raw::statuses(&String::from_utf8_lossy(&heard)), ["401"]);
}
