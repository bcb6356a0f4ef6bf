//! Patches of Secrets in YAML on a command line: `kubectl patch secret s1 -p 'stringData: {a: b}'`. JSON is read as what it is.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::redact::{has_mark, mark};

/// The patch, in quotes of a shell or none, to its end.
static GIVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let patch = r#"'(?:[^']|'\\'')*(?:'|\z)|"(?:[^"\\]|\\(?s:.))*(?:"|\z)|[^\s'"$][^\n]*"#;
    Regex::new(&format!(r"(?:\s-p|\s--patch)(?:=|\s+|)\$?(?P<patch>{patch})")).ok()
});

/// What is in the members of a Secret that hold values, and of an operation.
static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?P<name>data|stringData|value)\s*:(?P<hide>(?s:.)*)").ok());

/// The text with the values hidden; `None` when there are none.
pub fn hide(text: &str) -> Option<String> {
    if !text.contains("patch") || !text.contains("secret") {
        return None;
    }
    let (given, values) = (GIVEN.as_ref()?, VALUES.as_ref()?);
    let hidden = given.replace_all(text, |found: &Captures<'_>| {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        let patch = found.name("patch").map_or("", |patch| patch.as_str());
        let head = whole.strip_suffix(patch).unwrap_or_default();
        format!("{head}{}", values.replace(patch, hidden))
    });
    (hidden != text).then(|| hidden.into_owned())
}

fn hidden(found: &Captures<'_>) -> String {
    let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
    let (name, values) = (part("name"), part("hide"));
    let quote = [r"'", r#"""#].into_iter().find(|quote| values.ends_with(quote)).unwrap_or_default();
    let bare = values.trim_matches(|c: char| c.is_whitespace() || "'\"{}[]".contains(c));
    if bare.is_empty() || has_mark(values) {
        return found.get(0).map_or("", |whole| whole.as_str()).to_owned();
    }
    format!("{name}: {}{quote}", mark(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_patch_in_yaml_are_hidden_to_its_end() {
        for (text, expected) in [
            (
                "kubectl patch secret s1 -p 'stringData:\n  k: v\n  l: w' -n todo",
                "kubectl patch secret s1 -p 'stringData: ‹redacted:stringData›' -n todo",
            ),
            (
                r"kubectl patch secret s1 -p $'stringData:\n  k: v'",
                "kubectl patch secret s1 -p $'stringData: ‹redacted:stringData›'",
            ),
            (
                "kubectl patch --patch='{metadata: {labels: {a: b}}, data: {k: dg==}}' secrets s1",
                "kubectl patch --patch='{metadata: {labels: {a: b}}, data: ‹redacted:data›' secrets s1",
            ),
            (
                "kubectl patch secret s1 -p \"data:\n  k: 'dg=='\"",
                "kubectl patch secret s1 -p \"data: ‹redacted:data›\"",
            ),
            (
                r"kubectl patch secret s1 -p 'stringData: {k: '\''v'\''}' --dry-run=server",
                "kubectl patch secret s1 -p 'stringData: ‹redacted:stringData›' --dry-run=server",
            ),
            (
                "kubectl patch secret s1 --type=json -p '- op: replace\n  path: /data/k\n  value: dg=='",
                "kubectl patch secret s1 --type=json -p '- op: replace\n  path: /data/k\n  value: ‹redacted:value›'",
            ),
            (
                "kubectl patch secret s1 -p {stringData: {k: v}}",
                "kubectl patch secret s1 -p {stringData: ‹redacted:stringData›",
            ),
        ] {
            assert_eq!(hide(text).as_deref(), Some(expected), "{text}");
            assert_eq!(hide(expected), None, "{expected}");
        }
    }

    #[test]
    fn json_and_what_is_no_patch_of_a_secret_is_left_alone() {
        for text in [
            r#"kubectl patch secret s1 -p '{"data":{"k":"dg=="}}'"#,
            "kubectl patch configmap c1 -p 'data: {k: v}'",
            "kubectl patch secret s1 -p 'metadata: {labels: {a: b}}'",
            "get secret s1 -p 80",
        ] {
            assert_eq!(hide(text), None, "{text}");
        }
    }
}
