//! A grant for as long as its change may be sent, and whether a request stays within it.

use json_patch::PatchOperation;
use serde_json::Value;

use crate::domain::{
    field::{FieldChange, FieldPath, difference},
    grant::Grant,
    risk::Call,
};

/// An approved change and the state of the object that it was approved for.
#[derive(Clone, Debug)]
pub struct Permit {
    pub grant: Grant,
    /// With uid and resourceVersion: a request must hold the server to this very state, so that what its patch does can
    /// be told from here.
    pub before: Value,
}

impl Permit {
    pub(super) fn is_for(&self, call: &Call) -> bool {
        let Grant {
            object, subresource, verb, ..
        } = &self.grant;
        call.group == object.kind.group
            && call.version == object.kind.version
            && call.resource == object.kind.plural
            && place(call) == object.namespace.as_deref()
            && match verb.as_str() {
                // Its name stands in the body.
                "create" => call.name.is_none(),
                _ => call.name.as_deref() == Some(object.name.as_str()),
            }
            && call.subresource == *subresource
            && call.verb == *verb
    }

    /// Whether a body of this content type does nothing but what was granted.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn covers(&self, content_type: &str, query: &str, body: &[u8]) -> Result<(), String> {
        match self.grant.verb.as_str() {
            "get" => return self.opens_what_was_approved(query, body),
            "create" => return self.makes_what_was_approved(content_type, body),
            "patch" if self.grant.body.is_some() => return self.applies_what_was_approved(content_type, body),
            "delete" => return self.takes_away_what_was_approved(content_type, body),
            _ => {}
        }
        if content_type != "application/json-patch+json" {
            return Err(format!(
                "a body of type \"{content_type}\" cannot be compared with what was approved"
            ));
        }
        let patch: Vec<PatchOperation> = serde_json::from_slice(body).map_err(|error| format!("its patch cannot be read: {error}"))?;
        self.holds_the_server_to_the_state(&patch)?;
        for operation in &patch {
            if let Some(pointer) = hidden(operation) {
                return Err(format!("it writes {pointer}, which is the server's own"));
            }
        }
        let mut after = self.before.clone();
        json_patch::patch(&mut after, &patch).map_err(|error| format!("its patch does not fit the object: {error}"))?;
        let beyond: Vec<String> = difference(&self.before, &after)
            .into_iter()
            .filter(|change| !within(&self.grant.fields, change))
            .map(|change| change.field.to_string())
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        Err(format!("it would also set {}, which was not approved so", beyond.join(", ")))
    }

    /// The one port that was approved, and nothing sent along.
    fn opens_what_was_approved(&self, query: &str, body: &[u8]) -> Result<(), String> {
        let asked: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        let approved = self
            .grant
            .body
            .as_ref()
            .and_then(|body| body.pointer("/ports/0"))
            .and_then(Value::as_u64);
        let is_port = approved.is_some_and(|port| asked == [format!("ports={port}")]);
        if self.grant.subresource == TUNNEL && is_port && body.is_empty() {
            return Ok(());
        }
        Err("it would open another way than the one that was approved".to_owned())
    }

    /// The very object that was shown, to the letter.
    fn makes_what_was_approved(&self, content_type: &str, body: &[u8]) -> Result<(), String> {
        let sent = whole(content_type, body)?;
        match &self.grant.body {
            Some(approved) if *approved == sent => Ok(()),
            _ => Err("it would make another object than the one that was approved".to_owned()),
        }
    }

    /// The very fields that were shown. The state of the object that they are meant for may stand beside them.
    fn applies_what_was_approved(&self, content_type: &str, body: &[u8]) -> Result<(), String> {
        if content_type != APPLY {
            return Err(format!(
                "a body of type \"{content_type}\" cannot be compared with what was approved"
            ));
        }
        let mut sent = whole("application/json", body)?;
        let version = sent.pointer("/metadata/resourceVersion").cloned();
        let uid = match sent.get_mut("metadata").and_then(Value::as_object_mut) {
            Some(metadata) => {
                metadata.shift_remove("resourceVersion");
                metadata.shift_remove("uid")
            }
            None => None,
        };
        // An object that is there is meant by its uid.
        let meant = self.grant.object.uid.as_ref().is_none_or(|meant| {
            uid == Some(Value::String(meant.clone())) && version.as_ref() == self.before.pointer("/metadata/resourceVersion")
        });
        match &self.grant.body {
            Some(approved) if *approved == sent && meant => Ok(()),
            _ => Err("it would apply something else than what was approved".to_owned()),
        }
    }

    /// This very object, and its dependents after it. An option that is not known may mean more.
    fn takes_away_what_was_approved(&self, content_type: &str, body: &[u8]) -> Result<(), String> {
        let sent = whole(content_type, body)?;
        let uid = self.grant.object.uid.as_deref().filter(|uid| !uid.is_empty());
        let approved = serde_json::json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": uid},
            "propagationPolicy": "Background",
        });
        if uid.is_some() && sent == approved {
            return Ok(());
        }
        Err("it does not name the very object that was approved, or asks for more".to_owned())
    }

    fn holds_the_server_to_the_state(&self, patch: &[PatchOperation]) -> Result<(), String> {
        let known = |pointer: &str| self.before.pointer(pointer).filter(|value| value.is_string());
        let uid = known("/metadata/uid").filter(|uid| self.grant.object.uid.as_deref() == uid.as_str());
        let names_uid = patch
            .iter()
            .any(|operation| matches!(operation, PatchOperation::Test(test) if test.path == *"/metadata/uid" && Some(&test.value) == uid));
        if !names_uid {
            return Err("it does not name the very object that was approved".to_owned());
        }
        let version = known("/metadata/resourceVersion");
        let names_version = patch.iter().any(|operation| match operation {
            PatchOperation::Test(test) => test.path == *"/metadata/resourceVersion" && Some(&test.value) == version,
            PatchOperation::Replace(replace) => replace.path == *"/metadata/resourceVersion" && Some(&replace.value) == version,
            _ => false,
        });
        if !names_version {
            return Err("it does not name the state of the object that was approved".to_owned());
        }
        Ok(())
    }
}

