//! Which change of a conversation is meant to be taken back: "the first one", "the scale", "api".

use crate::domain::{
    failure::{Failure, FailureKind},
    said,
    undo::UndoEntry,
};

pub enum Meant {
    One(String),
    /// The words speak of no change of this conversation.
    Nothing,
    /// What to say instead.
    Unclear(Failure),
}

/// `all` changes of the conversation, oldest first: they are counted as they were made, whatever became of them.
pub fn meant(which: &[String], all: &[UndoEntry]) -> Meant {
    let said = which.join(" ");
    let open: Vec<UndoEntry> = all.iter().filter(|entry| why_not(entry).is_none()).cloned().collect();
    let changes = open.as_slice();
    if changes.is_empty() {
        return Meant::Nothing;
    }
    if matches!(said.as_str(), "last" | "latest") {
        return changes.last().map_or(Meant::Nothing, |entry| Meant::One(entry.id.clone()));
    }
    if said::is_all(which) || said::is_both(which) || ["everything", "them", "all both", "all everything"].contains(&said.as_str()) {
        return match changes {
            [only] => Meant::One(only.id.clone()),
            several => Meant::Unclear(listed("one request is taken back at a time", several)),
        };
    }
    if let Some(number) = said::ordinal(&said) {
        return match all.get(number) {
            Some(entry) => match why_not(entry) {
                None => Meant::One(entry.id.clone()),
                Some(why) => Meant::Unclear(listed(&format!("“{}” {why}", entry.request), changes)),
            },
            None => Meant::Unclear(listed(&format!("there is no {said} change to take back"), changes)),
        };
    }
    let fits: Vec<UndoEntry> = changes
        .iter()
        .filter(|entry| which.iter().all(|word| speaks_of(entry, word)))
        .cloned()
        .collect();
    match fits.as_slice() {
        [] => Meant::Nothing,
        [one] => Meant::One(one.id.clone()),
        several => Meant::Unclear(listed(&format!("\"{said}\" could be several changes"), several)),
    }
}

/// Why it is not taken back any more, or never was to be.
fn why_not(entry: &UndoEntry) -> Option<&'static str> {
    if entry.undone {
        return Some("was taken back already");
    }
    entry.reversals.is_empty().then_some("cannot be taken back")
}

fn speaks_of(entry: &UndoEntry, word: &str) -> bool {
    // "backend" is todo-backend; "web" is not web-2.
    let of = |name: &str| {
        name.strip_suffix(word)
            .is_some_and(|before| before.is_empty() || before.ends_with('-'))
    };
    let is_named = entry.reversals.iter().any(|reversal| of(&reversal.object.name));
    let said = entry.request.to_lowercase();
    let mut words = said.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    is_named || words.any(|known| is_word(known, word))
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
    use super::*;
    use crate::domain::{
        kind::Kind,
        object::ObjectRef,
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
        let told = |words: &str| {
            let which: Vec<String> = words.split(' ').map(str::to_owned).collect();
            match meant(&which, &changes) {
                Meant::One(id) => id,
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
        ] {
            assert_eq!(told(words), expected, "{words}");
        }
        changes[0].undone = true;
        changes[1].reversals.clear();
        let told = ["first", "second", "third", "api"].map(|words| match meant(&[words.to_owned()], &changes) {
            Meant::One(id) => id,
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
}
