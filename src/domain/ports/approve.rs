use super::Later;
use crate::domain::{
    errand::{Asks, Ruling},
    place::Place,
    plan::{Decision, Plan},
};

/// Somebody, or a rule, that says yes or no to plans that change something. Asked once for all plans of a request.
pub trait Approve: Send + Sync {
    fn decide<'a>(&'a self, plans: &'a [Plan]) -> Later<'a, Decision>;

    /// The same for a call that a tool tries on its own account. Where something was approved before (`replaceable`), the tool can be
    /// stopped, too, and its work finished by another.
    fn rule<'a>(&'a self, _place: &'a Place, _asks: &'a Asks, _replaceable: bool) -> Later<'a, Ruling> {
        Box::pin(async {
            Ok(Ruling::Refused {
                reason: "nobody is there to approve it".to_owned(),
            })
        })
    }
}
