//! What a read tells, in lines.

mod description;
mod events;
mod findings;
mod forward;
mod health;
mod logs;
mod overview;
mod rollout;
mod sizing;
mod table;
mod unseen;
mod workloads;

use jiff::Timestamp;

pub use findings::{block as findings_block, next_steps};
pub use logs::Prefixes;
pub use table::watched;

use super::look::Look;
use crate::domain::{answer::Answer, place::Place};

/// What rendering needs beside the answer.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub look: &'a Look,
    /// `None` before a cluster was met.
    pub place: Option<&'a Place>,
    pub now: Timestamp,
    pub verbose: bool,
}

impl View<'_> {
    /// The cluster, and the namespace that the answer is about.
    fn place(&self, namespace: Option<&str>) -> String {
        self.place
            .map_or_else(String::new, |place| super::change::where_it_is(place, namespace))
    }

    fn place_in_all(&self) -> String {
        self.place.map_or_else(String::new, |place| match place.namespace.as_str() {
            "" => place.name().to_owned(),
            _ => format!("{} · all namespaces", place.name()),
        })
    }

    /// First line of an answer: the verdict, and where it is true.
    fn headline(&self, words: &str, place: &str) -> Vec<String> {
        self.look.with_right(&self.look.paint(super::look::Tone::Strong, words), place)
    }
}

/// The answer as lines for standard output.
#[must_use]
pub fn lines(answer: &Answer, view: &View<'_>) -> Vec<String> {
    match answer {
        Answer::Overview(overview) => overview::lines(overview, view),
        Answer::Table(table) => table::lines(table, view),
        Answer::Description(description) => description::lines(description, view),
        Answer::Events(events) => events::lines(events, view),
        Answer::Health(health) => health::lines(health, view),
        Answer::Rollout(rollout) => rollout::lines(rollout, view),
        Answer::Sizing(sizing) => sizing::lines(sizing, view),
        Answer::Text(text) => text.text.lines().map(str::to_owned).collect(),
        // Its lines were printed as they came; the rest is said on standard error.
        Answer::Logs(_) | Answer::Forward(_) => Vec::new(),
    }
}

/// What is left to say about logs, for standard error.
#[must_use]
pub fn remarks(answer: &Answer, view: &View<'_>) -> Vec<String> {
    match answer {
        Answer::Logs(logs) => logs::remarks(logs, view),
        Answer::Forward(forward) => forward::remarks(forward, view),
        _ => Vec::new(),
    }
}
