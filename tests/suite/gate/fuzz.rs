//! Bytes that a generator makes up, at the gate: whatever they become, it is no change, and the gate goes on. Some seconds long;
//! `GATE_FUZZ_SECONDS` says otherwise, `GATE_FUZZ_SEED` which ones they are.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{raw::wire, *};

/// Connections at a time.
const AT_ONCE: u64 = 6;

/// A generator that gives the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "patch", "PRI", "CONNECT"];
const PATHS: [&str; 16] = [
    BACKEND,
    "/apis/apps/v1/namespaces/default/deployments/todo-backend/scale",
    "/apis/apps/v1/namespaces/default/deployments",
    "/apis/apps/v1/namespaces/default/deployments/../deployments/todo-backend",
    "//apis/apps/v1/namespaces/default/deployments/todo-backend",
    "/apis/apps/v1/namespaces/default/deployments/todo-backend%2Fscale",
    "/apis/apps/v1/namespaces/default/deployments/todo-backend;x=y",
    "/apis/apps/v1/namespaces/default/deployments/todo-backend#x",
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/default/pods/a/exec?command=sh",
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/pods?watch=yes",
    "https://elsewhere.example/api/v1/namespaces/default",
    "*",
    "/version",
    "/%",
];
const QUERIES: [&str; 6] = [
    "",
    "?dryRun=All",
    "?dryRun=all",
    "?dryRun=All&dryRun=",
    "?force=true&fieldManager=x",
    "?%64ryRun=All",
];
const TYPES: [&str; 6] = [
    MERGE,
    JSON,
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
    "text/plain",
];
const BODIES: [&str; 6] = [
    "{\"spec\":{\"replicas\":9}}",
    "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":9}]",
    "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"dryRun\":[]}",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: todo-backend}\nspec: {replicas: 9}\n",
    "{\"spec\":{\"replicas\":2},\"spec\":{\"replicas\":9}}",
    "",
];
const LINES: [&str; 14] = [
    "Content-Length: 5\r\n",
    "Content-Length: 0, 24\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: +24\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding:\x0bchunked\r\n",
    "Connection: keep-alive, Transfer-Encoding\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\n",
    "X-HTTP-Method-Override: DELETE\r\n",
    "Expect: 100-continue\r\n",
    "Impersonate-User: admin\r\n",
];
const PIECES: [&str; 10] = ["\r\n", "\n", "\r", "\0", " ", ":", "..", "%2f", "0\r\n\r\n", "HTTP/1.0"];

/// A request or two of HTTP/1.1, more or less.
fn older(dice: &mut Dice, token: &str) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..=dice.below(2) {
        let body = dice.of(&BODIES);
        text += &format!(
            "{} {}{} HTTP/1.1\r\nHost: x\r\n",
            dice.of(&METHODS),
            dice.of(&PATHS),
            dice.of(&QUERIES)
        );
        text += &format!("Authorization: Bearer {token}\r\nContent-Type: {}\r\n", dice.of(&TYPES));
        for _ in 0..dice.below(3) {
            text += dice.of(&LINES);
        }
        if dice.below(12) == 0 {
            text += &format!("X-Long: {}\r\n", "a".repeat(1 << dice.below(18)));
        }
        if dice.below(12) == 0 {
            text += &"X-Many: 1\r\n".repeat(dice.below(300));
        }
        text += &match dice.below(3) {
            0 => format!("Content-Length: {}\r\n\r\n{body}", body.len()),
            1 => format!(
                "Transfer-Encoding: chunked\r\n\r\n{:x}{}\r\n{body}\r\n0\r\n\r\n",
                body.len(),
                dice.of(&["", ";a=b", " ", ";\"\r\n"])
            ),
            _ => format!("\r\n{body}"),
        };
    }
    text.into_bytes()
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Never indexed and never Huffman: what is said is what is there.
fn field(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0x10];
    for text in [name, value] {
        match u8::try_from(text.len()) {
            Ok(short @ 0..=126) => field.push(short),
            _ => {
                // A length that goes on in further bytes of seven bits.
                field.push(127);
                let mut rest = text.len().saturating_sub(127);
                while rest > 127 {
                    field.push(u8::try_from(rest % 128).unwrap() | 128);
                    rest /= 128;
                }
                field.push(u8::try_from(rest).unwrap());
            }
        }
        field.extend(text.as_bytes());
    }
    field
}

