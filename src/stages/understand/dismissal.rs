//! "Never mind", "cancel", "no": a word that turns down what was asked or offered, and says nothing else.

use super::{late, refuse::declined};
use crate::domain::{
    conversation::Conversation,
    intent::{Declined, DeclinedReason},
    said,
};

const DISMISSALS: [&str; 6] = ["never mind", "nevermind", "nvm", "forget it", "scratch that", "forget that"];
/// What else turns something down when it is all that is said.
const ALONE: [&str; 24] = [
    "no",
    "nope",
    "nah",
    "no thank you",
    "no thanks",
    "cancel",
    "cancel it",
    "cancel that",
    "cancel this",
    "abort",
    "abort it",
    "abort that",
    "forget about it",
    "forget about that",
    "don't",
    "do not",
    "don't do it",
    "don't do that",
    "leave it",
    "leave it be",
    "leave it alone",
    "rather not",
    "better not",
    "not now",
];
/// What may stand around them.
const BESIDE: [&str; 5] = ["actually", "oh", "um", "uh", "sorry"];
/// More than any of them together.
const LONGEST: usize = 60;

/// "Never mind, scale the frontend to 2": what stands behind a dismissal of what was said before it stands alone.
pub(super) fn undismissed(text: &str) -> Option<&str> {
    let (dismissal, rest) = text.split_once([',', '.', ';', ':', '!'])?;
    let known = DISMISSALS.contains(&dismissal.trim().to_lowercase().as_str());
    Some(rest.trim()).filter(|rest| known && !rest.is_empty())
}

/// What is told to nothing but a dismissal. What was done already stays.
pub(super) fn told(text: &str, earlier: &Conversation) -> Option<Declined> {
    if text.len() > LONGEST || text.trim_end().ends_with('?') || !is_alone(text) {
        return None;
    }
    Some(left(earlier))
}

/// What was asked or offered is left alone.
pub(super) fn left(earlier: &Conversation) -> Declined {
    let last = earlier.turns.last();
    match last {
        Some(done) if done.changed => late::stays(done),
        Some(turn) if turn.asked.is_some() || turn.taught.is_some() || turn.offered => declined(DeclinedReason::Negated),
        _ => declined(DeclinedReason::NothingOpen),
    }
}

fn is_alone(text: &str) -> bool {
    let mut words = said::words(&text.replace('’', "'"));
    words.retain(|word| !BESIDE.contains(&word.as_str()));
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let leads = |said: &&str| {
            let mut words = said.split(' ');
            let length = words.clone().count();
            rest.get(..length)
                .is_some_and(|lead| lead.iter().all(|word| words.next() == Some(word.as_str())))
        };
        let known = DISMISSALS.iter().chain(&ALONE).copied().filter(leads);
        let Some(length) = known.map(|said| said.split(' ').count()).max() else {
            return false;
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    !words.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_alone;

    #[test]
    fn a_dismissal_says_nothing_else() {
        for (text, expected) in [
            ("cancel", true),
            ("Never mind!", true),
            ("no, forget it", true),
            ("ok, cancel that please", true),
            ("No thanks.", true),
            ("actually no", true),
            ("actually", false),
            ("don’t", true),
            ("no, the other one", false),
            ("cancel the rollout", false),
            ("never mind the backend", false),
            ("no logs", false),
            ("", false),
        ] {
            assert_eq!(is_alone(text), expected, "{text}");
        }
    }
}
