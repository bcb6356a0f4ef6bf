//! Questions whose words mean something else one by one: "can I delete pods?" asks for the right and not for the deed, "where is my
//! app reachable?" for its services and not for its health, "what version of Kubernetes is this?" for the nodes.

use super::{exposure, inside, its, made, past, taken_off};
use crate::{
    domain::{kind::Kind, moved},
    fallbacks::Lexicon,
};

/// The same in words that are understood; `None` for everything else.
pub(super) fn reworded(text: &str, lexicon: &Lexicon) -> Option<String> {
    let text = text.trim().trim_end_matches(['?', '.', '!']).trim_end();
    let lower = text.to_lowercase();
    right(&lower)
        .or_else(|| addresses(&lower))
        .or_else(|| exposure::reworded(&lower))
        .or_else(|| taken_off::autoscaler(text))
        .or_else(|| made::reworded(text, lexicon))
        .or_else(|| version(&lower))
        .or_else(|| past::reworded(&lower))
        .or_else(|| inside::reworded(text))
        .or_else(|| its::reworded(&lower))
        .or_else(|| moved::is_asked(text).then(|| "list contexts".to_owned()))
}

const ASKING: [&str; 13] = [
    "can i",
    "can we",
    "could i",
    "could we",
    "may i",
    "may we",
    "am i able to",
    "are we able to",
    "am i permitted to",
    "do i have the right to",
    "do i have rights to",
    "do we have the right to",
    "do we have rights to",
];

/// What people call it, and the verb of the API. To look at something is asked for in the same words: that is no question of rights.
const VERBS: [(&str, &str); 14] = [
    ("delete", "delete"),
    ("remove", "delete"),
    ("destroy", "delete"),
    ("create", "create"),
    ("make", "create"),
    ("add", "create"),
    ("update", "update"),
    ("patch", "patch"),
    ("edit", "patch"),
    ("change", "patch"),
    ("modify", "patch"),
    ("label", "patch"),
    ("annotate", "patch"),
    ("restart", "patch"),
];

/// Where a kind is asked about and no object.
fn right(lower: &str) -> Option<String> {
    let rest = ASKING.iter().find_map(|asking| lower.strip_prefix(asking)?.strip_prefix(' '))?;
    let mut words = rest.split_whitespace();
    let said = words.next()?;
    let (_, verb) = VERBS.iter().find(|(word, _)| *word == said)?;
    let mut kind = words.next()?;
    while matches!(kind, "the" | "a" | "an" | "any" | "all" | "new" | "my" | "our") {
        kind = words.next()?;
    }
    let kind = Kind::well_known().into_iter().find(|known| known.is_called(kind))?;
    let place: Vec<&str> = words.filter(|word| !matches!(*word, "here" | "please" | "pls" | "too")).collect();
    // What follows the place would be read as a request of its own.
    if !matches!(
        place.as_slice(),
        [] | ["in" | "on" | "-n" | "inside" | "within", _]
            | ["in" | "inside" | "within", "namespace" | "ns", _]
            | ["in" | "inside" | "within", _, "namespace"]
            | ["in" | "inside" | "within", "the", _, "namespace"]
    ) {
        return None;
    }
    let said = format!("check my permission to {verb} {} {}", kind.plural, place.join(" "));
    Some(said.trim_end().to_owned())
}

/// "Where is the backend reachable", "where can I reach it".
fn addresses(lower: &str) -> Option<String> {
    const LEADS: [&str; 7] = ["please", "hey", "tell", "show", "me", "let", "know"];
    let all: Vec<&str> = lower.split_whitespace().map(|word| word.trim_matches(',')).collect();
    let begin = all.iter().position(|word| !LEADS.contains(word))?;
    let words: Vec<&str> = all
        .get(begin..)?
        .iter()
        .copied()
        .filter(|word| !matches!(*word, "please" | "pls" | "thanks"))
        .collect();
    let rest = match words.as_slice() {
        ["where" | "wheres" | "where's", rest @ ..] => rest,
        words => return services_of(address_of(words)?),
    };
    let rest: Vec<&str> = rest.iter().copied().filter(|word| !matches!(*word, "is" | "are")).collect();
    let of = match rest.as_slice() {
        ["can" | "could" | "do", "i" | "we" | "one", "reach" | "access", of @ ..] | [of @ .., "reachable" | "accessible" | "exposed"] => of,
        ["can" | "could", of @ .., "be", "reached" | "accessed"] | [of @ .., "can" | "could", "be", "reached" | "accessed"] => of,
        _ => return None,
    };
    services_of(of)
}

const ADDRESSES: [&str; 9] = [
    "url",
    "urls",
    "uri",
    "address",
    "link",
    "endpoint",
    "hostname",
    "webaddress",
    "addresses",
];

