//! The first half: the whole request to readings, all clauses or none, without a look at the cluster.

use super::{
    attempt::Attempt,
    blanks::{asks_how, asks_what_would_be},
    clause::Clause,
    command, culprit, declared,
    form::Form,
    keyed, mood,
    mood::Mood,
    needs::needs,
    negation::{self, Negated},
    preamble::{drop_labels, drop_signature, join_apart, take_tool, unknown_flag},
    refuse::{Refusal, always, declined},
    reworded, say, several_files,
    spare::{self, Spared},
    suggested, taken_off, text, token,
    token::{Shape, Token},
    weave, which_way,
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        moved::{self, Moved},
        question::{Choice, Question},
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::{Playbook, Playbooks},
};

/// The slot of a reading that holds the tool which was named in the words (`kubectl-ai scale …`).
pub const TOOL_SLOT: &str = "tool";

/// The slot of a reading of a change that holds which words were taken for which. It is asked about.
pub(super) const GUESS_SLOT: &str = "guess";

pub(super) fn first(text: &str, playbooks: &Playbooks) -> FirstReading {
    let hidden: Vec<String> = text::hidden(text).map(|c| c.escape_unicode().to_string()).collect();
    if !hidden.is_empty() {
        return FirstReading::Declined(Declined {
            why: Some("It holds characters that cannot be seen".to_owned()),
            unexplained: hidden.into_iter().take(3).collect(),
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    if let Some(declined) = command::misplaced(text).or_else(|| command::mistyped(text)) {
        return FirstReading::Declined(declined);
    }
    let form = Form::of(text);
    if let Some(reading) = form.as_ref().and_then(|form| keyed::read(form, text, playbooks)) {
        return reading;
    }
    let several = form.as_ref().and_then(several_files::command);
    let text = several.as_deref().unwrap_or(text);
    match command::read(text, playbooks) {
        Some(reading) => reading,
        None => words(text, playbooks),
    }
}

/// The tool that is spoken to, and the rest of the words.
pub(super) fn spoken_to(text: &str, playbooks: &Playbooks) -> Option<(String, String)> {
    let mut tokens = token::tokens(&text::words(text), playbooks.lexicon());
    let tool = take_tool(&mut tokens, playbooks)?;
    let said = tokens.iter().filter(|token| token.shape != Shape::Comma);
    let start = said.clone().map(|token| token.start).min()?;
    let end = said.map(|token| token.end).max()?;
    let rest = text.get(start..end)?.trim();
    Some((tool, rest.to_owned()))
}

/// Plain words.
pub(super) fn words(text: &str, playbooks: &Playbooks) -> FirstReading {
    if let Some(moved) = moved::named(text) {
        return FirstReading::Declined(not_kept(&moved));
    }
    let reworded = playbooks.get("list").and_then(|_| reworded::reworded(text, playbooks.lexicon()));
    let text = reworded.as_deref().unwrap_or(text);
    if let Some(declined) = playbooks
        .get("set-resources")
        .and_then(|_| taken_off::limits(text).or_else(|| which_way::unclear(text)))
    {
        return FirstReading::Declined(declined);
    }
    let lexicon = playbooks.lexicon();
    let raws = text::words(text);
    let mut tokens = token::tokens(&raws, lexicon);
    let tool = take_tool(&mut tokens, playbooks);
    drop_labels(&mut tokens, text, lexicon);
    drop_signature(&mut tokens, text, lexicon);
    join_apart(&mut tokens, lexicon);
    if tokens
        .iter()
        .all(|token| matches!(token.shape, Shape::Symbol | Shape::Comma | Shape::Stop | Shape::QuestionMark))
    {
        return FirstReading::Declined(Declined {
            suggestions: always(),
            ..declined(DeclinedReason::Empty)
        });
    }
    if let Some(flag) = unknown_flag(&tokens, playbooks) {
        return FirstReading::Declined(Declined {
            why: Some(format!("The flag {flag} is not known here")),
            unexplained: vec![flag],
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    if let Some(declined) = culprit::asked(&tokens, lexicon) {
        return FirstReading::Declined(declined);
    }
    let woven = weave::clauses(tokens.clone(), playbooks);
    // What is spared says nothing of how the rest is meant.
    tokens.retain(|token| !woven.spared.iter().any(|spared| spared.holds(token)));
    let mood = mood::mood(&tokens, lexicon);
    Telling {
        text,
        playbooks,
        tokens: &tokens,
        tool,
        spared: &woven.spared,
    }
    .tell(&woven.clauses, mood)
}

/// The requests to come would go on where they went before, and change something there.
fn not_kept(moved: &Moved) -> Declined {
    let (what, flag, name) = match moved {
        Moved::Namespace(name) => ("namespace", "-n", name),
        Moved::Context(name) => ("context", "--context", name),
    };
    Declined {
        why: Some(format!(
            "A {what} for the requests to come is not kept: name it in each (`{flag} {name}`), or in a conversation `/{what} {name}`"
        )),
        unexplained: vec![name.clone()],
        suggestions: vec![format!("list {what}s")],
        ..declined(DeclinedReason::NotBuilt)
    }
}

pub(super) struct Telling<'a> {
    pub text: &'a str,
    pub playbooks: &'a Playbooks,
    pub tokens: &'a [Token],
    tool: Option<String>,
    spared: &'a [Spared],
}

impl Telling<'_> {
    fn tell(&self, clauses: &[Clause], mood: Mood) -> FirstReading {
        let refusal = Refusal {
            text: self.text,
            playbooks: self.playbooks,
            clauses,
        };
        if clauses.is_empty() {
            return FirstReading::Declined(self.nothing_said(mood));
        }
        if !mood.forbids
            && let Some(declined) = declared::taken_away(clauses, self.playbooks)
        {
            return FirstReading::Declined(declined);
        }
        if let Some(refused) = refusal.of_clauses() {
            let refused = self.in_mood(refused, mood, clauses);
            let Some(except) = self.spared.iter().find(|spared| spared.excepted) else {
                return FirstReading::Declined(refused);
            };
            return FirstReading::Declined(Declined {
                why: Some(spare::NAME_EACH.to_owned()),
                unexplained: self.text.get(except.start..except.end).into_iter().map(str::to_owned).collect(),
                suggestions: always(),
                ..refused
            });
        }
        let best: Vec<&Attempt> = clauses.iter().filter_map(|clause| clause.best.as_ref()).collect();
        let readings: Vec<Reading> = clauses
            .iter()
            .zip(&best)
            .filter_map(|(clause, best)| self.reading(clause, best))
            .collect();
        let changes = best.iter().any(|best| self.changes(best));
        let negated = negation::of(self.tokens, clauses, self.playbooks.lexicon());
        // "show logs of backend, not frontend"
        let left_out =
            |clause: &Clause| clause.elliptic && clause.tokens.iter().any(|token| mood::is_negation(token, self.playbooks.lexicon()));
        if (changes || clauses.iter().any(left_out))
            && let Some(declined) = self.half_meant(clauses, &negated)
        {
            return FirstReading::Declined(declined);
        }
        let asks = clauses
            .iter()
            .zip(&best)
            .any(|(clause, best)| clause.manner.asks && (self.changes(best) || !changes));
        if !changes && !readings.is_empty() && spare::leaves_some_out(self.text) {
            return FirstReading::Declined(Declined {
                why: Some(spare::NAME_EACH.to_owned()),
                suggestions: always(),
                ..declined(DeclinedReason::NotUnderstood)
            });
        }
        let answers = asks_what_would_be(&readings) && !asks_how(self.text);
        if let Some(reason) =
            unwilling(mood, negated == Negated::Whole, changes, asks).filter(|reason| !answers || *reason != DeclinedReason::Hypothetical)
        {
            let declined = self.unwilling(reason, &readings);
            let needs = needs(&readings, self.playbooks);
            return match reason {
                DeclinedReason::Hypothetical => FirstReading::Imagined { readings, needs, declined },
                _ => FirstReading::Declined(declined),
            };
        }
        if let Some(question) = self.two_meanings(clauses) {
            return FirstReading::Ask(question);
        }
        let doubted = |(clause, best): (&Clause, &&Attempt)| self.changes(best) && (clause.manner.doubts || best.statement);
        let unsure = clauses.iter().zip(&best).any(doubted);
        if unsure || (clauses.iter().any(|clause| clause.alternative) && clauses.len() > 1) {
            return FirstReading::Ask(self.confirm(&readings, unsure));
        }
        let needs = needs(&readings, self.playbooks);
        FirstReading::Understood { readings, needs }
    }

    pub(super) fn changes(&self, attempt: &Attempt) -> bool {
        self.playbooks.at(attempt.playbook).is_some_and(Playbook::changes)
    }

    pub(super) fn is_change(&self, clause: &Clause) -> bool {
        clause.best.as_ref().is_some_and(|best| self.changes(best))
    }

    fn reading(&self, clause: &Clause, best: &Attempt) -> Option<Reading> {
        let playbook = self.playbooks.at(best.playbook)?;
        let start = clause.tokens.iter().map(|token| token.start).min()?;
        let end = clause.tokens.iter().map(|token| token.end).max()?;
        let mut slots = best.slots.clone();
        if let Some(tool) = &self.tool {
            slots.insert(TOOL_SLOT.to_owned(), SlotMention::Text(tool.clone()));
        }
        let mut from = 0;
        for spared in self.spared {
            slots.extend(spared.slots(from));
            from += spared.names.len();
        }
        let guesses = clause.guesses();
        if playbook.changes() && !guesses.is_empty() {
            slots.insert(GUESS_SLOT.to_owned(), SlotMention::Text(guesses.join(", ")));
        }
        Some(Reading {
            playbook: playbook.name.clone(),
            clause: self.text.get(start..end).unwrap_or_default().trim().to_owned(),
            slots,
            namespace: best.namespace.clone(),
            context: best.context.clone(),
            typed: false,
            preview: false,
            keeps: false,
        })
    }

    /// Only padding was said.
    fn nothing_said(&self, mood: Mood) -> Declined {
        let reason = if mood.negated {
            DeclinedReason::Negated
        } else {
            DeclinedReason::NotUnderstood
        };
        Declined {
            unexplained: vec![self.text.trim().chars().take(200).collect()],
            suggestions: always(),
            ..declined(reason)
        }
    }

    /// A request that is not understood and not meant to be done: the mood is the better reason, where nothing real was asked.
    fn in_mood(&self, refused: Declined, mood: Mood, clauses: &[Clause]) -> Declined {
        let bare = self
            .tokens
            .iter()
            .filter(|token| !mood::is_padding(token, self.playbooks.lexicon()))
            .count()
            <= 2;
        // "don't touch the frontend": what it would be to touch it need not be known.
        let promises = |clause: &Clause| clause.condition.is_none() && spare::read(&clause.tokens, self.playbooks).is_some();
        match refused.reason {
            DeclinedReason::NotUnderstood if clauses.iter().all(promises) => declined(DeclinedReason::Negated),
            DeclinedReason::NotUnderstood if mood.forbids && bare => Declined {
                reason: DeclinedReason::Negated,
                ..refused
            },
            _ => refused,
        }
    }

    fn unwilling(&self, reason: DeclinedReason, readings: &[Reading]) -> Declined {
        let said = |reading: &Reading| say::reading(self.playbooks.get(&reading.playbook)?, reading);
        let requests: Vec<String> = readings.iter().filter_map(said).collect();
        let teaches = match reason {
            DeclinedReason::Hypothetical => readings
                .iter()
                .filter_map(|reading| Some(say::commands(self.playbooks.get(&reading.playbook)?, reading, asks_how(self.text))))
                .flatten()
                .collect(),
            _ => Vec::new(),
        };
        Declined {
            understood: (!requests.is_empty()).then(|| requests.join(", then ").into()),
            suggestions: if reason == DeclinedReason::Hypothetical {
                requests
            } else {
                Vec::new()
            },
            teaches,
            ..declined(reason)
        }
    }

    /// Two playbooks explain the same words as well.
    fn two_meanings(&self, clauses: &[Clause]) -> Option<Question> {
        let clause = clauses.iter().find(|clause| clause.rival.is_some())?;
        let both = [clause.best.as_ref()?, clause.rival.as_ref()?];
        let whole = |said: String| {
            let other = |other: &Clause| {
                let best = other.best.as_ref()?;
                Some(say::incomplete(self.playbooks.at(best.playbook)?, &best.slots, best.place()))
            };
            let one = |each: &Clause| {
                if std::ptr::eq(each, clause) {
                    Some(said.clone())
                } else {
                    other(each)
                }
            };
            clauses.iter().filter_map(one).collect::<Vec<_>>().join("; ")
        };
        let choices: Vec<Choice> = both
            .iter()
            .filter_map(|attempt| {
                let playbook = self.playbooks.at(attempt.playbook)?;
                let request = say::incomplete(playbook, &attempt.slots, attempt.place());
                Some(Choice {
                    label: request.clone(),
                    detail: playbook.summary.clone(),
                    request: whole(request),
                })
            })
            .collect();
        Some(Question {
            text: "Which of these is meant?".to_owned(),
            slots: both.iter().flat_map(|attempt| attempt.missing.clone()).collect(),
            choices,
            together: None,
        })
    }

    /// It could be an order. Only its author knows.
    fn confirm(&self, readings: &[Reading], whole: bool) -> Question {
        let said = |reading: &Reading| {
            let playbook = self.playbooks.get(&reading.playbook)?;
            Some(say::incomplete(playbook, &reading.slots, say::Where::of(reading)))
        };
        let requests: Vec<String> = readings.iter().filter_map(said).collect();
        let choice = |request: String| Choice {
            label: request.clone(),
            detail: String::new(),
            request,
        };
        if whole {
            let request = requests.join("; ");
            return Question {
                text: format!("{} now?", say::capital(&requests.join(", then "))),
                choices: vec![choice(request)],
                ..Question::default()
            };
        }
        let named = suggested::with_names(readings);
        Question {
            text: "Which of these?".to_owned(),
            choices: named.iter().filter_map(said).map(choice).collect(),
            ..Question::default()
        }
    }
}

/// Why a request that is understood is not to be done.
fn unwilling(mood: Mood, negated: bool, changes: bool, asks: bool) -> Option<DeclinedReason> {
    match changes {
        true if mood.hypothetical || mood.wondering || asks => Some(DeclinedReason::Hypothetical),
        true if negated => Some(DeclinedReason::Negated),
        false if mood.forbids && !asks => Some(DeclinedReason::Negated),
        false if mood.hypothetical => Some(DeclinedReason::Hypothetical),
        _ => None,
    }
}
