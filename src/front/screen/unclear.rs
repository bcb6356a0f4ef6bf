//! A request that is not acted on: something must be asked first, or it was not understood, or it says not to act.

use super::{
    given::Given,
    look::{Look, Tone},
};
use crate::domain::{
    intent::{Declined, DeclinedReason},
    question::{Choice, Question},
};

/// The question as text, each choice with the command that would make it clear.
#[must_use]
pub fn question(question: &Question, given: &Given, look: &Look) -> Vec<String> {
    let mut lines = look.wrapped(&look.paint(Tone::Strong, &question.text), 2);
    let width = question.choices.iter().map(|choice| look.columns(&choice.label)).max().unwrap_or(0);
    for choice in question.choices.iter().take(Question::SHOWN) {
        lines.extend(look.wrapped(&format!("  {}", choice_line(choice, width, look)), 4));
        // Whole, however long: a command that is broken in two cannot be pasted.
        lines.push(format!(
            "    {}",
            look.paint(Tone::Dim, &given.command(&command(&choice.request), None))
        ));
    }
    lines.extend(further(question));
    lines
}

/// How many choices are not told.
#[must_use]
pub fn further(question: &Question) -> Option<String> {
    let more = question.choices.len().saturating_sub(Question::SHOWN);
    (more > 0).then(|| format!("  … and {more} more"))
}

/// `todo-backend    2 replicas, healthy`
#[must_use]
pub fn choice_line(choice: &Choice, width: usize, look: &Look) -> String {
    let detail = look.paint(Tone::Dim, &choice.detail);
    format!("{}  {detail}", look.padded(&choice.label, width)).trim_end().to_owned()
}

/// What was understood, what was not, and close things that can be done.
#[must_use]
pub fn declined(declined: &Declined, given: &Given, look: &Look) -> Vec<String> {
    let mut lines = look.wrapped(&look.paint(Tone::Strong, &verdict(declined)), 2);
    let whole = is_told_whole(declined.reason);
    let why = declined.why.clone().or_else(|| whole.then(|| declined.unexplained.join(", ")));
    if let Some(why) = why.filter(|why| !why.is_empty()) {
        let end = if why.ends_with(['.', '…', '?', '!']) { "" } else { "." };
        lines.extend(look.wrapped(&format!("  {why}{end}"), 4));
    }
    if !whole {
        lines.extend(explained(declined, look));
    }
    if !declined.teaches.is_empty() {
        lines.push("The command for it:".to_owned());
        for command in &declined.teaches {
            lines.push(format!("  {command}"));
        }
    }
    if !declined.suggestions.is_empty() {
        let lead = if declined.reason == DeclinedReason::Hypothetical && declined.understood.is_some() {
            "To do it:"
        } else {
            "Close to it:"
        };
        lines.push(lead.to_owned());
        for suggestion in declined.suggestions.iter().take(3) {
            lines.push(format!("  {}", given.command(&command(suggestion), None)));
        }
    }
    lines
}

/// Reasons that come as a sentence of their own: nothing of the request was half understood.
const fn is_told_whole(reason: DeclinedReason) -> bool {
    matches!(
        reason,
        DeclinedReason::UnknownName
            | DeclinedReason::TooLong
            | DeclinedReason::TooLate
            | DeclinedReason::NotBuilt
            | DeclinedReason::BadValue
    )
}

/// What was understood and what was not, in the very words. A word that the reason names is not told again.
fn explained(declined: &Declined, look: &Look) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(understood) = declined.understood.as_deref().filter(|text| !text.is_empty()) {
        lines.extend(look.wrapped(&format!("  {} {understood}", look.paint(Tone::Dim, "understood:")), 4));
    }
    let told = |word: &String| declined.why.as_ref().is_some_and(|why| why.contains(word.as_str()));
    let words = declined.unexplained.iter().filter(|word| !told(word));
    let words: Vec<String> = words.map(|word| format!("“{word}”")).collect();
    if !words.is_empty() {
        lines.extend(look.wrapped(&format!("  {} {}", look.paint(Tone::Dim, "not understood:"), words.join(", ")), 4));
    }
    lines
}

