//! What a user is told when the cluster cannot be used: what, where, what next.

use std::{net::TcpListener, path::Path, sync::Arc};

use todo_agent::{
    adapters::cluster::{Cluster, Connect, install_crypto},
    domain::{
        failure::Failure,
        kind::Kind,
        place::Locality,
        ports::observe::{Observe, Query},
    },
};

use super::{Notes, answering, over};
use crate::run::as_elsewhere;

/// `kind: what` and the hints, one line each; the folder of the test and ports are made the same every time.
fn shown(failure: &Failure, dir: &Path) -> String {
    let hints: String = failure.hints.iter().map(|hint| format!("\n  {hint}")).collect();
    let text = format!("{:?}: {}{hints}", failure.kind, failure.what);
    let text = text.replace(&dir.display().to_string(), "DIR");
    if cfg!(windows) {
        // Without a drive it is on the one where we are.
        as_elsewhere(&text).replace("C:/nowhere", "/nowhere")
    } else {
        text
    }
}

fn connect(kubeconfig: &Path) -> Connect {
    install_crypto();
    Connect {
        kubeconfig: Some(kubeconfig.into()),
        home: None,
        ..Connect::from_env("/nonexistent".into(), Arc::new(Notes::default()))
    }
}

fn config(server: &str, cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: dev\n\
         clusters:\n- name: dev\n  cluster: {{server: '{server}'{cluster}}}\n- name: minikube\n  cluster: {{server: 'https://127.0.0.1:1'}}\n\
         contexts:\n- name: dev\n  context: {{cluster: dev, user: me}}\n- name: minikube\n  context: {{cluster: minikube, user: me}}\n- name: lost\n  context: {{cluster: gone, user: me}}\n\
         users:\n- name: me\n  user: {{{user}}}\n"
    )
}

