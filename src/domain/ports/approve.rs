use super::Later;
use crate::domain::plan::{Decision, Plan};

/// Somebody, or a rule, that says yes or no to plans that change something. Asked once for all plans of a request.
pub trait Approve: Send + Sync {
    fn decide<'a>(&'a self, plans: &'a [Plan]) -> Later<'a, Decision>;
}
