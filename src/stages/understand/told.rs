//! What a request tells instead of asking for it: what was, what should have been, what is so already, a note.

use super::{
    first::Telling,
    token::{Shape, Token},
};
use crate::fallbacks::Class;

/// With these a line is a note.
const NOTES: [&str; 28] = [
    "❓",
    "❔",
    "<!--",
    "//",
    "[ ]",
    "[x]",
    "- [",
    "note:",
    "reminder:",
    "fixme:",
    "todo:",
    "to do:",
    "re:",
    "fw:",
    "fwd:",
    "fyi:",
    "title:",
    "name:",
    "user:",
    "assistant:",
    "question:",
    "summary:",
    "next:",
    "?",
    "(?)",
    "such as",
    "for example",
    "e.g.",
];

/// What was, should have been, or is so already; and what is to be made anew. A word that ends in `…` may go on.
const TOLD: [&str; 25] = [
    "can scale",
    "could be re…",
    "could be scaled",
    "a copy of",
    "have been",
    "have had",
    "must have re…",
    "should have re…",
    "should have run",
    "was supposed to",
    "were supposed to",
    "ought to have",
    "should already",
    "must already",
    "should still",
    "must still",
    "should now have",
    "should now be",
    "by now",
    "would need",
    "were re…",
    "were scaled",
    "wants it",
    "needs it",
    "wants that",
];

impl Telling<'_> {
    /// The bytes of such words. What stands in quotes or in the value of a variable tells nothing.
    pub(super) fn told(&self) -> Option<(usize, usize)> {
        let begins = self.text.len() - self.text.trim_start().len();
        let lower = self.text.trim_start().to_ascii_lowercase();
        if let Some(mark) = NOTES.into_iter().find(|mark| lower.starts_with(mark)) {
            return Some((begins, begins + mark.len()));
        }
        let words: Vec<(String, &Token)> = self.tokens.iter().flat_map(words).collect();
        let says = |phrase: &str| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            let found = words
                .windows(phrase.len())
                .find(|said| said.iter().zip(&phrase).all(|((word, _), told)| is(word, told)))?;
            Some((found.first()?.1.start, found.last()?.1.end))
        };
        TOLD.into_iter()
            .find_map(says)
            .or_else(|| already(&words))
            .or_else(|| self.of_others())
            .or_else(|| self.ticked())
            .or_else(|| self.only_named())
    }

    /// "someone should restart the backend", "my boss wants 3 replicas": who, and when?
    fn of_others(&self) -> Option<(usize, usize)> {
        let duty = |token: &Token| {
            let first = token.lower.split(' ').next().unwrap_or_default();
            [
                "should", "must", "has", "have", "had", "want", "wants", "need", "needs", "ought", "got",
            ]
            .contains(&first)
        };
        let two = self
            .tokens
            .windows(2)
            .find(|two| OTHERS.contains(&two[0].text.to_lowercase().as_str()) && duty(&two[1]))?;
        Some((two[0].start, two[1].end))
    }

    /// "✅ scale backend to 3": it is done.
    fn ticked(&self) -> Option<(usize, usize)> {
        let ticked = |token: &&Token| !token.quoted && token.text.chars().all(|c| DONE.contains(&c) || c == '\u{fe0f}');
        let token = self.tokens.iter().filter(|token| !token.text.is_empty()).find(ticked)?;
        Some((token.start, token.end))
    }

    /// "the restart of the backend": what of it?
    fn only_named(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let [article, noun, of, ..] = self.tokens else { return None };
        let is_noun = noun.word(lexicon).is_some_and(|word| !word.concepts.is_empty());
        let orders = |token: &Token| {
            [Class::Order, Class::Doing, Class::Setting]
                .iter()
                .any(|class| token.is(lexicon, *class))
        };
        let named = ["the", "a", "this", "that"].contains(&article.lower.as_str()) && is_noun && of.lower == "of";
        (named && !self.tokens.iter().any(orders)).then_some((article.start, of.end))
    }
}

/// Whoever else could be meant.
const OTHERS: [&str; 20] = [
    "someone",
    "somebody",
    "anyone",
    "anybody",
    "everyone",
    "everybody",
    "nobody",
    "one",
    "boss",
    "team",
    "chief",
    "folks",
    "guys",
    "customer",
    "customers",
    "they",
    "he",
    "she",
    "people",
    "who",
];

const DONE: [char; 6] = ['✅', '☑', '✔', '✓', '🆗', '🎉'];

/// "frontend to 3, backend already 3"; and not "already" at the end or the beginning, which only presses.
fn already(words: &[(String, &Token)]) -> Option<(usize, usize)> {
    let inner = words.get(1..words.len().checked_sub(1)?)?;
    let (_, token) = inner.iter().find(|(word, _)| word == "already")?;
    Some((token.start, token.end))
}

fn words(token: &Token) -> Vec<(String, &Token)> {
    if token.quoted || token.shape != Shape::Word || token.text.contains('=') {
        return vec![(String::new(), token)];
    }
    token.text.to_lowercase().split(' ').map(|word| (word.to_owned(), token)).collect()
}

fn is(word: &str, told: &str) -> bool {
    told.strip_suffix('…').map_or(word == told, |begins| word.starts_with(begins))
}
