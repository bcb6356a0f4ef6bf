//! A phrase of a playbook, compiled: which concepts must be spoken of, and which slots go with them.
//!
//! A phrase is no pattern for the order of words. `scale {workload} to {replicas}` says: when a request speaks of scaling,
//! names a workload and gives a count, this is what it means. Each of its words stands for all its synonyms.

use super::lexicon::{Class, Concept, Lexicon};

/// A word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Any of these.
    pub any: Vec<Concept>,
    pub optional: bool,
    /// How much it says: a light word ("show", "make") less than one that stands for this intent alone.
    pub weight: i32,
}

/// One alternative of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// As one would say it, without its optional parts.
    pub text: String,
    pub cues: Vec<Cue>,
    /// Indexes of the playbook's slots that the phrase names, outside of brackets.
    pub slots: Vec<usize>,
}

impl Phrase {
    /// Compiles `text`, which may hold alternatives `(a|b c)` and optional parts `[x]`, into one phrase for each way to say it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn compile(text: &str, slots: &[String], lexicon: &mut Lexicon) -> Result<Vec<Self>, String> {
        let mut phrases: Vec<Self> = Vec::new();
        for words in expand(text)? {
            let phrase = compile(text, &words, slots, lexicon)?;
            if phrases.iter().all(|known| known.cues != phrase.cues || known.slots != phrase.slots) {
                phrases.push(phrase);
            }
        }
        Ok(phrases)
    }
}

/// A word of an alternative, and whether it is optional.
type Part = (String, bool);

/// A phrase of more says several things: each is checked on its own words.
const MOST_WAYS: usize = 64;

/// All ways through the alternatives.
fn expand(text: &str) -> Result<Vec<Vec<Part>>, String> {
    let mut ways: Vec<Vec<Part>> = vec![Vec::new()];
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            _ => ' ',
        };
        let end = rest.find(close).unwrap_or(rest.len());
        if close != ' ' && end == rest.len() {
            return Err(format!("`{first}` has no `{close}`"));
        }
        let inner = rest.get(usize::from(close != ' ')..end).unwrap_or_default();
        match first {
            '(' => {
                let alternatives: Vec<Vec<Part>> = inner.split('|').map(|words| parts(words, false)).collect();
                if ways.len() * alternatives.len() > MOST_WAYS {
                    return Err("too many alternatives in one phrase: write two".to_owned());
                }
                ways = ways
                    .iter()
                    .flat_map(|way| alternatives.iter().map(|more| [way.as_slice(), more].concat()))
                    .collect();
            }
            '[' => ways
                .iter_mut()
                .for_each(|way| way.extend(inner.split('|').flat_map(|words| parts(words, true)))),
            '{' => ways.iter_mut().for_each(|way| way.push((format!("{{{inner}}}"), false))),
            _ => ways.iter_mut().for_each(|way| way.push((inner.to_owned(), false))),
        }
        rest = rest.get(end + usize::from(close != ' ')..).unwrap_or_default().trim_start();
    }
    Ok(ways)
}

fn parts(words: &str, optional: bool) -> Vec<Part> {
    words.split_whitespace().map(|word| (word.to_owned(), optional)).collect()
}

fn compile(text: &str, words: &[Part], slots: &[String], lexicon: &mut Lexicon) -> Result<Phrase, String> {
    let necessary = words.iter().filter(|(_, optional)| !optional).map(|(word, _)| word.as_str());
    let mut phrase = Phrase {
        text: necessary.collect::<Vec<_>>().join(" "),
        cues: Vec::new(),
        slots: Vec::new(),
    };
    let mut at = 0;
    while let Some((word, optional)) = words.get(at) {
        if let Some(name) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            let index = slots
                .iter()
                .position(|slot| slot == name)
                .ok_or_else(|| format!("no slot is called `{name}`"))?;
            if !optional {
                phrase.slots.push(index);
            }
            at += 1;
            continue;
        }
        let next = |n: usize| words.get(at + 1 + n).map(|(word, _)| word.as_str());
        let (said, length) = match lexicon.expression(word, next) {
            Some((entry, length)) => (lexicon.word(entry).text.clone(), length),
            None => (word.to_lowercase(), 1),
        };
        at += length;
        if let Some(cue) = cue(&said, *optional, lexicon) {
            phrase.cues.push(cue);
        }
    }
    if phrase.cues.iter().all(|cue| cue.optional) && phrase.slots.is_empty() {
        return Err(format!("`{text}` has no word that means something"));
    }
    Ok(phrase)
}

/// `None` for words of grammar, which phrases may hold to read well.
fn cue(said: &str, optional: bool, lexicon: &mut Lexicon) -> Option<Cue> {
    let weight = match lexicon.find(said).map(|entry| lexicon.word(entry)) {
        Some(word) if word.concepts.is_empty() && (word.is(Class::Grammar) || word.is(Class::Filler) || word.is(Class::Generic)) => {
            return None;
        }
        Some(word) if !word.is_content() => LIGHT,
        _ => STRONG,
    };
    Some(Cue {
        any: lexicon.adopt(said),
        optional,
        weight: if optional { LIGHT / 2 } else { weight },
    })
}

/// What a cue is worth. The unit is a tenth of a point.
const STRONG: i32 = 20;
pub const LIGHT: i32 = 10;
