//! Numbers of replicas: what is there, and what the user should know before saying yes.

use serde_json::Value;

use super::Planner;
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::FieldPath,
    intent::Amount,
    kind::Kind,
    object::ObjectRef,
    plan::Draft,
    ports::observe::Query,
    step::Scale,
    verification::PostCondition,
};

/// Above this many replicas a plan says what that means for a laptop.
const MANY_REPLICAS: u32 = 50;

impl Planner {
    /// Of a kind that has none the server says the same as of a name that is not there.
    pub(super) async fn scale_of(&self, target: &ObjectRef) -> Result<Option<Value>> {
        let scale = self.observe.get_scale(target).await;
        if matches!(&scale, Err(failure) if failure.kind == FailureKind::NotFound) && self.observe.get(target).await?.is_some() {
            let what = format!("{target} has no replicas: there is nothing to scale");
            return Err(Failure::new(FailureKind::Failed, what));
        }
        scale
    }

    /// Makes a relative amount absolute in the post-conditions, and says what the user should know before saying yes.
    pub(super) async fn note_scaling(&self, scale: &Scale, draft: &Draft, verify: &mut [PostCondition], notes: &mut Vec<String>) {
        let replicas = FieldPath::keys(&["spec", "replicas"]);
        let edited = draft
            .edits
            .iter()
            .find(|edit| edit.field == replicas)
            .and_then(|edit| edit.to.as_ref());
        let wanted = edited
            .or_else(|| replicas.find(&draft.before))
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0);
        for condition in verify {
            if let PostCondition::Replicas(replicas) = condition
                && replicas.workload.same_name(&scale.workload)
            {
                replicas.equals = Amount::Exactly(wanted);
            }
        }
        if wanted == 0 {
            notes.push(format!("{} will not run at all: no pod is left to answer", scale.workload.name));
        } else if wanted > MANY_REPLICAS {
            notes.push(format!("{wanted} replicas are more than a laptop's cluster usually has room for"));
        }
        if let Some(autoscaler) = self.autoscaler(&scale.workload).await {
            notes.push(format!("the autoscaler {autoscaler} also sets this number and may change it back"));
        }
    }

    async fn autoscaler(&self, workload: &ObjectRef) -> Option<String> {
        let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "HorizontalPodAutoscaler")?;
        let found = self.observe.list(&Query::all(kind, workload.namespace.clone())).await.ok()?;
        let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found
            .iter()
            .find(|hpa| {
                text(hpa, "/spec/scaleTargetRef/kind").as_deref() == Some(&workload.kind.kind)
                    && text(hpa, "/spec/scaleTargetRef/name").as_deref() == Some(&workload.name)
            })
            .and_then(|hpa| text(hpa, "/metadata/name"))
    }
}
