//! A corpus that no rule was written for: how much of it is understood, and that nothing in it is changed wrongly.

use std::collections::BTreeMap;

use serde::Deserialize;
use todo_agent::{
    domain::intent::{DeclinedReason, Resolution},
    fallbacks::Playbooks,
};

use super::playbooks::{playbooks, told, understood};

#[derive(Deserialize)]
struct Group {
    means: String,
    say: Vec<String>,
}

/// How a request fared.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    right: usize,
    /// Clear, and yet asked about or refused.
    timid: Vec<String>,
    /// A question where a refusal was due, or the other way round.
    other: usize,
    wrong_reads: Vec<String>,
    wrong_changes: Vec<String>,
}

fn score(groups: &[Group]) -> Score {
    let mut score = Score::default();
    for (means, say) in groups.iter().flat_map(|group| group.say.iter().map(|say| (&group.means, say))) {
        let resolution = understood(say);
        let told = told(&resolution);
        let met = |wanted: &str| wanted == told || (matches!(wanted, "asks" | "declines") && told.starts_with(wanted));
        if means.split(" or ").any(met) {
            score.right += 1;
            continue;
        }
        match &resolution {
            Resolution::Clear(intents) if intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()) => {
                score.wrong_changes.push(format!("{say} → {told}"));
            }
            Resolution::Clear(_) => score.wrong_reads.push(format!("{say} → {told}")),
            _ if means.starts_with("asks") || means.starts_with("declines") => score.other += 1,
            _ => score.timid.push(format!("{say} → {told}, not {means}")),
        }
    }
    score
}

#[test]
fn requests_that_no_rule_was_written_for_are_understood_or_left_alone() {
    let text = include_str!("../fixtures/understand/held-out.yaml");
    let groups: Vec<Group> = serde_saphyr::from_str(text).unwrap();
    let all: usize = groups.iter().map(|group| group.say.len()).sum();
    let score = score(&groups);
    assert_eq!(score.wrong_changes, Vec::<String>::new());
    assert_eq!(all, 480);
    assert!(score.right >= 450, "{score:?}");
}

/// `TODO_AGENT_TELL=1 cargo test working_day` prints what is not understood, to be read while rules are written.
#[test]
fn requests_of_a_working_day_are_understood_or_left_alone() {
    let groups: Vec<Group> = serde_saphyr::from_str(include_str!("../fixtures/understand/working-day.yaml")).unwrap();
    let all: usize = groups.iter().map(|group| group.say.len()).sum();
    let score = score(&groups);
    assert!(std::env::var_os("TODO_AGENT_TELL").is_none(), "{score:#?}");
    assert_eq!(score.wrong_changes, Vec::<String>::new());
    assert_eq!(all, 1648);
    assert!(score.right >= 1490, "{score:?}");
}
/// What is offered can be typed as it stands: it is done, or another thing that is missing is asked.
#[test]
fn what_is_offered_is_understood_when_it_is_pasted() {
    let fixtures = [
        include_str!("../fixtures/understand/held-out.yaml"),
        include_str!("../fixtures/understand/working-day.yaml"),
    ];
    let groups = fixtures.iter().flat_map(|text| serde_saphyr::from_str::<Vec<Group>>(text).unwrap());
    let refusals: Vec<String> = Playbooks::refusals().unwrap().into_iter().map(|case| case.say).collect();
    let mut offered: BTreeMap<String, String> = BTreeMap::new();
    for say in groups.flat_map(|group| group.say).chain(refusals) {
        let (requests, asked) = match understood(&say) {
            Resolution::Ask(question) => {
                let choices = question.choices.into_iter().map(|choice| choice.request);
                (choices.chain(question.together).collect(), question.slots)
            }
            // What was only asked about is offered by its name once that is looked up.
            Resolution::Declined(declined) if declined.reason == DeclinedReason::Hypothetical => continue,
            Resolution::Declined(declined) => (declined.suggestions, Vec::new()),
            Resolution::Clear(_) => continue,
        };
        for request in requests {
            // An image to run is missing in the middle of it.
            let has_blanks = ["NAME", "IMAGE", "; docker run -d;"].iter().any(|blank| request.contains(blank));
            if !has_blanks && !request.starts_with("todo-agent ") && !is_understood(&request, &asked) {
                offered.entry(request).or_insert_with(|| say.clone());
            }
        }
    }
    assert_eq!(offered, BTreeMap::new());
}

fn is_understood(request: &str, asked: &[String]) -> bool {
    match understood(request) {
        Resolution::Clear(_) => true,
        // Another thing is missing, and the answers to that are told.
        Resolution::Ask(question) => question.slots.len() < asked.len() || (question.slots != asked && !question.choices.is_empty()),
        // What was taken for a name is one for the first half.
        Resolution::Declined(declined) => declined.reason == DeclinedReason::UnknownName,
    }
}
