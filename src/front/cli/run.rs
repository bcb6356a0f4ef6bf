//! `todo-agent run FILE`: a script of requests.

use std::{ffi::OsString, io::Read, time::Instant};

use serde_json::json;

use super::{Bench, Command, ask, line::Line};
use crate::{
    domain::failure::{Failure, FailureKind, Result},
    front::screen::{
        Form,
        look::{Look, Tone},
        words::noticed,
    },
};

/// Run a script of requests, one a line; `#` begins a comment
#[derive(Debug, clap::Args)]
pub struct Run {
    /// The script; `-` reads it from standard input
    pub file: String,

    /// Go on after a request that failed
    #[arg(long)]
    pub keep_going: bool,
}

/// Ctrl-C ends the script too, whatever failed before it.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();

const A_SCRIPT: &str = "A script holds requests, one a line: todo-agent run requests.txt";

/// One line of the script that asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    number: usize,
    text: String,
}

/// How a step ended; `None`: it was not run.
struct Ended {
    code: Option<u8>,
    millis: u64,
}

impl Run {
    /// The exit code of the first step that failed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let steps = steps(&self.read()?);
        if steps.is_empty() {
            let what = format!("the script {} holds no request", self.file);
            return Err(Failure::new(FailureKind::Usage, what).hint(A_SCRIPT));
        }
        bench.screen.collect();
        let mut ends = Vec::new();
        let mut first_failure = None;
        for step in &steps {
            if first_failure.is_some() && !self.keep_going {
                ends.push(Ended { code: None, millis: 0 });
                continue;
            }
            self.announce(step, steps.len(), ends.len(), bench);
            let began = Instant::now();
            let code = one(step, bench).await;
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            ends.push(Ended { code: Some(code), millis });
            if code != 0 && first_failure.is_none() {
                first_failure = Some((step, code));
            }
            if code == INTERRUPTED {
                first_failure = Some((step, code));
                break;
            }
        }
        ends.resize_with(steps.len(), || Ended { code: None, millis: 0 });
        self.summarize(&steps, &ends, first_failure.map_or(0, |(_, code)| code), bench);
        match first_failure {
            Some((step, code)) => {
                self.tell_failure(step, code, bench);
                Ok(code)
            }
            None => Ok(0),
        }
    }

    fn read(&self) -> Result<String> {
        let bytes = if self.file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(&self.file)
        };
        let bytes = bytes.map_err(|error| {
            Failure::new(FailureKind::Usage, format!("the script {} cannot be read: {error}", self.file)).hint(A_SCRIPT)
        })?;
        text(bytes).map_err(|error| Failure::new(FailureKind::Usage, format!("the script {} is no UTF-8 text", self.file)).cause(error))
    }

    fn announce(&self, step: &Step, all: usize, before: usize, bench: &Bench<'_>) {
        if bench.screen.form() == Form::Text {
            let (out, _) = bench.screen.looks();
            let number = out.paint(Tone::Dim, &format!("[{}/{all}]", before + 1));
            let text = bench.screen.veil().text(&step.text);
            let mut lines = if before > 0 { vec![String::new()] } else { Vec::new() };
            lines.extend(out.wrapped(&format!("{number} {}", out.paint(Tone::Strong, &text)), 6));
            bench.screen.say(&lines);
        }
    }

    fn summarize(&self, steps: &[Step], ends: &[Ended], code: u8, bench: &Bench<'_>) {
        if bench.screen.form() == Form::Text {
            let (out, _) = bench.screen.looks();
            let mut lines = vec![String::new()];
            lines.extend(summary(steps, ends, &out).iter().map(|line| bench.screen.veil().text(line)));
            bench.screen.say(&lines);
        } else {
            let rest: Vec<_> = steps
                .iter()
                .zip(ends)
                .map(|(step, end)| json!({"line": step.number, "request": step.text, "exit_code": end.code}))
                .collect();
            bench
                .screen
                .close_script(&json!({"script": self.file, "steps": rest, "exit_code": code}));
        }
    }

    fn tell_failure(&self, step: &Step, code: u8, bench: &Bench<'_>) {
        if bench.screen.form() == Form::Text {
            let rest = if self.keep_going { "" } else { "; what follows was not run" };
            let (_, err) = bench.screen.looks();
            let line = format!(
                "{} {}:{}: exit code {code}{rest}",
                err.paint(Tone::Bad, "error:"),
                self.file,
                step.number
            );
            bench.screen.remark(&err.wrapped(&line, 2));
        }
    }
}

