//! The gate as somebody would try it who wants a change that nobody approved.

use std::sync::{Arc, Mutex};

use http::Request;
use kube::client::Body;
use tower::Service;

use super::{Answer, Notes, json_answer, over};

/// Method, URI, headers and body.
type Try = (&'static str, String, &'static [(&'static str, &'static str)], &'static str);

/// What reached the server of one request: nothing, when the gate held it.
async fn reached(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Arc::clone(&seen);
    let service = tower::service_fn(move |request: Request<Body>| {
        server.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        Box::pin(async { Ok(json_answer(200, "{}".to_owned())) }) as Answer
    });
    let cluster = over(service, &Arc::new(Notes::default()));
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.as_bytes().to_vec())).unwrap();
    let _ = cluster.gate().clone().call(request).await;
    // Who answers for an API is asked first.
    let of_it = |line: &&String| !line.starts_with("GET /apis/apiregistration.k8s.io/v1/apiservices/");
    seen.lock().unwrap().iter().filter(of_it).cloned().collect()
}

#[tokio::test]
async fn a_custom_resource_is_tried_and_what_another_server_answers_for_is_not() {
    const TRIED: &str = "/apis/example.com/v1/namespaces/todo/things/x?dryRun=All";
    let tried = async |spec: serde_json::Value| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Arc::clone(&seen);
        let service = tower::service_fn(move |request: Request<Body>| {
            server.lock().unwrap().push(request.uri().to_string());
            Box::pin(std::future::ready(Ok(json_answer(
                200,
                serde_json::json!({"spec": spec}).to_string(),
            )))) as Answer
        });
        let cluster = over(service, &Arc::new(Notes::default()));
        let request = Request::patch(TRIED).body(Body::from(b"[]".to_vec())).unwrap();
        let _ = cluster.gate().clone().call(request).await;
        let seen = seen.lock().unwrap();
        assert_eq!(seen.first().unwrap(), "/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com");
        seen.iter().any(|uri| uri == TRIED)
    };
    let own = serde_json::json!({"group": "example.com", "version": "v1"});
    assert!(tried(own).await);
    let others = serde_json::json!({"group": "example.com", "version": "v1", "service": {"name": "x", "namespace": "y"}});
    assert!(!tried(others).await);
    let unasked = serde_json::json!({"group": "other.example.com", "version": "v1"});
    assert!(!tried(unasked).await);
}

