//! Raw words to tokens: each knows its word in the lexicon, or its shape.

use std::sync::OnceLock;

use super::{
    named::named_plainly,
    negated_state::negated_states,
    number::{self, Quantity},
    text::{self, Mark, Raw},
};
use crate::{
    domain::kind::Kind,
    fallbacks::{Class, Concept, Entry, Lexicon, Word},
};

/// A word of the request, or an expression of several.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    /// As it was typed; for an expression, its words.
    pub text: String,
    pub lower: String,
    pub entry: Option<Entry>,
    pub shape: Shape,
    pub quoted: bool,
    /// "not ready": the negation went into the word.
    pub negated: bool,
    /// The word that was probably meant, when this one is not known.
    pub meant: Option<Entry>,
    /// What was typed, when this word was only guessed from it.
    pub guess: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    Number(Quantity),
    /// `2x`, `50%`: numerator and denominator; a percentage says so.
    Times {
        num: u32,
        den: u32,
        percent: bool,
    },
    /// `--tail=20`: name with dashes, value.
    Flag(String, Option<String>),
    /// `deploy/backend`.
    Path {
        kind: String,
        name: String,
    },
    Comma,
    Stop,
    QuestionMark,
    /// Decoration: emoji, dashes.
    Symbol,
}

impl Token {
    pub(super) fn word<'a>(&self, lexicon: &'a Lexicon) -> Option<&'a Word> {
        self.entry.map(|entry| lexicon.word(entry))
    }

    pub(super) fn is(&self, lexicon: &Lexicon, class: Class) -> bool {
        self.word(lexicon).is_some_and(|word| word.is(class))
    }

    pub(super) fn has(&self, lexicon: &Lexicon, concept: Option<Concept>) -> bool {
        concept.is_some_and(|concept| self.word(lexicon).is_some_and(|word| word.form_of(concept).is_some()))
    }

    /// Could be the name of something.
    pub(super) fn may_name(&self, lexicon: &Lexicon) -> bool {
        match &self.shape {
            Shape::Path { .. } => true,
            Shape::Word => match self.word(lexicon) {
                None => looks_like_name(&self.lower) && (self.quoted || !is_measured(&self.lower)),
                Some(word) => word.role.is_some() || (self.quoted && looks_like_name(&self.lower)),
            },
            // `deploy/3` needs no quotes; alone, a number is a name only in them.
            Shape::Number(_) => self.quoted,
            _ => false,
        }
    }
}

/// Not one small letter: then capitals tell nothing.
pub(super) fn are_shouted<'t>(tokens: impl IntoIterator<Item = &'t Token>) -> bool {
    !tokens.into_iter().any(|token| token.text.chars().any(|c| c.is_ascii_lowercase()))
}

/// `256mi`, `500m`, `1gb`: an amount of cpu or memory, before it is anybody's name.
fn is_measured(lower: &str) -> bool {
    let unit = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    unit.len() < lower.len() && matches!(unit, "m" | "ki" | "mi" | "gi" | "ti" | "kib" | "mib" | "gib" | "mb" | "gb" | "g")
}

/// Letters, digits, hyphens and dots, with a letter somewhere: what Kubernetes lets a name be (RFC 1123), and underscores
/// and slashes, which people type.
pub(super) fn looks_like_name(lower: &str) -> bool {
    lower.chars().any(|c| c.is_ascii_alphabetic())
        && lower
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_' | '/'))
}

