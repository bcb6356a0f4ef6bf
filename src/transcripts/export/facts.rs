//! What an export tells of one request, gathered from its events.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    domain::route,
    transcripts::{
        stored::{
            Answered, Called, Change, Decided, Failed, Field, Handed, Held, Met, NotClear, Planned, Prompted, Requested, Ruled, Stored,
            Tool, Verified, Worked,
        },
        walk::Walk,
    },
};

/// Why a tool did not do it that was to: no word about the tool.
pub const CHOSEN: &str = "the built-in engine was chosen at the question";

/// The events of one request, by kind.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    pub requested: Option<&'a Requested>,
    pub met: Option<&'a Met>,
    pub tools: Vec<&'a Tool>,
    pub readings: Vec<(&'a str, &'a str)>,
    pub not_clear: Option<&'a NotClear>,
    pub plans: Vec<&'a Planned>,
    pub decided: Vec<&'a Decided>,
    pub calls: Vec<&'a Called>,
    /// Those that were made while an AI tool was at work, ours about them among them.
    pub calls_of_tool: Vec<&'a Called>,
    pub done: Vec<&'a Change>,
    pub verified: Vec<&'a Verified>,
    pub answers: Vec<&'a Answered>,
    pub failures: Vec<&'a Failed>,
    pub notes: Vec<&'a str>,
    pub artifacts: Vec<(&'a str, &'a str)>,
    /// What AI tools were told, tried, did and said.
    pub prompts: Vec<&'a Prompted>,
    pub held: Vec<&'a Held>,
    pub proposed: Vec<&'a Held>,
    pub rulings: Vec<&'a Ruled>,
    pub work: Vec<&'a Worked>,
    pub handed: Vec<&'a Handed>,
}

impl<'a> Facts<'a> {
    #[must_use]
    pub fn of(walk: Walk<'a>) -> Self {
        let mut facts = Self::default();
        let mut at_work = false;
        for event in walk.events() {
            at_work = match event {
                Stored::Prompted(_) => true,
                Stored::Worked(_) => false,
                _ => at_work,
            };
            match event {
                Stored::Requested(it) => facts.requested = Some(it),
                Stored::Met(it) => facts.met = Some(it),
                Stored::Tools(it) => facts.tools.extend(&it.tools),
                Stored::Understood(it) => {
                    let readings = it.intents.iter().flat_map(|intent| &intent.readings);
                    facts.readings = readings.map(|(said, means)| (said.as_str(), means.as_str())).collect();
                }
                Stored::NotClear(it) => facts.not_clear = Some(it),
                Stored::Planned(it) => facts.plans.push(it),
                Stored::Decided(it) => facts.decided.push(it),
                Stored::Called(it) => {
                    facts.calls.push(it);
                    facts.calls_of_tool.extend(at_work.then_some(it));
                }
                Stored::Did(it) => facts.done.push(&it.change),
                Stored::Verified(it) => facts.verified.push(it),
                Stored::Answered(it) => facts.answers.push(it),
                Stored::Failed(it) => facts.failures.push(it),
                Stored::Note(it) => facts.notes.push(&it.text),
                Stored::Prompted(it) => facts.prompts.push(it),
                Stored::Held(it) => facts.held.push(it),
                Stored::Proposed(it) => facts.proposed.push(it),
                Stored::Ruled(it) => facts.rulings.push(it),
                Stored::Worked(it) => facts.work.push(it),
                Stored::Handed(it) => facts.handed.push(it),
                Stored::Artifact(it) => facts.artifacts.push((&it.name, &it.sha256)),
                _ => {}
            }
        }
        facts
    }

    /// The tools that did the work, each once: name and version.
    #[must_use]
    pub fn used(&self) -> Vec<(&'a str, Option<&'a str>)> {
        let mut tools: Vec<(&str, Option<&str>)> = Vec::new();
        for plan in &self.plans {
            let tool = if self.chose_against(&plan.tool) {
                ("builtin", None)
            } else {
                (plan.tool.as_str(), plan.tool_version.as_deref())
            };
            if !tools.contains(&tool) {
                tools.push(tool);
            }
        }
        tools
    }

    /// At the question the built-in engine was chosen, and not this tool.
    fn chose_against(&self, tool: &str) -> bool {
        self.decided
            .iter()
            .any(|decided| decided.without.iter().any(|without| without == tool))
    }

    /// Tools that would have been preferred, each once, with the reason.
    #[must_use]
    pub fn passed_over(&self) -> Vec<(&'a str, &'a str)> {
        let without = self.decided.iter().flat_map(|decided| &decided.without);
        let mut passed: Vec<(&str, &str)> = without.map(|tool| (tool.as_str(), CHOSEN)).collect();
        passed.dedup();
        for over in self.plans.iter().flat_map(|plan| &plan.passed_over) {
            if !passed.iter().any(|(tool, _)| *tool == over.tool) {
                passed.push((&over.tool, &over.reason));
            }
        }
        passed
    }

    /// `kubectl-ai 0.0.29`, as far as the version was found out.
    #[must_use]
    pub fn full_name(&self, tool: &str) -> String {
        let version = self.tools.iter().find(|it| it.name == tool).and_then(|it| it.version.as_deref());
        route::full_name(tool, version)
    }

    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.requested
            .is_some_and(|it| it.options.iter().any(|option| option == "--dry-run"))
    }
}

/// Whether an AI did it, by the name of the tool.
#[must_use]
pub fn is_ai(tool: &str) -> bool {
    !matches!(tool, "builtin" | "built-in" | "helm" | "")
}

/// `replicas 2 → 3`.
#[must_use]
pub fn field(field: &Field) -> String {
    let name = field.field.strip_prefix("spec.").unwrap_or(&field.field);
    match (&field.before, &field.after) {
        (Some(before), Some(after)) => format!("{name} {} → {}", value(before), value(after)),
        (None, Some(after)) => format!("{name} set to {}", value(after)),
        (Some(before), None) => format!("{name} removed (was {})", value(before)),
        (None, None) => name.to_owned(),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// To the minute: `2026-11-23 18:45 UTC`.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `1.4 s`, `8 ms`.
#[must_use]
pub fn duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_and_times_in_words() {
        let f = |before: Option<Value>, after: Option<Value>| Field {
            field: "spec.replicas".to_owned(),
            before,
            after,
        };
        assert_eq!(field(&f(Some(2.into()), Some(3.into()))), "replicas 2 → 3");
        assert_eq!(field(&f(None, Some("x".into()))), "replicas set to x");
        assert_eq!(field(&f(Some("".into()), None)), "replicas removed (was \"\")");
        assert_eq!(
            [0, 999, 1449, 60_000, 125_400].map(duration),
            ["0 ms", "999 ms", "1.4 s", "1 min 0 s", "2 min 5 s"]
        );
    }
}
