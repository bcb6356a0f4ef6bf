//! What an AI tool was told, tried and said, and who finished it: facts of a request for a page.

use super::{
    escape::{code, text},
    facts::{Facts, duration, field},
    markdown::Page,
};
use crate::transcripts::stored::{Held, Ruled};

pub(super) fn facts(page: &mut Page, facts: &Facts<'_>) {
    for prompt in &facts.prompts {
        page.fact(
            "Told",
            &format!("{} version {}, word for word:", code(&prompt.file), prompt.version),
        );
        let lines = prompt.text.lines().filter(|line| !line.trim().is_empty());
        page.lines(&lines.map(text).collect::<Vec<_>>());
    }
    if !facts.proposed.is_empty() {
        page.fact("Proposed", &format!("{}, none of them made by the tool:", facts.proposed.len()));
        page.lines(&facts.proposed.iter().map(|held| call(held)).collect::<Vec<_>>());
    }
    if !facts.held.is_empty() {
        page.fact("Tried without approval", &format!("{}:", facts.held.len()));
        let tried = facts.held.iter().enumerate();
        page.lines(
            &tried
                .map(|(at, held)| one(held, facts.rulings.get(at).copied()))
                .collect::<Vec<_>>(),
        );
    }
    for work in &facts.work {
        let said: Vec<&str> = work.said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let end = match (&work.failed, said.first()) {
            (Some(why), _) => format!("it failed: {}", text(why)),
            (None, Some(first)) => format!("“{}”", text(first)),
            (None, None) => "nothing".to_owned(),
        };
        let counted = work.model_read.zip(work.model_wrote);
        let counted = counted.map_or_else(String::new, |(read, wrote)| {
            format!(", {read} tokens read and {wrote} written by its model")
        });
        page.fact("Its own words", &format!("{end} (after {}{counted})", duration(work.millis)));
    }
    for handed in &facts.handed {
        let rest = if handed.to.is_empty() {
            ""
        } else {
            "; the built-in engine did the rest"
        };
        page.fact("What turned out", &format!("{}{rest}", text(&handed.why)));
    }
}

fn one(held: &Held, ruled: Option<&Ruled>) -> String {
    let ruling = ruled.map_or("not answered", |ruled| ruled.ruling.as_str());
    format!("{} — {ruling}", call(held))
}

/// With the first of what it would change.
fn call(held: &Held) -> String {
    let fields = held.change.iter().flat_map(|change| &change.fields).map(field);
    let fields: Vec<String> = fields.take(3).map(|field| text(&field)).collect();
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", fields.join(", "))
    };
    format!("{}{fields}", code(&held.call))
}
