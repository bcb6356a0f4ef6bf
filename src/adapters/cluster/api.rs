//! One call: the request line, the answer, and a second try for reads that the server was too busy for.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value;
use tower::Service;

use super::{
    fault::{Fault, Lost},
    gate::Gate,
};
use crate::domain::{kind::Kind, object::ObjectRef, risk::Call};

/// A request in the making.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    accept: &'static str,
    body: Option<(&'static str, Vec<u8>)>,
}

const JSON: &str = "application/json";

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            accept: JSON,
            body: None,
        }
    }

    pub(super) fn patch(path: String, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            method: Method::PATCH,
            body: Some((content_type, body)),
            ..Self::get(path)
        }
    }

    pub(super) fn post(path: String, body: Vec<u8>) -> Self {
        Self {
            method: Method::POST,
            body: Some((JSON, body)),
            ..Self::get(path)
        }
    }

    pub(super) fn delete(path: String, body: Vec<u8>) -> Self {
        Self {
            method: Method::DELETE,
            body: Some((JSON, body)),
            ..Self::get(path)
        }
    }

    pub(super) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub(super) fn with_some(self, key: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(super) fn without(mut self, key: &'static str) -> Self {
        self.query.retain(|(known, _)| *known != key);
        self
    }

    pub(super) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// The call as the gate sees it, for messages.
    pub(super) fn call(&self) -> Call {
        Call::parse(self.method.as_str(), &self.path, &self.query_string())
    }

    fn query_string(&self) -> String {
        let pairs: Vec<String> = self
            .query
            .iter()
            .map(|(key, value)| format!("{key}={}", encode(value, b",:")))
            .collect();
        pairs.join("&")
    }

    fn request(&self) -> Result<Request<Body>, Fault> {
        let query = self.query_string();
        let uri = if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .header(header::ACCEPT, self.accept)
            .header(header::USER_AGENT, concat!("todo-agent/", env!("CARGO_PKG_VERSION")));
        if let Some((kind, _)) = &self.body {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        let body = self.body.as_ref().map_or_else(Body::empty, |(_, bytes)| Body::from(bytes.clone()));
        request
            .body(body)
            .map_err(|error| Fault::Garbled(format!("the request cannot be made: {error}")))
    }
}

/// `/apis/apps/v1/namespaces/todo/deployments`.
pub(super) fn collection(kind: &Kind, namespace: Option<&str>) -> String {
    let root = if kind.group.is_empty() {
        "/api".to_owned()
    } else {
        format!("/apis/{}", segment(&kind.group))
    };
    let within = match namespace {
        Some(namespace) if kind.namespaced => format!("/namespaces/{}", segment(namespace)),
        _ => String::new(),
    };
    format!("{root}/{}{within}/{}", segment(&kind.version), segment(&kind.plural))
}

/// The path of one object, or of a subresource of it.
pub(super) fn one(object: &ObjectRef, subresource: &str) -> String {
    let slash = if subresource.is_empty() { "" } else { "/" };
    let collection = collection(&object.kind, object.namespace.as_deref());
    format!("{collection}/{}{slash}{}", segment(&object.name), segment(subresource))
}

/// A name as one segment of a path, whatever characters it has.
pub(super) fn segment(name: &str) -> String {
    match name {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        name => encode(name, b":"),
    }
}

/// Percent-encoding (RFC 3986): everything but unreserved characters and those in `also`.
fn encode(text: &str, also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Calls through the gate.
#[derive(Clone)]
pub(super) struct Api {
    pub gate: Gate,
    /// How long a server may take to begin an answer, and to go on with it.
    pub patience: Duration,
    /// The server has answered a call of ours: our credentials were good.
    pub accepted: Arc<AtomicBool>,
    /// Warnings of the server that were passed on.
    pub warned: Arc<Mutex<HashSet<String>>>,
}

/// The texts of a `Warning` header as API servers write it, `299 - "text"`, several of them after commas (RFC 7234, 5.5).
fn warnings(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = header;
    while let Some(quoted) = rest.trim_start_matches([',', ' ']).strip_prefix("299 ") {
        let Some((_agent, quoted)) = quoted.split_once(" \"") else { break };
        let mut text = String::new();
        let mut chars = quoted.char_indices();
        let mut end = quoted.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                '"' => {
                    end = at + 1;
                    break;
                }
                _ => text.push(c),
            }
        }
        texts.push(text);
        let after = quoted.get(end..).unwrap_or_default();
        // A date may stand behind the text.
        rest = after.find(", 299 ").and_then(|next| after.get(next..)).unwrap_or_default();
    }
    texts.retain(|text| !text.trim().is_empty());
    texts
}

