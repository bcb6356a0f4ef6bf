//! The screen for people: reads the stream of events and says what they mean, each thing once.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{
    answer::{self, Prefixes, View},
    change, failure,
    live::Live,
    look::{Look, Tone},
    pen::Pen,
    words::noticed,
};
use crate::{
    app::veil::Veil,
    domain::{
        answer::{Answer, LogLine},
        event::Event,
        execution::Done,
        failure::{Failure, FailureKind},
        finding::Finding,
        intent::Resolution,
        place::Place,
        plan::{Decision, Plan},
        step::{Step, Undoing},
        verification::{Observation, PostCondition, Verdict, Verification},
    },
};

/// Log lines are sent off at least this often while they stream.
const FLUSH_EVERY: Duration = Duration::from_millis(50);

/// What the screen was told to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    pub verbose: bool,
    pub quiet: bool,
    /// The preview is part of the answer: nobody will be asked.
    pub preview_is_answer: bool,
}

/// What was said of the request that is being walked.
#[derive(Debug, Default)]
struct Told {
    plans: Vec<(String, Undoing)>,
    answers: usize,
    done: Vec<String>,
    settled: Vec<PostCondition>,
    last_progress: Option<String>,
    findings: Vec<Finding>,
    declined: bool,
    /// A result was shown; before the first there is an empty line.
    marked: bool,
    not_verified: bool,
    following: bool,
    preview_only: bool,
    failed: bool,
}

#[derive(Debug)]
pub struct Text {
    pub out: Pen,
    pub err: Pen,
    pub live: Live,
    veil: Veil,
    manner: Manner,
    place: Option<Place>,
    /// Said once for a whole script.
    simulation_told: bool,
    prefixes: Prefixes,
    flushed: Instant,
    told: Told,
}

impl Text {
    #[must_use]
    pub fn new(out: Pen, err: Pen, veil: Veil, manner: Manner) -> Self {
        let live = Live::new(&err.look);
        Self {
            out,
            err,
            live,
            veil,
            manner,
            place: None,
            simulation_told: false,
            prefixes: Prefixes::default(),
            flushed: Instant::now(),
            told: Told::default(),
        }
    }

