//! From a step and the object as it is to the fields that shall change.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{data, environment, metadata, resources};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath, RESTARTED_AT},
    intent::Amount,
    object::ObjectRef,
    plan::{Draft, How},
    step::{Restart, Scale, SetImage, SetPaused, Step},
};

/// The largest count of replicas that the API takes (`int32`).
const MAX_REPLICAS: u32 = i32::MAX.unsigned_abs();

/// `None` for a step that changes nothing by its nature.
///
/// # Errors
/// The object was replaced by another of the same name, or is of a kind or shape that this step cannot change.
pub(super) fn of(step: &Step, before: Value, now: Timestamp) -> Result<Option<Draft>> {
    let Some(target) = step.target() else { return Ok(None) };
    let object = identified(target, &before)?;
    let edits = match step {
        Step::Scale(scale) => scaled(scale, &before)?,
        Step::Restart(restart) => restarted(restart, &before, now)?,
        Step::SetImage(set) => imaged(set, &before)?,
        Step::SetEnv(set) => environment::edits(set, &before)?,
        Step::SetPaused(set) => paused(set, &before)?,
        Step::Label(marks) => metadata::edits(marks, "labels", &before)?,
        Step::Annotate(marks) => metadata::edits(marks, "annotations", &before)?,
        Step::SetData(marks) => data::edits(marks, &before)?,
        Step::SetResources(set) => resources::edits(set, &before)?,
        _ => return Ok(None),
    };
    let subresource = if matches!(step, Step::Scale(_)) { "scale" } else { "" }.to_owned();
    Ok(Some(Draft {
        step: Some(step.clone()),
        object,
        subresource,
        how: How::Patch,
        edits,
        before,
    }))
}

/// The target with the uid of what was read; another uid than the one that was meant is another object.
pub(super) fn identified(target: &ObjectRef, read: &Value) -> Result<ObjectRef> {
    let uid = read.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned);
    match (&target.uid, &uid) {
        (Some(meant), Some(found)) if meant != found => Err(Failure::new(
            FailureKind::Conflict,
            format!("{target} was deleted and created again since it was looked up"),
        )
        .hint("nothing was changed; ask again: the new object will be looked at")),
        _ => Ok(ObjectRef {
            uid: uid.or_else(|| target.uid.clone()),
            ..target.clone()
        }),
    }
}

/// What to say when the object, or the subresource that the step needs, is not there.
pub(super) fn missing(step: &Step, target: &ObjectRef) -> Failure {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let (what, hint) = match step {
        Step::Scale(_) if target.kind.kind == "DaemonSet" => (
            format!("{target} cannot be scaled: a DaemonSet runs one pod on each node"),
            "to stop it, take its nodes away from it with a node selector".to_owned(),
        ),
        Step::Scale(_) => (
            format!("{target} is not there, or is of a kind that cannot be scaled"),
            format!("todo-agent \"overview of {namespace}\""),
        ),
        _ if target.kind.is_workload() => (
            format!("{target} is not there any more in namespace {namespace}"),
            format!("todo-agent \"overview of {namespace}\""),
        ),
        _ => {
            let place = if namespace.is_empty() {
                String::new()
            } else {
                format!(" in namespace {namespace}")
            };
            (
                format!("{target} is not there{place}"),
                format!(
                    "todo-agent \"list {}{}\"",
                    target.kind.plural,
                    if namespace.is_empty() {
                        String::new()
                    } else {
                        format!(" in {namespace}")
                    }
                ),
            )
        }
    };
    Failure::new(FailureKind::NotFound, what).hint(hint)
}

fn edit(field: FieldPath, to: Value) -> FieldEdit {
    FieldEdit { field, to: Some(to) }
}

fn scaled(step: &Scale, scale: &Value) -> Result<Vec<FieldEdit>> {
    let field = FieldPath::keys(&["spec", "replicas"]);
    let now = field
        .find(scale)
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(0);
    if let Some(why) = never(step.replicas, now) {
        return Err(
            Failure::new(FailureKind::Usage, format!("{} has {now} replicas, and {why}", step.workload)).hint(format!(
                "say how many it shall have: scale {} to {}",
                step.workload,
                step.replicas.against(now).unwrap_or(1).max(1)
            )),
        );
    }
    let wanted = step.replicas.against(now).filter(|&wanted| wanted <= MAX_REPLICAS).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!(
                "{} would have more replicas than Kubernetes can count ({MAX_REPLICAS})",
                step.workload
            ),
        )
    })?;
    Ok(if wanted == now {
        Vec::new()
    } else {
        vec![edit(field, json!(wanted))]
    })
}

