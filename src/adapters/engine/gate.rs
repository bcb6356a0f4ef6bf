//! The gate in front of the Docker Engine: each call is taken apart, classified and recorded; a change passes only if it is
//! exactly what was approved. There is no other way to the engine.

use std::{collections::BTreeMap, io, sync::Arc};

use bollard::BollardRequest;
use http::{Method, Response};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Bytes, Incoming};
use serde_json::Value;

use super::wire::Wire;
use crate::{
    adapters::passage::{self, Passage},
    domain::{docker::call, failure::Failure, ports::record::Record, risk::Risk},
};

pub type Permits = passage::Permits<Allowed>;

/// One request that may be sent, to the letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    pub method: Method,
    /// Without the version of the API in front.
    pub path: String,
    /// What must be asked for. What is asked for beside it must be off or empty.
    pub query: BTreeMap<String, String>,
    /// The body, where it is JSON.
    pub body: Option<Value>,
    /// The body is a build context, which is not compared.
    pub stream: bool,
}

impl Allowed {
    pub fn post(path: impl Into<String>) -> Self {
        Self::of(Method::POST, path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::of(Method::DELETE, path)
    }

    fn of(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: BTreeMap::new(),
            body: None,
            stream: false,
        }
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.insert(key.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    #[must_use]
    pub const fn streaming(mut self) -> Self {
        self.stream = true;
        self
    }

    fn is_for(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path == path
    }

    /// Why a request to this path is more than was approved, if it is.
    fn exceeded_by(&self, query: &BTreeMap<String, String>, body: &[u8]) -> Option<String> {
        // A value may be a secret's: that of a build argument.
        if let Some((key, _)) = self.query.iter().find(|(key, value)| query.get(*key) != Some(value)) {
            return Some(format!("its {key} is not the one that was approved"));
        }
        let off = |value: &str| matches!(value, "" | "0" | "false");
        if let Some((key, _)) = query.iter().find(|(key, value)| !self.query.contains_key(*key) && !off(value)) {
            return Some(format!("it also gives {key}, which was not approved"));
        }
        match &self.body {
            Some(approved) if serde_json::from_slice::<Value>(body).ok().as_ref() != Some(approved) => {
                Some("its body is not the one that was approved".to_owned())
            }
            None if !self.stream && !matches!(body, b"" | b"{}" | b"null") => Some("it has a body that was not approved".to_owned()),
            _ => None,
        }
    }
}

/// The gate.
#[derive(Clone)]
pub struct Gate {
    pub wire: Wire,
    pub record: Arc<dyn Record>,
    pub permits: Permits,
}

impl Gate {
    /// # Errors
    /// A refusal (a [`Failure`] inside), or no answer.
    pub async fn pass(self, request: BollardRequest) -> io::Result<Response<Incoming>> {
        let request = unversioned(request);
        let call = call::parse(request.method().as_str(), request.uri().path());
        let risk = call::risk(&call);
        let passage = Passage {
            record: self.record.as_ref(),
            call: &call,
            risk,
        };
        let request = if matches!(risk, Risk::Read | Risk::SecretRead) {
            // A read is made even when it cannot be recorded.
            let _ = passage.tell(true);
            request
        } else {
            match self.judge(passage, request).await {
                Ok(request) => {
                    passage.tell(true).map_err(io::Error::other)?;
                    request
                }
                Err(refusal) => {
                    let _ = passage.tell(false);
                    return Err(io::Error::other(refusal));
                }
            }
        };
        passage.send(self.wire.send(request)).await
    }

    async fn judge(&self, passage: Passage<'_>, request: BollardRequest) -> Result<BollardRequest, Failure> {
        let path = without_version(request.uri().path()).to_owned();
        let permits = self.permits.matching(|allowed| allowed.is_for(request.method(), &path));
        if permits.is_empty() || passage.risk == Risk::Unknown {
            return Err(passage.unapproved());
        }
        let query = pairs(request.uri().query().unwrap_or_default()).ok_or_else(|| passage.refusal("its query can be read in two ways"))?;
        let (parts, body) = request.into_parts();
        let (bytes, body) = match body {
            Either::Left(full) => {
                let bytes = full.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                (bytes.clone(), Either::Left(Full::new(bytes)))
            }
            stream => (Bytes::from_static(b"stream"), stream),
        };
        let mut why = String::new();
        for permit in &permits {
            match permit.exceeded_by(&query, &bytes) {
                None => return Ok(BollardRequest::from_parts(parts, body)),
                Some(reason) => why = reason,
            }
        }
        Err(passage.refusal(&why))
    }
}

/// An engine that is older than the client answers `/version` all the same, but not below a newer version's path.
fn unversioned(request: BollardRequest) -> BollardRequest {
    if without_version(request.uri().path()) != "/version" {
        return request;
    }
    let (mut parts, body) = request.into_parts();
    parts.uri = http::Uri::from_static("/version");
    BollardRequest::from_parts(parts, body)
}

fn without_version(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/v") else { return path };
    match rest.find('/') {
        Some(at) if rest[..at].bytes().all(|b| b.is_ascii_digit() || b == b'.') => &rest[at..],
        _ => path,
    }
}

/// The decoded pairs of a query; `None` when a key stands there twice.
fn pairs(query: &str) -> Option<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if pairs.insert(decoded(key)?, decoded(value)?).is_some() {
            return None;
        }
    }
    Some(pairs)
}

