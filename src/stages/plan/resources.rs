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

/// An amount of memory without a unit is bytes, which is rarely what was meant.
pub(super) fn remark(step: &SetResources) -> Option<String> {
    const SMALLEST: f64 = 1024.0 * 1024.0;
    let amounts = step.amounts().ok()?;
    let memory = amounts.iter().filter_map(|(_, amounts)| amounts.memory.as_ref());
    let mut bare = memory.filter(|amount| quantity::amount(amount).is_some_and(|bytes| bytes > 0.0 && bytes < SMALLEST));
    let said = bare.next()?;
    let number = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    Some(format!(
        "{said} of memory is less than any program needs: {number}Mi or {number}Gi may be meant"
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_of_bytes_is_remarked_on() {
        let told = |limits: &str| {
            let step = serde_json::from_value(json!({
                "workload": {"kind": crate::domain::kind::Kind::deployment(), "namespace": "default", "name": "web", "uid": null},
                "limits": limits,
            }));
            remark(&step.unwrap()).unwrap_or_default()
        };
        assert_eq!(
            told("memory=6"),
            "6 of memory is less than any program needs: 6Mi or 6Gi may be meant"
        );
        assert_eq!(
            told("cpu=1,memory=512m"),
            "512m of memory is less than any program needs: 512Mi or 512Gi may be meant"
        );
        assert_eq!(told("cpu=1,memory=64Mi"), "");
        assert_eq!(told("cpu=6"), "");
    }
}
