//! "Is the frontend exposed?", "can I reach it from outside?": its services tell it, with their types and ports.

use crate::domain::said;

/// From where, the longest first.
const OUTSIDE: [&str; 14] = [
    "from outside the cluster",
    "from outside of the cluster",
    "to the outside world",
    "from the outside",
    "from the internet",
    "to the internet",
    "to the outside",
    "outside the cluster",
    "from outside",
    "to outside",
    "from here",
    "externally",
    "publicly",
    "outside",
];
const SOMEBODY: [&str; 7] = ["i", "we", "one", "you", "anyone", "people", "users"];
const SMALL: [&str; 7] = ["the", "my", "our", "app", "application", "currently", "also"];
/// More than a name is said.
const MORE: [&str; 9] = ["not", "never", "in", "on", "and", "or", "by", "with", "through"];

/// The list that answers it; `None` for everything else.
pub(super) fn reworded(lower: &str) -> Option<String> {
    let words = said::words(lower).join(" ");
    let (words, outside) = from_outside(&words);
    let words: Vec<&str> = words.split_whitespace().collect();
    let of = match words.as_slice() {
        ["is" | "are", of @ .., "exposed" | "public" | "published"] => of,
        ["is" | "are", of @ .., "reachable" | "accessible" | "available"] if outside => of,
        ["can" | "could", who, "reach" | "access", of @ ..] if outside && SOMEBODY.contains(who) => of,
        ["can" | "could", of @ .., "be", "reached" | "accessed"] if outside => of,
        ["how", "can" | "could" | "do", who, "reach" | "access", of @ ..] if SOMEBODY.contains(who) => of,
        ["which" | "what", "service" | "services", "exposes" | "expose", of @ ..] => of,
        _ => return None,
    };
    let of: Vec<&str> = of.iter().copied().filter(|word| !SMALL.contains(word)).collect();
    let named = (1..=2).contains(&of.len()) && !of.iter().any(|word| MORE.contains(word));
    named.then(|| format!("list services of {}", of.join(" ")))
}

/// The words without those for the outside, and whether there were any.
fn from_outside(words: &str) -> (String, bool) {
    let words = format!(" {words} ");
    let found = OUTSIDE
        .iter()
        .map(|phrase| format!(" {phrase} "))
        .find(|phrase| words.contains(phrase));
    match found {
        Some(phrase) => (words.replacen(&phrase, " ", 1), true),
        None => (words, false),
    }
}

#[cfg(test)]
mod tests {
    use super::reworded;

    #[test]
    fn whether_something_can_be_reached_from_outside_is_told_by_its_services() {
        for (text, expected) in [
            ("is the frontend exposed", "list services of frontend"),
            ("is the frontend publicly exposed", "list services of frontend"),
            ("is the backend reachable from outside", "list services of backend"),
            (
                "can i reach todo-frontend from outside the cluster",
                "list services of todo-frontend",
            ),
            ("can the backend be reached from the internet", "list services of backend"),
            ("how can i reach the frontend", "list services of frontend"),
            ("which service exposes the backend", "list services of backend"),
            ("is it exposed", "list services of it"),
            ("is the backend reachable", ""),
            ("is the backend exposed on port 80", ""),
            ("can you expose the frontend", ""),
            ("are the backend and the frontend exposed", ""),
            ("is my app public", ""),
            ("expose the frontend", ""),
        ] {
            assert_eq!(reworded(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
