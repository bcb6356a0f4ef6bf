//! Bodies of requests: JSON or YAML, with the fields that were given twice.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::protobuf;
use super::refusal::Refusal;

/// What a body says, and which fields it says twice (as paths).
#[derive(Debug, Default, PartialEq)]
pub struct Body {
    pub value: Value,
    pub duplicates: Vec<String>,
}

/// Reads a body by its content type.
///
/// # Errors
/// 415 for another type; 400 for text that does not read.
pub fn read(content_type: &str, bytes: &[u8], kind: &str) -> Result<Body, Refusal> {
    match content_type {
        ""
        | "application/json"
        | "application/yaml"
        | "application/merge-patch+json"
        | "application/json-patch+json"
        | "application/strategic-merge-patch+json"
        | "application/apply-patch+yaml"
        | protobuf::CONTENT_TYPE => {}
        _ => {
            let message = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
    }
    if content_type == protobuf::CONTENT_TYPE {
        let value = protobuf::read(bytes)
            .map_err(|why| Refusal::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why}")))?;
        return Ok(Body {
            value,
            duplicates: Vec::new(),
        });
    }
    let unreadable = |why: String| {
        Refusal::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({})",
            summary(bytes)
        ))
    };
    if kind == "DeleteOptions" && json(bytes).is_err() {
        let message = "couldn't get version/kind; json parse error: unexpected end of JSON input";
        return Err(Refusal::plain(500, message));
    }
    if content_type.ends_with("yaml") {
        yaml(bytes).map_err(unreadable)
    } else {
        let body = json(bytes).map_err(unreadable)?;
        match &body.value {
            Value::Array(_) => Err(unreadable(no_object("array"))),
            Value::String(_) => Err(unreadable(no_object("string"))),
            Value::Null => Ok(Body {
                value: serde_json::json!({}),
                duplicates: Vec::new(),
            }),
            _ => Ok(body),
        }
    }
}

/// The beginning of a body: as it stands where it may be an object, in digits otherwise.
fn summary(bytes: &[u8]) -> String {
    const MOST: usize = 30;
    let (start, more) = bytes
        .split_at_checked(MOST)
        .map_or((bytes, ""), |(start, rest)| (start, if rest.is_empty() { "" } else { " ..." }));
    match start {
        [] => "<empty>".to_owned(),
        [b'{', ..] => format!("{}{more}", String::from_utf8_lossy(start)),
        _ => start.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + more,
    }
}

/// How Go tells that it looked for a kind in what is no object.
fn no_object(found: &str) -> String {
    let wanted = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// # Errors
/// Why the text is no JSON.
pub fn json(bytes: &[u8]) -> Result<Body, String> {
    let duplicates = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = Seed {
        path: String::new(),
        duplicates: &duplicates,
    };
    let told = |error: serde_json::Error| {
        if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            error.to_string()
        }
    };
    let value = seed.deserialize(&mut deserializer).map_err(told)?;
    deserializer.end().map_err(told)?;
    Ok(Body {
        value,
        duplicates: duplicates.into_inner(),
    })
}

pub fn yaml(bytes: &[u8]) -> Result<Body, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    if text.trim_start().starts_with('{') {
        return json(bytes);
    }
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    Ok(Body {
        value,
        duplicates: Vec::new(),
    })
}

struct Seed<'d> {
    path: String,
    duplicates: &'d RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let seed = Seed {
                path: format!("{}[{}]", self.path, items.len()),
                duplicates: self.duplicates,
            };
            match access.next_element_seed(seed)? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let path = if self.path.is_empty() {
                key.clone()
            } else {
                format!("{}.{key}", self.path)
            };
            let seed = Seed {
                path: path.clone(),
                duplicates: self.duplicates,
            };
            let value = access.next_value_seed(seed)?;
            if map.insert(key, value).is_some() {
                self.duplicates.borrow_mut().push(path);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_given_twice_is_told_with_its_path_and_the_last_counts() {
        let body = json(br#"{"spec":{"replicas":1,"list":[{"a":1,"a":2}],"replicas":3}}"#).unwrap();
        assert_eq!(
            body,
            Body {
                value: json!({ "spec": { "replicas": 3, "list": [{ "a": 2 }] } }),
                duplicates: vec!["spec.list[0].a".into(), "spec.replicas".into()],
            }
        );
    }

    #[test]
    fn yaml_reads_as_kubernetes_reads_it() {
        let body = read("application/yaml", b"data:\n  mode: 0644\n  text: 'yes'\n", "ConfigMap").unwrap();
        assert_eq!(body.value, json!({ "data": { "mode": 420, "text": "yes" } }));
    }
}
