//! A change that is only tried, beside the object as it is.

use http::{Method, StatusCode, request::Parts};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{
    asked::Asked,
    attempt::Attempt,
    change::{Change, only_tried},
    door::Door,
    pin,
};
use crate::domain::risk::Call;

/// How often is looked again when somebody wrote between the look and the try.
const LOOKS: u32 = 4;

/// The object before, and what would become of it.
type Tried = (Option<Value>, Value);

impl Door {
    /// With a body that holds for the state alone that was looked at.
    pub(super) async fn tried_on_one_state(&self, change: &mut Change<'_>) -> Result<Tried, Attempt> {
        let before = self.look(change.asked, change.parts).await?;
        let read = change
            .body
            .clone()
            .ok_or_else(|| Attempt::Unknown("its body cannot be read".to_owned()))?;
        let body = match &before {
            Some(before) => pin::pinned(&change.asked.call.verb, &read, before),
            None => Some(read),
        };
        let body = body.ok_or_else(|| Attempt::Unknown("what is in its body cannot be held to one state of the object".to_owned()))?;
        change.rewrite(&body);
        let after = self.try_out(change).await?;
        Ok((before, after))
    }

    /// As its caller wrote it. What somebody else did between the look and the try would be taken for the change's own.
    pub(super) async fn tried_as_it_is(&self, change: &Change<'_>) -> Result<Tried, Attempt> {
        let mut looks = 0;
        loop {
            looks += 1;
            let before = self.look(change.asked, change.parts).await?;
            let after = self.try_out(change).await?;
            // A try leaves the version as it found it.
            let of_one_state = before.as_ref().is_none_or(|before| version(before) == version(&after));
            if of_one_state {
                return Ok((before, after));
            }
            if looks == LOOKS {
                return Err(Attempt::Unknown("somebody else changes it again and again".to_owned()));
            }
        }
    }

    /// The object, or the subresource of it, as it is; `None` where it is not there.
    pub(super) async fn look(&self, asked: &Asked, parts: &Parts) -> Result<Option<Value>, Attempt> {
        let found = self
            .ask(Method::GET, parts.uri.path(), None, Bytes::new())
            .await
            .map_err(Attempt::Refused)?;
        match found.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                let mut value = found
                    .json()
                    .ok_or_else(|| Attempt::Unknown("the object as it is cannot be read".to_owned()))?;
                count(&mut value, &asked.call);
                Ok(Some(value))
            }
            _ => Err(Attempt::Unknown(format!(
                "the object as it is may not be read ({})",
                found.status.as_u16()
            ))),
        }
    }

    /// What the server says that would be.
    pub(super) async fn try_out(&self, change: &Change<'_>) -> Result<Value, Attempt> {
        let Change { asked, parts, bytes, .. } = change;
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mark = if parts.uri.query().is_some_and(|query| !query.is_empty()) {
            "&"
        } else {
            "?"
        };
        let path = match asked.call.dry_run {
            true => path.to_owned(),
            false => format!("{}{mark}dryRun=All", path.trim_end_matches('?')),
        };
        if !Call::parse(parts.method.as_str(), parts.uri.path(), path.split_once('?').unwrap_or_default().1).dry_run {
            return Err(Attempt::Unknown("its query leaves no room for a try".to_owned()));
        }
        let deletes = asked.call.verb.starts_with("delete");
        let bytes = match deletes && !bytes.is_empty() {
            // Options that cannot be read: without any, the request line counts.
            true => only_tried(bytes).unwrap_or_default(),
            false => bytes.clone(),
        };
        let answer = self
            .ask(
                parts.method.clone(),
                &path,
                Some(change.content_type.as_str()).filter(|_| !bytes.is_empty()),
                bytes,
            )
            .await
            .map_err(Attempt::Refused)?;
        if answer.status.is_success() {
            let mut after = answer
                .json()
                .ok_or_else(|| Attempt::Unknown("what the server would make of it cannot be read".to_owned()))?;
            count(&mut after, &asked.call);
            return Ok(after);
        }
        let said = String::from_utf8_lossy(&answer.bytes).to_lowercase();
        if answer.status == StatusCode::BAD_REQUEST && (said.contains("dry run") || said.contains("dryrun")) {
            return Err(Attempt::Unknown(
                "something on the server that is asked about it cannot be asked for a try".to_owned(),
            ));
        }
        Err(Attempt::Refused(answer.told()))
    }
}

fn version(object: &Value) -> Option<&Value> {
    object.pointer("/metadata/resourceVersion")
}

/// A scale of no replicas leaves the number out.
fn count(value: &mut Value, call: &Call) {
    if call.subresource == "scale"
        && let Some(object) = value.as_object_mut()
        && let Some(spec) = object.entry("spec").or_insert_with(|| json!({})).as_object_mut()
    {
        spec.entry("replicas").or_insert_with(|| json!(0));
    }
}
