//! An AI tool at work: one line for each of its commands with what the gate saw of it, what it asks for as a difference, its words,
//! and who finishes it.

use serde_json::Value;

use super::Text;
use crate::{
    domain::{
        errand::{Asks, Ruling, Work},
        execution::Done,
        held::AsSent,
        one_way,
        plan::{Change, Draft, How},
        risk::{Call, Risk},
        step::Undoing,
        undo::Reversal,
    },
    front::screen::{
        change, fields,
        given::in_sh,
        look::Tone,
        words::{count, noticed},
        yaml::yaml,
    },
};

/// So many of its words are shown beside a change; the record has all.
const MOST_WORDS: usize = 12;

/// What was heard of it so far.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    tool: String,
    command: Option<String>,
    /// What the gate saw since.
    marks: Vec<String>,
    reads: bool,
    /// The change that somebody was asked about last, and allowed.
    allowed: bool,
    /// The call that somebody was asked about last did not pass, and that was told.
    told: bool,
}

impl Text {
    pub(super) fn begins(&mut self, tool: &str) {
        self.told.at_work = Some(AtWork {
            tool: tool.to_owned(),
            ..AtWork::default()
        });
        self.to_err(&[String::new()]);
        self.live.wait_for(&format!("{tool} is at work"));
    }

    pub(super) fn runs(&mut self, command: &str) {
        self.settle_command("");
        let Some(at_work) = &mut self.told.at_work else { return };
        at_work.command = Some(command.to_owned());
        let what = format!("{} › {command}", at_work.tool);
        self.live.wait_for(&what);
    }

    /// What a tool changes can be taken back where the gate could keep what it was before.
    pub(super) fn keeps(&mut self, reversals: &[Reversal]) {
        let mut kept = reversals.to_vec();
        let undo = match one_way::settle(&mut kept).is_empty() {
            true => Undoing::Restore,
            false => Undoing::InPart,
        };
        for undoing in self.told.plans.iter_mut().filter(|_| !kept.is_empty()) {
            if *undoing == Undoing::NothingToUndo {
                *undoing = undo;
            }
        }
    }

    pub(super) fn calls(&mut self, call: &Call, risk: Risk, granted: bool) {
        let Some(at_work) = &mut self.told.at_work else { return };
        if !granted {
            if !std::mem::take(&mut at_work.told) {
                at_work.mark(format!("refused: {}", call.summary()));
            }
        } else if risk == Risk::Read && !call.resource.is_empty() {
            at_work.reads = true;
        } else if risk == Risk::SecretRead {
            at_work.mark("read, values hidden".to_owned());
        } else if risk == Risk::RunCode {
            at_work.mark("allowed".to_owned());
        }
    }

    /// True when it was a tool that did it.
    pub(super) fn was_done_by_tool(&mut self, done: &Done) -> bool {
        if self.told.at_work.is_none() {
            return false;
        }
        let words = self.what_was_done(done);
        let Some(at_work) = &mut self.told.at_work else { return false };
        let how = if std::mem::take(&mut at_work.allowed) {
            "allowed"
        } else {
            "as approved"
        };
        at_work.mark(format!("{words}, {how}"));
        self.told.done.push((done.object.clone(), words));
        true
    }

    fn what_was_done(&self, done: &Done) -> String {
        if done.what != "changed" {
            return format!("{} {}", done.object, done.what);
        }
        let change = Change {
            draft: Draft {
                step: None,
                object: done.object.clone(),
                subresource: String::new(),
                how: How::Patch,
                edits: Vec::new(),
                before: done.after.clone(),
            },
            after: done.after.clone(),
            diff: done.changed.clone(),
            reversal: None,
        };
        let rows = fields::rows(&change, &self.veil);
        match rows.as_slice() {
            [row] if !row.is_large() => format!("{} {} → {}", row.label, row.before, row.after),
            rows => format!("{} of {}", count(rows.len().max(1), "field"), done.object),
        }
    }

    pub(super) fn holds(&mut self, asks: &Asks) {
        let look = self.err.look;
        self.settle_command("not approved:");
        let place = asks.namespace.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
        let mut lines = Vec::new();
        match &asks.change {
            Some(held) => {
                lines.extend(look.wrapped(&format!("    {}{place}", held.draft.object), 6));
                lines.extend(change::differences(held, &self.veil, &look).iter().map(|line| format!("  {line}")));
            }
            None => lines.extend(look.wrapped(&format!("    {}{place}", asks.what), 6)),
        }
        if let Some(sent) = &asks.request {
            lines.extend(self.as_sent(sent));
        }
        if !asks.command.is_empty() {
            let words: Vec<String> = asks.command.iter().map(|word| in_sh(word).into_owned()).collect();
            lines.extend(look.wrapped(&format!("      runs: {}", words.join(" ")), 8));
        }
        if asks.change.is_none() || asks.risk != Risk::Change {
            lines.extend(look.wrapped(&format!("      {}", look.paint(Tone::Dim, &asks.why)), 6));
        }
        self.to_err(&lines);
    }

    /// What it would change is shown with all the rest, when it came to its end.
    pub(super) fn proposes(&mut self) {
        if let Some(at_work) = &mut self.told.at_work {
            at_work.mark("proposed".to_owned());
            at_work.told = true;
        }
    }

