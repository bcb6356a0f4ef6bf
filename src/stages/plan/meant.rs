//! The last look before a change is planned: is this what was said, to the letter where letters were given?

use super::Planner;
use crate::domain::{
    failure::{Failure, FailureKind},
    intent::{EnvChange, Intent, SlotValue},
    object::ObjectRef,
    place::Place,
    reading::{Reading, SlotMention},
    step::Step,
};

impl Planner {
    /// Whether the intent changes something.
    #[must_use]
    pub fn changes(&self, intent: &Intent) -> bool {
        self.playbooks.get(&intent.playbook).is_some_and(|playbook| playbook.changes())
    }

    /// A change that is said twice in a row is one: "build x:1 and build x:1".
    #[must_use]
    pub fn each_once(&self, mut intents: Vec<Intent>) -> Vec<Intent> {
        intents.dedup_by(|second, first| second.playbook == first.playbook && second.slots == first.slots && self.changes(first));
        intents
    }

    /// Whether what is secret would be read to show what it does.
    #[must_use]
    pub fn reads_secrets(&self, intent: &Intent) -> bool {
        let steps = self
            .playbooks
            .get(&intent.playbook)
            .and_then(|playbook| playbook.steps(intent).ok());
        steps.is_none_or(|steps| steps.iter().any(Step::reads_secrets))
    }

    /// Why these intents must not be planned although every name was found: another context was named, a kubectl command
    /// names an object literally that is not there, or the kind that was said is not the kind that was found.
    #[must_use]
    pub fn doubt(&self, readings: &[Reading], intents: &[Intent], place: &Place) -> Option<Failure> {
        let elsewhere = readings
            .iter()
            .filter_map(|reading| reading.context.as_ref())
            .find(|named| **named != place.context);
        if let Some(named) = elsewhere {
            let what = format!("the request names context \"{named}\", but this would be done on {}", place.name());
            return Some(Failure::new(FailureKind::Usage, what).hint(format!("give it as an option: todo-agent --context {named} …")));
        }
        intents.iter().filter(|intent| self.changes(intent)).find_map(|intent| {
            let said: Vec<&Reading> = readings.iter().filter(|reading| reading.clause == intent.clause).collect();
            let typed = said.iter().any(|reading| reading.typed);
            if let Some(word) = intent.slots.values().find_map(|value| match value {
                SlotValue::Env(env) if !typed => env.iter().find_map(|change| cut_off(&intent.clause, change)),
                _ => None,
            }) {
                return Some(
                    Failure::new(
                        FailureKind::Unclear,
                        format!("does \"{word}\" belong to the value before it? Nothing was changed"),
                    )
                    .hint("put a value with spaces in quotes: set NAME=\"two words\" on …"),
                );
            }
            // A typed command may name several: each object is one of them.
            let names = said
                .iter()
                .flat_map(|reading| reading.slots.values())
                .filter(|mention| matches!(mention, SlotMention::Name { .. }));
            let doubts: Vec<Option<Failure>> = names.map(|mention| mismatch(mention, intent, typed)).collect();
            doubts.into_iter().reduce(Option::and).flatten()
        })
    }
}

/// The word right after `NAME=value` when it is none that can follow a value.
fn cut_off<'a>(clause: &'a str, change: &EnvChange) -> Option<&'a str> {
    const AFTER: [&str; 16] = [
        "on", "in", "for", "to", "of", "at", "and", "with", "as", "please", "pls", "thanks", "then", "inside", "within", "onto",
    ];
    let assignment = format!("{}={}", change.name, change.value.as_ref()?);
    let rest = clause.get(clause.find(&assignment)? + assignment.len()..)?;
    // "set A=1!": a value may end so, and so may a sentence.
    if let Some(last) = change.value.as_ref()?.strip_suffix('!') {
        return clause
            .get(clause.find(&assignment)? + change.name.len() + 1 + last.len()..)?
            .get(..1);
    }
    let word = rest.strip_prefix(char::is_whitespace)?.split_whitespace().next()?;
    // `-n shop`, `--overwrite`: a flag of the request.
    if word.starts_with('-') && word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    // "K=0 * * *" without quotes
    if word.chars().all(|c| c.is_ascii_punctuation()) && !matches!(word, "-" | "--" | "&" | "," | ";" | "." | "!") {
        return Some(word);
    }
    let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    (!plain.is_empty() && !word.contains('=') && !AFTER.contains(&plain.as_str())).then_some(word)
}

