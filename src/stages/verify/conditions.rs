//! Post-conditions as pure predicates on an object.

use serde_json::Value;

use crate::{
    diagnostics::{list, states::desired_replicas, text, words::clean},
    domain::{
        intent::{Amount, EnvChange},
        verification::{EnvIs, FieldsAre, ImageIs, IsThere, PostCondition, ReplicasAre, ResourcesAre},
    },
};

/// What an object says to a condition on its specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub holds: bool,
    pub saw: String,
}

impl Answer {
    fn new(holds: bool, saw: impl Into<String>) -> Self {
        Self { holds, saw: saw.into() }
    }
}

/// `None` for a condition that is about more than the specification.
pub fn judge(condition: &PostCondition, object: &Value) -> Option<Answer> {
    match condition {
        PostCondition::Available(_) | PostCondition::Docker(_) | PostCondition::Reaches(_) | PostCondition::Released(_) => None,
        PostCondition::Paused(wanted) => Some(paused(wanted.equals, object)),
        PostCondition::Labels(marks) => Some(marked("label", &marks.set, object.pointer("/metadata/labels"))),
        PostCondition::Annotations(marks) => Some(marked("annotation", &marks.set, object.pointer("/metadata/annotations"))),
        PostCondition::Resources(wanted) => Some(resources(wanted, object)),
        PostCondition::Exists(wanted) => Some(there(wanted, object)),
        // That it is gone shows in that there is no object to be judged.
        PostCondition::Gone(_) => Some(Answer::new(false, "is still there")),
        PostCondition::Replicas(ReplicasAre { equals, .. }) => Some(replicas(*equals, object)),
        PostCondition::Image(image_is) => Some(image(image_is, object)),
        PostCondition::Env(env_is) => Some(env(env_is, object)),
        PostCondition::Fields(fields_are) => Some(fields(fields_are, object)),
    }
}

fn replicas(wanted: Amount, object: &Value) -> Answer {
    let is = desired_replicas(object);
    match wanted {
        Amount::Exactly(wanted) if is == wanted => Answer::new(true, format!("replicas set to {is}")),
        Amount::Exactly(wanted) => Answer::new(false, format!("replicas are {is}, not {wanted}")),
        // The plan makes amounts absolute; what is relative to a state that is gone cannot be judged.
        Amount::By(_) | Amount::Times(..) => Answer::new(false, format!("replicas are {is}; a relative amount cannot be verified")),
    }
}

fn there(wanted: &IsThere, object: &Value) -> Answer {
    let lacking: Vec<String> = wanted
        .fields
        .iter()
        .filter(|(field, value)| field.find(object) != value.as_ref())
        .map(|(field, _)| clean(&field.to_string()))
        .collect();
    match lacking.is_empty() {
        true => Answer::new(true, "is there"),
        false => Answer::new(false, format!("not as asked: {}", lacking.join(", "))),
    }
}

fn paused(wanted: bool, object: &Value) -> Answer {
    let is = object.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false);
    Answer::new(is == wanted, if is { "rollout paused" } else { "rollout not paused" })
}

fn marked(what: &str, wanted: &[EnvChange], marks: Option<&Value>) -> Answer {
    let now = |key: &str| marks.and_then(|marks| marks.get(key)).and_then(Value::as_str);
    let lacking: Vec<String> = wanted
        .iter()
        .filter(|change| now(&change.name) != change.value.as_deref())
        .map(|change| clean(&change.name))
        .collect();
    if !lacking.is_empty() {
        return Answer::new(false, format!("not as asked: {what} {}", lacking.join(", ")));
    }
    let told = wanted.iter().map(|change| match change.value {
        Some(_) => format!("{what} {} set", clean(&change.name)),
        None => format!("{what} {} removed", clean(&change.name)),
    });
    Answer::new(true, told.collect::<Vec<_>>().join(", "))
}