/// Why an amount that is counted from what is there leads to no number of replicas: whoever says it thinks of another number.
fn never(amount: Amount, now: u32) -> Option<String> {
    match amount {
        Amount::By(delta) if i64::from(now) + i64::from(delta) < 0 => Some(format!("{} fewer cannot be", delta.unsigned_abs())),
        Amount::Times(1, 2) if now % 2 == 1 => Some("half of them is no whole number".to_owned()),
        Amount::Times(num, 100) if is_broken(num, 100, now) => Some(format!("{num}% of them is no whole number")),
        Amount::Times(num, den) if is_broken(num, den, now) => Some(format!("{num}/{den} of them is no whole number")),
        _ => None,
    }
}

fn is_broken(num: u32, den: u32, now: u32) -> bool {
    (u64::from(num) * u64::from(now)) % u64::from(den.max(1)) != 0
}

fn restarted(step: &Restart, object: &Value, now: Timestamp) -> Result<Vec<FieldEdit>> {
    template(&step.workload, object)?;
    if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Err(Failure::new(
            FailureKind::Failed,
            format!("{} is paused: a restart would not begin", step.workload),
        )
        .hint(format!("kubectl rollout resume {} first", step.workload)));
    }
    if replaces_by_hand_alone(object) {
        return Err(Failure::new(
            FailureKind::Failed,
            format!(
                "{} replaces a pod only when somebody deletes it (update strategy OnDelete): a restart would not begin",
                step.workload
            ),
        )
        .hint("delete its pods one by one, each when the one before is ready again"));
    }
    let field = FieldPath::keys(&["spec", "template", "metadata", "annotations"]).key(RESTARTED_AT);
    Ok(vec![edit(field, json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))])
}

fn paused(step: &SetPaused, object: &Value) -> Result<Vec<FieldEdit>> {
    if step.workload.kind.kind != "Deployment" {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{} cannot be paused: only a rollout of a Deployment can", step.workload),
        ));
    }
    let field = FieldPath::keys(&["spec", "paused"]);
    let is = field.find(object).and_then(Value::as_bool).unwrap_or(false);
    Ok(match (is == step.paused, step.paused) {
        (true, _) => Vec::new(),
        (false, true) => vec![edit(field, json!(true))],
        (false, false) => vec![FieldEdit { field, to: None }],
    })
}

/// What must be known of a new template that reaches no pod by itself.
pub(super) fn hand_replaced(step: &Step, object: &Value) -> Option<String> {
    let new_template = matches!(
        step,
        Step::SetImage(_) | Step::SetEnv(_) | Step::SetResources(_) | Step::RolloutUndo(_)
    );
    (new_template && replaces_by_hand_alone(object))
        .then(|| "its pods keep the old version until each is deleted by hand (update strategy OnDelete)".to_owned())
}

fn replaces_by_hand_alone(object: &Value) -> bool {
    object.pointer("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete")
}

fn imaged(step: &SetImage, object: &Value) -> Result<Vec<FieldEdit>> {
    let (list, container) = container(&step.workload, object, step.container.as_deref())?;
    let field = FieldPath::keys(&["spec", "template", "spec", list])
        .item("name", &container)
        .key("image");
    let same = field.find(object).and_then(Value::as_str) == Some(step.image.as_str());
    Ok(if same { Vec::new() } else { vec![edit(field, json!(step.image))] })
}

/// The list and name of the container that is meant: the named one, else the only one, else the one that bears the
/// workload's own name.
fn container(workload: &ObjectRef, object: &Value, named: Option<&str>) -> Result<(&'static str, String)> {
    let containers = names(object, "containers");
    if let Some(named) = named {
        if containers.iter().any(|name| name == named) {
            return Ok(("containers", named.to_owned()));
        }
        if names(object, "initContainers").iter().any(|name| name == named) {
            return Ok(("initContainers", named.to_owned()));
        }
        return Err(Failure::new(FailureKind::Usage, format!("{workload} has no container \"{named}\""))
            .hint(format!("containers: {}", containers.join(", "))));
    }
    match containers.as_slice() {
        [] => Err(Failure::new(FailureKind::Failed, format!("{workload} has no containers"))),
        [only] => Ok(("containers", only.clone())),
        several => several
            .iter()
            .find(|&name| *name == workload.name)
            .map(|name| ("containers", name.clone()))
            .ok_or_else(|| {
                Failure::new(
                    FailureKind::Unclear,
                    format!("{workload} has {} containers; which one is meant?", several.len()),
                )
                .hint(format!(
                    "name it: kubectl set image {workload} {}=IMAGE",
                    several.first().map_or("CONTAINER", String::as_str)
                ))
                .hint(format!("containers: {}", several.join(", ")))
            }),
    }
}

