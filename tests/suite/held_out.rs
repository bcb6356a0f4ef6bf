//! A corpus that no rule was written for: how much of it is understood, and that nothing in it is changed wrongly.

use serde::Deserialize;
use todo_agent::domain::intent::Resolution;

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
