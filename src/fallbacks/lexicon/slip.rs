//! Slips of the fingers: the word that was probably meant.

use rapidfuzz::distance::osa;

use super::{Entry, Lexicon};

impl Lexicon {
    /// After all words are there: which of them a slip of the fingers may be corrected to.
    pub(in crate::fallbacks) fn finish(&mut self) {
        let entries = self
            .words
            .iter()
            .enumerate()
            .filter(|(_, word)| word.number.is_some() && word.text.len() > 2);
        self.numbers = entries.filter_map(|(n, _)| Entry::try_from(n).ok()).collect();
        self.correctable = self
            .words
            .iter()
            .enumerate()
            .filter(|(_, word)| word.text.len() >= 4 && word.text.bytes().all(|b| b.is_ascii_lowercase()))
            .filter_map(|(n, word)| Some((letters(&word.text), u8::try_from(word.text.len()).ok()?, Entry::try_from(n).ok()?)))
            .collect();
    }

    /// The one word that `typed` most probably stands for: unique, and near enough for its length.
    #[must_use]
    pub fn correct(&self, typed: &str) -> Option<Entry> {
        let length = typed.chars().count();
        if length < 4 || !typed.chars().all(|c| c.is_ascii_lowercase()) {
            return None;
        }
        let most = if length >= 8 { 2 } else { 1 };
        let letters = letters(typed);
        let compared = osa::BatchComparator::new(typed.bytes());
        let near = osa::Args::default().score_cutoff(most);
        let mut best: Option<(usize, Entry)> = None;
        let mut unique = true;
        for (mask, other, entry) in &self.correctable {
            // A change of one letter takes away one at most, and adds one.
            let differ = |one: u32, other: u32| (one & !other).count_ones() as usize > most;
            if usize::from(*other).abs_diff(length) > most || differ(*mask, letters) || differ(letters, *mask) {
                continue;
            }
            let Some(distance) = compared.distance_with_args(self.word(*entry).text.bytes(), &near) else {
                continue;
            };
            // Of four letters one wrong letter is another word; swapped letters are a slip of the fingers.
            if length == 4 && usize::from(*other) == 4 && *mask != letters {
                continue;
            }
            match best {
                Some((nearer, _)) if nearer < distance => {}
                Some((same, found)) if same == distance => unique &= self.means_the_same(found, *entry),
                _ => (best, unique) = (Some((distance, *entry)), true),
            }
        }
        best.filter(|_| unique).map(|(_, entry)| entry)
    }

    /// A correction that may be made: to a word that a playbook must explain, or, for padding, over one wrong letter only.
    #[must_use]
    pub fn mend(&self, typed: &str) -> Option<Entry> {
        let entry = self.correct(typed)?;
        let word = self.word(entry);
        let named = word.role.is_some() || word.tool.is_some();
        let near = word.is_content() || strsim::osa_distance(typed, &word.text) == 1;
        (!named && near).then_some(entry)
    }

    /// The word for a number that `typed` nearly is, where only a number can stand.
    #[must_use]
    pub fn correct_number(&self, typed: &str) -> Option<Entry> {
        if typed.len() < 3 || !typed.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
        let value = |entry: Entry| self.word(entry).number;
        let mut near = self
            .numbers
            .iter()
            .filter(|entry| strsim::osa_distance(typed, &self.word(**entry).text) == 1)
            .copied();
        let first = near.next()?;
        near.all(|other| value(other) == value(first)).then_some(first)
    }

    fn means_the_same(&self, one: Entry, other: Entry) -> bool {
        let (one, other) = (self.word(one), self.word(other));
        !one.concepts.is_empty() && one.concepts.iter().any(|(concept, _)| other.form_of(*concept).is_some())
    }
}

fn letters(word: &str) -> u32 {
    word.bytes().filter(u8::is_ascii_lowercase).fold(0, |set, b| set | 1 << (b - b'a'))
}
