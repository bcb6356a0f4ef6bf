//! Which replica set is the new one, revisions, and the history that is kept.

use serde_json::{Value, json};

use super::{CONTROLLER, Report, Rollout, Turn, ident, key, mark_desired, report, selector, status, values, wanted};

const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HASH: &str = "pod-template-hash";

/// The revision of a deployment or replica set, 0 when it has none.
pub fn of(object: &Value) -> i64 {
    values::annotation(object, REVISION)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// The deployment with its replica sets; orphans that its selector matches are adopted.
pub fn find(turn: &mut Turn, deployment: Value) -> Rollout {
    adopt(turn, &deployment);
    let mut sets: Vec<Value> = turn
        .controlled("ReplicaSet", values::uid(&deployment))
        .into_iter()
        .cloned()
        .collect();
    sets.sort_by(|one, other| (values::created(one), values::name(one)).cmp(&(values::created(other), values::name(other))));
    let new = sets
        .iter()
        .position(|set| same_template(set, &deployment))
        .map(|index| sets.remove(index));
    Rollout {
        deployment,
        new,
        old: sets,
    }
}

fn adopt(turn: &mut Turn, deployment: &Value) {
    let Some(wanted) = deployment.pointer("/spec/selector") else {
        return;
    };
    if values::deleting(deployment) {
        return;
    }
    let ours = |set: &&Value| !values::deleting(set) && selector::matches(wanted, set);
    let orphans: Vec<Value> = turn
        .orphans("ReplicaSet", values::namespace(deployment))
        .into_iter()
        .filter(ours)
        .cloned()
        .collect();
    for mut set in orphans {
        values::set(
            &mut set,
            &["metadata", "ownerReferences"],
            json!([values::owner_reference(deployment)]),
        );
        turn.put(set);
    }
}

/// Whether a set's template is the deployment's, but for the hash label.
fn same_template(set: &Value, deployment: &Value) -> bool {
    let (Some(one), Some(other)) = (set.pointer("/spec/template"), deployment.pointer("/spec/template")) else {
        return false;
    };
    let labels = |template: &Value| {
        let mut labels = values::map(template, "/metadata/labels").cloned().unwrap_or_default();
        labels.shift_remove(HASH);
        labels
    };
    let annotations = |template: &Value| {
        values::map(template, "/metadata/annotations")
            .filter(|map| !map.is_empty())
            .cloned()
    };
    one.get("spec") == other.get("spec") && labels(one) == labels(other) && annotations(one) == annotations(other)
}

/// Makes sure that the new replica set exists and has the highest revision. `create` says whether it may be made.
pub fn ensure_new(turn: &mut Turn, rollout: &mut Rollout, create: bool) {
    let highest = rollout.old.iter().map(of).max().unwrap_or_default();
    let surge = rollout.max_surge();
    let replicas = rollout.replicas();
    if let Some(set) = &mut rollout.new {
        let mut changed = mark_desired(set, replicas, replicas + surge);
        if of(set) <= highest {
            remember(set, highest + 1);
            changed = true;
        }
        changed |= copy_annotations(&rollout.deployment, set);
        if set.pointer("/spec/minReadySeconds") != rollout.deployment.pointer("/spec/minReadySeconds") {
            let seconds = values::count(&rollout.deployment, "/spec/minReadySeconds");
            if seconds != values::count(set, "/spec/minReadySeconds") {
                values::set(set, &["spec", "minReadySeconds"], json!(seconds));
                changed = true;
            }
        }
        if changed {
            turn.put(set.clone());
        }
        let revision = of(set);
        let found = format!("Found new replica set \"{}\"", values::name(set));
        write_revision(turn, rollout, revision);
        if values::condition(&rollout.deployment, "Progressing").is_none() && status::has_deadline(&rollout.deployment) {
            status::set_progressing(turn, rollout, "True", "FoundNewReplicaSet", &found);
        }
        return;
    }
    if create {
        make_new(turn, rollout, highest + 1);
    }
}

/// Gives a reused set a new revision and keeps the old one in its history.
fn remember(set: &mut Value, revision: i64) {
    let old = of(set);
    if old > 0 {
        let history = match values::annotation(set, HISTORY) {
            Some(history) if !history.is_empty() => format!("{history},{old}"),
            _ => old.to_string(),
        };
        values::set_annotation(set, HISTORY, history);
    }
    values::set_annotation(set, REVISION, revision.to_string());
}

/// The deployment's own annotations travel to its new replica set, so that a rollback brings the change cause back.
fn copy_annotations(deployment: &Value, set: &mut Value) -> bool {
    let own = |key: &str| key != "kubectl.kubernetes.io/last-applied-configuration" && !key.starts_with("deployment.kubernetes.io/");
    let Some(annotations) = values::map(deployment, "/metadata/annotations") else {
        return false;
    };
    let news: Vec<(String, String)> = annotations
        .iter()
        .filter(|(key, _)| own(key))
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .filter(|(key, value)| values::annotation(set, key) != Some(value))
        .collect();
    for (key, value) in &news {
        values::set_annotation(set, key, value);
    }
    !news.is_empty()
}

fn make_new(turn: &mut Turn, rollout: &mut Rollout, revision: i64) {
    let deployment = &rollout.deployment;
    let Some(template) = deployment.pointer("/spec/template") else {
        return;
    };
    let hash = ident::template_hash(template, values::count(deployment, "/status/collisionCount"));
    let mut set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", values::name(deployment)),
            "namespace": values::namespace(deployment),
            "labels": values::map(template, "/metadata/labels").cloned().unwrap_or_default(),
            "annotations": {},
            "ownerReferences": [values::owner_reference(deployment)],
        },
        "spec": {
            "replicas": 0,
            "selector": deployment.pointer("/spec/selector"),
            "template": template,
        },
        "status": { "replicas": 0 },
    });
    if let Some(seconds) = values::int(deployment, "/spec/minReadySeconds").filter(|seconds| *seconds > 0) {
        values::set(&mut set, &["spec", "minReadySeconds"], json!(seconds));
    }
    for path in [
        &["metadata", "labels", HASH][..],
        &["spec", "selector", "matchLabels", HASH],
        &["spec", "template", "metadata", "labels", HASH],
    ] {
        values::set(&mut set, path, json!(hash));
    }
    copy_annotations(deployment, &mut set);
    values::set_annotation(&mut set, REVISION, revision.to_string());
    let (surge, replicas) = (rollout.max_surge(), rollout.replicas());
    mark_desired(&mut set, replicas, replicas + surge);
    let first = room_for_new(rollout);
    values::set(&mut set, &["spec", "replicas"], json!(first));
    let at = key(&set);
    if turn.get_key(&at).is_some() {
        // Another owner's set has this name: the next hash is tried, as the real controller does.
        let collisions = values::count(&rollout.deployment, "/status/collisionCount") + 1;
        values::set(&mut rollout.deployment, &["status", "collisionCount"], json!(collisions));
        turn.put(rollout.deployment.clone());
        return;
    }
    turn.create(set, &[values::uid(&rollout.deployment)]);
    rollout.new = turn.get_key(&at).cloned();
    if first > 0 {
        let message = format!("Scaled up replica set {} from 0 to {first}", at.2);
        report(
            turn,
            &rollout.deployment,
            &Report::normal(CONTROLLER, "ScalingReplicaSet", message),
            1,
        );
    }
    write_revision(turn, rollout, revision);
    if status::has_deadline(&rollout.deployment) {
        let made = format!("Created new replica set \"{}\"", at.2);
        status::set_progressing(turn, rollout, "True", "NewReplicaSetCreated", &made);
    }
}

