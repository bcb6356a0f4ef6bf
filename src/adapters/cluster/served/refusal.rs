//! Answers that come from the gate itself, in the form in which an API server says no.

use http::{Response, StatusCode, header::CONTENT_TYPE};
use hyper::body::Bytes;
use serde_json::json;

use super::wire::{Wire, whole};
use crate::domain::risk::Call;

/// A `Status` of the API, which kubectl and every client library show in words.
pub(super) fn status(code: u16, reason: &str, message: &str) -> Response<Wire> {
    let status = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    });
    let bytes = serde_json::to_vec(&status).unwrap_or_default();
    let mut response = Response::new(whole(Bytes::from(bytes)));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::FORBIDDEN);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

pub(super) fn forbidden(message: &str) -> Response<Wire> {
    status(403, "Forbidden", message)
}

/// As an API server says it to who has no credentials.
pub(super) fn unauthorized() -> Response<Wire> {
    status(401, "Unauthorized", "Unauthorized")
}

pub(super) fn bad_request(message: &str) -> Response<Wire> {
    status(400, "BadRequest", message)
}

pub(super) fn too_large() -> Response<Wire> {
    let message = format!("Request entity too large: limit is {}", super::body::LARGEST);
    status(413, "RequestEntityTooLarge", &message)
}

/// As an API server says that there is none of this name.
pub(super) fn not_found(call: &Call, name: &str) -> Response<Wire> {
    status(404, "NotFound", &format!("{} \"{name}\" not found", qualified(call)))
}

/// `deployments.apps`.
pub(super) fn qualified(call: &Call) -> String {
    if call.group.is_empty() {
        call.resource.clone()
    } else {
        format!("{}.{}", call.resource, call.group)
    }
}
