//! One clause taken apart: its tokens, and everything in them that has the shape of a value.

use super::{
    amount::{self, Count},
    environment, image,
    mask::Mask,
    number::Quantity,
    place, span,
    token::{Shape, Token},
};
use crate::{
    domain::intent::EnvChange,
    fallbacks::{Class, Concept, Lexicon},
};

/// Something that was said, and the tokens that said it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<T> {
    pub mask: Mask,
    pub value: T,
}

/// A clause with all that could fill a slot, whatever the playbook.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub lexicon: &'a Lexicon,
    pub tokens: Vec<Token>,
    pub namespace: Option<Found<String>>,
    pub context: Option<Found<String>>,
    pub everywhere: Option<Found<()>>,
    pub container: Option<Found<String>>,
    pub selector: Option<Found<String>>,
    /// "in this namespace": where one is anyway.
    pub here: Option<Mask>,
    pub counts: Vec<Found<Count>>,
    /// More, fewer, or not said: 1, -1, 0.
    pub way: i32,
    /// "from 2" in "from 2 to 5".
    pub count_before: Option<Found<u64>>,
    pub spans: Vec<Found<u64>>,
    /// Numbers with "lines" or "last".
    pub lines: Vec<Found<Quantity>>,
    pub images: Vec<Found<String>>,
    pub env: Option<Found<Vec<EnvChange>>>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(tokens: Vec<Token>, lexicon: &'a Lexicon) -> Self {
        let mut frame = Self {
            lexicon,
            tokens,
            namespace: None,
            context: None,
            everywhere: None,
            container: None,
            selector: None,
            here: None,
            counts: Vec::new(),
            way: 0,
            count_before: None,
            spans: Vec::new(),
            lines: Vec::new(),
            images: Vec::new(),
            env: None,
        };
        place::find(&mut frame);
        span::find(&mut frame);
        amount::find(&mut frame);
        image::find(&mut frame);
        environment::find(&mut frame);
        frame
    }

    pub(super) fn get(&self, n: usize) -> Option<&Token> {
        self.tokens.get(n)
    }

    pub(super) fn is(&self, n: usize, class: Class) -> bool {
        self.get(n).is_some_and(|token| token.is(self.lexicon, class))
    }

    pub(super) fn has(&self, n: usize, concept: &str) -> bool {
        self.get(n)
            .is_some_and(|token| token.has(self.lexicon, self.lexicon.concept(concept)))
    }

    pub(super) fn lower(&self, n: usize) -> &str {
        self.get(n).map_or("", |token| token.lower.as_str())
    }

    /// The nearest token before `n` that is no article and no padding.
    pub(super) fn previous(&self, n: usize) -> Option<usize> {
        (0..n).rev().find(|&m| !self.is_article(m))
    }

    /// Articles, possessives, quantifiers and padding, which stand between a verb or a preposition and a name.
    pub(super) fn is_article(&self, n: usize) -> bool {
        matches!(
            self.lower(n),
            "the"
                | "a"
                | "an"
                | "teh"
                | "hte"
                | "my"
                | "our"
                | "your"
                | "this"
                | "that"
                | "these"
                | "those"
                | "its"
                | "their"
                | "his"
                | "her"
                | "some"
                | "same"
                | "called"
                | "named"
                | "current"
                | "existing"
                | "me"
                | "us"
                | "own"
                | "whole"
                | "entire"
                | "all"
                | "only"
        ) || (self.is(n, Class::Filler) && self.get(n).is_some_and(|token| token.shape == Shape::Word))
            || self.is(n, Class::Every)
            || matches!(self.get(n).map(|token| &token.shape), Some(Shape::Symbol))
    }

    pub(super) fn is_preposition(&self, n: usize) -> bool {
        matches!(
            self.lower(n),
            "of" | "for"
                | "fro"
                | "on"
                | "onto"
                | "in"
                | "inside"
                | "within"
                | "at"
                | "to"
                | "from"
                | "with"
                | "using"
                | "into"
                | "about"
                | "regarding"
                | "concerning"
                | "by"
                | "via"
                | "through"
                | "as"
                | "than"
        )
    }

    /// Somebody is asked or told: "show me", "for me", "let me", "give us".
    pub(super) fn previous_verb(&self, n: usize) -> bool {
        n > 0
            && (self.is(n - 1, Class::Asking)
                || self.is(n - 1, Class::Doing)
                || self.is(n - 1, Class::Order)
                || matches!(self.lower(n - 1), "for" | "let" | "to" | "with"))
    }

    /// "tell me if", "check whether": no condition, but what is asked.
    pub(super) fn wants_to_know(&self, n: usize) -> bool {
        matches!(self.lower(n), "if" | "whether" | "when") && n > 0 && (self.is(n - 1, Class::Asking) || self.is(n - 1, Class::Me))
    }

    /// "replicas", "copies", "pods": what a number may count.
    pub(super) fn is_replica(&self, n: usize) -> bool {
        self.has(n, "replica") || self.has(n, "kind pods")
    }

    /// A word of mood: what stands beside it may be the person who speaks.
    pub(super) fn says_how_meant(&self, n: usize) -> bool {
        [
            Class::Hypothesis,
            Class::Wondering,
            Class::Order,
            Class::Question,
            Class::Condition,
            Class::Negation,
        ]
        .iter()
        .any(|class| self.is(n, *class))
    }

    /// All concepts that the clause speaks of.
    pub(super) fn concepts(&self) -> impl Iterator<Item = Concept> + '_ {
        self.tokens
            .iter()
            .filter_map(|token| token.word(self.lexicon))
            .flat_map(|word| word.concepts.iter().map(|(concept, _)| *concept))
    }

    /// Positions of tokens with a concept.
    pub(super) fn positions(&self, concept: Concept) -> impl Iterator<Item = usize> + '_ {
        self.tokens
            .iter()
            .enumerate()
            .filter(move |(_, token)| token.has(self.lexicon, Some(concept)))
            .map(|(n, _)| n)
    }

    /// What was typed for these tokens.
    pub(super) fn text(&self, mask: Mask) -> String {
        (0..self.tokens.len())
            .filter(|&n| mask.has(n))
            .filter_map(|n| self.get(n))
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }
}
