//! What a request says is to be left as it is: "… and don't touch the frontend", "leaving the api alone", "and nothing else".
//!
//! Such a promise is kept by doing nothing about it, so it is taken out of the request: what is to be done is then understood
//! to the letter. The second half looks whether what is to be done would break the promise after all.

use super::{
    mood,
    token::{self, Shape, Token},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Concept, Form, Playbooks},
};

/// What is to be left as it is, and where in the request that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spared {
    pub names: Vec<String>,
    /// "nothing else", "leave the rest alone".
    pub rest: bool,
    /// "everything except api": what is not meant, and nothing is done to anyway.
    pub excepted: bool,
    /// Bytes of the request.
    pub start: usize,
    pub end: usize,
}

/// The slots of a reading that hold what is to be left as it is begin with this.
pub(super) const SPARED_SLOT: &str = "spared.";

/// The names of the objects that must not be changed.
pub(super) fn names(slots: &std::collections::BTreeMap<String, SlotMention>) -> Vec<&str> {
    let kept = slots.iter().filter(|(slot, _)| slot.starts_with(SPARED_SLOT));
    kept.filter_map(|(_, mention)| match mention {
        SlotMention::Name { said, .. } => Some(said.as_str()),
        _ => None,
    })
    .collect()
}

/// What is said to who wants all but some.
pub(super) const NAME_EACH: &str = "Of a whole nothing can be left out: name each that is meant";

/// "Show pods but not those of the frontend": what is named is what is not wanted.
pub(super) fn leaves_some_out(text: &str) -> bool {
    const OUT: [&str; 5] = [
        "but not of ",
        "but not from ",
        "but not the ones of ",
        "but not those from ",
        "not those of ",
    ];
    let lower = text.to_lowercase();
    OUT.iter().any(|out| lower.contains(out))
}

/// Something was left out of a whole.
pub(super) fn leaves_out(slots: &std::collections::BTreeMap<String, SlotMention>) -> bool {
    slots.contains_key(&format!("{SPARED_SLOT}excepted"))
}

impl Spared {
    pub(super) fn holds(&self, token: &Token) -> bool {
        (self.start..self.end).contains(&token.start)
    }

    /// As slots of a reading; `from` is the number of the first.
    pub(super) fn slots(&self, from: usize) -> Vec<(String, SlotMention)> {
        let name = |(n, said): (usize, &String)| {
            let said = said.clone();
            (format!("{SPARED_SLOT}{}", from + n), SlotMention::Name { said, kind: None })
        };
        let flag = |name: &str| (format!("{SPARED_SLOT}{name}"), SlotMention::Flag(true));
        let rest = self.rest.then(|| flag("rest"));
        let excepted = self.excepted.then(|| flag("excepted"));
        self.names.iter().enumerate().map(name).chain(rest).chain(excepted).collect()
    }
}

/// Negations that forbid. "Can't you restart it" and "why not" ask for it.
const FORBIDS: [&str; 13] = [
    "not",
    "never",
    "do not",
    "should not",
    "must not",
    "but not",
    "without",
    "avoid",
    "avoiding",
    "refrain from",
    "dnt",
    "donot",
    "nothing else",
];

/// Where in `tokens` a promise begins that goes to their end, when something that is none stands before it.
pub(super) fn begins(tokens: &[Token], playbooks: &Playbooks) -> Option<usize> {
    let lexicon = playbooks.lexicon();
    if read(tokens, playbooks).is_some() {
        return None;
    }
    let opens = |token: &Token| is_forbidding(token, playbooks) || leaves(token, playbooks) || token.lower == "but";
    (1..tokens.len()).find(|&n| {
        let rest = tokens.get(n..).unwrap_or_default();
        // "should be left alone": the name stands in front.
        let led = n
            .checked_sub(1)
            .and_then(|p| tokens.get(p))
            .is_some_and(|p| p.is(lexicon, Class::Order));
        !led && rest.first().is_some_and(opens) && read(rest, playbooks).is_some()
    })
}

/// The promise that these words are, if they are nothing else.
pub(super) fn read(tokens: &[Token], playbooks: &Playbooks) -> Option<Spared> {
    let lexicon = playbooks.lexicon();
    let mut spared = Spared {
        start: tokens.first()?.start,
        end: tokens.last()?.end,
        ..Spared::default()
    };
    let (mut forbids, mut acts, mut leaves_it, mut alone) = (false, false, false, false);
    let mut joined = false;
    for token in tokens {
        let mut names = false;
        if is_forbidding(token, playbooks) && !forbids && !leaves_it {
            forbids = true;
            spared.rest |= token.is(lexicon, Class::Rest);
            acts |= spared.rest;
        } else if token.is(lexicon, Class::Spared) && leaves_it && !alone {
            alone = true;
        } else if leaves(token, playbooks) && !forbids && !leaves_it {
            leaves_it = true;
        } else if forbids && !acts && is_act(token, playbooks) {
            acts = true;
        } else if token.is(lexicon, Class::Rest) {
            spared.rest = true;
        } else if token.may_name(lexicon) && (acts || leaves_it || !forbids) && !token.lower.contains('=') {
            names = true;
            let said = match &token.shape {
                Shape::Path { name, .. } => name.clone(),
                _ => token.lower.clone(),
            };
            match spared.names.last_mut().filter(|_| joined) {
                Some(name) => *name = format!("{name} {said}"),
                None => spared.names.push(said),
            }
        } else if !is_light(token, acts, playbooks) {
            return None;
        }
        joined = names;
    }
    let promised = if leaves_it { alone } else { forbids && acts };
    (promised && (spared.rest || !spared.names.is_empty())).then_some(spared)
}

