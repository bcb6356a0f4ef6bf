//! Reading: one object, or a list of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::accept::Shape;
use super::answer::Reply;
use super::call::Call;
use super::refusal::Refusal;
use super::selector::Fields;
use super::{convert, discovery, table};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::facts::Kind;
use crate::domain::selector::Labels;

pub fn get(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let object = embedded.store().read(|view| -> Result<_, Refusal> {
        if let Some(parts) = components(&call.kind) {
            return Ok(parts.into_iter().find(|part| part["metadata"]["name"] == call.name()));
        }
        let (group, _) = call.kind.stored();
        Ok(view.get(group, &call.kind.kind, call.namespace(), call.name())?)
    })?;
    let object = object.ok_or_else(|| Refusal::not_found(&call.kind, call.name()))?;
    Ok(shaped(call, convert::served(&call.kind, object), embedded, Vec::new()))
}

/// One object in the form that was asked for.
pub fn shaped(call: &Call, object: Value, embedded: &Embedded, mut warnings: Vec<String>) -> Reply {
    warnings.extend(discovery::deprecation(&call.kind).or_else(|| discovery::warning(&call.kind)));
    Reply::Object(200, item(call, embedded, object, true), warnings)
}

/// One object of a watch, in the form that was asked for; `first` for the one that brings the columns.
pub fn item(call: &Call, embedded: &Embedded, object: Value, first: bool) -> Value {
    match call.accept.shape {
        Shape::Metadata => metadata(&object),
        Shape::Table => {
            let version = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
            table::table(call, embedded.store().now(), version, &[object], first)
        }
        _ => object,
    }
}

pub fn metadata(object: &Value) -> Value {
    let mut metadata = object["metadata"].clone();
    // Of a daemon set's own version, and not of its metadata.
    if object["kind"] == "DaemonSet"
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut)
    {
        annotations.shift_remove("deprecated.daemonset.template.generation");
        if annotations.is_empty()
            && let Some(fields) = metadata.as_object_mut()
        {
            fields.shift_remove("annotations");
        }
    }
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata })
}

/// What a list or watch is narrowed to.
#[derive(Clone, Debug)]
pub struct Selection {
    pub labels: Labels,
    pub fields: Fields,
    /// A single object, as `watch` of a named one asks.
    pub name: Option<String>,
}

impl Selection {
    pub fn read(call: &Call) -> Result<Self, Refusal> {
        Ok(Self {
            labels: Labels::read(call.query.get("labelSelector").unwrap_or_default()).map_err(Refusal::bad_request)?,
            fields: Fields::read(call.query.get("fieldSelector").unwrap_or_default(), &call.kind)?,
            name: call.address.name.clone(),
        })
    }

    pub fn matches(&self, object: &Value) -> bool {
        let named = self
            .name
            .as_deref()
            .is_none_or(|name| object.pointer("/metadata/name").and_then(Value::as_str) == Some(name));
        let label = |key: &str| object.get("metadata")?.get("labels")?.get(key)?.as_str();
        named && self.labels.matches(label) && self.fields.matches(object)
    }
}

pub fn list(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let selection = Selection::read(call)?;
    let limit = limit(call)?;
    consistent(call)?;
    let version = version(call)?.filter(|version| *version > 0);
    let after = call.query.get("continue").map(Continue::read).transpose()?;
    if after.is_some() && version.is_some() {
        return Err(Refusal::bad_request(
            "specifying resource version is not allowed when using continue",
        ));
    }
    let exact = version.filter(|_| call.query.get("resourceVersionMatch") == Some("Exact"));
    let (mut objects, rv) = embedded.store().read(|view| -> Result<_, Refusal> {
        let (group, _) = call.kind.stored();
        let namespace = call.address.namespace.as_deref();
        let now = view.rv()?;
        if let Some(parts) = components(&call.kind) {
            return Ok((parts, now));
        }
        if let Some(version) = version.filter(|version| *version > now) {
            return Err(Refusal::version_of_the_future(version, now));
        }
        // What is listed in pages is all of the first page's moment.
        let Some(at) = exact.or_else(|| after.as_ref()?.rv).filter(|at| *at < now) else {
            return Ok((view.list(group, &call.kind.kind, namespace, None)?, now));
        };
        let objects = view.list_at(at, group, &call.kind.kind, namespace)?;
        let objects = objects.ok_or_else(|| match &after {
            Some(after) => Refusal::expired(TOO_OLD_TO_CONTINUE).continued(Continue { rv: None, ..after.clone() }.text()),
            None => Refusal::expired("The resourceVersion for the provided list is too old."),
        })?;
        Ok((objects, at))
    })?;
    if let Some(after) = &after {
        objects.retain(|object| after.precedes(object));
    }
    // A page ends with the last that it holds, and there is another when anything at all comes after that.
    let (mut more, mut remaining) = (false, 0);
    if limit > 0 {
        let mut held = 0;
        let end = objects.iter().position(|object| {
            held += usize::from(selection.matches(&convert::served(&call.kind, object.clone())));
            held == limit
        });
        if let Some(end) = end.map(|end| end + 1) {
            more = end < objects.len();
            remaining = objects.len() - end;
            objects.truncate(end);
        }
    }
    let items: Vec<Value> = objects
        .into_iter()
        .map(|object| convert::served(&call.kind, object))
        .filter(|object| selection.matches(object))
        .collect();
    // `kubectl get all` asks for kinds that nobody here has: no need to warn of them.
    let items_were_empty = items.is_empty();
    let mut list_metadata = json!({ "resourceVersion": rv.to_string() });
    if more {
        if let Some(last) = items.last() {
            list_metadata["continue"] = Continue::after(last, rv).text().into();
        }
        // The real server does not count what a selector leaves out.
        if call.query.get("labelSelector").is_none() && call.query.get("fieldSelector").is_none() {
            list_metadata["remainingItemCount"] = remaining.into();
        }
    }
    let value = match call.accept.shape {
        Shape::Metadata => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": list_metadata,
            "items": items.iter().map(metadata).collect::<Vec<_>>(),
        }),
        Shape::Table => table::table(call, embedded.store().now(), list_metadata, &items, true),
        _ => whole(&call.kind, list_metadata, items),
    };
    let warning = discovery::warning(&call.kind).filter(|_| !items_were_empty);
    let warning = discovery::deprecation(&call.kind).or(warning);
    Ok(Reply::Object(200, value, warning.into_iter().collect()))
}

