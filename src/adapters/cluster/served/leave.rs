//! Calls that pass by somebody's leave and not by what they would change: secrets, and ways to where programs run.

use std::sync::Arc;

use http::{Response, header, request::Parts};
use hyper::body::{Bytes, Incoming};
use kube::client::Body;
use serde_json::Value;

use super::{
    Policy,
    asked::Asked,
    body::whole,
    change::Change,
    door::{Door, Sending},
    policy::hold,
    wire::Wire,
};
use crate::domain::{
    held::{HeldCall, Verdict},
    risk::Risk,
};

/// The largest body that somebody can be shown and still read.
pub(super) const MOST_SHOWN: usize = 64 * 1024;

pub(super) const UNREADABLE: &str = "what is in its body cannot be read, so nobody can say yes to it";
pub(super) const TOO_LONG: &str = "its body is too long to be shown, so nobody can say yes to it";

impl Door {
    /// Secrets, and the reads of a user's own program as somebody else.
    pub(super) async fn read_with_leave(self: &Arc<Self>, sending: Sending<'_>, body: Incoming) -> Response<Wire> {
        let asked = sending.asked;
        let bytes = match self.read(asked, body).await {
            Ok(bytes) => bytes,
            Err(refused) => return refused,
        };
        match &self.policy {
            Policy::Pass { allow } | Policy::Preview { allow } => match self.missing(asked, allow) {
                None => self.pass(sending, Body::from(bytes)).await,
                Some(refused) => refused,
            },
            // What is there is told, and not what is in it. A token is nothing else than its value.
            Policy::Hold { .. } if matches!(asked.call.verb.as_str(), "get" | "list") => self.pass_hidden(asked, sending.parts).await,
            Policy::Hold { .. } => self.ask_and_pass(sending, bytes).await,
        }
    }

    pub(super) async fn run_code(self: &Arc<Self>, sending: Sending<'_>, body: Incoming) -> Response<Wire> {
        let asked = sending.asked;
        match &self.policy {
            Policy::Pass { allow } => {
                if let Some(refused) = self.missing(asked, allow) {
                    return refused;
                }
                // What goes through a proxy may be of any size; nothing of it is judged.
                let body = match asked.call.subresource.as_str() {
                    "proxy" => self.streams.of(body).await,
                    _ => match whole(body).await {
                        Ok(bytes) => Body::from(bytes),
                        Err(refused) => return refused,
                    },
                };
                self.pass(sending, body).await
            }
            Policy::Preview { .. } => self.refuse(asked, "a preview runs nothing"),
            Policy::Hold { .. } => match whole(body).await {
                Ok(bytes) => self.ask_and_pass(sending, bytes).await,
                Err(refused) => refused,
            },
        }
    }

    /// Sends it on when somebody says yes to it, as they saw it.
    async fn ask_and_pass(self: &Arc<Self>, sending: Sending<'_>, bytes: Bytes) -> Response<Wire> {
        let Sending { asked, parts, upgrade } = sending;
        let Policy::Hold { waiting, .. } = &self.policy else {
            return self.refuse(asked, "nobody approved it");
        };
        let (parts, bytes, body) = match shown(asked, parts, bytes) {
            Ok(shown) => shown,
            Err(why) => return self.refuse(asked, why),
        };
        let held = HeldCall {
            call: asked.call.clone(),
            risk: asked.risk,
            object: None,
            diff: Vec::new(),
            request: asked.as_sent(&parts, body),
            command: asked.command(),
            why: why(asked, &parts),
        };
        let sending = Sending {
            asked,
            parts: &parts,
            upgrade,
        };
        match hold(waiting, held).await {
            Verdict::Pass => self.pass(sending, Body::from(bytes)).await,
            Verdict::Refuse { reason } => self.refuse(asked, &reason),
        }
    }
}

/// What is sent, and what of it can be shown; of what is read here the reading is sent.
fn shown(asked: &Asked, parts: &Parts, bytes: Bytes) -> Result<(Parts, Bytes, Option<Value>), &'static str> {
    if bytes.is_empty() {
        return Ok((parts.clone(), bytes, None));
    }
    if bytes.len() > MOST_SHOWN {
        return Err(TOO_LONG);
    }
    if asked.call.subresource == "proxy" {
        // Whoever is behind it reads it in their own way: it is shown to the letter, or not sent.
        let encoded = parts.headers.contains_key(header::CONTENT_ENCODING);
        let text = std::str::from_utf8(&bytes).ok().filter(|_| !encoded).map(Value::from);
        let text = text.ok_or(UNREADABLE)?;
        return Ok((parts.clone(), bytes, Some(text)));
    }
    let mut change = Change::of(asked, parts, bytes);
    let body = change.body.clone().ok_or(UNREADABLE)?;
    change.rewrite(&body);
    Ok((change.parts_as_sent(), change.bytes, Some(body)))
}

fn why(asked: &Asked, parts: &Parts) -> String {
    match asked.risk {
        Risk::RunCode if asked.call.subresource == "portforward" => ports(asked, parts),
        Risk::RunCode => "it would run a program, or open a way to one".to_owned(),
        Risk::SecretRead => "it reads a secret".to_owned(),
        _ => "it is not known what this call does".to_owned(),
    }
}

/// Only the oldest way names its ports beforehand; in the others they are named inside of the tunnel.
fn ports(asked: &Asked, parts: &Parts) -> String {
    let named = asked.values("ports");
    let protocols = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let tunnels = protocols
        .iter()
        .any(|protocol| !protocol.as_bytes().to_ascii_lowercase().ends_with(b"channel.k8s.io"));
    let by_channel = protocols.iter().next().is_some() && !tunnels;
    match named.is_empty() || !by_channel {
        true => "it would open a way to every port of the pod".to_owned(),
        false => format!("it would open a way to port {} of the pod", named.join(", ")),
    }
}
