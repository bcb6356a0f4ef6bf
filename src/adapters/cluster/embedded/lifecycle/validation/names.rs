//! Names, labels and annotations.

use serde_json::{Value, json};

use super::{Found, values};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Letters of a kind, dashes inside only.
fn dashed(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
        && bytes.first().is_some_and(|byte| lower(*byte))
        && bytes.last().is_some_and(|byte| lower(*byte))
}

/// Letters, digits, `-`, `_` and `.`, the last three inside only.
fn qualified_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && ends(bytes.first())
        && ends(bytes.last())
}

fn check(text: &str, most: usize, fits: bool, why: &str) -> Vec<String> {
    let long = (text.len() > most).then(|| format!("must be no more than {most} bytes"));
    let wrong = (!fits).then(|| why.to_owned());
    long.into_iter().chain(wrong).collect()
}

/// What is wrong with a name such as most objects have.
pub fn subdomain(text: &str) -> Vec<String> {
    check(text, 253, !text.is_empty() && text.split('.').all(dashed), SUBDOMAIN)
}

/// What is wrong with the name of a container, a namespace.
pub fn label(text: &str) -> Vec<String> {
    check(text, 63, dashed(text), LABEL)
}

/// What is wrong with the name of a service.
pub fn label_1035(text: &str) -> Vec<String> {
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    check(text, 63, dashed(text) && starts, LABEL_1035)
}

/// What is wrong with the key of a label or annotation.
pub fn qualified(text: &str) -> Vec<String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let mut wrong: Vec<String> = Vec::new();
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => wrong.extend(subdomain(prefix).into_iter().map(|why| format!("prefix part {why}"))),
        None => {}
    }
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_owned());
    }
    if !qualified_part(name) {
        wrong.push(NAME_PART.to_owned());
    }
    wrong
}

/// What is wrong with a name that stands in an address.
pub fn path_segment(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if matches!(text, "." | "..") {
        wrong.push(format!("may not be '{text}'"));
    }
    wrong.extend(
        ["/", "%"]
            .iter()
            .filter(|sign| text.contains(**sign))
            .map(|sign| format!("may not contain '{sign}'")),
    );
    wrong
}

pub fn label_value(text: &str) -> Vec<String> {
    check(text, 63, text.is_empty() || qualified_part(text), LABEL_VALUE)
}

/// A port's name in a container or service.
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let bytes = text.as_bytes();
    if text.len() > 15 {
        wrong.push("must be no more than 15 characters".to_owned());
    }
    if !bytes.iter().all(|byte| lower(*byte) || *byte == b'-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    } else if !bytes.iter().any(u8::is_ascii_lowercase) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if bytes.first() == Some(&b'-') || bytes.last() == Some(&b'-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// Adds what is wrong with a text.
pub fn add(found: &mut Found, field: &str, text: &str, wrong: Vec<String>) {
    for why in wrong {
        found.invalid(field, &json!(text), why);
    }
}

/// Labels below `at`.
pub fn labels(map: Option<&serde_json::Map<String, Value>>, at: &str, found: &mut Found) {
    for (key, value) in map.into_iter().flatten() {
        add(found, at, key, qualified(key));
        let text = value.as_str().unwrap_or_default();
        add(found, at, text, label_value(text));
    }
}

/// Name, labels and annotations of an object.
pub fn metadata(kind: &str, object: &Value, found: &mut Found) {
    let name = values::name(object);
    if !name.is_empty() {
        let wrong = match kind {
            "Namespace" | "StatefulSet" => label(name),
            "Event" => path_segment(name),
            "Service" => label_1035(name),
            // Names of roles are path segments, not host names.
            "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => Vec::new(),
            _ => subdomain(name),
        };
        add(found, "metadata.name", name, wrong);
    }
    labels(values::map(object, "/metadata/labels"), "metadata.labels", found);
    for (key, _) in values::map(object, "/metadata/annotations").into_iter().flatten() {
        add(found, "metadata.annotations", key, qualified(&key.to_lowercase()));
    }
    for owner in values::list(object, "/metadata/ownerReferences") {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if values::text(owner, &format!("/{field}")).is_empty() {
                found.invalid(
                    format!("metadata.ownerReferences.{field}"),
                    &json!(""),
                    if field == "apiVersion" {
                        "version must not be empty"
                    } else {
                        "must not be empty"
                    },
                );
            }
        }
    }
    let finalizers = values::list(object, "/metadata/finalizers");
    for finalizer in finalizers {
        let text = finalizer.as_str().unwrap_or_default();
        add(found, "metadata.finalizers", text, qualified(text));
    }
    // An event's are looked at once.
    for (index, finalizer) in finalizers.iter().enumerate().filter(|_| kind != "Event") {
        let standard = ["kubernetes", "orphan", "foregroundDeletion"];
        if finalizer
            .as_str()
            .is_some_and(|text| !text.contains('/') && !standard.contains(&text))
        {
            found.invalid(
                format!("metadata.finalizers[{index}]"),
                finalizer,
                "name is neither a standard finalizer name nor is it fully qualified",
            );
        }
    }
}
