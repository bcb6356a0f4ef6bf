//! What two answers differ in.

use serde_json::Value;

/// One place at which two answers are not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// `/metadata/labels/a`; empty for the whole.
    pub path: String,
    pub embedded: Value,
    pub real: Value,
}

/// All differences, in the order of the real answer.
pub fn differences(embedded: &Value, real: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let refused = |answer: &Value| answer["body"]["status"] == "Failure";
    if embedded["code"] == real["code"] && refused(embedded) == refused(real) {
        walk(embedded, real, "", &mut found);
    } else {
        // Two answers of different kinds differ once.
        found.push(Difference {
            path: "/code".to_owned(),
            embedded: summary(embedded),
            real: summary(real),
        });
    }
    found
}

fn summary(answer: &Value) -> Value {
    let mut summary = serde_json::json!({ "code": answer["code"] });
    for part in ["/body/message", "/out", "/err"] {
        if let Some(value) = answer.pointer(part) {
            summary[part] = value.clone();
        }
    }
    summary
}

/// Stands for a field that is not there.
const ABSENT: &str = "(absent)";

fn walk(embedded: &Value, real: &Value, path: &str, found: &mut Vec<Difference>) {
    match (embedded, real) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let absent = Value::from(ABSENT);
            for key in theirs.keys().chain(ours.keys().filter(|key| !theirs.contains_key(*key))) {
                let at = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                walk(ours.get(key).unwrap_or(&absent), theirs.get(key).unwrap_or(&absent), &at, found);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                walk(ours, theirs, &format!("{path}/{index}"), found);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => found.push(Difference {
            path: path.to_owned(),
            embedded: ours.clone(),
            real: theirs.clone(),
        }),
    }
}
