//! Names looked up among what is there. A name is never taken by its spelling alone: a full name, a part of a name that only
//! one object has, or a role that only one workload bears is exact; anything else is asked about.

use rapidfuzz::distance::osa;

use crate::{
    domain::{
        inventory::{Inventory, Item},
        kind::Kind,
    },
    fallbacks::{Class, Entry, Lexicon},
};

/// What a name turned out to be.
#[derive(Debug)]
pub(in super::super) enum Found<'a> {
    One(&'a Item),
    /// It fits these equally well, or better in another namespace.
    Several(Vec<&'a Item>),
    /// Only in other namespaces.
    Elsewhere(Vec<&'a Item>),
    /// Nothing has this name; these are nearly called so.
    Similar(Vec<&'a Item>),
    Nothing,
}

/// How well a name fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// A word for the role that a part of its name is another word for: "backend" and `shop-api`. For a change that is a guess.
    Synonym,
    Role,
    Part,
    Full,
}

/// A name as it was said, in the forms in which it is compared.
struct Said {
    words: Vec<String>,
    /// It was written as one word, of several parts.
    one_word: bool,
    hyphened: String,
    plain: String,
    roles: Vec<String>,
}

pub(in super::super) struct Look<'a> {
    pub inventory: &'a Inventory,
    pub lexicon: &'a Lexicon,
    /// Something is to be changed.
    pub strict: bool,
}

impl<'a> Look<'a> {
    /// Objects that `accept` lets through, in `namespace` or, without one, in the place's own before others.
    pub(in super::super) fn find(&self, said: &str, namespace: Option<&str>, accept: &dyn Fn(&Item) -> bool) -> Found<'a> {
        let said_as = self.said(said);
        let here = namespace.unwrap_or(&self.inventory.place.namespace);
        let (inside, outside): (Vec<&Item>, Vec<&Item>) = self
            .inventory
            .items
            .iter()
            .filter(|item| accept(item))
            .partition(|item| item.object.namespace.as_deref().is_none_or(|ns| ns == here));
        let (fit, best) = self.best(&said_as, &inside);
        let (far, others) = if namespace.is_some() {
            (None, Vec::new())
        } else {
            self.best(&said_as, &outside)
        };
        match best.as_slice() {
            // A part of a name here against the whole name elsewhere: not ours to decide.
            [_, ..] if fit < far && far == Some(Fit::Full) => Found::Several([best, others].concat()),
            [_, ..] if self.strict && fit == Some(Fit::Synonym) => Found::Similar(best),
            [one] => Found::One(one),
            [_, ..] => Found::Several(best),
            [] if !others.is_empty() => Found::Elsewhere(others),
            [] => {
                let mut near = similar(said, &inside);
                if near.is_empty() && namespace.is_none() {
                    near = similar(said, &outside);
                }
                if near.is_empty() { Found::Nothing } else { Found::Similar(near) }
            }
        }
    }

    fn said(&self, said: &str) -> Said {
        let words = words(said);
        Said {
            one_word: !said.contains(' ') && words.len() > 1,
            hyphened: words.join("-"),
            plain: words.concat(),
            roles: self.expressions(&words),
            words,
        }
    }

    fn best(&self, said: &Said, items: &[&'a Item]) -> (Option<Fit>, Vec<&'a Item>) {
        let fits: Vec<(Fit, &Item)> = items.iter().filter_map(|item| Some((self.fit(said, item)?, *item))).collect();
        let best = fits.iter().map(|(fit, _)| *fit).max();
        (
            best,
            fits.into_iter()
                .filter(|(fit, _)| Some(*fit) == best)
                .map(|(_, item)| item)
                .collect(),
        )
    }

    fn fit(&self, said: &Said, item: &Item) -> Option<Fit> {
        let Said { words, roles, .. } = said;
        let name = item.object.name.to_lowercase();
        if said.hyphened == name || name.replace(['-', '.', '_'], "") == said.plain {
            return Some(Fit::Full);
        }
        let parts: Vec<&str> = name.split(['-', '.', '_']).collect();
        let has = |word: &String| parts.contains(&word.as_str());
        if !words.is_empty() && parts.windows(words.len()).any(|run| run.iter().eq(words.iter())) {
            return Some(Fit::Part);
        }
        // "the web app" where something is called `web`: no less than a part of a name, and more than a role.
        if !said.one_word
            && let [first, rest @ ..] = words.as_slice()
            && *first == name
            && !rest.is_empty()
            && rest.iter().all(|word| self.is_generic(word))
        {
            return Some(Fit::Part);
        }
        let labelled = |word: &String| has(word) || self.bears(word, item);
        let called = |word: &String| {
            labelled(word)
                || self
                    .role(word)
                    .is_some_and(|role| parts.iter().any(|part| self.role(part) == Some(role)))
        };
        match roles.is_empty() {
            // "backend-api" is the name of something else, and "backend api" says the same twice.
            false if self.strict && said.one_word && roles.len() > 1 => None,
            false if roles.iter().all(labelled) => Some(Fit::Role),
            false if roles.iter().all(called) => Some(Fit::Synonym),
            _ => None,
        }
    }

    /// `item` is meant by a word for its role that is a word for much else, and neither its name nor what runs in it speaks for that.
    pub(in super::super) fn is_supposed(&self, said: &str, item: &Item) -> bool {
        let of_item = item.containers.iter().flat_map(|(name, image)| [name, image]);
        let called: Vec<String> = of_item.chain([&item.object.name]).map(|text| text.to_lowercase()).collect();
        let spoken = |word: &String| {
            called
                .iter()
                .any(|text| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word))
        };
        let ambiguous = |word: &String| self.entry(word).is_some_and(|entry| self.lexicon.word(entry).is(Class::Ambiguous));
        self.expressions(&words(said)).iter().any(|word| ambiguous(word) && !spoken(word))
    }

    /// The words with those of one role joined ("web app").
    fn expressions(&self, words: &[String]) -> Vec<String> {
        let mut joined = Vec::with_capacity(words.len());
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let next = |n: usize| words.get(at + 1 + n).map(String::as_str);
            let length = match self.lexicon.expression(word, next) {
                Some((entry, length)) if self.lexicon.word(entry).role.is_some() => length,
                _ => 1,
            };
            joined.push(words.get(at..at + length).unwrap_or_default().join(" "));
            at += length;
        }
        joined
    }

    /// The object bears the role that `word` is a word for, by its component label.
    fn bears(&self, word: &str, item: &Item) -> bool {
        const KEYS: [&str; 4] = ["app.kubernetes.io/component", "component", "tier", "role"];
        let Some(role) = self.role(word) else {
            return KEYS.iter().any(|key| item.labels.get(*key).is_some_and(|value| value == word));
        };
        KEYS.iter()
            .filter_map(|key| item.labels.get(*key))
            .any(|value| self.role(value) == Some(role))
    }

    /// A word that may stand beside any name.
    fn is_generic(&self, word: &str) -> bool {
        matches!(word, "server" | "site" | "ui" | "deployment")
            || self.entry(word).is_some_and(|entry| self.lexicon.word(entry).is(Class::Generic))
    }

    fn role(&self, word: &str) -> Option<u16> {
        self.entry(word).and_then(|entry| self.lexicon.word(entry).role)
    }

    fn entry(&self, word: &str) -> Option<Entry> {
        match word.split_once(' ') {
            Some((first, _)) => {
                let rest: Vec<&str> = word.split(' ').skip(1).collect();
                self.lexicon.expression(first, |n| rest.get(n).copied()).map(|(entry, _)| entry)
            }
            None => self.lexicon.find(word),
        }
    }
}

