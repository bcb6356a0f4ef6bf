//! Which options a suggested command must repeat, so that it means the same cluster, object and records when it is pasted.
//! Decided here and nowhere else.

use std::borrow::Cow;

use crate::domain::{answer::Answer, event::Event, failure::Failure, finding::Finding, intent::Resolution, object::ObjectRef};

/// Our name, as commands begin with it.
const NAME: &str = "todo-agent ";

/// Options that the user gave on the command line and that decide what a command means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub context: Option<String>,
    pub docker_context: Option<String>,
    pub namespace: Option<String>,
    pub state_dir: Option<String>,
    /// Commands are typed into a conversation, where our name and quotes are left out.
    pub chat: bool,
}

impl Given {
    /// The text with each of our commands in it completed. Commands stand in backticks, or alone on their line.
    /// `elsewhere` is the namespace of what is spoken of where it is not the one that is meant by default.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str, elsewhere: Option<&str>) -> Cow<'a, str> {
        if !text.contains(NAME) {
            return text.into();
        }
        let mut completed = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some(at) = rest.find(NAME) {
            let (before, command) = rest.split_at(at);
            completed.push_str(before);
            let end = command.find('`').unwrap_or(command.len());
            let (command, after) = command.split_at(end);
            let begins = before
                .trim_end_matches(' ')
                .chars()
                .next_back()
                .is_none_or(|c| matches!(c, '`' | '|' | '\n'));
            if begins {
                completed.push_str(&self.command(command, elsewhere));
                rest = after;
            } else {
                completed.push_str(NAME);
                rest = &rest[at + NAME.len()..];
            }
        }
        completed.push_str(rest);
        completed.into()
    }

    /// `todo-agent undo` → `todo-agent --context kind-a undo`.
    #[must_use]
    pub fn command(&self, command: &str, elsewhere: Option<&str>) -> String {
        let words = command.strip_prefix(NAME).unwrap_or(command);
        if let Some(typed) = self.chat.then(|| in_chat(words)).flatten() {
            return typed;
        }
        let has = |options: &[&str]| {
            // What stands in quotes is the request.
            let typed = words.split('"').step_by(2).flat_map(str::split_whitespace);
            typed.into_iter().any(|word| {
                options
                    .iter()
                    .any(|option| word == *option || word.starts_with(&format!("{option}=")))
            })
        };
        let reads = Reads::of(words);
        let context = self.context.as_deref().filter(|_| reads.context && !has(&["--context"]));
        let engine = self
            .docker_context
            .as_deref()
            .filter(|_| reads.context && !has(&["--docker-context"]));
        let namespace = self.namespace.as_deref().or(elsewhere);
        let namespace = namespace.filter(|_| reads.namespace && !has(&["-n", "--namespace"]));
        let state_dir = self.state_dir.as_deref().filter(|_| reads.state && !has(&["--state-dir"]));
        let options = [
            ("-n", namespace),
            ("--context", context),
            ("--docker-context", engine),
            ("--state-dir", state_dir),
        ];
        let options: String = options
            .into_iter()
            .filter_map(|(option, value)| Some(format!("{option} {} ", quoted(value?))))
            .collect();
        format!("{NAME}{options}{words}")
    }
}

impl Given {
    /// The event with the commands in its hints completed. `home` is the namespace that is meant where none is named,
    /// `elsewhere` the one of what was planned where it is another.
    #[must_use]
    pub fn event<'a>(&self, event: &'a Event, home: Option<&str>, elsewhere: Option<&str>) -> Cow<'a, Event> {
        let mut event = Cow::Borrowed(event);
        match event.as_ref() {
            Event::Failed { .. } | Event::Verified { .. } | Event::Answered { .. } | Event::Note { .. } | Event::NotClear { .. } => {}
            _ => return event,
        }
        match event.to_mut() {
            Event::Failed { failure } => self.failure(failure, elsewhere),
            Event::Verified { verification } => self.findings(&mut verification.findings, home),
            Event::Answered { answer } => match answer.as_mut() {
                Answer::Overview(overview) => self.findings(&mut overview.findings, home),
                Answer::Description(description) => self.findings(&mut description.findings, home),
                Answer::Health(health) => self.findings(&mut health.findings, home),
                Answer::Rollout(rollout) => self.findings(&mut rollout.findings, home),
                Answer::Sizing(sizing) => {
                    for advice in &mut sizing.advice {
                        self.hints(&mut advice.hints, &advice.workload, home);
                    }
                }
                Answer::Table(_) | Answer::Logs(_) | Answer::Events(_) | Answer::Text(_) | Answer::Forward(_) => {}
            },
            Event::Note { text } => self.complete(text, elsewhere),
            Event::NotClear {
                resolution: Resolution::Declined(declined),
            } => declined.teaches.iter_mut().for_each(|command| self.complete(command, elsewhere)),
            _ => {}
        }
        event
    }

    /// The commands in the hints of a failure.
    pub fn failure(&self, failure: &mut Failure, elsewhere: Option<&str>) {
        failure.hints.iter_mut().for_each(|hint| self.complete(hint, elsewhere));
    }

    fn findings(&self, findings: &mut [Finding], home: Option<&str>) {
        for finding in findings {
            self.hints(&mut finding.hints, &finding.object, home);
        }
    }

    /// Hints about an object, which may be in another namespace than the one that is meant.
    fn hints(&self, hints: &mut [String], about: &ObjectRef, home: Option<&str>) {
        let elsewhere = about.namespace.as_deref().filter(|namespace| home != Some(namespace));
        hints.iter_mut().for_each(|hint| self.complete(hint, elsewhere));
    }

    fn complete(&self, text: &mut String, elsewhere: Option<&str>) {
        if let Cow::Owned(completed) = self.text(text, elsewhere) {
            *text = completed;
        }
    }
}

