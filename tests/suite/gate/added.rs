//! What a cluster has after a call that could not be told beforehand: containers in a pod that runs, objects that the server names.

use std::sync::atomic::{AtomicU32, Ordering};

use todo_agent::domain::{held::Verdict, risk::Risk, undo::Way};

use super::*;

type Answered = Result<http::Response<kube::client::Body>, tower::BoxError>;

fn answered(body: Vec<u8>) -> Answered {
    Ok(http::Response::new(kube::client::Body::from(body)))
}

async fn served<F>(events: &Arc<Events>, policy: Policy, answer: fn(http::request::Parts, Value) -> F) -> Served
where
    F: Future<Output = Answered> + Send + 'static,
{
    install_crypto();
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| async move {
        let (parts, body) = request.into_parts();
        let sent = serde_json::from_slice(&body.collect_bytes().await?).unwrap_or_default();
        answer(parts, sent).await
    });
    let connect = Connect::from_env("/nonexistent".into(), events.clone());
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    Served::start(&Cluster::over(service, target, &connect), policy).await.unwrap()
}

/// What was told before each call that was no try, in order: what takes it back, what stays, what was made.
fn told(events: &Events) -> Vec<String> {
    let told = |event: &Event| match event {
        Event::Changing { reversals, lasting, .. } => {
            let back = reversals.iter().map(|one| match one.way {
                Way::Delete => format!("take away {}", one.object),
                _ => format!("set {}", one.object),
            });
            let stays = lasting.iter().map(|one| format!("{}: {}", one.what, one.why));
            Some(back.chain(stays).collect::<Vec<_>>().join(", "))
        }
        Event::Called { call, granted: true, .. } if !call.dry_run && !matches!(call.verb.as_str(), "get" | "list") => Some(call.summary()),
        Event::Did { done } => Some(format!("{} {}", done.object, done.what)),
        _ => None,
    };
    events.0.lock().unwrap().iter().filter_map(told).collect()
}

const ADD: &str = "/api/v1/namespaces/todo/pods/web/ephemeralcontainers";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

fn one_more(more: &Value) -> Value {
    let mut container = json!({"name": "d", "image": "busybox", "command": ["sh"]});
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"spec": {"ephemeralContainers": [container]}})
}

async fn of_a_pod(parts: http::request::Parts, sent: Value) -> Answered {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "todo", "uid": "u1", "resourceVersion": "7"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    if parts.method == "PATCH" {
        pod["spec"]["ephemeralContainers"] = sent["spec"]["ephemeralContainers"].clone();
    }
    answered(serde_json::to_vec(&pod).unwrap())
}

async fn adds(served: &Served, more: &Value) -> String {
    let body = serde_json::to_vec(&one_more(more)).unwrap();
    message(&send(served, "PATCH", ADD, &[("content-type", STRATEGIC)], body).await)
}

#[tokio::test]
async fn a_container_that_is_put_into_a_pod_is_a_change_and_one_that_reaches_its_node_escalates() {
    let refused = "403 the gate of todo-agent does not let this pass: patch pods/web/ephemeralcontainers in namespace todo: ";
    let plain = json!({});
    let reaching = [
        json!({"securityContext": {"privileged": true}}),
        json!({"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        json!({"securityContext": {"procMount": "Unmasked"}}),
    ];
    let events = Arc::default();
    let runs = served(&events, Policy::pass([Risk::RunCode]), of_a_pod).await;
    for more in &reaching {
        assert_eq!(adds(&runs, more).await, format!("{refused}it needs --allow escalate"), "{more}");
    }
    assert_eq!((told(&events), runs.so_far().changed), (Vec::new(), false));
    assert_eq!(adds(&runs, &plain).await, "200 ");
    assert_eq!(
        told(&events),
        [
            "add a container to pod/web: An ephemeral container stays in its pod for as long as that is there.",
            "patch pods/web/ephemeralcontainers",
            "pod/web changed",
        ]
    );
    assert!(runs.close().await.changed);
    let both = served(&events, Policy::pass([Risk::RunCode, Risk::Escalate]), of_a_pod).await;
    assert_eq!(adds(&both, &reaching[0]).await, "200 ");
    let changes = served(&events, Policy::pass([Risk::Change, Risk::Escalate]), of_a_pod).await;
    assert_eq!(adds(&changes, &plain).await, format!("{refused}it needs --allow run-code"));
    let preview = served(&events, Policy::preview(Risk::ALL), of_a_pod).await;
    assert_eq!(adds(&preview, &plain).await, format!("{refused}a preview runs nothing"));
}

#[tokio::test]
async fn who_is_asked_about_a_container_for_a_pod_sees_it_and_that_it_reaches_the_node() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let served = served(&Arc::default(), policy, of_a_pod).await;
    for (more, risk) in [
        (json!({}), Risk::RunCode),
        (json!({"securityContext": {"privileged": true}}), Risk::Escalate),
    ] {
        let asking = async {
            let one = held.recv().await.unwrap();
            let call = one.call().clone();
            one.answer(Verdict::Refuse { reason: "no".to_owned() });
            call
        };
        let (answer, call) = tokio::join!(adds(&served, &more), asking);
        assert!(answer.ends_with(": no"), "{answer}");
        let fields: Vec<String> = call.diff.iter().map(|change| change.field.to_string()).collect();
        assert_eq!(
            (call.risk, fields, call.why.as_str()),
            (
                risk,
                vec!["spec.ephemeralContainers".to_owned()],
                "it would run a program in a pod, and the container stays there"
            )
        );
        assert_eq!(call.diff[0].after, Some(one_more(&more)["spec"]["ephemeralContainers"].clone()));
    }
}

const MAPS: &str = "/api/v1/namespaces/todo/configmaps";

fn named(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "generateName": "it-", "namespace": "todo", "uid": "u1"}})
}

