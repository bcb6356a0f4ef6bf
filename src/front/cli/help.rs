//! "what can you do?": an answer that teaches, and no request.

use serde_json::json;

use super::Bench;
use crate::{
    app::library::Entry,
    domain::failure::Result,
    front::screen::{
        Form,
        look::{Look, Tone},
        unclear::command,
    },
};

/// So many examples of a kind; the rest is counted.
const MOST: usize = 5;

/// What is asked for on most days, first.
const DAILY: [&str; 19] = [
    "health",
    "overview",
    "diagnose",
    "logs",
    "list",
    "scale",
    "restart",
    "set-image",
    "set-env",
    "apply",
    "docker-containers",
    "docker-images",
    "docker-logs",
    "docker-stats",
    "docker-disk-usage",
    "docker-run",
    "docker-build",
    "docker-stop",
    "docker-restart",
];

/// Who is spoken to.
const NAMES: [&str; 7] = ["todo-agent", "docker ai", "gordon", "kubectl-ai", "kagent", "please", "hey"];

const ASKED: [&str; 24] = [
    "help",
    "help me",
    "help please",
    "help me please",
    "show help",
    "show me help",
    "usage",
    "commands",
    "examples",
    "show examples",
    "show me examples",
    "what can you do",
    "what can you do for me",
    "what do you do",
    "what can i do",
    "what can i do here",
    "what can i ask",
    "what can i ask you",
    "what can i say",
    "what commands are there",
    "how does this work",
    "how do i use this",
    "how do i use you",
    "what are you able to do",
];

/// The words ask what can be asked.
#[must_use]
pub fn is_asked(words: &str) -> bool {
    ASKED.contains(&plainly(words).as_str())
}

/// The words without signs, capitals and who they are said to.
pub(super) fn plainly(words: &str) -> String {
    let plain: String = words
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '-' { c } else { ' ' })
        .collect::<String>()
        .to_lowercase();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut asked = plain.as_str();
    while let Some(rest) = NAMES.iter().find_map(|name| asked.strip_prefix(name)?.strip_prefix(' ')) {
        asked = rest;
    }
    asked.to_owned()
}

/// # Errors
/// A playbook has a mistake.
pub fn tell(bench: &Bench<'_>) -> Result<u8> {
    let entries = bench.app.playbooks()?;
    if bench.screen.form() == Form::Text {
        let (look, _) = bench.screen.looks();
        bench.screen.say(&lines(&entries, bench, &look));
    } else {
        bench.screen.say_document(json!({"playbooks": entries}));
    }
    Ok(0)
}

fn lines(entries: &[Entry], bench: &Bench<'_>, look: &Look) -> Vec<String> {
    let given = bench.screen.given();
    let strong = |text: &str| -> Vec<String> { look.wrapped(text, 2).iter().map(|line| look.paint(Tone::Strong, line)).collect() };
    let mut lines = strong("Ask in plain words, or type the kubectl or docker command that you know.");
    for (heading, docker, changes) in [
        ("On the cluster, to see", false, false),
        ("On the cluster, to change", false, true),
        ("On the Docker Engine, to see", true, false),
        ("On the Docker Engine, to change", true, true),
    ] {
        let of = |entry: &&Entry| (entry.domain == "docker") == docker && entry.risk.changes() == changes;
        let mut fitting: Vec<&Entry> = entries.iter().filter(of).collect();
        fitting.sort_by_key(|entry| DAILY.iter().position(|daily| *daily == entry.name).unwrap_or(DAILY.len()));
        let said: Vec<&String> = fitting.iter().filter_map(|entry| example(entry)).take(MOST).collect();
        if said.is_empty() {
            continue;
        }
        let more = fitting.len().saturating_sub(said.len());
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        lines.push(String::new());
        lines.extend(strong(&format!("{heading}{more}")));
        let examples = said.iter().map(|example| format!("  {}", given.command(&command(example), None)));
        lines.extend(examples.flat_map(|example| look.wrapped(&example, 4)));
    }
    lines.push(String::new());
    for text in [
        "What would change is shown, and asked about, before it is done; then it is watched until it is true. A question changes nothing.",
        "\"how would I …?\" tells what would change and the command for it, and does nothing.",
        "`todo-agent playbooks` lists all that can be asked for, `todo-agent doctor` what there is to work with.",
    ] {
        lines.extend(look.wrapped(&given.text(text, None), 0));
    }
    lines
}

/// In plain words where there are some: who knows the command needs no example of it.
fn example(entry: &Entry) -> Option<&String> {
    let plain = |example: &&String| !["docker ", "kubectl "].iter().any(|tool| example.starts_with(tool));
    entry.examples.iter().find(plain).or_else(|| entry.examples.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_what_can_be_asked_is_told_and_nobody_else() {
        for words in [
            "help",
            "Help!",
            "What can you do?",
            "docker ai \"What can you do?\"",
            "gordon what can you do",
            "please help me",
        ] {
            assert!(is_asked(words), "{words}");
        }
        for words in [
            "help the backend",
            "what can you do about the backend",
            "scale backend to 3",
            "",
            "docker ai",
        ] {
            assert!(!is_asked(words), "{words}");
        }
    }
}