/// Connects with a kubeconfig of this text and asks where it is.
async fn told(text: &str, change: impl FnOnce(&mut Connect)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    std::fs::write(&file, text).unwrap();
    let mut connect = connect(&file);
    change(&mut connect);
    let failure = match Cluster::connect(&connect).await {
        Ok(cluster) => cluster.place().await.unwrap_err(),
        Err(failure) => failure,
    };
    shown(&failure, dir.path())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_kubeconfig_that_cannot_be_used_is_named_with_the_place_of_the_trouble() {
    let plain = config("https://127.0.0.1:1", "", "");
    let no_current = plain.replace("current-context: dev\n", "");
    let cases = [
        (
            String::new(),
            None,
            "Configuration: the kubeconfig DIR/config has no contexts: it names no cluster\n  Start a cluster that writes itself into it (`minikube start`), or move the file away to use the embedded cluster.",
        ),
        (
            "clusters:\n- name: [x\n  y: z: 1\n".to_owned(),
            None,
            "Configuration: the kubeconfig DIR/config:2:9 is not valid: a text is expected there\n  Correct the file, or name another one with the environment variable KUBECONFIG.",
        ),
        (
            "just words".to_owned(),
            None,
            "Configuration: the kubeconfig DIR/config:1:1 is not valid: names with values are expected there (`name: value`)\n  Correct the file, or name another one with the environment variable KUBECONFIG.",
        ),
        (
            no_current,
            None,
            "Configuration: the kubeconfig DIR/config does not say which context is current\n  Contexts: dev, minikube, lost\n  Choose one with `--context NAME`, or for good with `kubectl config use-context NAME`.",
        ),
        (
            plain.clone(),
            Some("minikub"),
            "Usage: there is no context \"minikub\" in DIR/config\n  Did you mean `--context minikube`?\n  Contexts: dev (current), minikube, lost",
        ),
        (
            plain.clone(),
            Some("production"),
            "Usage: there is no context \"production\" in DIR/config\n  Contexts: dev (current), minikube, lost",
        ),
        (
            plain.clone(),
            Some("lost"),
            "Configuration: context \"lost\" of DIR/config points to cluster \"gone\", which is not in it\n  Contexts: dev (current), minikube, lost\n  Choose another context with `--context`.",
        ),
        (
            plain
                .replace("current-context: dev", "current-context: \"d\\nev\"")
                .replace("name: dev\n  context", "name: \"d\\nev\"\n  context"),
            None,
            "Configuration: context \"d\\u{a}ev\" of DIR/config cannot be used: a name in it breaks the line or its order (\"d\\u{a}ev\")\n  Contexts: d\\u{a}ev (current), minikube, lost\n  Write another name into the file: what is asked and shown here stands on one line.",
        ),
        (
            config("nonsense", "", ""),
            None,
            "Configuration: the cluster of context \"dev\" has the server \"nonsense\", which is no address\n  It looks like https://127.0.0.1:8443; correct it in the kubeconfig.",
        ),
        (
            config("https://127.0.0.1:1", ", certificate-authority: /nowhere/ca.crt", ""),
            None,
            "Configuration: the certificate authority of the cluster of context \"dev\" cannot be used: /nowhere/ca.crt is not there\n  A cluster that was deleted takes its files with it: start it again, or choose another context with `--context`.",
        ),
        (
            config("https://127.0.0.1:1", ", certificate-authority-data: '!!'", ""),
            None,
            "Configuration: the certificate authority of the cluster of context \"dev\" cannot be used: certificate-authority-data is not base64",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-login, interactiveMode: Never}",
            ),
            None,
            "Configuration: user \"me\" of the cluster of context \"dev\" logs in with `no-such-login`, which is not on this machine\n  Install `no-such-login`, or choose another context with `--context`.\n  Contexts: dev (current), minikube, lost",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo key=abc; echo expired session >&2; exit 3'], interactiveMode: Never}",
            ),
            None,
            "Configuration: the login of user \"me\" failed: `sh` says: expired session\n  Log in again with the program of your provider, then try again.\n  Contexts: dev (current), minikube, lost",
        ),
        (
            config("https://127.0.0.1:1", "", "tokenFile: /nowhere/token"),
            None,
            "Configuration: the credentials of user \"me\" cannot be used: /nowhere/token is not there\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            plain.replace("contexts:\n- name: dev\n", "contexts: dev\nx:\n- name: dev\n"),
            None,
            "Configuration: the kubeconfig DIR/config:9:11 is not valid: a list is expected there (`- item`)\n  Correct the file, or name another one with the environment variable KUBECONFIG.",
        ),
        (
            format!("{plain}current-context: lost\n"),
            None,
            "Configuration: the kubeconfig DIR/config:19:1 is not valid: current-context stands there twice\n  Correct the file, or name another one with the environment variable KUBECONFIG.",
        ),
        (
            config("https://127.0.0.1:99999", "", ""),
            None,
            "Configuration: the cluster of context \"dev\" has the server \"https://127.0.0.1:99999\", which is no address\n  It looks like https://127.0.0.1:8443; correct it in the kubeconfig.",
        ),
        (
            config("https://127.0.0.1:1", "", "token: \"a\\nb\""),
            None,
            "Configuration: the token of user \"me\" cannot be used: there is a line break or another control character in it\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "client-certificate: /nowhere/me.crt, client-key: /nowhere/me.key",
            ),
            None,
            "Configuration: the client certificate of user \"me\" cannot be used: /nowhere/me.crt is not there\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "client-certificate-data: aGVsbG8=, client-key-data: aGVsbG8=",
            ),
            None,
            "Configuration: the client certificate of user \"me\" cannot be used: it is no PEM certificate\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "client-certificate-data: aGVsbG8=, client-key-data: '??'",
            ),
            None,
            "Configuration: the key of user \"me\" cannot be used: client-key-data is not base64\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            config("https://127.0.0.1:1", "", "auth-provider: {name: gcp, config: {}}"),
            None,
            "Configuration: the credentials of user \"me\" cannot be used: its `auth-provider` is of a kind that kubectl dropped in version 1.26\n  Log in again with the program of your provider, or get a new kubeconfig.",
        ),
        (
            config(
                "https://127.0.0.1:1",
                "",
                "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
            ),
            None,
            "Configuration: the credentials of user \"me\" cannot be used: its `exec` names no `command`\n  Log in again with the program of your provider: it writes the entry anew.",
        ),
    ];
    for (text, context, expected) in cases {
        assert_eq!(told(&text, |connect| connect.context = context.map(str::to_owned)).await, expected);
    }
}

