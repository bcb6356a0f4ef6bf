//! What a user's kubeconfig may say, through the gate: proxies, other names of the server, several contexts and files.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{
        Cluster, Connect, Limits,
        served::{Policy, Served},
    },
    domain::failure::Failure,
};

use super::{
    BACKEND, Events, Ground, JSON, MERGE, ground,
    logins::{LONG, OVER},
    message,
    relay::{counting, join, proxy},
    send,
};

/// A cluster that is reached over TLS with a token, and a folder for kubeconfigs that lead to it.
pub(super) struct Far {
    pub(super) ground: Ground,
    dir: tempfile::TempDir,
    pub(super) server: String,
    pub(super) ca: String,
    pub(super) token: String,
}

pub(super) async fn far() -> Far {
    let ground = ground(Policy::pass(todo_agent::domain::risk::Risk::ALL)).await;
    let text = fs::read_to_string(ground.served.kubeconfig()).unwrap();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    Far {
        server: value("server:"),
        ca: value("certificate-authority-data:"),
        token: value("token:"),
        dir: tempfile::tempdir().unwrap(),
        ground,
    }
}

impl Far {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub(super) fn program(&self, text: &str) {
        let program = self.write(
            "login",
            &format!("#!/bin/sh\necho run >> {}\n{text}\n", self.path("runs").display()),
        );
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// It does the one when it is run first, and the other from then on.
    pub(super) fn program_then(&self, first: &str, then: &str) {
        self.program(&format!("[ $(wc -l < {}) = 1 ] && {first} || {then}", self.path("runs").display()));
    }

    /// What it prints when it gives this token.
    pub(super) fn credential(&self, token: &str, until: &str) -> String {
        let status = json!({"token": token, "expirationTimestamp": until});
        let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
        format!("echo '{credential}'")
    }

    pub(super) fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).unwrap_or_default().lines().count()
    }

    /// A kubeconfig of one context, with this of the cluster and this user.
    pub(super) fn config(&self, cluster: &str, user: &str) -> PathBuf {
        let Self { server, ca, .. } = self;
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: far\n\
             clusters:\n- name: far\n  cluster: {{server: '{server}', certificate-authority-data: {ca}{cluster}}}\n\
             contexts:\n- name: far\n  context: {{cluster: far, user: me, namespace: todo}}\n\
             users:\n- name: me\n  user: {{{user}}}\n"
        );
        self.write("config", &text)
    }

    pub(super) fn with_program(&self) -> PathBuf {
        self.with_program_that_asks("Never")
    }

    /// `interactiveMode`: Never, IfAvailable or Always.
    pub(super) fn with_program_that_asks(&self, mode: &str) -> PathBuf {
        self.config(
            "",
            &format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: {mode}}}"),
        )
    }
}

pub(super) fn connect(files: &str, context: Option<&str>) -> Connect {
    Connect {
        kubeconfig: Some(files.into()),
        home: None,
        context: context.map(str::to_owned),
        limits: Limits {
            login: Duration::from_secs(2),
            ..Limits::default()
        },
        ..Connect::from_env("/nonexistent".into(), Arc::new(Events::default()))
    }
}

pub(super) async fn reach(files: &str, context: Option<&str>) -> Result<Cluster, Failure> {
    Cluster::connect(&connect(files, context)).await
}

pub(super) async fn gate(file: &Path) -> Served {
    let cluster = reach(&file.display().to_string(), None).await.unwrap();
    Served::start(&cluster, Policy::pass([])).await.unwrap()
}

pub(super) async fn get(served: &Served) -> (u16, Value) {
    send(served, "GET", BACKEND, &[("content-type", JSON)], Vec::new()).await
}

#[tokio::test]
async fn the_name_that_the_servers_certificate_is_made_out_to_may_be_another_one() {
    let far = far().await;
    let user = format!("token: {}", far.token);
    let served = gate(&far.config(", tls-server-name: localhost", &user)).await;
    assert_eq!(get(&served).await.0, 200);
    let served = gate(&far.config(", tls-server-name: api.corp.example", &user)).await;
    assert_eq!(
        message(&get(&served).await),
        format!(
            "503 the cluster of context \"far\" cannot be trusted ({}: its certificate is made out to another name)",
            far.server
        )
    );
}

