//! For AI tools: what lies within the grant passes, the rest waits for a yes.

use todo_agent::{
    adapters::cluster::served::Held,
    domain::{
        field::{FieldChange, FieldPath},
        grant::Grant,
        held::Verdict,
        kind::Kind,
        object::ObjectRef,
    },
};
use tokio::sync::mpsc;

use super::*;

/// To set the replicas of the backend from 2 to 3.
pub fn to_three(subresource: &str) -> Grant {
    Grant {
        object: ObjectRef {
            kind: Kind::deployment(),
            namespace: Some("default".to_owned()),
            name: "todo-backend".to_owned(),
            uid: None,
        },
        subresource: subresource.to_owned(),
        verb: "patch".to_owned(),
        fields: vec![FieldChange {
            field: FieldPath::keys(&["spec", "replicas"]),
            before: Some(json!(2)),
            after: Some(json!(3)),
        }],
        body: None,
    }
}

/// Says the same to all, and notes what was asked.
fn answering(mut held: mpsc::Receiver<Held>, verdict: Verdict) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = heard.clone();
    tokio::spawn(async move {
        while let Some(one) = held.recv().await {
            let call = one.call();
            let fields: Vec<String> = call.diff.iter().map(|change| change.field.to_string()).collect();
            notes
                .lock()
                .unwrap()
                .push(format!("{}: {} ({})", call.call.summary(), fields.join(", "), call.why));
            one.answer(verdict.clone());
        }
    });
    heard
}

fn no() -> Verdict {
    Verdict::Refuse {
        reason: "the user said no".to_owned(),
    }
}

