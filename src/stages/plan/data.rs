//! What a ConfigMap holds, key by key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Planner;
use crate::{
    diagnostics::{Reads, readers},
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldEdit, FieldPath},
        intent::EnvChange,
        kind::Kind,
        object::ObjectRef,
        step::Marks,
    },
};

impl Planner {
    /// What is said beside the preview: a ConfigMap restarts nothing (kubernetes.io/docs/concepts/configuration/configmap).
    pub(super) async fn read_by(&self, config_map: &ObjectRef) -> Vec<String> {
        let mut ways: BTreeMap<Reads, Vec<String>> = BTreeMap::new();
        // Without a right to look, the preview says nothing of it.
        let found = readers(self.observe.as_ref(), config_map, Kind::is_workload).await;
        for (name, way) in found.into_iter().flatten().flatten() {
            ways.entry(way).or_default().push(name);
        }
        ways.iter().filter_map(|(way, names)| told(*way, names)).collect()
    }
}

fn told(way: Reads, names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let who = match others {
        [] => first.clone(),
        [second] => format!("{first} and {second}"),
        several => format!("{first} and {} others", several.len()),
    };
    let (reads, see) = if others.is_empty() { ("reads", "sees") } else { ("read", "see") };
    match way {
        Reads::Variables => Some(format!("{who} {reads} it at their start, and {see} this after a restart")),
        Reads::Files => Some(format!("{who} {reads} it as files, and {see} this within about a minute")),
        Reads::Images => None,
    }
}

/// What must change so that the ConfigMap holds it as asked.
///
/// # Errors
/// Another kind of object, one that says of itself that it never changes, or a key that Kubernetes does not take.
pub(super) fn edits(step: &Marks, object: &Value) -> Result<Vec<FieldEdit>> {
    if step.object.kind.kind != "ConfigMap" {
        let what = format!("{} is no config map: it has no keys that can be set here", step.object);
        let failure = Failure::new(FailureKind::Usage, what);
        return Err(match step.object.kind.is_workload() {
            true => failure.hint(format!("its variables: todo-agent \"set KEY=VALUE on {}\"", step.object)),
            false => failure.hint(format!("todo-agent \"describe {}\"", step.object)),
        });
    }
    if object.get("immutable") == Some(&Value::Bool(true)) {
        let what = format!("{} is immutable: what it holds never changes", step.object);
        return Err(Failure::new(FailureKind::Usage, what).hint("make another one, and let the workload use that"));
    }
    if let Some(wrong) = step.set.iter().find(|change| !is_key(&change.name)) {
        let what = format!("\"{}\" cannot be a key of a config map", wrong.name);
        return Err(Failure::new(FailureKind::Usage, what).hint("a key is at most 253 letters, digits, - _ and ."));
    }
    let field = |change: &EnvChange| {
        let binary = FieldPath::keys(&["binaryData"]).key(&change.name);
        match binary.find(object) {
            Some(_) if change.value.is_none() => binary,
            _ => FieldPath::keys(&["data"]).key(&change.name),
        }
    };
    let was = |change: &EnvChange| field(change).find(object).and_then(Value::as_str).map(str::to_owned);
    if let Some(other) = step
        .set
        .iter()
        .find(|change| change.from.is_some() && was(change) != change.from && was(change) != change.value)
    {
        let what = format!(
            "{} of {} is not what it was said to be; nothing was changed",
            other.name, step.object
        );
        return Err(Failure::new(FailureKind::Unclear, what).hint("to set it whatever it is now, leave out what it is to be changed from"));
    }
    if let Some(absent) = step
        .set
        .iter()
        .find(|change| change.value.is_none() && field(change).find(object).is_none())
    {
        let keys = |part: &str| object.get(part).and_then(Value::as_object).into_iter().flat_map(|data| data.keys());
        let there: Vec<&str> = keys("data").chain(keys("binaryData")).map(String::as_str).collect();
        let what = format!("{} has no key {}", step.object, absent.name);
        return Err(Failure::new(FailureKind::NotFound, what).hint(match there.as_slice() {
            [] => "it holds nothing".to_owned(),
            there => format!("it has: {}", there.join(", ")),
        }));
    }
    let edits = step.set.iter().filter_map(|change| {
        let field = field(change);
        let now = field.find(object).and_then(Value::as_str);
        (now != change.value.as_deref()).then(|| FieldEdit {
            field,
            to: change.value.as_ref().map(|value| json!(value)),
        })
    });
    Ok(edits.collect())
}

/// `IsConfigMapKey` of apimachinery.
fn is_key(key: &str) -> bool {
    let known = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    known && !key.is_empty() && key.len() <= 253 && key != "." && !key.starts_with("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_config_map_can_hold_is_set() {
        let object = json!({ "kind": "ConfigMap", "data": { "A": "1", "B": "2" } });
        let told = |kind: &str, object: &Value, set: &[EnvChange]| {
            let step = Marks {
                object: ObjectRef {
                    kind: Kind::well_known().into_iter().find(|known| known.kind == kind).unwrap(),
                    namespace: Some("shop".to_owned()),
                    name: "web".to_owned(),
                    uid: None,
                },
                set: set.to_vec(),
                overwrite: None,
            };
            match edits(&step, object) {
                Ok(edits) => edits
                    .iter()
                    .map(|edit| format!("{}={:?}", edit.field, edit.to))
                    .collect::<Vec<_>>()
                    .join(" "),
                Err(failure) => format!("{} | {}", failure.what, failure.hints.join(" | ")),
            }
        };
        let set = EnvChange::set;
        assert_eq!(
            told("ConfigMap", &object, &[set("A", "1"), set("B", "3"), set("c.txt", "x")]),
            "data.B=Some(String(\"3\")) data.c.txt=Some(String(\"x\"))"
        );
        assert_eq!(told("ConfigMap", &object, &[EnvChange::unset("A")]), "data.A=None");
        assert_eq!(
            told("ConfigMap", &object, &[EnvChange::unset("C")]),
            "configmap/web has no key C | it has: A, B"
        );
        assert_eq!(
            told("ConfigMap", &object, &[set("a b", "1")]),
            "\"a b\" cannot be a key of a config map | a key is at most 253 letters, digits, - _ and ."
        );
        assert_eq!(
            told("ConfigMap", &json!({ "immutable": true }), &[set("A", "2")]),
            "configmap/web is immutable: what it holds never changes | make another one, and let the workload use that"
        );
        assert_eq!(
            told("Deployment", &object, &[set("A", "2")]),
            "deployment/web is no config map: it has no keys that can be set here | its variables: todo-agent \"set KEY=VALUE on deployment/web\""
        );
    }
}
