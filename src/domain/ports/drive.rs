use serde_json::Value;

use super::Later;
use crate::domain::{
    answer::ForwardAnswer,
    execution::Done,
    failure::{Failure, FailureKind},
    plan::{Approved, Draft, Plan},
};

/// Does changes. Two implementations: the built-in engine, and AI tools behind the gate.
pub trait Drive: Send + Sync {
    /// The object as it would be: a server-side dry-run (`dryRun=All`), so that admission, defaulting and validation
    /// are the server's own. Guarded by uid and resourceVersion of `draft.before`; a conflict is a `FailureKind::Conflict`.
    fn preview<'a>(&'a self, draft: &'a Draft) -> Later<'a, Value>;

    /// Sends the change at `index` of the approved plan, with uid and resourceVersion of its preview. On a conflict the
    /// object is read again, previewed again, and sent only if the new difference lies within the grant of the plan.
    fn apply<'a>(&'a self, plan: &'a Approved<Plan>, index: usize) -> Later<'a, Done>;

    /// Forwards the ports of the read at `index` of the approved plan, to its pods alone, until somebody ends it.
    fn forward<'a>(&'a self, _plan: &'a Approved<Plan>, _index: usize) -> Later<'a, ForwardAnswer> {
        Box::pin(async { Err(Failure::new(FailureKind::Configuration, "ports cannot be forwarded")) })
    }
}