/// Tokens of a request.
pub(super) fn tokens(raws: &[Raw], lexicon: &Lexicon) -> Vec<Token> {
    let words = spread(raws, lexicon);
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let plain = |n: usize| words.get(at + 1 + n).filter(|w| w.mark == Mark::Word).map(|w| w.lower.as_str());
        if word.mark == Mark::Word
            && let Some((entry, length)) = lexicon.expression(&word.lower, plain)
        {
            let last = words.get(at + length - 1).unwrap_or(word);
            let text = words.get(at..at + length).unwrap_or_default();
            let text = text.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
            tokens.push(Token {
                start: word.start,
                end: last.end,
                lower: lexicon.word(entry).text.clone(),
                text,
                entry: Some(entry),
                shape: Shape::Word,
                quoted: false,
                negated: false,
                meant: None,
                guess: None,
            });
            at += length;
            continue;
        }
        tokens.push(token(word, lexicon));
        at += 1;
    }
    for n in 1..tokens.len() {
        // `-n nope`: what a flag takes is a name, whatever else the word means.
        let flagged = tokens.get(n - 1).is_some_and(|flag| {
            matches!(&flag.shape, Shape::Flag(name, None) if matches!(name.as_str(), "-n" | "--namespace" | "--ns" | "--context" | "--kube-context"))
        });
        if let Some(token) = tokens.get_mut(n).filter(|token| flagged && token.shape == Shape::Word) {
            token.entry = None;
            token.meant = None;
            token.quoted = true;
        }
    }
    named_plainly(&mut tokens, lexicon);
    number::numbers(&mut tokens, lexicon);
    negated_states(&mut tokens, lexicon);
    tokens
}

/// A word on its way to a token.
#[derive(Clone, Debug)]
struct Spread {
    text: String,
    lower: String,
    start: usize,
    end: usize,
    mark: Mark,
}

/// Contractions become their words, glued words come apart.
fn spread(raws: &[Raw], lexicon: &Lexicon) -> Vec<Spread> {
    let mut words = Vec::with_capacity(raws.len() + 4);
    for raw in raws {
        let lower = raw.text.to_lowercase().replace(['’', '‘', '`'], "'");
        for part in apart(&lower, &raw.text, raw.mark, lexicon) {
            words.push(Spread {
                lower: part.to_lowercase(),
                text: part,
                start: raw.start,
                end: raw.end,
                mark: raw.mark,
            });
        }
    }
    words
}

fn apart(lower: &str, text: &str, mark: Mark, lexicon: &Lexicon) -> Vec<String> {
    let whole = || vec![text.to_owned()];
    let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    if !matches!(mark, Mark::Word | Mark::Quoted) {
        return vec![String::new()];
    }
    if text::assigns(text) && text.contains(['\'', '`', '’']) {
        return whole();
    }
    if let Some(words) = lexicon.contraction(lower) {
        return words.to_vec();
    }
    if matches!(lower, "->" | "=>" | "→" | "=" | "-->" | "==") {
        return owned(&["to"]);
    }
    if let Some((head, tail)) = lower.split_once('\'') {
        return match (head, tail) {
            ("won", "t") => owned(&["will", "not"]),
            ("can", "t") => owned(&["can", "not"]),
            ("let", "s") => owned(&["let", "us"]),
            (
                "what" | "it" | "that" | "there" | "how" | "where" | "who" | "why" | "he" | "she" | "everything" | "anything" | "something"
                | "here",
                "s",
            ) => owned(&[head, "is"]),
            (_, "t") if head.ends_with('n') => owned(&[head.trim_end_matches('n'), "not"]),
            (_, "ll") => owned(&[head, "will"]),
            (_, "d") => owned(&[head, "would"]),
            (_, "ve") => owned(&[head, "have"]),
            (_, "re") => owned(&[head, "are"]),
            (_, "m") => owned(&[head, "am"]),
            (_, "s" | "") => vec![text.chars().take(head.chars().count()).collect()],
            _ => whole(),
        };
    }
    if lexicon.find(lower).is_some() {
        return whole();
    }
    if let Some((name, value)) = text.split_once('=')
        && !name.starts_with('-')
        && lexicon
            .find(&name.to_lowercase())
            .map(|entry| lexicon.word(entry))
            .is_some_and(|word| names_a_value(word, lexicon))
        && name.chars().all(|c| c.is_ascii_lowercase())
    {
        return owned(&[name, "to", value]);
    }
    // `3replicas`, `20lines`
    let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0
        && let (Some(number), Some(unit)) = (lower.get(..digits), lower.get(digits..))
        && unit.len() > 2
        && lexicon.find(unit).is_some_and(|entry| !lexicon.word(entry).concepts.is_empty())
    {
        return owned(&[number, unit]);
    }
    if let Some((one, two)) = lower.split_once('-')
        && [one, two]
            .iter()
            .all(|part| lexicon.find(part).is_some_and(|entry| lexicon.word(entry).number.is_some()))
    {
        return owned(&[one, two]);
    }
    whole()
}

