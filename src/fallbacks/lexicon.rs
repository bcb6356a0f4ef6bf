//! The words that requests are made of: `_lexicon.yaml`, compiled so that a word is found in one look.

mod file;
mod inflect;
mod slip;

use std::collections::HashMap;

use super::mistake::{Origin, nearest};
use crate::domain::failure::Failure;
use file::{LexiconFile, Turn};

/// What a word is about. Words of one group in the lexicon share a concept; so do the forms of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concept(pub u16);

/// How a word may stand in a sentence without being explained by a playbook. A word can have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Politeness and padding: means nothing.
    Filler,
    /// Articles, prepositions, auxiliaries.
    Grammar,
    /// "can you", "i want you to": what follows is an order.
    Order,
    Negation,
    /// "what if", "how do i", "should i".
    Hypothesis,
    /// "what", "which", "is": opens a question.
    Question,
    /// "because": what follows is a reason, not an order.
    Reason,
    And,
    Then,
    Or,
    /// "it".
    It,
    /// "them".
    Them,
    /// "everything".
    All,
    /// "show", "list": asks to see something.
    Asking,
    /// "make", "do": orders, and says nothing about what.
    Doing,
    /// "set", "make": changes something.
    Setting,
    /// "app", "service": may stand beside any name.
    Generic,
    Up,
    Down,
    /// "more", "additional".
    More,
    /// "fewer", "less".
    Fewer,
    /// "last", "past", "since".
    Past,
    /// "each", "all" before a kind: every one of them.
    Every,
    /// "how about", "can i": no order to change something, but a polite way to ask to see something.
    Wondering,
    /// "me": only after a verb of asking.
    Me,
    /// "all namespaces".
    Everywhere,
    /// "the cluster".
    Cluster,
    /// "ago".
    Ago,
    /// "I", "we".
    Person,
    /// "if", "when".
    Condition,
    /// "about", "at least", "or so": the number beside it is not meant to the letter.
    Vague,
    /// "several", "a few": a number that nobody gave.
    Several,
    /// "except", "without": a negation of a part of what is said, never of all of it.
    Except,
    /// "nothing else", "the rest": all that was not named.
    Rest,
    /// "alone", "untouched": what is left so is not changed.
    Spared,
    /// "i mean", "same as": what follows may stand for what came before, or only be compared with it.
    Correction,
    /// "server", "postgres": a word for a role, and for much else.
    Ambiguous,
    /// A content word: it must be explained.
    Content,
}

/// The form of a verb, because "restart it" is an order and "it restarts" is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Base,
    Third,
    Past,
    Gerund,
    /// A noun or adjective.
    Plain,
}

/// A word of the lexicon, or an expression of several.
#[derive(Clone, Debug, Default)]
pub struct Word {
    pub text: String,
    classes: u64,
    pub concepts: Vec<(Concept, Form)>,
    /// Plural of the kind it names.
    pub kind: Option<u16>,
    pub role: Option<u16>,
    pub number: Option<u64>,
    /// "double": numerator and denominator.
    pub times: Option<(u32, u32)>,
    /// Seconds in the unit of time.
    pub seconds: Option<u64>,
    pub wish: Option<u16>,
    pub tool: Option<u16>,
}

impl Word {
    #[must_use]
    pub const fn is(&self, class: Class) -> bool {
        self.classes & (1 << class as u64) != 0
    }

    /// It means something of its own: left over, it is a word that nothing explained.
    #[must_use]
    pub const fn is_content(&self) -> bool {
        self.classes & !(1 << Class::Content as u64) == 0
    }

    /// A verb as it stands in an order.
    #[must_use]
    pub fn orders(&self) -> bool {
        self.concepts.iter().any(|(_, form)| *form == Form::Base)
    }

    const fn mark(&mut self, class: Class) {
        self.classes |= 1 << class as u64;
    }

    #[must_use]
    pub fn form_of(&self, concept: Concept) -> Option<Form> {
        self.concepts.iter().find(|(c, _)| *c == concept).map(|(_, form)| *form)
    }
}

/// Index of a word in the lexicon.
pub type Entry = u32;

/// Something real that is not built yet.
#[derive(Clone, Debug)]
pub struct Wish {
    /// "deleting objects".
    pub what: String,
    /// Requests that come close; `{name}` is the name that was said.
    pub close: Vec<String>,
}

/// All words.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    words: Vec<Word>,
    single: HashMap<String, Entry>,
    /// First word → expressions, longest first.
    expressions: HashMap<String, Vec<(Vec<String>, Entry)>>,
    concepts: HashMap<String, Concept>,
    /// Plurals, as the API serves them.
    pub kinds: Vec<String>,
    /// Roles and the words for them.
    pub roles: Vec<(String, Vec<String>)>,
    pub wishes: Vec<Wish>,
    pub tools: Vec<String>,
    /// "ticket", before a colon.
    pub labels: Vec<String>,
    /// `whats` → `what is`.
    contractions: HashMap<String, Vec<String>>,
    /// Words that a typing error may be corrected to: letters as a bit set, length, index.
    correctable: Vec<(u32, u8, Entry)>,
    /// Words for numbers.
    numbers: Vec<Entry>,
}