/// How often a read is tried when the server says that it is too busy, and the longest pause before the next try.
const TRIES: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Bytes of one answer. Lists are read in pages, and an object has at most 1.5 MiB or so.
const LARGEST: usize = 256 * 1024 * 1024;

/// A pause that somebody notices.
const NOTICED: Duration = Duration::from_secs(1);

impl Api {
    /// The answer as JSON.
    pub(super) async fn json(&self, ask: &Ask) -> Result<Value, Fault> {
        let body = self.open(ask).await?;
        let bytes = self.collect(body).await?;
        serde_json::from_slice(&bytes).map_err(|error| Fault::Garbled(format!("no JSON: {error}")))
    }

    /// The body of a good answer, as it comes.
    pub(super) async fn open(&self, ask: &Ask) -> Result<Body, Fault> {
        let mut tries = 1;
        loop {
            let fault = match self.open_once(ask).await {
                Ok(body) => return Ok(body),
                Err(fault) => fault,
            };
            let busy = matches!(&fault, Fault::Status(status) if matches!(status.code, 429 | 503));
            if !busy || ask.method != Method::GET || tries >= TRIES {
                return Err(fault);
            }
            let asked = match &fault {
                Fault::Status(status) => status.retry_after,
                _ => None,
            };
            let pause = asked.unwrap_or_else(|| Duration::from_millis(250) * 2_u32.pow(tries));
            let pause = pause.min(LONGEST_PAUSE).min(self.patience);
            if pause >= NOTICED {
                let code = fault.code().unwrap_or_default();
                self.gate
                    .note(format!("The server is busy ({code}): trying again in {} s.", pause.as_secs()));
            }
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    async fn open_once(&self, ask: &Ask) -> Result<Body, Fault> {
        let failed = |error| Fault::of_error(kube::Error::Service(error));
        let request = self.gate.ready(ask.request()?).await.map_err(failed)?;
        let answer = tokio::time::timeout(self.patience, self.gate.clone().call(request))
            .await
            .map_err(|_| Fault::Lost(Lost::timeout()))?
            .map_err(failed)?;
        let (parts, body) = answer.into_parts();
        self.pass_on(&parts.headers);
        if parts.status.is_success() {
            self.accepted.store(true, Ordering::Relaxed);
            return Ok(body);
        }
        let bytes = self.collect(body).await.unwrap_or_default();
        let accepted = self.accepted.load(Ordering::Relaxed);
        Err(Fault::of_answer(parts.status, &parts.headers, &bytes, accepted))
    }

    /// What the server warns of, each once: a field that means nothing, a version that goes, pods that a new rule would not admit.
    fn pass_on(&self, headers: &HeaderMap) {
        for warning in headers
            .get_all(header::WARNING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(warnings)
        {
            let is_new = self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(warning.clone());
            if is_new {
                self.gate.note(format!("Warning: {warning}"));
            }
        }
    }

    async fn collect(&self, mut body: Body) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        loop {
            match tokio::time::timeout(self.patience, body.frame()).await {
                Err(_) => return Err(Fault::Lost(Lost::timeout())),
                Ok(None) => return Ok(bytes),
                Ok(Some(Err(error))) => return Err(Fault::of_error(error)),
                Ok(Some(Ok(frame))) => {
                    if let Some(data) = frame.data_ref() {
                        if bytes.len() + data.len() > LARGEST {
                            let most = LARGEST / (1024 * 1024);
                            return Err(Fault::Garbled(format!("it does not end: more than {most} MiB of it came")));
                        }
                        bytes.extend_from_slice(data);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_of_a_header_is_its_text() {
        let told: [(&str, &[&str]); 6] = [
            (r#"299 - "v1 Endpoints is deprecated""#, &["v1 Endpoints is deprecated"]),
            (
                r#"299 - "unknown field \"spec.replcas\"", 299 - "a, 299 b""#,
                &["unknown field \"spec.replcas\"", "a, 299 b"],
            ),
            (r#"299 kube "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b""#, &["a", "b"]),
            (r#"110 - "Response is stale""#, &[]),
            (r#"299 - """#, &[]),
            ("299 - unquoted", &[]),
        ];
        for (header, texts) in told {
            assert_eq!(warnings(header), texts, "{header}");
        }
    }
}
