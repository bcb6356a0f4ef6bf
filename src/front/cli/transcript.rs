//! `todo-agent transcript list | show | check | export`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Bench, help};
use crate::{
    domain::failure::{Failure, FailureKind, Result},
    front::screen::{
        Form,
        look::{Look, Tone},
        record, story,
    },
    transcripts::{
        Outcome, Soundness, Store, Summary, Transcript as Kept,
        export::{self, Placed, Which},
    },
};

/// The records of what was asked and done
#[derive(Debug, clap::Args)]
pub struct Transcript {
    #[command(subcommand)]
    pub command: Sub,
}

#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// All records, newest first
    List {
        /// At most this many
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// What happened, step by step
    Show {
        /// Id, the beginning of it, or `latest`
        #[arg(default_value = "latest")]
        id: String,
    },
    /// Whether records are as they were written
    Check {
        /// Ids, the beginnings of them, or `latest`; all without
        ids: Vec<String>,
    },
    /// Documents made of records
    Export {
        /// Ids, the beginnings of them, or `latest`; all without
        ids: Vec<String>,
        /// What to make
        #[arg(long, value_name = "FORMAT", default_value = "markdown")]
        format: Format,
        /// Only requests that changed something
        #[arg(long)]
        changes: bool,
        /// Put the Markdown between the markers of this file; the rest of it stays as it is
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Markdown,
    Json,
    /// For `todo-agent run`: what came true, to be done again
    Script,
}

impl Transcript {
    /// # Errors
    /// There is no such record, or it cannot be read.
    pub fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        match &self.command {
            Sub::List { last } => list(*last, bench),
            Sub::Show { id } => show(id, bench),
            Sub::Check { ids } => check(ids, bench),
            Sub::Export {
                ids,
                format,
                changes,
                into,
            } => export(ids, *format, *changes, into.as_deref(), bench),
        }
    }
}

fn list(last: Option<usize>, bench: &Bench<'_>) -> Result<u8> {
    let mut all = bench.app.transcripts().list()?;
    let hidden = all.len().saturating_sub(last.unwrap_or(usize::MAX));
    all.truncate(last.unwrap_or(usize::MAX));
    if bench.screen.form() != Form::Text {
        bench.screen.say_document(json!({"transcripts": all}));
        return Ok(0);
    }
    let (look, _) = bench.screen.looks();
    if all.is_empty() {
        bench.screen.say(&["No records yet: every request makes one.".to_owned()]);
        return Ok(0);
    }
    bench
        .screen
        .say(&all.iter().flat_map(|summary| row(summary, &look)).collect::<Vec<_>>());
    if hidden > 0 {
        bench.screen.remark(&[look.paint(Tone::Dim, &format!("… and {hidden} older"))]);
    }
    Ok(0)
}

/// The id whole, because it is what the next command needs; then how it ended.
fn row(summary: &Summary, look: &Look) -> Vec<String> {
    let tone = match summary.outcome {
        Outcome::Verified | Outcome::Completed => Tone::Good,
        Outcome::Failed | Outcome::LostSight => Tone::Bad,
        _ => Tone::Careful,
    };
    let mut facts = vec![look.paint(tone, summary.outcome.words())];
    if summary.changed {
        facts.push("changed something".to_owned());
    }
    if summary.simulated {
        facts.push("simulated".to_owned());
    }
    if matches!(summary.soundness, Soundness::Damaged | Soundness::Truncated) {
        facts.push(look.paint(Tone::Bad, summary.soundness.word()));
    }
    let more = if summary.requests > 1 {
        format!(" (and {} more)", summary.requests - 1)
    } else {
        String::new()
    };
    let mut lines = vec![look.paint(Tone::Strong, &summary.id)];
    lines.extend(look.wrapped(&format!("  {}{more}", shortened(&summary.request)), 2));
    lines.extend(look.wrapped(&format!("  {}", facts.join(", ")), 2));
    lines
}

/// A request may be very long; a list is for finding it again.
fn shortened(request: &str) -> String {
    let line = request.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(160).collect();
    if short.len() < request.len() {
        short.push('…');
    }
    short
}

/// The words ask what was done: the record tells it.
#[must_use]
pub fn is_asked(words: &str) -> bool {
    const UNTIL: [&str; 5] = [" so far", " there", " today", " until now", " up to now"];
    let plain = help::plainly(words);
    let plain = UNTIL.iter().find_map(|until| plain.strip_suffix(until)).unwrap_or(&plain);
    let words: Vec<&str> = plain.split(' ').filter(|word| *word != "just").collect();
    match words.as_slice() {
        ["what", "did", who, "do" | "change"]
        | ["what", "have", who, "done" | "changed"]
        | ["what", "changes", "did" | "have", who, "make" | "made" | "do"]
        | ["summarize" | "summarise", "what", who, "did" | "changed"] => matches!(*who, "you" | "we" | "i"),
        ["what", "was", "done" | "changed"] => true,
        _ => false,
    }
}

