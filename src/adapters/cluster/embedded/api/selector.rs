//! Label selectors and field selectors.

use serde_json::Value;

use super::refusal::Refusal;
use crate::adapters::cluster::embedded::facts::Kind;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
    Greater(String, i64),
    Less(String, i64),
}

impl Labels {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
    ///
    /// # Errors
    /// 400 in the server's words.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text);
        let mut at = 0;
        let mut requirements = Vec::new();
        while tokens.get(at).is_some() {
            let (requirement, next) = requirement(&tokens, at).map_err(|why| unparsable(&why))?;
            requirements.push(requirement);
            at = next;
            match tokens.get(at) {
                None => break,
                Some(token) if token == "," => at += 1,
                Some(token) => return Err(unparsable(&format!("found '{token}', expected: ',' or 'end of string'"))),
            }
            if tokens.get(at).is_none() {
                return Err(unparsable("found '', expected: identifier after ','"));
            }
        }
        Ok(Self(requirements))
    }

    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object.get("metadata")?.get("labels")?.get(key)?.as_str();
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(key).is_some_and(|value| values.iter().any(|v| v == value)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|value| values.iter().all(|v| v != value)),
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Missing(key) => label(key).is_none(),
            Requirement::Greater(key, bound) => label(key).and_then(|v| v.parse::<i64>().ok()).is_some_and(|v| v > *bound),
            Requirement::Less(key, bound) => label(key).and_then(|v| v.parse::<i64>().ok()).is_some_and(|v| v < *bound),
        })
    }
}

