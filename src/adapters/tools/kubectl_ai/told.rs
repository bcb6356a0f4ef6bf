//! What kubectl-ai prints while it works: a green `Running: …` before each command, and its words. It has no form for machines: words
//! of its model that look like a command are held for words, as far as the colour tells.

use crate::adapters::tools::plain::plain;

/// Nobody reads more of them as they come; its trace has them.
const MOST_COMMANDS: usize = 200;

/// So many lines of its words are kept, and so much of a line.
const MOST_LINES: usize = 200;
const LONGEST: usize = 400;

const RUNNING: &str = "Running: ";
const GREEN: &[u8] = b"\x1b[32m";
const RESET: &[u8] = b"\x1b[0m";

/// Hears its lines one after the other.
#[derive(Debug, Default)]
pub(super) struct Listener {
    green: bool,
    /// It prints in colours: a command without them is none.
    coloured: bool,
    commands: usize,
    /// A command whose end did not come yet.
    command: Option<String>,
    /// Since the last command.
    words: Vec<String>,
    /// All that it said, where nothing came after the last command.
    before: Vec<String>,
}

impl Listener {
    /// The command that begins with this line, if one does that is worth telling.
    pub(super) fn hear(&mut self, line: &[u8]) -> Option<String> {
        let text = plain(line);
        let (green, reset) = (last(line, GREEN), last(line, RESET));
        let ends = reset.is_some();
        self.green |= green.is_some();
        self.coloured |= self.green;
        let is_command = self.green || !self.coloured;
        let begun = text.trim_start().strip_prefix(RUNNING).map(|command| command.trim().to_owned());
        let begun = begun.filter(|_| is_command);
        if let Some(command) = &begun {
            self.before.append(&mut self.words);
            keep(&mut self.before);
            self.command = Some(command.clone()).filter(|_| self.green && !ends);
        } else if self.command.is_none() || ends {
            // What follows the first line of a command up to its end belongs to it.
            let spoken = if self.command.take().is_some() { after_reset(line) } else { text };
            self.words.push(spoken.trim().chars().take(LONGEST).collect());
            keep(&mut self.words);
        }
        if ends {
            // One colour may end and the next begin in one line.
            self.green = green > reset;
            self.command = None;
        }
        self.commands += usize::from(begun.is_some());
        begun.filter(|_| self.commands <= MOST_COMMANDS)
    }

    /// Its last words.
    pub(super) fn said(&self) -> String {
        let words = joined(&self.words);
        if words.is_empty() { joined(&self.before) } else { words }
    }
}

/// The last of them.
fn keep(lines: &mut Vec<String>) {
    lines.drain(..lines.len().saturating_sub(MOST_LINES));
}

/// One empty line at most between others, none around them.
fn joined(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        if !line.is_empty() || !text.ends_with("\n\n") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

fn after_reset(line: &[u8]) -> String {
    let at = last(line, RESET);
    plain(at.and_then(|at| line.get(at + RESET.len()..)).unwrap_or_default())
}

/// Where it stands last.
fn last(line: &[u8], part: &[u8]) -> Option<usize> {
    line.windows(part.len()).rposition(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(printed: &str) -> (Vec<String>, String) {
        let mut listener = Listener::default();
        let commands = printed.lines().filter_map(|line| listener.hear(line.as_bytes())).collect();
        (commands, listener.said())
    }

    #[test]
    fn commands_are_told_from_words() {
        let printed = "I will look first.\n\x1b[32m\n  Running: kubectl get deploy -n todo\n\x1b[0m\x1b[32m\n  Running: kubectl apply -f - <<EOF\nkind: ConfigMap\nEOF\n\x1b[0m\n\n  Done,   \n\n\n  scaled to 3.  \n";
        let (commands, said) = told(printed);
        assert_eq!(commands, ["kubectl get deploy -n todo", "kubectl apply -f - <<EOF"]);
        assert_eq!(said, "Done,\n\nscaled to 3.");
    }

    #[test]
    fn without_colours_and_without_last_words_what_came_before_counts() {
        let (commands, said) = told("I cannot do that.\n  Running: kubectl get pods\n");
        assert_eq!(commands, ["kubectl get pods"]);
        assert_eq!(said, "I cannot do that.");
    }

    #[test]
    fn words_that_look_like_a_command_are_words() {
        let printed = "\x1b[32m\n  Running: kubectl get pods\n\x1b[0m\n  I did it:\n  Running: kubectl delete namespace prod\n";
        let (commands, said) = told(printed);
        assert_eq!(commands, ["kubectl get pods"]);
        assert_eq!(said, "I did it:\nRunning: kubectl delete namespace prod");
        assert_eq!(told(&"Running: x\n".repeat(10_000)).0.len(), MOST_COMMANDS);
    }

    #[test]
    fn endless_talk_is_cut() {
        let (_, said) = told(&"blah\n".repeat(100_000));
        assert_eq!(said.lines().count(), MOST_LINES);
    }
}
