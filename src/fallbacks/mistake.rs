//! What is wrong in a playbook file, said with file, line and the nearest right word.

use std::fmt::Display;

use serde::{Deserialize, de::IgnoredAny};
use serde_saphyr::Spanned;

use crate::domain::failure::{Failure, FailureKind};

/// A file of playbooks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

/// A part of a playbook file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Intent,
    Risk,
    Say,
    Prefer(usize),
    Phrase(usize),
    Command(usize),
    Equivalent(usize),
    Step(usize),
    Condition(usize),
}

type Line = Spanned<IgnoredAny>;

/// Where the parts of a file stand. Looked for only when one of them is wrong.
#[derive(Deserialize)]
struct Lines {
    intent: Line,
    risk: Line,
    say: Option<Line>,
    #[serde(default)]
    prefer: Vec<Line>,
    #[serde(default)]
    phrases: Vec<Line>,
    #[serde(default)]
    commands: Vec<Line>,
    #[serde(default)]
    equivalent: Vec<Line>,
    #[serde(default)]
    steps: Vec<Line>,
    #[serde(default)]
    verify: Vec<Line>,
}

impl Origin<'_> {
    /// The line where a part stands, 1-based; the first where the text is not there.
    pub(super) fn line(&self, part: Part) -> u64 {
        let Ok(lines) = serde_saphyr::from_str::<Lines>(self.text) else {
            return 1;
        };
        let found = match part {
            Part::Intent => Some(&lines.intent),
            Part::Risk => Some(&lines.risk),
            Part::Say => lines.say.as_ref(),
            Part::Prefer(n) => lines.prefer.get(n),
            Part::Phrase(n) => lines.phrases.get(n),
            Part::Command(n) => lines.commands.get(n),
            Part::Equivalent(n) => lines.equivalent.get(n),
            Part::Step(n) => lines.steps.get(n),
            Part::Condition(n) => lines.verify.get(n),
        };
        found.map_or(1, |line| line.referenced.line())
    }

    /// A failure in a part of the file.
    pub(super) fn mistake_in(&self, part: Part, what: impl Display) -> Failure {
        self.mistake(self.line(part), what)
    }

    /// A failure at `line` (1-based).
    pub(super) fn mistake(&self, line: u64, what: impl Display) -> Failure {
        Failure::new(FailureKind::Configuration, format!("{}:{line}: {what}", self.file))
    }

    /// What the YAML reader says, with the nearest known key.
    pub(super) fn yaml(&self, error: &serde_saphyr::Error) -> Failure {
        let line = error.location().map_or(1, |location| location.line());
        match error.without_snippet() {
            serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => self.unknown(line, "key", field, expected),
            serde_saphyr::Error::SerdeUnknownVariant { variant, expected, .. } => self.unknown(line, "word", variant, expected),
            other => {
                let text = other.to_string();
                self.mistake(line, text.lines().next().unwrap_or_default())
            }
        }
    }

    /// What `serde_json` says of a filled template. The line is that of the offending word, looked for from the template's own line on.
    pub(super) fn json(&self, line: u64, part: &str, error: &serde_json::Error) -> Failure {
        let text = error.to_string();
        let mut words = text.split('`').skip(1).step_by(2);
        let named = words.next().unwrap_or_default();
        let expected: Vec<&str> = words.collect();
        let line = self.line_of(named, line);
        if text.starts_with("unknown field") {
            self.unknown(line, &format!("key of {part}"), named, &expected)
        } else if text.starts_with("unknown variant") {
            self.unknown(line, part, named, &expected)
        } else {
            self.mistake(line, format!("{part}: {text}"))
        }
    }

    pub(super) fn unknown(&self, line: u64, what: &str, found: &str, expected: &[&str]) -> Failure {
        let failure = self.mistake(line, format!("unknown {what} `{found}`"));
        match nearest(found, expected) {
            Some(word) => failure.hint(format!("did you mean `{word}`?")),
            None => failure.hint(format!("known are: {}", expected.join(", "))),
        }
    }

    /// The first line from `from` on that contains `word`.
    fn line_of(&self, word: &str, from: u64) -> u64 {
        if word.is_empty() {
            return from;
        }
        let start = usize::try_from(from.saturating_sub(1)).unwrap_or_default();
        let found = self.text.lines().skip(start).position(|line| line.contains(word));
        from + found.and_then(|n| u64::try_from(n).ok()).unwrap_or_default()
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}
