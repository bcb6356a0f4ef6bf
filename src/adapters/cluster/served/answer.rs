//! An answer of the server, read to its end.

use http::{Response, StatusCode, header};
use hyper::body::Bytes;
use serde_json::Value;

use super::wire::{self, Wire};

pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.bytes).ok()
    }

    /// For the caller.
    pub(super) fn told(self) -> Response<Wire> {
        let mut response = wire::inbound(Response::new(wire::whole(self.bytes)));
        *response.status_mut() = self.status;
        for name in [header::CONTENT_TYPE, header::RETRY_AFTER, header::WARNING] {
            if let Some(value) = self.headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response
    }
}
