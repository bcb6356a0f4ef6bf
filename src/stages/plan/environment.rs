//! Environment variables of a pod template.

use serde_json::{Value, json};

use super::draft::names;
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
    let containers = names(object, "containers");
    let meant: Vec<String> = match &step.container {
        None => containers,
        Some(named) if containers.contains(named) => vec![named.clone()],
        Some(named) => {
            return Err(
                Failure::new(FailureKind::Usage, format!("{} has no container \"{named}\"", step.workload))
                    .hint(format!("containers: {}", containers.join(", "))),
            );
        }
    };
    if let Some(wrong) = step.env.iter().find(|change| !is_name(&change.name)) {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("\"{}\" cannot be the name of an environment variable", wrong.name),
        )
        .hint("letters, digits, and _ . - are allowed; it must not begin with a digit"));
    }
    Ok(meant
        .iter()
        .flat_map(|container| {
            let env = FieldPath::keys(&["spec", "template", "spec", "containers"])
                .item("name", container)
                .key("env");
            step.env.iter().filter_map(move |change| variable(&env, change, object))
        })
        .collect())
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