/// The namespace that a call is made in. A namespace itself is in none.
fn place(call: &Call) -> Option<&str> {
    let is_one = call.group.is_empty() && call.resource == "namespaces";
    call.namespace.as_deref().filter(|_| !is_one)
}

const TUNNEL: &str = "portforward";

/// A call that opens a port of a pod: the only one that becomes something else than HTTP.
pub(super) fn is_tunnel(call: &Call) -> bool {
    call.group.is_empty() && call.resource == "pods" && call.subresource == TUNNEL && call.verb == "get"
}

/// Server-side apply. JSON is YAML.
const APPLY: &str = "application/apply-patch+yaml";

fn whole(content_type: &str, body: &[u8]) -> Result<Value, String> {
    if content_type != "application/json" {
        return Err(format!(
            "a body of type \"{content_type}\" cannot be compared with what was approved"
        ));
    }
    serde_json::from_slice(body).map_err(|error| format!("its body cannot be read: {error}"))
}

/// The pointer that an operation writes, when a difference of objects would not show it.
fn hidden(operation: &PatchOperation) -> Option<String> {
    let pointer = match operation {
        PatchOperation::Test(_) => return None,
        PatchOperation::Add(add) => &add.path,
        PatchOperation::Replace(replace) => &replace.path,
        PatchOperation::Remove(remove) => &remove.path,
        // Nothing of ours moves or copies; what they leave behind would need a look of its own.
        PatchOperation::Move(moved) => return Some(moved.path.to_string()),
        PatchOperation::Copy(copy) => return Some(copy.path.to_string()),
    }
    .to_string();
    // The guard itself, or the whole metadata, which the difference shows.
    if matches!(operation, PatchOperation::Replace(_)) && pointer == "/metadata/resourceVersion" {
        return None;
    }
    let server = [
        "/status",
        "/metadata/resourceVersion",
        "/metadata/generation",
        "/metadata/managedFields",
    ];
    let whole = pointer.is_empty() || pointer == "/metadata";
    let below = server
        .iter()
        .any(|path| pointer == *path || pointer.starts_with(&format!("{path}/")));
    (whole || below).then_some(pointer)
}