fn unparsable(why: &str) -> Refusal {
    Refusal::bad_request(why)
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !" \t\n=!,()<>".contains(character) {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if character.is_whitespace() {
            continue;
        }
        let mut token = character.to_string();
        if "=!".contains(character) && characters.peek() == Some(&'=') {
            token.push('=');
            characters.next();
        }
        tokens.push(token);
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

fn requirement(tokens: &[String], at: usize) -> Result<(Requirement, usize), String> {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    let word = |index: usize| {
        let token = token(index);
        if token.is_empty() || "=!,()<>".contains(token.chars().next().unwrap_or(',')) {
            None
        } else {
            Some(token.to_owned())
        }
    };
    if token(at) == "!" {
        let key = word(at + 1).ok_or_else(|| format!("found '{}', expected: identifier", token(at + 1)))?;
        return Ok((Requirement::Missing(key), at + 2));
    }
    let key = word(at).ok_or_else(|| format!("found '{}', expected: !, identifier, or 'end of string'", token(at)))?;
    let number = |index: usize| {
        token(index).parse::<i64>().map_err(|_| {
            format!(
                "values[0][{key}]: Invalid value: \"{}\": for 'Gt', 'Lt' operators, the value must be an integer",
                token(index)
            )
        })
    };
    match token(at + 1) {
        "" | "," => Ok((Requirement::Exists(key), at + 1)),
        "=" | "==" => Ok(one(word(at + 2), at + 2, |values| Requirement::In(key, values))),
        "!=" => Ok(one(word(at + 2), at + 2, |values| Requirement::NotIn(key, values))),
        ">" => Ok((Requirement::Greater(key.clone(), number(at + 2)?), at + 3)),
        "<" => Ok((Requirement::Less(key.clone(), number(at + 2)?), at + 3)),
        operator @ ("in" | "notin") => {
            let (values, next) = set(tokens, at + 2)?;
            let requirement = if operator == "in" {
                Requirement::In(key, values)
            } else {
                Requirement::NotIn(key, values)
            };
            Ok((requirement, next))
        }
        other => Err(format!(
            "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
        )),
    }
}

/// An equality's value may be empty.
fn one(word: Option<String>, at: usize, make: impl FnOnce(Vec<String>) -> Requirement) -> (Requirement, usize) {
    let next = at + usize::from(word.is_some());
    (make(vec![word.unwrap_or_default()]), next)
}

fn set(tokens: &[String], at: usize) -> Result<(Vec<String>, usize), String> {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    if token(at) != "(" {
        return Err(format!("unable to parse requirement: found '{}' expected: '('", token(at)));
    }
    let mut values = Vec::new();
    let mut index = at + 1;
    loop {
        match token(index) {
            ")" => return Ok((values, index + 1)),
            "," => {}
            "" | "(" => return Err(format!("found '{}', expected: ',', ')' or identifier", token(index))),
            value => values.push(value.to_owned()),
        }
        index += 1;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String, bool)>);

/// The fields by which each kind can be selected, beside name and namespace.
const SELECTABLE: [(&str, &[&str]); 12] = [
    (
        "Pod",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    (
        "Event",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("Secret", &["type"]),
    ("Namespace", &["status.phase"]),
    ("Node", &["spec.unschedulable"]),
    ("Service", &["spec.clusterIP", "spec.type"]),
    ("Job", &["status.successful"]),
    ("ReplicaSet", &["status.replicas"]),
    ("ReplicationController", &["status.replicas"]),
    ("CertificateSigningRequest", &["spec.signerName"]),
    ("ResourceSlice", &["spec.nodeName", "spec.driver"]),
    ("PersistentVolume", &[]),
];

impl Fields {
    /// Reads `metadata.name=a,status.phase!=Running`.
    ///
    /// # Errors
    /// 400 for a field by which the kind cannot be selected.
    pub fn read(text: &str, kind: &Kind) -> Result<Self, Refusal> {
        let mut fields = Vec::new();
        for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
            let (field, value, equal) = if let Some((field, value)) = term.split_once("!=") {
                (field, value, false)
            } else if let Some((field, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                (field, value, true)
            } else {
                return Err(Refusal::bad_request(format!(
                    "invalid selector: '{term}'; can't understand '{term}'"
                )));
            };
            known(kind, field)?;
            fields.push((field.to_owned(), value.to_owned(), equal));
        }
        Ok(Self(fields))
    }

    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.0
            .iter()
            .all(|(field, value, equal)| (value_of(object, field) == *value) == *equal)
    }
}

fn known(kind: &Kind, field: &str) -> Result<(), Refusal> {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return Ok(());
    }
    let listed = SELECTABLE.iter().find(|(name, _)| *name == kind.kind).map(|(_, fields)| *fields);
    if listed.is_some_and(|fields| fields.contains(&field)) {
        return Ok(());
    }
    if let Some(custom) = &kind.custom {
        let path = format!(".{field}");
        let mut fields = custom.get("selectableFields").and_then(Value::as_array).into_iter().flatten();
        if fields.any(|known| known.get("jsonPath").and_then(Value::as_str) == Some(&path)) {
            return Ok(());
        }
    }
    Err(Refusal::bad_request(match kind.kind.as_str() {
        "Job" => format!("field label \"{field}\" not supported for Job"),
        "Pod" | "Event" | "Secret" | "Namespace" | "Node" | "Service" | "ReplicationController" => {
            format!("field label not supported: {field}")
        }
        _ => format!("\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
    }))
}

fn value_of(object: &Value, field: &str) -> String {
    let pointer = match field {
        "reportingComponent" | "source" => "/source/component".to_owned(),
        "status.successful" => "/status/succeeded".to_owned(),
        "status.podIPs" => "/status/podIP".to_owned(),
        field => format!("/{}", field.replace('.', "/")),
    };
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => match field {
            "spec.unschedulable" | "spec.hostNetwork" => "false".to_owned(),
            "status.successful" | "status.replicas" => "0".to_owned(),
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::facts::facts;
    use serde_json::json;

    #[test]
    fn every_operator_of_label_selectors_selects() {
        let object = json!({ "metadata": { "labels": { "app": "web", "tier": "front", "n": "5" } } });
        for (selector, expected) in [
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app in (api, web)", true),
            ("app notin (web)", false),
            ("missing notin (a)", true),
            ("tier", true),
            ("!tier", false),
            ("!other", true),
            ("n>4,n<6", true),
            ("app=", false),
            ("", true),
        ] {
            assert_eq!(Labels::read(selector).unwrap().matches(&object), expected, "{selector}");
        }
        assert_eq!(
            Labels::read("a=b=c").unwrap_err().message,
            "found '=', expected: ',' or 'end of string'"
        );
    }

    #[test]
    fn fields_select_what_the_kind_allows() {
        let kind = facts().find("", "v1", "pods").unwrap();
        let pod = json!({ "metadata": { "name": "a" }, "status": { "phase": "Running" } });
        assert!(Fields::read("metadata.name=a,status.phase!=Failed", kind).unwrap().matches(&pod));
        assert_eq!(
            Fields::read("spec.foo=x", kind).unwrap_err().message,
            "field label not supported: spec.foo"
        );
    }
}