/// As forms are encoded: `+` is a space.
fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_passes_only_to_the_letter() {
        let create = Allowed::post("/containers/create")
            .with("name", "web")
            .body(json!({"Image": "nginx"}));
        let remove = Allowed::delete("/containers/1f").with("force", "false");
        let query = |text: &str| pairs(text).unwrap();
        let cases = [
            (&create, "name=web&platform=", r#"{"Image":"nginx"}"#, None),
            (
                &create,
                "name=web",
                r#"{"Image":"nginx","HostConfig":{"Privileged":true}}"#,
                Some("its body is not the one that was approved"),
            ),
            (
                &create,
                "name=other",
                r#"{"Image":"nginx"}"#,
                Some("its name is not the one that was approved"),
            ),
            (&remove, "v=false&force=false&link=false", "", None),
            (&remove, "v=true&force=false", "", Some("it also gives v, which was not approved")),
            (&remove, "force=true", "", Some("its force is not the one that was approved")),
            (&remove, "force=false", r#"{"a":1}"#, Some("it has a body that was not approved")),
        ];
        for (allowed, said, body, expected) in cases {
            assert_eq!(
                allowed.exceeded_by(&query(said), body.as_bytes()).as_deref(),
                expected,
                "{said} {body}"
            );
        }
        assert_eq!(pairs("force=false&force=true"), None);
        assert_eq!(without_version("/v1.41/containers/a/stop"), "/containers/a/stop");
        assert_eq!(without_version("/volumes/x"), "/volumes/x");
        let permits = Permits::default();
        let open = permits.open(remove.clone());
        let matching = || permits.matching(|allowed| allowed.is_for(&Method::DELETE, "/containers/1f"));
        assert_eq!(matching(), [Arc::new(remove)]);
        drop(open);
        assert_eq!(matching(), []);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_not_approved_is_recorded_and_not_sent() {
        use std::sync::Mutex;

        use crate::{
            adapters::engine::endpoint::{Endpoint, Host},
            domain::{event::Event, failure::Result},
        };

        #[derive(Default)]
        struct Heard(Mutex<Vec<String>>);
        impl Record for Heard {
            fn record(&self, event: Event) -> Result<()> {
                if let Event::Called { call, risk, granted } = event {
                    self.0.lock().unwrap().push(format!("{} {risk:?} {granted}", call.summary()));
                }
                Ok(())
            }
        }

        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        let engine = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        engine.set_nonblocking(true).unwrap();
        let endpoint = Endpoint {
            context: "default".to_owned(),
            address: String::new(),
            host: Host::Unix(socket),
            tls: None,
            said_by: String::new(),
        };
        let heard = Arc::new(Heard::default());
        let gate = Gate {
            wire: Wire::to(&endpoint).unwrap(),
            record: heard.clone(),
            permits: Permits::default(),
        };
        let _open = gate.permits.open(Allowed::post("/containers/1f/stop"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let send = |method: &str, path: &str| {
            let request = http::Request::builder().method(method).uri(format!("http://docker{path}"));
            let request = request.body(Either::Left(Full::new(Bytes::new()))).unwrap();
            runtime.block_on(gate.clone().pass(request)).unwrap_err().to_string()
        };
        let told = [
            send("POST", "/v1.41/containers/2f/stop"),
            send("POST", "/v1.41/containers/1f/stop?signal=SIGKILL"),
            send("DELETE", "/v1.41/containers/1f"),
            send("POST", "/v1.41/containers/1f/exec"),
            send("POST", "/v1.41/swarm/init"),
        ];
        assert_eq!(
            told,
            [
                "refused to create containers/2f/stop: nobody approved it",
                "refused to create containers/1f/stop: it also gives signal, which was not approved",
                "refused to delete containers/1f: it would take something away, and that was not approved",
                "refused to create containers/1f/exec: it would run a program, and that was not approved",
                "refused to create swarm/init: it is not known what this call does",
            ]
        );
        assert_eq!(
            *heard.0.lock().unwrap(),
            [
                "create containers/2f/stop Change false",
                "create containers/1f/stop Change false",
                "delete containers/1f Destroy false",
                "create containers/1f/exec RunCode false",
                "create swarm/init Unknown false",
            ]
        );
        assert_eq!(engine.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
