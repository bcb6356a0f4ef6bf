//! What containers are promised and may use.

use serde_json::{Value, json};

use super::draft::containers;
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldEdit, FieldPath},
    plan::Change,
    quantity,
    step::{SetResources, Step},
    verification::PostCondition,
};

/// What must change so that each container that is meant has the amounts as asked.
///
/// # Errors
/// No amount, an amount that is none, or no such container.
pub(super) fn edits(step: &SetResources, object: &Value) -> Result<Vec<FieldEdit>> {
    let amounts = step
        .amounts()
        .map_err(|part| usage(format!("\"{part}\" is no amount of cpu or memory")).hint("write cpu=200m,memory=512Mi"))?;
    let wanted: Vec<(&str, &str, &String)> = amounts
        .iter()
        .flat_map(|(part, amounts)| {
            let cpu = amounts.cpu.iter().map(|amount| (*part, "cpu", amount));
            cpu.chain(amounts.memory.iter().map(|amount| (*part, "memory", amount)))
        })
        .collect();
    if wanted.is_empty() {
        return Err(
            Failure::new(FailureKind::Unclear, "how much cpu or memory, as a limit or as a request?")
                .hint(format!("say it so: set the memory limit of {} to 512Mi", step.workload.name)),
        );
    }
    if let Some((_, _, wrong)) = wanted.iter().find(|(_, _, amount)| quantity::amount(amount).is_none()) {
        return Err(usage(format!("\"{wrong}\" is no amount that Kubernetes knows")).hint("cpu: 250m, 0.5, 2; memory: 256Mi, 1Gi"));
    }
    let meant = containers(step.container.as_ref(), &step.workload, object)?;
    let edits = meant.iter().flat_map(|container| {
        wanted.iter().map(move |(part, resource, amount)| FieldEdit {
            field: FieldPath::keys(&["spec", "template", "spec", "containers"])
                .item("name", container)
                .key("resources")
                .key(*part)
                .key(*resource),
            to: Some(json!(amount)),
        })
    });
    Ok(edits.filter(|edit| edit.field.find(object) != edit.to.as_ref()).collect())
}

/// The fields to be verified, with the amounts as the server spells them: `0.5` becomes `500m`.
pub(super) fn spell(change: &Change, verify: &mut [PostCondition]) {
    let Some(Step::SetResources(_)) = &change.draft.step else { return };
    let fields = change.draft.edits.iter().map(|edit| &edit.field);
    let spelled: Vec<_> = fields.map(|field| (field.clone(), field.find(&change.after).cloned())).collect();
    for condition in verify {
        if let PostCondition::Resources(resources) = condition
            && resources.workload.same_name(&change.draft.object)
        {
            resources.fields.clone_from(&spelled);
        }
    }
}

fn usage(what: String) -> Failure {
    Failure::new(FailureKind::Usage, what)
}
