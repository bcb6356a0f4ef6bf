//! Bodies in protobuf, which newer kubectl versions send. Answers are never in protobuf: those clients take JSON too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::adapters::cluster::embedded::facts::schema;
use crate::adapters::cluster::embedded::facts::wire::{self, Field, Kind, Many};

pub const CONTENT_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// Reads an object: the magic number, then an envelope with version and kind, then the message.
///
/// # Errors
/// What is wrong with the bytes.
pub fn read(bytes: &[u8]) -> Result<Value, String> {
    let envelope = bytes
        .strip_prefix(b"k8s\0")
        .ok_or("the body does not begin as Kubernetes' protobuf does")?;
    let (mut type_meta, mut raw, mut inner) = (&[][..], &[][..], &[][..]);
    for part in Parts(envelope) {
        match part? {
            (1, Part::Bytes(bytes)) => type_meta = bytes,
            (2, Part::Bytes(bytes)) => raw = bytes,
            (4, Part::Bytes(bytes)) => inner = bytes,
            _ => {}
        }
    }
    if inner == b"application/json" {
        return serde_json::from_slice(raw).map_err(|error| error.to_string());
    }
    let (mut api_version, mut kind) = (String::new(), String::new());
    for part in Parts(type_meta) {
        match part? {
            (1, Part::Bytes(bytes)) => api_version = text(bytes),
            (2, Part::Bytes(bytes)) => kind = text(bytes),
            _ => {}
        }
    }
    let message = message_of(&api_version, &kind).ok_or_else(|| format!("no kind \"{kind}\" is known in version \"{api_version}\""))?;
    let mut object = json!({ "kind": kind, "apiVersion": api_version });
    if let (Value::Object(fields), Some(object)) = (message_value(&message, raw, 0)?, object.as_object_mut()) {
        object.extend(fields);
    }
    Ok(object)
}

fn message_of(api_version: &str, kind: &str) -> Option<String> {
    if kind == "DeleteOptions" {
        return Some("meta.v1.DeleteOptions".to_owned());
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match schema::named(group, version, kind)? {
        schema::Shape::Type(name) if wire::knows(&name) => Some(name),
        _ => None,
    }
}

/// Deeper than any object: a body made to exhaust the stack ends here.
const DEEPEST: usize = 64;

fn message_value(message: &str, bytes: &[u8], depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("the object is nested too deeply".to_owned());
    }
    if let Some(value) = special(message, bytes)? {
        return Ok(value);
    }
    let mut object = Map::new();
    for part in Parts(bytes) {
        let (number, part) = part?;
        let Some(field) = wire::field(message, number) else { continue };
        add(&mut object, &field, part, depth)?;
    }
    Ok(Value::Object(object))
}

fn add(object: &mut Map<String, Value>, field: &Field, part: Part<'_>, depth: usize) -> Result<(), String> {
    match field.many {
        Many::One => {
            let value = scalar(&field.kind, part, depth)?;
            if field.name.is_empty() {
                if let Value::Object(inline) = value {
                    object.extend(inline);
                }
            } else if field.pointer || !zero(&value) {
                object.insert(field.name.clone(), value);
            }
        }
        Many::List => {
            let value = scalar(&field.kind, part, depth)?;
            let list = object.entry(field.name.clone()).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(value);
            }
        }
        Many::Map => {
            let Part::Bytes(entry) = part else {
                return Err("a map's entry is no message".to_owned());
            };
            let (mut key, mut value) = (String::new(), None);
            for part in Parts(entry) {
                match part? {
                    (1, Part::Bytes(bytes)) => key = text(bytes),
                    (2, part) => value = Some(scalar(&field.kind, part, depth)?),
                    _ => {}
                }
            }
            let map = object.entry(field.name.clone()).or_insert_with(|| json!({}));
            map[key] = value.unwrap_or_else(|| "".into());
        }
    }
    Ok(())
}

fn scalar(kind: &Kind, part: Part<'_>, depth: usize) -> Result<Value, String> {
    Ok(match (kind, part) {
        (Kind::Text, Part::Bytes(bytes)) => text(bytes).into(),
        (Kind::Bytes, Part::Bytes(bytes)) => STANDARD.encode(bytes).into(),
        (Kind::Integer, Part::Number(number)) => number.cast_signed().into(),
        (Kind::Bool, Part::Number(number)) => (number != 0).into(),
        (Kind::Double, Part::Number(bits)) => f64::from_bits(bits).into(),
        (Kind::Message(message), Part::Bytes(bytes)) => message_value(message, bytes, depth + 1)?,
        _ => return Err("a field has another type than its number says".to_owned()),
    })
}

