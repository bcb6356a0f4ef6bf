//! Environment variables of a pod template.

use serde_json::{Value, json};

use super::draft::containers;
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath},
    intent::EnvChange,
    step::SetEnv,
};

/// What must change so that each container that is meant has the variables as asked. A variable that came from a
/// ConfigMap or Secret becomes a plain value.
///
/// # Errors
/// No such container, or a name that cannot be a variable's.
pub(super) fn edits(step: &SetEnv, object: &Value) -> Result<Vec<FieldEdit>> {
    let meant = containers(step.container.as_ref(), &step.workload, object)?;
    if let Some(wrong) = step.env.iter().find(|change| !is_name(&change.name)) {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("\"{}\" cannot be the name of an environment variable", wrong.name),
        )
        .hint("letters, digits, and _ . - are allowed; it must not begin with a digit"));
    }
    let lists: Vec<FieldPath> = meant.iter().map(|container| variables(container)).collect();
    if let Some((gone, near)) = step.env.iter().find_map(|change| mistyped(change, &lists, object)) {
        return Err(Failure::new(
            FailureKind::Unclear,
            format!("{} has no variable \"{gone}\"; nothing was changed", step.workload),
        )
        .hint(format!("{near} is set there: is that the one to remove?")));
    }
    let edits = |env: &FieldPath| {
        step.env
            .iter()
            .filter_map(|change| variable(env, change, object))
            .collect::<Vec<_>>()
    };
    Ok(lists.iter().flat_map(edits).collect())
}

fn variables(container: &str) -> FieldPath {
    FieldPath::keys(&["spec", "template", "spec", "containers"])
        .item("name", container)
        .key("env")
}

/// A variable to remove that is nowhere, and the one that is there under nearly its name. One that is merely gone is no
/// mistake: a script that ran before removes it again.
fn mistyped<'a>(change: &'a EnvChange, lists: &[FieldPath], object: &'a Value) -> Option<(&'a str, &'a str)> {
    let names = lists
        .iter()
        .filter_map(|env| env.find(object)?.as_array())
        .flatten()
        .filter_map(|variable| variable.get("name")?.as_str());
    let near = |known: &&str| {
        let typed = strsim::osa_distance(known, &change.name) <= (change.name.len() / 3).min(2);
        typed || change.name.len() > 1 && known.starts_with(&change.name) || known.len() > 1 && change.name.starts_with(known)
    };
    if change.value.is_some() || names.clone().any(|known| known == change.name) {
        return None;
    }
    Some((&change.name, names.clone().find(near)?))
}

/// The rule of Kubernetes' `IsEnvVarName`, which is stricter than `IsRelaxedEnvVarName` of 1.34 and true everywhere.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && name.chars().all(allowed) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn variable(env: &FieldPath, change: &EnvChange, object: &Value) -> Option<FieldEdit> {
    let item = env.clone().item("name", &change.name);
    let now = item.find(object);
    match (&change.value, now) {
        (None, None) => None,
        (None, Some(_)) => Some(FieldEdit { field: item, to: None }),
        (Some(value), Some(now)) if now.get("valueFrom").is_none() => {
            let field = item.key("value");
            (now.get("value").and_then(Value::as_str).unwrap_or_default() != value).then(|| FieldEdit {
                field,
                to: Some(json!(value)),
            })
        }
        (Some(value), _) => Some(FieldEdit {
            field: item,
            to: Some(json!({"name": change.name, "value": value})),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    #[test]
    fn a_variable_to_remove_that_is_nearly_one_that_is_there_is_a_mistake() {
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [
            {"name": "DEBUG", "value": "1"}, {"name": "A", "value": "1"}
        ]}]}}}});
        let mistake = |name: &str| {
            let step = SetEnv {
                workload: ObjectRef {
                    kind: Kind::deployment(),
                    namespace: None,
                    name: "api".into(),
                    uid: None,
                },
                container: None,
                env: vec![EnvChange {
                    name: name.to_owned(),
                    value: None,
                }],
            };
            edits(&step, &object).err().map(|failure| (failure.what, failure.hints))
        };
        let told = (
            "deployment/api has no variable \"DEBGU\"; nothing was changed".to_owned(),
            vec!["DEBUG is set there: is that the one to remove?".to_owned()],
        );
        assert_eq!(mistake("DEBGU"), Some(told));
        assert_eq!(mistake("LOG_LEVEL"), None);
        assert_eq!(mistake("B"), None);
    }

    #[test]
    fn variables_are_added_changed_replaced_and_removed_and_the_rest_is_left_alone() {
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [
            {"name": "SAME", "value": "1"}, {"name": "OLD", "value": "1"}, {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}, {"name": "GONE", "value": "x"}
        ]}]}}}});
        let set = |name: &str, value: Option<&str>| EnvChange {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        };
        let step = SetEnv {
            workload: ObjectRef {
                kind: Kind::deployment(),
                namespace: None,
                name: "api".into(),
                uid: None,
            },
            container: None,
            env: vec![
                set("SAME", Some("1")),
                set("OLD", Some("2")),
                set("FROM", Some("v")),
                set("GONE", None),
                set("NEVER", None),
                set("NEW", Some("")),
            ],
        };
        let told: Vec<String> = edits(&step, &object)
            .unwrap()
            .iter()
            .map(|e| format!("{} = {}", e.field, e.to.as_ref().map_or("-".into(), Value::to_string)))
            .collect();
        assert_eq!(
            told,
            [
                "spec.template.spec.containers[app].env[OLD].value = \"2\"",
                "spec.template.spec.containers[app].env[FROM] = {\"name\":\"FROM\",\"value\":\"v\"}",
                "spec.template.spec.containers[app].env[GONE] = -",
                "spec.template.spec.containers[app].env[NEW] = {\"name\":\"NEW\",\"value\":\"\"}",
            ]
        );
    }
}