#[tokio::test]
async fn watches_share_connections_and_who_does_not_read_holds_up_nobody() {
    let far = far().await;
    let server = far.server.trim_start_matches("https://").to_owned();
    let (port, connections) = counting(move |client, counted| {
        counted.fetch_add(1, Ordering::Relaxed);
        join(client, TcpStream::connect(&server).ok()?)
    });
    let config = far.config("", &format!("token: {}", far.token));
    let text = fs::read_to_string(&config)
        .unwrap()
        .replace(&far.server, &format!("https://127.0.0.1:{port}"));
    fs::write(&config, text).unwrap();
    let served = gate(&config).await;
    let client = super::client(&served).await;
    let watch = "/apis/apps/v1/namespaces/default/deployments?watch=true";
    let mut watches = Vec::new();
    for _ in 0..40 {
        let request = http::Request::get(watch).body(kube::client::Body::empty()).unwrap();
        watches.push(client.send(request).await.unwrap().into_body());
    }
    assert_eq!(connections.load(Ordering::Relaxed), 2);
    // More than may wait for the one that does not read.
    for number in 0..40 {
        let note = json!({"metadata": {"annotations": {"number": number.to_string(), "fill": "x".repeat(10_000)}}});
        assert_eq!(far.ground.call("PATCH", BACKEND, MERGE, &note).await.0, 200);
    }
    for watch in watches.iter_mut().skip(1) {
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("\"number\":\"39\"") {
            let frame = tokio::time::timeout(Duration::from_secs(30), watch.frame())
                .await
                .expect("it is held up");
            let data = frame.unwrap().unwrap().into_data().unwrap();
            // A number may be cut in two.
            let kept = heard.len().saturating_sub(100);
            heard.drain(..kept);
            heard.extend_from_slice(&data);
        }
    }
    drop(watches);
    assert_eq!(get(&served).await.0, 200);
}

#[tokio::test]
async fn a_cluster_behind_a_proxy_is_reached_through_it_also_with_a_login_program() {
    let far = far().await;
    let (port, through) = proxy();
    let cluster = format!(", proxy-url: 'http://127.0.0.1:{port}'");
    let served = gate(&far.config(&cluster, &format!("token: {}", far.token))).await;
    assert_eq!(get(&served).await.0, 200);
    assert_eq!(through.load(Ordering::Relaxed), 1);
    far.program(&far.credential(&far.token, OVER));
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}";
    let served = gate(&far.config(&cluster, exec)).await;
    assert_eq!(get(&served).await.0, 200);
    assert_eq!((through.load(Ordering::Relaxed), far.runs()), (2, 2));
}

#[tokio::test]
async fn contexts_of_several_files_are_one_and_the_program_sees_the_chosen_one_alone() {
    let far = far().await;
    let contexts = far.write(
        "contexts",
        "current-context: lost\ncontexts:\n- {name: lost, context: {cluster: lost, user: me}}\n- {name: 'team/far', context: {cluster: far, user: me, namespace: 'todo'}}\n",
    );
    let clusters = far.write(
        "clusters",
        &format!(
            "clusters:\n- {{name: lost, cluster: {{server: 'https://127.0.0.1:1'}}}}\n- {{name: far, cluster: {{server: '{}', certificate-authority-data: {}}}}}\n",
            far.server, far.ca
        ),
    );
    fs::create_dir(far.path("users")).unwrap();
    let users = far.write(
        "users/config",
        "users:\n- {name: me, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ../login, interactiveMode: Never}}}\n",
    );
    far.program(&far.credential(&far.token, LONG));
    let missing = far.path("missing");
    let list = std::env::join_paths([&missing, &contexts, &clusters, &users]).unwrap();
    let cluster = reach(list.to_str().unwrap(), Some("team/far")).await.unwrap();
    let served = Served::start(&cluster, Policy::pass([])).await.unwrap();
    assert_eq!(get(&served).await.0, 200);
    let seen = kube::config::Kubeconfig::read_from(served.kubeconfig()).unwrap();
    let contexts: Vec<_> = seen.contexts.iter().map(|named| named.name.as_str()).collect();
    let namespace = seen.contexts[0].context.as_ref().unwrap().namespace.as_deref();
    assert_eq!((contexts, namespace), (vec!["team/far"], Some("todo")));
    assert_eq!(seen.current_context.as_deref(), Some("team/far"));
    let text = fs::read_to_string(served.kubeconfig()).unwrap();
    assert!(!text.contains("login") && !text.contains(&far.token), "{text}");
    assert_eq!(far.ground.get(BACKEND).await.0, 200);
}