fn resources(wanted: &ResourcesAre, object: &Value) -> Answer {
    let name = |field: &crate::domain::field::FieldPath| {
        let path = field.to_string();
        path.rsplit_once("resources.").map_or(path.clone(), |(_, rest)| rest.to_owned())
    };
    let lacking: Vec<String> = wanted
        .fields
        .iter()
        .filter(|(field, value)| field.find(object) != value.as_ref())
        .map(|(field, _)| name(field))
        .collect();
    if !lacking.is_empty() {
        return Answer::new(false, format!("not as asked: {}", lacking.join(", ")));
    }
    let mut told: Vec<String> = wanted
        .fields
        .iter()
        .map(|(field, value)| {
            format!(
                "{} {}",
                name(field),
                clean(value.as_ref().and_then(Value::as_str).unwrap_or_default())
            )
        })
        .collect();
    told.dedup();
    match told.is_empty() {
        true => Answer::new(true, "as asked before"),
        false => Answer::new(true, told.join(", ")),
    }
}

fn containers(object: &Value) -> impl Iterator<Item = &Value> {
    let containers = list(object, "/spec/template/spec/containers").iter();
    containers.chain(list(object, "/spec/template/spec/initContainers"))
}

fn image(wanted: &ImageIs, object: &Value) -> Answer {
    let chosen: Vec<&Value> = match &wanted.container {
        Some(name) => containers(object).filter(|c| text(c, "/name") == Some(name)).collect(),
        None => list(object, "/spec/template/spec/containers").iter().collect(),
    };
    let images: Vec<&str> = chosen.iter().filter_map(|c| text(c, "/image")).collect();
    if images.contains(&wanted.equals.as_str()) {
        return Answer::new(true, format!("image set to {}", clean(&wanted.equals)));
    }
    match (images.as_slice(), &wanted.container) {
        ([], Some(name)) => Answer::new(false, format!("there is no container {}", clean(name))),
        (images, _) => Answer::new(
            false,
            format!("image is {}, not {}", clean(&images.join(", ")), clean(&wanted.equals)),
        ),
    }
}

/// Values are not told: they may be secret.
fn env(wanted: &EnvIs, object: &Value) -> Answer {
    let chosen: Vec<&Value> = match &wanted.container {
        Some(name) => containers(object).filter(|c| text(c, "/name") == Some(name)).collect(),
        None => list(object, "/spec/template/spec/containers").iter().collect(),
    };
    let holds_in = |change: &EnvChange, container: &Value| {
        let entry = list(container, "/env").iter().find(|env| text(env, "/name") == Some(&change.name));
        match (&change.value, entry) {
            (None, entry) => entry.is_none(),
            // The server drops an empty value: a name alone is an empty variable.
            (Some(value), Some(entry)) => entry.get("valueFrom").is_none() && text(entry, "/value").unwrap_or_default() == value,
            (Some(_), None) => false,
        }
    };
    let holds = |change: &EnvChange| !chosen.is_empty() && chosen.iter().all(|container| holds_in(change, container));
    let lacking: Vec<String> = wanted
        .env
        .iter()
        .filter(|change| !holds(change))
        .map(|change| clean(&change.name))
        .collect();
    if !lacking.is_empty() {
        return Answer::new(false, format!("not as asked: {}", lacking.join(", ")));
    }
    let names = |set: bool| {
        let names = wanted
            .env
            .iter()
            .filter(|change| change.value.is_some() == set)
            .map(|change| clean(&change.name));
        names.collect::<Vec<_>>().join(", ")
    };
    match (names(true), names(false)) {
        (set, removed) if removed.is_empty() => Answer::new(true, format!("{set} set")),
        (set, removed) if set.is_empty() => Answer::new(true, format!("{removed} removed")),
        (set, removed) => Answer::new(true, format!("{set} set, {removed} removed")),
    }
}

