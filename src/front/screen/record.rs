//! A kept record, step by step, and whether it is as it was written.

use serde_json::Value;

use super::{
    look::{Look, Tone},
    words::duration,
};
use crate::transcripts::{
    Line, Soundness, Transcript,
    stored::{Change, Stored},
};

/// What happened, with the seconds since the request.
#[must_use]
pub fn lines(transcript: &Transcript, look: &Look) -> Vec<String> {
    let mut lines = soundness(transcript, look);
    for walk in transcript.walks() {
        lines.push(String::new());
        let began = walk.at();
        for line in walk.lines {
            let since = began.and_then(|began| u64::try_from(line.at.as_millisecond() - began.as_millisecond()).ok());
            lines.extend(step(line, since, look));
        }
    }
    lines
}

/// `20261123-184502-scale-backend  intact, 14 events`, and each damage.
#[must_use]
pub fn soundness(transcript: &Transcript, look: &Look) -> Vec<String> {
    let sound = transcript.soundness();
    let (sign, tone) = match sound {
        Soundness::Intact => ("✓", Tone::Good),
        Soundness::BeingWritten | Soundness::Unfinished => ("–", Tone::Careful),
        Soundness::Truncated | Soundness::Damaged => ("✗", Tone::Bad),
    };
    let words = format!("{}  {}, {} events", transcript.id, sound.word(), transcript.lines.len());
    let mut lines = look.wrapped(&format!("{} {words}", look.paint(tone, sign)), 2);
    if let Some(why) = transcript.why_unfinished() {
        lines.extend(look.wrapped(&format!("    {why}"), 6));
    }
    for damage in &transcript.damage {
        let at = damage.line.map_or_else(String::new, |line| format!("line {line}: "));
        lines.extend(look.wrapped(&format!("    {at}{}", damage.what), 6));
    }
    lines
}

fn step(line: &Line, since: Option<u64>, look: &Look) -> Vec<String> {
    let Some((what, details)) = told(line) else { return Vec::new() };
    let at = since.map_or_else(String::new, |since| {
        if since == 0 {
            line.at.strftime("%F %T UTC").to_string()
        } else {
            format!("+{}", duration(since))
        }
    });
    let mut lines = look.with_right(&format!("  {what}"), &at);
    for detail in details {
        lines.extend(look.wrapped(&format!("    {detail}"), 6));
    }
    lines
}

