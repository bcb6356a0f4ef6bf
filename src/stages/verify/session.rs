//! One verification from the first sight to the end.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, sleep_until},
};

use super::{
    QUIET,
    conditions::judge,
    confirm::{Confirmed, confirm},
    end,
    feeds::{Feeds, News, Subject},
    sight::Sight,
    telling::Watched,
    tracked::{Look, SILENT, Tracked, UNSEEN},
};
use crate::domain::{
    execution::Execution,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    plan::Plan,
    ports::{observe::Observe, record::Record},
    verification::{PostCondition, Verdict, Verification},
};

/// A specification that is not as asked does not become so by waiting; this long the first sight may be an old one.
const SPEC_PATIENCE: Duration = Duration::from_secs(3);
/// A cause that waiting will not mend must be there for this long: somebody may be mending it just now.
const LASTING: Duration = Duration::from_secs(3);
/// Reasons are looked for when it takes longer than this.
pub(super) const WONDER: Duration = Duration::from_millis(1500);
/// Ages grow without any news; this often they are looked at.
const TICK: Duration = Duration::from_secs(1);

pub struct Session<'a> {
    observe: &'a Arc<dyn Observe>,
    pub(super) record: &'a Arc<dyn Record>,
    patience: Duration,
    pub(super) begun: Instant,
    feeds: Feeds,
    hear: Receiver<News>,
    tracked: Vec<Tracked>,
    pub(super) conditions: Vec<Watched>,
    moved: Instant,
}

impl<'a> Session<'a> {
    pub fn begin(
        observe: &'a Arc<dyn Observe>,
        record: &'a Arc<dyn Record>,
        plan: &'a Plan,
        execution: &Execution,
        patience: Duration,
    ) -> Self {
        let (mut feeds, hear) = Feeds::new(observe);
        let mut tracked: Vec<Tracked> = Vec::new();
        let mut conditions = Vec::new();
        for condition in &plan.verify {
            let object = condition.object();
            let index = tracked
                .iter()
                .position(|known| known.sight.object.same_name(object))
                .unwrap_or_else(|| {
                    tracked.push(Tracked::new(Sight::new(object, plan, execution)));
                    feeds.watch_object(tracked.len() - 1, object);
                    tracked.len() - 1
                });
            conditions.push(Watched {
                condition: condition.clone(),
                index,
                told: None,
                told_at: None,
            });
        }
        let now = Instant::now();
        Self {
            observe,
            record,
            patience,
            begun: now,
            feeds,
            hear,
            tracked,
            conditions,
            moved: now,
        }
    }

    pub async fn run(mut self) -> Result<Verification> {
        loop {
            let now = Instant::now();
            let looks: Vec<Look> = (0..self.conditions.len()).map(|at| self.look(at, now)).collect();
            if looks.iter().all(|look| look.verdict == Verdict::Holds) {
                if self.confirm(now).await? {
                    return Ok(self.hold(looks, now));
                }
                // What was seen counts from now on; a cluster that does not answer is asked again.
                self.hear_until(now + TICK / 4).await?;
                continue;
            }
            if let Some(why) = self.hopeless(&looks, now) {
                if let Some((object, failure)) = self.silent().filter(|_| why == Why::Deadline) {
                    return Err(end::lost_change(object, failure.clone()));
                }
                return self.give_up(looks, &why).await;
            }
            let next = self.tell_progress(&looks, now);
            self.widen(now);
            self.hear_until(self.wake(now, next)).await?;
        }
    }

    /// Whether what is about to be claimed still holds on a look of its own.
    async fn confirm(&mut self, now: Instant) -> Result<bool> {
        let out_of_time = now.duration_since(self.moved) >= self.patience;
        for index in 0..self.tracked.len() {
            let about_pods = self.is_about_pods(index);
            let Some(tracked) = self.tracked.get_mut(index) else { continue };
            if !about_pods || !tracked.sight.expects_unproven_pods() {
                continue;
            }
            match confirm(self.observe, &mut tracked.sight).await? {
                Confirmed::Seen => {}
                Confirmed::NotNow(failure) if out_of_time => return Err(end::lost_change(&tracked.sight.object, failure)),
                Confirmed::NotNow(_) => return Ok(false),
            }
        }
        let now = Instant::now();
        Ok((0..self.conditions.len()).all(|at| self.look(at, now).verdict == Verdict::Holds))
    }

