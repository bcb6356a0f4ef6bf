//! The binary against a server that answers by a script: what goes wrong on the wire is told in words, in time, and with an exit
//! code that is true.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::run::{Home, Seen};

/// What the server does with a request.
pub enum Reply {
    Json(u16, Value),
    /// With a warning of the server.
    Warned(&'static str, Value),
    /// The header is in seconds.
    Busy(u32),
    /// The beginning of a body that never ends, then the connection is closed.
    Cut(&'static str),
    Silence,
}

type Script = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// A home whose kubeconfig names the server; and its address.
pub fn home(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (Home, String) {
    serve(Arc::new(script), None)
}

fn serve(script: Script, tls: Option<(Arc<rustls::ServerConfig>, String)>) -> (Home, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = format!("{scheme}://{}", listener.local_addr().unwrap());
    let authority = tls
        .as_ref()
        .map_or_else(String::new, |(_, pem)| format!(", certificate-authority-data: {pem}"));
    let tls = tls.map(|(config, _)| config);
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let (script, tls) = (script.clone(), tls.clone());
            std::thread::spawn(move || match tls {
                None => answer(tcp, &script),
                Some(config) => {
                    let connection = rustls::ServerConnection::new(config).unwrap();
                    answer(rustls::StreamOwned::new(connection, tcp), &script);
                }
            });
        }
    });
    let home = Home::new();
    let config = format!(
        "{{apiVersion: v1, kind: Config, current-context: dev, contexts: [{{name: dev, context: {{cluster: dev, user: me}}}}],\
         clusters: [{{name: dev, cluster: {{server: '{server}'{authority}}}}}], users: [{{name: me, user: {{token: abc}}}}]}}"
    );
    home.write("config.yaml", &config);
    (home, server)
}

fn answer(mut stream: impl Read + Write, script: &Script) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (code, header, body) = match script(path) {
        Reply::Json(code, body) => (code, String::new(), body.to_string()),
        Reply::Warned(warning, body) => (200, format!("Warning: 299 - \"{warning}\"\r\n"), body.to_string()),
        Reply::Busy(seconds) => (
            429,
            format!("Retry-After: {seconds}\r\n"),
            status(429, "too many requests").to_string(),
        ),
        Reply::Silence => {
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        Reply::Cut(begin) => {
            let chunk = format!("{:x}\r\n{begin}\r\n", begin.len());
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes());
            let _ = stream.flush();
            std::thread::sleep(Duration::from_millis(200));
            return;
        }
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {code} X\r\n{header}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}

pub fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}

/// A cluster with one pod in it, as far as these requests ask.
pub fn cluster(path: &str) -> Reply {
    let list = |items: Value| Reply::Json(200, json!({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": items}));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match path {
        "/version" => Reply::Json(200, json!({"gitVersion": "v1.34.0"})),
        "/api/v1/namespaces/kube-system" => Reply::Json(200, json!({"metadata": {"name": "kube-system", "uid": "u"}})),
        "/api/v1/namespaces/default/pods/web" => Reply::Json(200, pod()),
        "/api/v1/namespaces/default/pods" if !query.contains("watch") => list(json!([pod()])),
        "/api/v1/namespaces/default/pods/web/log" if query.contains("follow") => Reply::Cut("first line\nsecond line\n"),
        _ => list(json!([])),
    }
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default", "uid": "p", "resourceVersion": "1"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "web", "ready": true, "restartCount": 0, "state": {"running": {}}}]}
    })
}

pub fn run(home: &Home, server: &str, args: &[&str]) -> Seen {
    let mut command = home.command(args);
    command.env("KUBECONFIG", home.work().join("config.yaml"));
    let mut seen = home.finish(command, None);
    seen.err = seen.err.replace(server, "SERVER");
    seen
}