/// The words of a name as it was said; words of two parts that stand for a role ("back end") count as one.
fn words(said: &str) -> Vec<String> {
    let joined = said
        .to_lowercase()
        .replace("back end", "backend")
        .replace("front end", "frontend")
        .replace("back-end", "backend")
        .replace("front-end", "frontend");
    joined
        .split([' ', '-', '_', '.'])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn similar<'a>(said: &str, items: &[&'a Item]) -> Vec<&'a Item> {
    let said = said.to_lowercase().replace(' ', "-");
    let most = if said.len() <= 4 { 1 } else { 2 };
    let compared = osa::BatchComparator::new(said.chars());
    let close = osa::Args::default().score_cutoff(most);
    let near = |name: &str| said.len().abs_diff(name.len()) <= most && compared.distance_with_args(name.chars(), &close).is_some();
    items
        .iter()
        .filter(|item| near(&item.object.name) || item.object.name.split(['-', '.', '_']).any(near))
        .copied()
        .collect()
}

/// The names nearest to `said`, for an answer that says it is unknown.
pub(super) fn nearest<'a>(said: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = names.map(|name| (distance(said, name), name)).collect();
    near.sort_unstable();
    near.dedup_by_key(|(_, name)| *name);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Of those, the ones that a slip of the fingers explains: another namespace is no stand-in for the one that was named.
pub(super) fn nearly<'a>(said: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let near = nearest(said, names).into_iter();
    near.filter(|name| distance(said, name) <= 2 || name.contains(said)).collect()
}

/// Of the nearest part of a name.
fn distance(said: &str, name: &str) -> usize {
    let parts = name.split(['-', '.', '_']).map(|part| strsim::osa_distance(said, part));
    parts.chain([strsim::osa_distance(said, name)]).min().unwrap_or(usize::MAX)
}

/// The kind that `word` names: plural, singular, short name, or with its group.
pub(super) fn kind(word: &str, served: &[Kind]) -> Option<Kind> {
    let word = word.to_lowercase();
    let answers = |kind: &&Kind| {
        kind.plural == word
            || kind.kind.to_lowercase() == word
            || kind.short_names.contains(&word)
            || format!("{}.{}", kind.plural, kind.group) == word
            || format!("{}.{}", kind.kind.to_lowercase(), kind.group) == word
            || format!("{}.{}.{}", kind.plural, kind.version, kind.group) == word
    };
    let known = Kind::well_known();
    known.iter().find(answers).or_else(|| served.iter().find(answers)).cloned()
}