/// The words as they are written, before they become a lexicon.
pub(super) struct Words(LexiconFile);

impl Words {
    /// # Errors
    /// What is wrong with what was prepared.
    pub(super) fn read(prepared: &str) -> Result<Self, Failure> {
        serde_json::from_str(prepared).map(Self).map_err(|error| {
            Origin {
                file: "_lexicon.yaml",
                text: "",
            }
            .mistake(1, error)
        })
    }

    /// The same words where other things are spoken of.
    ///
    /// # Errors
    /// What is wrong with what was prepared.
    pub(super) fn turn(&mut self, prepared: &str) -> Result<(), Failure> {
        let turn: Turn = serde_json::from_str(prepared).map_err(|error| {
            Origin {
                file: "_docker.yaml",
                text: "",
            }
            .mistake(1, error)
        })?;
        self.0.turn(turn);
        Ok(())
    }

    /// # Errors
    /// Too many words.
    pub(super) fn compile(self) -> Result<Lexicon, Failure> {
        let mut lexicon = Lexicon::default();
        self.0.fill(&mut lexicon).map_err(|what| {
            Origin {
                file: "_lexicon.yaml",
                text: "",
            }
            .mistake(1, what)
        })?;
        Ok(lexicon)
    }
}

impl Lexicon {
    #[must_use]
    pub fn find(&self, word: &str) -> Option<Entry> {
        self.single.get(word).copied()
    }

    #[must_use]
    pub fn word(&self, entry: Entry) -> &Word {
        static NOTHING: std::sync::LazyLock<Word> = std::sync::LazyLock::new(Word::default);
        self.words.get(entry as usize).unwrap_or(&NOTHING)
    }

    /// The longest expression that begins with `first` and goes on with what `next` yields: its entry and its number of words.
    pub fn expression<'a>(&self, first: &str, next: impl Fn(usize) -> Option<&'a str>) -> Option<(Entry, usize)> {
        self.expressions.get(first)?.iter().find_map(|(words, entry)| {
            let fits = words.iter().enumerate().all(|(n, word)| next(n) == Some(word));
            fits.then_some((*entry, words.len() + 1))
        })
    }

    #[must_use]
    pub fn contraction(&self, word: &str) -> Option<&[String]> {
        self.contractions.get(word).map(Vec::as_slice)
    }

    #[must_use]
    pub fn concept(&self, name: &str) -> Option<Concept> {
        self.concepts.get(name).copied()
    }

    /// The concepts of a word that a playbook uses. A word that is new becomes one of its own.
    pub(super) fn adopt(&mut self, text: &str) -> Vec<Concept> {
        let entry = self.add(text, |_| {});
        let word = self.word(entry);
        if word.concepts.is_empty() {
            let concept = self.name_concept(text);
            self.edit(entry, |word| {
                if word.classes == 0 {
                    word.mark(Class::Content);
                }
                word.concepts.push((concept, Form::Plain));
            });
            return vec![concept];
        }
        word.concepts.iter().map(|(concept, _)| *concept).collect()
    }

    /// An expression that belongs to one slot of one playbook.
    pub(super) fn adopt_for_slot(&mut self, text: &str) -> Concept {
        let entry = self.add(text, |_| {});
        let concept = self.name_concept(&format!("\"{text}\""));
        self.edit(entry, |word| {
            if word.classes == 0 {
                word.mark(Class::Content);
            }
            if word.form_of(concept).is_none() {
                word.concepts.push((concept, Form::Plain));
            }
        });
        concept
    }

    fn name_concept(&mut self, name: &str) -> Concept {
        let next = Concept(u16::try_from(self.concepts.len()).unwrap_or(u16::MAX));
        *self.concepts.entry(name.to_owned()).or_insert(next)
    }

    fn edit(&mut self, entry: Entry, change: impl FnOnce(&mut Word)) {
        if let Some(word) = self.words.get_mut(entry as usize) {
            change(word);
        }
    }

    fn add(&mut self, text: &str, change: impl FnOnce(&mut Word)) -> Entry {
        let mut parts = text.split(' ').map(str::to_owned);
        let first = parts.next().unwrap_or_default();
        let rest: Vec<String> = parts.collect();
        let known = if rest.is_empty() {
            self.single.get(text).copied()
        } else {
            let list = self.expressions.get(&first);
            list.and_then(|list| list.iter().find(|(words, _)| *words == rest).map(|(_, entry)| *entry))
        };
        let entry = known.unwrap_or_else(|| {
            let entry = Entry::try_from(self.words.len()).unwrap_or(Entry::MAX);
            self.words.push(Word {
                text: text.to_owned(),
                ..Word::default()
            });
            if rest.is_empty() {
                self.single.insert(text.to_owned(), entry);
            } else {
                let list = self.expressions.entry(first).or_default();
                let place = list.iter().position(|(words, _)| words.len() < rest.len()).unwrap_or(list.len());
                list.insert(place, (rest, entry));
            }
            entry
        });
        self.edit(entry, change);
        entry
    }

    /// The kind whose plural, among those of the lexicon, resembles `word`.
    #[must_use]
    pub fn nearest_kind(&self, word: &str) -> Option<&str> {
        let known: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        nearest(word, &known)
    }
}
