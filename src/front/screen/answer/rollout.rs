//! How far a rollout is.

use super::{View, findings, unseen};
use crate::{domain::answer::RolloutAnswer, front::screen::look::Tone};

pub fn lines(answer: &RolloutAnswer, view: &View<'_>) -> Vec<String> {
    let object = &answer.state.object;
    let revision = answer
        .revision
        .as_ref()
        .map_or_else(String::new, |revision| format!(", revision {revision}"));
    let sign = if answer.complete {
        view.look.paint(Tone::Good, "✓")
    } else if answer.findings.iter().any(|finding| finding.lasting) {
        view.look.paint(Tone::Bad, "✗")
    } else {
        view.look.paint(Tone::Careful, "…")
    };
    let place = view.place(object.namespace.as_deref());
    let mut lines = view
        .look
        .with_right(&format!("{sign} {object}: {}{revision}", answer.words), &place);
    lines.extend(findings::block(&answer.findings, view.look, 2, false));
    lines.extend(unseen::lines(&answer.unseen, view.look));
    lines.extend(findings::next(&answer.findings, view.look));
    lines
}
