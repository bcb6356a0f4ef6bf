//! What a conversation spoke of before: the meaning of "it" and "them" in the next request.

use super::{
    Understand,
    resolve::look::{Found, Look},
    token,
};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        inventory::Inventory,
        reading::Reading,
        risk::Risk,
    },
    fallbacks::{Lexicon, Playbook},
};

impl Understand {
    /// The same inventory with what was spoken of and listed before `readings`.
    #[must_use]
    pub fn remembering(&self, earlier: &Conversation, readings: &[Reading], inventory: Inventory) -> Inventory {
        // Also the words of Kubernetes, which a request for an engine alone need not read, are for what was spoken of.
        if earlier.turns.is_empty() {
            return inventory;
        }
        let playbooks = || readings.iter().filter_map(|reading| self.playbooks.get(&reading.playbook));
        let lexicon = self.playbooks.lexicon();
        // What is taken away is never what was spoken of before a word that may be a name, nor is what is changed before one
        // that can hardly be another word.
        let grave = inventory.place.is_engine() || playbooks().any(|playbook| playbook.risk >= Risk::Destroy);
        let changes = playbooks().any(Playbook::changes);
        let doubtful = |word: &str| {
            let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic());
            (grave || (changes && !is_word)) && token::looks_like_name(word)
        };
        let look = Look {
            inventory: &inventory,
            lexicon,
            strict: false,
        };
        let names = |turn: &Turn| names_something(&turn.said, &look, lexicon, &doubtful);
        let (recent, listed) = (earlier.recent(&inventory.place, &names), earlier.listed(&inventory.place, &names));
        Inventory {
            recent,
            listed,
            ..inventory
        }
    }
}

/// One of the words is the name of something, or nearly; `doubtful`: or could be the name of something that cannot be seen.
fn names_something(said: &str, look: &Look<'_>, lexicon: &Lexicon, doubtful: &dyn Fn(&str) -> bool) -> bool {
    said.split(|c: char| c.is_whitespace() || matches!(c, '/' | ',' | ';' | '"' | '(' | ')'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
        .any(|word| {
            let known = lexicon.find(&word).map(|entry| lexicon.word(entry));
            let is_name = look.inventory.items.iter().any(|item| item.object.name == word);
            let may_be = known.is_none_or(|word| word.role.is_some());
            let found = || !matches!(look.find(&word, None, &|_| true), Found::Nothing);
            is_name || (may_be && (found() || doubtful(&word)))
        })
}
