//! One deployment behind the API, with the answers of a real server (seen on 1.34), and things that go wrong on the way.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use http::{Method, Request, Response};
use http_body_util::BodyExt;
use json_patch::{PatchOperation, patch};
use kube::client::Body;
use serde_json::{Value, json};
use tower::{BoxError, Service};

use super::{Answer, json_answer};

/// What happens before a change that is no preview is looked at.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// A controller writes the status.
    StatusWritten,
    /// A controller writes the status, and once more when the change is tried again.
    StatusWrittenAgainAtTheTry,
    /// Somebody sets the replicas.
    ReplicasSetTo(u32),
    Deleted,
    MadeAnew,
    /// The change is made, the answer does not come.
    AnswerLost,
    /// The change is made, the answer does not come, and then somebody sets the replicas.
    AnswerLostThenReplicasSetTo(u32),
    /// The change is made, and from then on nothing answers.
    Gone,
}

#[derive(Default)]
pub struct Deployment {
    object: Option<Value>,
    version: u64,
    mishaps: VecDeque<Mishap>,
    gone: bool,
    writes_at_the_try: bool,
}

#[derive(Clone)]
pub struct Fake(Arc<Mutex<Deployment>>);

impl Fake {
    pub fn new(mishaps: &[Mishap]) -> Self {
        let fake = Deployment {
            mishaps: mishaps.iter().cloned().collect(),
            version: 1,
            ..Deployment::default()
        };
        let fake = Self(Arc::new(Mutex::new(fake)));
        fake.0.lock().unwrap().object = Some(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "todo", "uid": "uid-1", "resourceVersion": "1"},
            "spec": {"replicas": 2}
        }));
        fake
    }

    pub fn object(&self) -> Option<Value> {
        self.0.lock().unwrap().object.clone()
    }

    pub fn replicas(&self) -> Option<u64> {
        self.object()?["spec"]["replicas"].as_u64()
    }

    pub fn service(&self) -> impl Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future = Answer> + Send + use<> {
        let state = Arc::clone(&self.0);
        tower::service_fn(move |request: Request<Body>| {
            let state = Arc::clone(&state);
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let dry = parts.uri.query().unwrap_or_default().contains("dryRun=All");
                state.lock().unwrap().answer(&parts.method, dry, &body)
            }) as Answer
        })
    }
}

fn status(code: u16, reason: &str) -> Response<Body> {
    let body = json!({"kind": "Status", "code": code, "reason": reason, "message": reason, "details": {"name": if code == 422 { "" } else { "web" }}});
    json_answer(code, body.to_string())
}

impl Deployment {
    fn answer(&mut self, method: &Method, dry: bool, body: &[u8]) -> Result<Response<Body>, BoxError> {
        let mishap = if *method == Method::PATCH && !dry {
            self.mishaps.pop_front()
        } else {
            None
        };
        if let Some(mishap) = &mishap {
            self.happen(mishap);
            self.writes_at_the_try = matches!(mishap, Mishap::StatusWrittenAgainAtTheTry);
        }
        if dry && std::mem::take(&mut self.writes_at_the_try) {
            self.happen(&Mishap::StatusWritten);
        }
        if self.gone {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into());
        }
        let Some(object) = self.object.clone() else {
            return Ok(status(404, "NotFound"));
        };
        if *method == Method::GET {
            return Ok(json_answer(200, object.to_string()));
        }
        let operations: Vec<PatchOperation> = serde_json::from_slice(body).unwrap();
        let mut after = object.clone();
        if patch(&mut after, &operations).is_err() {
            return Ok(status(422, "Invalid"));
        }
        if after["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
            return Ok(status(409, "Conflict"));
        }
        if !dry {
            self.store(after.clone());
        }
        match mishap {
            Some(Mishap::AnswerLostThenReplicasSetTo(replicas)) => {
                self.happen(&Mishap::ReplicasSetTo(replicas));
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
            }
            Some(Mishap::AnswerLost) => Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()),
            Some(Mishap::Gone) => {
                self.gone = true;
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
            }
            _ => Ok(json_answer(200, after.to_string())),
        }
    }

    fn happen(&mut self, mishap: &Mishap) {
        let mut object = self.object.clone().unwrap();
        match mishap {
            Mishap::StatusWritten | Mishap::StatusWrittenAgainAtTheTry => object["status"] = json!({"observedGeneration": self.version}),
            Mishap::ReplicasSetTo(replicas) => object["spec"]["replicas"] = json!(replicas),
            Mishap::MadeAnew => object["metadata"]["uid"] = json!("uid-2"),
            Mishap::Deleted => {
                self.object = None;
                return;
            }
            Mishap::AnswerLost | Mishap::AnswerLostThenReplicasSetTo(_) | Mishap::Gone => return,
        }
        self.store(object);
    }

    fn store(&mut self, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.object = Some(object);
    }
}
