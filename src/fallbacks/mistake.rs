//! What is wrong in a playbook file, said with file, line and the nearest right word.

use std::fmt::Display;

use crate::domain::failure::{Failure, FailureKind};

/// A place in a file of playbooks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Origin<'_> {
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
