//! Patterns that are compiled when a text may have what they find.

use std::sync::OnceLock;

use regex::Regex;

/// Most texts have nothing of what most patterns look for, and to compile all of them takes longer than everything else that
/// is done for a request before it is sent.
pub(super) struct Pattern {
    source: String,
    /// False where the pattern finds nothing. It is asked of the text in lower case.
    may_be_in: fn(&str) -> bool,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn new(source: impl Into<String>, may_be_in: fn(&str) -> bool) -> Self {
        Self {
            source: source.into(),
            may_be_in,
            regex: OnceLock::new(),
        }
    }

    /// The pattern, where it may find something in a text. `lower` is [`lower`] of it.
    pub(super) fn for_text(&self, text: &str, lower: &str) -> Option<&Regex> {
        let may = (self.may_be_in)(lower);
        // Every text of every test is one that shows that nothing is passed over.
        if cfg!(test) && !may {
            assert!(!self.compiled()?.is_match(text), "{} is in {text}", self.source);
        }
        may.then(|| self.compiled())?
    }

    /// The patterns are constants; a test of each list makes sure that none is lost here.
    pub(super) fn compiled(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }
}

/// In lower case as patterns that do not look at the case see it: two letters have relatives outside ASCII.
pub(super) fn lower(text: &str) -> String {
    let plain = text.to_ascii_lowercase();
    if plain.is_ascii() {
        return plain;
    }
    plain.replace('\u{17f}', "s").replace('\u{212a}', "k")
}

/// One of these words is in the text.
pub(super) fn has(lower: &str, words: &[&str]) -> bool {
    words.iter().any(|word| lower.contains(word))
}

/// One of these words is there with white space behind it.
pub(super) fn has_before_space(lower: &str, words: &[&str]) -> bool {
    let spaced = |word: &&str| {
        lower.match_indices(*word).any(|(at, found)| {
            lower
                .get(at + found.len()..)
                .is_some_and(|rest| rest.starts_with(char::is_whitespace))
        })
    };
    words.iter().any(spaced)
}

/// So many letters and digits stand side by side.
pub(super) fn has_run(lower: &str, length: usize) -> bool {
    lower
        .as_bytes()
        .split(|byte| !byte.is_ascii_alphanumeric())
        .any(|run| run.len() >= length)
}
