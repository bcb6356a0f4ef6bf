//! Words of a change that would be read as something else than they say: a correction, a pattern, a variable that is called
//! like a common word.

use super::{
    clause::Clause,
    first::Telling,
    mood,
    token::{Shape, Token},
};
use crate::fallbacks::Class;

/// After a comma these may take back what came before it.
const NARROWING: [&str; 7] = ["only", "just", "simply", "even", "still", "already", "again"];

impl Telling<'_> {
    /// The bytes of such a word in a request that changes something.
    pub(super) fn misread(&self, clauses: &[Clause]) -> Option<(usize, usize)> {
        let changes = |clause: &Clause| clause.best.as_ref().is_some_and(|best| self.changes(best));
        if !clauses.iter().any(changes) {
            return None;
        }
        let sets_variables = |clause: &Clause| {
            let playbook = clause.best.as_ref().and_then(|best| self.playbooks.at(best.playbook));
            playbook.is_some_and(|playbook| playbook.name == "set-env")
        };
        let named = || (!clauses.iter().any(sets_variables)).then(|| self.shouted_name()).flatten();
        self.correction().or_else(|| self.pattern()).or_else(named)
    }

    /// "restart backend, I mean frontend", "scale backend to 3, same as frontend".
    fn correction(&self) -> Option<(usize, usize)> {
        let lexicon = &self.playbooks.lexicon;
        let says =
            |token: &Token| !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Order) && !token.is(lexicon, Class::Grammar);
        let corrects = |n: usize, token: &Token| {
            let after_comma = n
                .checked_sub(1)
                .and_then(|n| self.tokens.get(n))
                .is_some_and(|token| token.shape == Shape::Comma);
            token.is(lexicon, Class::Correction) || after_comma && NARROWING.contains(&token.lower.as_str())
        };
        let at = (0..self.tokens.len()).find(|&n| {
            let (before, after) = self.tokens.split_at(n);
            let Some((token, after)) = after.split_first() else { return false };
            !token.quoted && corrects(n, token) && before.iter().any(says) && after.iter().any(says)
        })?;
        self.tokens.get(at).map(|token| (token.start, token.end))
    }

    /// "restart backend*", "unset OLD_*": a pattern is no name. `*backend*` is only written in bold.
    fn pattern(&self) -> Option<(usize, usize)> {
        let words = self.text.split_whitespace().filter(|word| !word.contains('='));
        let mut patterns = words.filter(|word| {
            let bare = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '*');
            let stars = |text: &str| text.len() - text.trim_start_matches('*').len();
            let at_end = bare.len() - bare.trim_end_matches('*').len();
            let inside = bare.trim_matches('*');
            !inside.is_empty() && (stars(bare) != at_end || inside.contains('*'))
        });
        let word = patterns.next()?;
        let start = self.text.find(word)?;
        Some((start, start + word.len()))
    }

    /// "set IMAGE to x", "set A to 1": a name in capitals behind the verb is that of a variable, whatever the word means.
    fn shouted_name(&self) -> Option<(usize, usize)> {
        let lexicon = &self.playbooks.lexicon;
        if !self.text.chars().any(char::is_lowercase) {
            return None;
        }
        let is_name = |token: &Token| {
            token.text.starts_with(|c: char| c.is_ascii_uppercase())
                && token.text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let known = |token: &Token| token.word(lexicon).is_some();
        self.tokens.windows(3).find_map(|three| {
            let [verb, name, next] = three else { return None };
            let gives = next.lower == "to" || next.shape == Shape::Symbol;
            (verb.is(lexicon, Class::Setting) && is_name(name) && known(name) && gives).then_some((name.start, name.end))
        })
    }
}
