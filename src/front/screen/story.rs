//! What was done, in short: what each request changed, and whether it came true.

use super::{
    look::{Look, Tone},
    words::{count, harmless},
};
use crate::transcripts::{Outcome, Transcript, Walk, stored::Stored};

/// The requests of a record that changed something, or may have, with what that was; the others are counted.
#[must_use]
pub fn lines(kept: &Transcript, look: &Look) -> Vec<String> {
    let walks = kept.walks();
    let (changes, others): (Vec<Walk<'_>>, Vec<Walk<'_>>) = walks.into_iter().partition(|walk| walk.changed() || walk.may_have_changed());
    let mut lines = Vec::new();
    for walk in &changes {
        lines.extend(told(*walk, look));
    }
    let rest = match (changes.is_empty(), others.len()) {
        (true, _) => "Nothing was changed.".to_owned(),
        (false, 0) => String::new(),
        (false, 1) => "One other request changed nothing.".to_owned(),
        (false, more) => format!("{} changed nothing.", count(more, "other request")),
    };
    if !rest.is_empty() {
        lines.extend(look.wrapped(&rest, 0));
    }
    lines
}

/// `✓ scale backend to 3`, and each change below it.
fn told(walk: Walk<'_>, look: &Look) -> Vec<String> {
    let outcome = walk.outcome();
    let (sign, tone) = match outcome {
        Outcome::Verified => ("✓", Tone::Good),
        Outcome::Completed => ("–", Tone::Dim),
        Outcome::Failed => ("✗", Tone::Bad),
        _ => ("–", Tone::Careful),
    };
    let said = harmless(walk.request());
    let place = if walk.is_simulated() { " (simulated)" } else { "" };
    let head = format!("{} “{said}”: {}{place}", look.paint(tone, sign), outcome.words());
    let mut lines = look.wrapped(&head, 2);
    for event in walk.events() {
        if let Stored::Did(did) = event {
            let namespace = did
                .change
                .namespace
                .as_ref()
                .map_or_else(String::new, |namespace| format!(" in {namespace}"));
            lines.extend(look.wrapped(&format!("    {}{namespace}: {}", did.change.object, did.what), 6));
        }
    }
    if walk.may_have_changed() {
        lines.extend(look.wrapped("    what was sent last may have been done: nobody saw its end", 6));
    }
    lines
}