/// Frames of HTTP/2, more or less.
fn newer(dice: &mut Dice, token: &str) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    for number in 0..=u32::try_from(dice.below(3)).unwrap() {
        let stream = 2 * number + 1;
        let path = format!("{}{}", dice.of(&PATHS), dice.of(&QUERIES));
        let mut fields = [
            (":method", dice.of(&METHODS).to_owned()),
            (":scheme", "https".to_owned()),
            (":authority", dice.of(&["x", "", "127.0.0.1", "a b"]).to_owned()),
            (":path", path),
            ("authorization", format!("Bearer {token}")),
            ("content-type", dice.of(&TYPES).to_owned()),
        ]
        .to_vec();
        match dice.below(8) {
            0 => fields.push(("content-length", dice.of(&["0", "5", "24", "-1"]).to_owned())),
            1 => fields.push(("transfer-encoding", "chunked".to_owned())),
            2 => fields.push(("Connection", "upgrade".to_owned())),
            3 => fields.push((":path", BACKEND.to_owned())),
            4 => fields.swap(0, 4),
            5 => fields.push(("x-long", "a".repeat(1 << dice.below(15)))),
            _ => {}
        }
        let block: Vec<u8> = fields.iter().flat_map(|(name, value)| field(name, value)).collect();
        let body = dice.of(&BODIES).as_bytes();
        if dice.below(4) == 0 {
            let at = dice.below(block.len());
            bytes.extend(frame(1, 0, stream, &block[..at]));
            bytes.extend(frame(
                dice.byte() % 11,
                dice.byte(),
                dice.below(4).try_into().unwrap(),
                &block[at..],
            ));
            bytes.extend(frame(9, 4, stream, &block[at..]));
        } else {
            bytes.extend(frame(1, 4, stream, &block));
        }
        bytes.extend(frame(0, u8::from(dice.below(3) > 0), stream, body));
        let payload: Vec<u8> = (0..dice.below(20)).map(|_| dice.byte()).collect();
        if dice.below(3) == 0 {
            bytes.extend(frame(dice.byte() % 12, dice.byte(), dice.below(6).try_into().unwrap(), &payload));
        }
    }
    bytes
}

fn spoiled(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    for _ in 0..dice.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => bytes[at] = dice.byte(),
            1 => drop(bytes.drain(at..(at + 1 + dice.below(8)).min(bytes.len()))),
            2 => drop(bytes.splice(at..at, dice.of(&PIECES).bytes())),
            3 => bytes.truncate(at),
            _ => {
                let part = bytes[at..(at + 1 + dice.below(40)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, part));
            }
        }
    }
    bytes
}

async fn one(served: &Served, dice: &mut Dice) {
    let (mut wire, token) = wire(served).await;
    let bytes = match dice.below(2) {
        0 => older(dice, &token),
        _ => newer(dice, &token),
    };
    let bytes = spoiled(bytes, dice);
    let parts = 1 + dice.below(3);
    for part in bytes.chunks(bytes.len() / parts + 1) {
        if wire.write_all(part).await.is_err() {
            break;
        }
        let _ = wire.flush().await;
    }
    // Some stay a moment, some go at once.
    if dice.below(2) == 0 {
        let _ = wire.shutdown().await;
    }
    let mut heard = Vec::new();
    let patience = Duration::from_millis(u64::try_from(dice.below(60)).unwrap());
    let _ = tokio::time::timeout(patience, wire.read_to_end(&mut heard)).await;
}

fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_bytes_change_nothing_and_do_not_stop_the_gate() {
    let length = Duration::from_secs(set("GATE_FUZZ_SECONDS").unwrap_or(4));
    let seed = set("GATE_FUZZ_SEED").unwrap_or(7);
    let (hold, mut held) = Policy::hold(Vec::new());
    tokio::spawn(async move {
        while let Some(one) = held.recv().await {
            one.answer(todo_agent::domain::held::Verdict::Refuse { reason: "no".to_owned() });
        }
    });
    for policy in [Policy::pass([]), hold] {
        let ground = ground(policy).await;
        let cases = AtomicUsize::new(0);
        let end = Instant::now() + length / 2;
        let caller = |number: u64| {
            let (ground, cases) = (&ground, &cases);
            async move {
                let mut dice = Dice(seed.wrapping_add(number));
                while Instant::now() < end {
                    one(&ground.served, &mut dice).await;
                    cases.fetch_add(1, Ordering::Relaxed);
                    if number == 0 && cases.load(Ordering::Relaxed).is_multiple_of(100) {
                        assert_eq!(ground.events.changes(), Vec::<String>::new());
                        ground.events.0.lock().unwrap().clear();
                    }
                }
            }
        };
        futures_util::future::join_all((0..AT_ONCE).map(caller)).await;
        let told = format!("{} cases, seed {seed}\n", cases.load(Ordering::Relaxed));
        std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
        assert_eq!(ground.events.changes(), Vec::<String>::new());
        assert_eq!(ground.replicas().await, json!(2));
    }
}
