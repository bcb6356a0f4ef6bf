//! An object over time: how far it has come, how long it has been quiet, and since when it is hopeless.

use tokio::time::Instant;

use super::{QUIET, sight::Sight};
use crate::domain::{failure::Failure, finding::Finding, verification::Verdict};

/// Told while the cluster is gone.
pub const SILENT: &str = "the cluster does not answer, waiting for it";
/// Told only when it takes long.
pub const UNSEEN: &str = "waiting to see the change";

/// An object with what is remembered of it over time.
pub struct Tracked {
    pub sight: Sight,
    pub watches_belongings: bool,
    pub watches_events: bool,
    pub best_score: i64,
    pub best_stage: u32,
    /// Since when its rollout is complete, and the restarts at that moment.
    pub quiet: Option<(Instant, u32)>,
    /// Since when a cause is known that waiting will not mend.
    pub hopeless: Option<Instant>,
    pub lasting: Vec<Finding>,
    /// The cluster has not answered since the last news.
    pub silent: Option<Failure>,
}

/// What a condition looks like now.
pub struct Look {
    pub verdict: Verdict,
    pub saw: String,
}

impl Look {
    pub const fn pending(saw: String) -> Self {
        Self {
            verdict: Verdict::Pending,
            saw,
        }
    }
}

impl Tracked {
    pub const fn new(sight: Sight) -> Self {
        Self {
            sight,
            watches_belongings: false,
            watches_events: false,
            best_score: i64::MIN,
            best_stage: 0,
            quiet: None,
            hopeless: None,
            lasting: Vec::new(),
            silent: None,
        }
    }

    /// Gone: not there any more, or another of the same name.
    pub fn look_for_its_end(&self) -> Look {
        let held = |saw: &str| Look {
            verdict: Verdict::Holds,
            saw: saw.to_owned(),
        };
        match (&self.sight.gone, &self.silent) {
            (_, Some(_)) => Look::pending(SILENT.to_owned()),
            (Some(_), None) if self.sight.is_going() => Look::pending("is being taken away".to_owned()),
            (Some(_), None) => held("is gone"),
            (None, None) if self.sight.now.is_some() => Look::pending("is still there".to_owned()),
            (None, None) => Look::pending(UNSEEN.to_owned()),
        }
    }

    /// Available: complete, and where new pods are unproven quiet for five seconds more.
    pub fn look_at_rollout(&mut self, now: Instant) -> Look {
        let Some(rollout) = self.sight.rollout() else {
            return Look::pending(UNSEEN.to_owned());
        };
        let restarts = self.sight.restarts();
        if rollout.complete {
            self.hopeless = None;
            if !self.sight.expects_unproven_pods() {
                return Look {
                    verdict: Verdict::Holds,
                    saw: rollout.words,
                };
            }
            let (since, before) = *self.quiet.get_or_insert((now, restarts));
            if restarts <= before {
                self.quiet = Some((since, restarts));
                if now.duration_since(since) >= QUIET {
                    return Look {
                        verdict: Verdict::Holds,
                        saw: rollout.words,
                    };
                }
                return Look::pending(format!("{}, watching for restarts", rollout.words));
            }
        }
        self.quiet = rollout.complete.then_some((now, restarts));
        if rollout.observed {
            self.lasting = self.sight.lasting();
        }
        let hopeless = rollout.gave_up || !self.lasting.is_empty();
        self.hopeless = if hopeless { self.hopeless.or(Some(now)) } else { None };
        let words = self.sight.words(&rollout);
        Look::pending(if rollout.complete {
            format!("{words}, a new pod was restarted")
        } else {
            words
        })
    }
}