    fn is_about_pods(&self, index: usize) -> bool {
        let mut own = self.conditions.iter().filter(|watched| watched.index == index);
        own.any(|watched| matches!(watched.condition, PostCondition::Available(_)))
    }

    /// An object of a cluster that does not answer any more.
    fn silent(&self) -> Option<(&ObjectRef, &Failure)> {
        let mut silent = self
            .tracked
            .iter()
            .filter_map(|tracked| Some((&tracked.sight.object, tracked.silent.as_ref()?)));
        silent.next()
    }

    /// Waits for news or for the moment when something may have changed without any.
    async fn hear_until(&mut self, wake: Instant) -> Result<()> {
        tokio::select! {
            biased;
            news = self.hear.recv() => {
                // Of hundreds of pods each step is news: what all of it comes to is reckoned once.
                let mut heard = BTreeSet::new();
                let mut news = news;
                while let Some(one) = news {
                    heard.insert(one.index);
                    self.take(one)?;
                    news = self.hear.try_recv().ok();
                }
                for index in heard {
                    self.reckon(index);
                }
            }
            () = sleep_until(wake) => {}
        }
        Ok(())
    }

    fn take(&mut self, news: News) -> Result<()> {
        let Some(tracked) = self.tracked.get_mut(news.index) else {
            return Ok(());
        };
        match news.seen {
            Ok(seen) => {
                tracked.silent = None;
                tracked.sight.take(news.subject, seen);
            }
            Err(failure) if failure.kind == FailureKind::Unreachable => {
                tracked.silent = Some(failure);
                return Ok(());
            }
            Err(failure) => return Err(end::lost_change(&tracked.sight.object, failure)),
        }
        Ok(())
    }

    /// Whether it got on.
    fn reckon(&mut self, index: usize) {
        let Some(tracked) = self.tracked.get_mut(index) else { return };
        let score = tracked.sight.rollout().map_or(i64::MIN, |rollout| rollout.score);
        let stage = tracked.sight.stage();
        if score > tracked.best_score || stage > tracked.best_stage {
            tracked.best_score = tracked.best_score.max(score);
            tracked.best_stage = tracked.best_stage.max(stage);
            self.moved = Instant::now();
        }
    }

    fn look(&mut self, at: usize, now: Instant) -> Look {
        let begun = self.begun;
        let Some(watched) = self.conditions.get(at) else {
            return Look::pending(String::new());
        };
        let Some(tracked) = self.tracked.get_mut(watched.index) else {
            return Look::pending(String::new());
        };
        if matches!(watched.condition, PostCondition::Gone(_)) {
            return tracked.look_for_its_end();
        }
        if let Some(gone) = &tracked.sight.gone {
            return Look {
                verdict: Verdict::Fails,
                saw: gone.clone(),
            };
        }
        if tracked.silent.is_some() {
            return Look::pending(SILENT.to_owned());
        }
        let Some(object) = tracked.sight.after_change() else {
            return Look::pending(UNSEEN.to_owned());
        };
        let Some(answer) = judge(&watched.condition, object) else {
            return tracked.look_at_rollout(now);
        };
        let verdict = match answer.holds {
            true => Verdict::Holds,
            false if now.duration_since(begun) >= SPEC_PATIENCE => Verdict::Fails,
            false => Verdict::Pending,
        };
        Look { verdict, saw: answer.saw }
    }

