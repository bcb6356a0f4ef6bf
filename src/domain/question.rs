//! What is asked before anything is done, and what an answer picks.

use serde::{Deserialize, Serialize};

use super::said;

/// A question with the answers that would make the request clear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `Scale which workload to 3 replicas?`
    pub text: String,
    /// Slots that are missing or doubtful.
    pub slots: Vec<String>,
    pub choices: Vec<Choice>,
    /// The request that means all choices at once, where that can be meant.
    #[serde(skip)]
    pub together: Option<String>,
}

/// One answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `todo-backend`.
    pub label: String,
    /// `2 replicas, healthy`.
    pub detail: String,
    /// The whole request, said so that it is clear: can be run as it stands.
    pub request: String,
}

/// What the words of an answer pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A whole request.
    Request(String),
    /// Two choices, each in its own way: why it must be asked again.
    Unclear(String),
    /// They are no answer to this question.
    Nothing,
}

impl Question {
    /// So many choices are shown at most; the rest is counted.
    pub const SHOWN: usize = 12;

    /// A choice by its name, by its place in the list, or all of them at once. A number that is a part of the name of one choice and
    /// the place of another picks neither.
    #[must_use]
    pub fn picked(&self, text: &str) -> Picked {
        let words = said::words(text);
        let named: Vec<&Choice> = self.choices.iter().filter(|choice| said::words(&choice.label) == words).collect();
        if let [one] = named.as_slice() {
            return Picked::Request(one.request.clone());
        }
        if let ([only], true) = (self.choices.as_slice(), said::is_yes(&words)) {
            return Picked::Request(only.request.clone());
        }
        let several = said::is_all(&words) || (said::is_both(&words) && self.choices.len() == 2);
        if let Some(together) = self.together.as_ref().filter(|_| several) {
            return Picked::Request(together.clone());
        }
        if self.asks_number() {
            return Picked::Nothing;
        }
        let number = match words.as_slice() {
            [number] => number,
            [word, number] if ["number", "option", "choice", "nr", "take", "choose", "pick"].contains(&word.as_str()) => number,
            _ => return Picked::Nothing,
        };
        said::number(number).map_or(Picked::Nothing, |number| self.numbered(number))
    }

    /// The choices are numbers themselves: a number is one of them, and no place among them.
    #[must_use]
    pub fn asks_number(&self) -> bool {
        !self.choices.is_empty() && self.choices.iter().all(|choice| said::number(&choice.label).is_some())
    }

    fn numbered(&self, number: usize) -> Picked {
        let at_place = number.checked_sub(1).and_then(|n| self.choices.get(n));
        let mut meant: Vec<&Choice> = self.choices.iter().filter(|choice| says(&choice.label, number)).collect();
        if let Some(choice) = at_place.filter(|choice| !meant.contains(choice)) {
            meant.push(choice);
        }
        match (meant.as_slice(), at_place) {
            ([], _) => Picked::Nothing,
            ([one], _) => Picked::Request(one.request.clone()),
            ([first, ..], Some(placed)) if *first != placed => Picked::Unclear(format!(
                "{number} could be {}, or {}, which is number {number} of them: say its name.",
                first.label, placed.label
            )),
            ([first, second, ..], _) => Picked::Unclear(format!("{number} could be {}, or {}: say its name.", first.label, second.label)),
        }
    }
}

/// `web-2`, `web2` and `web in shop-2` say 2; the hash of a pod says nothing.
fn says(label: &str, number: usize) -> bool {
    label
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| said::number(part.trim_start_matches(|c: char| c.is_ascii_alphabetic())) == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(labels: &[&str]) -> Question {
        let choice = |label: &&str| Choice {
            label: (*label).to_owned(),
            detail: String::new(),
            request: format!("restart {label}"),
        };
        Question {
            choices: labels.iter().map(choice).collect(),
            together: Some("restart all".to_owned()),
            ..Question::default()
        }
    }

    fn told(labels: &[&str], text: &str) -> String {
        match question(labels).picked(text) {
            Picked::Request(request) => request,
            Picked::Unclear(why) => format!("? {why}"),
            Picked::Nothing => "-".to_owned(),
        }
    }

    #[test]
    fn a_number_is_a_place_unless_a_name_says_it() {
        let two = ["web-2", "web-3"];
        for (labels, text, expected) in [
            (&["todo-backend", "todo-frontend"][..], "2", "restart todo-frontend"),
            (&["todo-backend", "todo-frontend"], "Todo-Backend", "restart todo-backend"),
            (&["todo-backend", "todo-frontend"], "option 1, please", "restart todo-backend"),
            (&["todo-backend", "todo-frontend"], "both", "restart all"),
            (&["todo-backend", "todo-frontend", "worker"], "both", "-"),
            (&["todo-backend", "todo-frontend"], "0", "-"),
            (&["todo-backend", "todo-frontend"], "3", "-"),
            (&["todo-backend", "todo-frontend"], "1 2", "-"),
            (&["todo-backend", "todo-frontend"], "-1", "-"),
            (&["todo-backend", "todo-frontend"], "backend", "-"),
            (&["todo-backend", "todo-frontend"], "y", "-"),
            (&["todo-backend"], "y", "restart todo-backend"),
            (&["todo-backend"], "Yes, please", "restart todo-backend"),
            (&["3"], "yes", "restart 3"),
            (&["todo-backend"], "no", "-"),
            (&["web-1", "web-2"], "2", "restart web-2"),
            (&two, "1", "restart web-2"),
            (&two, "3", "restart web-3"),
            (&two, "2", "? 2 could be web-2, or web-3, which is number 2 of them: say its name."),
            (
                &two,
                "number 2",
                "? 2 could be web-2, or web-3, which is number 2 of them: say its name.",
            ),
            (&two, "web-2", "restart web-2"),
            (
                &["db3", "web", "api"],
                "3",
                "? 3 could be db3, or api, which is number 3 of them: say its name.",
            ),
            (
                &["web in shop-3", "web in lab-3"],
                "3",
                "? 3 could be web in shop-3, or web in lab-3: say its name.",
            ),
            (&["web-5f7c9-x8k2p", "web-5f7c9-9d8b2"], "2", "restart web-5f7c9-9d8b2"),
            // How many: the third of them is no answer.
            (&["1", "3", "4", "0"], "3", "restart 3"),
            (&["1", "3", "4", "0"], "2", "-"),
            (&["1", "3", "4", "0"], "option 2", "-"),
            // A name that two have is none of them.
            (&["web", "web"], "web", "-"),
        ] {
            assert_eq!(told(labels, text), expected, "{labels:?} {text}");
        }
    }
}
