//! The section of CLAUDE.md that tells what was done, request by request, oldest first.

use super::{
    Which,
    escape::{code, text},
    facts::{CHOSEN, Facts, duration, field, is_ai, time},
    of_tools,
};
use crate::transcripts::{
    stored::{Change, Decided, Verified},
    transcript::{Soundness, Transcript},
    walk::{Outcome, Walk},
};

/// Lines that are shown of one answer or list; the record has all.
const LINES: usize = 12;

/// The section for these transcripts, in any order given. Ends with a line break; the same transcripts give the same
/// bytes.
#[must_use]
pub fn markdown(transcripts: &[Transcript], which: Which) -> String {
    let mut sorted: Vec<&Transcript> = transcripts.iter().collect();
    sorted.sort_by_key(|transcript| (transcript.lines.first().map(|line| line.at), transcript.id.clone()));
    let walks: Vec<(&Transcript, Walk<'_>)> = sorted.iter().flat_map(|t| t.walks().into_iter().map(|walk| (*t, walk))).collect();
    let mut out = String::from("## Work done with todo-agent\n\n");
    out.push_str(&introduction(&walks));
    if which == Which::Changes {
        out.push_str("Only what changed something stands here.\n");
    }
    for (transcript, walk) in walks.iter().filter(|(_, walk)| which.takes(*walk)) {
        out.push('\n');
        out.push_str(&request(transcript, *walk));
    }
    for transcript in sorted.iter().filter(|transcript| transcript.walks().is_empty()) {
        out.push_str(&format!(
            "\n### A record that cannot be read\n\n- **Record** {}\n",
            record(transcript)
        ));
    }
    out
}

fn introduction(walks: &[(&Transcript, Walk<'_>)]) -> String {
    let count = |test: &dyn Fn(&Walk<'_>) -> bool| walks.iter().filter(|(_, walk)| test(walk)).count();
    let changes = count(&|walk| walk.changed());
    // What may have been written by anybody proves nothing.
    let (sound, damaged): (Vec<_>, Vec<_>) = walks
        .iter()
        .partition(|(transcript, _)| transcript.soundness() != Soundness::Damaged);
    let damaged = damaged.len();
    let verified = sound
        .iter()
        .filter(|(_, walk)| walk.changed() && walk.outcome() == Outcome::Verified)
        .count();
    let simulated = count(&|walk| walk.is_simulated());
    let by_ai = count(&|walk| Facts::of(*walk).used().iter().any(|(tool, _)| is_ai(tool)));
    let mut out = "Generated from recorded runs by `todo-agent transcript export`; do not edit between the markers. ".to_owned();
    out.push_str(&format!("{}: {changes} changed something", plural(walks.len(), "request")));
    if changes > 0 {
        out.push_str(&format!(", {verified} of these verified on the cluster"));
    }
    out.push_str(". ");
    if damaged > 0 {
        out.push_str(&format!("What stands in damaged records ({damaged}) is not counted as verified. "));
    }
    out.push_str(&match by_ai {
        0 => "No AI tool took part; the built-in engine did all of it.".to_owned(),
        1 => "An AI tool worked on 1 of them.".to_owned(),
        n => format!("AI tools worked on {n} of them."),
    });
    if simulated > 0 {
        out.push_str(&format!(
            " {} on the embedded (simulated) cluster.",
            if simulated == walks.len() {
                "All ran".to_owned()
            } else {
                format!("{simulated} ran")
            }
        ));
    }
    out.push('\n');
    out
}

fn request(transcript: &Transcript, walk: Walk<'_>) -> String {
    let facts = Facts::of(walk);
    let mut page = Page::new(&heading(&facts, walk));
    page.fact("Asked", &asked(&facts, walk));
    for (said, means) in &facts.readings {
        page.fact("Read as", &format!("“{}” = {}", text(said), text(means)));
    }
    done_by(&mut page, &facts);
    of_tools::facts(&mut page, &facts);
    decisions(&mut page, &facts);
    changes(&mut page, &facts, walk);
    answers(&mut page, &facts);
    if let Some(met) = facts.met {
        page.fact("On", &place(met));
    }
    verdict(&mut page, &facts, walk);
    for note in &facts.notes {
        page.fact("Note", &text(note));
    }
    for (name, sha256) in &facts.artifacts {
        page.fact("File", &format!("{} (SHA-256 {})", text(name), code(sha256)));
    }
    page.fact("Record", &record(transcript));
    page.out
}

/// A heading and the facts below it.
pub(super) struct Page {
    out: String,
}

impl Page {
    fn new(heading: &str) -> Self {
        Self {
            out: format!("### {heading}\n\n"),
        }
    }

    /// `text` must be escaped.
    pub(super) fn fact(&mut self, name: &str, text: &str) {
        self.out.push_str(&format!("- **{name}** {text}\n"));
    }

    pub(super) fn lines(&mut self, lines: &[String]) {
        for line in lines.iter().take(LINES) {
            self.out.push_str(&format!("  - {line}\n"));
        }
        if lines.len() > LINES {
            self.out
                .push_str(&format!("  - … and {} more in the record\n", lines.len() - LINES));
        }
    }
}

fn heading(facts: &Facts<'_>, walk: Walk<'_>) -> String {
    let titles: Vec<&str> = facts
        .plans
        .iter()
        .map(|plan| plan.title.as_str())
        .filter(|title| !title.is_empty())
        .collect();
    let title = if titles.is_empty() {
        walk.request().chars().take(80).collect()
    } else {
        titles.join("; ")
    };
    let mut letters = title.trim().chars();
    let title = letters.next().map_or_else(
        || "(Empty request)".to_owned(),
        |first| first.to_uppercase().chain(letters).collect(),
    );
    let end = match walk.outcome() {
        Outcome::Verified | Outcome::Completed if facts.is_dry_run() => " (preview only)",
        Outcome::Verified | Outcome::Completed => "",
        Outcome::Failed => " (failed)",
        Outcome::NotDone => " (not done)",
        Outcome::Refused => " (refused)",
        Outcome::LostSight => " (not observed)",
        Outcome::Interrupted => " (interrupted)",
        Outcome::Unfinished => " (unfinished)",
    };
    format!("{}{end}", text(&title))
}

fn asked(facts: &Facts<'_>, walk: Walk<'_>) -> String {
    let at = walk.at().map_or_else(String::new, time);
    let options = facts.requested.map(|it| it.options.join(" ")).filter(|options| !options.is_empty());
    let options = options.map_or_else(String::new, |options| format!(" with {}", code(&options)));
    format!("{at} · {}{options}", code(walk.request()))
}

fn done_by(page: &mut Page, facts: &Facts<'_>) {
    let tools = facts.used();
    if tools.is_empty() {
        return;
    }
    let names: Vec<String> = tools
        .iter()
        .map(|(tool, version)| match (is_ai(tool), version) {
            (false, Some(version)) if *tool == "helm" => format!("helm {} (no AI)", text(version)),
            (false, None) if *tool == "helm" => "helm (no AI)".to_owned(),
            (false, _) => "built-in engine (no AI)".to_owned(),
            (true, Some(version)) => format!("{} {} (AI), behind the gate", text(tool), text(version)),
            (true, None) => format!("{} (AI), behind the gate", text(tool)),
        })
        .collect();
    let proposed = facts.plans.iter().filter_map(|plan| plan.proposed_by.as_deref());
    let proposed: Vec<String> = proposed.map(|by| format!("{} (AI) proposed it", text(by))).collect();
    let passed = facts.passed_over();
    let passed: Vec<String> = passed
        .iter()
        .map(|(tool, reason)| {
            // What the user ruled out, or nobody asked for, says nothing about the tool.
            let verdict = if reason.starts_with("--") || [CHOSEN, "not looked for"].contains(reason) {
                "not used"
            } else {
                "not usable"
            };
            format!("{} was {verdict}: {}", text(&facts.full_name(tool)), text(reason))
        })
        .collect();
    let all: Vec<String> = std::iter::once(names.join(" and ")).chain(proposed).chain(passed).collect();
    page.fact("Done by", &all.join("; "));
    if tools.iter().any(|(tool, _)| is_ai(tool)) {
        // Of records that do not tell what a tool was told, all calls are its own.
        let calls = if facts.prompts.is_empty() {
            &facts.calls
        } else {
            &facts.calls_of_tool
        };
        page.fact("Requests of the AI tool", &plural(calls.len(), "call"));
        let calls: Vec<String> = calls
            .iter()
            .map(|call| {
                let verdict = if call.granted { "let through" } else { "refused" };
                let preview = if call.dry_run { " (dry run)" } else { "" };
                format!("{} — {}, {verdict}{preview}", code(&call.call), text(&call.risk))
            })
            .collect();
        page.lines(&calls);
    }
}

fn decisions(page: &mut Page, facts: &Facts<'_>) {
    let mut said: Vec<String> = Vec::new();
    for decision in facts.decided.iter().filter_map(|decided| words(decided)) {
        if !said.contains(&decision) {
            said.push(decision);
        }
    }
    if !said.is_empty() {
        page.fact("Decision", &said.join("; "));
    }
}

fn words(decided: &Decided) -> Option<String> {
    match (decided.decision.as_str(), decided.by.as_deref()) {
        ("approved", Some("person")) => Some("approved by a person after seeing the change".to_owned()),
        ("approved", Some("policy")) => Some("approved beforehand with `--yes`".to_owned()),
        ("approved", _) => None,
        ("declined", _) => Some("declined by a person: nothing was changed".to_owned()),
        (_, _) => Some(format!(
            "refused: {}",
            text(decided.reason.as_deref().unwrap_or("no reason recorded"))
        )),
    }
}

fn changes(page: &mut Page, facts: &Facts<'_>, walk: Walk<'_>) {
    for done in &facts.done {
        page.fact("Changed", &change(done));
    }
    let planned: Vec<&Change> = facts.plans.iter().flat_map(|plan| &plan.changes).collect();
    if !facts.done.is_empty() || planned.is_empty() {
        return;
    }
    let name = match (facts.is_dry_run(), walk.may_have_changed()) {
        (true, _) => "Previewed, not changed",
        (false, true) => "Begun, end not recorded",
        (false, false) => "Planned, not changed",
    };
    for planned in planned {
        page.fact(name, &change(planned));
    }
}

fn change(change: &Change) -> String {
    let place = change
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" in {}", text(namespace)));
    let fields: Vec<String> = change.fields.iter().take(LINES).map(|it| text(&field(it))).collect();
    let more = change.fields.len().saturating_sub(LINES);
    let more = if more > 0 {
        format!(", and {} more", plural(more, "field"))
    } else {
        String::new()
    };
    match fields.is_empty() {
        true => format!("{}{place}: nothing, it was so already", text(&change.object)),
        false => format!("{}{place}: {}{more}", text(&change.object), fields.join(", ")),
    }
}

fn answers(page: &mut Page, facts: &Facts<'_>) {
    for answer in &facts.answers {
        page.fact("Answer", &text(&answer.summary));
        page.lines(&answer.lines.iter().map(|line| text(line)).collect::<Vec<_>>());
    }
}

fn place(met: &crate::transcripts::stored::Met) -> String {
    if met.namespace.is_empty() && !met.server.is_empty() && !met.simulated {
        let version = met
            .version
            .as_deref()
            .map_or_else(String::new, |version| format!(" {}", text(version)));
        return format!("Docker Engine{version} at {}, context {}", text(&met.server), text(&met.context));
    }
    let version = met.version.as_ref().map_or_else(String::new, |version| {
        format!("Kubernetes {}", text(version.trim_start_matches('v')))
    });
    if met.simulated {
        let version = if version.is_empty() { version } else { format!(", {version}") };
        return format!("the embedded (simulated) cluster{version}: nothing real was touched");
    }
    let version = if version.is_empty() { version } else { format!(" ({version})") };
    format!("{}{version}, context {}", text(&met.locality), text(&met.context))
}

fn verdict(page: &mut Page, facts: &Facts<'_>, walk: Walk<'_>) {
    for verification in &facts.verified {
        let saw = observations(verification);
        let simulated = if walk.is_simulated() { ", simulated" } else { "" };
        page.fact(
            if verification.holds { "Verified" } else { "Not verified" },
            &format!("{saw}{simulated}"),
        );
        let findings: Vec<String> = verification
            .findings
            .iter()
            .map(|it| format!("{} {}: {}", it.code, text(&it.object), text(&it.what)))
            .collect();
        page.lines(&findings);
        if let Some(left) = &verification.left {
            page.fact("Left as", &text(left));
        }
    }
    if let Some(not_clear) = facts.not_clear {
        page.fact("Not done", &text(&not_clear.reason));
        if !not_clear.unexplained.is_empty() {
            let words: Vec<String> = not_clear.unexplained.iter().map(|word| code(word)).collect();
            page.fact("Not understood", &words.join(" "));
        }
    }
    for failure in &facts.failures {
        page.fact("Failed", &text(&failure.what));
    }
    if walk.outcome() == Outcome::Unfinished {
        page.fact("Unfinished", "the end of this request is not in the record");
    }
}

fn observations(verification: &Verified) -> String {
    let seen: Vec<String> = verification
        .observations
        .iter()
        .map(|it| match it.millis {
            0..100 => text(&it.saw),
            millis => format!("{} after {}", text(&it.saw), duration(millis)),
        })
        .collect();
    if seen.is_empty() {
        "nothing was observed".to_owned()
    } else {
        seen.join(", ")
    }
}

fn record(transcript: &Transcript) -> String {
    let state = match transcript.soundness() {
        state @ (Soundness::Intact | Soundness::BeingWritten | Soundness::Unfinished) => state.word().to_owned(),
        state => {
            let first = transcript.damage.first();
            let place = first
                .and_then(|damage| damage.line)
                .map_or_else(String::new, |line| format!("line {line}: "));
            let what = first.map_or("", |damage| damage.what.as_str());
            format!("{} ({place}{})", state.word(), text(what))
        }
    };
    let hash = match transcript.last_hash() {
        "" => String::new(),
        hash => format!(", last hash {}", code(hash)),
    };
    format!(
        "{}, {}, {state}{hash}",
        code(&transcript.id),
        plural(transcript.lines.len(), "event")
    )
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