/// `replicas=3`, `image=x:2`, `namespace=todo`: the name of a value, not of a variable.
fn names_a_value(word: &Word, lexicon: &Lexicon) -> bool {
    ["replica", "image", "version", "kind namespaces"]
        .iter()
        .any(|name| lexicon.concept(name).is_some_and(|concept| word.form_of(concept).is_some()))
}

fn token(word: &Spread, lexicon: &Lexicon) -> Token {
    let shape = match word.mark {
        Mark::Comma => Shape::Comma,
        Mark::Stop => Shape::Stop,
        Mark::Question => Shape::QuestionMark,
        Mark::Word | Mark::Quoted => shape(&word.text, &word.lower),
    };
    let quoted = word.mark == Mark::Quoted;
    // What stands in quotes is a name or a value, whatever else the word means; only a role is still looked for by it.
    let entry = match &shape {
        Shape::Word | Shape::Symbol => find(&word.lower, lexicon).filter(|entry| !quoted || lexicon.word(*entry).role.is_some()),
        _ => None,
    };
    let shape = match (shape, entry) {
        (Shape::Symbol, Some(_)) => Shape::Word,
        (shape, _) => shape,
    };
    let unknown = entry.is_none() && shape == Shape::Word && word.mark == Mark::Word;
    Token {
        start: word.start,
        end: word.end,
        meant: unknown.then(|| lexicon.mend(&word.lower)).flatten(),
        text: word.text.clone(),
        lower: word.lower.clone(),
        entry,
        shape,
        quoted,
        negated: false,
        guess: None,
    }
}

/// The word itself, or without its hyphens: `re-start`.
fn find(lower: &str, lexicon: &Lexicon) -> Option<Entry> {
    lexicon.find(lower).or_else(|| {
        (lower.contains('-') && !lower.ends_with('-'))
            .then(|| lexicon.find(&lower.replace('-', "")))
            .flatten()
    })
}

fn shape(text: &str, lower: &str) -> Shape {
    if let Some(quantity) = number::quantity(lower) {
        return Shape::Number(quantity);
    }
    if let Some(times) = number::times(lower) {
        return times;
    }
    if let Some(rest) = text.strip_prefix('-')
        && rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return match text.split_once('=') {
            Some((name, value)) => Shape::Flag(name.to_owned(), Some(value.trim_matches(['"', '\'']).to_owned())),
            None => Shape::Flag(text.to_owned(), None),
        };
    }
    if let Some((kind, name)) = lower.split_once('/')
        && names_kind(kind)
        && !name.is_empty()
        && !name.contains(['/', ':', '='])
    {
        return Shape::Path {
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Shape::Symbol;
    }
    Shape::Word
}

/// A kind as kubectl takes it: name, plural, short name, or with its group (`certificates.cert-manager.io`).
fn names_kind(word: &str) -> bool {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    let known = KINDS.get_or_init(Kind::well_known);
    known
        .iter()
        .any(|kind| kind.plural == word || kind.kind.eq_ignore_ascii_case(word) || kind.short_names.iter().any(|short| short == word))
        || (word.contains('.') && !word.starts_with('.') && looks_like_name(word) && word.split('.').count() > 2)
}
