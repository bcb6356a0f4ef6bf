//! Watches the cluster until every post-condition of a plan holds, fails for good, or nothing has moved for too long.
//! Nothing is polled where a watch serves, and nothing is opened that is not needed: a condition that is true at first sight
//! costs one watch.

mod conditions;
mod confirm;
mod docker;
mod end;
mod feeds;
mod release;
mod session;
mod sight;
mod telling;
mod tracked;
mod wait;

use std::{sync::Arc, time::Duration};

use crate::domain::{
    execution::Execution,
    failure::Result,
    plan::Plan,
    ports::{engine::Engine, observe::Observe, record::Record},
    verification::{PostCondition, Verification},
};

/// New pods whose template nobody has seen working must live this long without a restart (design: "five seconds more").
const QUIET: Duration = Duration::from_secs(5);

/// The stage. Given what it may look through, and who is told what it sees.
#[allow(missing_debug_implementations)]
pub struct Verify {
    observe: Arc<dyn Observe>,
    record: Arc<dyn Record>,
    engine: Option<Arc<dyn Engine>>,
}

impl Verify {
    #[must_use]
    pub fn new(observe: Arc<dyn Observe>, record: Arc<dyn Record>) -> Self {
        Self {
            observe,
            record,
            engine: None,
        }
    }

    /// The same, which can look at a Docker Engine too.
    #[must_use]
    pub fn through(mut self, engine: Arc<dyn Engine>) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Watches until it is settled. `patience` is the time without progress after which it gives up; there is no limit to the
    /// whole. An `Event::Progress` tells each change of what is seen, and each condition's end.
    ///
    /// # Errors
    /// `LostSight` when the cluster could no longer be observed.
    pub async fn verify(&self, plan: &Plan, execution: &Execution, patience: Duration) -> Result<Verification> {
        let on_engine = plan.verify.iter().any(|condition| matches!(condition, PostCondition::Docker(_)));
        if let Some(engine) = self.engine.as_ref().filter(|_| on_engine) {
            return docker::verify(engine.as_ref(), self.record.as_ref(), plan, execution, patience).await;
        }
        let is_record = |condition: &PostCondition| matches!(condition, PostCondition::Released(_));
        if plan.verify.iter().any(is_record) {
            return self.verify_release(plan, execution, patience).await;
        }
        let is_wait = |condition: &PostCondition| matches!(condition, PostCondition::Reaches(_));
        let (waits, others): (Vec<PostCondition>, Vec<PostCondition>) = plan.verify.iter().cloned().partition(is_wait);
        if waits.is_empty() {
            return session::Session::begin(&self.observe, &self.record, plan, execution, patience)
                .run()
                .await;
        }
        let mut whole = Verification::default();
        if !others.is_empty() {
            let rest = Plan {
                verify: others,
                ..plan.clone()
            };
            whole = session::Session::begin(&self.observe, &self.record, &rest, execution, patience)
                .run()
                .await?;
        }
        for condition in &waits {
            if !whole.holds() {
                break;
            }
            wait::until(&self.observe, &self.record, condition, patience, &mut whole).await?;
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests;