/// "What is the url of my app", "the address of the frontend", "which url does it have".
fn address_of<'w, 's>(words: &'s [&'w str]) -> Option<&'s [&'w str]> {
    let words = match words {
        ["what" | "which", "is" | "are", rest @ ..]
        | ["give" | "get", "me" | "us", rest @ ..]
        | ["what's" | "whats" | "what" | "which" | "give" | "get", rest @ ..] => rest,
        words => words,
    };
    let words = match words {
        ["the" | "a" | "an", rest @ ..] => rest,
        words => words,
    };
    match words {
        [address, "of" | "for" | "to", of @ ..] | [address, "does" | "do", of @ .., "have" | "use" | "listen" | "get"]
            if ADDRESSES.contains(address) =>
        {
            Some(of)
        }
        _ => None,
    }
}

fn services_of(of: &[&str]) -> Option<String> {
    let of: Vec<&str> = of
        .iter()
        .copied()
        .filter(|word| !matches!(*word, "the" | "my" | "our" | "app" | "application"))
        .collect();
    // "where in the logs is it exposed": more than a name is said.
    let more = [
        "not",
        "never",
        "in",
        "and",
        "or",
        "container",
        "docker",
        "node",
        "cluster",
        "pod",
        "database",
    ];
    let named = of.len() <= 2 && of.iter().all(|word| !more.contains(word));
    match of.as_slice() {
        [] => Some("list services".to_owned()),
        of if named => Some(format!("list services of {}", of.join(" "))),
        _ => None,
    }
}

/// The version of what the nodes run, as their list tells it.
fn version(lower: &str) -> Option<String> {
    const AROUND: [&str; 34] = [
        "what",
        "whats",
        "what's",
        "which",
        "version",
        "of",
        "kubernetes",
        "k8s",
        "kube",
        "the",
        "is",
        "this",
        "it",
        "cluster",
        "running",
        "runs",
        "run",
        "am",
        "i",
        "on",
        "do",
        "we",
        "have",
        "here",
        "tell",
        "me",
        "show",
        "please",
        "my",
        "our",
        "does",
        "use",
        "using",
        "get",
    ];
    let words: Vec<&str> = lower.split_whitespace().collect();
    let any = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let asked = any(&["version"]) && any(&["kubernetes", "k8s", "kube", "cluster"]);
    (asked && words.iter().all(|word| AROUND.contains(word))).then(|| "list nodes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fallbacks::Playbooks;

    fn in_words(text: &str) -> String {
        let playbooks = Playbooks::load(&[]).unwrap();
        reworded(text, playbooks.lexicon()).unwrap_or_default()
    }

    #[test]
    fn where_something_is_reachable_and_what_version_it_is_are_told_by_lists() {
        for (text, expected) in [
            ("where is my app reachable", "list services"),
            ("Where can I reach the frontend?", "list services of frontend"),
            ("please tell me where the backend is reachable", "list services of backend"),
            ("where can todo-backend be reached", "list services of todo-backend"),
            ("where is it exposed?", "list services of it"),
            ("what is the url of my app?", "list services"),
            ("what's the address of the frontend", "list services of frontend"),
            ("give me the url of todo-backend", "list services of todo-backend"),
            ("which url does the frontend have", "list services of frontend"),
            ("what is the url of it?", "list services of it"),
            ("what is the address of the node", ""),
            ("what is the address of container web", ""),
            ("set the url of the backend", ""),
            ("is my app reachable", ""),
            ("where is the backend running", ""),
            ("where is the backend not reachable", ""),
            ("what version of kubernetes is this", "list nodes"),
            ("kubernetes version", "list nodes"),
            ("which version does my cluster run?", "list nodes"),
            ("what version of the backend is deployed", ""),
            ("roll back to the version of the cluster", ""),
        ] {
            assert_eq!(in_words(text), expected, "{text}");
        }
    }

    #[test]
    fn rights_to_kinds_are_asked_for_and_objects_are_not() {
        for (text, expected) in [
            ("can i delete pods", "check my permission to delete pods"),
            ("Can I delete pods in default?", "check my permission to delete pods in default"),
            ("may we restart the deployments here", "check my permission to patch deployments"),
            ("can i create a namespace?", "check my permission to create namespaces"),
            ("can i see pods", ""),
            ("can i delete the backend", ""),
            (
                "can i delete pods in the shop namespace",
                "check my permission to delete pods in the shop namespace",
            ),
            ("can i delete pods and mail me", ""),
            ("can we delete pods in default and restart todo-backend?", ""),
            ("can you delete pods", ""),
            ("can i delete pods of the backend", ""),
        ] {
            assert_eq!(in_words(text), expected, "{text}");
        }
    }
}
