//! Which kind a word names.

use crate::domain::kind::Kind;

/// The kind that `word` names, by plural, singular, kind, short name, or `plural.group` and `plural.version.group`.
/// Where two groups serve the same plural, the order of `kinds` decides, as discovery order does for kubectl.
#[must_use]
pub(super) fn find<'a>(word: &str, kinds: &'a [Kind]) -> Option<&'a Kind> {
    kinds.iter().find(|kind| kind.is_called(word))
}

#[must_use]
pub(super) fn names_kind(word: &str, kinds: &[Kind]) -> bool {
    find(word, kinds).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_each_of_its_names() {
        let kinds = Kind::well_known();
        let found = |word: &str| find(word, &kinds).map(|kind| kind.kind.clone());
        for word in ["deploy", "deployment", "Deployments", "deployments.apps", "deployments.v1.apps"] {
            assert_eq!(found(word).as_deref(), Some("Deployment"), "{word}");
        }
        assert_eq!(found("deployments.batch"), None);
        assert_eq!(found("certificates"), None);
    }
}
