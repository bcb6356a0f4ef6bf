//! Words that may be the name of something, and where in the clause they stand.

use super::{
    environment::is_upper,
    frame::Frame,
    mask::Mask,
    token::{Shape, Token, are_shouted},
};
use crate::{
    domain::risk::Risk,
    fallbacks::{Class, Playbook, SlotType},
};

/// Neighbouring words that may name one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The name itself.
    pub mask: Mask,
    /// The name with the kind and the like beside it ("the backend deployment").
    pub whole: Mask,
    /// As it was said, in lower case.
    pub said: String,
    /// The kind that was said with it.
    pub kind: Option<String>,
    /// How much its place in the clause speaks for a name.
    weight: i32,
    /// It stands after "in".
    pub within: bool,
    /// It is nearly a word that we know.
    pub correctable: bool,
}

impl Group {
    /// "certificates", "certificates.cert-manager.io": the word for a kind that we do not know.
    pub(super) fn may_be_kind(&self, frame: &Frame<'_>) -> bool {
        let role = self
            .mask
            .first()
            .and_then(|n| frame.get(n))
            .is_some_and(|token| token.entry.is_some());
        !role
            && self.kind.is_none()
            && !self.said.contains([' ', '/'])
            && !self.within
            && (self.said.ends_with('s') || self.said.matches('.').count() > 1)
    }
}

/// The groups of words that nothing else explains, the likeliest name first.
pub(super) fn groups(frame: &Frame<'_>, explained: Mask, playbook: &Playbook) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut n = 0;
    while n < frame.tokens.len() {
        if explained.has(n) || !names(frame, n) {
            n += 1;
            continue;
        }
        let mut end = n + 1;
        while !explained.has(end) && names(frame, end) && !is_path(frame, end) && !is_path(frame, n) {
            end += 1;
        }
        groups.push(group(frame, n, end, explained, playbook));
        n = end;
    }
    if groups.is_empty()
        && let Some(n) = noun(frame, explained, playbook)
    {
        groups.push(group(frame, n, n + 1, explained, playbook));
    }
    if playbook.risk >= Risk::Destroy {
        groups.retain(|group| !is_variable(frame, group) && !is_inside(frame, group));
    }
    groups.sort_by_key(|group| -group.weight);
    groups
}

/// "Remove CACHE and PORT from …": a variable or key, and not the workload `cache`. Where all is in capitals, nothing is told by them.
fn is_variable(frame: &Frame<'_>, group: &Group) -> bool {
    let shouting = are_shouted(&frame.tokens);
    let capital = |n: usize| {
        let text = frame.get(n).map_or("", |token| token.text.as_str());
        text.len() > 1 && is_upper(text)
    };
    !shouting && (0..frame.tokens.len()).any(|n| group.mask.has(n) && capital(n))
}

/// "Remove all from configmap x": what is taken away is inside of it.
fn is_inside(frame: &Frame<'_>, group: &Group) -> bool {
    if group.kind.is_none() {
        return false;
    }
    let before = (0..group.whole.first().unwrap_or_default()).rev().find(|n| !frame.is_article(*n));
    let all_of = |n: usize| {
        frame.lower(n).starts_with("all of") || (frame.lower(n) == "of" && n.checked_sub(1).is_some_and(|p| frame.is(p, Class::All)))
    };
    before.is_some_and(|n| {
        all_of(n) || matches!(frame.lower(n), "from" | "in" | "into" | "inside" | "out of" | "on") || frame.lower(n).starts_with("from ")
    })
}

fn names(frame: &Frame<'_>, n: usize) -> bool {
    frame.get(n).is_some_and(|token| token.may_name(frame.lexicon))
}

fn is_path(frame: &Frame<'_>, n: usize) -> bool {
    matches!(frame.get(n).map(|token| &token.shape), Some(Shape::Path { .. }))
}