/// Whether the change of one field lies within what was granted: the field with that value, or a part of a larger value
/// that was granted as a whole.
pub(in crate::adapters::cluster) fn within(granted: &[FieldChange], change: &FieldChange) -> bool {
    let covered = granted.iter().any(|grant| {
        change.field.within(&grant.field) && {
            let rest = FieldPath(change.field.0.iter().skip(grant.field.0.len()).cloned().collect());
            let given = grant.after.as_ref().and_then(|after| rest.find(after));
            match (&change.after, given) {
                (Some(wanted), Some(given)) => contains(given, wanted),
                (None, None) => true,
                _ => false,
            }
        }
    });
    if covered {
        return true;
    }
    // A parent that is new as a whole: each of its members may be granted.
    match (&change.before, &change.after) {
        (None, Some(Value::Object(members))) if !members.is_empty() => members.iter().all(|(key, value)| {
            let member = FieldChange {
                field: change.field.clone().key(key),
                before: None,
                after: Some(value.clone()),
            };
            within(granted, &member)
        }),
        _ => false,
    }
}

/// What was granted may hold more than what is sent: the server's defaults.
fn contains(granted: &Value, sent: &Value) -> bool {
    match (granted, sent) {
        (Value::Object(granted), Value::Object(sent)) => sent
            .iter()
            .all(|(key, value)| granted.get(key).is_some_and(|given| contains(given, value))),
        (Value::Array(granted), Value::Array(sent)) => {
            granted.len() == sent.len() && granted.iter().zip(sent).all(|(granted, sent)| contains(granted, sent))
        }
        (granted, sent) => granted == sent,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(field: FieldPath, after: Option<Value>) -> FieldChange {
        FieldChange {
            field,
            before: None,
            after,
        }
    }

    #[test]
    fn a_way_into_a_pod_is_for_one_port_of_one_pod() {
        let pod = crate::domain::object::ObjectRef {
            kind: crate::domain::kind::Kind::pod(),
            namespace: Some("todo".to_owned()),
            name: "a".to_owned(),
            uid: Some("1".to_owned()),
        };
        let grant = Grant {
            object: pod,
            subresource: TUNNEL.to_owned(),
            verb: "get".to_owned(),
            fields: Vec::new(),
            body: Some(json!({"ports": [80]})),
        };
        let permit = Permit {
            grant,
            before: Value::Null,
        };
        let passes = |method: &str, path: &str, query: &str, body: &[u8]| {
            permit.is_for(&Call::parse(method, path, query)) && permit.covers("", query, body).is_ok()
        };
        let path = "/api/v1/namespaces/todo/pods/a/portforward";
        assert!(passes("GET", path, "&ports=80", b""));
        assert!(passes("GET", path, "ports=80", b""));
        for (method, path, query, body) in [
            ("GET", path, "ports=81", &b""[..]),
            ("GET", path, "ports=80&ports=81", b""),
            ("GET", path, "", b""),
            ("GET", path, "ports=80", b"x"),
            ("POST", path, "ports=80", b""),
            ("GET", "/api/v1/namespaces/todo/pods/b/portforward", "ports=80", b""),
            ("GET", "/api/v1/namespaces/shop/pods/a/portforward", "ports=80", b""),
            ("GET", "/api/v1/namespaces/todo/pods/a/exec", "ports=80", b""),
            ("GET", "/api/v1/namespaces/todo/services/a/portforward", "ports=80", b""),
        ] {
            assert!(!passes(method, path, query, body), "{method} {path}?{query}");
        }
    }

    #[test]
    fn a_change_lies_within_what_was_granted_as_a_whole_or_in_parts() {
        let env = FieldPath::keys(&["spec", "env"]);
        let annotations = FieldPath::keys(&["metadata", "annotations"]);
        let granted = [
            // The server added `apiVersion` to what was sent.
            change(
                env.clone(),
                Some(json!([{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "x"}}}])),
            ),
            change(annotations.clone().key("a"), Some(json!("1"))),
            change(annotations.clone().key("old"), None),
        ];
        let cases = [
            (
                change(
                    env.clone(),
                    Some(json!([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}])),
                ),
                true,
            ),
            (
                change(
                    env.clone(),
                    Some(json!([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "y"}}}])),
                ),
                false,
            ),
            (change(env.clone(), Some(json!([{"name": "A"}, {"name": "B"}]))), false),
            (change(env, None), false),
            // All annotations went away meanwhile: what is left to add was granted one by one.
            (change(annotations.clone(), Some(json!({"a": "1"}))), true),
            (change(annotations.clone(), Some(json!({"a": "1", "b": "2"}))), false),
            (change(annotations.clone().key("a"), Some(json!("2"))), false),
            (change(annotations.clone().key("old"), None), true),
            (change(annotations, None), false),
        ];
        for (change, expected) in cases {
            assert_eq!(within(&granted, &change), expected, "{change:?}");
        }
    }
}
