//! A server that takes calls and does not answer.

use std::{net::TcpListener, sync::Arc, time::Duration};

use todo_agent::{
    adapters::cluster::{Cluster, Connect, Limits},
    domain::risk::Risk,
};

use super::*;

/// Each connection is held open and never answered.
fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    port
}

async fn behind(port: u16) -> (Served, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: far\nclusters:\n- {{name: far, cluster: {{server: 'http://127.0.0.1:{port}'}}}}\n\
         contexts:\n- {{name: far, context: {{cluster: far, user: me}}}}\nusers:\n- {{name: me, user: {{token: x}}}}\n"
    );
    std::fs::write(&file, text).unwrap();
    let connect = Connect {
        kubeconfig: Some(file.into()),
        home: None,
        limits: Limits {
            passed: Duration::from_secs(1),
            ..Limits::default()
        },
        ..Connect::from_env("/nonexistent".into(), Arc::new(Events::default()))
    };
    let cluster = Cluster::connect(&connect).await.unwrap();
    (Served::start(&cluster, Policy::pass(Risk::ALL)).await.unwrap(), dir)
}

#[tokio::test]
async fn what_does_not_begin_to_answer_is_given_up_unless_it_may_begin_late() {
    install_crypto();
    let port = silent();
    let (served, _dir) = behind(port).await;
    let call = async |method: &str, path: &str| {
        let answer = send(&served, method, path, &[], Vec::new());
        let answer = tokio::time::timeout(Duration::from_secs(3), answer).await;
        answer.map_or_else(|_| "waits".to_owned(), |answer| message(&answer))
    };
    let given_up = format!("503 the cluster of context \"far\" does not answer (http://127.0.0.1:{port}: no answer in time)");
    let pods = "/api/v1/namespaces/default/pods";
    let calls = [
        ("GET", pods.to_owned(), given_up.as_str()),
        ("GET", format!("{pods}?watch=true"), &given_up),
        ("GET", "/api/v1/namespaces/default/secrets/key".to_owned(), &given_up),
        ("DELETE", format!("{pods}/web"), &given_up),
        ("GET", format!("{pods}/web/log?follow=true"), "waits"),
        ("GET", format!("{pods}/web/proxy/slow"), "waits"),
    ];
    for (method, path, told) in calls {
        assert_eq!(call(method, &path).await, told, "{method} {path}");
    }
}
