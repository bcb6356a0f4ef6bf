//! The screen for people: reads the stream of events and says what they mean, each thing once.

use std::time::{Duration, Instant};

use jiff::Timestamp;

mod ending;
mod progress;
mod tool;

use super::{
    answer::{self, Prefixes, View},
    change,
    given::Given,
    live::Live,
    look::{Look, Tone},
    pen::Pen,
};
use crate::{
    app::veil::Veil,
    domain::{
        answer::{Answer, LogLine, Table},
        event::Event,
        finding::Finding,
        intent::Resolution,
        object::ObjectRef,
        place::Place,
        plan::{Decision, Plan},
        step::{Step, Undoing},
        verification::PostCondition,
    },
};

/// Log lines are sent off at least this often while they stream.
const FLUSH_EVERY: Duration = Duration::from_millis(50);

/// What the screen was told to do.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    pub verbose: bool,
    pub quiet: bool,
    /// The preview is part of the answer: nobody will be asked.
    pub preview_is_answer: bool,
    pub given: Given,
}

/// What was said of the request that is being walked.
#[derive(Debug, Default)]
struct Told {
    /// What was asked, if it was to take something back.
    undo: Option<String>,
    plans: Vec<Undoing>,
    /// Planned changes that were not made yet.
    open: Vec<ObjectRef>,
    /// Of the columns of the table that is watched.
    widths: Vec<usize>,
    /// One plan has several workloads that are to be available.
    names_workloads: bool,
    /// Objects that the plans change.
    objects: usize,
    answers: usize,
    done: Vec<(ObjectRef, String)>,
    settled: Vec<PostCondition>,
    last_progress: Option<String>,
    findings: Vec<Finding>,
    declined: bool,
    /// A result was shown; before the first there is an empty line.
    marked: bool,
    not_verified: bool,
    /// What was changed is not there any more.
    gone: bool,
    preview_only: bool,
    failed: bool,
    /// An AI tool is at work.
    at_work: Option<tool::AtWork>,
    /// One came to its end.
    worked: bool,
    /// And said, or showed, that it failed.
    tool_failed: bool,
    /// Calls of it that did not pass.
    refused: u32,
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
            Event::Requested { request, .. } => {
                self.told = Told {
                    undo: Some(request.text.clone()),
                    ..Told::default()
                };
                self.live.wait_for("looking at the cluster");
            }
            Event::Met { place } => self.met(place),
            Event::NotClear { .. } => {
                self.live.clear();
                // What was planned was only to be told.
                self.told.preview_only = true;
            }
            Event::Planned { plan } => self.planned(plan),
            Event::Decided { decision, .. } => self.told.declined = *decision == Decision::Declined,
            Event::Prompted { prompt } => self.begins(&prompt.tool),
            Event::Running { command, .. } => self.runs(command),
            Event::Held { asks } => self.holds(asks),
            Event::Proposed { .. } => self.proposes(),
            Event::Ruled { ruling, .. } => self.ruled(ruling),
            Event::Worked { work } => self.worked(work),
            Event::Handed { to, why, .. } => self.handed(to, why),
            Event::Changing { reversals, .. } if self.told.at_work.is_some() => self.keeps(reversals),
            Event::Changing { title, .. } => self.changing(title),
            Event::Called { call, risk, granted } if self.told.at_work.is_some() && !call.dry_run => self.calls(call, *risk, *granted),
            Event::Called { call, granted, .. } if self.manner.verbose => {
                let word = if *granted { "" } else { "  refused" };
                self.aside(&format!("{}{word}", call.summary()));
            }
            Event::Did { done } => {
                if !self.was_done_by_tool(done) {
                    self.did(done);
                }
            }
            Event::Progress { observation } => self.progress(observation),
            Event::Verified { verification } => self.verified(verification),
            Event::Line { line } => self.line(line),
            Event::Rows { table } => self.rows(table),
            Event::Forwarding { port } => self.to_out(&[format!("{} → pod/{} port {}", port.url, port.pod, port.pod_port)]),
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

    /// From now on commands in hints repeat these.
    pub fn give(&mut self, given: Given) {
        self.manner.given = given;
    }

