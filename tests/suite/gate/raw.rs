//! Bytes on the wire that no honest client sends.

use std::{sync::Arc, time::Duration};

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use todo_agent::domain::risk::Risk;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;

/// A connection to the gate, and the token for it.
pub async fn wire(served: &Served) -> (TlsStream<TcpStream>, String) {
    let text = std::fs::read_to_string(served.kubeconfig()).unwrap();
    let kubeconfig: Value = serde_saphyr::from_str(&text).unwrap();
    let ca = kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"].as_str().unwrap();
    let ca = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, ca).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&ca).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(("127.0.0.1", served.port())).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap().to_owned();
    (tls, token)
}

/// Says this, with `TOKEN` for the token, and hears everything until the other side is silent or gone.
pub async fn say(served: &Served, text: &str) -> String {
    let (mut wire, token) = wire(served).await;
    let _ = wire.write_all(text.replace("TOKEN", &token).as_bytes()).await;
    let _ = wire.flush().await;
    let mut heard = Vec::new();
    let mut buffer = vec![0; 65536];
    // A connection that ends is heard to its end, however slow the machine is.
    let patience = if text.contains("Connection: close") { 20_000 } else { 900 };
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_millis(patience), wire.read(&mut buffer)).await {
        heard.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// The status lines in what was heard.
pub fn statuses(heard: &str) -> Vec<&str> {
    heard.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect()
}

const HEAD: &str = "Host: x\r\nAuthorization: Bearer TOKEN\r\n";

#[tokio::test]
async fn who_has_no_token_gets_nothing() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let get = "GET /api/v1/pods HTTP/1.1\r\nHost: x\r\n";
    for head in [
        "",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer x\r\n",
        "Authorization: Basic TOKEN\r\n",
        "Authorization: Bearer TOKENx\r\n",
    ] {
        let heard = say(&ground.served, &format!("{get}{head}Connection: close\r\n\r\n")).await;
        assert_eq!(statuses(&heard), ["401"], "{head}");
    }
    assert_eq!(ground.events.0.lock().unwrap().len(), 0);
}