    /// Why waiting makes no sense any more.
    fn hopeless(&mut self, looks: &[Look], now: Instant) -> Option<Why> {
        if looks.iter().any(|look| look.verdict == Verdict::Fails) {
            return Some(Why::Settled);
        }
        let mut waiting = self
            .conditions
            .iter()
            .zip(looks)
            .filter(|(_, look)| look.verdict == Verdict::Pending)
            .map(|(watched, _)| watched.index);
        let given_up = waiting.any(|index| {
            let hopeless = self.tracked.get(index).and_then(|tracked| tracked.hopeless);
            hopeless.is_some_and(|since| now.duration_since(since) >= LASTING)
        });
        if given_up {
            return Some(Why::Lasting);
        }
        (now.duration_since(self.moved) >= self.patience).then_some(Why::Deadline)
    }

    /// Looks at pods and events too, once there is something to tell of them.
    fn widen(&mut self, now: Instant) {
        let waits_long = now.duration_since(self.begun) >= WONDER;
        for index in (0..self.tracked.len())
            .filter(|index| self.is_about_pods(*index))
            .collect::<Vec<_>>()
        {
            let Some(tracked) = self.tracked.get_mut(index) else { continue };
            if !tracked.watches_belongings
                && let Some(queries) = tracked.sight.belongings()
            {
                tracked.watches_belongings = true;
                for (subject, query) in queries {
                    self.feeds.watch(index, subject, query);
                }
            }
            if !tracked.watches_events
                && waits_long
                && tracked.quiet.is_none()
                && let Some(query) = tracked.sight.warnings()
            {
                tracked.watches_events = true;
                self.feeds.watch(index, Subject::Events, query);
            }
        }
    }

    fn wake(&self, now: Instant, next_words: Option<Instant>) -> Instant {
        let quiet_ends = self
            .tracked
            .iter()
            .filter_map(|tracked| tracked.quiet)
            .map(|(since, _)| since + QUIET)
            .filter(|then| *then > now);
        let hopeless_ends = self
            .tracked
            .iter()
            .filter_map(|tracked| tracked.hopeless)
            .map(|since| since + LASTING);
        let known = [self.begun + WONDER, self.begun + SPEC_PATIENCE]
            .into_iter()
            .chain(hopeless_ends)
            .filter(|then| *then > now);
        let times = [now + TICK, self.moved + self.patience].into_iter();
        times.chain(quiet_ends).chain(next_words).chain(known).min().unwrap_or(now + TICK)
    }

    fn hold(mut self, looks: Vec<Look>, now: Instant) -> Verification {
        Verification {
            observations: self.settle(looks, now),
            findings: Vec::new(),
            left: None,
            gone: false,
        }
    }

    async fn give_up(mut self, looks: Vec<Look>, why: &Why) -> Result<Verification> {
        let failed: Vec<usize> = self
            .conditions
            .iter()
            .zip(&looks)
            .filter(|(_, look)| look.verdict != Verdict::Holds)
            .map(|(watched, _)| watched.index)
            .collect();
        let mut findings = Vec::new();
        for (_, tracked) in self.tracked.iter().enumerate().filter(|(index, _)| failed.contains(index)) {
            if tracked.sight.gone.is_none() {
                findings.extend(end::findings(self.observe, &tracked.sight, *why == Why::Deadline, &tracked.lasting).await?);
            }
        }
        let left = failed.first().and_then(|index| self.tracked.get(*index)).map(|tracked| {
            let spec_failed = self
                .conditions
                .iter()
                .zip(&looks)
                .any(|(w, look)| look.verdict == Verdict::Fails && !matches!(w.condition, PostCondition::Available(_)));
            end::left(&tracked.sight, spec_failed)
        });
        let gone = self.tracked.iter().any(|tracked| tracked.sight.gone.is_some());
        let now = Instant::now();
        Ok(Verification {
            observations: self.settle(looks, now),
            findings,
            left,
            gone,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// A condition says so itself.
    Settled,
    /// A cause that waiting will not mend.
    Lasting,
    /// Nothing moved for too long.
    Deadline,
}