fn zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Messages that are scalars in JSON.
fn special(message: &str, bytes: &[u8]) -> Result<Option<Value>, String> {
    let field = |number: u64| -> Result<Option<Part<'_>>, String> {
        for part in Parts(bytes) {
            let (found, part) = part?;
            if found == number {
                return Ok(Some(part));
            }
        }
        Ok(None)
    };
    let number = |part: Option<Part<'_>>| match part {
        Some(Part::Number(number)) => number.cast_signed(),
        _ => 0,
    };
    let string = |part: Option<Part<'_>>| match part {
        Some(Part::Bytes(bytes)) => text(bytes),
        _ => String::new(),
    };
    Ok(Some(match message {
        "k8s.io.apimachinery.pkg.api.resource.Quantity" => string(field(1)?).into(),
        "k8s.io.apimachinery.pkg.util.intstr.IntOrString" => {
            if number(field(1)?) == 1 {
                string(field(3)?).into()
            } else {
                number(field(2)?).into()
            }
        }
        "meta.v1.Time" | "meta.v1.MicroTime" => {
            // Go's zero time, which is no time.
            if bytes.is_empty() {
                return Ok(Some(Value::Null));
            }
            let nanos = i32::try_from(number(field(2)?)).unwrap_or_default();
            let time = Timestamp::new(number(field(1)?), nanos).map_err(|error| error.to_string())?;
            let format = if message == "meta.v1.Time" {
                "%Y-%m-%dT%H:%M:%SZ"
            } else {
                "%Y-%m-%dT%H:%M:%S%.6fZ"
            };
            time.strftime(format).to_string().into()
        }
        "meta.v1.FieldsV1" | "k8s.io.apimachinery.pkg.runtime.RawExtension" | "apiextensions.v1.JSON" => match field(1)? {
            Some(Part::Bytes(json)) => serde_json::from_slice(json).map_err(|error| error.to_string())?,
            _ => Value::Null,
        },
        _ => return Ok(None),
    }))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'b> {
    /// A varint, or the bits of a fixed number.
    Number(u64),
    Bytes(&'b [u8]),
}

/// The fields of a message, as they come.
struct Parts<'b>(&'b [u8]);

impl<'b> Iterator for Parts<'b> {
    type Item = Result<(u64, Part<'b>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_none() {
            self.0 = &[];
        }
        Some(part.ok_or_else(|| "the body is cut short".to_owned()))
    }
}

impl<'b> Parts<'b> {
    fn part(&mut self) -> Option<(u64, Part<'b>)> {
        let tag = self.varint()?;
        let part = match tag & 7 {
            0 => Part::Number(self.varint()?),
            1 => Part::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Part::Bytes(self.take(length)?)
            }
            5 => Part::Number(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some((tag >> 3, part))
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        out.extend(bytes);
        out
    }

    fn object(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
        let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
        [b"k8s\0".to_vec(), field(1, &meta), field(2, message)].concat()
    }

    #[test]
    fn a_deployment_reads_as_its_json_would() {
        // metadata.name, an empty creation time; spec.replicas = 0, minReadySeconds = 0, template.metadata.labels.
        let labels = field(11, &[field(1, b"app"), field(2, b"web")].concat());
        let metadata = [field(1, b"web"), field(2, b""), field(8, b"")].concat();
        let spec = [vec![1 << 3, 0], field(3, &field(1, &labels)), vec![5 << 3, 0]].concat();
        let bytes = object("apps/v1", "Deployment", &[field(1, &metadata), field(2, &spec)].concat());
        assert_eq!(
            read(&bytes),
            Ok(json!({
                "kind": "Deployment", "apiVersion": "apps/v1", "metadata": { "name": "web" },
                "spec": { "replicas": 0, "template": { "metadata": { "labels": { "app": "web" } } } },
            }))
        );
    }

    #[test]
    fn a_body_cut_short_is_told() {
        let bytes = object("v1", "Namespace", &field(1, &field(1, b"a")));
        assert_eq!(read(&bytes[..bytes.len() - 1]), Err("the body is cut short".into()));
        assert_eq!(
            read(b"nonsense"),
            Err("the body does not begin as Kubernetes' protobuf does".into())
        );
    }
}