/// A word of the vocabulary where only a name can stand: "restart worker", "logs of events" after a kind ("deployment scale").
fn noun(frame: &Frame<'_>, explained: Mask, playbook: &Playbook) -> Option<usize> {
    if !playbook.slots.iter().any(|slot| slot.of.names_object() && slot.required) {
        return None;
    }
    // "delete deployment 3": a number that can be nothing else.
    let counts = playbook
        .slots
        .iter()
        .any(|slot| matches!(slot.of, SlotType::Count | SlotType::Number));
    (0..frame.tokens.len()).find(|&n| {
        !explained.has(n)
            && frame
                .previous(n)
                .is_some_and(|p| is_kind_of_workload(frame, p) && explained.without(Mask::one(p)) == explained)
            && frame.get(n).is_some_and(|token| {
                let means = |class: &Class| token.is(frame.lexicon, *class);
                let something = [Class::Content, Class::Doing, Class::Asking, Class::Setting].iter().any(means);
                let numbered = matches!(token.shape, Shape::Number(_)) && !counts && !is_plural(frame, n - 1);
                numbered || (token.shape == Shape::Word && something && !token.text.contains(' '))
            })
    })
}

fn group(frame: &Frame<'_>, start: usize, end: usize, explained: Mask, playbook: &Playbook) -> Group {
    let mut whole = Mask::range(start..end);
    let (mut said, mut kind) = said(frame, start, end);
    let mut from = start;
    // "the deployment called backend", "backend app", "backend's pods"
    while let Some(p) = from
        .checked_sub(1)
        .filter(|&p| !explained.has(p) && belongs(frame, p, playbook, &mut kind))
    {
        whole = whole.with(Mask::one(p));
        from = p;
    }
    let mut after = end;
    while after < frame.tokens.len() && !explained.has(after) && belongs(frame, after, playbook, &mut kind) {
        // "the backend service" is the app, for what no Service can be; "service backend" is one.
        let generic = frame.is(after, Class::Generic) && !playbook.slots.iter().any(|slot| slot.of == SlotType::Object);
        if generic && from == start {
            kind = None;
        }
        whole = whole.with(Mask::one(after));
        after += 1;
    }
    if said.is_empty() {
        said = frame.text(Mask::range(start..end)).to_lowercase();
    }
    let correctable = (start..end).any(|n| {
        let meant = frame.get(n).and_then(|token| token.meant);
        meant
            .map(|entry| frame.lexicon.word(entry))
            .is_some_and(|word| word.is_content() || word.is(Class::All) || word.is(Class::Asking))
    });
    Group {
        mask: Mask::range(start..end),
        whole,
        said,
        kind,
        weight: weight(frame, start, from, after),
        within: within(frame, from),
        correctable,
    }
}

fn said(frame: &Frame<'_>, start: usize, end: usize) -> (String, Option<String>) {
    if let Some(Token {
        shape: Shape::Path { kind, name },
        ..
    }) = frame.get(start)
    {
        return (name.clone(), Some(kind.clone()));
    }
    let words: Vec<&str> = (start..end).map(|n| frame.lower(n)).collect();
    (words.join(" "), None)
}

/// A word that may stand beside a name: "app", or a kind that fits the slot.
fn belongs(frame: &Frame<'_>, n: usize, playbook: &Playbook, kind: &mut Option<String>) -> bool {
    let Some(token) = frame.get(n) else { return false };
    if token.shape != Shape::Word {
        return false;
    }
    let any = playbook
        .slots
        .iter()
        .any(|slot| slot.of == SlotType::Object || slot.of.names_docker());
    let listed = playbook.slots.iter().any(|slot| slot.of == SlotType::Kind);
    if let Some(index) = token.word(frame.lexicon).and_then(|word| word.kind)
        && !listed
        && (any || is_kind_of_workload(frame, n))
    {
        let plural = frame.lexicon.kinds.get(usize::from(index)).cloned();
        *kind = kind.clone().or(plural);
        return true;
    }
    token.is(frame.lexicon, Class::Generic) || matches!(frame.lower(n), "called" | "named")
}

