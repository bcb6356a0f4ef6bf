//! What Helm says of a release afterwards, in its own record; and then the objects, which say more.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Verify, end, session::Session};
use crate::{
    diagnostics::words::clean,
    domain::{
        event::Event,
        execution::Execution,
        failure::Result,
        plan::Plan,
        release::Release,
        verification::{IsReleased, Observation, PostCondition, Verdict, Verification},
    },
};

/// Between two looks.
const PACE: Duration = Duration::from_millis(200);

/// helm has written its record before it ends: one that is not there by then does not come.
const SOON: Duration = Duration::from_secs(3);

impl Verify {
    /// The records first: where helm itself gave up, its objects are half of the one and half of the other revision.
    ///
    /// # Errors
    /// `LostSight` when the cluster could no longer be observed.
    pub(super) async fn verify_release(&self, plan: &Plan, execution: &Execution, patience: Duration) -> Result<Verification> {
        let mut whole = Verification::default();
        let mut others = Vec::new();
        for condition in &plan.verify {
            let PostCondition::Released(wanted) = condition else {
                others.push(condition.clone());
                continue;
            };
            let observation = self.recorded(condition, wanted, patience).await?;
            if observation.verdict != Verdict::Holds {
                whole.left = Some(format!("Not done: {}: {}", wanted.release, observation.saw));
            }
            whole.observations.push(observation);
        }
        if whole.holds() && !others.is_empty() {
            let rest = Plan {
                verify: others,
                ..plan.clone()
            };
            let seen = Session::begin(&self.observe, &self.record, &rest, execution, patience)
                .run()
                .await?;
            let mut observations = whole.observations;
            observations.extend(seen.observations.iter().cloned());
            whole = Verification { observations, ..seen };
        }
        Ok(whole)
    }

    async fn recorded(&self, condition: &PostCondition, wanted: &IsReleased, patience: Duration) -> Result<Observation> {
        let begun = Instant::now();
        let release = &wanted.release;
        loop {
            let kept = self.observe.releases(release.namespace.as_deref(), Some(&release.name)).await;
            let kept = kept.map_err(|failure| end::lost(&format!("{release} was rolled back"), failure))?;
            let (verdict, saw) = look(&kept, wanted);
            let waits = match verdict {
                Verdict::Pending if kept.iter().any(|one| one.revision >= wanted.revision) => patience,
                Verdict::Pending => SOON,
                _ => Duration::ZERO,
            };
            if begun.elapsed() < waits {
                sleep(PACE).await;
                continue;
            }
            let observation = Observation {
                condition: condition.clone(),
                verdict: if verdict == Verdict::Holds {
                    Verdict::Holds
                } else {
                    Verdict::Fails
                },
                saw,
                millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            // Looking is not stopped by a record that cannot be written; changes are.
            let _ = self.record.record(Event::Progress {
                observation: observation.clone(),
            });
            return Ok(observation);
        }
    }
}

fn look(kept: &[Release], wanted: &IsReleased) -> (Verdict, String) {
    let number = wanted.revision;
    let Some(made) = kept.iter().find(|one| one.revision == number) else {
        let newest = kept.last().map_or_else(|| "none".to_owned(), |one| one.revision.to_string());
        return (Verdict::Pending, format!("there is no revision {number}: the newest is {newest}"));
    };
    if let Some(later) = kept.last().filter(|later| later.revision > number) {
        return (
            Verdict::Fails,
            format!("revision {} came after it ({})", later.revision, clean(&later.description)),
        );
    }
    let told = format!("revision {number} is {}", clean(&made.status));
    match made.status.as_str() {
        "deployed" if made.digest == wanted.digest => (Verdict::Holds, format!("{told}, as revision {} was", wanted.like)),
        "deployed" => (Verdict::Fails, format!("{told}, and is not what revision {} was", wanted.like)),
        pending if pending.starts_with("pending-") => (Verdict::Pending, told),
        _ => (Verdict::Fails, format!("{told}: {}", clean(&made.description))),
    }
}