#[test]
fn a_busy_server_is_waited_for_as_it_asks() {
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    let (home, server) = home(move |path| {
        let busy = path.starts_with("/api/v1/namespaces/default/pods") && count.fetch_add(1, Ordering::SeqCst) == 0;
        if busy { Reply::Busy(1) } else { cluster(path) }
    });
    let seen = run(&home, &server, &["overview"]);
    assert_eq!(
        (seen.code, seen.err.as_str()),
        (0, "The server is busy (429): trying again in 1 s.\n"),
        "{seen:?}"
    );
    assert!(seen.out.starts_with("1 pod, healthy."), "{}", seen.out);
}

#[test]
fn a_server_that_stays_busy_is_not_waited_for_without_end() {
    let (home, server) = home(|path| {
        if path.contains("/default/") {
            Reply::Busy(600)
        } else {
            cluster(path)
        }
    });
    let began = Instant::now();
    let seen = run(&home, &server, &["list pods", "--timeout", "1s"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let waits = "The server is busy (429): trying again in 1 s.\n".repeat(2);
    let expected = format!(
        "{waits}error: the cluster of context \"dev\" cannot answer now (429: too many requests)\n  It is overloaded and asks to wait 600 s: try again then.\n"
    );
    assert_eq!((seen.code, seen.err.as_str()), (2, expected.as_str()), "{seen:?}");
}

#[test]
fn credentials_that_expire_on_the_way_are_named() {
    let (home, server) = home(|path| match path.contains("/default/") {
        true => Reply::Json(401, status(401, "Unauthorized")),
        false => cluster(path),
    });
    let expected = "error: the cluster of context \"dev\" does not accept the credentials of user \"me\" any more (401 unauthorized): they have just expired\n  The token has expired or was taken back: get a new kubeconfig, or log in again.\n";
    for request in ["overview", "list pods"] {
        let seen = run(&home, &server, &[request]);
        assert_eq!((seen.code, seen.out.as_str(), seen.err.as_str()), (2, "", expected), "{request}");
    }
}

#[test]
fn a_followed_log_whose_connection_is_cut_says_so() {
    use rcgen::{CertificateParams, KeyPair};
    todo_agent::adapters::cluster::install_crypto();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let pem = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(certificate.pem())
    };
    for tls in [None, Some((Arc::new(config), pem))] {
        let (home, server) = serve(Arc::new(cluster), tls);
        home.write(".env", "SECRET_WORD=\"second line\"\n");
        let seen = run(&home, &server, &["kubectl logs -f web"]);
        let expected = "error: the log of pod/web broke off: the server closed the connection\n  See that the pod and the cluster are still there, then read on with `since`: \"… logs since 1m\".\n";
        assert_eq!(
            (seen.code, seen.out.as_str(), seen.err.as_str()),
            (1, "first line\n‹redacted:SECRET_WORD›\n", expected),
            "{seen:?}"
        );
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_when_the_user_says() {
    let (home, server) = home(|_| Reply::Silence);
    let began = Instant::now();
    let seen = run(&home, &server, &["overview", "--timeout", "2s"]);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let expected = "error: the cluster of context \"dev\" does not answer (SERVER: no answer in time)\n  See that it runs and that this machine reaches it, or choose another context with `--context`.\n";
    assert_eq!((seen.code, seen.out.as_str(), seen.err.as_str()), (2, "", expected));
}

#[test]
fn who_may_see_nothing_is_told_which_right_is_missing() {
    let (home, server) = home(|path| {
        let path = path.split('?').next().unwrap_or_default();
        let resource = path.rsplit('/').next().unwrap_or_default();
        let group = path
            .strip_prefix("/apis/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let scope = if path.contains("/default/") {
            "in the namespace \"default\""
        } else {
            "at the cluster scope"
        };
        let message = format!("{resource} is forbidden: User \"bob\" cannot list resource \"{resource}\" in API group \"{group}\" {scope}");
        Reply::Json(403, status(403, &message))
    });
    for request in ["overview", "is my app healthy?"] {
        let seen = run(&home, &server, &[request]);
        let first = seen.err.lines().next().unwrap_or_default();
        assert_eq!(
            (seen.code, seen.out.as_str(), first),
            (1, "", "error: user \"bob\" may not list pods in namespace \"default\""),
            "{request}: {seen:?}"
        );
        assert!(
            seen.err
                .contains("`kubectl create role list-pods --verb=list --resource=pods -n default`"),
            "{}",
            seen.err
        );
    }
}

/// A config map, and a user who may do with it what `may` says.
fn config_map(may: &'static [&'static str], path: &str) -> Reply {
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"A": "1"},
        "metadata": {"name": "app-config", "namespace": "default", "uid": "c", "resourceVersion": "1"},
    });
    match path.split('?').next().unwrap_or_default() {
        "/api/v1/namespaces/default/configmaps/app-config" => Reply::Warned("config maps are going out of fashion", map),
        "/api/v1/namespaces/default/configmaps" | "/api/v1/configmaps" => {
            Reply::Json(200, json!({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": [map]}))
        }
        // What is asked for is not seen here; the answer is the same for each verb.
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => Reply::Json(201, json!({"status": {"allowed": !may.is_empty()}})),
        _ => cluster(path),
    }
}

#[test]
fn to_take_back_is_promised_only_to_who_may() {
    for (may, told) in [
        (&["create"][..], "    can be taken back\n"),
        (
            &[],
            "    you may not create configmaps in namespace \"default\", which taking it back needs\n    cannot be taken back\n",
        ),
    ] {
        let (home, server) = home(move |path| config_map(may, path));
        let seen = run(&home, &server, &["delete configmap app-config", "--dry-run"]);
        let out = format!("\n  delete configmap/app-config                              dev · default\n  - configmap/app-config\n{told}");
        assert_eq!((seen.code, seen.out.as_str()), (0, out.as_str()), "{seen:?}");
        assert_eq!(
            seen.err, "Warning: config maps are going out of fashion\nPreview only: nothing was changed.\n",
            "once, however often it comes"
        );
    }
}

#[test]
fn a_no_is_an_answer_and_to_who_typed_the_command_its_exit_code() {
    let (home, server) = home(|path| config_map(&[], path));
    let answer = "ALLOWED   WHAT             WHERE\nno        delete secrets   default\n";
    for (request, code) in [
        ("kubectl auth can-i delete secrets", 1),
        ("check my permission to delete secrets", 0),
    ] {
        let seen = run(&home, &server, &[request]);
        assert_eq!((seen.code, seen.out.as_str()), (code, answer), "{request}: {seen:?}");
    }
}

#[test]
fn a_cluster_is_trusted_by_its_name_and_that_is_taken_back() {
    let (home, server) = home(cluster);
    let id = "  SERVER (cluster u)\n";
    let trust = |args: &[&str]| {
        let seen = run(&home, &server, &[&["trust", "cluster"], args].concat());
        (seen.code, seen.out.replace(&server, "SERVER"), seen.err)
    };
    let refused = "error: to trust a cluster needs its context's name, and there is no terminal to type it at\n  `todo-agent trust cluster --context dev --yes` if it is yours to change\n";
    let told = |what: &str, more: &str| (0, format!("{what}: dev · default\n{id}{more}"), String::new());
    assert_eq!(trust(&[]), (3, String::new(), refused.to_owned()));
    assert_eq!(trust(&["--yes"]), (3, String::new(), refused.to_owned()));
    let back = "Take that back with `todo-agent --context dev trust cluster --revoke`.\n";
    assert_eq!(trust(&["--context", "dev", "--yes"]), told("Trusted", back));
    assert_eq!(trust(&[]), told("Trusted already", ""));
    assert_eq!(trust(&["--revoke"]), told("No longer trusted", ""));
    assert_eq!(trust(&["--revoke"]), told("It was not trusted", ""));
}
