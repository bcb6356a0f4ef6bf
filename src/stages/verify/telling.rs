//! What is told of conditions while they are watched, and at the end.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    session::{Session, WONDER},
    tracked::{Look, UNSEEN},
};
use crate::domain::{
    event::Event,
    verification::{Observation, PostCondition, Verdict},
};

/// Between two words of progress on one condition.
const PACE: Duration = Duration::from_millis(300);

/// A condition with what was told of it last.
pub struct Watched {
    pub condition: PostCondition,
    pub index: usize,
    pub told: Option<(Verdict, String)>,
    pub told_at: Option<Instant>,
}

impl Session<'_> {
    /// Tells what changed, at most every 300 ms for each condition; returns when the rest may be told. What holds of the
    /// specification is settled at once; the rest is settled at the end.
    pub(super) fn tell_progress(&mut self, looks: &[Look], now: Instant) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        for (at, look) in looks.iter().enumerate() {
            let Some(watched) = self.conditions.get(at) else { continue };
            let about_spec = !matches!(watched.condition, PostCondition::Available(_));
            let verdict = if about_spec { look.verdict.clone() } else { Verdict::Pending };
            let too_early = look.saw == UNSEEN && now.duration_since(self.begun) < WONDER;
            if too_early
                || watched
                    .told
                    .as_ref()
                    .is_some_and(|told| *told == (verdict.clone(), look.saw.clone()))
            {
                continue;
            }
            let may = watched.told_at.map_or(now, |then| then + PACE);
            if may > now && verdict == Verdict::Pending {
                next = Some(next.map_or(may, |next| next.min(may)));
                continue;
            }
            self.tell(at, verdict, &look.saw, now);
        }
        next
    }

    pub(super) fn tell(&mut self, at: usize, verdict: Verdict, saw: &str, now: Instant) -> Option<Observation> {
        let millis = u64::try_from(now.duration_since(self.begun).as_millis()).unwrap_or(u64::MAX);
        let told = Some((verdict.clone(), saw.to_owned()));
        // The same end of several conditions (the object was deleted) is told once.
        let is_known = verdict == Verdict::Fails && self.conditions.iter().any(|other| other.told == told);
        let watched = self.conditions.get_mut(at)?;
        let observation = Observation {
            condition: watched.condition.clone(),
            verdict,
            saw: saw.to_owned(),
            millis,
        };
        if !is_known && watched.told != told {
            watched.told = told;
            watched.told_at = Some(now);
            // Looking is not stopped by a record that cannot be written; changes are.
            let _ = self.record.record(Event::Progress {
                observation: observation.clone(),
            });
        }
        Some(observation)
    }

    pub(super) fn settle(&mut self, looks: Vec<Look>, now: Instant) -> Vec<Observation> {
        let settled = looks.into_iter().enumerate().filter_map(|(at, look)| {
            let verdict = if look.verdict == Verdict::Holds {
                Verdict::Holds
            } else {
                Verdict::Fails
            };
            self.tell(at, verdict, &look.saw, now)
        });
        settled.collect()
    }
}