    pub fn hear(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::Requested { .. } => {
                self.told = Told::default();
                self.live.wait_for("looking at the cluster");
            }
            Event::Met { place } => self.met(place),
            Event::NotClear { .. } => self.live.clear(),
            Event::Planned { plan } => self.planned(plan),
            Event::Decided { decision, .. } => self.told.declined = *decision == Decision::Declined,
            Event::Changing { title, .. } => self.changing(title),
            Event::Called { call, granted, .. } if self.manner.verbose => {
                let word = if *granted { "" } else { "  refused" };
                self.aside(&format!("{}{word}", call.summary()));
            }
            Event::Did { done } => self.did(done),
            Event::Progress { observation } => self.progress(observation),
            Event::Verified { verification } => self.verified(verification),
            Event::Line { line } => self.line(line),
            Event::Answered { answer } => self.answered(answer, now),
            Event::Note { text } => self.note(text),
            Event::Failed { failure } => self.failed(failure),
            Event::Ended {
                exit_code,
                changed,
                verified,
            } => self.ended(*exit_code, *changed, *verified),
            Event::Tools { .. } | Event::Understood { .. } | Event::Called { .. } | Event::Replied { .. } | Event::Artifact { .. } => {}
        }
    }

    /// Ends every wait and sends off what is buffered.
    pub fn settle(&mut self) {
        self.live.clear();
        self.out.flush();
        self.err.flush();
    }

    /// What was changed so far.
    #[must_use]
    pub fn done(&self) -> &[String] {
        &self.told.done
    }

    /// A log is being followed: pressing Ctrl-C is how one stops that.
    #[must_use]
    pub const fn is_following(&self) -> bool {
        self.told.following
    }

    /// True when the request changed something or tried to: then its record matters to the user.
    #[must_use]
    pub fn was_change(&self) -> bool {
        !self.told.done.is_empty()
    }

    fn met(&mut self, place: &Place) {
        self.place = Some(place.clone());
        if let Some(words) = change::simulation(place).filter(|_| !self.simulation_told) {
            self.simulation_told = true;
            let words = self.err.look.paint(Tone::Careful, words);
            let lines = self.err.look.wrapped(&words, 2);
            self.to_err(&lines);
        }
    }

    fn planned(&mut self, plan: &Plan) {
        if let Some(Step::Logs(logs)) = plan.reads.iter().find(|step| matches!(step, Step::Logs(_))) {
            self.prefixes = Prefixes::new(logs.workload.clone());
            self.told.following = logs.follow;
        }
        if plan.changes.is_empty() {
            self.live.wait_for("reading the cluster");
            return;
        }
        self.told.plans.push((plan.title.clone(), plan.undoing));
        let answer = self.manner.preview_is_answer;
        let look = if answer { self.out.look } else { self.err.look };
        let mut lines = vec![String::new()];
        lines.extend(change::preview(plan, &self.veil, &look, self.manner.verbose));
        if answer { self.to_out(&lines) } else { self.to_err(&lines) }
    }

    fn changing(&mut self, title: &str) {
        if self.told.plans.len() > 1 {
            self.told.marked = true;
            let mut lines = vec![String::new()];
            lines.extend(self.out.look.wrapped(&format!("  {title}"), 4));
            self.to_out(&lines);
        }
        self.live.wait_for("applying");
    }

    fn did(&mut self, done: &Done) {
        let what = self.veil.text(&done.what);
        self.told.done.push(format!("{}: {what}", done.object));
        self.mark(Verdict::Holds, &what, done.millis);
        self.live.wait_for("waiting for the cluster");
    }

    fn progress(&mut self, observation: &Observation) {
        match observation.verdict {
            Verdict::Pending => {
                let saw = self.veil.text(&observation.saw);
                if self.err.look.live {
                    self.live.wait_for(&saw);
                } else if self.told.last_progress.as_ref() != Some(&saw) {
                    let line = format!("  … {saw}");
                    self.to_err(&[line]);
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
        let said = observation.verdict == Verdict::Holds && !matches!(observation.condition, PostCondition::Available(_));
        if !said {
            let saw = self.veil.text(&observation.saw);
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
        let lines = look.with_right(&format!("  {sign} {words}"), &took);
        self.to_out(&lines);
    }

    fn verified(&mut self, verification: &Verification) {
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
    }

    fn line(&mut self, line: &LogLine) {
        self.live.clear();
        let look = self.out.look;
        let prefix = self.prefixes.of(line, &look);
        // A program gets the line as it was written; a terminal must not be steered by it.
        if look.wrap {
            let text = super::words::harmless(&line.text);
            self.out.raw(&[prefix, &text, "\n"]);
        } else {
            self.out.raw(&[prefix, &line.text, "\n"]);
        }
        if self.flushed.elapsed() >= FLUSH_EVERY {
            self.out.flush();
            self.flushed = Instant::now();
        }
    }

    /// Sends off log lines that wait in the buffer.
    pub fn flush(&mut self) {
        self.out.flush();
        self.flushed = Instant::now();
    }

    fn answered(&mut self, given: &Answer, now: Timestamp) {
        let look = self.out.look;
        let view = |look| View {
            look,
            place: self.place.as_ref(),
            now,
            verbose: self.manner.verbose,
        };
        let mut lines = answer::lines(given, &view(&look));
        let remarks = answer::remarks(given, &view(&self.err.look));
        if self.told.answers > 0 && !lines.is_empty() {
            lines.insert(0, String::new());
        }
        self.told.answers += 1;
        let hide = |lines: Vec<String>| lines.iter().map(|line| self.veil.text(line)).collect::<Vec<_>>();
        let (lines, remarks) = (hide(lines), hide(remarks));
        self.to_out(&lines);
        self.to_err(&remarks);
    }

    fn note(&mut self, text: &str) {
        self.told.preview_only |= text.starts_with("Preview only");
        let look = self.err.look;
        let lines: Vec<String> = look
            .wrapped(&self.veil.text(text), 2)
            .iter()
            .map(|line| look.paint(Tone::Dim, line))
            .collect();
        self.to_err(&lines);
    }

    fn failed(&mut self, given: &Failure) {
        self.told.failed = true;
        let look = self.err.look;
        let lines = if self.told.declined {
            vec!["Not approved: nothing was changed.".to_owned()]
        } else if given.kind == FailureKind::Interrupted && !self.was_change() {
            // Behind the question that was broken off.
            vec![String::new(), "Stopped: nothing was changed.".to_owned()]
        } else if given.kind == FailureKind::NotVerified {
            self.told.not_verified = true;
            self.not_done(given)
        } else {
            let mut lines = failure::lines(given, &self.veil, &look, self.manner.verbose);
            if self.was_change() {
                lines.extend(look.wrapped("What was done before stays done. Take it back with `todo-agent undo`.", 2));
            }
            lines
        };
        self.to_err(&lines);
    }

    /// `Not done: …` and what to do next.
    fn not_done(&self, given: &Failure) -> Vec<String> {
        let look = &self.err.look;
        let what = self.veil.text(&given.what);
        let what = what.strip_prefix("Not done: ").unwrap_or(&what);
        let words = format!("{} {what}", look.paint(Tone::Bad, "Not done:"));
        let words = if words.ends_with('.') { words } else { format!("{words}.") };
        let mut lines = look.wrapped(&words, 2);
        let undo = self.can_be_undone().then_some("`todo-agent undo`");
        let hints: Vec<String> = given.hints.iter().map(|hint| self.veil.text(hint)).collect();
        lines.extend(super::answer::next_steps(
            undo.into_iter().chain(hints.iter().map(String::as_str)),
            look,
        ));
        lines
    }

    fn can_be_undone(&self) -> bool {
        self.was_change() && self.told.plans.iter().any(|(_, undoing)| *undoing == Undoing::Restore)
    }

    fn ended(&mut self, exit_code: u8, changed: bool, verified: bool) {
        self.live.clear();
        if self.told.plans.is_empty() || self.told.failed || self.told.preview_only || exit_code != 0 {
            return;
        }
        let simulated = self.place.as_ref().is_some_and(Place::is_simulated);
        let place = if simulated { " on the embedded (simulated) cluster" } else { "" };
        let end = match (changed, verified) {
            (true, true) => format!("Verified{place}."),
            (true, false) => format!("Done{place}; there was nothing to verify."),
            (false, true) => format!("Nothing to change: it is that way already, and verified{place}."),
            (false, false) => "Nothing to change: it is that way already.".to_owned(),
        };
        let look = self.out.look;
        let end = look.paint(if verified { Tone::Good } else { Tone::Strong }, &end);
        let undo = if self.can_be_undone() {
            " Take it back with `todo-agent undo`."
        } else {
            ""
        };
        let lines = look.wrapped(&format!("{end}{undo}"), 2);
        self.to_out(&lines);
    }

    fn aside(&mut self, text: &str) {
        let look = self.err.look;
        let line = look.paint(Tone::Dim, &format!("  {text}"));
        self.to_err(&[line]);
    }

    /// What is not acted on; a question with choices is asked elsewhere when somebody can be asked.
    pub fn unclear(&mut self, resolution: &Resolution) {
        let look = self.err.look;
        let lines = match resolution {
            Resolution::Ask(question) => super::unclear::question(question, &look),
            Resolution::Declined(declined) => super::unclear::declined(declined, &look),
            Resolution::Clear(_) => Vec::new(),
        };
        let lines: Vec<String> = lines.iter().map(|line| self.veil.text(line)).collect();
        self.to_err(&lines);
    }

    /// Lines for standard output, secrets hidden.
    pub fn to_out(&mut self, lines: &[String]) {
        let lines: Vec<String> = lines.iter().map(|line| self.veil.line(line)).collect();
        let (live, out) = (&self.live, &mut self.out);
        live.aside(|| out.lines(&lines));
    }

    /// Lines for standard error, secrets hidden.
    pub fn to_err(&mut self, lines: &[String]) {
        if self.manner.quiet {
            return;
        }
        let lines: Vec<String> = lines.iter().map(|line| self.veil.line(line)).collect();
        // The two streams may end on one screen: what was said first is seen first.
        self.out.flush();
        let (live, err) = (&self.live, &mut self.err);
        live.aside(|| err.lines(&lines));
    }

    /// A question on standard error, the cursor behind it.
    pub fn ask(&mut self, question: &str) {
        self.settle();
        let lines = self.err.look.wrapped(&self.veil.line(question), 2);
        let shown = lines.join("\n");
        // The space before the answer is lost where a line is broken.
        let gap = if shown.ends_with(' ') { "" } else { " " };
        let shown = self.err.look.shown(&format!("{shown}{gap}"));
        self.err.raw(&[super::words::harmless(&shown).as_ref()]);
        self.err.flush();
    }

    #[must_use]
    pub const fn look(&self) -> (&Look, &Look) {
        (&self.out.look, &self.err.look)
    }
}
