//! An API server that is restarted behind an open gate. It is a second one beside the bench's, with objects of its own in the same etcd,
//! so that nobody else is harmed.

use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use http_body_util::BodyExt as _;
use serde_json::Value;
use todo_agent::{
    adapters::cluster::{
        Cluster, Connect, install_crypto,
        served::{Policy, Served},
    },
    domain::held::Verdict,
};

use super::gate::{Passed, Place};
use crate::ground;

/// Runs until it is dropped; what it kept goes with it.
struct Server {
    child: Option<Child>,
    args: Vec<String>,
    prefix: String,
    place: Place,
}

impl Server {
    fn new(name: &str) -> Self {
        let place = Place::new(name);
        let pid = fs::read_to_string(ground::folder().join("pid/kube-apiserver")).unwrap();
        let pid = pid.split(' ').next().unwrap().to_owned();
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let prefix = format!("/gate-restart-{name}-{}", std::process::id());
        let mut args: Vec<String> = line.split('\0').filter(|arg| !arg.is_empty()).map(str::to_owned).collect();
        args.extend([
            format!("--secure-port={port}"),
            format!("--etcd-prefix={prefix}"),
            "--endpoint-reconciler-type=none".to_owned(),
        ]);
        place.admin(&format!(
            "kubectl config view --raw --minify > own; kubectl --kubeconfig own config set-cluster todo-bench --server=https://127.0.0.1:{port} >&2"
        ));
        let mut server = Self {
            child: None,
            args,
            prefix,
            place,
        };
        server.start();
        server
    }

    fn start(&mut self) {
        let child = Command::new(&self.args[0])
            .args(&self.args[1..])
            .current_dir(self.place.home.work())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        let ready = "kubectl --kubeconfig own get --raw /readyz";
        while !self.place.shell(ready).output().unwrap().status.success() {
            assert!(begun.elapsed() < Duration::from_secs(120), "the second API server does not answer");
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn stop(&mut self, signal: &str) {
        let Some(mut child) = self.child.take() else { return };
        let _ = Command::new("kill").args([signal, &child.id().to_string()]).status();
        let _ = child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop("-KILL");
        let etcd = self.args.iter().find_map(|arg| arg.strip_prefix("--etcd-servers="));
        let last = format!("{}0", self.prefix);
        let line = format!(
            "curl -sf {}/v3/kv/deleterange -d \"{{\\\"key\\\": \\\"$(printf %s {}/ | base64 -w0)\\\", \\\"range_end\\\": \\\"$(printf %s {last} | base64 -w0)\\\"}}\"",
            etcd.unwrap_or_default(),
            self.prefix
        );
        let _ = self.place.shell(&line).output();
    }
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const MAP: &str = "/api/v1/namespaces/default/configmaps/settings";

async fn call(client: &kube::Client, method: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/merge-patch+json")
        .body(kube::client::Body::from(body))
        .unwrap();
    let answer = client.send(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect_bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn patch(client: &kube::Client, value: &str) -> tokio::task::JoinHandle<(u16, Value)> {
    let (client, body) = (client.clone(), format!("{{\"data\": {{\"a\": \"{value}\"}}}}").into_bytes());
    tokio::spawn(async move { call(&client, "PATCH", MAP, body).await })
}

/// `server` is stopped in this way while a watch is open and a change is held.
async fn restarted(name: &str, signal: &str) {
    let mut server = tokio::task::spawn_blocking({
        let name = name.to_owned();
        move || Server::new(&name)
    })
    .await
    .unwrap();
    server
        .place
        .admin("kubectl --kubeconfig own -n default create configmap settings --from-literal=a=1 >&2");
    install_crypto();
    let connect = Connect {
        kubeconfig: Some(server.place.home.work().join("own").into()),
        ..Connect::from_env("/nonexistent".into(), Arc::new(Passed::default()))
    };
    let cluster = Cluster::connect(&connect).await.unwrap();
    let (policy, mut held) = Policy::hold(Vec::new());
    let served = Served::start(&cluster, policy).await.unwrap();
    let kubeconfig = kube::config::Kubeconfig::read_from(served.kubeconfig()).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    config.default_retry = false;
    let client = kube::Client::try_from(config).unwrap();

    let watch = http::Request::get(format!("{MAPS}?watch=true"))
        .body(kube::client::Body::empty())
        .unwrap();
    let mut watched = client.send(watch).await.unwrap().into_body();
    assert!(watched.frame().await.unwrap().is_ok());
    let waits = patch(&client, "2");
    let one = held.recv().await.unwrap();
    server = tokio::task::spawn_blocking({
        let signal = signal.to_owned();
        move || {
            server.stop(&signal);
            server
        }
    })
    .await
    .unwrap();
    let ends = async { while watched.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(Duration::from_secs(10), ends).await.expect("the watch hangs");
    let (code, answer) = call(&client, "GET", MAP, Vec::new()).await;
    let told = answer["message"].as_str().unwrap_or_default().to_owned();
    assert!(
        code == 503 && told.contains("does not answer") && told.ends_with("connection refused)"),
        "{code} {told}"
    );
    // A yes comes too late: it is told, and nothing is counted as done or as sent.
    one.answer(Verdict::Pass);
    assert_eq!(waits.await.unwrap().0, 503);
    let end = served.so_far();
    assert_eq!((end.changed, end.open), (false, false));

    server = tokio::task::spawn_blocking(move || {
        server.start();
        server
    })
    .await
    .unwrap();
    let (code, now) = call(&client, "GET", MAP, Vec::new()).await;
    assert_eq!((code, now["data"]["a"].as_str()), (200, Some("1")));
    let waits = patch(&client, "3");
    held.recv().await.unwrap().answer(Verdict::Pass);
    assert_eq!(waits.await.unwrap().0, 200);
    let end = served.close().await;
    assert_eq!((end.changed, end.open), (true, false));
    let now = "kubectl --kubeconfig own -n default get configmap settings -o jsonpath='{.data.a}'";
    assert_eq!(server.place.admin(now), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_restarted_in_order_is_told_and_used_again() {
    restarted("term", "-TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_started_again_is_told_and_used_again() {
    restarted("kill", "-KILL").await;
}
