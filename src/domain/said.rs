//! What was said, word by word.

/// Politeness before an order or an answer, and behind it.
const BEFORE: [&str; 10] = ["please", "pls", "thanks", "ok", "okay", "well", "hmm", "hey", "right", "alright"];
const BEHIND: [&str; 4] = ["please", "pls", "thanks", "then"];

const ORDINALS: [(&str, &str); 10] = [
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
];

#[must_use]
pub fn is_courtesy(word: &str) -> bool {
    BEFORE.contains(&word)
}

/// One word in small letters, without the marks around it.
#[must_use]
pub fn bare(word: &str) -> String {
    unmarked(word).to_lowercase()
}

fn unmarked(word: &str) -> &str {
    word.trim_matches(|c: char| ",.!?;:\"'…()[]#".contains(c))
}

/// A bare word as it was typed, where it was said last.
#[must_use]
pub fn typed<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.split_whitespace().rfind(|typed| bare(typed) == word).map(unmarked)
}

/// The words without courtesy at both ends; courtesy that is all of it stays.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && words.first().is_some_and(|word| is_courtesy(word)) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| BEHIND.contains(&word.as_str())) {
        words.pop();
    }
    words
}

/// "yes", "ok": where there is one choice it is taken.
#[must_use]
pub fn is_yes(words: &[String]) -> bool {
    let said = words.join(" ");
    [
        "yes", "y", "yep", "yeah", "yup", "sure", "ok", "okay", "right", "correct", "exactly", "that one",
    ]
    .contains(&said.as_str())
}

/// The line says no, whatever else it says.
#[must_use]
pub fn is_no(line: &str) -> bool {
    words(line)
        .first()
        .is_some_and(|word| ["no", "nope", "nah", "n"].contains(&word.as_str()))
}

/// "both", "the two of them".
#[must_use]
pub fn is_both(words: &[String]) -> bool {
    ["both", "two", "both them", "them both", "two them"].contains(&essence(words).as_str())
}

/// "all of them", "each of these".
#[must_use]
pub fn is_all(words: &[String]) -> bool {
    let said = essence(words);
    ["all", "all them", "them all", "each", "each them", "every one", "every one them"].contains(&said.as_str())
}

fn essence(words: &[String]) -> String {
    let small = |word: &&str| !["the", "of", "these", "those"].contains(word);
    words.iter().map(String::as_str).filter(small).collect::<Vec<_>>().join(" ")
}

/// "second", "2nd": counted from 0.
#[must_use]
pub fn ordinal(word: &str) -> Option<usize> {
    ORDINALS.iter().position(|(long, short)| [*long, *short].contains(&word))
}

/// A number as one counts choices with.
#[must_use]
pub fn number(word: &str) -> Option<usize> {
    let digits = (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| digits)
}
