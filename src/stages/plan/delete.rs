//! Taking an object away.

use serde_json::Value;

use super::{Planner, draft};
use crate::{
    diagnostics::{list, text},
    domain::{
        failure::Result,
        field::{FieldChange, FieldPath},
        plan::{Draft, How},
        step::{Delete, Step},
        undo::{Reversal, Way, made_as_it_was},
    },
};

impl Planner {
    pub(super) async fn taken_away(&self, step: &Step, delete: &Delete, notes: &mut Vec<String>) -> Result<Draft> {
        let before = self.read(step).await?;
        let object = draft::identified(&delete.object, &before)?;
        notes.extend(what_goes(delete, &before));
        notes.extend(delete.lasts().map(str::to_owned));
        let draft = Draft {
            step: Some(step.clone()),
            object,
            subresource: String::new(),
            how: How::Delete,
            edits: Vec::new(),
            before,
        };
        notes.extend(of_claims(&draft));
        Ok(draft)
    }
}

/// What becomes of the volume claims of a set that is taken away: nobody but its own policy deletes them.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>
pub(super) fn of_claims(draft: &Draft) -> Option<String> {
    let claims = list(&draft.before, "/spec/volumeClaimTemplates").iter();
    let names: Vec<&str> = claims.filter_map(|claim| text(claim, "/metadata/name")).collect();
    let names = Some(names.join(", ")).filter(|names| !names.is_empty())?;
    Some(match draft.takes_claims_along() {
        true => format!(
            "its volume claims ({names}) go with it, and what is stored in them is lost: it says so itself (persistentVolumeClaimRetentionPolicy)"
        ),
        false => format!("its volume claims ({names}) stay, and what is stored in them"),
    })
}

/// What goes with it, or comes back by itself.
fn what_goes(delete: &Delete, object: &Value) -> Option<String> {
    let replicas = object.pointer("/spec/replicas").and_then(Value::as_u64);
    let owner = list(object, "/metadata/ownerReferences").first();
    match (delete.object.kind.kind.as_str(), replicas, owner) {
        (kind, _, Some(owner)) => {
            let controls = owner.get("controller").and_then(Value::as_bool) == Some(true);
            let ended = matches!(text(object, "/status/phase"), Some("Succeeded" | "Failed"));
            let again = match controls && matches!(kind, "Pod" | "ReplicaSet") && !ended {
                true => " and makes a new one",
                false => "",
            };
            let (kind, name) = (text(owner, "/kind").unwrap_or_default(), text(owner, "/name").unwrap_or_default());
            Some(format!("{}/{name} owns it{again}", kind.to_lowercase()))
        }
        ("Deployment" | "StatefulSet" | "ReplicaSet", Some(0), _) => Some("it has no pods".to_owned()),
        ("Deployment" | "StatefulSet" | "ReplicaSet", Some(1), _) => Some("its pod goes with it".to_owned()),
        ("Deployment" | "StatefulSet" | "ReplicaSet", Some(count), _) => Some(format!("its {count} pods go with it")),
        ("DaemonSet" | "Job" | "CronJob", ..) => Some("its pods go with it".to_owned()),
        _ => None,
    }
}

/// Not the whole object, which may hold what is secret.
pub(super) fn difference(draft: &Draft) -> Vec<FieldChange> {
    vec![FieldChange {
        field: FieldPath::keys(&["metadata", "name"]),
        before: Some(Value::String(draft.object.name.clone())),
        after: None,
    }]
}

pub(super) fn reversal(draft: &Draft) -> Reversal {
    Reversal {
        object: draft.object.clone(),
        subresource: String::new(),
        fields: Vec::new(),
        way: Way::Create(made_as_it_was(&draft.before)),
    }
}