    /// Ends every wait and sends off what is buffered.
    pub fn settle(&mut self) {
        self.live.clear();
        self.out.flush();
        self.err.flush();
    }

    /// What was changed so far.
    #[must_use]
    pub fn done(&self) -> Vec<String> {
        self.told.done.iter().map(|(object, what)| format!("{object}: {what}")).collect()
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
        }
        if plan.changes.is_empty() && !plan.reads.is_empty() {
            for why in change::passed_over(&plan.route, false) {
                self.note(&why);
            }
            if self.manner.verbose {
                for command in &plan.equivalent {
                    self.aside(&format!("same as: {}", self.veil.text(command)));
                }
            }
            self.live.wait_for(if plan.opens_a_way() {
                "forwarding; Ctrl-C ends it"
            } else if follows(plan) {
                "waiting for log lines; Ctrl-C ends it"
            } else {
                if plan.place.is_engine() {
                    "reading the engine"
                } else {
                    "reading the cluster"
                }
            });
            return;
        }
        self.told.plans.push(plan.undoing);
        if plan.changes.iter().any(|change| change.draft.step.is_some()) {
            self.told.undo = None;
        }
        let changed = plan.changes.iter().filter(|change| change.is_sent());
        self.told.open.extend(changed.map(|change| change.draft.object.clone()));
        self.told.objects = self.told.open.len();
        let workloads = plan
            .verify
            .iter()
            .filter(|condition| matches!(condition, PostCondition::Available(_)));
        self.told.names_workloads |= workloads.count() > 1;
        let answer = self.manner.preview_is_answer || plan.only_shows();
        let look = if answer { self.out.look } else { self.err.look };
        let mut lines = vec![String::new()];
        lines.extend(change::preview(plan, &self.veil, &look, self.manner.verbose));
        if answer { self.to_out(&lines) } else { self.to_err(&lines) }
    }

    fn line(&mut self, line: &LogLine) {
        self.live.clear();
        let look = self.out.look;
        let prefix = self.prefixes.of(line, &look);
        let text = self.veil.known(&line.text);
        // A program gets the line as it was written; a terminal must not be steered by it.
        if look.wrap {
            let text = super::words::harmless(&text);
            self.out.raw(&[prefix, &text, "\n"]);
        } else {
            self.out.raw(&[prefix, &text, "\n"]);
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

    /// Rows under the heads that were told first.
    fn rows(&mut self, table: &Table) {
        let look = self.out.look;
        let view = View {
            look: &look,
            place: self.place.as_ref(),
            now: Timestamp::UNIX_EPOCH,
            verbose: self.manner.verbose,
        };
        let lines = answer::watched(table, &view, &mut self.told.widths);
        let lines: Vec<String> = lines.iter().map(|line| self.veil.text(line).to_string()).collect();
        self.to_out(&lines);
        self.out.flush();
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

    fn aside(&mut self, text: &str) {
        let look = self.err.look;
        let line = look.paint(Tone::Dim, &format!("  {text}"));
        self.to_err(&[line]);
    }

    /// A command to paste that lost its value would set the mask: what is to be said is told instead.
    fn without_value(&self, line: &str) -> String {
        let shown = self.veil.text(line);
        if shown == line || !line.contains("todo-agent \"") {
            return shown.to_string();
        }
        let indent = " ".repeat(line.len() - line.trim_start().len());
        format!("{indent}(say it so, with the value, which is not shown here)")
    }

    /// What is not acted on; a question with choices is asked elsewhere when somebody can be asked.
    pub fn unclear(&mut self, resolution: &Resolution) {
        let look = self.err.look;
        let lines = match resolution {
            Resolution::Ask(question) => super::unclear::question(question, &self.manner.given, &look),
            Resolution::Declined(declined) => super::unclear::declined(declined, &self.manner.given, &look),
            Resolution::Clear(_) => Vec::new(),
        };
        let lines: Vec<String> = lines.iter().map(|line| self.without_value(line)).collect();
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

fn follows(plan: &Plan) -> bool {
    plan.reads.iter().any(Step::follows)
}
