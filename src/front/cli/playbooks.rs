//! `todo-agent playbooks [NAME]`: what can be asked for.

use serde_json::json;

use super::Bench;
use crate::{
    app::library::Entry,
    domain::failure::{Failure, FailureKind, Result},
    front::screen::{
        Form,
        look::{Look, Tone},
        unclear::command,
    },
};

/// What can be asked for
#[derive(Debug, clap::Args)]
pub struct List {
    /// One playbook in full
    pub name: Option<String>,
}

impl List {
    /// # Errors
    /// A playbook has a mistake; there is none of this name.
    pub fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let entries = bench.app.playbooks()?;
        let (look, _) = bench.screen.looks();
        let chosen: Vec<&Entry> = match &self.name {
            None => entries.iter().collect(),
            Some(name) => vec![find(&entries, name)?],
        };
        if bench.screen.form() != Form::Text {
            bench.screen.say_document(json!({"playbooks": chosen}));
        } else if let (Some(_), [entry]) = (&self.name, chosen.as_slice()) {
            bench.screen.say(&one(entry, &look));
        } else {
            bench.screen.say(&all(&chosen, &look));
        }
        Ok(0)
    }
}

fn find<'a>(entries: &'a [Entry], name: &str) -> Result<&'a Entry> {
    entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let failure = Failure::new(FailureKind::Usage, format!("there is no playbook \"{name}\""));
        let near = entries
            .iter()
            .map(|entry| (strsim::damerau_levenshtein(&entry.name, name), entry))
            .min_by_key(|(distance, _)| *distance);
        match near.filter(|(distance, _)| *distance <= 3) {
            Some((_, entry)) => failure.hint(format!("Did you mean {}?", entry.name)),
            None => failure.hint("`todo-agent playbooks` lists them."),
        }
    })
}

fn all(entries: &[&Entry], look: &Look) -> Vec<String> {
    let width = entries.iter().map(|entry| look.columns(&entry.name)).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (heading, wanted) in [("Reads", false), ("Changes", true)] {
        let of_risk: Vec<&&Entry> = entries.iter().filter(|entry| entry.risk.changes() == wanted).collect();
        if of_risk.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(look.paint(Tone::Strong, heading));
        for entry in of_risk {
            lines.extend(look.wrapped(&format!("  {}  {}", look.padded(&entry.name, width), entry.summary), width + 4));
        }
    }
    lines
}

fn one(entry: &Entry, look: &Look) -> Vec<String> {
    let mut lines = look.wrapped(&format!("{}  {}", look.paint(Tone::Strong, &entry.name), entry.summary), 2);
    let doers: Vec<&str> = entry
        .prefer
        .iter()
        .map(|tool| if tool == "builtin" { "the built-in engine" } else { tool })
        .collect();
    lines.extend(look.wrapped(&format!("  done by: {}", doers.join(", else ")), 4));
    if !entry.examples.is_empty() {
        lines.push("  Say it as:".to_owned());
        for example in &entry.examples {
            lines.push(format!("    {}", command(example)));
        }
    }
    lines.extend(look.wrapped(&format!("  {}", look.paint(Tone::Dim, &entry.file)), 4));
    lines
}
