//! Numbers that may mean something else than the playbook takes them for. Each returns the words that are unclear.

use super::{
    clause::Clause,
    first::Telling,
    mood,
    token::{Shape, Token},
};
use crate::fallbacks::Class;

impl Telling<'_> {
    /// "scale frontend to 2 fewer", "scale backend to +3", "scale backend up from 3": an end or a step?
    pub(super) fn relative_end(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let said = |token: &&Token| token.shape != Shape::Comma && !["a", "an", "the"].contains(&token.lower.as_str());
        let words: Vec<&Token> = self.tokens.iter().filter(said).collect();
        let number = |token: &Token| matches!(token.shape, Shape::Number(_));
        let step = |token: &Token| token.is(lexicon, Class::More) || token.is(lexicon, Class::Fewer) || token.lower == "times";
        let after_end = words.windows(3).find_map(|three| {
            let [to, amount, then] = three else { return None };
            (to.lower == "to" && number(amount) && step(then)).then_some((then.start, then.end))
        });
        let signed = || self.text.find(" to +").map(|at| (at + 1, at + 5));
        let begin_alone = || {
            let from = words.windows(2).find(|two| two[0].lower == "from" && number(two[1]))?;
            let ends = words
                .windows(2)
                .any(|two| ["to", "down to", "up to", "by"].contains(&two[0].lower.as_str()) && number(two[1]));
            (!ends).then(|| (from[0].start, from[1].end))
        };
        let no_end = || {
            let odd = words
                .windows(2)
                .find(|two| ["too", "for", "within"].contains(&two[0].lower.as_str()) && number(two[1]))?;
            Some((odd[0].start, odd[1].end))
        };
        // "to another 3": three, or three more?
        let more_after_end = || {
            let three = words
                .windows(3)
                .find(|three| three[0].lower == "to" && three[1].is(lexicon, Class::More) && number(three[2]))?;
            Some((three[1].start, three[2].end))
        };
        // "scale backend 3 times": threefold, or again and again?
        let times_alone = || {
            let at = words.windows(2).position(|two| number(two[0]) && two[1].lower == "times")?;
            let compared = words
                .get(at + 2)
                .is_some_and(|next| next.is(lexicon, Class::More) || ["as", "the", "its", "what"].contains(&next.lower.as_str()));
            (!compared).then(|| (words[at].start, words[at + 1].end))
        };
        after_end
            .or_else(signed)
            .or_else(begin_alone)
            .or_else(no_end)
            .or_else(more_after_end)
            .or_else(times_alone)
    }

    /// "scale backend to 3, then back": to what it was, later. Nothing here waits.
    pub(super) fn and_back(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let at = self
            .tokens
            .iter()
            .rposition(|token| token.is(lexicon, Class::Then) || token.is(lexicon, Class::And))?;
        let (_, rest) = self.tokens.split_at(at + 1);
        let returns = |token: &Token| ["back", "again", "once more", "one more time"].contains(&token.lower.as_str());
        let only = !rest.is_empty() && rest.iter().all(|token| mood::is_padding(token, lexicon)) && rest.iter().any(returns);
        let first = self.tokens.get(at)?;
        only.then(|| (first.start, rest.last().map_or(first.end, |last| last.end)))
    }

    /// "scale backend up and down by 1", "remove up to 2 replicas", "set that to 3 on backend": which way, how many, what?
    pub(super) fn both_ways(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let said = |token: &&Token| token.shape != Shape::Comma && !token.is(lexicon, Class::And);
        let words: Vec<&Token> = self.tokens.iter().filter(said).collect();
        let way = |token: &Token| {
            let goes = |class, end| token.is(lexicon, class) || token.lower.ends_with(end);
            (goes(Class::Up, " up"), goes(Class::Down, " down"))
        };
        let removes = words
            .iter()
            .any(|token| ["remove", "delete", "drop", "kill"].contains(&token.lower.as_str()));
        let two = words.windows(2).find(|two| {
            let against = matches!((way(two[0]), way(two[1])), ((true, _), (_, true)) | ((_, true), (true, _)));
            let limit = removes && two[0].lower == "up" && two[1].lower == "to";
            let what = two[0].is(lexicon, Class::Setting) && ["this", "that"].contains(&two[1].lower.as_str());
            against || limit || what && words.iter().any(|token| token.may_name(lexicon))
        })?;
        Some((two[0].start, two[1].end))
    }

    /// "scale up backend down to 3".
    pub(super) fn against_itself(&self, clause: &Clause) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let goes = |class, end: &str| {
            let way = |token: &&Token| token.is(lexicon, class) || token.lower.ends_with(end);
            clause.tokens.iter().find(way)
        };
        let (up, down) = (goes(Class::Up, " up")?, goes(Class::Down, " down")?);
        self.is_change(clause).then(|| (up.start.min(down.start), up.end.max(down.end)))
    }

    /// "remove replica 2 of backend": that one, or so many?
    pub(super) fn numbered_one(&self) -> Option<(usize, usize)> {
        let one =
            |token: &Token| ["replica", "pod", "instance", "copy", "container", "number", "nr", "no."].contains(&token.lower.as_str());
        if let Some(at) = self.text.find(" #").filter(|at| {
            self.text
                .get(at + 2..)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        }) {
            return Some((at + 1, at + 3));
        }
        let sets = self.tokens.iter().any(|token| token.is(self.playbooks.lexicon(), Class::Setting));
        let two = self.tokens.windows(2).find(|two| {
            let spoken = two[0].text.to_lowercase();
            let numbered = spoken.ends_with(" number") && !sets;
            (one(&two[0]) || numbered) && !spoken.ends_with('s') && spoken != "copies" && matches!(two[1].shape, Shape::Number(_))
        })?;
        Some((two[0].start, two[1].end))
    }

    /// "delete all the rest": what was not named before, and nothing that is called so.
    pub(super) fn all_the_rest(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let rest = |token: &Token| matches!(token.lower.as_str(), "rest" | "the rest" | "of the rest") && !token.quoted;
        let all = |token: &Token| token.is(lexicon, Class::All) || token.is(lexicon, Class::Every);
        let two = self.tokens.windows(2).find(|two| all(&two[0]) && rest(&two[1]))?;
        Some((two[0].start, two[1].end))
    }

    /// "scale cart to and redis to 3": to how many?
    pub(super) fn no_end(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let breaks = |token: &Token| {
            matches!(token.shape, Shape::Comma | Shape::Stop) || token.is(lexicon, Class::And) || token.is(lexicon, Class::Then)
        };
        let two = self
            .tokens
            .windows(2)
            .find(|two| two[0].lower == "to" && !two[0].quoted && breaks(&two[1]))?;
        Some((two[0].start, two[1].end))
    }
}
