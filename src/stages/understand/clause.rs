//! One clause understood as well as it can be: as it was typed, or with typing errors mended.

use super::{
    attempt::{Attempt, attempts},
    environment,
    frame::Frame,
    mask::Mask,
    mood::{self, Manner},
    text::{Mark, Raw},
    token::{Shape, Token, are_shouted, tokens},
};
use crate::fallbacks::{Class, Form, Lexicon, Playbooks, SlotType};

/// A clause and what it was taken for.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub tokens: Vec<Token>,
    pub best: Option<Attempt>,
    /// Another playbook that explains as much.
    pub rival: Option<Attempt>,
    /// Joined by "and", a comma or "then" to what came before.
    pub linked: bool,
    /// It has no verb of its own, but that of the clause before: "… and frontend".
    pub elliptic: bool,
    /// Its tokens without what it took over from the clause before it.
    pub borrowed: Option<Vec<Token>>,
    /// Follows "or".
    pub alternative: bool,
    /// How the sentence that it belongs to is meant.
    pub manner: Manner,
    /// A condition ("if it is slow"), as bytes of the request. Nothing here waits for one.
    pub condition: Option<(usize, usize)>,
}

/// Readings of a change this near to each other are not told apart.
const MARGIN: i32 = 5;
const CORRECTION: i32 = 10;

impl Clause {
    pub(super) fn parse(tokens: Vec<Token>, playbooks: &Playbooks, manner: Manner) -> Self {
        let exact = Self::exact(tokens, playbooks, manner);
        if exact.is_complete() && !exact.best.as_ref().is_some_and(|best| best.doubtful) {
            return exact;
        }
        let Some((mended, corrections)) = mend(&exact.tokens, playbooks.lexicon()) else {
            return exact;
        };
        let mut mended = Self::exact(mended, playbooks, manner);
        if let Some(best) = &mut mended.best {
            best.score -= CORRECTION * corrections;
        }
        let doubted = exact.best.as_ref().is_some_and(|best| best.doubtful) && mended.is_complete();
        if doubted || (mended.is_clean() && mended.score() > exact.score()) {
            mended
        } else {
            exact
        }
    }

    fn exact(tokens: Vec<Token>, playbooks: &Playbooks, manner: Manner) -> Self {
        if tokens.len() > Mask::SIZE {
            return Self {
                tokens,
                best: None,
                rival: None,
                linked: false,
                elliptic: false,
                borrowed: None,
                alternative: false,
                manner,
                condition: None,
            };
        }
        let frame = Frame::new(tokens, playbooks.lexicon());
        let mut attempts = attempts(&frame, playbooks, manner.judging).into_iter();
        let best = attempts.next();
        let changes = |attempt: &Attempt| playbooks.at(attempt.playbook).is_some_and(crate::fallbacks::Playbook::changes);
        let rival = attempts.next().filter(|second| {
            best.as_ref().is_some_and(|best| {
                let margin = if changes(best) || changes(second) { MARGIN } else { 0 };
                best.is_clean()
                    && second.is_clean()
                    && best.missing.is_empty()
                    && second.missing.is_empty()
                    && best.score - second.score <= margin
                    && !best.doubtful
            })
        });
        Self {
            tokens: frame.tokens,
            best,
            rival,
            linked: false,
            elliptic: false,
            borrowed: None,
            alternative: false,
            manner,
            condition: None,
        }
    }

    /// Understood better with more words: its place in the request stays.
    pub(super) fn replace(&mut self, longer: Self) {
        *self = Self {
            linked: self.linked,
            elliptic: self.elliptic,
            alternative: self.alternative,
            // A condition never gets lost: nothing here waits for one.
            condition: self.condition.or(longer.condition),
            ..longer
        };
    }

    /// "sacle was taken for scale".
    pub(super) fn guesses(&self) -> Vec<String> {
        let one = |token: &Token| Some(format!("{} was taken for {}", token.guess.as_ref()?, token.text));
        let supposed = self.best.as_ref().and_then(|best| best.guess.clone());
        self.tokens.iter().filter_map(one).chain(supposed).collect()
    }

    pub(super) fn score(&self) -> i32 {
        self.best.as_ref().map_or(i32::MIN, |best| best.score)
    }

    /// Every word is explained.
    pub(super) fn is_clean(&self) -> bool {
        self.condition.is_none() && self.best.as_ref().is_some_and(Attempt::is_clean)
    }

