//! How a request ended: the last lines, and the way back.

use super::Text;
use crate::{
    domain::{
        failure::{Failure, FailureKind},
        object::ObjectRef,
        place::Place,
    },
    front::screen::{answer, failure, look::Tone, words::count},
};

impl Text {
    pub(super) fn failed(&mut self, given: &Failure) {
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
                lines.extend(self.half_done());
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
        let undo = self
            .way_back()
            .filter(|_| !self.told.done.is_empty())
            .map(|command| format!("`{command}`"));
        let hints: Vec<String> = given.hints.iter().map(|hint| self.veil.text(hint)).collect();
        lines.extend(answer::next_steps(undo.iter().chain(&hints).map(String::as_str), look));
        lines
    }

    /// The command that takes it back, where something does.
    pub fn way_back(&self) -> Option<String> {
        let some = self.told.plans.iter().any(|undoing| undoing.restores()) && !self.told.gone;
        some.then(|| self.manner.given.command("todo-agent undo", None))
    }

    /// The command that goes on with an undo.
    pub fn way_on(&self) -> Option<String> {
        let asked = self.told.undo.as_ref().filter(|_| !self.told.plans.is_empty())?;
        Some(self.manner.given.command(&format!("todo-agent {asked}"), None))
    }

    /// What was done before a failure stays done: which part, and what can be done about it.
    fn half_done(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.told.open.is_empty() {
            let done: Vec<&ObjectRef> = self.told.done.iter().map(|(object, _)| object).collect();
            let open: Vec<&ObjectRef> = self.told.open.iter().collect();
            let (did, not) = if self.told.undo.is_some() {
                ("Taken back", "Not taken back")
            } else {
                ("Done, and stays so", "Not done")
            };
            words.push(format!("{did}: {}. {not}: {}.", names(&done), names(&open)));
        } else if self.told.undo.is_none() {
            words.push("What was done before stays done.".to_owned());
        }
        if let Some(command) = self.way_on() {
            words.push(format!("Go on with `{command}`."));
        } else if let Some(command) = self.way_back() {
            words.push(format!("Take it back with `{command}`."));
        }
        self.err.look.wrapped(&words.join(" "), 2)
    }

    pub(super) fn ended(&mut self, exit_code: u8, changed: bool, verified: bool) {
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
            (false, false) if self.told.worked => "Nothing was changed.".to_owned(),
            (false, false) => "Nothing to change: it is that way already.".to_owned(),
        };
        let look = self.out.look;
        let end = look.paint(if verified { Tone::Good } else { Tone::Strong }, &end);
        let undo = self
            .way_back()
            .filter(|_| changed)
            .map_or_else(String::new, |command| format!(" Take it back with `{command}`."));
        let refused = match self.told.refused {
            0 => String::new(),
            refused => format!(" {} of the tool refused.", count(refused as usize, "call")),
        };
        let lines = look.wrapped(&format!("{end}{refused}{undo}"), 2);
        self.to_out(&lines);
    }
}

fn names(objects: &[&ObjectRef]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.join(", ")
}