/// Kinds that people name when they mean a workload or its pods.
pub(super) fn is_kind_of_workload(frame: &Frame<'_>, n: usize) -> bool {
    frame
        .get(n)
        .and_then(|token| token.word(frame.lexicon))
        .and_then(|word| word.kind)
        .and_then(|kind| frame.lexicon.kinds.get(usize::from(kind)))
        .is_some_and(|plural| {
            matches!(
                plural.as_str(),
                "pods" | "deployments" | "statefulsets" | "daemonsets" | "replicasets" | "services"
            )
        })
}

/// "secret app-secrets", "the backend deployment": the kind of one object, and none to be listed.
pub(super) fn is_of_one(frame: &Frame<'_>, n: usize) -> bool {
    if is_plural(frame, n) {
        return false;
    }
    let mut after = n + 1;
    while matches!(frame.lower(after), "called" | "named") {
        after += 1;
    }
    let one = frame.lower(n) == "deployment"
        || frame.lower(n) == "deploy"
        || frame.has(n, "kind statefulsets")
        || frame.has(n, "kind daemonsets");
    names(frame, after) || (one && n > 0 && names(frame, n - 1))
}

/// The kind that this word says of one object.
pub(super) fn kind_of_one(frame: &Frame<'_>, n: usize) -> Option<String> {
    let kind = frame.get(n)?.word(frame.lexicon)?.kind?;
    let plural = frame.lexicon.kinds.get(usize::from(kind)).cloned();
    plural.filter(|_| !is_plural(frame, n))
}

fn is_plural(frame: &Frame<'_>, n: usize) -> bool {
    let word = frame.lower(n);
    word.len() > 3 && word.ends_with('s') && !word.ends_with("ss")
}

fn within(frame: &Frame<'_>, from: usize) -> bool {
    frame
        .previous(from)
        .is_some_and(|p| matches!(frame.lower(p), "in" | "inside" | "within"))
        && frame.get(from).is_some_and(|token| !matches!(token.shape, Shape::Path { .. }))
}

fn weight(frame: &Frame<'_>, start: usize, from: usize, after: usize) -> i32 {
    let own = match frame.get(start) {
        Some(token) if matches!(token.shape, Shape::Path { .. }) => 100,
        Some(token) if token.quoted => 15,
        Some(token) if token.entry.is_some() => 10,
        _ => 0,
    };
    let beside = i32::from(from < start || after > start + 1) * 5;
    let place = match frame.previous(from) {
        None => 20,
        Some(p) if matches!(frame.lower(p), "of" | "for") => 30,
        Some(p) if matches!(frame.lower(p), "on" | "to" | "from" | "about") => 20,
        Some(p) if matches!(frame.lower(p), "in" | "inside" | "within") => 10,
        Some(p) if frame.is_preposition(p) => 5,
        Some(_) => 25,
    };
    own + beside + place
}

/// "Make a configmap x with A=1": what stands behind the kind is what a new one gets.
pub(super) fn is_made_with(frame: &Frame<'_>, values: Mask) -> bool {
    // "we need" is one expression.
    let wants = |lower: &str| matches!(lower.rsplit(' ').next(), Some("make" | "need" | "needs" | "want" | "wants"));
    let makes = |n: usize| ["add", "create"].iter().any(|verb| frame.has(n, verb)) || wants(frame.lower(n));
    let kind = first_kind(frame).zip(values.first());
    (0..frame.tokens.len()).any(makes) && kind.is_some_and(|(kind, first)| kind < first)
}

/// "Add A=1 to the configmap x": what stands before the kind is for one that is there.
pub(super) fn is_put_into(frame: &Frame<'_>, values: Mask) -> bool {
    let adds = (0..frame.tokens.len()).any(|n| frame.has(n, "add") || frame.lower(n) == "put");
    adds && first_kind(frame).zip(values.first()).is_some_and(|(kind, first)| first < kind)
}

fn first_kind(frame: &Frame<'_>) -> Option<usize> {
    (0..frame.tokens.len()).find(|n| is_kind(frame, *n))
}

pub(super) fn is_kind(frame: &Frame<'_>, n: usize) -> bool {
    let word = frame.get(n).and_then(|token| token.word(frame.lexicon));
    word.is_some_and(|word| word.kind.is_some())
}
