//! A request cut at its separators, and what it promises to leave alone taken out.

use super::{
    clause::Clause,
    environment::looks_like_variable,
    mood::{self, Manner},
    spare::{self, Spared},
    token::{Shape, Token, are_shouted},
};
use crate::fallbacks::{Class, Lexicon, Playbooks};

/// Tokens between two separators.
#[derive(Clone)]
pub(super) struct Segment {
    pub tokens: Vec<Token>,
    /// Joined by "and" or a comma, and not by "then" or a full stop.
    pub weak: bool,
    /// Joined by a comma.
    pub comma: bool,
    /// Joined by "and", a comma or "then" to what came before, in one sentence.
    pub linked: bool,
    pub alternative: bool,
    pub manner: Manner,
    pub condition: Option<(usize, usize)>,
}

/// Sentences at full stops, question marks and "then"; segments of them at commas, "and" and "or".
pub(super) fn segments(tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Segment> {
    let ends = |token: &Token| matches!(token.shape, Shape::Stop | Shape::QuestionMark) || token.is(lexicon, Class::Then);
    let mut segments = Vec::new();
    let mut linked = false;
    for sentence in tokens.split_inclusive(ends) {
        let manner = mood::manner(sentence, lexicon);
        let mut segment = Segment::new(false, false, manner);
        segment.linked = linked;
        linked = sentence
            .last()
            .is_some_and(|token| token.shape == Shape::Word && token.is(lexicon, Class::Then));
        for token in sentence.iter().filter(|token| !ends(token)) {
            let alternative = token.is(lexicon, Class::Or);
            if token.shape != Shape::Comma && !alternative && !token.is(lexicon, Class::And) {
                segment.tokens.push(token.clone());
            } else if segment.tokens.is_empty() {
                segment.alternative |= alternative;
            } else {
                let next = Segment {
                    comma: token.shape == Shape::Comma,
                    ..Segment::new(true, alternative, manner)
                };
                segments.push(std::mem::replace(&mut segment, next));
            }
        }
        segments.push(segment);
    }
    let mut segments = gathered(segments);
    for segment in &mut segments {
        drop_reason(&mut segment.tokens, lexicon);
        segment.condition = take_condition(&mut segment.tokens, lexicon);
    }
    segments
}

impl Segment {
    const fn new(weak: bool, alternative: bool, manner: Manner) -> Self {
        Self {
            tokens: Vec::new(),
            weak,
            comma: false,
            linked: weak,
            alternative,
            manner,
            condition: None,
        }
    }
}

/// "set A=1 on backend and B=2 and C=3 on frontend": what stands between two names belongs to the second.
fn gathered(segments: Vec<Segment>) -> Vec<Segment> {
    let shouting = are_shouted(segments.iter().flat_map(|segment| &segment.tokens));
    let is_variable = |token: &Token| token.text.contains('=') || looks_like_variable(token, shouting);
    let names_behind = |segment: &Segment| {
        let last = segment.tokens.iter().rposition(is_variable);
        last.is_some_and(|last| last + 1 < segment.tokens.len())
    };
    let is_bare = |token: &Token| !token.text.contains('=') && looks_like_variable(token, shouting);
    let is_number = |token: &Token| matches!(token.shape, Shape::Number(_));
    let mut gathered: Vec<Segment> = Vec::new();
    for mut segment in segments {
        // "API_KEY, DB_URL and TOKEN": names of objects have no underscore.
        if segment.weak
            && !segment.alternative
            && let (Some(first), Some(before)) = (segment.tokens.first(), gathered.last_mut())
            && let Some(last) = before.tokens.last()
            && is_bare(first)
            && is_bare(last)
            && (first.text.contains('_') || last.text.contains('_'))
        {
            before.tokens.append(&mut segment.tokens);
            continue;
        }
        // "revisions 4 and 5": a number of the same.
        if segment.weak
            && segment.tokens.first().is_some_and(is_number)
            && let Some(before) = gathered.last_mut()
            && let [.., of, last] = before.tokens.as_slice()
            && ["revision", "revisions", "version", "versions"].contains(&of.lower.as_str())
            && is_number(last)
        {
            before.tokens.append(&mut segment.tokens);
            continue;
        }
        let leads = segment.weak && !segment.alternative && segment.tokens.first().is_some_and(is_variable);
        while leads
            && let [.., named, waiting] = gathered.as_slice()
            && names_behind(named)
            && !waiting.alternative
            && !waiting.tokens.is_empty()
            && waiting.tokens.iter().all(is_variable)
            && let Some(waiting) = gathered.pop()
        {
            segment.tokens = [waiting.tokens, segment.tokens].concat();
            segment.comma = waiting.comma;
        }
        gathered.push(segment);
    }
    gathered
}

/// "because it hangs": a reason is no order. One that holds a condition, a negation or a number is not dropped, and so
/// remains unexplained.
fn drop_reason(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let Some(start) = tokens.iter().position(|token| token.is(lexicon, Class::Reason)) else {
        return;
    };
    let harmless = tokens.get(start..).unwrap_or_default().iter().all(|token| {
        !token.is(lexicon, Class::Negation)
            && !token.is(lexicon, Class::Hypothesis)
            && !matches!(
                token.lower.as_str(),
                "if" | "when" | "until" | "unless" | "after" | "before" | "whenever" | "tomorrow" | "later"
            )
            && !matches!(token.shape, Shape::Number(_) | Shape::Flag(..) | Shape::Path { .. })
    });
    if harmless {
        tokens.truncate(start);
    }
}

/// Cuts "if it is slow" off, to be told as what nothing explains.
fn take_condition(tokens: &mut Vec<Token>, lexicon: &Lexicon) -> Option<(usize, usize)> {
    let asked = |n: usize| {
        n.checked_sub(1)
            .and_then(|n| tokens.get(n))
            .is_none_or(|token| token.is(lexicon, Class::Asking) || token.is(lexicon, Class::Me))
    };
    // "restart it once": how often, and not when.
    let how_often = |n: usize| n + 1 == tokens.len() && tokens.get(n).is_some_and(|token| token.lower == "once");
    let at = (0..tokens.len())
        .find(|&n| !asked(n) && !how_often(n) && tokens.get(n).is_some_and(|token| token.is(lexicon, Class::Condition)))?;
    let range = (tokens.get(at)?.start, tokens.last()?.end);
    tokens.truncate(at);
    Some(range)
}

/// Promises to leave something alone, apart from what is to be done. Without anything to be done, or where it is not clear how
/// far a promise goes, all stays together.
pub(super) fn set_apart(segments: Vec<Segment>, playbooks: &Playbooks) -> (Vec<Segment>, Vec<Spared>) {
    let lexicon = playbooks.lexicon();
    let negated = segments
        .iter()
        .flat_map(|segment| &segment.tokens)
        .any(|token| mood::is_negation(token, lexicon) || token.has(lexicon, lexicon.concept("exclusion")));
    if !negated {
        return (segments, Vec::new());
    }
    match apart(&segments, playbooks) {
        Some(found) => found,
        None => (segments, Vec::new()),
    }
}

fn apart(segments: &[Segment], playbooks: &Playbooks) -> Option<(Vec<Segment>, Vec<Spared>)> {
    let lexicon = playbooks.lexicon();
    let mut meant: Vec<Segment> = Vec::new();
    let mut spared: Vec<Spared> = Vec::new();
    let mut goes_on = false;
    for mut segment in segments.iter().flat_map(|segment| split(segment, playbooks)) {
        if segment.condition.is_none()
            && let Some((at, exception, length)) = spare::exception(&segment.tokens, playbooks)
        {
            segment.tokens.drain(at..at + length);
            spared.push(exception);
            goes_on = true;
            meant.push(segment);
            continue;
        }
        // "everything except api and worker to 3": another name, and what is said of the whole.
        if goes_on
            && segment.weak
            && !segment.alternative
            && let Some(promise) = spared.last_mut().filter(|promise| promise.excepted)
            && let Some((name, used)) = spare::leading_names(&segment.tokens, playbooks)
            && !Clause::begins_anew(&segment.tokens, lexicon)
            && let Some(last) = segment.tokens.get(used - 1)
        {
            promise.names.push(name);
            promise.end = last.end;
            meant.last_mut()?.tokens.extend(segment.tokens.drain(used..));
            continue;
        }
        let asked = segment.manner.asks || segment.manner.doubts || segment.condition.is_some();
        if let Some(promise) = spare::read(&segment.tokens, playbooks).filter(|_| !asked) {
            spared.push(promise);
            goes_on = true;
            continue;
        }
        if goes_on && segment.weak && !Clause::is_padding(&segment.tokens, lexicon) {
            if !Clause::begins_anew(&segment.tokens, lexicon) {
                // "don't touch the frontend or payments" names more of it; anything else may belong to either side.
                let names = spare::goes_on(&segment.tokens, playbooks)?;
                let promise = spared.last_mut()?;
                promise.names.extend(names);
                promise.end = segment.tokens.last()?.end;
                continue;
            }
            // "don't scale the backend and restart the frontend": is that forbidden too?
            if !segment.comma {
                return None;
            }
        }
        goes_on = false;
        meant.push(segment);
    }
    let says = |segment: &Segment| !Clause::is_padding(&segment.tokens, lexicon);
    (!spared.is_empty() && meant.iter().any(says)).then_some((meant, spared))
}

/// "scale backend to 5 but leave frontend alone": at the promise that it ends with.
fn split(segment: &Segment, playbooks: &Playbooks) -> Vec<Segment> {
    let Some(at) = spare::begins(&segment.tokens, playbooks) else {
        return vec![segment.clone()];
    };
    let (mut before, mut after) = (segment.clone(), segment.clone());
    before.tokens.truncate(at);
    after.tokens.drain(..at);
    after.weak = true;
    after.alternative = false;
    vec![before, after]
}
