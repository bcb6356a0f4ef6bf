//! "Can I delete pods?": what is asked is the right to, and not the deed.

use crate::domain::kind::Kind;

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

/// The same as a request to check the right, where a kind is asked about and no object.
pub(super) fn asked(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['?', '.', '!']).trim_end();
    let lower = text.to_lowercase();
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
    if !matches!(place.as_slice(), [] | ["in" | "on" | "-n" | "inside" | "within", ..]) {
        return None;
    }
    let said = format!("check my permission to {verb} {} {}", kind.plural, place.join(" "));
    Some(said.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_to_kinds_are_asked_for_and_objects_are_not() {
        for (text, expected) in [
            ("can i delete pods", "check my permission to delete pods"),
            ("Can I delete pods in default?", "check my permission to delete pods in default"),
            ("may we restart the deployments here", "check my permission to patch deployments"),
            ("can i create a namespace?", "check my permission to create namespaces"),
            ("can i see pods", ""),
            ("can i delete the backend", ""),
            ("can i delete pods and mail me", ""),
            ("can you delete pods", ""),
            ("can i delete pods of the backend", ""),
        ] {
            assert_eq!(asked(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
