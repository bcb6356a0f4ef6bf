//! "Remove the autoscaler of X", "take away the memory limit of X": what belongs to a workload, and not the workload.

use super::refuse::declined;
use crate::domain::{
    intent::{Declined, DeclinedReason},
    said,
};

const VERBS: [&str; 13] = [
    "remove",
    "delete",
    "drop",
    "unset",
    "clear",
    "lift",
    "take away",
    "take off",
    "get rid of",
    "turn off",
    "switch off",
    "disable",
    "stop",
];
const BEFORE: [&str; 6] = ["the", "all", "any", "my", "our", "of"];
const OF: [&str; 4] = ["of", "from", "for", "on"];
const AUTOSCALERS: [&str; 6] = [
    "autoscaler",
    "autoscaling",
    "autoscale",
    "hpa",
    "horizontalpodautoscaler",
    "horizontal pod autoscaler",
];
const RESOURCES: [&str; 4] = ["cpu", "memory", "mem", "ram"];

/// What is taken off, and of what.
fn parts(text: &str) -> Option<(String, String)> {
    let words = said::words(text).join(" ");
    let words = ["can you ", "could you "]
        .iter()
        .find_map(|lead| words.strip_prefix(lead))
        .unwrap_or(&words);
    let rest = VERBS.iter().find_map(|verb| words.strip_prefix(verb)?.strip_prefix(' '))?;
    let words: Vec<&str> = rest.split_whitespace().filter(|word| *word != "the").collect();
    // "Stop autoscaling the backend"
    if let [what, name] = words.as_slice()
        && AUTOSCALERS.contains(what)
    {
        return Some(((*what).to_owned(), (*name).to_owned()));
    }
    let at = words.iter().position(|word| OF.contains(word))?;
    let what: Vec<&str> = words.get(..at)?.iter().copied().filter(|word| !BEFORE.contains(word)).collect();
    match words.get(at + 1..)? {
        [name] | ["deployment" | "statefulset" | "daemonset", name] | [name, "deployment" | "app"] => {
            Some((what.join(" "), (*name).to_owned()))
        }
        _ => None,
    }
}

/// The autoscaler of a workload has the name of the workload where it was made here, and is asked about where not.
pub(super) fn autoscaler(text: &str) -> Option<String> {
    let (what, name) = parts(text)?;
    AUTOSCALERS.contains(&what.as_str()).then(|| format!("delete hpa {name}"))
}

/// What is told of limits and requests: here they are set, and not taken away.
pub(super) fn limits(text: &str) -> Option<Declined> {
    let (what, name) = parts(text)?;
    let (resource, of) = match what.split_once(' ') {
        Some((resource, of)) => (Some(resource), of.to_owned()),
        None => (None, what.clone()),
    };
    let of = match of.as_str() {
        "limit" | "limits" => "limits",
        "request" | "requests" => "requests",
        _ => return None,
    };
    let resource = match resource {
        None | Some("resource") => String::new(),
        Some("cpu") => "/cpu".to_owned(),
        Some(said) if RESOURCES.contains(&said) => "/memory".to_owned(),
        Some(_) => return None,
    };
    let path = format!("/spec/template/spec/containers/0/resources/{of}{resource}");
    Some(Declined {
        why: Some(format!(
            "Taking limits and requests away is not built yet; of a first container it is \
             `kubectl patch deployment NAME --type=json -p '[{{\"op\":\"remove\",\"path\":\"{path}\"}}]'`"
        )),
        unexplained: vec![what],
        suggestions: vec![format!("describe {name}")],
        ..declined(DeclinedReason::NotBuilt)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_workload_is_told_from_the_workload() {
        for (text, expected) in [
            ("remove the autoscaler of todo-backend", "delete hpa todo-backend"),
            ("delete the hpa for the backend", "delete hpa backend"),
            ("get rid of the horizontal pod autoscaler of web", "delete hpa web"),
            ("stop autoscaling the backend", "delete hpa backend"),
            ("turn off the autoscaler of web", "delete hpa web"),
            ("stop the backend", ""),
            ("remove the backend", ""),
            ("delete the hpa of backend and of frontend", ""),
        ] {
            assert_eq!(autoscaler(text).unwrap_or_default(), expected, "{text}");
        }
        for (text, expected) in [
            ("remove the memory limit of backend", "limits/memory"),
            ("take away the cpu limit from the frontend", "limits/cpu"),
            ("drop all limits of the backend deployment", "limits"),
            ("remove the cpu requests of web", "requests/cpu"),
            ("remove the rate limit of web", ""),
            ("remove the label of web", ""),
        ] {
            let told = limits(text).and_then(|declined| declined.why).unwrap_or_default();
            let path = told
                .split("resources/")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_default();
            assert_eq!(path, expected, "{text}");
        }
    }
}
