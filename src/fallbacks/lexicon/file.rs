//! `_lexicon.yaml` as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Class, Form, Lexicon, Wish, Word, inflect};

type Words = Vec<String>;
type Groups = BTreeMap<String, Words>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LexiconFile {
    fillers: Words,
    grammar: Words,
    orders: Words,
    negations: Words,
    exceptions: Words,
    rest: Words,
    spared: Words,
    corrections: Words,
    hypotheses: Words,
    questions: Words,
    reasons: Words,
    and: Words,
    then: Words,
    or: Words,
    it: Words,
    them: Words,
    all: Words,
    every: Words,
    asking: Words,
    doing: Words,
    setting: Words,
    labels: Words,
    generic: Words,
    up: Words,
    down: Words,
    more: Words,
    fewer: Words,
    past: Words,
    ago: Words,
    wonderings: Words,
    me: Words,
    everywhere: Words,
    cluster: Words,
    plain: Words,
    persons: Words,
    conditions: Words,
    vague: Words,
    several: Words,
    contractions: BTreeMap<String, String>,
    numbers: BTreeMap<String, u64>,
    times: BTreeMap<String, (u32, u32)>,
    units: BTreeMap<u64, Words>,
    verbs: Groups,
    nouns: Groups,
    states: Groups,
    kinds: Groups,
    roles: Groups,
    #[serde(default)]
    ambiguous: Words,
    tools: Groups,
    wishes: BTreeMap<String, WishFile>,
}

/// `_docker.yaml`: what is another word where a Docker Engine is spoken of. Groups replace those of the lexicon; words that
/// stand in `without` lose what they mean there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    without: Words,
    fillers: Words,
    generic: Words,
    verbs: Groups,
    nouns: Groups,
    states: Groups,
    kinds: Groups,
    roles: Groups,
    wishes: BTreeMap<String, WishFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WishFile {
    verbs: Words,
    #[serde(default)]
    words: Words,
    #[serde(default)]
    close: Words,
}

impl LexiconFile {
    pub(super) fn turn(&mut self, turn: Turn) {
        let lists = [
            &mut self.fillers,
            &mut self.grammar,
            &mut self.negations,
            &mut self.asking,
            &mut self.doing,
            &mut self.setting,
            &mut self.up,
            &mut self.down,
            &mut self.plain,
            &mut self.more,
            &mut self.past,
            &mut self.cluster,
            &mut self.hypotheses,
            &mut self.questions,
            &mut self.corrections,
        ];
        for list in lists {
            list.retain(|word| !turn.without.contains(word));
        }
        self.fillers.extend(turn.fillers);
        self.generic = turn.generic;
        self.verbs = turn.verbs;
        self.nouns = turn.nouns;
        self.states = turn.states;
        self.kinds = turn.kinds;
        self.roles = turn.roles;
        self.ambiguous.clear();
        self.wishes = turn.wishes;
    }

    pub(super) fn fill(self, lexicon: &mut Lexicon) -> Result<(), String> {
        self.classes(lexicon);
        lexicon.labels.clone_from(&self.labels);
        self.quantities(lexicon);
        self.groups(lexicon);
        self.names(lexicon);
        for (what, wish) in self.wishes {
            let index = u16::try_from(lexicon.wishes.len()).map_err(|_| "too many wishes")?;
            let forms = wish.verbs.iter().flat_map(|verb| inflect::verb(verb)).map(|(form, _)| form);
            for text in forms.chain(wish.words.iter().cloned()) {
                lexicon.add(&text, |word| {
                    word.wish.get_or_insert(index);
                    if word.classes == 0 {
                        word.mark(Class::Content);
                    }
                });
            }
            lexicon.wishes.push(Wish { what, close: wish.close });
        }
        for (from, to) in self.contractions {
            lexicon.contractions.insert(from, to.split(' ').map(str::to_owned).collect());
        }
        Ok(())
    }