/// The container that is named, which must be there, or all of them.
pub(super) fn containers(named: Option<&String>, workload: &ObjectRef, object: &Value) -> Result<Vec<String>> {
    let all = names(object, "containers");
    match named {
        _ if all.is_empty() => Err(Failure::new(FailureKind::Failed, format!("{workload} has no containers"))),
        None => Ok(all),
        Some(named) if all.contains(named) => Ok(vec![named.clone()]),
        Some(named) => Err(Failure::new(FailureKind::Usage, format!("{workload} has no container \"{named}\""))
            .hint(format!("containers: {}", all.join(", ")))),
    }
}

pub(super) fn names(object: &Value, list: &str) -> Vec<String> {
    let containers = object
        .pointer("/spec/template/spec")
        .and_then(|spec| spec.get(list))
        .and_then(Value::as_array);
    containers
        .into_iter()
        .flatten()
        .filter_map(|c| c.get("name").and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}

fn template(workload: &ObjectRef, object: &Value) -> Result<()> {
    if object.pointer("/spec/template").is_some() {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Failed,
        format!("{workload} has no pod template: there is nothing that could be started anew"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::Kind;

    fn workload() -> ObjectRef {
        ObjectRef {
            kind: Kind::deployment(),
            namespace: Some("todo".into()),
            name: "api".into(),
            uid: Some("u1".into()),
        }
    }

    fn scaled_to(replicas: Amount, now: u32) -> Result<Vec<FieldEdit>> {
        scaled(
            &Scale {
                workload: workload(),
                replicas,
            },
            &json!({"spec": {"replicas": now}}),
        )
    }

    #[test]
    fn scaling_edits_the_count_and_nothing_when_it_is_there_already() {
        let field = FieldPath::keys(&["spec", "replicas"]);
        assert_eq!(scaled_to(Amount::Times(1, 2), 6), Ok(vec![edit(field, json!(3))]));
        assert_eq!(scaled_to(Amount::Exactly(5), 5), Ok(vec![]));
        assert_eq!(
            scaled_to(Amount::Exactly(u32::MAX), 5).map_err(|failure| failure.what),
            Err("deployment/api would have more replicas than Kubernetes can count (2147483647)".to_owned())
        );
    }

    #[test]
    fn an_amount_that_leads_to_no_number_is_refused_and_not_rounded() {
        let refused = |amount, now| scaled_to(amount, now).map_err(|failure| failure.what);
        assert_eq!(
            refused(Amount::By(-5), 2),
            Err("deployment/api has 2 replicas, and 5 fewer cannot be".to_owned())
        );
        assert_eq!(
            refused(Amount::Times(3, 100), 2),
            Err("deployment/api has 2 replicas, and 3% of them is no whole number".to_owned())
        );
        assert_eq!(
            refused(Amount::Times(1, 2), 5),
            Err("deployment/api has 5 replicas, and half of them is no whole number".to_owned())
        );
        assert_eq!(
            refused(Amount::Times(3, 2), 5),
            Err("deployment/api has 5 replicas, and 3/2 of them is no whole number".to_owned())
        );
        assert_eq!(
            refused(Amount::Times(150, 100), 2),
            Ok(vec![edit(FieldPath::keys(&["spec", "replicas"]), json!(3))])
        );
        assert_eq!(
            refused(Amount::By(-2), 2),
            Ok(vec![edit(FieldPath::keys(&["spec", "replicas"]), json!(0))])
        );
    }

    #[test]
    fn an_object_created_anew_under_the_same_name_is_not_touched() {
        let step = Step::Scale(Scale {
            workload: workload(),
            replicas: Amount::Exactly(3),
        });
        let failure = of(
            &step,
            json!({"metadata": {"uid": "u2"}, "spec": {"replicas": 1}}),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap_err();
        assert_eq!(failure.what, "deployment/api was deleted and created again since it was looked up");
    }

    #[test]
    fn the_container_is_the_named_one_the_only_one_or_the_one_with_the_workloads_name() {
        let spec = |names: &[&str]| json!({"spec": {"template": {"spec": {"containers": names.iter().map(|n| json!({"name": n})).collect::<Vec<_>>()}}}});
        let chosen = |names: &[&str], named: Option<&str>| {
            container(&workload(), &spec(names), named)
                .map(|(_, name)| name)
                .map_err(|f| f.what)
        };
        assert_eq!(chosen(&["main"], None).as_deref(), Ok("main"));
        assert_eq!(chosen(&["proxy", "api"], None).as_deref(), Ok("api"));
        assert_eq!(
            chosen(&["proxy", "main"], None),
            Err("deployment/api has 2 containers; which one is meant?".to_owned())
        );
        assert_eq!(chosen(&["proxy", "main"], Some("main")).as_deref(), Ok("main"));
        assert_eq!(
            chosen(&["proxy"], Some("main")),
            Err("deployment/api has no container \"main\"".to_owned())
        );
    }
}
