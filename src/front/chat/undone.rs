//! Which changes of a conversation are meant to be taken back: "the first one", "the scale", "api", "the last two".

use std::collections::BTreeSet;

use super::courtesy;
use crate::domain::{
    conversation::{Conversation, Turn},
    failure::{Failure, FailureKind},
    field::FieldPath,
    object::ObjectRef,
    said,
    undo::UndoEntry,
};

pub enum Meant {
    /// In the order in which they are taken back: newest first.
    These(Vec<String>),
    /// The words speak of no change of this conversation.
    Nothing,
    /// What to say instead.
    Unclear(Failure),
}

/// `all` changes of the conversation, oldest first: they are counted as they were made, whatever became of them. What was said for
/// them stands in `earlier`.
pub fn meant(which: &[String], all: &[UndoEntry], earlier: &Conversation) -> Meant {
    let said = which.join(" ");
    let open: Vec<UndoEntry> = all.iter().filter(|entry| why_not(entry).is_none()).cloned().collect();
    let changes = open.as_slice();
    if changes.is_empty() {
        let what = Failure::new(FailureKind::NotFound, "there is nothing to take back in this conversation");
        return how_many(which).map_or(Meant::Nothing, |_| Meant::Unclear(what));
    }
    if matches!(said.as_str(), "last" | "latest") {
        return last(changes, 1);
    }
    if let Some(count) = how_many(which) {
        return last(changes, count);
    }
    if said::is_both(which) && changes.len() > 1 {
        return match changes {
            [_, _] => last(changes, 2),
            several => Meant::Unclear(listed(&format!("\"{said}\" could be several changes"), several)),
        };
    }
    if said::is_all(which) || said::is_both(which) || ["everything", "them", "all both", "all everything"].contains(&said.as_str()) {
        return match changes {
            [only] => one(only),
            several => Meant::Unclear(listed("one request is taken back at a time", several)),
        };
    }
    if let Some(number) = said::ordinal(&said) {
        return match all.get(number) {
            Some(entry) => match why_not(entry) {
                None => one(entry),
                Some(why) => Meant::Unclear(listed(&format!("“{}” {why}", entry.request), changes)),
            },
            None => Meant::Unclear(listed(&format!("there is no {said} change to take back"), changes)),
        };
    }
    // "the last change of the frontend": the newest of those that fit.
    let newest = which.len() > 1 && which.iter().any(|word| matches!(word.as_str(), "last" | "latest"));
    let which: Vec<&String> = which
        .iter()
        .filter(|word| !newest || !matches!(word.as_str(), "last" | "latest"))
        .collect();
    let fits: Vec<UndoEntry> = changes
        .iter()
        .filter(|entry| {
            let turn = earlier.turns.iter().find(|turn| turn.id == entry.id);
            which.iter().all(|word| speaks_of(entry, turn, word))
        })
        .cloned()
        .collect();
    match fits.as_slice() {
        [] => Meant::Nothing,
        [.., last] if newest => one(last),
        // Each of them changed what the one before had changed.
        [first, others @ .., last] if others.iter().chain([last]).all(|entry| touched(entry) == touched(first)) => one(last),
        [only] => one(only),
        several => Meant::Unclear(listed(&format!("\"{said}\" could be several changes"), several)),
    }
}

/// What was said last changed nothing and showed nothing: "undo that" is not the change that was made before it.
pub fn nothing_of(all: &[UndoEntry], earlier: &Conversation) -> Option<Failure> {
    let last = earlier
        .turns
        .iter()
        .rev()
        .find(|turn| turn.changed || turn.showed || !is_courtesy(&turn.said))?;
    if last.changed || last.showed {
        return None;
    }
    let before = all.iter().rev().find(|entry| why_not(entry).is_none())?;
    let what = format!("“{}” changed nothing: there is nothing of it to take back", last.said);
    let hint = format!("`/undo` takes back “{}”, which came before it", before.request);
    Some(Failure::new(FailureKind::NotFound, what).hint(hint))
}

/// "no", "thanks": what was meant was said before it.
fn is_courtesy(said: &str) -> bool {
    courtesy::read(&said.trim().trim_end_matches(['.', '!']).to_lowercase()).is_some()
}

fn one(entry: &UndoEntry) -> Meant {
    Meant::These(vec![entry.id.clone()])
}

fn last(changes: &[UndoEntry], count: usize) -> Meant {
    if count > changes.len() {
        let there = match changes.len() {
            1 => "there is one change to take back".to_owned(),
            several => format!("there are {several} changes to take back"),
        };
        return Meant::Unclear(listed(&there, changes));
    }
    Meant::These(changes.iter().rev().take(count).map(|entry| entry.id.clone()).collect())
}

/// "The last two", "last 3".
fn how_many(which: &[String]) -> Option<usize> {
    const WORDS: [&str; 4] = ["two", "three", "four", "five"];
    let number = match which {
        [last, number] | [number, last] if matches!(last.as_str(), "last" | "latest") => number,
        _ => return None,
    };
    let in_words = || WORDS.iter().position(|word| word == number).map(|at| at + 2);
    said::number(number).or_else(in_words).filter(|number| *number > 0)
}

/// What was changed, and where.
fn touched(entry: &UndoEntry) -> BTreeSet<(&ObjectRef, Option<&FieldPath>)> {
    let mut touched = BTreeSet::new();
    for reversal in &entry.reversals {
        touched.insert((&reversal.object, None));
        touched.extend(reversal.fields.iter().map(|field| (&reversal.object, Some(&field.field))));
    }
    touched
}

/// Why it is not taken back any more, or never was to be.
fn why_not(entry: &UndoEntry) -> Option<&'static str> {
    if entry.undone {
        return Some("was taken back already");
    }
    entry.reversals.is_empty().then_some("cannot be taken back")
}

