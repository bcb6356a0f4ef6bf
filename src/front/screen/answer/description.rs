//! One object in full.

use super::{View, events, findings};
use crate::{
    domain::answer::Description,
    front::screen::look::{Look, Tone},
};

pub fn lines(description: &Description, view: &View<'_>) -> Vec<String> {
    let object = &description.object;
    let place = match &object.namespace {
        Some(namespace) => view.place(Some(namespace)),
        None => view.place.map_or_else(String::new, |place| place.name().to_owned()),
    };
    let mut lines = view.headline(&object.to_string(), &place);
    if !description.only.is_empty() {
        for (heading, part) in description
            .sections
            .iter()
            .filter(|(heading, _)| description.only.contains(heading))
        {
            lines.extend(section(heading, part, view));
        }
        return lines;
    }
    if !description.findings.is_empty() {
        lines.push(String::new());
        lines.extend(findings::block(&description.findings, view.look, 2, true));
    }
    if !description.facts.is_empty() {
        lines.push(String::new());
        lines.extend(facts(&description.facts, view, 2));
    }
    for (heading, part) in &description.sections {
        lines.extend(section(heading, part, view));
    }
    if !description.events.is_empty() {
        lines.push(String::new());
        lines.push(format!("  {}", view.look.paint(Tone::Strong, "Events")));
        let inner = Look {
            width: view.look.width.saturating_sub(4),
            ..*view.look
        };
        let inner = View {
            look: &inner,
            ..view.clone()
        };
        lines.extend(
            events::rows(&description.events, &inner)
                .into_iter()
                .map(|line| format!("    {line}")),
        );
    }
    let next = findings::next(&description.findings, view.look);
    if !next.is_empty() {
        lines.push(String::new());
        lines.extend(next);
    }
    lines
}

fn section(heading: &str, part: &[(String, String)], view: &View<'_>) -> Vec<String> {
    let mut lines = vec![String::new(), format!("  {}", view.look.paint(Tone::Strong, heading))];
    lines.extend(facts(part, view, 4));
    lines
}

fn facts(facts: &[(String, String)], view: &View<'_>, indent: usize) -> Vec<String> {
    let look = view.look;
    let width = facts.iter().map(|(name, _)| look.columns(name)).max().unwrap_or(0);
    // On a narrow screen one long name must not push all values out of sight.
    let width = width.min(look.width / 2);
    facts
        .iter()
        .flat_map(|(name, value)| {
            let name = look.paint(Tone::Dim, &look.padded(name, width));
            value.lines().enumerate().flat_map(move |(position, line)| {
                let lead = if position == 0 { name.clone() } else { " ".repeat(width) };
                look.wrapped(&format!("{}{lead}  {line}", " ".repeat(indent)), indent + width + 2)
            })
        })
        .collect()
}
