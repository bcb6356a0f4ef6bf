//! On to the server: with what is shown to it, and an end to the wait for its answer.

use std::io;

use http::{Request, Response, header::UPGRADE, request::Parts};
use kube::client::Body;
use tower::BoxError;

use super::{
    asked::Asked,
    door::Door,
    wire::{self, Wire},
};
use crate::{adapters::cluster::transport::Company, domain::risk::Call};

/// What an API server itself gives all the time that it takes (`longRunningFunc` of k8s.io/apiserver), without watches, which begin at
/// once: a log begins with its first line, and what is behind a proxy when it likes.
const BEGIN_LATE: [&str; 5] = ["attach", "exec", "log", "portforward", "proxy"];

impl Door {
    /// The time of a login is no silence of the server.
    pub(super) async fn onward(&self, call: &Call, request: Request<Body>) -> Result<Response<Wire>, BoxError> {
        let gate = self.cluster.gate();
        let begins_late = BEGIN_LATE.contains(&call.subresource.as_str()) || request.headers().contains_key(UPGRADE);
        let answer = gate.send(gate.ready(request).await?);
        if begins_late {
            return answer.await;
        }
        let in_time = tokio::time::timeout(self.cluster.inner.limits.passed, answer).await;
        in_time.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time").into()))
    }
}

/// The same request, with the company that its answer has on the way.
pub(super) fn towards(asked: &Asked, parts: &Parts, upgrades: bool, body: Body) -> Request<Body> {
    let mut request = wire::outbound(parts, upgrades, body);
    if asked.lasts() {
        request.extensions_mut().insert(Company::Lasting);
    }
    request
}
