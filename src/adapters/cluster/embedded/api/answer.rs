//! Answers on their way out: status, headers, body.

use http::{Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use serde_json::Value;

use super::accept::{Accept, Encoding};
use super::refusal::Refusal;

/// Body of an answer: one piece, or a stream that ends when the caller drops it.
pub type Wire = UnsyncBoxBody<Bytes, tower::BoxError>;

pub enum Reply {
    /// An object, list or table, with warnings for the caller.
    Object(u16, Value, Vec<String>),
    Bytes {
        content_type: &'static str,
        headers: Vec<(header::HeaderName, String)>,
        bytes: Bytes,
    },
    Stream {
        content_type: &'static str,
        body: Wire,
    },
}

impl Reply {
    pub const fn object(value: Value) -> Self {
        Self::Object(200, value, Vec::new())
    }

    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::Bytes {
            content_type: "text/plain; charset=utf-8",
            headers: Vec::new(),
            bytes: text.into(),
        }
    }

    pub fn into_response(self, accept: Accept) -> Response<Wire> {
        match self {
            Self::Object(code, value, warnings) => object(code, &value, &warnings, accept),
            Self::Bytes {
                content_type,
                headers,
                bytes,
            } => {
                let mut response = whole(200, content_type, bytes);
                for (name, value) in headers {
                    if let Ok(value) = value.parse() {
                        response.headers_mut().append(name, value);
                    }
                }
                response
            }
            Self::Stream { content_type, body } => finished(200, content_type, body),
        }
    }
}

/// A refusal as a `Status`.
pub fn refused(refusal: &Refusal, accept: Accept) -> Response<Wire> {
    object(refusal.code, &refusal.status(), &[], accept)
}

fn object(code: u16, value: &Value, warnings: &[String], accept: Accept) -> Response<Wire> {
    let mut response = match accept.encoding {
        Encoding::Yaml => whole(code, "application/yaml", serde_saphyr::to_string(value).unwrap_or_default().into()),
        Encoding::Json => {
            let mut text = value.to_string();
            text.push('\n');
            whole(code, "application/json", text.into())
        }
    };
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = format!("299 - \"{quoted}\"").parse() {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
}

fn whole(code: u16, content_type: &'static str, bytes: Bytes) -> Response<Wire> {
    finished(code, content_type, Full::new(bytes).map_err(|never| match never {}).boxed_unsync())
}

fn finished(code: u16, content_type: &'static str, body: Wire) -> Response<Wire> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