/// A line is a request, or `undo`; other commands have no place in a script.
async fn one(step: &Step, bench: &Bench<'_>) -> u8 {
    let args = [OsString::from("todo-agent"), OsString::from("--"), OsString::from(&step.text)];
    let spoken = [OsString::from("todo-agent"), OsString::from(&step.text)];
    if let Ok(Line::Command {
        command: Command::Undo(undo),
        ..
    }) = Line::read(&spoken)
    {
        return undo.act(bench).await.unwrap_or_else(|failure| told(&failure, bench));
    }
    match Line::read(&args) {
        Ok(Line::Request { words, .. }) => {
            let (code, outcome) = ask::one(&words, bench).await;
            if let Some(resolution) = outcome.and_then(|outcome| outcome.resolution) {
                bench.screen.unclear(&resolution);
            }
            code
        }
        _ => told(&Failure::new(FailureKind::Usage, "this line of the script is no request"), bench),
    }
}

fn told(failure: &Failure, bench: &Bench<'_>) -> u8 {
    bench.screen.failure(failure);
    failure.kind.exit_code()
}

/// UTF-8; and UTF-16 where a mark says so, which is what PowerShell's `>` writes.
fn text(bytes: Vec<u8>) -> std::result::Result<String, String> {
    let units = |read: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or_default().chunks(2);
        let units: Vec<u16> = units
            .map(|pair| read([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]))
            .collect();
        String::from_utf16(&units).map_err(|error| error.to_string())
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => units(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| error.utf8_error().to_string()),
    }
}

fn steps(script: &str) -> Vec<Step> {
    let script = script.strip_prefix('\u{feff}').unwrap_or(script);
    script
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, without_comment(line).trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| Step {
            number,
            text: line.to_owned(),
        })
        .collect()
}

/// As in a shell: `#` begins a comment where a word begins, and not inside quotes. A quote that is never closed is an
/// apostrophe.
fn without_comment(line: &str) -> &str {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let rest = &line[at + c.len_utf8()..];
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => return &line[..at],
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() && rest.contains(c) => quote = Some(c),
            None => {}
        }
        before = c;
    }
    line
}

/// `3 requests: 1 done, 1 failed, 1 not run`, and a line for each.
fn summary(steps: &[Step], ends: &[Ended], look: &Look) -> Vec<String> {
    let count = |wanted: &dyn Fn(&Ended) -> bool| ends.iter().filter(|end| wanted(end)).count();
    let (done, not_run) = (count(&|end| end.code == Some(0)), count(&|end| end.code.is_none()));
    let failed = ends.len() - done - not_run;
    let mut parts = vec![format!("{done} done")];
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if not_run > 0 {
        parts.push(format!("{not_run} not run"));
    }
    let noun = if steps.len() == 1 { "request" } else { "requests" };
    let mut lines = vec![look.paint(Tone::Strong, &format!("{} {noun}: {}", steps.len(), parts.join(", ")))];
    for (step, end) in steps.iter().zip(ends) {
        let (sign, right) = match end.code {
            Some(0) => (look.paint(Tone::Good, "✓"), noticed(end.millis)),
            Some(code) => (look.paint(Tone::Bad, "✗"), format!("exit code {code}")),
            None => (look.paint(Tone::Dim, "–"), "not run".to_owned()),
        };
        lines.extend(look.with_right(&format!("  {sign} line {}  {}", step.number, step.text), &right));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::screen::look::tests::terminal;

    #[test]
    fn comments_and_empty_lines_are_no_steps_and_numbers_are_those_of_the_file() {
        let found = steps("\u{feff}# a script\n\nscale backend to 3\r\n  list pods  \n");
        let step = |number, text: &str| Step {
            number,
            text: text.to_owned(),
        };
        assert_eq!(found, [step(3, "scale backend to 3"), step(4, "list pods")]);
    }

    #[test]
    fn a_comment_may_follow_a_request() {
        let told = [
            "overview # how it is",
            "overview\t#",
            "set env COLOUR=#fff on backend",
            "set env TITLE='a # b' on backend # the title",
            "what's up # it's fine",
            "# nothing",
        ]
        .map(|line| without_comment(line).trim());
        let expected = [
            "overview",
            "overview",
            "set env COLOUR=#fff on backend",
            "set env TITLE='a # b' on backend",
            "what's up",
            "",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_script_of_powershell_is_read() {
        let little: Vec<u8> = "\u{feff}list pods\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}list pods\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!([text(little), text(big)], [(); 2].map(|()| Ok("list pods\r\n".to_owned())));
        assert!(text(vec![b'a', 0xFF]).is_err());
    }

    #[test]
    fn the_summary_says_what_became_of_each() {
        let steps = steps("scale backend to 3\nscale nothing to 3\nlist pods");
        let ends = [(Some(0), 1400), (Some(2), 3), (None, 0)].map(|(code, millis)| Ended { code, millis });
        assert_eq!(
            summary(&steps, &ends, &terminal(60, true)),
            [
                "3 requests: 1 done, 1 failed, 1 not run",
                "  ✓ line 1  scale backend to 3                         1.4 s",
                "  ✗ line 2  scale nothing to 3                   exit code 2",
                "  – line 3  list pods                                not run"
            ]
        );
    }
}