/// What two readers of the same bytes may take for different requests never becomes a change.
#[tokio::test]
async fn smuggled_requests_do_not_pass() {
    let ground = ground(Policy::pass([])).await;
    let inner = format!("DELETE {BACKEND} HTTP/1.1\r\n{HEAD}Content-Length: 0\r\n\r\n");
    let size = inner.len();
    let cases = [
        // Two lengths.
        format!("GET /version HTTP/1.1\r\n{HEAD}Content-Length: 0\r\nContent-Length: {size}\r\n\r\n{inner}"),
        format!("GET /version HTTP/1.1\r\n{HEAD}Content-Length: 0, {size}\r\n\r\n{inner}"),
        // A length and chunks.
        format!("POST /version HTTP/1.1\r\n{HEAD}Content-Length: {size}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n0;a=\n\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n{inner}"),
        format!("POST /version HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{inner}"),
        // Lines within lines.
        format!("GET /version HTTP/1.1\r\n{HEAD}X: a\n\r\nDELETE {BACKEND} HTTP/1.1\r\n\r\n"),
        format!("GET /version HTTP/1.1\r\n{HEAD}X: a\r\n folded: b\r\n\r\n"),
        format!("GET /version\r\n{HEAD}\r\n\r\n{inner}"),
        format!("GET /version HTTP/1.1\r\n{HEAD}\r\n{inner}"),
        format!("GET https://elsewhere.example/version HTTP/1.1\r\n{HEAD}\r\n{inner}"),
        format!("CONNECT 10.0.0.1:443 HTTP/1.1\r\n{HEAD}\r\n{inner}"),
        format!(
            "GET /version HTTP/1.1\r\n{HEAD}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n{inner}"
        ),
        format!("GET /version HTTP/1.1\r\n{HEAD}Connection: authorization\r\n\r\n{inner}"),
    ];
    for case in cases {
        let heard = say(&ground.served, &case).await;
        let statuses = statuses(&heard);
        assert!(
            statuses.iter().skip(1).all(|status| matches!(*status, "403" | "401" | "400")),
            "{case}\n{heard}"
        );
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    assert_eq!(ground.get(BACKEND).await.0, 200);
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal_and_each_call_is_judged_for_itself() {
    let ground = ground(Policy::pass([])).await;
    let body = replicas(9).to_string();
    let write = format!(
        "PATCH {BACKEND} HTTP/1.1\r\n{HEAD}Content-Type: {MERGE}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let read = format!("GET {BACKEND} HTTP/1.1\r\n{HEAD}\r\n");
    let last = read.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let pipelined = format!("{read}{write}{read}{write}{write}{last}");
    let heard = say(&ground.served, &pipelined).await;
    assert_eq!(statuses(&heard), ["200", "403", "200", "403", "403", "200"]);
    assert_eq!(ground.replicas().await, json!(2));
    assert_eq!(ground.served.close().await.refusals, 3);
}

#[tokio::test]
async fn a_body_without_end_is_not_waited_for() {
    let ground = ground(Policy::pass([Risk::Change])).await;
    let (mut wire, token) = wire(&ground.served).await;
    let head = format!("PATCH {BACKEND} HTTP/1.1\r\n{HEAD}Content-Type: {MERGE}\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.write_all(head.replace("TOKEN", &token).as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let mut sent = 0;
    while sent < 64 * 1024 * 1024 && wire.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 16 * 1024 * 1024, "{sent} bytes were taken");
    assert_eq!(ground.replicas().await, json!(2));
}

/// A cluster that is away is told as such, in a form that clients show, and is there again when it is.
#[tokio::test]
async fn a_server_that_goes_away_is_told_and_comes_back() {
    use std::sync::atomic::{AtomicBool, Ordering};

    install_crypto();
    let away = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&away);
    let service = tower::service_fn(move |_: http::Request<kube::client::Body>| {
        let away = switch.load(Ordering::Relaxed);
        async move {
            if away {
                return Err(tower::BoxError::from(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)));
            }
            Ok(http::Response::new(kube::client::Body::from(b"{\"kind\":\"PodList\"}".to_vec())))
        }
    });
    let events = Arc::new(Events::default());
    let connect = Connect::from_env("/nonexistent".into(), events.clone());
    let target = todo_agent::adapters::cluster::Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    let cluster = Cluster::over(service, target, &connect);
    let served = Served::start(&cluster, Policy::pass([Risk::Change])).await.unwrap();
    let get = format!("GET /api/v1/pods HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n");
    let heard = say(&served, &get).await;
    assert_eq!(statuses(&heard), ["503"], "{heard}");
    assert!(heard.contains("\"reason\":\"ServiceUnavailable\""), "{heard}");
    let patch = format!("PATCH {BACKEND} HTTP/1.1\r\n{HEAD}Connection: close\r\nContent-Type: {MERGE}\r\nContent-Length: 2\r\n\r\n{{}}");
    assert_eq!(statuses(&say(&served, &patch).await), ["503"]);
    assert_eq!(events.changes(), Vec::<String>::new());
    away.store(false, Ordering::Relaxed);
    assert_eq!(statuses(&say(&served, &get).await), ["200"]);
}

#[tokio::test]
async fn another_protocol_than_those_of_streams_and_a_name_of_two_lines_do_not_pass() {
    let ground = ground(Policy::pass([Risk::RunCode, Risk::Destroy])).await;
    let exec = "GET /api/v1/namespaces/default/pods/a/exec?command=ls HTTP/1.1";
    for (case, expected) in [
        (format!("{exec}\r\n{HEAD}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"), "403"),
        (
            format!("{exec}\r\n{HEAD}Upgrade: websocket, h2c\r\nConnection: Upgrade\r\n\r\n"),
            "403",
        ),
        // It goes through; a simulation runs nothing.
        (format!("{exec}\r\n{HEAD}Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\n\r\n"), "501"),
        (
            format!("DELETE /api/v1/namespaces/default/configmaps/a%0Averified HTTP/1.1\r\n{HEAD}\r\n"),
            "403",
        ),
    ] {
        let heard = say(&ground.served, &case).await;
        assert_eq!(statuses(&heard).first().copied(), Some(expected), "{case}\n{heard}");
        assert!(!heard.contains("\nverified"), "{heard}");
    }
}