    /// Whether its playbook takes a value of this type.
    pub(super) fn has_slot(&self, of: SlotType, playbooks: &Playbooks) -> bool {
        let playbook = self.best.as_ref().and_then(|best| playbooks.at(best.playbook));
        playbook.is_some_and(|playbook| playbook.slots.iter().any(|slot| slot.of == of))
    }

    /// Clean, and nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.is_clean() && self.best.as_ref().is_some_and(|best| best.missing.is_empty())
    }

    /// Begins as an order or a question does, and not with a name.
    pub(super) fn begins_anew(tokens: &[Token], lexicon: &Lexicon) -> bool {
        let Some(first) = tokens.iter().find(|token| !mood::is_padding(token, lexicon)) else {
            return false;
        };
        let Some(word) = first.word(lexicon) else { return false };
        // "unset FOO, DEBUG on backend"
        let shouting = are_shouted(tokens);
        let next = tokens.iter().skip_while(|token| token.start != first.start).nth(1);
        if environment::looks_like_variable(first, shouting)
            && next.is_some_and(|token| ["on", "from", "of", "in", "for", "to"].contains(&token.lower.as_str()))
        {
            return false;
        }
        if environment::looks_like_variable(first, false) && word.concepts.iter().all(|(_, form)| *form == Form::Plain) {
            return false;
        }
        word.is(Class::Order)
            || word.is(Class::Asking)
            || word.is(Class::Doing)
            || word.is(Class::Question)
            || word.is(Class::Hypothesis)
            || word.is(Class::Wondering)
            || word.is(Class::Negation)
            || (word.wish.is_some() && word.kind.is_none())
            || word.orders()
    }

    /// Nothing but padding.
    pub(super) fn is_padding(tokens: &[Token], lexicon: &Lexicon) -> bool {
        let says_nothing = |token: &Token| {
            let is = |class: Class| token.shape == Shape::Word && token.is(lexicon, class);
            mood::is_padding(token, lexicon) || is(Class::Order)
        };
        let leans = |token: &Token| token.is(lexicon, Class::Grammar) || token.is(lexicon, Class::It) || token.is(lexicon, Class::Person);
        tokens.iter().all(says_nothing)
            || (tokens.iter().any(says_nothing) && tokens.iter().all(|token| says_nothing(token) || leans(token)))
    }
}

/// The tokens with typing errors mended, each with what was typed, and the number of new ones. Names, roles and tools are never what an error is mended to.
fn mend(unsure: &[Token], lexicon: &Lexicon) -> Option<(Vec<Token>, i32)> {
    let mut guesses: Vec<(usize, String)> = Vec::new();
    let mut corrections = 0;
    let mut raws = Vec::with_capacity(unsure.len());
    for (n, token) in unsure.iter().enumerate() {
        let raw = |text: &str, mark: Mark| Raw {
            text: text.to_owned(),
            start: token.start,
            end: token.end,
            mark,
        };
        match token.shape {
            Shape::Comma => raws.push(raw("", Mark::Comma)),
            Shape::Stop => raws.push(raw("", Mark::Stop)),
            Shape::QuestionMark => raws.push(raw("", Mark::Question)),
            Shape::Word if token.entry.is_none() && !token.quoted => {
                let announced = n
                    .checked_sub(1)
                    .and_then(|p| unsure.get(p))
                    .is_some_and(|p| matches!(p.lower.as_str(), "to" | "by"));
                let number = announced.then(|| lexicon.correct_number(&token.lower)).flatten();
                let meant = number.or(token.meant).map(|entry| lexicon.word(entry));
                if meant.is_some() {
                    corrections += 1;
                    guesses.push((token.start, token.text.clone()));
                }
                raws.push(raw(meant.map_or(&token.text, |word| &word.text), Mark::Word));
            }
            _ => {
                let mark = if token.quoted { Mark::Quoted } else { Mark::Word };
                raws.extend(token.text.split(' ').map(|word| raw(word, mark)));
            }
        }
    }
    guesses.extend(unsure.iter().filter_map(|token| Some((token.start, token.guess.clone()?))));
    let mut mended = tokens(&raws, lexicon);
    for token in &mut mended {
        token.guess = guesses
            .iter()
            .find(|(start, _)| (token.start..token.end).contains(start))
            .map(|(_, typed)| typed.clone());
    }
    (corrections > 0).then_some((mended, corrections))
}
