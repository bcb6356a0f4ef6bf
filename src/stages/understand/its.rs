//! "Show me its pods": what belongs to what was spoken of.

/// Before it, and without a meaning of their own.
const LEADS: [&str; 16] = [
    "please", "and", "now", "show", "list", "get", "give", "see", "display", "me", "us", "what", "which", "are", "what's", "whats",
];
const KINDS: [(&str, &str); 8] = [
    ("pods", "pods"),
    ("pod", "pods"),
    ("services", "services"),
    ("service", "services"),
    ("svc", "services"),
    ("replicasets", "replicasets"),
    ("replica sets", "replicasets"),
    ("nodes", "nodes"),
];

/// The list of them.
pub(super) fn reworded(lower: &str) -> Option<String> {
    let (leads, kind) = lower.split_once("its ")?;
    let alone = leads.is_empty() || leads.ends_with(' ');
    let known = leads.split_whitespace().all(|word| LEADS.contains(&word));
    let kind = kind.trim_end_matches(" please").trim();
    let (_, plural) = KINDS.iter().find(|(said, _)| *said == kind)?;
    (alone && known).then(|| format!("list {plural} of it"))
}

#[cfg(test)]
mod tests {
    use super::reworded;

    #[test]
    fn what_belongs_to_it_is_listed() {
        for (text, expected) in [
            ("its pods", "list pods of it"),
            ("show me its pods please", "list pods of it"),
            ("what are its services", "list services of it"),
            ("delete its pods", ""),
            ("show me its logs", ""),
            ("show units pods", ""),
        ] {
            assert_eq!(reworded(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
