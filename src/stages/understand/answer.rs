//! What answers a question with choices: "2", "the last one", "both", "yes".

use super::lean;
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        reading::Reading,
        risk::Risk,
    },
    fallbacks::{Playbook, Playbooks, Slot, SlotType},
};

const YES: [&str; 12] = [
    "yes", "y", "yep", "yeah", "yup", "sure", "ok", "okay", "right", "correct", "exactly", "that one",
];
/// Said after an answer that only told how it would be done, these mean the deed.
const DO_IT: [&str; 9] = [
    "do it",
    "do that",
    "yes do it",
    "yes do that",
    "go ahead",
    "yes go ahead",
    "go for it",
    "please do",
    "yes please do",
];
const BOTH: [&str; 6] = ["both", "both of them", "them both", "the two", "the two of them", "both of these"];
const ALL: [&str; 8] = [
    "all",
    "all of them",
    "them all",
    "all of these",
    "all of those",
    "each of them",
    "every one",
    "every one of them",
];

/// So many choices are shown at most: of more, "all" would be some.
const SHOWN: usize = 12;

/// The request that was chosen from those that were offered last; `None` where the words are no answer.
pub(super) fn chosen(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<String> {
    let before = earlier.turns.last().filter(|turn| !turn.offered.is_empty())?;
    let words = plain(text);
    let said = words.join(" ");
    let said = said.as_str();
    let offered = before.offered.as_slice();
    if let [only] = offered
        && (DO_IT.contains(&said) || (YES.contains(&said) && !before.taught))
    {
        return Some(only.clone());
    }
    if before.taught {
        return None;
    }
    let several = (BOTH.contains(&said) && offered.len() == 2) || (ALL.contains(&said) && (2..SHOWN).contains(&offered.len()));
    if several && asks_which(before, playbooks) && !takes_away(before, playbooks) {
        return Some(offered.join("; "));
    }
    let number = number(&words).filter(|_| words.len() > 1 || !speaks_of_number(before, playbooks))?;
    let choice = offered.get(number.checked_sub(1)?)?;
    // "3" where something is called 3.
    let is_it = |request: &String| request.split([' ', '/', ';']).any(|word| word == number.to_string());
    (!offered.iter().any(is_it)).then(|| choice.clone())
}

fn plain(text: &str) -> Vec<String> {
    let mark = |c: char| matches!(c, ',' | '.' | '!' | ')' | '(' | '#' | '[' | ']' | ':');
    let mut words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(mark).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    while words.len() > 1 && matches!(words.last().map(String::as_str), Some("please" | "pls" | "thanks" | "then")) {
        words.pop();
    }
    while words.len() > 1 && matches!(words.first().map(String::as_str), Some("ok" | "okay" | "well" | "hmm" | "please")) {
        words.remove(0);
    }
    words
}

/// "2", "number 2", "option 2".
fn number(words: &[String]) -> Option<usize> {
    let number = match words {
        [number] => number,
        [word, number] if matches!(word.as_str(), "number" | "option" | "choice" | "nr" | "take" | "choose" | "pick") => number,
        _ => return None,
    };
    number.parse().ok().filter(|_| number.len() <= 2 && lean::is_digits(number))
}

fn slots(turn: &Turn, playbooks: &Playbooks, is: impl Fn(&Reading, &Slot) -> bool) -> bool {
    turn.readings.iter().any(|reading| {
        let playbook: Option<&Playbook> = playbooks
            .get(&reading.playbook)
            .or_else(|| playbooks.docker().and_then(|docker| docker.get(&reading.playbook)));
        playbook.iter().flat_map(|playbook| &playbook.slots).any(|slot| is(reading, slot))
    })
}

/// What is taken away is named, each by its name.
fn takes_away(turn: &Turn, playbooks: &Playbooks) -> bool {
    let mut risks = turn
        .readings
        .iter()
        .filter_map(|reading| playbooks.get(&reading.playbook))
        .map(|playbook| playbook.risk);
    risks.any(|risk| risk >= Risk::Destroy)
}

/// "2" may be how many: "scale it to 3", "which?", "2".
fn speaks_of_number(turn: &Turn, playbooks: &Playbooks) -> bool {
    slots(turn, playbooks, |reading, slot| {
        let is_number = matches!(slot.of, SlotType::Count | SlotType::Number);
        is_number && (turn.open.contains(&slot.name) || reading.slots.contains_key(&slot.name))
    })
}

/// It asked which object is meant, and nothing else.
fn asks_which(turn: &Turn, playbooks: &Playbooks) -> bool {
    let asked = |slot: &Slot| turn.open.contains(&slot.name) && (slot.of.names_object() || slot.of.names_docker());
    turn.open.len() == 1 && slots(turn, playbooks, |_, slot| asked(slot))
}