fn verdict(declined: &Declined) -> String {
    match declined.reason {
        DeclinedReason::Empty => "Nothing was asked.",
        DeclinedReason::TooLong => "That is too long for a request.",
        DeclinedReason::NotUnderstood => "Not understood; nothing was done.",
        DeclinedReason::Negated => "Left alone, as you said: nothing was done.",
        DeclinedReason::TooLate => "That is done already; nothing more was done.",
        DeclinedReason::NothingOpen => "No question is open: there is nothing to leave alone.",
        DeclinedReason::TooEarly => "Nothing was done in this conversation yet.",
        DeclinedReason::Hypothetical => "You asked about it, not for it: nothing was done.",
        DeclinedReason::BadValue => "That value cannot be; nothing was done.",
        DeclinedReason::NotBuilt => "This version cannot do that yet; nothing was done.",
        DeclinedReason::UnknownName => "Nothing here has that name; nothing was done.",
    }
    .to_owned()
}

/// A request as a command that works when pasted.
#[must_use]
pub fn command(request: &str) -> String {
    if request.starts_with("todo-agent ") {
        return request.to_owned();
    }
    if cfg!(windows) {
        return on_windows(request);
    }
    if request.contains(['"', '$', '`', '\\', '!']) {
        return format!("todo-agent '{}'", request.replace('\'', "'\\''"));
    }
    format!("todo-agent \"{request}\"")
}

/// As both shells of Windows take it: cmd knows no other quotes than double ones, and these end in PowerShell at the next one. What
/// PowerShell would put other words for needs its single ones.
fn on_windows(request: &str) -> String {
    if request.contains(['$', '`']) || (request.contains('"') && request.contains('\'')) {
        return format!("todo-agent '{}'", request.replace('\'', "''"));
    }
    format!("todo-agent \"{}\"", request.replace('"', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::screen::look::tests::terminal;

    fn which() -> Question {
        let choice = |name: &str, detail: &str| Choice {
            label: name.to_owned(),
            detail: detail.to_owned(),
            request: format!("scale {name} to 3"),
        };
        Question {
            text: "Scale which workload to 3 replicas?".to_owned(),
            slots: vec!["workload".to_owned()],
            choices: vec![
                choice("todo-backend", "2 replicas, healthy"),
                choice("todo-frontend", "2 replicas, 1 crashing"),
            ],
            together: None,
        }
    }

    #[test]
    fn each_choice_comes_with_its_command() {
        assert_eq!(
            question(&which(), &Given::default(), &terminal(80, true)),
            [
                "Scale which workload to 3 replicas?",
                "  todo-backend   2 replicas, healthy",
                "    todo-agent \"scale todo-backend to 3\"",
                "  todo-frontend  2 replicas, 1 crashing",
                "    todo-agent \"scale todo-frontend to 3\""
            ]
        );
    }

    #[test]
    fn what_was_not_understood_is_said_in_its_own_words() {
        let given = Declined {
            reason: DeclinedReason::NotUnderstood,
            understood: Some("scale backend to 3".into()),
            why: None,
            unexplained: vec!["mail me".to_owned()],
            suggestions: vec!["scale backend to 3".to_owned()],
            teaches: Vec::new(),
        };
        assert_eq!(
            declined(&given, &Given::default(), &terminal(40, true)),
            [
                "Not understood; nothing was done.",
                "  understood: scale backend to 3",
                "  not understood: “mail me”",
                "Close to it:",
                "  todo-agent \"scale backend to 3\""
            ]
        );
    }

    #[test]
    fn a_reason_is_a_sentence_and_nothing_that_was_understood() {
        let told = |why: &str, unexplained: &str| {
            let given = Declined {
                reason: DeclinedReason::NotUnderstood,
                understood: None,
                why: Some(why.to_owned()),
                unexplained: vec![unexplained.to_owned()],
                suggestions: Vec::new(),
                teaches: Vec::new(),
            };
            declined(&given, &Given::default(), &terminal(80, true)).split_off(1)
        };
        assert_eq!(told("The flag --x is not known here", "--x"), ["  The flag --x is not known here."]);
        assert_eq!(
            told("Requests are understood in English", "ciao"),
            ["  Requests are understood in English.", "  not understood: “ciao”"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn commands_survive_the_shell() {
        assert_eq!(command("say \"it's\" $5"), "todo-agent 'say \"it'\\''s\" $5'");
    }

    #[test]
    fn commands_survive_the_shells_of_windows() {
        let cases = [
            (r"apply C:\k8s\app.yaml", r#"todo-agent "apply C:\k8s\app.yaml""#),
            (r#"set A="b c" on x"#, r#"todo-agent "set A='b c' on x""#),
            ("say \"it's\" $5", "todo-agent 'say \"it''s\" $5'"),
        ];
        for (request, expected) in cases {
            assert_eq!(on_windows(request), expected);
        }
    }
}