    fn classes(&self, lexicon: &mut Lexicon) {
        let plain = [
            (&self.fillers, Class::Filler),
            (&self.grammar, Class::Grammar),
            (&self.orders, Class::Order),
            (&self.negations, Class::Negation),
            (&self.exceptions, Class::Except),
            (&self.rest, Class::Rest),
            (&self.spared, Class::Spared),
            (&self.corrections, Class::Correction),
            (&self.hypotheses, Class::Hypothesis),
            (&self.questions, Class::Question),
            (&self.reasons, Class::Reason),
            (&self.and, Class::And),
            (&self.then, Class::Then),
            (&self.or, Class::Or),
            (&self.it, Class::It),
            (&self.them, Class::Them),
            (&self.all, Class::All),
            (&self.every, Class::Every),
            (&self.up, Class::Up),
            (&self.down, Class::Down),
            (&self.more, Class::More),
            (&self.fewer, Class::Fewer),
            (&self.past, Class::Past),
            (&self.ago, Class::Ago),
            (&self.wonderings, Class::Wondering),
            (&self.me, Class::Me),
            (&self.everywhere, Class::Everywhere),
            (&self.cluster, Class::Cluster),
            (&self.plain, Class::Content),
            (&self.persons, Class::Person),
            (&self.conditions, Class::Condition),
            (&self.vague, Class::Vague),
            (&self.several, Class::Several),
            (&self.ambiguous, Class::Ambiguous),
        ];
        for (words, class) in plain {
            for text in words {
                lexicon.add(text, |word| word.mark(class));
            }
        }
        for text in &self.generic {
            lexicon.add(text, |word| word.mark(Class::Generic));
            lexicon.add(&inflect::plural(text), |word| word.mark(Class::Generic));
        }
        // Each verb of these is a concept of its own, so that playbooks can tell "list" from "describe".
        for (words, class) in [
            (&self.asking, Class::Asking),
            (&self.doing, Class::Doing),
            (&self.setting, Class::Setting),
        ] {
            for base in words {
                let concept = lexicon.name_concept(base);
                for (text, form) in inflect::verb(base) {
                    lexicon.add(&text, |word| {
                        word.mark(class);
                        mean(word, concept, form);
                    });
                }
            }
        }
    }

    fn quantities(&self, lexicon: &mut Lexicon) {
        for (text, number) in &self.numbers {
            lexicon.add(text, |word| {
                word.number = Some(*number);
                word.mark(Class::Content);
            });
        }
        for (text, times) in &self.times {
            lexicon.add(text, |word| {
                word.times = Some(*times);
                word.mark(Class::Content);
            });
        }
        for (seconds, words) in &self.units {
            for text in words.iter().flat_map(|text| [text.clone(), inflect::plural(text)]) {
                lexicon.add(&text, |word| {
                    word.seconds = Some(*seconds);
                    word.mark(Class::Content);
                });
            }
        }
    }

    fn groups(&self, lexicon: &mut Lexicon) {
        for (name, words) in &self.verbs {
            let concept = lexicon.name_concept(name);
            for (text, form) in words.iter().flat_map(|base| inflect::verb(base)) {
                lexicon.add(&text, |word| mean(word, concept, form));
            }
        }
        for (name, words) in &self.nouns {
            let concept = lexicon.name_concept(name);
            for text in words.iter().flat_map(|text| [text.clone(), inflect::plural(text)]) {
                lexicon.add(&text, |word| mean(word, concept, Form::Plain));
            }
        }
        for (name, words) in &self.states {
            let concept = lexicon.name_concept(name);
            for text in words {
                lexicon.add(text, |word| mean(word, concept, Form::Plain));
            }
        }
    }

    fn names(&self, lexicon: &mut Lexicon) {
        for (plural, words) in &self.kinds {
            let index = u16::try_from(lexicon.kinds.len()).ok();
            lexicon.kinds.push(plural.clone());
            let concept = lexicon.name_concept(&format!("kind {plural}"));
            for text in std::iter::once(plural.clone()).chain(words.iter().flat_map(|text| [text.clone(), inflect::plural(text)])) {
                lexicon.add(&text, |word| {
                    word.kind = word.kind.or(index);
                    mean(word, concept, Form::Plain);
                });
            }
        }
        for (role, words) in &self.roles {
            let index = u16::try_from(lexicon.roles.len()).ok();
            for text in words.iter().chain([role]) {
                lexicon.add(text, |word| {
                    word.role = index;
                    word.mark(Class::Content);
                });
            }
            lexicon.roles.push((role.clone(), words.iter().chain([role]).cloned().collect()));
        }
        for (tool, words) in &self.tools {
            let index = u16::try_from(lexicon.tools.len()).ok();
            for text in words.iter().chain([tool]) {
                lexicon.add(text, |word| {
                    word.tool = index;
                    word.mark(Class::Content);
                });
            }
            lexicon.tools.push(tool.clone());
        }
    }
}

/// The first form that a word has for a concept stays: `set` is an order before it is a past.
fn mean(word: &mut Word, concept: super::Concept, form: Form) {
    if word.classes == 0 {
        word.mark(Class::Content);
    }
    if word.form_of(concept).is_none() {
        word.concepts.push((concept, form));
    }
}
