//! An engine that answers what it is told to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use tokio::sync::OnceCell;

use super::{
    Engine,
    endpoint::{Endpoint, Host, Said},
    gate::{Gate, Permits},
    through,
    wire::Wire,
};
use crate::domain::{event::Event, failure::Result, ports::record::Record};

/// What is said to a call: status and body.
pub struct Reply(u16, &'static str);

impl Reply {
    pub const fn new(status: u16, body: &'static str) -> Self {
        Self(status, body)
    }

    pub const fn ok(body: &'static str) -> Self {
        Self(200, body)
    }
}

/// Listens for as long as the test runs.
pub struct Fake {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    recorded: Arc<Recorded>,
}

#[derive(Default)]
struct Recorded(Mutex<Vec<Event>>);

impl Record for Recorded {
    fn record(&self, event: Event) -> Result<()> {
        self.0.lock().unwrap().push(event);
        Ok(())
    }
}

impl Fake {
    /// Each reply goes to the calls that begin so, without the version of the API; what is not told is not found.
    pub fn start(replies: Vec<(&'static str, Reply)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let calls = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let call = call(&mut BufReader::new(&stream));
                let reply = replies.iter().find(|(begins, _)| call.starts_with(begins));
                calls.lock().unwrap().push(call);
                let (status, body) = reply.map_or((404, "{\"message\":\"not told\"}"), |(_, reply)| (reply.0, reply.1));
                let head = format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n");
                let length = if status == 204 {
                    String::new()
                } else {
                    format!("content-length: {}\r\n", body.len())
                };
                stream.write_all(format!("{head}{length}\r\n{body}").as_bytes()).unwrap();
            }
        });
        Self {
            port,
            heard,
            recorded: Arc::default(),
        }
    }

    /// Nobody listens.
    pub fn nobody() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            port,
            heard: Arc::default(),
            recorded: Arc::default(),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            context: "default".to_owned(),
            address: format!("tcp://127.0.0.1:{}", self.port),
            host: Host::Tcp {
                host: "127.0.0.1".to_owned(),
                port: self.port,
            },
            tls: None,
            said_by: "DOCKER_HOST".to_owned(),
        }
    }

    pub fn engine(&self) -> Engine {
        let endpoint = self.endpoint();
        let permits = Permits::default();
        let gate = Gate {
            wire: Wire::to(&endpoint).unwrap(),
            record: self.recorded.clone(),
            permits: permits.clone(),
        };
        Engine {
            docker: through(gate.clone(), bollard::API_DEFAULT_VERSION).unwrap(),
            endpoint,
            said: Said::default(),
            permits,
            gate,
            record: self.recorded.clone(),
            version: None,
            asked: Mutex::default(),
            identity: OnceCell::new(),
            shown: Mutex::default(),
            variables: Mutex::default(),
        }
    }

    /// `GET /containers/json?all=true`, in order.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn recorded(&self) -> Vec<Event> {
        self.recorded.0.lock().unwrap().clone()
    }
}

/// The first line of a request without version, once all of it was read.
fn call(request: &mut impl BufRead) -> String {
    let mut line = String::new();
    request.read_line(&mut line).unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        request.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(told) = header.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
    }
    request.take(length).read_to_end(&mut Vec::new()).unwrap();
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap_or_default());
    let path = match path.strip_prefix("/v").and_then(|rest| rest.find('/').map(|at| &rest[at..])) {
        Some(rest) if path.as_bytes()[2].is_ascii_digit() => rest,
        _ => path,
    };
    format!("{method} {path}")
}

#[tokio::test]
async fn only_an_engine_is_greeted_as_one() {
    let greeted = async |reply: Reply| {
        let fake = Fake::start(vec![("GET /version", reply)]);
        super::greet(&fake.endpoint()).await.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(greeted(Reply::ok("{\"Version\":\"29.0\",\"ApiVersion\":\"1.52\"}")).await, Ok(()));
    for (reply, expected) in [
        (
            Reply::ok("{\"major\":\"1\",\"minor\":\"34\"}"),
            "it answers 200 without the version of an engine",
        ),
        (
            Reply::new(403, "{\"message\":\"no\"}"),
            "it answers 403 without the version of an engine",
        ),
        (Reply::ok("hello"), "it answers 200 without the version of an engine"),
    ] {
        assert_eq!(greeted(reply).await, Err(expected.to_owned()));
    }
}
