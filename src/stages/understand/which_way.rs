//! "Undo the last change of the frontend", "put the frontend back": the request before may be meant, or the revision before. Nothing is
//! taken back by guess.

use super::{refuse::declined, token::looks_like_name};
use crate::domain::{
    intent::{Declined, DeclinedReason},
    said,
};

const WORDS: [&str; 12] = [
    "the", "my", "our", "last", "latest", "change", "changes", "to", "of", "on", "for", "in",
];

/// What can be said instead; `None` for everything else.
pub(super) fn unclear(text: &str) -> Option<Declined> {
    let words = said::words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        ["please", words @ ..] => words,
        words => words,
    };
    let of = match words {
        ["undo" | "revert", of @ ..] | ["take", "back", of @ ..] if of.iter().any(|word| matches!(*word, "change" | "changes")) => of,
        ["put" | "take", of @ .., "back"] => of,
        _ => return None,
    };
    let names: Vec<&str> = of.iter().filter(|word| !WORDS.contains(word)).copied().collect();
    let [name] = names.as_slice() else { return None };
    let last = matches!(words.first(), Some(&"put" | &"take")) && words.last() == Some(&"back")
        || of.iter().any(|word| matches!(*word, "last" | "latest" | "my"));
    (last && looks_like_name(name) && !matches!(*name, "it" | "that" | "everything" | "all")).then(|| Declined {
        why: Some(format!(
            "“undo” takes back the last request, and “roll back {name}” goes to the revision before"
        )),
        unexplained: vec![text.trim().to_owned()],
        suggestions: vec![
            "todo-agent undo".to_owned(),
            format!("roll back {name}"),
            format!("rollout history of {name}"),
        ],
        ..declined(DeclinedReason::NotUnderstood)
    })
}

#[cfg(test)]
mod tests {
    use super::unclear;

    #[test]
    fn the_last_change_of_a_workload_is_not_taken_for_a_revision() {
        for (text, expected) in [
            ("undo the last change on the frontend", "roll back frontend"),
            ("revert my changes to backend", "roll back backend"),
            ("put the frontend back", "roll back frontend"),
            ("roll back the frontend", ""),
            ("undo the rollout of the frontend", ""),
            ("undo the last change", ""),
            ("put it back", ""),
        ] {
            let told = unclear(text).map(|declined| declined.suggestions[1].clone());
            assert_eq!(told.unwrap_or_default(), expected, "{text}");
        }
    }
}