/// One event in words; reads through the gate are left out, they are in the record itself.
fn told(line: &Line) -> Option<(String, Vec<String>)> {
    Some(match &line.event {
        Stored::Requested(requested) => {
            let options = if requested.options.is_empty() {
                Vec::new()
            } else {
                vec![requested.options.join(" ")]
            };
            (format!("asked: {}", requested.request), options)
        }
        Stored::Met(met) => {
            let simulated = if met.simulated { " (simulated)" } else { "" };
            // An engine has no namespaces.
            let engine = met.namespace.is_empty();
            let what = if engine { "Docker Engine" } else { "Kubernetes" };
            let version = met
                .version
                .as_deref()
                .map_or_else(String::new, |version| format!(", {what} {version}"));
            let told = if engine {
                format!("on {} at {}{version}", met.context, met.server)
            } else {
                format!("on {}{simulated} · {}{version}", met.context, met.namespace)
            };
            (told, Vec::new())
        }
        Stored::Understood(understood) => {
            let intents = understood.intents.iter().map(|intent| {
                let slots: Vec<String> = intent.slots.iter().map(|(name, value)| format!("{name} {value}")).collect();
                format!("{}: {}", intent.playbook, slots.join(", "))
            });
            ("understood".to_owned(), intents.collect())
        }
        Stored::NotClear(not_clear) => (format!("not clear: {}", not_clear.reason), not_clear.offered.clone()),
        Stored::Planned(planned) if planned.changes.is_empty() => return None,
        Stored::Planned(planned) => (
            format!("planned: {}", planned.title),
            planned.changes.iter().flat_map(fields).collect(),
        ),
        Stored::Decided(decided) => {
            let by = decided.by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
            let reason = decided.reason.clone().into_iter().collect();
            let without = match decided.without.as_slice() {
                [] => String::new(),
                tools => format!(", by the built-in engine and not by {}", tools.join(", ")),
            };
            (format!("{}{by}{without}: {}", decided.decision, decided.title), reason)
        }
        Stored::Called(called) if called.granted && (called.dry_run || called.risk == "read") => return None,
        Stored::Called(called) => {
            let granted = if called.granted { "sent" } else { "refused" };
            (format!("{granted}: {}", called.call), Vec::new())
        }
        Stored::Prompted(prompted) => (
            format!("{} was told ({} version {}):", prompted.tool, prompted.file, prompted.version),
            prompted.text.lines().map(str::to_owned).collect(),
        ),
        Stored::Running(running) => (format!("{} › {}", running.tool, running.command), Vec::new()),
        Stored::Held(held) => (
            format!("{} tried what was not approved: {}", held.tool, held.call),
            held.change
                .iter()
                .flat_map(fields)
                .chain(held.request.clone())
                .chain([held.why.clone()])
                .collect(),
        ),
        Stored::Proposed(held) => (
            format!("{} proposed: {}", held.tool, held.call),
            held.change.iter().flat_map(fields).chain(held.request.clone()).collect(),
        ),
        Stored::Ruled(ruled) => (
            format!("{}: {}", ruled.ruling, ruled.call),
            ruled.reason.clone().into_iter().collect(),
        ),
        Stored::Worked(worked) => {
            let end = worked
                .failed
                .as_ref()
                .map_or_else(|| "came to its end".to_owned(), |why| format!("failed: {why}"));
            let counts = format!("{} changes passed, {} calls were refused", worked.passed, worked.refused);
            let tokens = worked
                .model_read
                .zip(worked.model_wrote)
                .map(|(sent, received)| format!("{sent} tokens to its model, {received} from it"));
            let ran = worked.commands.iter().map(|command| {
                let code = command.exit_code.map_or_else(String::new, |code| format!(" (exit code {code})"));
                format!("ran: {}{code}", command.command)
            });
            let said = worked.said.lines().map(|line| format!("said: {line}"));
            let details = ran.chain(said).chain([counts]).chain(tokens);
            (format!("{} {end}", worked.tool), details.collect())
        }
        Stored::Handed(handed) => {
            let to = if handed.to.is_empty() {
                "nothing was left to do".to_owned()
            } else {
                format!("{} finished it", handed.to)
            };
            (format!("{}; {to}", handed.why), Vec::new())
        }
        Stored::Did(did) => (format!("✓ {}: {}", did.change.object, did.what), Vec::new()),
        Stored::Verified(verified) => {
            let seen = verified
                .observations
                .iter()
                .map(|seen| format!("{} {}: {}", sign(&seen.verdict), seen.object, seen.saw));
            let found = verified
                .findings
                .iter()
                .map(|finding| format!("{}: {} [{}]", finding.object, finding.what, finding.code));
            let words = if verified.holds { "verified" } else { "not verified" };
            (words.to_owned(), seen.chain(found).collect())
        }
        Stored::Answered(answered) => (format!("answered: {}", answered.summary), answered.lines.clone()),
        Stored::Artifact(artifact) => (format!("kept: {} ({} bytes)", artifact.name, artifact.bytes), Vec::new()),
        Stored::Note(note) => (format!("note: {}", note.text), Vec::new()),
        Stored::Failed(failed) => (format!("failed: {}", failed.what), failed.hints.clone()),
        Stored::Ended(ended) => (format!("ended with exit code {}", ended.exit_code), Vec::new()),
        Stored::Lost(lost) => (format!("{} events are not in the record: {}", lost.events, lost.reason), Vec::new()),
        Stored::Unknown { name } => (format!("{name} (written by a later version)"), Vec::new()),
        Stored::Tools(_) | Stored::Changing(_) | Stored::Replied(_) | Stored::Progress(_) => return None,
    })
}

fn fields(change: &Change) -> Vec<String> {
    let value = |value: &Option<Value>| match value {
        None => "(not set)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let of = |field: &crate::transcripts::stored::Field| {
        format!(
            "{} of {}: {} → {}",
            field.field,
            change.object,
            value(&field.before),
            value(&field.after)
        )
    };
    change.fields.iter().map(of).collect()
}

fn sign(verdict: &str) -> &'static str {
    match verdict {
        "holds" => "✓",
        "pending" => "…",
        _ => "✗",
    }
}