#[tokio::test]
async fn what_was_approved_passes_by_each_way_and_nothing_more() {
    let scale = format!("{BACKEND}/scale");
    let apply = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "todo-backend"}, "spec": {"replicas": 3}});
    let strategic = "application/strategic-merge-patch+json";
    let ways: [(&str, &str, &str, Value); 5] = [
        ("PATCH", BACKEND, MERGE, replicas(3)),
        ("PATCH", BACKEND, strategic, replicas(3)),
        (
            "PATCH",
            BACKEND,
            "application/json-patch+json",
            json!([{"op": "replace", "path": "/spec/replicas", "value": 3}]),
        ),
        ("PATCH", &scale, MERGE, replicas(3)),
        (
            "PATCH",
            &format!("{BACKEND}?fieldManager=x&force=true"),
            "application/apply-patch+yaml",
            apply,
        ),
    ];
    for (method, path, content_type, body) in ways {
        let (policy, held) = Policy::hold(vec![to_three("scale")]);
        let ground = ground(policy).await;
        let heard = answering(held, no());
        let answer = ground.call(method, path, content_type, &body).await;
        assert_eq!(answer.0, 200, "{content_type} {path}: {answer:?} {:?}", heard.lock().unwrap());
        assert_eq!(ground.replicas().await, json!(3), "{content_type}");
        assert_eq!(heard.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn another_field_together_with_the_approved_one_waits_and_is_not_done_after_a_no() {
    let (policy, held) = Policy::hold(vec![to_three("scale")]);
    let ground = ground(policy).await;
    let heard = answering(held, no());
    let both = json!({"metadata": {"annotations": {"note": "by me"}}, "spec": {"replicas": 3}});
    let answer = ground.call("PATCH", BACKEND, MERGE, &both).await;
    assert_eq!(
        message(&answer),
        "403 the gate of todo-agent does not let this pass: patch deployments/todo-backend in namespace default: the user said no"
    );
    assert_eq!(
        *heard.lock().unwrap(),
        [
            "patch deployments/todo-backend: metadata.annotations.note, spec.replicas (it would also set metadata.annotations.note, which was not approved so)"
        ]
    );
    assert_eq!(ground.replicas().await, json!(2));
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_yes_lets_the_held_call_pass_once_as_it_was_shown() {
    let (policy, held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let heard = answering(held, Verdict::Pass);
    let answer = ground.call("PATCH", BACKEND, MERGE, &replicas(4)).await;
    assert_eq!(answer.0, 200);
    assert_eq!(ground.replicas().await, json!(4));
    assert_eq!(
        *heard.lock().unwrap(),
        ["patch deployments/todo-backend: spec.replicas (nobody approved it)"]
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_its_call_with_it() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let client = ground.client().await;
    let request = http::Request::patch(BACKEND)
        .header("content-type", MERGE)
        .body(kube::client::Body::from(serde_json::to_vec(&replicas(4)).unwrap()))
        .unwrap();
    let calling = tokio::spawn(async move { client.send(request).await.map(|answer| answer.status()) });
    let mut waiting = held.recv().await.unwrap();
    calling.abort();
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting.dropped())
        .await
        .expect("the call is dropped");
    assert!(!waiting.answer(Verdict::Pass));
    assert_eq!(ground.replicas().await, json!(2));
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn where_nobody_listens_it_is_refused() {
    let (policy, held) = Policy::hold(Vec::new());
    drop(held);
    let ground = ground(policy).await;
    let answer = ground.call("PATCH", BACKEND, MERGE, &replicas(4)).await;
    assert_eq!(
        message(&answer),
        "403 the gate of todo-agent does not let this pass: patch deployments/todo-backend in namespace default: nobody is there to approve it"
    );
}

#[tokio::test]
async fn values_of_secrets_are_hidden_from_a_tool_and_their_names_are_not() {
    let (policy, held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let heard = answering(held, no());
    let (status, list) = ground.get("/api/v1/secrets").await;
    assert_eq!(status, 200);
    let items = list["items"].as_array().unwrap();
    assert!(!items.is_empty());
    for item in items {
        for (_, value) in item["data"].as_object().into_iter().flatten() {
            assert_eq!(value, "W3JlZGFjdGVkXQ==");
        }
    }
    // A try of nothing answers with the whole object.
    let name = items[0]["metadata"]["name"].as_str().unwrap();
    let path_of = |item: &Value| {
        let metadata = &item["metadata"];
        let (namespace, name) = (metadata["namespace"].as_str().unwrap(), metadata["name"].as_str().unwrap());
        format!("/api/v1/namespaces/{namespace}/secrets/{name}")
    };
    let path = path_of(&items[0]);
    for path in [format!("{path}?dryRun=All"), path] {
        let (_, tried) = ground.call("PATCH", &path, MERGE, &json!({})).await;
        for (_, value) in tried["data"].as_object().into_iter().flatten() {
            assert_eq!(value, "W3JlZGFjdGVkXQ==", "{path}");
        }
    }
    // A value that is copied to where it would be none any more, and one that is guessed.
    let key = items[0]["data"].as_object().and_then(|data| data.keys().next()).unwrap();
    for patch in [
        json!([{"op": "add", "path": "/metadata/annotations", "value": {}},
            {"op": "copy", "from": format!("/data/{key}"), "path": "/metadata/annotations/x"}]),
        json!([{"op": "test", "path": format!("/data/{key}"), "value": "aGVsbG8="}]),
    ] {
        let path = format!("{}?dryRun=All", path_of(&items[0]));
        let answer = ground.call("PATCH", &path, "application/json-patch+json", &patch).await;
        assert!(message(&answer).ends_with("it could show what is in a Secret"), "{answer:?}");
    }
    // A guess: nothing would change where it is right, and an apply is in no conflict.
    let guess = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {key: "aGVsbG8="}});
    let apply = "application/apply-patch+yaml";
    let base = path_of(&items[0]);
    for (method, content_type, query) in [
        ("PATCH", MERGE, "?dryRun=All"),
        ("PUT", JSON, "?dryRun=All"),
        ("PATCH", apply, "?fieldManager=x&dryRun=All"),
        ("PATCH", apply, "?fieldManager=x"),
    ] {
        let answer = ground.call(method, &format!("{base}{query}"), content_type, &guess).await;
        assert!(
            message(&answer).ends_with("it could show what is in a Secret"),
            "{method} {query}: {answer:?}"
        );
    }
    let watched = ground.get("/api/v1/secrets?watch=true").await;
    assert_eq!(watched.0, 403);
    assert!(heard.lock().unwrap().iter().any(|line| line.starts_with("watch secrets")));
}

/// What another one may see and do, nobody who is asked can tell.
#[tokio::test]
async fn nothing_passes_that_acts_as_somebody_else_and_nobody_is_asked_about_it() {
    let (policy, held) = Policy::hold(vec![to_three("scale")]);
    let ground = ground(policy).await;
    let heard = answering(held, Verdict::Pass);
    let (_, secrets) = ground.get("/api/v1/secrets").await;
    let secret = &secrets["items"][0]["metadata"];
    let secret = format!(
        "/api/v1/namespaces/{}/secrets/{}",
        secret["namespace"].as_str().unwrap(),
        secret["name"].as_str().unwrap()
    );
    for (method, path) in [
        ("GET", secret.as_str()),
        ("GET", "/api/v1/secrets?watch=true"),
        ("GET", BACKEND),
        ("POST", "/api/v1/namespaces/default/pods/a/exec?command=ls"),
        ("POST", "/api/v1/namespaces/default/pods/a/portforward"),
        ("PATCH", &format!("{BACKEND}/scale")),
        ("PATCH", &format!("{BACKEND}/scale?dryRun=All")),
    ] {
        let headers = [
            ("impersonate-user", "admin"),
            ("impersonate-group", "system:masters"),
            ("content-type", MERGE),
        ];
        let body = serde_json::to_vec(&replicas(3)).unwrap();
        let answer = ground.send(method, path, &headers, body).await;
        assert!(
            answer.0 == 403 && message(&answer).ends_with(": it acts as somebody else"),
            "{method} {path}: {answer:?}"
        );
    }
    assert_eq!(*heard.lock().unwrap(), Vec::<String>::new());
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

/// A variable is put together from those before it, and init containers run one after the other.
#[tokio::test]
async fn another_order_of_a_list_is_a_change_that_nobody_approved() {
    let (policy, held) = Policy::hold(vec![to_three("")]);
    let ground = ground(policy).await;
    let heard = answering(held, no());
    let beside = ground.beside().await;
    let named = |name: &str, value: &str| json!({"name": name, "value": value});
    let containers = "/spec/template/spec/containers";
    let object = ground.get(BACKEND).await.1;
    let container = object.pointer(containers).unwrap()[0]["name"].as_str().unwrap().to_owned();
    let with = |env: &Value| json!({"spec": {"template": {"spec": {"containers": [{"name": container, "env": env}]}}}});
    let env = json!([named("A", "1"), named("B", "$(A)")]);
    let strategic = [("content-type", "application/strategic-merge-patch+json")];
    let set = send(&beside, "PATCH", BACKEND, &strategic, serde_json::to_vec(&with(&env)).unwrap()).await;
    assert_eq!(set.0, 200, "{set:?}");
    let mut object = ground.get(BACKEND).await.1;
    object.pointer_mut(containers).unwrap()[0]["env"].as_array_mut().unwrap().reverse();
    let answer = ground.call("PUT", BACKEND, JSON, &object).await;
    assert_eq!(answer.0, 403, "{answer:?}");
    let field = format!("spec.template.spec.containers[{container}].env");
    assert_eq!(
        *heard.lock().unwrap(),
        [format!(
            "update deployments/todo-backend: {field} (it would also set {field}, which was not approved so)"
        )]
    );
}

/// Nobody saw what came while somebody thought about a call that would have taken nothing away.
#[tokio::test]
async fn what_came_since_the_yes_is_not_taken_away_unseen() {
    let (policy, mut held) = Policy::hold(Vec::new());
    let ground = ground(policy).await;
    let beside = ground.beside().await;
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        while let Some(one) = held.recv().await {
            asked.push(one.call().diff.len());
            if asked.len() > 1 {
                one.answer(no());
                break;
            }
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late", "labels": {"which": "one"}}});
            let made = send(
                &beside,
                "POST",
                "/api/v1/namespaces/default/configmaps",
                &[("content-type", JSON)],
                serde_json::to_vec(&map).unwrap(),
            )
            .await;
            assert_eq!(made.0, 201, "{made:?}");
            one.answer(Verdict::Pass);
        }
        asked
    });
    let all = "/api/v1/namespaces/default/configmaps?labelSelector=which%3Done";
    let answer = ground.call("DELETE", all, JSON, &Value::Null).await;
    assert_eq!(answer.0, 403, "{answer:?}");
    assert_eq!(asked.await.unwrap(), [0, 1]);
    assert_eq!(ground.get("/api/v1/namespaces/default/configmaps/late").await.0, 200);
}