fn mismatch(mention: &SlotMention, intent: &Intent, typed: bool) -> Option<Failure> {
    let SlotMention::Name { said, kind } = mention else { return None };
    let object = intent.slots.values().find_map(|value| match value {
        SlotValue::Object(object) => Some(object),
        _ => None,
    })?;
    if typed && *said != object.name && !said.ends_with(&format!("/{}", object.name)) {
        return Some(not_there(said, object));
    }
    match kind {
        Some(kind) if !object.kind.is_called(kind) && is_kind_of_another(kind) => Some(not_there(&format!("{kind} {said}"), object)),
        _ => None,
    }
}

/// A word for a kind that no workload is: "service", "pod"; and not "app", which people call anything.
fn is_kind_of_another(word: &str) -> bool {
    crate::domain::kind::Kind::well_known()
        .iter()
        .any(|kind| !kind.is_workload() && kind.is_called(word))
}

fn not_there(said: &str, found: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{said} is not what would be changed: the nearest is {found}; nothing was changed"),
    )
    .hint(format!("if that is meant, name it: {found}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::kind::Kind;

    fn told(clause: &str, said: &str, kind: Option<&str>, typed: bool) -> Option<String> {
        let object = ObjectRef {
            kind: Kind::deployment(),
            namespace: None,
            name: "todo-backend".into(),
            uid: None,
        };
        let intent = Intent {
            playbook: "scale".into(),
            clause: clause.into(),
            slots: BTreeMap::from([("workload".to_owned(), SlotValue::Object(object))]),
            readings_of_names: Vec::new(),
            keeps: false,
        };
        mismatch(
            &SlotMention::Name {
                said: said.into(),
                kind: kind.map(str::to_owned),
            },
            &intent,
            typed,
        )
        .map(|failure| failure.what)
    }

    #[test]
    fn a_typed_command_means_its_names_to_the_letter() {
        assert_eq!(
            told("k scale deploy/todo-backend --replicas=3", "todo-backend", Some("deploy"), true),
            None
        );
        let expected = "api is not what would be changed: the nearest is deployment/todo-backend; nothing was changed";
        assert_eq!(
            told("sudo kubectl scale deploy api --replicas=3", "api", Some("deploy"), true).as_deref(),
            Some(expected)
        );
        assert_eq!(told("scale the api to 3", "api", None, false), None);
    }

    #[test]
    fn a_word_after_a_value_that_may_belong_to_it_is_asked_about() {
        let change = EnvChange::set("MSG", "hello");
        assert_eq!(cut_off("set MSG=hello world on backend", &change), Some("world"));
        assert_eq!(cut_off("set MSG=hello * * on backend", &change), Some("*"));
        let cried = EnvChange::set("MSG", "hello!");
        assert_eq!(cut_off("set MSG=hello! on backend", &cried), Some("!"));
        for fine in [
            "set MSG=hello on backend",
            "set MSG=hello, A=b on backend",
            "backend: set MSG=hello",
            "set MSG=hello A=b on backend",
        ] {
            assert_eq!(cut_off(fine, &change), None, "{fine}");
        }
    }

    #[test]
    fn a_service_is_not_scaled_by_scaling_a_deployment_of_its_name() {
        let expected = "service todo-backend is not what would be changed: the nearest is deployment/todo-backend; nothing was changed";
        assert_eq!(
            told("scale service/todo-backend to 2", "todo-backend", Some("service"), false).as_deref(),
            Some(expected)
        );
        assert_eq!(
            told("scale deployment todo-backend to 2", "todo-backend", Some("deployment"), false),
            None
        );
    }
}
