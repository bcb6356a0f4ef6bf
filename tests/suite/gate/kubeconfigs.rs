//! What a user's kubeconfig may say, through the gate: login programs, proxies, other names of the server, several contexts and files.

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
    BACKEND, Events, Ground, JSON, MERGE, ground, message,
    relay::{counting, join, proxy},
    send,
};
use crate::run::Home;

/// A cluster that is reached over TLS with a token, and a folder for kubeconfigs that lead to it.
struct Far {
    ground: Ground,
    dir: tempfile::TempDir,
    server: String,
    ca: String,
    token: String,
}

async fn far() -> Far {
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
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn program(&self, text: &str) {
        let program = self.write(
            "login",
            &format!("#!/bin/sh\necho run >> {}\n{text}\n", self.path("runs").display()),
        );
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What it prints when it gives this token.
    fn credential(&self, token: &str, until: &str) -> String {
        let status = json!({"token": token, "expirationTimestamp": until});
        let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
        format!("echo '{credential}'")
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).unwrap_or_default().lines().count()
    }

    /// A kubeconfig of one context, with this of the cluster and this user.
    fn config(&self, cluster: &str, user: &str) -> PathBuf {
        let Self { server, ca, .. } = self;
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: far\n\
             clusters:\n- name: far\n  cluster: {{server: '{server}', certificate-authority-data: {ca}{cluster}}}\n\
             contexts:\n- name: far\n  context: {{cluster: far, user: me, namespace: todo}}\n\
             users:\n- name: me\n  user: {{{user}}}\n"
        );
        self.write("config", &text)
    }

    fn with_program(&self) -> PathBuf {
        self.config(
            "",
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}",
        )
    }
}

async fn reach(files: &str, context: Option<&str>) -> Result<Cluster, Failure> {
    let connect = Connect {
        kubeconfig: Some(files.into()),
        home: None,
        context: context.map(str::to_owned),
        limits: Limits {
            login: Duration::from_secs(2),
            ..Limits::default()
        },
        ..Connect::from_env("/nonexistent".into(), Arc::new(Events::default()))
    };
    Cluster::connect(&connect).await
}

async fn gate(file: &Path) -> Served {
    let cluster = reach(&file.display().to_string(), None).await.unwrap();
    Served::start(&cluster, Policy::pass([])).await.unwrap()
}

async fn get(served: &Served) -> (u16, Value) {
    send(served, "GET", BACKEND, &[("content-type", JSON)], Vec::new()).await
}

const LONG: &str = "2999-01-01T00:00:00Z";
const OVER: &str = "2001-01-01T00:00:00Z";

#[tokio::test]
async fn a_login_program_is_run_once_as_long_as_what_it_gave_holds() {
    let far = far().await;
    far.program(&far.credential(&far.token, LONG));
    let served = gate(&far.with_program()).await;
    for _ in 0..3 {
        assert_eq!(get(&served).await.0, 200);
    }
    assert_eq!(far.runs(), 1);
}

#[tokio::test]
async fn what_has_run_out_is_asked_for_again() {
    let far = far().await;
    far.program(&far.credential(&far.token, OVER));
    let served = gate(&far.with_program()).await;
    assert_eq!(far.runs(), 1);
    for run in 2..5 {
        assert_eq!((get(&served).await.0, far.runs()), (200, run));
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_asked_for_again() {
    let far = far().await;
    let (stale, fresh) = (far.credential("stale", LONG), far.credential(&far.token, LONG));
    far.program(&format!("[ $(wc -l < {}) = 1 ] && {stale} || {fresh}", far.path("runs").display()));
    let served = gate(&far.with_program()).await;
    assert_eq!(get(&served).await.0, 401);
    for _ in 0..2 {
        assert_eq!((get(&served).await.0, far.runs()), (200, 2));
    }
}

#[tokio::test]
async fn a_login_that_fails_later_is_told_to_the_program_in_words() {
    let far = far().await;
    let credential = far.credential(&far.token, OVER);
    let runs = far.path("runs").display().to_string();
    far.program(&format!(
        "[ $(wc -l < {runs}) = 1 ] && {credential} && exit; echo token-abc; echo the session has ended >&2; exit 1"
    ));
    let served = gate(&far.with_program()).await;
    let login = far.path("./login").display().to_string();
    assert_eq!(
        message(&get(&served).await),
        format!("503 the login of user \"me\" failed: `{login}` says: the session has ended")
    );
}

#[tokio::test]
async fn a_login_program_that_hangs_is_ended_with_what_it_started() {
    let far = far().await;
    let late = far.path("late");
    far.program(&format!("(sleep 4; touch {}) & sleep 100", late.display()));
    let failure = reach(&far.with_program().display().to_string(), None).await.err().unwrap();
    let login = far.path("./login").display().to_string();
    assert_eq!(
        (failure.what.as_str(), failure.hints.first().map(String::as_str)),
        (
            format!("the login of user \"me\" failed: `{login}` gave no credential within 2 s, and was ended").as_str(),
            Some(format!("See what it waits for: run `{login}` by hand.").as_str())
        )
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!late.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_program_hears_what_kubectl_tells_it() {
    let far = far().await;
    let heard = far.path("heard").display().to_string();
    far.program(&format!(
        "printf '%s' \"$KUBERNETES_EXEC_INFO\" > {heard}; [ \"$1 $A\" = 'get-token b' ] || exit 1; {}",
        far.credential(&far.token, LONG)
    ));
    let config = far.config(
        "",
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [get-token], env: [{name: A, value: b}], interactiveMode: IfAvailable, provideClusterInfo: true}",
    );
    // At no terminal, as a script is run.
    let home = Home::new();
    let mut command = home.command(&["--context", "far", "gate", "--", "/bin/sh", "-c", "exit 7"]);
    command.env("KUBECONFIG", config).env("PATH", std::env::var_os("PATH").unwrap());
    let ran = home.finish(command, None);
    assert_eq!(ran.code, 7, "{ran:?}");
    let heard: Value = serde_json::from_slice(&fs::read(heard).unwrap()).unwrap();
    assert_eq!(
        heard,
        json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "spec": {"interactive": false, "cluster": {"server": far.server, "certificate-authority-data": far.ca}},
        })
    );
}

#[tokio::test]
async fn a_login_program_that_must_ask_is_not_started_where_there_is_no_terminal() {
    let far = far().await;
    far.program(&far.credential(&far.token, LONG));
    let config = far.config(
        "",
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Always}",
    );
    let home = Home::new();
    let mut command = home.command(&["gate", "--", "/bin/sh", "-c", "exit 7"]);
    command.env("KUBECONFIG", config);
    let ran = home.finish(command, None);
    let login = far.path("./login").display().to_string();
    assert_eq!(
        ran.err.lines().take(2).collect::<Vec<_>>(),
        [
            format!("error: the login of user \"me\" failed: `{login}` wants to ask at a terminal, and there is none for it").as_str(),
            "  Log in again with the program of your provider at a terminal, then try again."
        ],
        "{ran:?}"
    );
    assert_eq!(far.runs(), 0);
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
