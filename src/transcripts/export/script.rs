//! Recorded requests as a script that `todo-agent run` runs again, without any AI.

use super::{
    Which,
    facts::{Facts, time},
};
use crate::{
    redact::has_mark,
    transcripts::{
        stored::Requested,
        transcript::Transcript,
        walk::{Outcome, Walk},
    },
};

const HEAD: &str = "\
#!/usr/bin/env -S todo-agent run --no-ai
# Made from recorded requests by `todo-agent transcript export --format script`. Changes are asked about, or done with --yes:
#   todo-agent run --no-ai --yes FILE
";

/// What takes the last change back: the playbook of its plan, and the line of a script.
const UNDO: &str = "undo";

/// What the record calls a program that ran behind the gate: its words are a shell's.
const GATE: &str = "gate -- ";

/// The requests of these transcripts that came true, oldest first, one a line. What did not come true, was only a preview, or
/// holds a value that the record hides stands there as a comment, so that nothing is left out without a word.
#[must_use]
pub fn script(transcripts: &[Transcript], which: Which) -> String {
    let mut sorted: Vec<&Transcript> = transcripts.iter().collect();
    sorted.sort_by_key(|transcript| (transcript.lines.first().map(|line| line.at), transcript.id.clone()));
    let walks = sorted
        .iter()
        .flat_map(|transcript| transcript.walks().into_iter().enumerate().map(|(n, walk)| (n > 0, walk)));
    let walks = walks.filter(|(_, walk)| which.takes(*walk));
    walks.fold(HEAD.to_owned(), |script, (follows, walk)| script + "\n" + &request(walk, follows))
}

/// `follows`: it was said in a conversation, and may lean on what was said before.
fn request(walk: Walk<'_>, follows: bool) -> String {
    let facts = Facts::of(walk);
    let at = walk.at().map_or_else(String::new, time);
    let simulated = if walk.is_simulated() { ", simulated" } else { "" };
    let told = format!("# {at}: {}{simulated}", walk.outcome().words());
    let asked = single_spaced(walk.request());
    let line = line(&facts, walk, follows);
    match obstacle(&facts, walk, &line) {
        Some(why) => format!("{told}; {why}\n# {asked}\n"),
        None if line.starts_with(&asked) => format!("{told}\n{line}\n"),
        None => format!("{told}; asked as: {asked}\n{line}\n"),
    }
}

/// As it was asked, in the namespace that was an option. What only the conversation before explains, and several requests of
/// which each needs the namespace, stand as the commands that do them.
fn line(facts: &Facts<'_>, walk: Walk<'_>, follows: bool) -> String {
    // In whatever words it was said: a script has one for it.
    if facts.plans.iter().any(|plan| plan.playbook == UNDO) {
        return UNDO.to_owned();
    }
    let namespace = facts.requested.and_then(namespace);
    let explained = follows || facts.readings.iter().any(|(said, _)| points_back(said));
    let commands = facts.plans.iter().flat_map(|plan| &plan.equivalent).map(|command| match namespace {
        Some(namespace) if !command.contains(" -n ") => format!("{command} -n {namespace}"),
        _ => command.clone(),
    });
    let commands: Vec<String> = commands.collect();
    if !commands.is_empty() && (explained || namespace.is_some() && facts.plans.len() > 1) {
        return commands.join("; ");
    }
    // Lines are sentences of one request, and requests of their own in a script.
    let lines = walk.request().lines().map(single_spaced);
    let asked = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    namespace.map_or(asked.clone(), |namespace| format!("{asked} -n {namespace}"))
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "it", "both of them": nothing in a script tells what that was.
fn points_back(said: &str) -> bool {
    const WORDS: [&str; 12] = [
        "it", "its", "itself", "this", "that", "them", "they", "their", "both", "these", "those", "same",
    ];
    said.split_whitespace().any(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

fn namespace(requested: &Requested) -> Option<&str> {
    let at = requested.options.iter().position(|option| option == "--namespace")?;
    requested.options.get(at + 1).map(String::as_str)
}

/// Why a request is not to be run again as it stands.
fn obstacle(facts: &Facts<'_>, walk: Walk<'_>, line: &str) -> Option<&'static str> {
    match walk.outcome() {
        Outcome::Verified | Outcome::Completed => {}
        _ => return Some("not taken over"),
    }
    if facts
        .requested
        .is_some_and(|it| it.options.iter().any(|option| option == "--context"))
    {
        return Some("it was for a context of its own: run it there with --context");
    }
    if facts.is_dry_run() {
        return Some("a preview only");
    }
    if walk.request().starts_with(GATE) {
        return Some("a program behind the gate: run it with todo-agent in a shell");
    }
    if has_mark(line) {
        return Some("give the value that the record hides");
    }
    (line.is_empty() || line.contains(" #") || breaks_a_value(walk.request())).then_some("a script cannot hold this")
}

/// What stands in quotes has line ends or spaces that a line of a script would not have.
fn breaks_a_value(request: &str) -> bool {
    let mut within = None;
    let mut before = ' ';
    for c in request.chars() {
        match within {
            Some(quote) if c == quote => within = None,
            Some(_) if matches!(c, '\n' | '\r' | '\t') || (c == ' ' && before == ' ') => return true,
            // "don't" has no quote.
            None if c == '"' || (c == '\'' && (before.is_whitespace() || before == '=')) => within = Some(c),
            _ => {}
        }
        before = c;
    }
    false
}
