//! A no to a question, and what it says besides: "no, 3".

use crate::domain::said::{self, is_no};

/// Behind a no these say nothing else.
const NO_MORE: [&str; 22] = [
    "no",
    "nope",
    "not",
    "never",
    "mind",
    "nevermind",
    "forget",
    "it",
    "that",
    "stop",
    "cancel",
    "abort",
    "wait",
    "way",
    "yet",
    "now",
    "do",
    "don't",
    "dont",
    "thank",
    "thanks",
    "you",
];

/// It says as well what was meant.
pub fn says_more(line: &str) -> bool {
    let words = said::words(line);
    is_no(line) && !words.iter().skip(1).all(|word| NO_MORE.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_is_a_no_and_may_say_what_was_meant() {
        for (line, no, more) in [
            ("no", true, false),
            ("No, thank you!", true, false),
            ("no, not yet", true, false),
            ("nope, never mind", true, false),
            ("no, 3", true, true),
            ("nah, the frontend", true, true),
            ("no, scale it to 4", true, true),
            ("nothing", false, false),
            ("node-1", false, false),
            ("yes", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_no(line), says_more(line)), (no, more), "{line}");
        }
    }
}