/// In short: the record of the conversation, else the newest.
///
/// # Errors
/// It cannot be read.
pub fn tell(bench: &Bench<'_>) -> Result<u8> {
    let id = match bench.talk {
        Some(talk) => talk.id().map(str::to_owned),
        None => bench.app.transcripts().list()?.into_iter().next().map(|summary| summary.id),
    };
    let Some(id) = id else {
        bench
            .screen
            .say(&["Nothing is recorded yet: a request makes the record.".to_owned()]);
        return Ok(0);
    };
    if bench.screen.form() != Form::Text {
        return show(&id, bench);
    }
    let kept = bench.app.transcripts().find(&id)?;
    let (look, _) = bench.screen.looks();
    let mut lines = story::lines(&kept, &look);
    let command = bench.screen.given().command(&format!("todo-agent transcript show {id}"), None);
    lines.extend(look.wrapped(&format!("Step by step: `{command}`"), 2));
    bench.screen.say(&lines);
    Ok(0)
}

/// One record, step by step.
///
/// # Errors
/// There is none of this name.
pub fn show(id: &str, bench: &Bench<'_>) -> Result<u8> {
    let kept = bench.app.transcripts().find(id)?;
    if bench.screen.form() == Form::Text {
        let (look, _) = bench.screen.looks();
        bench.screen.say(&record::lines(&kept, &look));
    } else {
        let events: Vec<_> = kept
            .lines
            .iter()
            .map(|line| json!({"at": line.at, "seq": line.seq, "event": line.event}))
            .collect();
        bench
            .screen
            .say_document(json!({"id": kept.id, "soundness": kept.soundness(), "last_hash": kept.last_hash(), "events": events}));
    }
    Ok(0)
}

/// What is not whole is exit code 1, also when no line is damaged: somebody should look. A record that is being written
/// is whole as far as it goes.
fn check(ids: &[String], bench: &Bench<'_>) -> Result<u8> {
    let checked = chosen(ids, &bench.app.transcripts())?;
    let lacking = checked.iter().any(|kept| kept.soundness().lacks());
    if bench.screen.form() == Form::Text {
        let (look, _) = bench.screen.looks();
        let mut lines: Vec<String> = checked.iter().flat_map(|kept| record::soundness(kept, &look)).collect();
        if checked.is_empty() {
            lines.push("No records yet: there is nothing to check.".to_owned());
        }
        bench.screen.say(&lines);
    } else {
        let all: Vec<_> = checked
            .iter()
            .map(|kept| {
                let damage: Vec<_> = kept
                    .damage
                    .iter()
                    .map(|damage| json!({"line": damage.line, "kind": damage.kind, "what": damage.what}))
                    .collect();
                json!({"id": kept.id, "soundness": kept.soundness(), "last_hash": kept.last_hash(), "damage": damage})
            })
            .collect();
        bench.screen.say_document(json!({"transcripts": all}));
    }
    Ok(u8::from(lacking))
}

fn chosen(ids: &[String], store: &Store) -> Result<Vec<Kept>> {
    if ids.is_empty() {
        store.check_all()
    } else {
        ids.iter().map(|id| store.find(id)).collect()
    }
}

fn export(ids: &[String], format: Format, changes: bool, into: Option<&Path>, bench: &Bench<'_>) -> Result<u8> {
    let chosen = chosen(ids, &bench.app.transcripts())?;
    let which = if changes { Which::Changes } else { Which::All };
    for kept in chosen
        .iter()
        .filter(|kept| matches!(kept.soundness(), Soundness::Damaged | Soundness::Truncated))
    {
        bench
            .screen
            .remark(&[format!("note: {} is {}; the export says so", kept.id, kept.soundness().word())]);
    }
    match (format, into) {
        (Format::Json | Format::Script, Some(_)) => Err(Failure::new(
            FailureKind::Usage,
            "--into takes Markdown only: the markers are those of a Markdown file",
        )
        .hint("without --into it is printed: todo-agent transcript export --format script > FILE")),
        (Format::Json, None) => {
            bench.screen.say_json(&export::json(&chosen, which));
            Ok(0)
        }
        (Format::Script, None) => {
            bench.screen.say_raw(&export::script(&chosen, which));
            Ok(0)
        }
        (Format::Markdown, None) => {
            bench.screen.say_raw(&export::markdown(&chosen, which));
            Ok(0)
        }
        (Format::Markdown, Some(file)) => {
            let placed = export::into_file(file, &export::markdown(&chosen, which))?;
            let what = match placed {
                Placed::Replaced => "the section between the markers was replaced",
                Placed::Appended => "the section was put at the end, with its markers",
                Placed::Created => "the file was made",
                Placed::Unchanged => "it said that already",
            };
            bench.screen.say(&[format!("{}: {what}.", file.display())]);
            Ok(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_asked;

    #[test]
    fn only_a_question_for_what_was_done_here_is_one() {
        for (text, expected) in [
            ("what did you do?", true),
            ("What have I changed so far", true),
            ("what did we just change today?", true),
            ("what was done", true),
            ("summarise what you did", true),
            ("what did the backend do", false),
            ("what changed", false),
            ("what did you do to the backend", false),
        ] {
            assert_eq!(is_asked(text), expected, "{text}");
        }
    }
}
