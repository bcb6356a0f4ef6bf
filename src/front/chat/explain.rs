//! `/explain`: what a request was taken for, who did it and why, and the command that does the same.

use crate::{
    app::veil::Veil,
    domain::{conversation::Turn, plan::Plan},
    front::screen::{
        change,
        look::{Look, Tone},
    },
};

#[must_use]
pub fn lines(turn: &Turn, veil: &Veil, look: &Look) -> Vec<String> {
    let mut lines = look.wrapped(&look.paint(Tone::Strong, &veil.line(&turn.said)), 2);
    if turn.plans.is_empty() {
        let why = match (turn.readings.is_empty(), turn.intents.is_empty()) {
            (true, _) => "It was not taken for anything that can be done.",
            (false, true) => "It was not clear which object was meant; nothing was done.",
            (false, false) => "It was understood, and nothing could be planned.",
        };
        lines.extend(look.wrapped(&format!("  {why}"), 4));
        for reading in &turn.readings {
            lines.extend(fact(look, "playbook", &reading.playbook));
        }
    }
    for plan in &turn.plans {
        lines.extend(of_plan(plan, veil, look));
    }
    lines
}

fn of_plan(plan: &Plan, veil: &Veil, look: &Look) -> Vec<String> {
    let names: Vec<String> = plan
        .intent
        .readings_of_names
        .iter()
        .map(|name| format!("“{}” is {}", name.said, name.means))
        .collect();
    let mut lines = fact(look, "understood", &veil.line(&plan.title));
    if !names.is_empty() {
        lines.extend(fact(look, "names", &names.join(", ")));
    }
    lines.extend(fact(
        look,
        "playbook",
        &format!("{} (`playbooks {}`)", plan.intent.playbook, plan.intent.playbook),
    ));
    lines.extend(fact(
        look,
        "where",
        &change::where_it_is(
            &plan.place,
            plan.changes.first().and_then(|change| change.draft.object.namespace.as_deref()),
        ),
    ));
    let doer = match plan.route.tool.as_str() {
        "builtin" => "the built-in engine, without AI",
        "helm" => "helm, without AI",
        tool => tool,
    };
    lines.extend(fact(look, "by", doer));
    for passed in &plan.route.passed_over {
        lines.extend(fact(look, "", &format!("not {}: {}", passed.tool, passed.reason)));
    }
    for command in &plan.equivalent {
        lines.push(format!("  {}  {}", look.padded("same as", LABELS), veil.line(command)));
    }
    lines
}

const LABELS: usize = 10;

fn fact(look: &Look, label: &str, value: &str) -> Vec<String> {
    let label = look.paint(Tone::Dim, &look.padded(label, LABELS));
    look.wrapped(&format!("  {label}  {value}"), LABELS + 4)
}