#[tokio::test]
async fn nothing_that_may_change_something_passes_without_a_grant() {
    const WEB: &str = "/apis/apps/v1/namespaces/todo/deployments/web";
    let cases: &[Try] = &[
        ("DELETE", WEB.to_owned(), &[], ""),
        ("DELETE", "/apis/apps/v1/namespaces/todo/deployments".to_owned(), &[], ""),
        ("DELETE", "/api/v1/namespaces/todo/pods?dryRun=".to_owned(), &[], ""),
        ("DELETE", format!("{WEB}?dryRun=All"), &[], "{\"dryRun\":[]}"),
        ("PATCH", WEB.to_owned(), &[("content-type", "application/apply-patch+yaml")], "a: 1"),
        ("PATCH", WEB.to_owned(), &[("content-type", "application/json-patch+json")], "[]"),
        ("PUT", format!("{WEB}/scale"), &[], "{}"),
        ("POST", "/api/v1/namespaces/todo/pods".to_owned(), &[], "{\"dryRun\":[\"All\"]}"),
        // What the server reads otherwise than we do.
        ("PATCH", format!("{WEB}?dryRun=&dryRun=All"), &[], "[]"),
        ("PATCH", format!("{WEB}?dryRun=All&dryRun=None"), &[], "[]"),
        ("PATCH", format!("{WEB}?dryrun=All"), &[], "[]"),
        ("PATCH", format!("{WEB}?dryRun=all"), &[], "[]"),
        ("PATCH", format!("{WEB}?dryRun=All;x=1"), &[], "[]"),
        ("PATCH", format!("{WEB}?x=1;dryRun=All"), &[], "[]"),
        ("PATCH", format!("{WEB}?x=%zz&dryRun=All"), &[], "[]"),
        ("PATCH", format!("{WEB}%2Fscale?dryRun=All"), &[], "[]"),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/todo/deployments/..%2F..%2Fx?dryRun=All".to_owned(),
            &[],
            "[]",
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/todo/deployments/../secrets/s?dryRun=All".to_owned(),
            &[],
            "[]",
        ),
        (
            "PATCH",
            "//apis/apps/v1/namespaces/todo/deployments/web?dryRun=All".to_owned(),
            &[],
            "[]",
        ),
        (
            "PATCH",
            "/apis/metrics.example.com/v1/namespaces/todo/things/x?dryRun=All".to_owned(),
            &[],
            "[]",
        ),
        ("POST", "/api/v1/namespaces/todo/pods/a/eviction?dryRun=All".to_owned(), &[], "{}"),
        ("POST", "/api/v1/namespaces/todo/pods/a/binding?dryRun=All".to_owned(), &[], "{}"),
        // A read by its method, something else by what it does.
        ("GET", WEB.to_owned(), &[("x-http-method-override", "DELETE")], ""),
        ("GET", WEB.to_owned(), &[("X-HTTP-Method", "PATCH")], ""),
        ("GET", WEB.to_owned(), &[("x-method-override", "PUT")], ""),
        ("GET", WEB.to_owned(), &[("upgrade", "SPDY/3.1"), ("connection", "Upgrade")], ""),
        ("GET", "/api/v1/namespaces/todo/pods/a/exec?command=sh".to_owned(), &[], ""),
        ("GET", "/api/v1/namespaces/todo/pods/a/%65xec?command=sh".to_owned(), &[], ""),
        ("GET", "/api/v1/namespaces/todo/pods/a%2Fexec?command=sh".to_owned(), &[], ""),
        ("GET", "/api/v1/namespaces/todo/pods/a/EXEC?command=sh".to_owned(), &[], ""),
        ("GET", "/api/v1/proxy/namespaces/todo/pods/a/shutdown".to_owned(), &[], ""),
        ("GET", "/api/v1/namespaces/todo/services/web:80/proxy/admin".to_owned(), &[], ""),
        ("GET", "/api/v1/nodes/n/proxy/run/todo/a/a".to_owned(), &[], ""),
        ("HEAD", "/api/v1/nodes/n/proxy/run/todo/a/a".to_owned(), &[], ""),
        ("GET", "/api/v1/watch/namespaces/todo/pods/a/exec".to_owned(), &[], ""),
        ("GET", WEB.to_owned(), &[("impersonate-user", "system:admin")], ""),
        (
            "GET",
            "/api/v1/namespaces/todo/pods".to_owned(),
            &[("Impersonate-Group", "system:masters")],
            "",
        ),
        // A port that nobody approved, and what may not become a tunnel at all.
        (
            "GET",
            "/api/v1/namespaces/todo/pods/a/portforward?ports=80".to_owned(),
            &[("upgrade", "websocket"), ("connection", "Upgrade")],
            "",
        ),
        (
            "GET",
            "/api/v1/namespaces/todo/pods/a/exec?command=sh".to_owned(),
            &[("upgrade", "websocket"), ("connection", "Upgrade")],
            "",
        ),
        ("GET", WEB.to_owned(), &[("upgrade", "websocket"), ("connection", "Upgrade")], ""),
        ("CONNECT", "/api/v1/namespaces/todo/pods/a/portforward".to_owned(), &[], ""),
        ("get", WEB.to_owned(), &[], ""),
        ("POST", "/logs/x".to_owned(), &[], ""),
        ("POST", "/apis".to_owned(), &[], ""),
        ("PUT", "/debug/flags/v".to_owned(), &[], "9"),
    ];
    let mut passed = Vec::new();
    for (method, uri, headers, body) in cases {
        if !reached(method, uri, headers, body).await.is_empty() {
            passed.push(format!("{method} {uri} {headers:?}"));
        }
    }
    assert_eq!(passed, Vec::<String>::new());
}

#[tokio::test]
async fn what_only_reads_and_what_only_tries_passes() {
    let cases = [
        ("GET", "/api/v1/namespaces/todo/pods?labelSelector=app%3Dweb,tier%20in%20(a)"),
        ("GET", "/api/v1/namespaces/todo/pods/a/log?follow=true"),
        ("GET", "/api/v1/watch/namespaces/todo/pods"),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Acontroller%3Ax"),
        ("GET", "/openapi/v3/apis/apps/v1?hash=1"),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/todo/deployments/web/scale?dryRun=All&fieldManager=x",
        ),
    ];
    for (method, uri) in cases {
        assert_eq!(reached(method, uri, &[], "[]").await, [format!("{method} {uri}")]);
    }
}
