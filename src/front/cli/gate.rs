//! `todo-agent gate -- COMMAND …`: a program of the user's own, with the gate before its cluster.

use std::{ffi::OsString, time::Duration};

use super::{Bench, joined::quoted};
use crate::{
    app::gate::{Gated, Ran, Refused, Running, Wish, Would},
    domain::{
        failure::{FailureKind, Result},
        plan::{Change, Draft, How},
        request::Request,
        risk::Risk,
    },
    front::screen::fields::rows,
};

/// How long a program may take to end that was told to.
const GRACE: Duration = Duration::from_secs(10);

/// Who presses it so often does not want to wait.
const LAST_PRESS: u32 = 3;

/// Ctrl-C.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();

/// Refusals that are shown; the record has all.
const SHOWN: usize = 10;

/// Run a program that may only read the cluster, or do what you allow
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Classes:
  read         always allowed
  secret-read  values of Secrets, tokens
  change       make and change objects
  destroy      take objects away
  run-code     exec, attach, port-forward, debug containers, proxies
  escalate     roles, bindings, webhooks, acting as others, privileged pods
  unknown      what is in no other class

Examples:
  todo-agent gate -- kubectl get pods
  todo-agent gate --allow change -- kubectl apply -f app.yaml
  todo-agent gate --allow change,secret-read -- helm upgrade app ./chart")]
pub struct Gate {
    /// What it may do besides reading: a class of calls, or several
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    pub allow: Vec<Risk>,

    /// The program and its arguments, behind `--`
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub command: Vec<OsString>,
}

fn class(text: &str) -> std::result::Result<Risk, String> {
    let known = Risk::ALL.into_iter().find(|risk| risk.name() == text);
    known.ok_or_else(|| format!("the classes are {}", Risk::ALL.map(Risk::name).join(", ")))
}

impl Gate {
    /// # Errors
    /// The cluster is not reached or may not be changed; the program does not run.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let Some((program, args)) = self.command.split_first() else {
            return Ok(0);
        };
        let words: Vec<String> = self.command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
        let text = format!("gate -- {}", words.join(" "));
        let wish = Wish {
            program: program.clone(),
            args: args.to_vec(),
            allow: self.allow.clone(),
            request: Request {
                text: text.clone(),
                options: bench.options.for_request(),
            },
        };
        let gated = bench.app.gate(&text);
        let running = tokio::select! {
            biased;
            () = bench.stop.pressed() => {
                let _ = gated.stopped(None, INTERRUPTED).await;
                return Ok(INTERRUPTED);
            }
            started = gated.start(&wish) => started,
        };
        let running = running.inspect_err(|failure| gated.failed(failure))?;
        let ran = attended(bench, &gated, running).await?;
        self.tell(bench, &words, &ran);
        if let Some(trouble) = gated.trouble() {
            bench.screen.remark(&[format!("note: {}", trouble.what)]);
        }
        Ok(ran.code)
    }

    /// What would have been done.
    fn would(&self, bench: &Bench<'_>, ran: &Ran) -> Vec<String> {
        let mut lines = vec!["gate: preview, nothing was changed".to_owned()];
        for would in &ran.end.would {
            let Would { object, what, diff } = would;
            let place = object
                .namespace
                .as_ref()
                .map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
            lines.push(format!("  {object}{place} would be {what}"));
            if *what != "changed" {
                continue;
            }
            let change = Change {
                draft: Draft {
                    step: None,
                    object: object.clone(),
                    subresource: String::new(),
                    how: How::Patch,
                    edits: Vec::new(),
                    before: serde_json::Value::Null,
                },
                after: serde_json::Value::Null,
                diff: diff.clone(),
                reversal: None,
            };
            lines.extend(rows(&change, &bench.app.veil()).into_iter().map(|row| {
                if row.is_large() {
                    format!("    {}  (changed)", row.label)
                } else {
                    format!("    {}  {} → {}", row.label, row.before, row.after)
                }
            }));
        }
        if ran.end.would.is_empty() {
            lines.push("  nothing would be changed".to_owned());
        }
        lines
    }

    /// On the other stream, below what the program said.
    fn tell(&self, bench: &Bench<'_>, words: &[String], ran: &Ran) {
        let mut lines = Vec::new();
        if bench.options.dry_run {
            lines.extend(self.would(bench, ran));
        }
        let count = ran.end.refusals;
        if let Some(ended) = &ran.end.ended {
            lines.push(format!("gate: the preview did not come to the end of the program: {ended}"));
        } else if count > 0 {
            let calls = if count == 1 { "1 call was" } else { &format!("{count} calls were") };
            lines.push(format!("gate: {calls} refused"));
            lines.extend(ran.end.refused.iter().take(SHOWN).map(told));
            let needs = ran.end.refused.iter().flat_map(|refused| refused.needs.iter().copied());
            let mut allow: Vec<Risk> = self.allow.iter().copied().chain(needs).collect();
            allow.sort_unstable();
            allow.dedup();
            if allow.len() > self.allow.len() {
                let classes: Vec<&str> = allow.iter().map(|risk| risk.name()).collect();
                let command = format!("todo-agent gate --allow {} -- {}", classes.join(","), words.join(" "));
                lines.push(
                    bench
                        .screen
                        .given()
                        .text(&format!("  To let it pass: {command}"), None)
                        .into_owned(),
                );
            }
        }
        if ran.changed {
            lines.extend(taken_back(bench, ran));
        }
        if ran.end.open {
            lines.push("gate: a change was sent; whether it was made is not known".to_owned());
        }
        if bench.options.verbose
            && let Some(record) = &ran.record
        {
            lines.push(format!("gate: record {record}"));
        }
        bench.screen.remark(&lines);
    }
}

/// Waits for the program, and lets it end when it must.
async fn attended(bench: &Bench<'_>, gated: &Gated<'_>, mut running: Running) -> Result<Ran> {
    let mut presses = 0;
    loop {
        tokio::select! {
            biased;
            ended = running.ended() => {
                let exit = ended?;
                return Ok(match presses {
                    0 => gated.finish(running, exit).await,
                    _ => gated.stopped(Some(running), exit.code).await,
                });
            }
            () = bench.stop.pressed() => {
                presses += 1;
                if presses == LAST_PRESS {
                    running.end();
                } else {
                    running.stop(bench.stop.is_told_to_end());
                }
            }
            () = tokio::time::sleep(GRACE), if presses > 0 && bench.stop.is_told_to_end() => running.end(),
        }
    }
}

/// All of it, a part of it, or nothing.
fn taken_back(bench: &Bench<'_>, ran: &Ran) -> Vec<String> {
    let undo = bench.screen.given().text("`todo-agent undo`", None).into_owned();
    let said = match (ran.reversible, ran.stays.is_empty()) {
        (true, true) => format!("take it back with {undo}"),
        (true, false) => format!("take it back with {undo}, but for what stays:"),
        (false, true) => "nothing of it is left to be taken back".to_owned(),
        (false, false) => "nothing takes it back:".to_owned(),
    };
    let mut lines = vec![format!("gate: what was changed is recorded; {said}")];
    lines.extend(ran.stays.iter().take(SHOWN).map(|part| format!("  {}: {}", part.what, part.why)));
    if let Some(more) = ran.stays.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more"));
    }
    lines
}

fn told(refused: &Refused) -> String {
    format!("  {}: {}", refused.what, refused.why)
}