/// The parts of a control plane, of which it says itself that they are well; nobody stores them.
fn components(kind: &Kind) -> Option<Vec<Value>> {
    if kind.kind != "ComponentStatus" || kind.custom.is_some() {
        return None;
    }
    let part = |name: &str| {
        let well = json!({ "type": "Healthy", "status": "True", "message": "ok" });
        json!({ "kind": kind.kind, "apiVersion": kind.api_version(), "metadata": { "name": name }, "conditions": [well] })
    };
    Some(["controller-manager", "scheduler", "etcd-0"].map(part).to_vec())
}

/// Items of a built-in list carry no kind of their own; those of a custom one do.
pub fn whole(kind: &Kind, metadata: Value, mut items: Vec<Value>) -> Value {
    if kind.custom.is_none() {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.shift_remove("kind");
            item.shift_remove("apiVersion");
        }
    }
    json!({ "kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(), "metadata": metadata, "items": items })
}

fn limit(call: &Call) -> Result<usize, Refusal> {
    let Some(text) = call.query.get("limit") else { return Ok(0) };
    let limit: i64 = text
        .parse()
        .map_err(|_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")))?;
    Ok(usize::try_from(limit).unwrap_or_default())
}

/// What is asked of a version must fit together.
fn consistent(call: &Call) -> Result<(), Refusal> {
    let refused = |field: &str, reason: &'static str, message: String| {
        let cause = super::prepare::cause(field, reason, message);
        Err(Refusal::invalid_object("meta.k8s.io", "ListOptions", "", &[cause]))
    };
    if call.query.has("sendInitialEvents") {
        return refused(
            "sendInitialEvents",
            "FieldValueForbidden",
            "Forbidden: sendInitialEvents is forbidden for list".to_owned(),
        );
    }
    let forbidden = |why: &str| refused("resourceVersionMatch", "FieldValueForbidden", format!("Forbidden: {why}"));
    match (call.query.get("resourceVersionMatch"), call.query.get("resourceVersion")) {
        (None, _) => Ok(()),
        (Some(_), None) => forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"),
        (Some("Exact"), Some("0")) => forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""),
        (Some("Exact" | "NotOlderThan"), _) if call.query.get("continue").is_some() => {
            forbidden("resourceVersionMatch is forbidden when continue is provided")
        }
        (Some("Exact" | "NotOlderThan"), _) => Ok(()),
        (Some(other), _) => refused(
            "resourceVersionMatch",
            "FieldValueNotSupported",
            format!("Unsupported value: \"{other}\": supported values: \"Exact\", \"NotOlderThan\", \"\""),
        ),
    }
}

/// The version that a list or watch starts from; 0 and none are both "any".
pub fn version(call: &Call) -> Result<Option<u64>, Refusal> {
    let Some(text) = call.query.get("resourceVersion") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Refusal::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
        ))
    })
}

/// How Go tells of bytes that do not even begin as JSON does.
fn unreadable(bytes: &[u8]) -> Option<String> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else {
        return Some("unexpected end of JSON input".to_owned());
    };
    let shown = match first {
        b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => return None,
        b' '..=b'~' | 0xa1.. => char::from(*first).to_string(),
        other => format!("\\u{other:04x}"),
    };
    Some(format!("invalid character '{shown}' looking for beginning of value"))
}

const TOO_OLD_TO_CONTINUE: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/// Where the next page begins, in the order of names.
#[derive(Clone, Debug)]
struct Continue {
    namespace: String,
    name: String,
    /// The moment of the first page; none for whoever goes on after that is no longer known.
    rv: Option<u64>,
}

impl Continue {
    fn after(object: &Value, rv: u64) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            rv: Some(rv),
        }
    }

    /// Whether an object is behind the last one that was told.
    fn precedes(&self, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        (self.namespace.as_str(), self.name.as_str()) < (text("/metadata/namespace"), text("/metadata/name"))
    }

    fn text(&self) -> String {
        let Self { namespace, name, rv } = self;
        URL_SAFE_NO_PAD.encode(json!({ "v": "meta.k8s.io/v1", "rv": rv, "start": [namespace, name] }).to_string())
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let wrong = |why: String| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|error| wrong(error.to_string()))?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| wrong(unreadable(&bytes).unwrap_or_else(|| error.to_string())))?;
        match (value.pointer("/start/0"), value.pointer("/start/1"), value.get("rv")) {
            (Some(Value::String(namespace)), Some(Value::String(name)), Some(rv)) => Ok(Self {
                namespace: namespace.clone(),
                name: name.clone(),
                rv: rv.as_u64(),
            }),
            _ => Err(wrong("it names no start".to_owned())),
        }
    }
}