/// A command as it is typed into a conversation; those that are no part of one stay as they are.
fn in_chat(words: &str) -> Option<String> {
    if words == "undo" || words.starts_with("undo ") {
        return Some(format!("/{words}"));
    }
    let own = ["doctor", "playbooks", "transcript", "trust", "cluster"];
    if words.split(' ').next().is_some_and(|first| own.contains(&first)) {
        return Some(words.to_owned());
    }
    let request = words.strip_prefix('"')?.strip_suffix('"')?;
    (!request.contains('"')).then(|| request.to_owned())
}

/// What a command looks at of the options that choose something.
struct Reads {
    context: bool,
    namespace: bool,
    state: bool,
}

impl Reads {
    fn of(words: &str) -> Self {
        let [context, namespace, state] = match words.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["--help" | "-h" | "--version" | "completions", ..] => [false, false, false],
            // What is taken back is known by its record, whatever the namespace.
            ["undo" | "trust", ..] => [true, false, true],
            ["cluster", "break", ..] => [false, true, true],
            // They are those of the whole cluster.
            ["\"list", "namespaces\""] => [true, false, true],
            ["transcript" | "playbooks" | "cluster", ..] => [false, false, true],
            _ => [true, true, true],
        };
        Self { context, namespace, state }
    }
}

/// A value as a shell of this machine takes it.
fn quoted(value: &str) -> Cow<'_, str> {
    if !cfg!(windows) {
        return in_sh(value);
    }
    if is_plain(&value.replace('\\', "/")) {
        return value.into();
    }
    // A backslash before the quote would make it a part of the value.
    let last = value.len() - value.trim_end_matches('\\').len();
    format!("\"{value}{}\"", "\\".repeat(last)).into()
}

/// A word as the shell of a container takes it.
pub fn in_sh(word: &str) -> Cow<'_, str> {
    if is_plain(word) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''")).into()
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:@+,%".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Given {
        Given {
            context: Some("kind-a".to_owned()),
            docker_context: None,
            namespace: Some("team".to_owned()),
            state_dir: Some("my state".to_owned()),
            chat: false,
        }
    }

    #[test]
    fn what_was_given_is_repeated_where_it_is_read() {
        let given = all();
        let shown = [
            "Take it back with `todo-agent undo`.",
            "`todo-agent \"list namespaces\"` shows them.",
            "`todo-agent transcript list` shows what was done.",
            "todo-agent \"why is api not running\"",
            "Restored with `todo-agent cluster break api --heal`, not `kubectl`; or `todo-agent --help`.",
            "echo \"scale backend to 3\" | todo-agent -",
            "todo-agent knows no tool named x",
        ]
        .map(|text| given.text(text, Some("other")).into_owned());
        let expected = [
            "Take it back with `todo-agent --context kind-a --state-dir 'my state' undo`.",
            "`todo-agent --context kind-a --state-dir 'my state' \"list namespaces\"` shows them.",
            "`todo-agent --state-dir 'my state' transcript list` shows what was done.",
            "todo-agent -n team --context kind-a --state-dir 'my state' \"why is api not running\"",
            "Restored with `todo-agent -n team --state-dir 'my state' cluster break api --heal`, not `kubectl`; or `todo-agent --help`.",
            "echo \"scale backend to 3\" | todo-agent -n team --context kind-a --state-dir 'my state' -",
        ];
        #[cfg(windows)]
        let expected = expected.map(|text| text.replace('\'', "\""));
        assert_eq!(shown[..6], expected);
    }

    #[test]
    fn in_a_conversation_commands_are_what_one_types_there() {
        let given = Given { chat: true, ..all() };
        let told = [
            "Take it back with `todo-agent undo`.",
            "todo-agent \"scale todo-backend to 3\"",
            "`todo-agent trust cluster`",
        ]
        .map(|text| given.text(text, None).into_owned());
        let expected = ["Take it back with `/undo`.", "scale todo-backend to 3", "`trust cluster`"];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_was_not_given_or_stands_there_already_is_not_said() {
        let hint = "`todo-agent undo x --context kind-b` or `todo-agent -n api \"describe api\"`";
        assert_eq!(Given::default().text(hint, None), hint);
        assert_eq!(
            Given { state_dir: None, ..all() }.text(hint, None),
            "`todo-agent undo x --context kind-b` or `todo-agent --context kind-a -n api \"describe api\"`"
        );
        assert_eq!(
            Given::default().text("todo-agent \"logs of api\"", Some("other")),
            "todo-agent -n other \"logs of api\""
        );
    }
}
