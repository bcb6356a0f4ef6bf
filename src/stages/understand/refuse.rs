//! How a request is turned down: what was understood, which very words were not, and what comes close.

use super::{
    attempt::Attempt,
    clause::Clause,
    first,
    mask::Mask,
    mood, say,
    token::{self, Shape, Token},
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        reading::{FirstReading, SlotMention},
        risk::Risk,
    },
    fallbacks::{Class, Playbook, Playbooks, Wish},
};

pub(super) fn declined(reason: DeclinedReason) -> Declined {
    Declined {
        reason,
        understood: None,
        why: None,
        unexplained: Vec::new(),
        suggestions: Vec::new(),
        teaches: Vec::new(),
    }
}

/// A request longer than this is no request. The unit is bytes.
const LONGEST: usize = 4096;

pub(super) fn too_long(text: &str) -> Option<Declined> {
    (text.len() > LONGEST).then(|| Declined {
        why: Some(format!("A request has at most {LONGEST} bytes; this one has {}", text.len())),
        ..declined(DeclinedReason::TooLong)
    })
}

/// Requests that always work.
pub(super) fn always() -> Vec<String> {
    ["overview", "is everything healthy", "list deployments"]
        .map(str::to_owned)
        .to_vec()
}

/// Says why nothing of the request is done when `clause` is not understood.
pub(super) struct Refusal<'a> {
    pub text: &'a str,
    pub playbooks: &'a Playbooks,
    pub clauses: &'a [Clause],
}

