//! The trace file of kubectl-ai: YAML documents of what it asked its model and what it ran. It holds the key of its model in plain
//! text: it is read from a private folder, and what is taken from it is commands, their outputs and counts.

use std::{io::Read, path::Path};

use regex::Regex;
use serde_json::Value;

use crate::{
    adapters::tools::plain::plain,
    domain::errand::{ToolCommand, Usage},
};

/// What lies behind is not looked at.
const MOST_BYTES: u64 = 16 << 20;
const MOST_COMMANDS: usize = 200;
/// So much of a command and of what it printed is kept.
const LONGEST: usize = 4000;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    pub commands: Vec<ToolCommand>,
    pub usage: Option<Usage>,
    /// Answers of its model that were no answers: the status and what stood in it.
    pub errors: Vec<String>,
}

pub(super) fn read(path: &Path) -> Trace {
    let mut bytes = Vec::new();
    // What the tool left there may be a pipe, which would be waited for, or lead elsewhere.
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if is_file && let Ok(file) = std::fs::File::open(path) {
        let _ = file.take(MOST_BYTES).read_to_end(&mut bytes);
    }
    parse(&String::from_utf8_lossy(&bytes))
}

fn parse(text: &str) -> Trace {
    let mut trace = Trace::default();
    let mut open: Vec<(String, usize)> = Vec::new();
    for document in text.split("\n---\n") {
        // The last one may have been cut off in the middle.
        let Ok(event) = serde_saphyr::from_str::<Value>(document) else {
            continue;
        };
        let payload = event.get("payload").unwrap_or(&Value::Null);
        let id = text_at(payload, "/id");
        match event.get("action").and_then(Value::as_str) {
            Some("tool-request") if trace.commands.len() < MOST_COMMANDS => {
                let command = text_at(payload, "/arguments/command");
                let command = if command.is_empty() { text_at(payload, "/name") } else { command };
                if !command.is_empty() {
                    open.push((id, trace.commands.len()));
                    trace.commands.push(ToolCommand {
                        command: cut(&command),
                        ..ToolCommand::default()
                    });
                }
            }
            Some("tool-response") => {
                let at = open.iter().rposition(|(known, _)| *known == id).map(|at| open.remove(at).1);
                if let Some(command) = at.and_then(|at| trace.commands.get_mut(at)) {
                    let error = [text_at(payload, "/response/error"), text_at(payload, "/error")].concat();
                    command.exit_code = payload.pointer("/response/exit_code").and_then(Value::as_i64);
                    command.out = cut(&text_at(payload, "/response/stdout"));
                    command.err = cut(&[text_at(payload, "/response/stderr"), error].concat());
                }
            }
            Some("http.response") => trace.answered(payload),
            Some("http.error") => trace.errors.push(cut(&text_at(payload, "/detail"))),
            _ => {}
        }
    }
    trace
}

impl Trace {
    fn answered(&mut self, payload: &Value) {
        let (status, body) = (text_at(payload, "/status"), text_at(payload, "/body"));
        if !status.starts_with('2') {
            self.errors.push(cut(&format!("{status} {body}")));
            return;
        }
        let sent = last_number(&body, r#""(?:prompt_tokens|promptTokenCount|input_tokens)"\s*:\s*(\d+)"#);
        let received = last_number(&body, r#""(?:completion_tokens|candidatesTokenCount|output_tokens)"\s*:\s*(\d+)"#);
        if sent.is_some() || received.is_some() {
            let usage = self.usage.get_or_insert_default();
            usage.sent = usage.sent.saturating_add(sent.unwrap_or(0));
            usage.received = usage.received.saturating_add(received.unwrap_or(0));
        }
    }
}

/// A stream repeats its counts as they grow: the last one is that of the whole.
fn last_number(body: &str, pattern: &str) -> Option<u64> {
    let pattern = Regex::new(pattern).ok()?;
    pattern.captures_iter(body).last()?.get(1)?.as_str().parse().ok()
}

fn text_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn cut(text: &str) -> String {
    let text = plain(text.as_bytes());
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "action: http.request
payload:
  request: \"POST /v1/chat/completions HTTP/1.1\\r\\nAuthorization: Bearer abc\\r\\n\"
timestamp: \"2026-11-26T08:00:00Z\"


---

action: http.response
payload:
  body: \"data: {\\\"usage\\\":{\\\"prompt_tokens\\\":10,\\\"completion_tokens\\\":1}}\\n\\ndata: {\\\"usage\\\":{\\\"prompt_tokens\\\":1200,\\\"completion_tokens\\\":30}}\\n\"
  headers: {}
  status: 200 OK
timestamp: \"2026-11-26T08:00:01Z\"


---

action: tool-request
payload:
  arguments:
    command: kubectl get deploy -n todo
    modifies_resource: \"no\"
  id: call_1
  name: kubectl
timestamp: \"2026-11-26T08:00:02Z\"


---

action: tool-response
payload:
  id: call_1
  response:
    command: kubectl get deploy -n todo
    exit_code: 1
    stdout: \"\\e[31mNAME\\e[0m\"
    stderr: oh
timestamp: \"2026-11-26T08:00:03Z\"


---

action: http.response
payload:
  body: '{\"error\": {\"code\": 429}}'
  status: 429 Too Many Requests
timestamp: \"2026-11-26T08:00:04Z\"


---

action: tool-request
payload:
  argum";

    #[test]
    fn commands_outputs_counts_and_errors_are_taken_and_nothing_else() {
        let trace = parse(TRACE);
        let expected = Trace {
            commands: vec![ToolCommand {
                command: "kubectl get deploy -n todo".to_owned(),
                exit_code: Some(1),
                out: "NAME".to_owned(),
                err: "oh".to_owned(),
            }],
            usage: Some(Usage { sent: 1200, received: 30 }),
            errors: vec!["429 Too Many Requests {\"error\": {\"code\": 429}}".to_owned()],
        };
        assert_eq!(trace, expected);
        assert_eq!(parse("\u{0}: [garbage"), Trace::default());
        assert_eq!(read(Path::new("/does/not/exist")), Trace::default());
    }
}