#[tokio::test]
async fn what_a_login_program_prints_is_told_nowhere() {
    for script in ["echo token-abc; exit 3", "echo token-abc", "echo '{token: token-abc}'"] {
        let user =
            format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, \"{script}\"], interactiveMode: Never}}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        std::fs::write(&file, config("https://127.0.0.1:1", "", &user)).unwrap();
        let failure = match Cluster::connect(&connect(&file)).await {
            Ok(cluster) => cluster.place().await.unwrap_err(),
            Err(failure) => failure,
        };
        assert!(!format!("{failure:?}").contains("token-abc"), "{failure:?}");
    }
}

#[tokio::test]
async fn a_cluster_that_is_named_and_silent_is_an_error_and_never_another_cluster() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("https://{}", silent.local_addr().unwrap());
    let dead = format!("https://127.0.0.1:{}", free_port());
    let contexts = "\n  Contexts: dev (current), minikube, lost";
    let cases = [
        (
            dead.as_str(),
            None,
            format!(
                "Unreachable: the cluster of context \"dev\" does not answer ({dead}: connection refused)\n  See that it runs and that this machine reaches it, or choose another context with `--context`.{contexts}"
            ),
        ),
        (
            dead.as_str(),
            Some("minikube"),
            format!(
                "Unreachable: the cluster of context \"minikube\" does not answer (https://127.0.0.1:1: connection refused)\n  Minikube seems to be stopped: start it with `minikube start`, or choose another context with `--context`.{contexts}"
            ),
        ),
        (
            "https://no-such-host.invalid:6443",
            None,
            format!(
                "Unreachable: the cluster of context \"dev\" does not answer (https://no-such-host.invalid:6443: this name is not known here)\n  Is a VPN needed for it? A cluster that was deleted leaves its context behind: `kubectl config delete-context NAME`.{contexts}"
            ),
        ),
        (
            silent.as_str(),
            None,
            format!(
                "Unreachable: the cluster of context \"dev\" does not answer ({silent}: no answer in time)\n  See that it runs and that this machine reaches it, or choose another context with `--context`.{contexts}"
            ),
        ),
    ];
    for (server, context, expected) in cases {
        let change = |connect: &mut Connect| {
            connect.context = context.map(str::to_owned);
            connect.limits.connect = std::time::Duration::from_millis(500);
        };
        assert_eq!(told(&config(server, "", ""), change).await, expected);
    }
}

#[tokio::test]
async fn the_embedded_cluster_stands_in_only_when_nothing_names_a_real_one() {
    let dir = tempfile::tempdir().unwrap();
    let told = async |connect: Connect| shown(&Cluster::connect(&connect).await.err().unwrap(), dir.path());
    let named = connect(&dir.path().join("nope"));
    let nothing = Connect {
        kubeconfig: Some("".into()),
        home: Some(dir.path().to_owned()),
        ..named.clone()
    };
    let required = Connect {
        require_real: true,
        ..nothing.clone()
    };
    let context = Connect {
        context: Some("minikube".to_owned()),
        ..nothing.clone()
    };
    let embedded = Connect {
        embedded_dir: dir.path().join("embedded"),
        ..nothing
    };
    assert_eq!(
        told(named).await,
        "Configuration: the kubeconfig DIR/nope does not exist\n  The environment variable KUBECONFIG names it: correct it, or unset it with `unset KUBECONFIG`."
    );
    assert_eq!(
        told(required).await,
        "Configuration: nothing names a real cluster (looked for DIR/.kube/config), and the embedded one was ruled out with `--require-real`\n  Start one, such as with `minikube start`, or name one with the environment variable KUBECONFIG."
    );
    assert_eq!(
        told(context).await,
        "Usage: there is no context \"minikube\": no kubeconfig was found (looked for DIR/.kube/config)\n  Start a cluster that writes one (`minikube start`), name one with the environment variable KUBECONFIG, or leave out `--context`."
    );
    let place = Cluster::connect(&embedded).await.unwrap().place().await.unwrap();
    assert_eq!((place.locality, place.name()), (Locality::Embedded, "embedded"));
}

