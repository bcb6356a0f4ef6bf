//! A change as it was asked for.

use http::{header::CONTENT_TYPE, request::Parts};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{
    asked::Asked,
    leave::{MOST_SHOWN, TOO_LONG, UNREADABLE},
    pin,
};
use crate::domain::untried::all_said;

/// A change as it was asked for, with the body that would be sent.
pub(super) struct Change<'a> {
    pub asked: &'a Asked,
    pub parts: &'a Parts,
    pub bytes: Bytes,
    pub content_type: String,
    /// What the body says, where it can be read.
    pub body: Option<Value>,
}

impl Change<'_> {
    pub(super) fn of<'a>(asked: &'a Asked, parts: &'a Parts, bytes: Bytes) -> Change<'a> {
        let content_type = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Change {
            body: pin::read(content_type, &bytes),
            content_type: content_type.to_owned(),
            asked,
            parts,
            bytes,
        }
    }

    /// With the type of the body that is sent.
    pub(super) fn parts_as_sent(&self) -> Parts {
        let mut parts = self.parts.clone();
        if let Ok(value) = http::HeaderValue::from_str(&self.content_type)
            && !self.bytes.is_empty()
        {
            parts.headers.insert(CONTENT_TYPE, value);
        }
        parts
    }

    /// What its words are known to do without a try.
    pub(super) fn all_said(&self) -> Option<&Value> {
        all_said(&self.asked.call, pin::media(&self.content_type), self.body.as_ref())
    }

    /// From here on its body is this, written by us: what is tried, shown and sent is one reading of it.
    pub(super) fn rewrite(&mut self, body: &Value) {
        self.bytes = serde_json::to_vec(body).unwrap_or_default().into();
        self.content_type = pin::media_again(&self.content_type).to_owned();
    }

    /// What was judged is what is sent: two readers of one body may find two things in it, such as a key that is merged into it.
    pub(super) fn only_tries(&mut self) {
        if self.evicts()
            && let Some(eviction) = self.body.clone()
        {
            return self.rewrite(&eviction);
        }
        let options = self.body.clone().filter(|_| self.asked.call.verb.starts_with("delete"));
        if let Some(options) = options.and_then(dry) {
            self.rewrite(&options);
        }
    }

    /// It would show more of a Secret than its keys: a value copied to where it is no secret any more, or guessed. Whether a try changes
    /// anything, and whether an apply is in conflict with what is there, tells a right guess from a wrong one.
    pub(super) fn moves_secrets(&self) -> bool {
        let sets = matches!(self.asked.call.verb.as_str(), "patch" | "update");
        let guesses = sets && (self.is_a_try() || self.content_type.contains("apply-patch"));
        let operations = self.body.as_ref().and_then(Value::as_array);
        let moves = |operation: &Value| {
            let named = operation.get("op").and_then(Value::as_str);
            operation.get("from").is_some() || !matches!(named, Some("add" | "replace" | "remove"))
        };
        self.asked.call.shows_a_secret() && (guesses || operations.is_some_and(|operations| operations.iter().any(moves)))
    }

    /// Why nobody can be asked about it where it could not be tried: it cannot be shown as it would be sent.
    pub(super) fn unseen(&self) -> Option<&'static str> {
        match &self.body {
            None if !self.bytes.is_empty() => Some(UNREADABLE),
            _ if self.asked.call.verb == "deletecollection" => Some("what would go cannot be told"),
            _ if self.bytes.len() > MOST_SHOWN => Some(TOO_LONG),
            _ => None,
        }
    }

    /// The server takes a pod away as the options of a deletion in the body say, `dryRun` among them.
    pub(super) fn evicts(&self) -> bool {
        let call = &self.asked.call;
        (
            call.verb.as_str(),
            call.group.as_str(),
            call.resource.as_str(),
            call.subresource.as_str(),
        ) == ("create", "", "pods", "eviction")
    }

    /// Only tried, as the caller wants it.
    pub(super) fn is_a_try(&self) -> bool {
        let options = self.body.as_ref().and_then(|body| body.get("dryRun"));
        match self.asked.call.verb.as_str() {
            // A server that finds options in the body does not look at the request line.
            "delete" | "deletecollection" if !self.bytes.is_empty() => options == Some(&json!(["All"])),
            _ if self.evicts() => self.body.as_ref().and_then(|body| body.pointer("/deleteOptions/dryRun")) == Some(&json!(["All"])),
            _ => self.asked.call.dry_run,
        }
    }
}

/// The options of a deletion, which then is only tried.
pub(super) fn only_tried(options: &[u8]) -> Option<Bytes> {
    let options = serde_json::from_slice(options).ok().and_then(dry)?;
    serde_json::to_vec(&options).ok().map(Bytes::from)
}

fn dry(mut options: Value) -> Option<Value> {
    options.as_object_mut()?.insert("dryRun".to_owned(), json!(["All"]));
    Some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_only_tried_are_sent_as_they_were_read() {
        let options = "kind: DeleteOptions\napiVersion: v1\ndryRun: [All]\n<<: {dryRun: []}\n";
        let request = http::Request::delete("/api/v1/namespaces/todo").header(CONTENT_TYPE, "application/yaml");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let asked = Asked::of(&parts);
        let mut change = Change::of(&asked, &parts, Bytes::from(options));
        change.only_tries();
        let sent: Value = serde_json::from_slice(&change.bytes).unwrap();
        assert_eq!(
            (change.content_type.as_str(), &sent["dryRun"], sent.get("<<")),
            ("application/json", &json!(["All"]), None)
        );
    }
}
