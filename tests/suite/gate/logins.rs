//! Login programs of a kubeconfig: when they are run, with whom they speak, and what is told of them.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{
        Cluster, Connect, Limits,
        served::{Policy, Served},
    },
    domain::{
        kind::Kind,
        ports::observe::{Observe as _, Query},
    },
};

use super::{
    kubeconfigs::{connect, far, gate, get, reach},
    message, send,
};
use crate::{
    run::Home,
    terminal::{DUMB, Terminal},
};

pub(super) const LONG: &str = "2999-01-01T00:00:00Z";
pub(super) const OVER: &str = "2001-01-01T00:00:00Z";

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
    far.program_then(&far.credential("stale", LONG), &far.credential(&far.token, LONG));
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
    let config = far.with_program_that_asks("Always");
    let home = Home::new();
    let mut command = home.command(&["gate", "--", "/bin/sh", "-c", "exit 7"]);
    command.env("KUBECONFIG", config);
    let ran = home.finish(command, None);
    let login = far.path("./login").display().to_string();
    assert_eq!(
        ran.err.lines().take(2).collect::<Vec<_>>(),
        [
            format!("error: the login of user \"me\" failed: `{login}` wants to ask at a terminal, and there is none for it").as_str(),
            "  It can ask when a request begins at a terminal."
        ],
        "{ran:?}"
    );
    assert_eq!(far.runs(), 0);
}

#[tokio::test]
async fn connections_of_one_process_share_what_a_login_program_gave() {
    let far = far().await;
    far.program_then(&far.credential("stale", LONG), &far.credential(&far.token, LONG));
    let one = connect(&far.with_program().display().to_string(), None);
    let other = Connect {
        in_background: true,
        ..one.clone()
    };
    let (one, other) = tokio::join!(Cluster::connect(&one), Cluster::connect(&other));
    let one = Served::start(&one.unwrap(), Policy::pass([])).await.unwrap();
    let other = Served::start(&other.unwrap(), Policy::pass([])).await.unwrap();
    assert_eq!((get(&one).await.0, far.runs()), (401, 1));
    assert_eq!((get(&other).await.0, get(&one).await.0, far.runs()), (200, 200, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_program_that_asks_is_run_once_in_a_conversation_and_by_nobody_in_the_background() {
    let far = far().await;
    far.program(&far.credential(&far.token, LONG));
    let config = far.with_program_that_asks("Always");
    let home = Home::new();
    let variables = [DUMB.as_slice(), &[("KUBECONFIG", config.to_str().unwrap())]].concat();
    let doctor = Terminal::new(200).start(&home, &["doctor"], &variables);
    let (_, screen, _) = doctor.end();
    assert!(screen.contains("wants to ask at a terminal, and there is none for it"), "{screen}");
    assert_eq!(far.runs(), 0);
    let mut chat = Terminal::new(200).start(&home, &["chat"], &variables);
    for requests in 1..4 {
        // The prompt does not wait for the login: it may say that there is no answer yet.
        chat.wait_for(" - todo > ", requests);
        chat.press(if requests < 3 { "list deployments in default\n" } else { "/quit\n" });
    }
    let (code, screen, _) = chat.end();
    assert_eq!((code, screen.matches("todo-backend ").count(), far.runs()), (0, 2, 1), "{screen}");
}

#[tokio::test]
async fn the_time_of_a_login_is_no_silence_of_the_server() {
    let far = far().await;
    let runs = far.path("runs").display().to_string();
    far.program(&format!(
        "[ $(wc -l < {runs}) = 1 ] || sleep 6; {}",
        far.credential(&far.token, OVER)
    ));
    let connect = connect(&far.with_program().display().to_string(), None);
    let connect = Connect {
        limits: Limits {
            answer: Duration::from_secs(5),
            login: Duration::from_secs(60),
            ..connect.limits
        },
        ..connect
    };
    let cluster = Cluster::connect(&connect).await.unwrap();
    let pods = Query::all(Kind::pod(), Some("default".to_owned()));
    assert!(!cluster.list(&pods).await.unwrap().is_empty());
    assert_eq!(far.runs(), 2);
}

/// A server that takes no credential for the figures, and any for the rest.
fn refuses_figures() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4096];
            let read = client.read(&mut head).unwrap_or_default();
            let figures = String::from_utf8_lossy(&head[..read]).contains("metrics.k8s.io");
            let status = if figures { "401 Unauthorized" } else { "200 OK" };
            let _ = client.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}").as_bytes());
        }
    });
    port
}

#[tokio::test]
async fn what_has_not_run_out_stays_in_use_when_there_is_no_other() {
    let far = far().await;
    let runs = far.path("runs").display().to_string();
    let credential = far.credential(&far.token, LONG);
    far.program(&format!(
        "[ $(wc -l < {runs}) = 1 ] && {credential} && exit; echo the session has ended >&2; exit 1"
    ));
    let config = far.with_program();
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        text.replace(&far.server, &format!("http://127.0.0.1:{}", refuses_figures())),
    )
    .unwrap();
    let served = gate(&config).await;
    let figures = || send(&served, "GET", "/apis/metrics.k8s.io/v1beta1/nodes", &[], Vec::new());
    assert_eq!((figures().await.0, far.runs()), (401, 1));
    for _ in 0..2 {
        // Asked for anew once, and in vain.
        assert_eq!((get(&served).await.0, far.runs()), (200, 2));
    }
    assert_eq!((figures().await.0, far.runs()), (401, 2));
    let login = far.path("./login").display().to_string();
    assert_eq!(
        (message(&figures().await), far.runs()),
        (
            format!("503 the login of user \"me\" failed: `{login}` says: the session has ended"),
            3
        )
    );
    assert_eq!(get(&served).await.0, 200);
}