fn fields(wanted: &FieldsAre, object: &Value) -> Answer {
    let holds = |value: &Option<Value>, found: Option<&Value>| {
        found.filter(|found| !found.is_null()) == value.as_ref().filter(|value| !value.is_null())
    };
    let lacking: Vec<_> = wanted
        .fields
        .iter()
        .filter(|(field, value)| !holds(value, field.find(object)))
        .collect();
    let tell = |(field, value): &(crate::domain::field::FieldPath, Option<Value>)| {
        let field = clean(&field.to_string());
        match value {
            // Text may be secret; numbers and switches are not.
            Some(Value::Number(number)) => format!("{field} is {number}"),
            Some(Value::Bool(switch)) => format!("{field} is {switch}"),
            Some(_) => format!("{field} is as before"),
            None => format!("{field} is gone"),
        }
    };
    if lacking.is_empty() {
        return Answer::new(true, wanted.fields.iter().map(tell).collect::<Vec<_>>().join(", "));
    }
    let names: Vec<_> = lacking.iter().map(|(field, _)| clean(&field.to_string())).collect();
    Answer::new(false, format!("not as asked: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{field::FieldPath, kind::Kind, object::ObjectRef};

    fn told(condition: Value) -> (bool, String) {
        let object = json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "web", "image": "web:2", "env": [{"name": "A", "value": "1"}, {"name": "EMPTY"}, {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "S"}}}]},
            {"name": "side", "image": "side:1"}]}}}});
        let of = serde_json::to_value(ObjectRef {
            kind: Kind::deployment(),
            namespace: None,
            name: "web".to_owned(),
            uid: None,
        })
        .unwrap();
        let mut condition = condition;
        let inner = condition.as_object_mut().unwrap().values_mut().next().unwrap();
        let key = if inner.get("fields").is_some() { "object" } else { "workload" };
        inner[key] = of;
        let answer = judge(&serde_json::from_value(condition).unwrap(), &object).unwrap();
        (answer.holds, answer.saw)
    }

    #[test]
    fn conditions_on_the_specification_say_what_they_see_and_no_value_that_may_be_secret() {
        let path = |keys: &[&str]| serde_json::to_value(FieldPath::keys(keys)).unwrap();
        let cases = [
            (json!({"replicas": {"equals": {"exactly": 3}}}), true, "replicas set to 3"),
            (json!({"replicas": {"equals": {"exactly": 2}}}), false, "replicas are 3, not 2"),
            (
                json!({"replicas": {"equals": {"by": 1}}}),
                false,
                "replicas are 3; a relative amount cannot be verified",
            ),
            (
                json!({"image": {"container": "web", "equals": "web:2"}}),
                true,
                "image set to web:2",
            ),
            (
                json!({"image": {"container": "side", "equals": "web:2"}}),
                false,
                "image is side:1, not web:2",
            ),
            (
                json!({"image": {"container": "db", "equals": "web:2"}}),
                false,
                "there is no container db",
            ),
            (json!({"image": {"equals": "side:1"}}), true, "image set to side:1"),
            (
                json!({"env": {"container": "web", "env": [{"name": "A", "value": "1"}, {"name": "EMPTY", "value": ""}, {"name": "B", "value": null}]}}),
                true,
                "A, EMPTY set, B removed",
            ),
            (json!({"env": {"env": [{"name": "A", "value": "1"}]}}), false, "not as asked: A"),
            (
                json!({"env": {"container": "web", "env": [{"name": "S", "value": "x"}]}}),
                false,
                "not as asked: S",
            ),
            (
                json!({"fields": {"fields": [[path(&["spec", "replicas"]), 3], [path(&["spec", "paused"]), null]]}}),
                true,
                "spec.replicas is 3, spec.paused is gone",
            ),
            (
                json!({"fields": {"fields": [[path(&["spec", "replicas"]), 2]]}}),
                false,
                "not as asked: spec.replicas",
            ),
        ];
        for (condition, holds, saw) in cases {
            assert_eq!(told(condition.clone()), (holds, saw.to_owned()), "{condition}");
        }
    }
}