#[tokio::test]
async fn a_server_that_cannot_be_trusted_is_named_with_the_reason() {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    install_crypto();
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let (ours, other) = (authority("ours"), authority("other"));
    let serve = |issuer: &CertifiedIssuer<'_, KeyPair>, name: &str, expired: bool| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let certificate = params.signed_by(&key, issuer).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let _ = acceptor.accept(tcp).await;
            }
        });
        port
    };
    let pem = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(ours.pem())
    };
    let cases = [
        (
            serve(&other, "127.0.0.1", false),
            "its certificate is not signed by the authority that the kubeconfig names, or by one that this machine trusts where it names none)\n  The cluster was made anew, another one stands at this address, or something on the way opens TLS: get a new kubeconfig.",
        ),
        (
            serve(&ours, "10.9.9.9", false),
            "its certificate is made out to another name)\n  Use the address that it was made for as `server`, or set `tls-server-name` of this cluster in the kubeconfig.",
        ),
        (
            serve(&ours, "127.0.0.1", true),
            "its certificate has expired)\n  See that the clock of this machine is right; else renew the cluster's certificates.",
        ),
        (
            plain_http(),
            "it does not speak TLS)\n  Is the port right, and should `server` begin with http://?",
        ),
    ];
    for (port, reason) in cases {
        let text = config(
            &format!("https://127.0.0.1:{port}"),
            &format!(", certificate-authority-data: {pem}"),
            "",
        );
        let expected = format!(
            "Unreachable: the cluster of context \"dev\" cannot be trusted (https://127.0.0.1:{port}: {reason}\n  Contexts: dev (current), minikube, lost"
        );
        assert_eq!(told(&text, |_| {}).await, expected);
    }
}

/// Plain HTTP where TLS is expected.
fn plain_http() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write;
        for tcp in listener.incoming() {
            let _ = tcp.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    port
}

#[tokio::test]
async fn the_servers_no_is_told_with_what_would_allow_it() {
    let status = |code: u16, message: &str| (code, format!(r#"{{"kind":"Status","code":{code},"message":{message:?}}}"#));
    let cases = [
        (
            status(401, "Unauthorized"),
            "Configuration: the cluster of context \"dev\" does not accept a user without credentials (401 unauthorized)\n  The kubeconfig holds no credentials for this context: log in, or get a new kubeconfig.",
        ),
        (
            status(
                403,
                r#"deployments.apps is forbidden: User "bob" cannot list resource "deployments" in API group "apps" in the namespace "todo""#,
            ),
            "Forbidden: user \"bob\" may not list deployments.apps in namespace \"todo\"\n  Who runs the cluster of context \"dev\" can allow it:\n  `kubectl create role list-deployments --verb=list --resource=deployments.apps -n todo`\n  `kubectl create rolebinding list-deployments --role=list-deployments --user=bob -n todo`",
        ),
        (
            status(
                403,
                r#"nodes is forbidden: User "system:serviceaccount:ci:bot" cannot list resource "nodes" in API group "" at the cluster scope"#,
            ),
            "Forbidden: user \"system:serviceaccount:ci:bot\" may not list nodes in the whole cluster\n  Who runs the cluster of context \"dev\" can allow it:\n  `kubectl create clusterrole list-nodes --verb=list --resource=nodes`\n  `kubectl create clusterrolebinding list-nodes --clusterrole=list-nodes --serviceaccount=ci:bot`",
        ),
        (
            status(
                403,
                r#"pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4"#,
            ),
            "Forbidden: the server refuses to list deployments: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4",
        ),
        (
            status(404, "the server could not find the requested resource"),
            "NotFound: the cluster of context \"dev\" does not serve deployments.apps in version v1\n  What it serves: `kubectl api-resources`.",
        ),
        (
            status(500, "etcdserver: leader changed"),
            "Failed: the cluster of context \"dev\" failed on \"list deployments\" (500: etcdserver: leader changed)",
        ),
        (
            (502, "<html><body>Bad Gateway</body></html>".to_owned()),
            "Failed: the cluster of context \"dev\" failed on \"list deployments\" (502: bad gateway)",
        ),
        (
            (200, "Hello, I am a web site".to_owned()),
            "Failed: the cluster of context \"dev\" gave an answer to \"list deployments\" that cannot be understood: no JSON: expected value at line 1 column 1\n  See that https://10.0.0.1:6443 is the address of a Kubernetes API server.",
        ),
    ];
    for ((code, body), expected) in cases {
        let cluster = over(answering(code, body), &Arc::new(Notes::default()));
        let failure = cluster
            .list(&Query::all(Kind::deployment(), Some("todo".to_owned())))
            .await
            .unwrap_err();
        assert_eq!(shown(&failure, Path::new("DIR")), expected);
    }
}
