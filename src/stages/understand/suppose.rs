//! Clauses that say what they are about, and not what is to be done with it: a name and a value alone ("backend 3"), and
//! questions whether something is so ("is the backend at 3?", "verify that it has 3 replicas").

use super::{
    attempt::{Attempt, Trial},
    clause::Clause,
    cues::Cues,
    environment::looks_like_variable,
    frame::Frame,
    mask::Mask,
    mood,
    token::{Shape, Token, are_shouted},
};
use crate::{
    domain::reading::SlotMention,
    fallbacks::{Class, Form, Lexicon, Phrase, Playbooks, SlotType},
};

/// Questions about what is, and not about what may be.
const ABOUT_NOW: [&str; 10] = ["is", "are", "was", "were", "does", "did", "has", "had", "is there", "are there"];

/// A better reading of a clause that is not understood, or that asks whether a change is so.
pub(super) fn again(clause: &mut Clause, playbooks: &Playbooks) {
    let lexicon = playbooks.lexicon();
    if clause.condition.is_some() || clause.tokens.len() > Mask::SIZE {
        return;
    }
    let says = |token: &&Token| !mood::is_padding(token, lexicon);
    let first = clause
        .tokens
        .iter()
        .find(says)
        .map(|token| token.lower.as_str())
        .unwrap_or_default();
    let asks = clause.manner.judging && ABOUT_NOW.contains(&first);
    if !clause.is_clean() {
        if let Some(shown) = variable_shown(&clause.tokens, playbooks, clause) {
            clause.replace(shown);
            return;
        }
        if let Some(named) = variable_in_words(&clause.tokens, playbooks, clause) {
            clause.replace(named);
            return;
        }
        let asked = after_asking(&clause.tokens, lexicon);
        let tokens = asked.unwrap_or(&clause.tokens).to_vec();
        let about = asked.is_some();
        let frame = Frame::new(tokens.clone(), lexicon);
        let best = supposed(&frame, playbooks).or_else(|| {
            let best = about.then(|| Clause::parse(tokens, playbooks, clause.manner).best).flatten()?;
            (best.is_clean() && best.missing.is_empty()).then_some(best)
        });
        let answer = best
            .as_ref()
            .filter(|_| asks || about)
            .and_then(|best| answered(best, &frame.tokens, playbooks));
        match (best, answer) {
            (_, Some(answer)) => clause.best = Some(answer),
            (Some(best), None) if !asks && !about => clause.best = Some(best),
            _ => {}
        }
    } else if asks
        && let Some(best) = clause.best.as_ref()
        && let Some(answer) = answered(best, &clause.tokens, playbooks)
    {
        clause.best = Some(answer);
    }
}

/// The one change that needs nothing but the values that were said: "backend 3", "frontend nginx:1.27". No verb says so.
fn supposed(frame: &Frame<'_>, playbooks: &Playbooks) -> Option<Attempt> {
    let cues = Cues {
        mask: Mask::EMPTY,
        score: 0,
        statement: false,
        light: false,
    };
    let mut found = playbooks
        .iter()
        .enumerate()
        // "backend nginx:1.27" may be anything on an engine.
        .filter(|(_, playbook)| playbook.domain != "docker")
        // Keys are a ConfigMap's where that is said.
        .filter(|(_, playbook)| playbook.slots.iter().all(|slot| slot.of != SlotType::Data))
        .filter(|(_, playbook)| playbook.changes())
        .filter_map(|(index, playbook)| {
            let needed =
                (0..playbook.slots.len()).filter(|n| playbook.slots.get(*n).is_some_and(|slot| slot.required && slot.preset.is_none()));
            let phrase = Phrase {
                text: String::new(),
                cues: Vec::new(),
                slots: needed.collect(),
            };
            // A name alone says nothing, and a value that is known by the word beside it says nothing without a verb.
            let led = |n: &usize| playbook.slots.get(*n).is_some_and(|slot| !slot.beside.is_empty());
            if phrase.slots.len() < 2 || phrase.slots.iter().any(led) {
                return None;
            }
            let trial = Trial {
                frame,
                playbooks,
                playbook,
                index,
                judging: false,
            };
            let attempt = trial.run(&phrase, &cues);
            let whole = attempt.is_clean() && attempt.missing.is_empty() && !attempt.doubtful;
            whole.then(|| Attempt {
                guess: Some(format!("no verb, taken for {}", playbook.name)),
                ..attempt
            })
        });
    let one = found.next()?;
    found.next().is_none().then_some(one)
}

/// "show LOG_LEVEL of backend", "what is LOG_LEVEL on backend?": what is told of all variables tells that of one.
fn variable_shown(tokens: &[Token], playbooks: &Playbooks, clause: &Clause) -> Option<Clause> {
    let lexicon = playbooks.lexicon();
    let first = tokens.iter().find(|token| !mood::is_padding(token, lexicon))?;
    if !first.is(lexicon, Class::Asking) && !first.is(lexicon, Class::Question) {
        return None;
    }
    let shouting = are_shouted(tokens);
    let variable = |token: &&Token| token.entry.is_none() && looks_like_variable(token, shouting);
    let [one] = tokens.iter().filter(variable).collect::<Vec<_>>()[..] else {
        return None;
    };
    let env = lexicon.find("env")?;
    let spoken = |token: &Token| {
        if token.start != one.start {
            return token.clone();
        }
        Token {
            lower: "env".to_owned(),
            entry: Some(env),
            meant: None,
            ..token.clone()
        }
    };
    let read = Clause::parse(tokens.iter().map(spoken).collect(), playbooks, clause.manner);
    let reads = read.best.as_ref().and_then(|best| playbooks.at(best.playbook));
    (read.is_clean() && reads.is_some_and(|playbook| !playbook.changes())).then_some(read)
}

