//! Questions about what became of something: "has the backend restarted?", "is it paused?", "why did it stop?". Their words are those
//! of orders and of courtesy, and the answer is in what is there: the restarts of its pods, the state of its rollout, a diagnosis.

/// Before the question, and without a meaning of their own.
const LEADS: [&str; 12] = [
    "please", "hey", "and", "so", "tell", "show", "me", "let", "know", "check", "if", "whether",
];
const BESIDE: [&str; 20] = [
    "the",
    "my",
    "our",
    "already",
    "ever",
    "recently",
    "lately",
    "now",
    "currently",
    "just",
    "still",
    "again",
    "been",
    "today",
    "yet",
    "last",
    "even",
    "actually",
    "maybe",
    "suddenly",
];
/// What a name may stand with: it is of a workload anyway.
const GENERIC: [&str; 8] = ["pod", "pods", "deployment", "app", "service", "rollout", "of", "for"];
const ANY: [&str; 5] = ["any", "anything", "something", "everything", "all"];
/// Somebody, or more than one thing is said.
const OTHERS: [&str; 18] = [
    "i",
    "we",
    "you",
    "u",
    "one",
    "who",
    "and",
    "or",
    "not",
    "but",
    "in",
    "when",
    "if",
    "after",
    "because",
    "container",
    "containers",
    "image",
];

const DID: [&str; 6] = ["has", "have", "did", "was", "were", "had"];
const RESTARTED: [&str; 4] = ["restarted", "restart", "rebooted", "reboot"];
const STOPPED: [&str; 6] = ["stop", "stopped", "exit", "exited", "quit", "end"];

/// The words of the question alone.
pub(super) fn words(lower: &str) -> Vec<&str> {
    let all = lower.split_whitespace().map(|word| word.trim_matches([',', '.', '?', '!']));
    let lead = |word: &&str| word.is_empty() || LEADS.contains(word);
    all.skip_while(lead).filter(|word| !BESIDE.contains(word)).collect()
}

/// What is asked about, if it is how often or when something began anew.
pub(super) fn restarted<'w, 's>(words: &'s [&'w str]) -> Option<&'s [&'w str]> {
    match words {
        [did, of @ .., restarted] | ["how", "often", did, of @ .., restarted] | ["when", did, of @ .., restarted]
            if DID.contains(did) && RESTARTED.contains(restarted) =>
        {
            Some(of)
        }
        ["how", "many", "times", did, of @ .., restarted] if DID.contains(did) && RESTARTED.contains(restarted) => Some(of),
        [
            "how",
            "many",
            "restarts",
            "does" | "do" | "did" | "has",
            of @ ..,
            "have" | "had" | "has",
        ]
        | ["how", "many", "restarts", "of" | "on" | "for", of @ ..]
        | ["how", "many", "restarts", "has" | "had" | "did", of @ ..]
        | ["restarts" | "restart-count", "of" | "for", of @ ..]
        | ["restart", "count", "of" | "for", of @ ..] => Some(of),
        _ => None,
    }
}

/// What is asked about, if it is why something runs no more.
pub(super) fn stopped<'w, 's>(words: &'s [&'w str]) -> Option<&'s [&'w str]> {
    match words {
        ["why", did, of @ .., stopped] if (DID.contains(did) || *did == "is") && STOPPED.contains(stopped) => Some(of),
        _ => None,
    }
}

/// The same in words that are understood; `None` for everything else.
pub(super) fn reworded(lower: &str) -> Option<String> {
    let words = words(lower);
    if let Some(of) = restarted(&words) {
        let name = named(of)?;
        return Some(if name.is_empty() {
            "list pods".to_owned()
        } else {
            format!("list pods of {name}")
        });
    }
    let said = |name: String| Some(name).filter(|name| !name.is_empty());
    if let Some(of) = stopped(&words) {
        return said(named(of)?).map(|name| format!("why is {name} failing"));
    }
    match words.as_slice() {
        ["is" | "are", of @ .., "ok" | "okay" | "better"] => said(named(of)?).map(|name| format!("is {name} healthy")),
        ["is" | "was" | "has", of @ .., "paused"] => said(named(of)?).map(|name| format!("rollout status of {name}")),
        _ => None,
    }
}

/// One name, or nothing where anything is asked about.
fn named(of: &[&str]) -> Option<String> {
    if of.iter().any(|word| OTHERS.contains(word)) {
        return None;
    }
    let any = of.iter().any(|word| ANY.contains(word));
    let name: Vec<&str> = of
        .iter()
        .copied()
        .filter(|word| !GENERIC.contains(word) && !ANY.contains(word))
        .collect();
    ((any && name.is_empty()) || (1..=2).contains(&name.len())).then(|| name.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_something_is_looked_at() {
        for (text, expected) in [
            ("has the backend restarted?", "list pods of backend"),
            ("did it restart", "list pods of it"),
            ("was the backend restarted recently", "list pods of backend"),
            ("how often has it been restarted", "list pods of it"),
            ("how many times did the web app restart", "list pods of web"),
            ("how many restarts does the backend have", "list pods of backend"),
            ("when did the backend last restart", "list pods of backend"),
            ("did any pods restart", "list pods"),
            ("tell me if the backend has restarted", ""),
            ("did you restart the backend", ""),
            ("did we restart", ""),
            ("has the backend restarted and when", ""),
            ("has container web restarted", ""),
            ("restart", ""),
            ("why did the backend stop", "why is backend failing"),
            ("why did it stop?", "why is it failing"),
            ("why did you stop", ""),
            ("is it paused?", "rollout status of it"),
            ("is the rollout of the backend paused", "rollout status of backend"),
            ("is it ok now?", "is it healthy"),
            ("is the backend better now", "is backend healthy"),
            ("is it better to restart it", ""),
            ("pause the backend", ""),
            ("should the backend be restarted", ""),
        ] {
            assert_eq!(reworded(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
