//! A change while it is made and until it is verified: each thing that came true, once, in one line.

use super::Text;
use crate::{
    domain::{
        execution::Done,
        place::Place,
        verification::{Observation, PostCondition, Verdict, Verification},
    },
    front::screen::{answer, look::Tone, words::noticed},
};

impl Text {
    pub(super) fn changing(&mut self, title: &str) {
        if self.told.plans.len() > 1 {
            self.told.marked = true;
            let mut lines = vec![String::new()];
            lines.extend(self.out.look.wrapped(&format!("  {title}"), 4));
            self.to_out(&lines);
        }
        self.live.wait_for("applying");
    }

    pub(super) fn did(&mut self, done: &Done) {
        let what = self.veil.text(&done.what);
        if let Some(at) = self.told.open.iter().position(|open| open.same_name(&done.object)) {
            self.told.open.remove(at);
        }
        let words = if self.told.plans.len() == 1 && self.told.objects > 1 {
            format!("{}: {what}", done.object)
        } else {
            what.clone()
        };
        self.told.done.push((done.object.clone(), what));
        self.mark(Verdict::Holds, &words, done.millis);
        let engine = self.place.as_ref().is_some_and(Place::is_engine);
        self.live.wait_for(if engine {
            "waiting for the engine"
        } else {
            "waiting for the cluster"
        });
    }

    pub(super) fn progress(&mut self, observation: &Observation) {
        match observation.verdict {
            Verdict::Pending => {
                let saw = self.veil.text(&observation.saw);
                if self.err.look.live {
                    self.live.wait_for(&saw);
                } else if self.told.last_progress.as_ref() != Some(&saw) {
                    let lines = self.err.look.wrapped(&format!("  … {saw}"), 4);
                    self.to_err(&lines);
                }
                self.told.last_progress = Some(saw);
            }
            Verdict::Holds | Verdict::Fails => self.settled(observation),
        }
    }

    /// A condition that will not change any more. That a field has the value we gave it was said when we gave it.
    fn settled(&mut self, observation: &Observation) {
        if self.told.settled.contains(&observation.condition) {
            return;
        }
        self.told.settled.push(observation.condition.clone());
        let said = observation.verdict == Verdict::Holds
            && !matches!(
                observation.condition,
                PostCondition::Available(_) | PostCondition::Docker(_) | PostCondition::Reaches(_) | PostCondition::Released(_)
            );
        if !said {
            let saw = self.veil.text(&observation.saw);
            let names = self.told.names_workloads && matches!(observation.condition, PostCondition::Available(_));
            let saw = if names {
                format!("{}: {saw}", observation.condition.object())
            } else {
                saw
            };
            self.mark(observation.verdict.clone(), &saw, observation.millis);
        }
    }

    fn mark(&mut self, verdict: Verdict, words: &str, millis: u64) {
        self.live.clear();
        let look = self.out.look;
        if !self.told.marked {
            self.told.marked = true;
            self.to_out(&[String::new()]);
        }
        let sign = match verdict {
            Verdict::Holds => look.paint(Tone::Good, "✓"),
            Verdict::Fails => look.paint(Tone::Bad, "✗"),
            Verdict::Pending => look.paint(Tone::Careful, "…"),
        };
        // How long it took to fail is part of the words.
        let took = if verdict == Verdict::Holds {
            noticed(millis)
        } else {
            String::new()
        };
        let mut parts = words.lines();
        let mut lines = look.with_right(&format!("  {sign} {}", parts.next().unwrap_or_default()), &took);
        // The last words of a container that ended stand below.
        lines.extend(parts.flat_map(|part| look.wrapped(&format!("      {part}"), 6)));
        self.to_out(&lines);
    }

    pub(super) fn verified(&mut self, verification: &Verification) {
        self.live.clear();
        for observation in &verification.observations {
            match observation.verdict {
                // At the deadline: what was still awaited is not true.
                Verdict::Pending => self.settled(&Observation {
                    verdict: Verdict::Fails,
                    ..observation.clone()
                }),
                _ => self.settled(observation),
            }
        }
        if !verification.findings.is_empty() {
            let lines = answer::findings_block(&verification.findings, &self.out.look, 6, false);
            let lines: Vec<String> = lines.iter().map(|line| self.veil.text(line)).collect();
            self.to_out(&lines);
        }
        self.told.findings.clone_from(&verification.findings);
        self.told.gone |= verification.gone;
    }
}