    /// Method, path and body of a call, all of it.
    fn as_sent(&self, sent: &AsSent) -> Vec<String> {
        let look = self.err.look;
        let mut lines = look.wrapped(&format!("      {} {}", sent.method, sent.path), 8);
        if let Some(body) = &sent.body {
            let mut body = body.clone();
            self.veil.hidden(&mut body);
            let text = match body {
                Value::String(text) => text,
                other => yaml(&other),
            };
            lines.extend(text.lines().flat_map(|line| look.wrapped(&format!("        {line}"), 10)));
        }
        lines
    }

    pub(super) fn ruled(&mut self, ruling: &Ruling) {
        if let Some(at_work) = &mut self.told.at_work {
            at_work.allowed = *ruling == Ruling::Allowed;
            at_work.told = !at_work.allowed;
        }
        match ruling {
            Ruling::Allowed | Ruling::Declined | Ruling::Stopped => {}
            Ruling::Refused { reason } => {
                let look = self.err.look;
                let line = format!("      {} {reason}", look.paint(Tone::Bad, "refused:"));
                self.to_err(&look.wrapped(&line, 8));
            }
        }
        if let Some(tool) = self.told.at_work.as_ref().map(|at_work| at_work.tool.clone()) {
            self.live.wait_for(&format!("{tool} is at work"));
        }
    }

    pub(super) fn worked(&mut self, work: &Work) {
        self.settle_command("");
        self.live.clear();
        self.told.refused += work.refused;
        self.told.worked = true;
        self.told.tool_failed = work.failed.is_some();
        self.told.at_work = None;
        let took = noticed(work.millis);
        if let Some(why) = &work.failed {
            let look = self.err.look;
            let line = format!("  {} {} failed: {why}", look.paint(Tone::Bad, "✗"), work.tool);
            let lines = look.with_right(&line, &took);
            self.to_err(&lines);
        } else if self.told.plans.is_empty() && work.proposals.is_empty() {
            return self.answers(work);
        } else if !work.said.is_empty() {
            let look = self.err.look;
            let mut said = work.said.lines().map(|line| self.veil.text(line));
            let first = format!("  {} says: {}", work.tool, said.next().unwrap_or_default());
            let mut lines = look.with_right(&first, &took);
            let rest: Vec<String> = said.collect();
            lines.extend(
                rest.iter()
                    .take(MOST_WORDS)
                    .flat_map(|line| look.wrapped(&format!("    {line}"), 4)),
            );
            if rest.len() > MOST_WORDS {
                lines.push(look.paint(Tone::Dim, &format!("    … and {} more", count(rest.len() - MOST_WORDS, "line"))));
            }
            self.to_err(&lines);
        }
        self.live.wait_for("waiting for the cluster");
    }

    /// Its words are what was asked for. They stand beside what was observed.
    fn answers(&mut self, work: &Work) {
        let look = self.out.look;
        let name = work.full_name();
        let mut lines = Vec::new();
        if self.told.answers > 0 {
            lines.push(String::new());
        }
        if work.said.is_empty() {
            lines.push(format!("{name} says nothing."));
        } else {
            lines.extend(look.wrapped(&format!("{name} says (its words; nothing of it is proven):"), 2));
            let said = work.said.lines().map(|line| self.veil.text(line));
            lines.extend(said.flat_map(|line| look.wrapped(&format!("  {line}"), 2)));
        }
        self.to_out(&lines);
    }

    pub(super) fn handed(&mut self, to: &str, why: &str) {
        let look = self.err.look;
        let why = self.veil.text(why);
        let failed = self.told.tool_failed;
        let words = match (to.is_empty(), failed) {
            // Why it failed was said above.
            (true, true) if self.told.plans.is_empty() => return,
            (true, true) => "What was approved is so on the cluster all the same.".to_owned(),
            (false, true) => "The built-in engine finishes it.".to_owned(),
            (true, false) => format!("{why}."),
            (false, false) => format!("{why}. The built-in engine finishes it."),
        };
        let line = format!("  {}", look.paint(Tone::Careful, &words));
        self.to_err(&look.wrapped(&line, 2));
    }

    /// The command that is under way becomes a line, with what was seen of it.
    fn settle_command(&mut self, last: &str) {
        let Some(at_work) = &mut self.told.at_work else { return };
        let command = at_work.command.take();
        let mut marks = std::mem::take(&mut at_work.marks);
        // What was read stands beside the command that read it, which may be heard of later.
        if command.is_none() && marks.is_empty() && last.is_empty() {
            return;
        }
        if std::mem::take(&mut at_work.reads) && marks.is_empty() && last.is_empty() {
            marks.push("read".to_owned());
        }
        marks.extend(Some(last.to_owned()).filter(|last| !last.is_empty()));
        let tool = at_work.tool.clone();
        self.live.clear();
        let look = self.err.look;
        let command = self.veil.text(&command.unwrap_or_default());
        let left = format!("  {tool} › {command}").trim_end().to_owned();
        let right = self.veil.text(&marks.join("; "));
        // A long command is cut, so that what it did stands beside it.
        let room = look.width.saturating_sub(look.columns(&right) + 3).max(30);
        let left = if look.wrap && look.columns(&left) > room {
            let cut: String = left.chars().take(room.saturating_sub(1)).collect();
            format!("{cut}…")
        } else {
            left
        };
        let lines = look.with_right(&left, &right);
        self.to_err(&lines);
    }
}

impl AtWork {
    fn mark(&mut self, mark: String) {
        if self.marks.last() != Some(&mark) {
            self.marks.push(mark);
        }
    }
}