/// The name of a try is that of no other object.
fn of_a_map(parts: &http::request::Parts, really: fn() -> Answered) -> Answered {
    match parts.uri.query().unwrap_or_default().contains("dryRun=All") || parts.method == "GET" {
        true => answered(serde_json::to_vec(&named("it-tried")).unwrap()),
        false => really(),
    }
}

async fn in_json(parts: http::request::Parts, _: Value) -> Answered {
    of_a_map(&parts, || answered(serde_json::to_vec(&named("it-made")).unwrap()))
}

/// An object in the envelope of Kubernetes' protobuf (`runtime.Unknown`).
async fn in_protobuf(parts: http::request::Parts, _: Value) -> Answered {
    of_a_map(&parts, || {
        let object = serde_json::to_vec(&named("it-made")).unwrap();
        let inner = b"application/json";
        let mut body = b"k8s\0\x12".to_vec();
        body.push(u8::try_from(object.len() & 0x7f).unwrap() | 0x80);
        body.push(u8::try_from(object.len() >> 7).unwrap());
        body.extend(object);
        body.extend([0x22, u8::try_from(inner.len()).unwrap()]);
        body.extend(inner);
        answered(body)
    })
}

async fn in_words_of_its_own(parts: http::request::Parts, _: Value) -> Answered {
    of_a_map(&parts, || answered(b"made".to_vec()))
}

async fn in_silence(parts: http::request::Parts, _: Value) -> Answered {
    of_a_map(&parts, || Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()))
}

#[tokio::test]
async fn what_gets_its_name_from_the_server_is_kept_to_be_taken_back_or_told_to_stay() {
    let stays = "create configmaps in namespace todo: The server gave it its name, and the answer that told it was not read.";
    let created = "create configmaps";
    let known = vec![stays, created, "take away configmap/it-made", "configmap/it-made made"];
    let mut heard = Vec::new();
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "it-"}}).to_string();
    let post = format!(
        "POST {MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nConnection: close\r\nContent-Type: {JSON}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    macro_rules! hear {
        ($answer:ident) => {{
            let events = Arc::default();
            let gate = served(&events, Policy::pass([Risk::Change]), $answer).await;
            raw::say(&gate, &post).await;
            heard.push(told(&events));
        }};
    }
    hear!(in_json);
    hear!(in_protobuf);
    hear!(in_words_of_its_own);
    hear!(in_silence);
    assert_eq!(
        heard,
        [
            known.clone(),
            known,
            vec![stays, created, "configmap/it-* made"],
            vec![stays, created],
        ]
    );
}

/// Somebody else sets `b` between the first look at a map and the first try of what sets `a`.
async fn of_two_writers(parts: http::request::Parts, _: Value) -> Answered {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    let tried = parts.uri.query().unwrap_or_default().contains("dryRun=All");
    let (version, a, b) = match (parts.method.as_str(), tried) {
        ("GET", _) if LOOKS.fetch_add(1, Ordering::Relaxed) == 0 => ("7", "1", "1"),
        ("GET", _) => ("8", "1", "2"),
        (_, true) => ("8", "2", "2"),
        (_, false) => ("9", "2", "2"),
    };
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": a, "b": b},
        "metadata": {"name": "settings", "namespace": "todo", "uid": "u1", "resourceVersion": version}});
    answered(serde_json::to_vec(&map).unwrap())
}

#[tokio::test]
async fn what_somebody_else_writes_meanwhile_is_not_taken_back_with_it() {
    let events = Arc::new(Events::default());
    let served = served(&events, Policy::pass([Risk::Change]), of_two_writers).await;
    let path = "/api/v1/namespaces/todo/configmaps/settings";
    let body = serde_json::to_vec(&json!({"data": {"a": "2"}})).unwrap();
    let answer = send(&served, "PATCH", path, &[("content-type", MERGE)], body).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    let fields: Vec<String> = events
        .reversals()
        .iter()
        .flat_map(|one| &one.fields)
        .map(|field| field.field.to_string())
        .collect();
    assert_eq!(fields, ["data.a"]);
}
