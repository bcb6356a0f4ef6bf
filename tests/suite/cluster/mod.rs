//! The adapter to the Kubernetes API: against odd answers on the wire, and (ignored) against a real cluster.

mod attack;
mod change;
mod errors;
mod fake;
mod real;
mod rights;
mod watch;

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use kube::client::Body;
use todo_agent::{
    adapters::cluster::{Cluster, Connect, Target},
    domain::{event::Event, failure::Failure, ports::record::Record},
};
use tower::{BoxError, Service};

/// Keeps what the gate recorded, one line each.
#[derive(Default)]
pub struct Notes {
    lines: Mutex<Vec<String>>,
}

impl Notes {
    pub fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Record for Notes {
    fn record(&self, event: Event) -> Result<(), Failure> {
        let line = match event {
            Event::Called { call, risk, granted } => format!("{} {risk:?} dry_run={} passed={granted}", call.summary(), call.dry_run),
            Event::Replied { summary, status, .. } => format!("{status} {summary}"),
            other => format!("{other:?}"),
        };
        self.lines.lock().unwrap().push(line);
        Ok(())
    }
}

/// A cluster behind a service, named as if a kubeconfig had named it.
pub fn over<S, F>(service: S, notes: &Arc<Notes>) -> Cluster
where
    S: Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future = F> + Send + 'static,
    F: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
{
    let connect = Connect::from_env("/nonexistent".into(), notes.clone());
    let target = Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo");
    Cluster::over(service, target, &connect)
}

/// Says the same to everybody.
pub fn answering(
    code: u16,
    body: String,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future = Answer> + Send {
    tower::service_fn(move |_: Request<Body>| {
        let body = body.clone();
        Box::pin(async move { Ok(json_answer(code, body)) }) as Answer
    })
}

pub type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

pub fn json_answer(code: u16, body: String) -> Response<Body> {
    Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap()
}
