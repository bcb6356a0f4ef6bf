//! "Is container web running?", "why did container web stop?": the verb is that of an order, and what is asked for is the state.

use super::super::past;

const IS: [&str; 3] = ["is", "does", "has"];
const STATES: [&str; 18] = [
    "running", "run", "up", "alive", "stopped", "started", "down", "exited", "paused", "ok", "okay", "fine", "well", "healthy", "working",
    "failing", "crashing", "broken",
];
const BESIDE: [&str; 10] = ["the", "still", "already", "now", "and", "up", "ok", "please", "yet", "just"];

/// The question after the state, said so.
pub(super) fn asked(text: &str) -> Option<String> {
    let lower = text.to_lowercase().replace("what's ", "what is ");
    let all = lower.split_whitespace().map(|word| word.trim_matches(|c: char| ",.?!".contains(c)));
    let words: Vec<&str> = all
        .skip_while(|word| BESIDE.contains(word))
        .filter(|word| !BESIDE.contains(word) || STATES.contains(word))
        .collect();
    let states = |rest: &[&str]| !rest.is_empty() && rest.iter().all(|word| STATES.contains(word));
    match words.as_slice() {
        [is, "container", name, rest @ ..] | [is, name, "container", rest @ ..] if IS.contains(is) && states(rest) => {
            Some(format!("status of container {name}"))
        }
        ["why", is, "container", name, rest @ ..] | ["why", is, name, "container", rest @ ..] if IS.contains(is) && states(rest) => {
            Some(format!("inspect container {name}"))
        }
        ["what", "happened", "to" | "with", "container", name]
        | ["what", "happened", "to" | "with", name, "container"]
        | ["what", "is", "wrong", "with", "container", name]
        | ["what", "is", "wrong", "with", name, "container"] => Some(format!("inspect container {name}")),
        _ => became(&lower),
    }
}

/// Why it ended, and how often it began anew, stands in what the engine knows of it.
fn became(lower: &str) -> Option<String> {
    let words = past::words(lower);
    match past::stopped(&words).or_else(|| past::restarted(&words))? {
        ["container", name] | [name, "container"] => Some(format!("inspect container {name}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn whether_a_container_runs_is_a_question_after_its_state() {
        for (text, expected) in [
            ("is container web running?", "status of container web"),
            ("Is the web container still up and running", "status of container web"),
            ("ok, is container web up", "status of container web"),
            ("has container web stopped?", "status of container web"),
            ("is container web paused?", "status of container web"),
            ("why did container web stop?", "inspect container web"),
            ("has the web container been restarted", "inspect container web"),
            ("why did container web and db stop", ""),
            ("is container web running nginx", ""),
            ("is container web", ""),
            ("run container web", ""),
            ("is container web healthy", "status of container web"),
            ("is the web container ok now?", "status of container web"),
            ("why is container web failing", "inspect container web"),
            ("what happened to the container web?", "inspect container web"),
            ("what's wrong with the web container", "inspect container web"),
            ("is container web better than db", ""),
        ] {
            assert_eq!(asked(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