/// "Set the log level of backend to debug": `LOG_LEVEL`, if it is a variable at all. It is asked about.
fn variable_in_words(tokens: &[Token], playbooks: &Playbooks, clause: &Clause) -> Option<Clause> {
    let lexicon = playbooks.lexicon();
    let verb = tokens
        .iter()
        .position(|token| !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Order))?;
    let sets = ["change", "update", "switch", "set", "put", "turn", "make"];
    let acts = tokens.get(verb)?;
    if !sets.iter().any(|name| acts.has(lexicon, lexicon.concept(name))) {
        return None;
    }
    let means_other = |token: &Token| {
        ["replica", "image", "version", "kind pods", "amount"]
            .iter()
            .any(|name| token.has(lexicon, lexicon.concept(name)))
    };
    let word = |n: usize| {
        tokens.get(n).is_some_and(|token| {
            let plain = token.shape == Shape::Word && token.text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ' || b == b'_');
            let points = token.is(lexicon, Class::It) || token.is(lexicon, Class::Them) || token.is(lexicon, Class::All);
            plain
                && token.word(lexicon).is_none_or(|word| word.role.is_none())
                && !token.is(lexicon, Class::Grammar)
                && !points
                && !means_other(token)
        })
    };
    let start = (verb + 1..tokens.len()).find(|n| word(*n))?;
    let end = (start..tokens.len()).find(|n| !word(*n))?;
    if end - start > 3 || !(end..tokens.len()).any(|n| tokens.get(n).is_some_and(|token| token.lower == "to")) {
        return None;
    }
    let spoken: Vec<&str> = tokens.get(start..end)?.iter().map(|token| token.text.as_str()).collect();
    let name = spoken.join("_").replace(' ', "_").to_uppercase();
    let mut named = tokens.to_vec();
    let first = tokens.get(start)?;
    let variable = Token {
        lower: name.to_lowercase(),
        text: name,
        end: tokens.get(end - 1)?.end,
        entry: None,
        meant: None,
        guess: Some(spoken.join(" ")),
        ..first.clone()
    };
    named.splice(start..end, [variable]);
    let read = Clause::parse(named, playbooks, clause.manner);
    let sets_it = |best: &Attempt| best.slots.values().any(|mention| matches!(mention, SlotMention::Env(_)));
    (read.is_clean() && read.best.as_ref().is_some_and(sets_it)).then_some(read)
}

/// What follows "verify that", "check if", "tell me whether".
fn after_asking<'t>(tokens: &'t [Token], lexicon: &Lexicon) -> Option<&'t [Token]> {
    let leads = |token: &Token| {
        mood::is_padding(token, lexicon)
            || token.is(lexicon, Class::Asking)
            || token.is(lexicon, Class::Me)
            || token.is(lexicon, Class::Order)
            || matches!(token.lower.as_str(), "if" | "whether" | "that")
    };
    let start = tokens.iter().position(|token| !leads(token))?;
    let lead = tokens.get(..start)?;
    let asks = lead.iter().any(|token| token.is(lexicon, Class::Asking));
    asks.then(|| tokens.get(start..)).flatten()
}

/// The read that tells whether `change` is so. "Does it scale to 3?" is another question than "is it scaled to 3?".
fn answered(change: &Attempt, tokens: &[Token], playbooks: &Playbooks) -> Option<Attempt> {
    let lexicon = playbooks.lexicon();
    let playbook = playbooks.at(change.playbook).filter(|playbook| playbook.changes())?;
    let index = playbooks.position(playbook.asked.as_deref()?)?;
    let first = tokens.iter().find(|token| !mood::is_padding(token, lexicon));
    let cues = || playbook.phrases.iter().flat_map(|phrase| &phrase.cues).filter(|cue| !cue.optional);
    let acts = |token: &Token| {
        let Some(word) = token.word(lexicon) else { return false };
        // "Does it use v2?" asks what is, as "is it set to v2?" does.
        let asked_so = first.is_some_and(|token| matches!(token.lower.as_str(), "does" | "did"));
        let acting = |form: Form| matches!(form, Form::Gerund | Form::Third) || (form == Form::Base && !asked_so);
        !matches!(token.lower.as_str(), "set" | "put" | "has" | "have" | "got")
            && cues().any(|cue| cue.any.iter().any(|concept| word.form_of(*concept).is_some_and(acting)))
    };
    let unsure =
        |token: &Token| token.is(lexicon, Class::Hypothesis) || token.is(lexicon, Class::Wondering) || mood::is_negation(token, lexicon);
    if tokens.iter().any(|token| acts(token) || unsure(token)) || !change.missing.is_empty() || !change.is_clean() {
        return None;
    }
    let named = playbook.slots.iter().find(|slot| slot.of.names_object() && slot.preset.is_none())?;
    let slot = playbooks.at(index)?.slots.iter().find(|slot| slot.of.names_object())?;
    let mention = change
        .slots
        .get(&named.name)
        .filter(|mention| matches!(mention, SlotMention::Name { .. } | SlotMention::Pronoun(_)))?;
    Some(Attempt {
        playbook: index,
        slots: [(slot.name.clone(), mention.clone())].into(),
        guess: None,
        statement: false,
        ..change.clone()
    })
}