/// Words that leave something out of a whole.
const EXCEPTS: [&str; 9] = [
    "except",
    "but not",
    "excluding",
    "except for",
    "apart from",
    "other than",
    "save for",
    "but",
    "besides",
];

/// "everything except the api to 3": what is left out of a whole that stands before it, and how many tokens say so.
pub(super) fn exception(tokens: &[Token], playbooks: &Playbooks) -> Option<(usize, Spared, usize)> {
    let lexicon = playbooks.lexicon();
    let at = (1..tokens.len()).find(|&n| tokens.get(n).is_some_and(|token| EXCEPTS.contains(&token.lower.as_str())))?;
    let whole = |token: &Token| token.is(lexicon, Class::All) || (token.is(lexicon, Class::Every) && !token.lower.starts_with("any"));
    tokens.get(..at)?.iter().find(|token| whole(token))?;
    let (names, used) = leading_names(tokens.get(at + 1..)?, playbooks)?;
    let spared = Spared {
        names: vec![names],
        excepted: true,
        start: tokens.get(at)?.start,
        end: tokens.get(at + used)?.end,
        ..Spared::default()
    };
    Some((at, spared, used + 1))
}

/// The name that `tokens` begin with, its kind and article beside it, and how many of them that is.
pub(super) fn leading_names(tokens: &[Token], playbooks: &Playbooks) -> Option<(String, usize)> {
    let lexicon = playbooks.lexicon();
    let beside = |token: &Token| {
        matches!(token.lower.as_str(), "the" | "a" | "an" | "my" | "our")
            || token.is(lexicon, Class::Generic)
            || (token.word(lexicon).is_some_and(|word| word.kind.is_some()) && !token.is(lexicon, Class::Everywhere))
    };
    let small = [Class::Filler, Class::Grammar, Class::And, Class::Or, Class::Order, Class::Negation];
    let plain = |token: &Token| {
        let word = token.shape == Shape::Word && token::looks_like_name(&token.lower);
        word && !small.iter().any(|class| token.is(lexicon, *class))
    };
    let named = |token: &Token| (token.may_name(lexicon) || (plain(token) && !beside(token))) && !token.lower.contains('=');
    let used = tokens.iter().take_while(|token| beside(token) || named(token)).count();
    let words: Vec<&str> = tokens.iter().take(used).filter(|token| named(token)).map(bare).collect();
    (!words.is_empty()).then(|| (words.join(" "), used))
}

/// Without the kind before it.
fn bare(token: &Token) -> &str {
    match &token.shape {
        Shape::Path { name, .. } => name,
        _ => &token.lower,
    }
}

/// Only names: more of what the promise before it holds.
pub(super) fn goes_on(tokens: &[Token], playbooks: &Playbooks) -> Option<Vec<String>> {
    let lexicon = playbooks.lexicon();
    let light = |token: &&Token| is_light(token, false, playbooks) && !token.may_name(lexicon);
    let rest: Vec<&Token> = tokens.iter().filter(|token| !light(token)).collect();
    let named = !rest.is_empty() && rest.iter().all(|token| token.may_name(lexicon));
    named.then(|| vec![rest.iter().map(|token| token.lower.as_str()).collect::<Vec<_>>().join(" ")])
}

fn is_forbidding(token: &Token, playbooks: &Playbooks) -> bool {
    mood::is_negation(token, playbooks.lexicon()) && FORBIDS.contains(&token.lower.as_str())
}

/// "leave", "leaving", "keep".
fn leaves(token: &Token, playbooks: &Playbooks) -> bool {
    let lexicon = playbooks.lexicon();
    token.has(lexicon, lexicon.concept("leave")) || token.has(lexicon, lexicon.concept("keep"))
}

/// A verb of a change, built or not, or one that means any change ("touch").
fn is_act(token: &Token, playbooks: &Playbooks) -> bool {
    let lexicon = playbooks.lexicon();
    let touch = lexicon.concept("touch");
    let Some(word) = token.word(lexicon) else { return false };
    let changes = |concept: Concept| {
        let changing = playbooks.iter().filter(|playbook| playbook.changes());
        changing
            .flat_map(|playbook| &playbook.phrases)
            .flat_map(|phrase| &phrase.cues)
            .any(|cue| !cue.optional && cue.any.contains(&concept))
    };
    let verb = |(concept, form): &(Concept, Form)| *form != Form::Plain && (Some(*concept) == touch || changes(*concept));
    (word.wish.is_some() && word.kind.is_none()) || word.concepts.iter().any(verb)
}

/// Padding, articles, "the … deployment"; after a verb also the value that it would have had.
fn is_light(token: &Token, acts: bool, playbooks: &Playbooks) -> bool {
    let lexicon = playbooks.lexicon();
    match token.shape {
        Shape::Symbol | Shape::Comma => true,
        Shape::Number(_) | Shape::Times { .. } => acts,
        Shape::Word => {
            let is = |class: Class| token.is(lexicon, class);
            let kind = token.word(lexicon).is_some_and(|word| word.kind.is_some());
            let value = acts && (is(Class::Up) || is(Class::Down) || token.has(lexicon, lexicon.concept("replica")));
            !mood::is_negation(token, lexicon)
                && (is(Class::Filler)
                    || is(Class::Grammar)
                    || is(Class::Generic)
                    || is(Class::Order)
                    || is(Class::And)
                    || is(Class::Person))
                || (kind && !is(Class::Everywhere))
                || value
                || token.lower == "but"
                || matches!(token.lower.as_str(), "any" | "anything")
        }
        _ => false,
    }
}