impl Refusal<'_> {
    /// `None` when every clause is understood.
    pub(super) fn of_clauses(&self) -> Option<Declined> {
        let failed: Vec<&Clause> = self
            .clauses
            .iter()
            .filter(|clause| self.wish(clause).is_some() || !clause.is_clean())
            .collect();
        if let Some(beside) = self.beside_a_deletion().filter(|_| failed.is_empty()) {
            return Some(Declined {
                unexplained: self.runs(&beside.tokens, Mask::range(0..beside.tokens.len())),
                suggestions: always(),
                ..declined(DeclinedReason::NotUnderstood)
            });
        }
        let first = failed.first()?;
        if let Some(bad) = failed.iter().find_map(|clause| self.bad_value(clause)) {
            return Some(bad);
        }
        if let Some(wish) = self.wish(first) {
            return Some(self.not_built(first, wish));
        }
        let unexplained: Vec<String> = failed.iter().flat_map(|clause| self.unexplained(clause)).collect();
        let foreign = is_foreign(&failed);
        Some(Declined {
            understood: if foreign { None } else { self.understood() },
            why: foreign.then(|| "Requests are understood in English".to_owned()),
            suggestions: self.suggestions(),
            unexplained,
            ..declined(DeclinedReason::NotUnderstood)
        })
    }

    /// "Remove cache and port from the backend": a part of what is to be removed, perhaps, that was taken for something to be shown. It has no
    /// verb of its own.
    fn beside_a_deletion(&self) -> Option<&Clause> {
        let lexicon = self.playbooks.lexicon();
        let playbook = |clause: &Clause| clause.best.as_ref().and_then(|best| self.playbooks.at(best.playbook));
        let deletes = |clause: &Clause| playbook(clause).is_some_and(|playbook| playbook.risk >= Risk::Destroy);
        let asks = |token: &Token| {
            [Class::Asking, Class::Question, Class::Order]
                .iter()
                .any(|class| token.is(lexicon, *class))
        };
        let has_verb = |clause: &Clause| {
            let describes = |token: &Token| {
                ["describe", "log", "wait", "explain"]
                    .iter()
                    .any(|verb| token.has(lexicon, lexicon.concept(verb)))
            };
            clause.tokens.iter().any(|token| asks(token) || describes(token))
        };
        let shows = |clause: &&Clause| playbook(clause).is_some_and(|playbook| !playbook.changes()) && !has_verb(clause);
        self.clauses.iter().any(deletes).then(|| self.clauses.iter().find(shows)).flatten()
    }

    fn bad_value(&self, clause: &Clause) -> Option<Declined> {
        let best = clause.best.as_ref().filter(|best| best.unexplained.is_empty())?;
        let (mask, why) = best.bad?;
        Some(Declined {
            why: Some(say::capital(why)),
            unexplained: self.runs(&clause.tokens, mask.last().map_or(mask, Mask::one)),
            ..declined(DeclinedReason::BadValue)
        })
    }

    /// Something real that is not built: its word stands unexplained, or it is the verb of a clause to which something is missing.
    fn wish(&self, clause: &Clause) -> Option<&Wish> {
        let lexicon = self.playbooks.lexicon();
        if clause.is_complete() {
            return None;
        }
        let wish = |token: &Token| {
            token
                .word(lexicon)
                .and_then(|word| word.wish)
                .and_then(|wish| lexicon.wishes.get(usize::from(wish)))
        };
        let unexplained = clause
            .best
            .as_ref()
            .map_or(Mask::range(0..clause.tokens.len()), |best| best.unexplained);
        let verb = self.verb(clause);
        if let Some(found) = verb.and_then(wish) {
            // Verbs of playbooks that are built, whatever else they are verbs of: what is missing will be asked.
            let built = ["create", "apply", "expose", "pause", "resume"].map(|name| lexicon.concept(name));
            let is_built = verb.is_some_and(|token| built.iter().any(|concept| token.has(lexicon, *concept)));
            let asked = clause.best.as_ref().is_some_and(|best| {
                let changes = self.playbooks.at(best.playbook).is_some_and(Playbook::changes);
                best.is_clean() && changes && (is_built || best.slots.len() > best.missing.len())
            });
            return (!asked).then_some(found);
        }
        clause
            .tokens
            .iter()
            .enumerate()
            .filter(|(n, _)| unexplained.has(*n))
            .find_map(|(_, token)| wish(token))
    }

    fn verb<'c>(&self, clause: &'c Clause) -> Option<&'c Token> {
        let lexicon = self.playbooks.lexicon();
        clause
            .tokens
            .iter()
            .find(|token| !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Order))
    }

    fn not_built(&self, clause: &Clause, wish: &Wish) -> Declined {
        let lexicon = self.playbooks.lexicon();
        let mut names = clause.tokens.iter().filter(|token| token.may_name(lexicon));
        // "grep POST in the backend logs": what is known as the name of a workload, before what may be one.
        let known = |token: &&Token| token.word(lexicon).is_some_and(|word| word.role.is_some());
        let name = names.clone().find(known).or_else(|| names.next()).map(|token| match &token.shape {
            Shape::Path { name, .. } => name.clone(),
            _ => token.lower.clone(),
        });
        let close = wish.close.iter().filter_map(|close| match &name {
            Some(name) => Some(close.replace("{name}", name)),
            None => (!close.contains("{name}")).then(|| close.clone()),
        });
        // A question is never answered by a change.
        let asked = clause.manner.asks || clause.manner.doubts;
        let mut suggestions: Vec<String> = if self.excludes() {
            Vec::new()
        } else {
            close.filter(|close| !(asked && self.would_change(close))).collect()
        };
        if suggestions.is_empty() {
            suggestions = always();
        }
        let mut unexplained = self.unexplained(clause);
        if unexplained.is_empty() {
            unexplained.extend(self.verb(clause).map(|token| token.text.clone()));
        }
        Declined {
            why: Some(format!("{} is not built yet", say::capital(&wish.what))),
            unexplained,
            suggestions,
            ..declined(DeclinedReason::NotBuilt)
        }
    }

    fn would_change(&self, request: &str) -> bool {
        match first::words(request, self.playbooks) {
            FirstReading::Understood { readings, .. } => readings
                .iter()
                .any(|reading| self.playbooks.get(&reading.playbook).is_some_and(Playbook::changes)),
            _ => false,
        }
    }

    /// Something is left out ("all but the backend"), so that a change of the rest of the words may be the opposite of what was said.
    fn excludes(&self) -> bool {
        let lexicon = self.playbooks.lexicon();
        let tokens = || self.clauses.iter().flat_map(|clause| &clause.tokens);
        tokens().any(|token| (token.is(lexicon, Class::Negation) && !token.negated) || token.has(lexicon, lexicon.concept("exclusion")))
    }

    /// What the clauses that are clear say.
    fn understood(&self) -> Option<Box<str>> {
        let said: Vec<String> = self.clauses.iter().filter_map(|clause| self.said(clause)).collect();
        (!said.is_empty()).then(|| said.join(", then ").into())
    }

    fn said(&self, clause: &Clause) -> Option<String> {
        let best = clause
            .best
            .as_ref()
            .filter(|best| best.missing.is_empty() && best.bad.is_none() && !best.doubtful)?;
        let lexicon = self.playbooks.lexicon();
        // A number, a name, a verb or an article of nothing that has no place in it makes something else of it.
        let weighty = |token: &Token| {
            matches!(token.shape, Shape::Number(_) | Shape::Times { .. })
                || token
                    .word(lexicon)
                    .is_some_and(|word| word.role.is_some() || word.kind.is_some() || word.is(Class::Grammar) || !word.concepts.is_empty())
        };
        let changes = self.playbooks.at(best.playbook).is_some_and(Playbook::changes);
        let left = clause.tokens.iter().enumerate().filter(|(n, _)| best.unexplained.has(*n));
        let other = changes && left.map(|(_, token)| token).any(weighty);
        let half_known = |mention: &SlotMention| matches!(mention, SlotMention::Name { said, .. } if self.known_part(said) != said);
        if best.unexplained.count() as usize * 2 > clause.tokens.len() || self.excludes() || other || best.slots.values().any(half_known) {
            return None;
        }
        say::request(self.playbooks.at(best.playbook)?, &best.slots, best.place())
    }

    /// What would be offered instead of a clause. A change of which a part is not understood is another change without that part:
    /// it is offered with it, or not at all.
    fn offered(&self, clause: &Clause) -> Option<String> {
        let best = clause.best.as_ref()?;
        let changes = self.playbooks.at(best.playbook).is_some_and(Playbook::changes);
        if !changes || (best.unexplained.is_empty() && clause.condition.is_none()) {
            return self.said(clause);
        }
        self.placed(clause, best)
    }

    /// "scale api to 4 from staging": what stands where a place does is offered as one.
    fn placed(&self, clause: &Clause, best: &Attempt) -> Option<String> {
        let playbook = self.playbooks.at(best.playbook)?;
        let whole = best.missing.is_empty() && best.bad.is_none() && !best.doubtful && clause.condition.is_none() && !self.excludes();
        if !whole || best.namespace.is_some() || best.unexplained.count() != 1 || self.clauses.len() > 1 {
            return None;
        }
        let n = best.unexplained.first()?;
        let word = clause.tokens.get(n)?;
        let before = |at: usize| at.checked_sub(1).and_then(|p| clause.tokens.get(p));
        let led = before(n).is_some_and(|p| matches!(p.lower.as_str(), "on" | "from" | "of" | "at" | "inside" | "within" | "into"));
        let leads = best.head.first() == Some(n + 1) && playbook.risk < Risk::Destroy;
        let said = word.lower.as_str();
        let is_place = word.shape == Shape::Word && word.entry.is_none() && token::looks_like_name(said) && (led || leads);
        let place = best.place().within(Some(said));
        is_place.then(|| say::request(playbook, &best.slots, place)).flatten()
    }

    fn suggestions(&self) -> Vec<String> {
        let mut suggestions: Vec<String> = self.clauses.iter().filter_map(|clause| self.offered(clause)).collect();
        let name = self
            .clauses
            .iter()
            .filter_map(|clause| clause.best.as_ref())
            .flat_map(|best| best.slots.values())
            .find_map(|mention| match mention {
                SlotMention::Name { said, .. } => Some(self.known_part(said)),
                _ => None,
            });
        if let Some(name) = name {
            suggestions.extend([format!("describe {name}"), format!("show logs of {name}")]);
        }
        suggestions.extend(always());
        suggestions.dedup();
        suggestions.truncate(3);
        suggestions
    }

    /// Of "bhai backend" the word that is known for the name of something, and of any other name all of it.
    fn known_part<'n>(&self, said: &'n str) -> &'n str {
        let lexicon = self.playbooks.lexicon();
        let role = |word: &&str| lexicon.find(word).is_some_and(|entry| lexicon.word(entry).role.is_some());
        let unknown = said.split(' ').any(|word| lexicon.find(word).is_none());
        said.split(' ').find(role).filter(|_| unknown).unwrap_or(said)
    }

    /// The very words, in runs. A clause of which nothing is understood is told whole.
    fn unexplained(&self, clause: &Clause) -> Vec<String> {
        if let Some((start, end)) = clause.condition {
            let mut words = if clause.best.as_ref().is_some_and(Attempt::is_clean) {
                Vec::new()
            } else {
                self.words(clause)
            };
            words.push(self.verbatim(start, end));
            return words;
        }
        self.words(clause)
    }

    fn words(&self, clause: &Clause) -> Vec<String> {
        let lexicon = self.playbooks.lexicon();
        match &clause.best {
            Some(best) if best.score > -1000 && best.unexplained.count() < u32::try_from(clause.tokens.len()).unwrap_or_default() => {
                self.runs(&clause.tokens, best.unexplained)
            }
            _ => {
                let content = |token: &&Token| !mood::is_padding(token, lexicon);
                let start = clause
                    .tokens
                    .iter()
                    .find(content)
                    .or(clause.tokens.first())
                    .map(|token| token.start);
                let end = clause
                    .tokens
                    .iter()
                    .rev()
                    .find(content)
                    .or(clause.tokens.last())
                    .map(|token| token.end);
                start.zip(end).map(|(start, end)| self.verbatim(start, end)).into_iter().collect()
            }
        }
    }

    pub(super) fn runs(&self, tokens: &[Token], mask: Mask) -> Vec<String> {
        let lexicon = self.playbooks.lexicon();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut last = None;
        for (n, token) in tokens.iter().enumerate().filter(|(n, _)| mask.has(*n)) {
            // Articles and prepositions between two unexplained words belong to them.
            let joined = last
                .is_some_and(|last: usize| (last + 1..n).all(|m| tokens.get(m).is_some_and(|between| between.is(lexicon, Class::Grammar))));
            match runs.last_mut() {
                Some(run) if joined => run.1 = token.end,
                _ => runs.push((token.start, token.end)),
            }
            last = Some(n);
        }
        runs.into_iter().map(|(start, end)| self.verbatim(start, end)).collect()
    }

    fn verbatim(&self, start: usize, end: usize) -> String {
        self.text
            .get(start..end)
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect::<String>()
            .trim()
            .to_owned()
    }
}

/// Small words that are English and nothing else.
const ENGLISH: [&str; 12] = [
    "the", "my", "please", "of", "with", "for", "this", "it", "what", "how", "and", "you",
];

/// Another alphabet, or most words unknown and no small word that is English.
fn is_foreign(failed: &[&Clause]) -> bool {
    let words: Vec<&Token> = failed
        .iter()
        .flat_map(|clause| &clause.tokens)
        .filter(|token| token.text.chars().any(char::is_alphabetic))
        .collect();
    let letters = |token: &&&Token| token.text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    let unknown = words
        .iter()
        .filter(|token| token.entry.is_none() && !token.text.contains(['-', '/', '=', '.']))
        .count();
    let english = words.iter().any(|token| ENGLISH.contains(&token.lower.as_str()));
    words.iter().filter(letters).count() > 0 || (unknown > 1 && !english && failed.iter().all(|clause| clause.best.is_none()))
}