/// With how many pods the new set may be (`NewRSNewReplicas`).
pub fn room_for_new(rollout: &Rollout) -> i64 {
    let replicas = rollout.replicas();
    let now = rollout.new.as_ref().map_or(0, wanted);
    if rollout.recreate() {
        return replicas;
    }
    let total: i64 = rollout.all().map(wanted).sum();
    let most = replicas + rollout.max_surge();
    if total >= most {
        now
    } else {
        now + (most - total).min(replicas - now)
    }
}

fn write_revision(turn: &mut Turn, rollout: &mut Rollout, revision: i64) {
    if of(&rollout.deployment) != revision {
        values::set_annotation(&mut rollout.deployment, REVISION, revision.to_string());
        turn.put(rollout.deployment.clone());
    }
}

/// Removes old, empty replica sets beyond the limit, the oldest revisions first.
pub fn clean_up(turn: &mut Turn, rollout: &Rollout) {
    let limit = values::int(&rollout.deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let mut old: Vec<&Value> = rollout.old.iter().filter(|set| !values::deleting(set)).collect();
    let surplus = old.len() as i64 - limit;
    if surplus <= 0 {
        return;
    }
    old.sort_by_key(|set| (of(set), values::created(set)));
    for set in old.into_iter().take(usize::try_from(surplus).unwrap_or_default()) {
        let settled = values::count(set, "/status/observedGeneration") >= values::count(set, "/metadata/generation");
        if wanted(set) == 0 && values::count(set, "/status/replicas") == 0 && settled {
            turn.delete(&key(set));
        }
    }
}
