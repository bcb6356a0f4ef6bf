//! Environment variables of a pod template.

use serde_json::{Value, json};

use super::{Planner, draft::containers, made::well_known};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath},
    intent::EnvChange,
    object::ObjectRef,
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
    if let Some(other) = step.env.iter().find(|change| !was(change, &lists, object)) {
        let name = &other.name;
        return Err(Failure::new(
            FailureKind::Unclear,
            format!("{name} of {} is not what it was said to be; nothing was changed", step.workload),
        )
        .hint("to set it whatever it is now, leave out what it is to be changed from"));
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

/// "from info to debug": wherever it is set, it is the first now, or the second already.
fn was(change: &EnvChange, lists: &[FieldPath], object: &Value) -> bool {
    let Some(from) = &change.from else { return true };
    let set = |env: &FieldPath| env.clone().item("name", &change.name).find(object);
    let now: Vec<Option<&str>> = lists.iter().filter_map(set).map(|item| item.get("value")?.as_str()).collect();
    !now.is_empty() && now.iter().all(|now| *now == Some(from.as_str()) || *now == change.value.as_deref())
}

/// Variables to remove that are not there, which would be passed over without a word.
pub(super) fn absent(step: &SetEnv, object: &Value) -> Vec<String> {
    let Ok(meant) = containers(step.container.as_ref(), &step.workload, object) else {
        return Vec::new();
    };
    let gone = step
        .env
        .iter()
        .filter(|change| change.value.is_none() && !is_own(&change.name, &meant, object));
    gone.map(|change| format!("{} is not set on {}", change.name, step.workload))
        .collect()
}

impl Planner {
    /// What a variable is that the containers have from a whole ConfigMap (`envFrom`): the template does not name it.
    ///
    /// # Errors
    /// It is to be removed, and is no variable of the workload's own.
    pub(super) async fn inherited(&self, step: &SetEnv, object: &Value) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        let meant = containers(step.container.as_ref(), &step.workload, object)?;
        for (name, prefix) in sources(&meant, object) {
            let map = ObjectRef {
                kind: well_known("ConfigMap")?,
                namespace: step.workload.namespace.clone(),
                name: name.to_owned(),
                uid: None,
            };
            // Who may not read it may still set a variable.
            let Ok(Some(found)) = self.observe.get(&map).await else { continue };
            for change in step.env.iter().filter(|change| !is_own(&change.name, &meant, object)) {
                let key = change.name.strip_prefix(prefix).unwrap_or_default();
                if found.get("data").and_then(|data| data.get(key)).is_none() {
                    continue;
                }
                if change.value.is_none() {
                    let told = format!(
                        "{} comes to {} with all keys of {map}; nothing was changed",
                        change.name, step.workload
                    );
                    return Err(Failure::new(FailureKind::Unclear, told)
                        .hint(format!("take {key} out of {map}, then restart {}", step.workload))
                        .hint(format!("or give it another value: set {}=… on {}", change.name, step.workload.name)));
                }
                notes.push(format!("{map} sets {key} as well: a value of the workload's own counts more"));
            }
        }
        Ok(notes)
    }
}

/// ConfigMaps that these containers have all keys of, each with what stands before the keys.
fn sources<'a>(meant: &[String], object: &'a Value) -> Vec<(&'a str, &'a str)> {
    let each = meant.iter().filter_map(|container| {
        let list = FieldPath::keys(&["spec", "template", "spec", "containers"])
            .item("name", container)
            .key("envFrom");
        list.find(object)?.as_array()
    });
    let mut found: Vec<(&str, &str)> = each
        .flatten()
        .filter_map(|source| {
            let prefix = source.get("prefix").and_then(Value::as_str).unwrap_or_default();
            Some((source.pointer("/configMapRef/name")?.as_str()?, prefix))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_own(name: &str, meant: &[String], object: &Value) -> bool {
    let own = |container: &String| variables(container).item("name", name).find(object).is_some();
    meant.iter().any(own)
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
    use crate::domain::kind::Kind;

    fn of_api(env: Vec<EnvChange>) -> SetEnv {
        SetEnv {
            workload: ObjectRef {
                kind: Kind::deployment(),
                namespace: None,
                name: "api".into(),
                uid: None,
            },
            container: None,
            env,
        }
    }

    #[test]
    fn a_variable_to_remove_that_is_nearly_one_that_is_there_is_a_mistake() {
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [
            {"name": "DEBUG", "value": "1"}, {"name": "A", "value": "1"}
        ]}]}}}});
        let mistake = |name: &str| {
            let step = of_api(vec![EnvChange::unset(name)]);
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
        let set = |name: &str, value: Option<&str>| value.map_or_else(|| EnvChange::unset(name), |value| EnvChange::set(name, value));
        let step = of_api(vec![
            set("SAME", Some("1")),
            set("OLD", Some("2")),
            set("FROM", Some("v")),
            set("GONE", None),
            set("NEVER", None),
            set("NEW", Some("")),
        ]);
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

    #[test]
    fn a_value_that_is_another_than_was_said_is_left_alone() {
        let env = json!([{"name": "LOG_LEVEL", "value": "warn"}]);
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "backend", "env": env}]}}}});
        let step = |from: &str, to: &str| {
            of_api(vec![EnvChange {
                from: Some(from.to_owned()),
                ..EnvChange::set("LOG_LEVEL", to)
            }])
        };
        let failure = edits(&step("info", "debug"), &object).unwrap_err();
        assert_eq!(
            failure.what,
            "LOG_LEVEL of deployment/api is not what it was said to be; nothing was changed"
        );
        assert_eq!(edits(&step("warn", "debug"), &object).map(|edits| edits.len()), Ok(1));
        // It is so already.
        assert_eq!(edits(&step("info", "warn"), &object).map(|edits| edits.len()), Ok(0));
        // One container of two.
        let other = json!([{"name": "LOG_LEVEL", "value": "info"}]);
        let two = json!([{"name": "backend", "env": env}, {"name": "sidecar", "env": other}]);
        let object = json!({"spec": {"template": {"spec": {"containers": two}}}});
        assert!(edits(&step("warn", "debug"), &object).is_err());
    }

    #[test]
    fn a_variable_to_remove_that_is_not_there_is_told() {
        let env = json!([{"name": "DEBUG", "value": "1"}]);
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "backend", "env": env}]}}}});
        let step = of_api(vec![EnvChange::unset("DEBUG"), EnvChange::unset("FOO")]);
        assert_eq!(absent(&step, &object), ["FOO is not set on deployment/api"]);
    }
}