/// A part of a name of what was changed, or a word of the request, or of what it was taken for: "no, 4" is a scaling as well.
fn speaks_of(entry: &UndoEntry, turn: Option<&Turn>, word: &str) -> bool {
    // "backend" is todo-backend; "web" is not web-2.
    let of = |name: &str| {
        name.strip_suffix(word)
            .is_some_and(|before| before.is_empty() || before.ends_with('-'))
    };
    let is_named = entry.reversals.iter().any(|reversal| of(&reversal.object.name));
    let intents = turn.map(|turn| turn.intents.as_slice()).unwrap_or_default();
    let meant = intents
        .iter()
        .flat_map(|intent| [intent.playbook.replace('-', " "), intent.clause.clone()]);
    is_named || std::iter::once(entry.request.clone()).chain(meant).any(|said| says(&said, word))
}

fn says(said: &str, word: &str) -> bool {
    let said = said.to_lowercase();
    let mut words = said.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    words.any(|known| is_word(known, word))
}

/// The same word, or a form of it ("scaling" and "scale"); of names the very one.
fn is_word(known: &str, word: &str) -> bool {
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    let stem = |word: &str| word.trim_end_matches("ing").trim_end_matches("ed").trim_end_matches('e').to_owned();
    known == word || (plain(known) && plain(word) && word.len() > 3 && stem(known) == stem(word))
}

fn listed(what: &str, changes: &[UndoEntry]) -> Failure {
    let told = changes.iter().rev().take(8);
    told.fold(Failure::new(FailureKind::Unclear, what), |failure, entry| {
        failure.hint(format!("`/undo {}` takes back “{}”", entry.id, entry.request))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{
        intent::Intent,
        kind::Kind,
        undo::{Reversal, Way},
    };

    fn entry(id: &str, request: &str) -> UndoEntry {
        UndoEntry {
            id: id.to_owned(),
            request: request.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            cluster: None,
            context: "embedded".to_owned(),
            reversals: vec![Reversal {
                object: ObjectRef {
                    kind: Kind::well_known().into_iter().find(|kind| kind.kind == "Deployment").unwrap(),
                    namespace: None,
                    name: request
                        .split(' ')
                        .find(|word| word.starts_with("web") || *word == "api")
                        .unwrap()
                        .to_owned(),
                    uid: None,
                },
                subresource: String::new(),
                fields: Vec::new(),
                way: Way::default(),
            }],
            lasting: Vec::new(),
            open: Vec::new(),
            undone: false,
        }
    }

    #[test]
    fn a_change_is_told_by_its_place_or_its_words_and_of_several_none_is_taken() {
        let mut changes = [
            entry("a", "scale api to 3"),
            entry("b", "set LOG_LEVEL=debug on api"),
            entry("c", "scale web-2 to 4"),
        ];
        let earlier = Conversation::default();
        let told = |words: &str| {
            let which: Vec<String> = words.split(' ').map(str::to_owned).collect();
            match meant(&which, &changes, &earlier) {
                Meant::These(ids) => ids.join(" "),
                Meant::Nothing => "nothing".to_owned(),
                Meant::Unclear(failure) => failure.what,
            }
        };
        for (words, expected) in [
            ("first", "a"),
            ("last", "c"),
            ("web-2", "c"),
            ("scaling api", "a"),
            ("web-1", "nothing"),
            ("web", "nothing"),
            ("fourth", "there is no fourth change to take back"),
            ("scale", "\"scale\" could be several changes"),
            ("everything", "one request is taken back at a time"),
            ("last two", "c b"),
            ("last 3", "c b a"),
            ("last four", "there are 3 changes to take back"),
            ("both", "\"both\" could be several changes"),
        ] {
            assert_eq!(told(words), expected, "{words}");
        }
        changes[0].undone = true;
        changes[1].reversals.clear();
        let told = ["first", "second", "third", "api"].map(|words| match meant(&[words.to_owned()], &changes, &earlier) {
            Meant::These(ids) => ids.join(" "),
            Meant::Nothing => "nothing".to_owned(),
            Meant::Unclear(failure) => failure.what,
        });
        let expected = [
            "“scale api to 3” was taken back already",
            "“set LOG_LEVEL=debug on api” cannot be taken back",
            "c",
            "nothing",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_leaned_on_a_change_is_a_change_of_its_kind_and_of_those_of_one_thing_the_last_is_meant() {
        let said = |id: &str, playbook: &str, clause: &str| Turn {
            id: id.to_owned(),
            intents: vec![Intent {
                playbook: playbook.to_owned(),
                clause: clause.to_owned(),
                slots: BTreeMap::new(),
                readings_of_names: Vec::new(),
                keeps: false,
            }],
            ..Turn::default()
        };
        let mut corrected = entry("b", "scale web-2 to 4");
        corrected.request = "no, 4".to_owned();
        let mut other = entry("c", "scale api to 4");
        other.request = "and api too".to_owned();
        let earlier = Conversation {
            turns: vec![
                said("a", "scale", "scale web-2 to 3"),
                said("b", "scale", "scale web-2 to 3"),
                said("c", "scale", "and api too"),
            ],
        };
        let told = |words: &str, changes: &[UndoEntry]| match meant(&[words.to_owned()], changes, &earlier) {
            Meant::These(ids) => ids.join(" "),
            Meant::Nothing => "nothing".to_owned(),
            Meant::Unclear(failure) => failure.what,
        };
        let first = entry("a", "scale web-2 to 3");
        assert_eq!(told("scaling", &[first.clone(), corrected.clone()]), "b");
        assert_eq!(told("both", &[first.clone(), corrected.clone()]), "b a");
        assert_eq!(told("scaling", &[first, corrected, other]), "\"scaling\" could be several changes");
    }
}
